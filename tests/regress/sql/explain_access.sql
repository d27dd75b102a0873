-- In one mode alone: nothing here depends on how the library is loaded.
-- explain_access(): why a person sees a row, or may not write it.
\set SHOW_CONTEXT never
\set red '{"sub":"user_red"}'
\set blue '{"sub":"user_blue"}'

-- one policy for all commands
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', :'red');
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', :'blue');
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', :'red', 'update');
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', :'blue', 'UPDATE');
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', :'red', 'DELETE');
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', :'blue', 'INSERT');

-- nobody, a pending session, a machine, claims that cannot be read
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', NULL);
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', '{"sub":"user_red","sts":"pending"}');
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', '{"sub":"mch_1"}');
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', '{"sub":7}');
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', '[]');
SET clerk_rls.require_session = on;
SELECT finding FROM clerk_rls.explain_access('notes', 'id = 1', :'red');
RESET clerk_rls.require_session;

-- the filter
SELECT * FROM clerk_rls.explain_access('notes', 'id = 99', :'red');
SELECT * FROM clerk_rls.explain_access('notes', 'true', :'red');
SELECT result FROM clerk_rls.explain_access('notes', 'notes.body = ''red 1'' -- the first', :'red') WHERE policy IS NULL;
SELECT result FROM clerk_rls.explain_access('notes', 'id = (SELECT min(n.id) FROM notes n)', :'red') WHERE policy IS NULL;
SELECT * FROM clerk_rls.explain_access('notes', 'nosuch = 1', :'red');
SELECT * FROM clerk_rls.explain_access('notes', NULL, :'red');
SELECT * FROM clerk_rls.explain_access('notes', '1 / 0 = 1', :'red');
-- attacks: nothing changes
SELECT * FROM clerk_rls.explain_access('notes', 'true); drop table notes; --', :'red');
SELECT * FROM clerk_rls.explain_access('notes', 'true); delete from notes; select (true', :'red');
SELECT * FROM clerk_rls.explain_access('notes', E'true\n); update notes set body = $$x$$ where (true', :'red');
CREATE FUNCTION write() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN DELETE FROM notes; RETURN true; END $$;
SELECT * FROM clerk_rls.explain_access('notes', 'write()', :'red');
CREATE SEQUENCE counter;
SELECT * FROM clerk_rls.explain_access('notes', 'nextval($$counter$$) = 1 and id = 1', :'red');
CREATE FUNCTION swallow() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE SQLSTATE 'RLS00' USING MESSAGE = 'not ours'; END $$;
SELECT * FROM clerk_rls.explain_access('notes', 'swallow()', :'red');
SELECT count(*), current_user, requesting_user_id(), current_setting('transaction_read_only') AS read_only, current_setting('row_security') AS row_security, current_setting('search_path') AS search_path FROM notes GROUP BY 2;

-- other arguments
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', :'red', 'TRUNCATE');
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', :'red', NULL);
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', :'red', role => 'nosuch');
SELECT * FROM clerk_rls.explain_access('readers', 'true', :'red');
SELECT * FROM clerk_rls.explain_access(NULL, 'true', :'red');

-- what decides before any policy
SELECT * FROM clerk_rls.explain_access('claims', 'name = ''v2''', :'red');
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', NULL, role => 'postgres');
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', NULL, role => 'service_role');
GRANT SELECT (id, body) ON notes TO service_role;
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', NULL, role => 'service_role');
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', NULL, 'DELETE', 'service_role');
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', :'red', role => 'anon');
CREATE SCHEMA hidden;
CREATE TABLE hidden.t (id int);
INSERT INTO hidden.t VALUES (1);
GRANT SELECT ON hidden.t TO authenticated;
SELECT * FROM clerk_rls.explain_access('hidden.t', 'id = 1', :'red');
CREATE ROLE owns NOLOGIN;
CREATE ROLE inherits NOLOGIN IN ROLE owns;
ALTER TABLE hidden.t OWNER TO owns;
ALTER TABLE hidden.t ENABLE ROW LEVEL SECURITY;
GRANT USAGE ON SCHEMA hidden TO PUBLIC;
SELECT * FROM clerk_rls.explain_access('hidden.t', 'id = 1', NULL, role => 'owns');
SELECT * FROM clerk_rls.explain_access('hidden.t', 'id = 1', NULL, role => 'inherits');
ALTER TABLE hidden.t FORCE ROW LEVEL SECURITY;
SELECT * FROM clerk_rls.explain_access('hidden.t', 'id = 1', NULL, role => 'owns');
DROP SCHEMA hidden CASCADE;

