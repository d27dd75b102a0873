-- In one mode alone: nothing here depends on how the library is loaded.
-- lint() on the tables of the guides, each as it is written there, with the privileges that Supabase grants by
-- default. Every line is true of the guide.
SET client_min_messages = error;
DROP FUNCTION token(text, jsonb), ed25519_token(text, jsonb, text);
DROP TABLE notes, claims;
DROP VIEW readers;
\pset pager off
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION lint_of(guide text) RETURNS SETOF text LANGUAGE sql AS
$$ SELECT format('%s, %s, %s: %s', l.level, l.rule, l.object, l.finding) FROM clerk_rls.lint() AS l WHERE l.object ~ ('\m' || guide || '\.') $$;
-- ALL, written out: PostgreSQL 17 has one more
ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON TABLES TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO anon, authenticated, service_role;

-- Clerk's guide for Supabase
CREATE SCHEMA clerk_guide;
SET search_path = clerk_guide, public;
CREATE FUNCTION requesting_user_id() RETURNS text LANGUAGE sql AS $$
    SELECT NULLIF(
        current_setting('request.jwt.claims', true)::json->>'sub',
        ''
    )::text;
$$;
CREATE TABLE tasks (
    id serial PRIMARY KEY,
    name text NOT NULL,
    user_id text NOT NULL DEFAULT requesting_user_id()
);
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY "Users can view their own tasks" ON tasks FOR SELECT TO authenticated USING (requesting_user_id() = user_id);
CREATE POLICY "Users must insert their own tasks" ON tasks FOR INSERT TO authenticated WITH CHECK (requesting_user_id() = user_id);
SELECT lint_of('clerk_guide');

-- SuperTokens' guide for Clerk and Supabase, with Supabase's auth.uid()
CREATE SCHEMA auth;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        nullif(current_setting('request.jwt.claim.sub', true), ''),
        (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')
    )::uuid
$$;
CREATE TABLE auth.users (id uuid PRIMARY KEY);
ALTER TABLE auth.users ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON auth.users FROM anon, authenticated;
CREATE SCHEMA supertokens_guide;
SET search_path = supertokens_guide, public;
CREATE TABLE books (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    title text NOT NULL,
    author text,
    status text DEFAULT 'Wishlist',
    user_id uuid REFERENCES auth.users (id)
);
ALTER TABLE books ENABLE ROW LEVEL SECURITY;
CREATE POLICY "User can access their own books" ON books TO authenticated USING (user_id = auth.uid());
CREATE TABLE users (
    id uuid PRIMARY KEY DEFAULT auth.uid(),
    email text NOT NULL UNIQUE,
    created_at timestamp DEFAULT now()
);
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY "User can access their own profile" ON users TO authenticated USING (id = auth.uid());
SELECT lint_of('supertokens_guide');
SELECT lint_of('auth');

-- The posts that the compatibility guide reads, of which it makes no more than a table
CREATE SCHEMA compatibility_guide;
SET search_path = compatibility_guide, public;
CREATE TABLE posts (id serial PRIMARY KEY, title text NOT NULL, user_id text NOT NULL);
SELECT lint_of('compatibility_guide');

-- Logto's guide for Supabase
CREATE FUNCTION auth.user_id() RETURNS text AS $$
  select nullif(current_setting('request.jwt.claims', true)::json->>'userId', '')::text;
$$ LANGUAGE sql STABLE;
CREATE SCHEMA logto_guide;
SET search_path = logto_guide, public;
CREATE TABLE posts (id serial PRIMARY KEY, title text NOT NULL, user_id text NOT NULL);
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
CREATE POLICY "Users can view their own posts" ON posts FOR SELECT TO authenticated USING (auth.user_id() = user_id);
SELECT lint_of('logto_guide');
-- and nothing about anything else
SELECT count(*) FROM clerk_rls.lint() WHERE object !~ '\m(clerk_guide|supertokens_guide|auth|compatibility_guide|logto_guide)\.';

-- What is left when every fix has been executed
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN SELECT * FROM clerk_rls.lint() LOOP
        EXECUTE found.fix;
    END LOOP;
END
$$;
SELECT rule, level, object FROM clerk_rls.lint();
