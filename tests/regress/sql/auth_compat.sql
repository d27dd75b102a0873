-- In one mode alone: nothing here depends on how the library is loaded.
-- install_auth_compat(): the names of Supabase and Neon, where they are absent.
SELECT clerk_rls.install_auth_compat(dry_run => true);
SELECT to_regnamespace('auth') IS NULL AS nothing_was_done;
-- a dry run says what a real run does
CREATE TEMP TABLE announced AS SELECT * FROM clerk_rls.install_auth_compat(dry_run => true) WITH ORDINALITY AS a (statement, nth);
CREATE TEMP TABLE done AS SELECT * FROM clerk_rls.install_auth_compat() WITH ORDINALITY AS a (statement, nth);
SELECT count(*) AS statements, count(*) FILTER (WHERE a.statement = d.statement) AS equal FROM announced a FULL JOIN done d USING (nth);
SELECT * FROM clerk_rls.install_auth_compat();
-- the readers themselves, under other names
SELECT p.oid::regprocedure AS function, p.prorettype::regtype AS type, r.oid::regprocedure AS reader, p.provolatile, p.proparallel, p.procost, p.proisstrict, p.prosecdef,
    obj_description(p.oid, 'pg_proc') IS NOT NULL AS comment
FROM pg_proc p JOIN pg_proc r ON (r.prosrc, r.probin, r.prolang, r.prorettype) = (p.prosrc, p.probin, p.prolang, p.prorettype) AND r.pronamespace = 'public'::regnamespace
WHERE p.pronamespace = 'auth'::regnamespace ORDER BY p.proname COLLATE "C";
SELECT has_schema_privilege('anon', 'auth', 'USAGE') AS usage, has_schema_privilege('anon', 'auth', 'CREATE') AS "create";

-- the guides' policies, word for word
CREATE TABLE books (title text, user_id uuid DEFAULT auth.uid());
ALTER TABLE books ENABLE ROW LEVEL SECURITY;
CREATE POLICY "User can access their own books" ON books TO authenticated USING (user_id = auth.uid());
CREATE TABLE posts (title text, user_id text DEFAULT auth.user_id());
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
CREATE POLICY "Users can view their own posts" ON posts TO authenticated USING (auth.user_id() = user_id);
GRANT SELECT, INSERT ON books, posts TO authenticated;
INSERT INTO books VALUES ('The Hobbit', clerk_rls.user_uuid('user_red')), ('Dune', clerk_rls.user_uuid('user_blue'));
INSERT INTO posts VALUES ('Red', 'user_red'), ('Blue', 'user_blue');
SET ROLE authenticated;
BEGIN;
SELECT sign_in('v2') \g /dev/null
INSERT INTO books VALUES ('Emma');
INSERT INTO posts VALUES ('Red too');
SELECT (SELECT string_agg(title, ', ') FROM books) AS books, (SELECT string_agg(title, ', ') FROM posts) AS posts;
COMMIT;
BEGIN;
SELECT sign_in('v1') \g /dev/null
SELECT (SELECT string_agg(title, ', ') FROM books) AS books, (SELECT string_agg(title, ', ') FROM posts) AS posts;
SAVEPOINT s;
INSERT INTO books VALUES ('Forged', clerk_rls.user_uuid('user_red'));
ROLLBACK TO s;
INSERT INTO posts VALUES ('Forged', 'user_red');
ROLLBACK;
-- answers: a Clerk ID, a subject that is a UUID, nobody, and claims that are none
BEGIN;
SELECT sign_in('template') \g /dev/null
SELECT auth.user_id(), auth.uid(), auth.role(), auth.email(), auth.jwt() ->> 'sub' AS jwt, auth.session() = auth.jwt() AS session;
SET LOCAL request.jwt.claims = '{"sub":"0f2a6c1e-9f1b-4c52-8a3e-2d6f7b1c0a95","role":"authenticated"}';
SELECT auth.user_id(), auth.uid(), auth.role(), auth.email(), auth.jwt() ->> 'sub' AS jwt, auth.session() = auth.jwt() AS session;
SELECT sign_in('anonymous') \g /dev/null
SELECT auth.user_id(), auth.uid(), auth.role(), auth.email(), auth.jwt(), auth.session(), (SELECT count(*) FROM books) AS books;
SET LOCAL request.jwt.claims = 'nonsense';
SELECT auth.user_id(), auth.uid(), auth.role(), auth.email(), auth.jwt(), auth.session(), (SELECT count(*) FROM posts) AS posts;
COMMIT;
-- a verified token
BEGIN;
SELECT clerk_rls.authenticate(token('user_blue')) \g /dev/null
SELECT auth.user_id(), auth.role(), (SELECT string_agg(title, ', ') FROM books) AS books;
COMMIT;

