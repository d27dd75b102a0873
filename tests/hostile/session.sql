-- The session of the operator, a superuser, with the search_path that everybody has. After each call it must be as it
-- was. A row has two columns, the call and the check, and \gexec executes both.
\o /dev/null
SET client_min_messages = error;
SET statement_timeout = '20s';
SET track_functions = 'all';
SELECT guard.begin();
SELECT call, pg_catalog.format('SELECT guard.unchanged(%L)', pg_catalog.left(call, 200)) FROM guard.calls WHERE part = 1 ORDER BY n \gexec
-- The statements that lint() says, twice, for some wait for others.
SELECT fix, pg_catalog.format('SELECT guard.unchanged(%L)', 'fix: ' || pg_catalog.left(fix, 200)) FROM clerk_rls.lint() \gexec
SELECT fix, pg_catalog.format('SELECT guard.unchanged(%L)', 'fix: ' || pg_catalog.left(fix, 200)) FROM clerk_rls.lint() \gexec
SELECT call, pg_catalog.format('SELECT guard.unchanged(%L)', pg_catalog.left(call, 200)) FROM guard.calls WHERE part = 3 ORDER BY n \gexec
SELECT fix, pg_catalog.format('SELECT guard.unchanged(%L)', 'fix: ' || pg_catalog.left(fix, 200)) FROM clerk_rls.lint() \gexec

-- Ordinary statements, whose operators and functions are PostgreSQL's while the path is as it was.
SELECT a || 'x'::text, a::jsonb || '{"a":1}'::jsonb, a <> 'b'::text, a::jsonb -> 'a'::text, a = ANY (ARRAY['x', 'y']::text[]) FROM (SELECT '{}'::text) AS x (a);
SELECT * FROM ours WHERE user_id = 'user_red' AND role = ANY ('{admin,owner}'::text[]) AND id <> 2;
INSERT INTO ours (id, role) VALUES (3, 'x');
UPDATE ours SET role = role || 'y'::text WHERE id = 3;
DELETE FROM ours WHERE id = 3;
CREATE TEMP TABLE mine AS SELECT r.rolname::text AS name, current_setting('work_mem'::text, true) AS memory FROM pg_roles AS r;
ALTER TABLE ours ADD COLUMN note text DEFAULT 'x';
SELECT pg_stat_force_next_flush();