-- permissive policies are joined by OR, restrictive ones by AND; some are for other commands, other roles
CREATE TABLE tasks (id int PRIMARY KEY, user_id text, org_id text, archived boolean NOT NULL DEFAULT false);
INSERT INTO tasks VALUES (1, 'user_red', 'org_paint'), (2, 'user_blue', 'org_paint'), (3, 'user_blue', NULL), (4, 'user_red', 'org_paint');
UPDATE tasks SET archived = true WHERE id = 4;
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
GRANT ALL ON tasks TO authenticated;
CREATE POLICY own ON tasks TO authenticated USING (user_id = requesting_user_id());
CREATE POLICY "the org's" ON tasks FOR SELECT TO authenticated USING (org_id = requesting_org_id());
CREATE POLICY sharing ON tasks FOR INSERT TO PUBLIC WITH CHECK (org_id = requesting_org_id() AND requesting_user_has(role => 'admin'));
CREATE POLICY living ON tasks AS RESTRICTIVE FOR SELECT USING (NOT archived);
CREATE POLICY staying ON tasks AS RESTRICTIVE FOR UPDATE USING (true) WITH CHECK (org_id IS NOT NULL);
CREATE POLICY keeping ON tasks AS RESTRICTIVE FOR DELETE USING (false);
CREATE POLICY for_others ON tasks TO service_role USING (true);
CREATE POLICY empty ON tasks FOR SELECT TO authenticated;
\set member '{"sub":"user_blue","org_id":"org_paint","org_role":"org:member"}'
SELECT * FROM clerk_rls.explain_access('tasks', 'id = 1', :'member');
SELECT * FROM clerk_rls.explain_access('tasks', 'id = 2', :'member');
SELECT * FROM clerk_rls.explain_access('tasks', 'id = 4', :'member');
SELECT * FROM clerk_rls.explain_access('tasks', 'id = 3', :'member', 'INSERT');
SELECT * FROM clerk_rls.explain_access('tasks', 'id = 1', :'member', 'INSERT');
SELECT * FROM clerk_rls.explain_access('tasks', 'id = 2', :'member', 'UPDATE');
SELECT * FROM clerk_rls.explain_access('tasks', 'id = 3', :'member', 'UPDATE');
SELECT * FROM clerk_rls.explain_access('tasks', 'id = 1', :'member', 'UPDATE');
SELECT * FROM clerk_rls.explain_access('tasks', 'id = 2', :'member', 'DELETE');
-- NULL counts as false
UPDATE tasks SET user_id = NULL WHERE id = 3;
SELECT * FROM clerk_rls.explain_access('tasks', 'id = 3', :'member');
DROP TABLE tasks;

-- a member of the policy's role, with inheritance and without
CREATE POLICY theirs ON notes FOR SELECT TO owns USING (true);
GRANT SELECT ON notes TO owns, inherits;
CREATE ROLE stranger NOLOGIN NOINHERIT;
GRANT owns TO stranger;
GRANT SELECT ON notes TO stranger;
SELECT policy, result FROM clerk_rls.explain_access('notes', 'id = 1', NULL, role => 'inherits');
SELECT policy, result, finding FROM clerk_rls.explain_access('notes', 'id = 1', NULL, role => 'stranger');
DROP POLICY theirs ON notes;
DROP OWNED BY owns, inherits, stranger;
DROP ROLE inherits, stranger, owns;