-- who may
SELECT clerk_rls.install_auth_compat(true);
CREATE FUNCTION auth.mine() RETURNS int LANGUAGE sql AS 'SELECT 1';
DROP FUNCTION auth.uid();
RESET ROLE;
-- EXECUTE alone is not enough: functions in C are for superusers
CREATE DATABASE regress_auth_compat_other;
\c regress_auth_compat_other
CREATE EXTENSION clerk_rls_tools CASCADE;
GRANT EXECUTE ON FUNCTION clerk_rls.install_auth_compat TO authenticated;
GRANT CREATE ON DATABASE regress_auth_compat_other TO authenticated;
SET ROLE authenticated;
\set SHOW_CONTEXT never
SELECT count(*) FROM clerk_rls.install_auth_compat();
SELECT to_regnamespace('auth') IS NULL AS nothing_was_done;
-- P3: a schema that somebody made beforehand
CREATE SCHEMA auth;
RESET ROLE;
SELECT clerk_rls.install_auth_compat(true);
SELECT clerk_rls.install_auth_compat();
-- what the hint says
ALTER SCHEMA auth OWNER TO postgres;
-- a function that somebody made beforehand
GRANT USAGE, CREATE ON SCHEMA auth TO authenticated;
SET ROLE authenticated;
CREATE FUNCTION auth.user_id() RETURNS text LANGUAGE sql AS $$ SELECT 'user_red' $$;
RESET ROLE;
SELECT count(*) FROM clerk_rls.install_auth_compat(true);
SELECT count(*) FROM clerk_rls.install_auth_compat();
DROP FUNCTION auth.user_id();
SELECT clerk_rls.install_auth_compat();
SELECT count(*) FROM clerk_rls.install_auth_compat();
DROP EXTENSION clerk_rls_tools, clerk_rls;
SELECT to_regprocedure('auth.uid()') IS NULL AS they_went_with_it;
DROP SCHEMA auth;

-- P4: default privileges that grant everything to everybody
ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO PUBLIC, anon;
CREATE EXTENSION clerk_rls;
CREATE EXTENSION clerk_rls_tools;
SELECT count(*) FROM clerk_rls.install_auth_compat();
SELECT has_schema_privilege('anon', 'auth', 'USAGE') AS usage, has_schema_privilege('anon', 'auth', 'CREATE') AS "create";
ALTER DEFAULT PRIVILEGES REVOKE ALL ON SCHEMAS FROM PUBLIC, anon;

-- where Supabase is, its functions stay; its owner of the schema is no superuser
DROP EXTENSION clerk_rls_tools, clerk_rls;
DROP SCHEMA auth;
CREATE ROLE supabase_auth_admin NOLOGIN;
CREATE SCHEMA auth AUTHORIZATION supabase_auth_admin;
SET ROLE supabase_auth_admin;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;
CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'supabase' $$;
RESET ROLE;
CREATE SCHEMA identity;
CREATE EXTENSION clerk_rls WITH SCHEMA identity;
CREATE EXTENSION clerk_rls_tools;
SELECT clerk_rls.install_auth_compat();
SELECT p.oid::regprocedure AS function, l.lanname, p.proowner::regrole FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace = 'auth'::regnamespace ORDER BY p.proname COLLATE "C";
SET request.jwt.claims = '{"sub":"user_red"}';
SELECT auth.role(), auth.user_id();
\c regress_auth_compat
DROP DATABASE regress_auth_compat_other;
DROP ROLE supabase_auth_admin;

-- policies hold the extension, and the functions are dumped and restored with what they depend on
\set SHOW_CONTEXT never
\set VERBOSITY terse
DROP POLICY own ON notes;
DROP VIEW readers;
ALTER TABLE notes ALTER user_id DROP DEFAULT;
DROP EXTENSION clerk_rls;
CREATE DATABASE regress_auth_compat_restored;
\! pg_dump -d regress_auth_compat > "${TMPDIR:-/tmp}/regress_auth_compat.$PPID.sql" && psql -X -q -d regress_auth_compat_restored -v ON_ERROR_STOP=1 -f "${TMPDIR:-/tmp}/regress_auth_compat.$PPID.sql" -o /dev/null; grep -c 'DEPENDS ON EXTENSION' "${TMPDIR:-/tmp}/regress_auth_compat.$PPID.sql"; rm -f "${TMPDIR:-/tmp}/regress_auth_compat.$PPID.sql"
\c regress_auth_compat_restored
SELECT * FROM clerk_rls.install_auth_compat();
SET ROLE authenticated;
BEGIN;
SELECT sign_in('v2') \g /dev/null
SELECT auth.user_id(), (SELECT string_agg(title, ', ') FROM books) AS books, (SELECT string_agg(title, ', ') FROM posts) AS posts;
COMMIT;
RESET ROLE;
SELECT p.proname, d.deptype FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid AND d.classid = 'pg_proc'::regclass AND p.pronamespace = 'auth'::regnamespace
WHERE d.refclassid = 'pg_extension'::regclass ORDER BY p.proname COLLATE "C";
SET client_min_messages = warning;
DROP EXTENSION clerk_rls CASCADE;
SELECT count(*) AS functions_left FROM pg_proc WHERE pronamespace = 'auth'::regnamespace;
SET ROLE authenticated;
SELECT count(*) FROM books;
