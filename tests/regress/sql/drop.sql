-- P2: what becomes of policies when the extension is dropped with CASCADE.
CREATE TABLE by_permissive AS SELECT 'user_red'::text AS user_id;
ALTER TABLE by_permissive ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON by_permissive TO authenticated USING (user_id = requesting_user_id());
CREATE TABLE by_restrictive AS SELECT 'user_red'::text AS user_id;
ALTER TABLE by_restrictive ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON by_restrictive TO authenticated USING (true);
CREATE POLICY own ON by_restrictive AS RESTRICTIVE TO authenticated USING (user_id = requesting_user_id());
GRANT SELECT ON by_permissive, by_restrictive TO authenticated;

-- without CASCADE the policies hold the extension
\set VERBOSITY terse
DROP EXTENSION clerk_rls;
DROP FUNCTION requesting_user_id();

-- with it the policies go: a table that needed a permissive one is closed, the other is open by PostgreSQL's design
SET client_min_messages = warning;
BEGIN;
DROP EXTENSION clerk_rls CASCADE;
SET LOCAL ROLE authenticated;
SELECT (SELECT count(*) FROM by_permissive) AS by_permissive, (SELECT count(*) FROM by_restrictive) AS by_restrictive;
ROLLBACK;

-- a new extension in a backend that has used the old one: plans, keys and answers are the new one's
SELECT clerk_rls.authenticate(token('user_red'));
DROP EXTENSION clerk_rls CASCADE;
SELECT clerk_rls.authenticate('x');
CREATE SCHEMA "My Schema";
CREATE EXTENSION clerk_rls WITH SCHEMA "My Schema";
SELECT clerk_rls.authenticate(token('user_red'));
SELECT clerk_rls.add_issuer('https://clerk.example.com');
SELECT clerk_rls.set_secret('https://clerk.example.com', repeat('s', 32));
BEGIN;
SELECT clerk_rls.authenticate(token('user_red'));
SELECT "My Schema".requesting_user_id();
COMMIT;