-- subqueries and functions of policies run with the person's rights, under the person's policies
CREATE TABLE members (user_id text, org_id text);
INSERT INTO members VALUES ('user_red', 'org_paint'), ('user_blue', 'org_ink');
ALTER TABLE members ENABLE ROW LEVEL SECURITY;
CREATE POLICY self ON members FOR SELECT TO authenticated USING (user_id = requesting_user_id());
CREATE TABLE boards (id int PRIMARY KEY, org_id text);
INSERT INTO boards VALUES (1, 'org_paint'), (2, 'org_ink');
ALTER TABLE boards ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_members ON boards FOR SELECT TO authenticated USING (EXISTS (SELECT FROM members WHERE members.org_id = boards.org_id));
GRANT SELECT ON boards TO authenticated;
SELECT * FROM clerk_rls.explain_access('boards', 'id = 1', :'red');
GRANT SELECT ON members TO authenticated;
SELECT * FROM clerk_rls.explain_access('boards', 'id = 1', :'red');
SELECT * FROM clerk_rls.explain_access('boards', 'id = 1', :'blue');
DROP POLICY of_members ON boards;
-- the first function's body has names that the search_path of the request finds
CREATE FUNCTION is_member(org text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN EXISTS (SELECT FROM members WHERE org_id = org); END $$;
CREATE FUNCTION is_any_member(org text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$ SELECT EXISTS (SELECT FROM public.members WHERE org_id = org) $$;
CREATE POLICY by_function ON boards FOR SELECT TO authenticated USING (is_member(org_id));
CREATE POLICY by_definer ON boards FOR SELECT TO authenticated USING (is_any_member(org_id));
SELECT * FROM clerk_rls.explain_access('boards', 'id = 1', :'blue');
-- a whole row as an argument
CREATE FUNCTION is_first(board boards) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT board.id = 1 $$;
CREATE POLICY by_row ON boards AS RESTRICTIVE FOR SELECT TO authenticated USING (is_first(boards));
SELECT policy, result, expression FROM clerk_rls.explain_access('boards', 'id = 2', :'blue');
-- an error in a policy is a finding; functions that write have one
CREATE FUNCTION auth_uid() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT (current_setting('request.jwt.claims')::json ->> 'sub')::uuid $$;
CREATE POLICY by_uuid ON boards AS RESTRICTIVE FOR SELECT TO authenticated USING (auth_uid() IS NOT NULL);
CREATE POLICY by_writing ON boards AS RESTRICTIVE FOR SELECT TO authenticated USING (write());
CREATE POLICY by_swallowing ON boards AS RESTRICTIVE FOR SELECT TO authenticated USING (swallow());
SELECT policy, permissive, result, finding FROM clerk_rls.explain_access('boards', 'id = 1', :'blue');
SELECT count(*), current_user, requesting_user_id() FROM notes GROUP BY 2;
DROP POLICY by_uuid ON boards;
DROP POLICY by_writing ON boards;
DROP POLICY by_swallowing ON boards;
-- code of a policy cannot go back to the role of the session
CREATE FUNCTION escape() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('role', 'none', true);
    RAISE WARNING 'escaped to %', current_user;
    RETURN true;
END $$;
CREATE POLICY by_escaping ON boards AS RESTRICTIVE FOR SELECT TO authenticated USING (escape());
SELECT policy, result, finding FROM clerk_rls.explain_access('boards', 'id = 1', :'red') WHERE policy = 'by_escaping';
DROP POLICY by_escaping ON boards;

-- nor can a type: a cast of its owner's is not called, and what policies call runs as the person
CREATE TYPE colour AS ENUM ('red');
CREATE FUNCTION colour_as_text(colour) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'cast as %', current_user; RETURN 'cast'; END $$;
CREATE CAST (colour AS text) WITH FUNCTION colour_as_text(colour);
CREATE FUNCTION colour_as_json(colour) RETURNS json LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'cast as %', current_user; RETURN '{}'; END $$;
CREATE CAST (colour AS json) WITH FUNCTION colour_as_json(colour);
CREATE TABLE paints (colour colour);
INSERT INTO paints VALUES ('red');
ALTER TABLE paints ENABLE ROW LEVEL SECURITY;
CREATE POLICY red ON paints USING (colour IS NOT NULL);
CREATE POLICY cast_as_text ON paints USING (colour::text = 'cast');
GRANT SELECT ON paints TO authenticated;
SELECT policy, result, finding FROM clerk_rls.explain_access('paints', 'true', :'red');
DROP TABLE paints;

-- within a transaction: who one is, and everything else, stays as it was, on an error too
BEGIN;
SELECT clerk_rls.act_as('user_red', role => 'none');
SET LOCAL search_path = public, pg_catalog;
SELECT result FROM clerk_rls.explain_access('notes', 'id = 3', :'blue') WHERE policy IS NULL;
SELECT current_user, requesting_user_id(), current_setting('search_path') AS search_path, current_setting('transaction_read_only') AS read_only, current_setting('row_security') AS row_security;
SAVEPOINT s;
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', '[]');
ROLLBACK TO s;
SELECT current_user, requesting_user_id(), current_setting('search_path') AS search_path, current_setting('transaction_read_only') AS read_only, current_setting('row_security') AS row_security;
INSERT INTO notes (body) VALUES ('written') RETURNING user_id;
ROLLBACK;
-- names in the filter are the caller's
BEGIN;
SET LOCAL search_path = clerk_rls;
SELECT finding FROM clerk_rls.explain_access('public.notes', 'id = (SELECT min(id) FROM public.notes)', :'red') WHERE policy IS NULL;
SET LOCAL search_path = '';
SELECT expression FROM clerk_rls.explain_access('public.notes', 'id = 1', :'red') WHERE policy = 'own';
ROLLBACK;

-- strange names, a column named as its table, dropped columns, generated ones, partitions
CREATE SCHEMA "the ""Schema""";
GRANT USAGE ON SCHEMA "the ""Schema""" TO authenticated;
CREATE TABLE "the ""Schema"""."O'Brien; drop" (gone int, "O'Brien; drop" int, "user id" text, twice int GENERATED ALWAYS AS ("O'Brien; drop" * 2) STORED, last text DEFAULT 'x');
ALTER TABLE "the ""Schema"""."O'Brien; drop" DROP COLUMN gone;
INSERT INTO "the ""Schema"""."O'Brien; drop" VALUES (1, 'user_red');
ALTER TABLE "the ""Schema"""."O'Brien; drop" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "it's; drop table notes; --" ON "the ""Schema"""."O'Brien; drop" USING ("user id" = requesting_user_id() AND twice = 2 AND "O'Brien; drop" = 1 AND last = 'x');
GRANT SELECT ON "the ""Schema"""."O'Brien; drop" TO authenticated;
SELECT * FROM clerk_rls.explain_access('"the ""Schema"""."O''Brien; drop"', '"O''Brien; drop"."O''Brien; drop" = 1', :'red');
CREATE TABLE events (id int, user_id text) PARTITION BY LIST (id);
CREATE TABLE events_1 (user_id text, id int);
ALTER TABLE events ATTACH PARTITION events_1 FOR VALUES IN (1);
CREATE TABLE events_2 PARTITION OF events DEFAULT;
INSERT INTO events VALUES (1, 'user_red'), (2, 'user_blue');
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON events USING (user_id = requesting_user_id());
GRANT SELECT ON events TO authenticated;
SELECT policy, result, finding FROM clerk_rls.explain_access('events', 'id = 1', :'red');
SELECT policy, result, finding FROM clerk_rls.explain_access('events', 'id = 2', :'red');
SELECT policy, result, finding FROM clerk_rls.explain_access('events_1', 'id = 1', :'red');
-- one table after the other in one session, and a table that has changed in between
ALTER TABLE events ADD COLUMN more text;
SELECT result FROM clerk_rls.explain_access('events', 'id = 1 AND more IS NULL', :'red') WHERE policy IS NULL;
SELECT result FROM clerk_rls.explain_access('notes', 'id = 1', :'red') WHERE policy IS NULL;
-- a value that is long
UPDATE notes SET user_id = repeat('x', 500) WHERE id = 3;
SELECT length(finding) < 200 AS short FROM clerk_rls.explain_access('notes', 'id = 3', :'red') WHERE policy IS NOT NULL;

-- whoever is not granted it, cannot call it; whoever cannot read the table or become the role, gets the error of that
SET ROLE authenticated;
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', :'red');
RESET ROLE;
CREATE ROLE developer NOLOGIN;
GRANT EXECUTE ON FUNCTION clerk_rls.explain_access, clerk_rls.explain_row, clerk_rls.rows_of_table, clerk_rls.answers_as_person,
    clerk_rls.identity_expressions, clerk_rls.inspect_expression TO developer;
GRANT SELECT ON notes TO developer;
SET ROLE developer;
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', :'red');
RESET ROLE;
SET SESSION AUTHORIZATION developer;
SELECT * FROM clerk_rls.explain_access('boards', 'id = 1', :'red');
RESET SESSION AUTHORIZATION;
ALTER TABLE notes OWNER TO developer;
GRANT authenticated TO developer;
SET SESSION AUTHORIZATION developer;
SELECT policy, result, finding FROM clerk_rls.explain_access('notes', 'id = 1', :'red');
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', NULL, role => 'anon');
RESET SESSION AUTHORIZATION;
ALTER TABLE notes OWNER TO postgres;
DROP OWNED BY developer;
DROP ROLE developer;

-- a policy cannot stop the explanation, and a cancel in the middle of one leaves the caller who it was
CREATE ROLE waiter NOLOGIN;
CREATE SCHEMA waiting AUTHORIZATION waiter;
GRANT USAGE ON SCHEMA waiting TO authenticated;
SET ROLE waiter;
CREATE FUNCTION waiting.spring() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('search_path', 'waiting', false), set_config('statement_timeout', '0', false);
    IF current_setting('waiting.mode') = 'raise' THEN RAISE SQLSTATE '57014' USING MESSAGE = 'canceling statement due to user request'; END IF;
    PERFORM pg_sleep(60);
    RETURN true;
END
$$;
CREATE TABLE waiting.t (id int);
INSERT INTO waiting.t VALUES (1);
ALTER TABLE waiting.t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON waiting.t USING (waiting.spring());
GRANT SELECT ON waiting.t TO authenticated;
RESET ROLE;
SET waiting.mode = 'raise';
SELECT policy, result, finding FROM clerk_rls.explain_access('waiting.t', 'true', :'red');
SELECT persona, command, allowed, rows, problem FROM clerk_rls.access_matrix('{"red":{"user_id":"user_red"}}', '{waiting.t}') WHERE command = 'SELECT';
SET waiting.mode = 'wait';
SET statement_timeout = '300ms';
DO $$
BEGIN
    PERFORM clerk_rls.explain_access('waiting.t', 'true', '{"sub":"user_red"}');
EXCEPTION WHEN query_canceled THEN
    RAISE WARNING '%, as %, in %, to read only %, asked by %', SQLERRM, current_user, current_setting('search_path'),
        current_setting('transaction_read_only'), coalesce(requesting_user_id(), 'nobody');
END
$$;
DO $$
BEGIN
    PERFORM clerk_rls.access_matrix('{"red":{"user_id":"user_red"}}', '{waiting.t}');
EXCEPTION WHEN query_canceled THEN
    RAISE WARNING '%, as %, in %', SQLERRM, current_user, current_setting('search_path');
END
$$;
RESET statement_timeout;
SELECT current_user, current_setting('search_path') AS search_path;
DROP SCHEMA waiting CASCADE;
DROP ROLE waiter;

-- verified_token
ALTER DATABASE regress_explain_access SET clerk_rls.identity_source = 'verified_token';
\c
\set SHOW_CONTEXT never
BEGIN;
SELECT clerk_rls.authenticate(token('user_blue'));
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', :'red');
SELECT * FROM clerk_rls.explain_access('notes', 'id = 1', NULL);
SELECT policy, result, finding FROM clerk_rls.explain_access('notes', 'id = 1', '{"sub":"user_red","sts":"pending"}');
SELECT current_user, requesting_user_id();
COMMIT;
-- a policy's function cannot become somebody else, though the session is a superuser's
CREATE FUNCTION become_blue() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM clerk_rls.act_as('user_blue'); RETURN true; END $$;
CREATE POLICY becoming ON notes AS RESTRICTIVE FOR SELECT USING (become_blue());
SELECT policy, result, finding FROM clerk_rls.explain_access('notes', 'id = 1', :'red') WHERE policy = 'becoming';
