-- In one mode alone: nothing here depends on how the library is loaded.
-- Code that is not ours runs as the owner of its table or as the person who is asked about, and leaves nothing behind.
-- tests/hostile-schema goes through everything that can run; these are three ways by which a role without rights once
-- became a superuser.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE attacker LOGIN;
GRANT authenticated TO attacker;
CREATE SCHEMA attack AUTHORIZATION attacker;
GRANT USAGE ON SCHEMA attack TO PUBLIC;
-- Any function of the operator's with an array in it.
CREATE FUNCTION public.is_staff(role text) RETURNS boolean LANGUAGE sql STABLE SET search_path = '' AS $$ SELECT role = ANY ('{admin,owner}'::text[]) $$;
CREATE FUNCTION attack.told(what pg_catalog.text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING '% ran as %', what, current_user; RETURN true; END $$;
ALTER FUNCTION attack.told OWNER TO attacker;

-- 1. The body of a function is looked into with its owner's rights, and the caller defines the types in it.
GRANT EXECUTE ON FUNCTION clerk_rls.inspect_expression(pg_node_tree, oid) TO attacker;
\c - attacker
SET client_min_messages = warning;
CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (attack.told('the check of a domain'));
CREATE TABLE pg_temp.mine (a boolean DEFAULT public.is_staff('x'));
SELECT clerk_rls.inspect_expression(adbin, adrelid) -> 'asks' AS asks FROM pg_attrdef WHERE adrelid = 'pg_temp.mine'::regclass;
\c - postgres
REVOKE EXECUTE ON FUNCTION clerk_rls.inspect_expression(pg_node_tree, oid) FROM attacker;
SET client_min_messages = warning;
SELECT p.oid::regprocedure AS of_everybody FROM pg_proc AS p
WHERE p.pronamespace = 'clerk_rls'::regnamespace AND p.proname ~ 'inspect|rewrite|identity_expressions|owner|rows_of_table|answers|cells|lint|doctor'
    AND has_function_privilege('attacker', p.oid, 'EXECUTE');
-- The same with a superuser's lint(): the function means a type that its own schema has not, and public has one of that
-- name from somebody else.
CREATE SCHEMA app;
CREATE DOMAIN app.role_name AS text;
SET search_path = app, public;
CREATE FUNCTION public.is_member(role text) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT role = ANY ('{admin,owner}'::role_name[]) AND requesting_user_id() IS NOT NULL $$;
RESET search_path;
GRANT CREATE ON SCHEMA public TO attacker;
CREATE DOMAIN public.role_name AS text CHECK (attack.told('the check of a domain in public'));
ALTER DOMAIN public.role_name OWNER TO attacker;
CREATE TABLE public.staff (role text);
ALTER TABLE public.staff ENABLE ROW LEVEL SECURITY;
CREATE POLICY members ON public.staff FOR SELECT TO authenticated USING (is_member(role) AND is_staff(role));
SELECT rule FROM clerk_rls.lint() WHERE object ~ 'staff';
DROP TABLE public.staff;
DROP FUNCTION public.is_member, public.is_staff;
DROP DOMAIN public.role_name;
DROP SCHEMA app CASCADE;

-- 2. A setting that a policy makes outlived the confinement, and the caller's next operator was the attacker's.
\c - attacker
CREATE TABLE attack.t (id int PRIMARY KEY, user_id text);
INSERT INTO attack.t VALUES (1, 'user_red');
ALTER TABLE attack.t ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON attack.t TO authenticated USING (set_config('search_path', 'attack, pg_catalog', false) IS NOT NULL);
CREATE POLICY more ON attack.t TO authenticated USING (set_config('search_path', 'attack, pg_catalog', true) IS NOT NULL);
GRANT SELECT ON attack.t TO authenticated;
CREATE FUNCTION attack.take(jsonb, jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_catalog.set_config('role', 'none', true);
    PERFORM attack.told('an operator');
    RETURN $1 OPERATOR(pg_catalog.||) $2;
END
$$;
CREATE OPERATOR attack.|| (FUNCTION = attack.take, LEFTARG = jsonb, RIGHTARG = jsonb);
\c - postgres
SET client_min_messages = warning;
SELECT policy, result FROM clerk_rls.explain_access('attack.t', 'id = 1', '{"sub":"user_red"}');
SELECT command, allowed, rows FROM clerk_rls.access_matrix('{"red":{"user_id":"user_red"},"blue":{"user_id":"user_blue"}}', '{attack.t}') WHERE command = 'SELECT';
SHOW search_path;

-- 3. migrate_auth_uid() left the session with what the owner's code had set.
\c - attacker
CREATE FUNCTION attack.uid() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT (current_setting('request.jwt.claims', true)::json ->> 'sub')::uuid $$;
CREATE FUNCTION attack.path() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM attack.told('the check of a default');
    PERFORM pg_catalog.set_config('search_path', 'attack, pg_catalog', false), pg_catalog.set_config('attack.left', 'behind', false);
    RETURN true;
END
$$;
CREATE DOMAIN attack.d AS text CHECK (attack.path());
CREATE TABLE attack.u (id int, user_id uuid DEFAULT coalesce(attack.uid(), CASE WHEN '{a}'::attack.d[] IS NULL THEN NULL::uuid END));
\c - postgres
SET client_min_messages = warning;
SELECT clerk_rls.migrate_auth_uid();
SELECT current_setting('search_path') AS search_path, current_setting('attack.left', true) AS left_behind, current_user;
-- by the owner's rights alone
SET ROLE authenticated;
SELECT clerk_rls.execute_as_owner('attack.u', 'DROP TABLE attack.u');
RESET ROLE;
GRANT EXECUTE ON FUNCTION clerk_rls.execute_as_owner TO authenticated;
SET ROLE authenticated;
SELECT clerk_rls.execute_as_owner('attack.u', 'DROP TABLE attack.u');
RESET ROLE;
SELECT clerk_rls.execute_as_owner('attack.u', 'SET ROLE postgres');
SELECT clerk_rls.execute_as_owner('attack.u', 'SET search_path = attack; SET LOCAL attack."left" = ''again''; SELECT 1');
SELECT clerk_rls.execute_as_owner('attack.u', 'nonsense');
SELECT clerk_rls.execute_as_owner(0, 'SELECT 1');
SELECT current_setting('search_path') AS search_path, current_setting('attack.left', true) AS left_behind, current_user;
-- a name can be another table's by the time
SELECT clerk_rls.execute_as_owner('attack.u', 'SELECT 1', 'attacker');
SELECT clerk_rls.execute_as_owner('attack.u', 'SELECT 1', 'postgres');
SELECT clerk_rls.execute_as_owner('attack.u', 'SELECT 1', 'nosuch');
-- a cursor would run as the one who fetches
\c - attacker
CREATE FUNCTION attack.open() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'DECLARE c CURSOR FOR SELECT attack.told($x$a cursor$x$)'; END $$;
\c - postgres
SET client_min_messages = warning;
BEGIN;
SELECT clerk_rls.execute_as_owner('attack.u', 'SELECT attack.open()');
ROLLBACK;
BEGIN;
DECLARE mine CURSOR FOR SELECT 1 AS a;
SELECT clerk_rls.execute_as_owner('attack.u', 'SELECT 1');
FETCH mine;
COMMIT;

-- nor is one of the caller's read, closed or put in another's place: the words of PL/pgSQL are no SQL
\c - attacker
CREATE FUNCTION attack.reopen() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    c refcursor := 'mine';
    r record;
BEGIN
    BEGIN
        FETCH c INTO r;
        RAISE WARNING 'read %', r;
    EXCEPTION WHEN OTHERS THEN
        RAISE WARNING '%', SQLERRM;
    END;
    BEGIN
        CLOSE c;
        OPEN c FOR SELECT 'x'::text WHERE attack.told('a cursor in the place of another');
    EXCEPTION WHEN OTHERS THEN
        RAISE WARNING '%', SQLERRM;
    END;
    RETURN true;
END
$$;
CREATE TABLE attack.reading (id int);
INSERT INTO attack.reading VALUES (1);
ALTER TABLE attack.reading ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON attack.reading TO authenticated USING (attack.reopen());
GRANT SELECT ON attack.reading TO authenticated;
\c - postgres
SET client_min_messages = warning;
BEGIN;
DECLARE mine CURSOR FOR SELECT 'secret' AS of_the_caller FROM generate_series(1, 9);
SELECT clerk_rls.execute_as_owner('attack.u', 'SELECT attack.reopen()');
SELECT result FROM clerk_rls.explain_access('attack.reading', 'id = 1', '{"sub":"user_red"}') WHERE policy IS NULL;
SELECT rows FROM clerk_rls.access_matrix('{"red":{"user_id":"user_red"}}', '{attack.reading}') WHERE command = 'SELECT';
FETCH mine;
SAVEPOINT s;
SELECT clerk_rls.execute_as_owner('attack.u', 'SELECT 1 / 0');
ROLLBACK TO s;
FETCH mine;
CLOSE mine;
COMMIT;
SELECT clerk_rls.execute_as_owner('attack.u', 'COMMIT');

-- a fix means what was meant, though a function of somebody else fits its words better in the path of everybody
CREATE TABLE public.docs (id int, user_id uuid DEFAULT CASE WHEN array_append('{a}'::text[], 'b'::text) IS NULL THEN NULL
    ELSE (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub')::uuid END);
ALTER TABLE docs ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION public.array_append(text[], text) RETURNS text[] LANGUAGE plpgsql AS $$ BEGIN PERFORM attack.told('another function'); RETURN $1; END $$;
ALTER FUNCTION public.array_append OWNER TO attacker;
SELECT fix FROM clerk_rls.lint() WHERE object ~ 'docs' AND fix ~ 'DEFAULT' \gexec
INSERT INTO docs (id) VALUES (1);
DROP TABLE docs;
DROP FUNCTION public.array_append(text[], text);

-- 4. An error in the middle of a body must not jump past the rollback: the one who catches it would be the definer.
GRANT USAGE ON SCHEMA clerk_rls TO attacker;
GRANT EXECUTE ON FUNCTION clerk_rls.lint(), clerk_rls.doctor() TO attacker;
\c - attacker
SET client_min_messages = warning;
CREATE TABLE attack.deep (user_id text);
ALTER TABLE attack.deep ENABLE ROW LEVEL SECURITY;
DO $x$
DECLARE
    depth int;
BEGIN
    FOREACH depth IN ARRAY ARRAY[150, 500, 3000] LOOP
        SET LOCAL check_function_bodies = off;
        EXECUTE format('CREATE FUNCTION attack.%I() RETURNS boolean LANGUAGE sql STABLE AS %L', 'deep_' || depth, 'SELECT ' || repeat('(SELECT ', depth) || 'true' || repeat(')', depth));
        EXECUTE format('CREATE POLICY %I ON attack.deep TO attacker, authenticated USING (attack.%I())', 'p_' || depth, 'deep_' || depth);
    END LOOP;
END
$x$;
DO $x$
BEGIN
    BEGIN
        PERFORM count(*) FROM clerk_rls.lint();
    EXCEPTION WHEN OTHERS THEN
        RAISE WARNING '%', SQLERRM;
    END;
    RAISE WARNING 'as %', current_user;
    BEGIN
        PERFORM count(*) FROM clerk_rls.doctor();
    EXCEPTION WHEN OTHERS THEN
        RAISE WARNING '%', SQLERRM;
    END;
    RAISE WARNING 'as %', current_user;
END
$x$;
SELECT current_user, current_setting('search_path') AS search_path;
SELECT rule, object, finding FROM clerk_rls.lint() WHERE rule = 'policy_not_inspected' AND object ~ 'attack';
\c - postgres
SET client_min_messages = warning;
SELECT count(*) > 0 AS goes_on FROM clerk_rls.lint();
SELECT policy, result, finding FROM clerk_rls.explain_access('attack.deep', 'true', '{"sub":"user_red"}') WHERE policy IS NULL;
SELECT current_user, current_setting('search_path') AS search_path;

-- rows are what they are said to be
SELECT clerk_rls.rows_of_table('{}'::int8[], 'attack.t'::regclass, 'SELECT ''x''::text', 'pg_catalog');
SELECT clerk_rls.rows_of_table('{}'::text[], 'attack.t'::regclass, 'SELECT 1234567::int8', 'pg_catalog');
SELECT clerk_rls.rows_of_table('{}'::attack.t[], 'attack.t'::regclass, 'SELECT 1234567::int8', 'pg_catalog');
SELECT clerk_rls.rows_of_table('{}'::attack.t[], 'attack.t'::regclass, 'SELECT t, t FROM attack.t', 'pg_catalog');
SELECT clerk_rls.rows_of_table('{}'::attack.t[], 'attack.u'::regclass, 'SELECT t FROM attack.t', 'pg_catalog');
SELECT clerk_rls.rows_of_table('{}'::attack.t[], 'attack.t'::regclass, 'CREATE TABLE attack.x ()', 'pg_catalog');
SELECT clerk_rls.count_cells('{}'::text[], 'attack.t'::regclass, 'SELECT 1234567::int8', '{}', '[{"persona":"x","command":"INSERT","query":"SELECT 1"}]', 'pg_catalog');
SELECT clerk_rls.rows_of_table('{}'::attack.t[], 'attack.t'::regclass, 'SELECT t FROM attack.t', 'pg_catalog');
-- who owns the schema could rename it, and have another table read in the place of the superuser's
CREATE TABLE attack.ours (id int);
SELECT * FROM clerk_rls.explain_access('attack.ours', 'true', '{"sub":"user_red"}');
DROP TABLE attack.ours;

-- settings that change what a literal means
SET standard_conforming_strings = off;
SET escape_string_warning = off;
SET quote_all_identifiers = on;
SELECT clerk_rls.as_owner('attack.t'::regclass, 'ALTER TABLE attack.t ALTER COLUMN id TYPE text;');
CREATE TABLE public.kept (id int);
SELECT clerk_rls.protect('public.kept');
SELECT clerk_rls.unprotect('public.kept');
SELECT has_table_privilege('authenticated', 'public.kept', 'SELECT') AS still_granted;
SELECT count(*) > 0 AS lint_goes_on FROM clerk_rls.lint();
RESET standard_conforming_strings;
RESET quote_all_identifiers;
DROP TABLE public.kept;

-- an error that looks like a lack of memory is one of the policy's
CREATE FUNCTION attack.full() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE SQLSTATE '53200' USING MESSAGE = 'out of memory'; END $$;
CREATE POLICY full_of_it ON attack.t AS RESTRICTIVE TO authenticated USING (attack.full());
SELECT policy, result, finding FROM clerk_rls.explain_access('attack.t', 'id = 1', '{"sub":"user_red"}') WHERE policy = 'full_of_it';

-- what is said with a literal of somebody's type is understood all the same
CREATE DOMAIN attack.yes AS boolean CHECK (attack.told('the check of a literal'));
CREATE DOMAIN attack.word AS text CHECK (attack.told('the check of a literal'));
CREATE FUNCTION attack.always() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT 't'::attack.yes $$;
CREATE FUNCTION attack.nobody() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT coalesce(current_setting('request.jwt.claims'::attack.word, true)::json ->> 'sub' <> 'x', true) $$;
CREATE FUNCTION attack.metadata() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT current_setting('request.jwt.claims', true)::json -> 'user_metadata'::attack.word ->> 'admin' = 'true' $$;
CREATE FUNCTION attack.record() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT true OR EXISTS (SELECT FROM json_to_record('{}') AS r (a int)) $$;
CREATE FUNCTION attack.two() RETURNS boolean LANGUAGE sql AS $$ SELECT 1; SELECT true $$;
CREATE FUNCTION attack.sampled() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT EXISTS (SELECT FROM attack.t TABLESAMPLE system (50)) $$;
CREATE TABLE attack.said (id int, user_id text DEFAULT requesting_user_id());
ALTER TABLE attack.said ENABLE ROW LEVEL SECURITY;
GRANT SELECT, UPDATE ON attack.said TO authenticated;
CREATE POLICY always ON attack.said FOR UPDATE TO authenticated USING (attack.always());
CREATE POLICY nobody ON attack.said FOR UPDATE TO authenticated USING (attack.nobody());
CREATE POLICY metadata ON attack.said FOR UPDATE TO authenticated USING (attack.metadata());
CREATE POLICY record ON attack.said FOR UPDATE TO authenticated USING (attack.record());
CREATE POLICY two ON attack.said FOR SELECT TO authenticated USING (attack.two() AND attack.sampled());
SELECT rule, level, object, CASE WHEN rule = 'policy_not_inspected' THEN finding END AS finding FROM clerk_rls.lint()
WHERE object ~ '^policy .* attack.said' AND rule IN ('policy_always_true', 'policy_allows_anonymous', 'policy_uses_user_metadata', 'policy_not_inspected');
DROP SCHEMA attack CASCADE;
REVOKE ALL ON SCHEMA public FROM attacker;
DROP OWNED BY attacker;
DROP ROLE attacker;
