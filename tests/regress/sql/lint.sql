-- In one mode alone: nothing here depends on how the library is loaded.
-- lint() itself: its columns and order, who may call it, what it leaves out, and that it runs nothing of the user's.
\set ECHO none
\i tests/regress/lint_case.sql
\set ECHO all
SELECT proargnames, prorettype::regtype, proretset, provolatile, prosecdef, proconfig FROM pg_proc WHERE oid = 'clerk_rls.lint()'::regprocedure;

-- errors first; then by rule and object, byte by byte
CREATE TABLE "B" (id int);
CREATE TABLE a (id int);
CREATE TABLE closed (id int);
ALTER TABLE closed ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON "B", a, closed TO authenticated;
CREATE MATERIALIZED VIEW counted AS SELECT 1 AS one;
GRANT SELECT ON counted TO authenticated;
SELECT level, rule, object FROM clerk_rls.lint() WHERE object !~ 'claims|token';

-- who may call it: a superuser, and who was granted it, for whom that is enough
SET ROLE authenticated;
SELECT clerk_rls.lint();
SELECT clerk_rls.lint_tables();
SELECT clerk_rls.api_roles();
RESET ROLE;
CREATE ROLE lint_ci;
GRANT EXECUTE ON FUNCTION clerk_rls.lint() TO lint_ci;
SET ROLE lint_ci;
SELECT level, rule, object FROM clerk_rls.lint() WHERE object !~ 'claims|token';
SELECT clerk_rls.lint_tables();
RESET ROLE;
DROP OWNED BY lint_ci;
DROP ROLE lint_ci;

-- the roles of clients: those that are there and that policies bind
SELECT clerk_rls.api_roles();
ALTER ROLE anon BYPASSRLS;
SELECT clerk_rls.api_roles();
ALTER ROLE anon NOBYPASSRLS;
-- who has a policy that asks who is asking is one of them, and the setting goes before all
CREATE ROLE lint_tenant;
CREATE ROLE lint_worker;
CREATE TABLE asked (user_id text, worker text);
CREATE POLICY own ON asked TO lint_tenant USING (user_id = requesting_user_id());
CREATE POLICY work ON asked TO lint_worker USING (worker = current_user);
SELECT clerk_rls.api_roles();
BEGIN;
SET LOCAL clerk_rls.api_roles = 'lint_worker, "Nobody", service_role';
SELECT clerk_rls.api_roles();
GRANT SELECT ON asked TO lint_tenant, lint_worker;
SELECT level, rule, object, finding FROM clerk_rls.lint() WHERE object ~ 'asked$';
ROLLBACK;
DROP TABLE asked;
DROP ROLE lint_tenant, lint_worker;
SELECT clerk_rls.identifiers_in_list(E'anon, "Odd, name", "a ""quoted"" one" ,\n Web_Anon,, "",x');
SELECT count(*) FROM (VALUES (''), (NULL), (' , '), ('"')) AS list (text), clerk_rls.identifiers_in_list(list.text);

-- what belongs to an extension, and the server's own schemas
SELECT lint_case.good('rls_disabled', 'a table of an extension', $$CREATE TABLE x (id int); GRANT SELECT ON x TO authenticated; ALTER EXTENSION plpgsql ADD TABLE x$$);
SELECT lint_case.good('function_search_path_mutable', 'a function of an extension', $$CREATE FUNCTION x() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; ALTER EXTENSION plpgsql ADD FUNCTION x()$$);
SELECT count(*) FROM clerk_rls.lint() WHERE object ~ 'clerk_rls\.|pg_catalog\.|information_schema\.';

-- nothing of the user's is executed: neither defaults, policies, indexes and views, nor what stands in the way of names
CREATE SCHEMA trap;
CREATE FUNCTION trap.spring() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE TABLE trap.t (id int DEFAULT trap.spring(), user_id text DEFAULT trap.spring()::text);
CREATE INDEX ON trap.t ((id + trap.spring()));
CREATE VIEW trap.v AS SELECT trap.spring() FROM (VALUES (1)) AS one LEFT JOIN trap.t ON true;
CREATE POLICY own ON trap.t USING (trap.spring() = id);
ALTER TABLE trap.t ENABLE ROW LEVEL SECURITY;
CREATE OR REPLACE FUNCTION trap.spring() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE EXCEPTION 'executed as %', current_user; END $$;
SELECT * FROM trap.v;
GRANT USAGE ON SCHEMA trap TO authenticated;
GRANT SELECT ON trap.t, trap.v TO authenticated;
CREATE FUNCTION trap.format(text, VARIADIC "any") RETURNS text LANGUAGE internal AS 'text_format';
CREATE FUNCTION trap.quote_ident(text) RETURNS text LANGUAGE sql AS $$ SELECT trap.spring()::text $$;
CREATE FUNCTION trap.has_any_column_privilege(oid, oid, text) RETURNS boolean LANGUAGE sql AS $$ SELECT trap.spring() = 1 $$;
CREATE FUNCTION trap.equal(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT trap.spring() = 1 $$;
CREATE OPERATOR trap.= (LEFTARG = text, RIGHTARG = text, FUNCTION = trap.equal);
CREATE TABLE trap.pg_class (oid oid);
CREATE TEMP TABLE pg_policy (polrelid oid);
SET search_path = trap, pg_temp, pg_catalog;
SELECT level, rule, object FROM clerk_rls.lint() WHERE pg_catalog.starts_with(object, 'table trap.') OR pg_catalog.starts_with(object, 'view trap.');
RESET search_path;

-- A body has literals, whose types read them: a domain's checks are somebody's code. They run with the rights of the
-- function's owner at most, who cannot get out of there, and what they do is undone.
RESET search_path;
CREATE ROLE lint_attacker;
CREATE SCHEMA attack AUTHORIZATION lint_attacker;
SET ROLE lint_attacker;
-- Sequences remember what is rolled back.
CREATE TABLE attack.seen (who text);
CREATE SEQUENCE attack.as_owner;
CREATE SEQUENCE attack.as_another;
CREATE SEQUENCE attack.got_out;
CREATE FUNCTION attack.spring(value text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO attack.seen VALUES (current_user);
    PERFORM nextval(CASE current_user WHEN 'lint_attacker' THEN 'attack.as_owner' ELSE 'attack.as_another' END);
    BEGIN
        RESET ROLE;
        PERFORM nextval('attack.got_out');
        RAISE EXCEPTION 'and back';
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    RETURN true;
END
$$;
CREATE DOMAIN attack.harmless AS text CHECK (attack.spring(VALUE));
CREATE TYPE attack.pair AS (a attack.harmless);
CREATE FUNCTION attack.me() RETURNS text LANGUAGE sql STABLE AS $$ SELECT CASE WHEN '(x)'::attack.pair IS NOT NULL THEN current_setting('request.jwt.claims', true)::json ->> 'sub' END $$;
CREATE FUNCTION attack.mine(who text, pair attack.pair) RETURNS boolean LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN who = current_setting('request.jwt.claims', true)::json ->> 'sub'; END $$;
CREATE TABLE attack.t (user_id text);
CREATE INDEX ON attack.t (user_id);
ALTER TABLE attack.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON attack.t USING (user_id = attack.me());
CREATE POLICY once ON attack.t AS RESTRICTIVE USING (attack.mine('user_red', '(x)'));
GRANT USAGE ON SCHEMA attack TO authenticated;
RESET ROLE;
TRUNCATE attack.seen;
ALTER SEQUENCE attack.as_owner RESTART;
ALTER SEQUENCE attack.as_another RESTART;
ALTER SEQUENCE attack.got_out RESTART;
CREATE TEMP TABLE linted AS SELECT * FROM clerk_rls.lint() WHERE object ~ 'attack';
SELECT rule, object, fix FROM linted;
\set VERBOSITY terse
SELECT clerk_rls.adopt('attack.me()', dry_run => true);
\set VERBOSITY default
SELECT (SELECT count(*) FROM attack.seen) AS left_behind, (SELECT is_called FROM attack.as_owner) AS as_owner,
    (SELECT is_called FROM attack.as_another) AS as_another, (SELECT is_called FROM attack.got_out) AS got_out;
DROP SCHEMA attack CASCADE;
DROP ROLE lint_attacker;

-- fixes of one policy do not undo each other: all of them executed in order, until there are no more
CREATE TABLE mended (id int, user_id text, team text);
CREATE INDEX ON mended (team);
ALTER TABLE mended ENABLE ROW LEVEL SECURITY;
GRANT SELECT, UPDATE ON mended TO authenticated;
CREATE POLICY p ON mended TO authenticated
    USING (team = current_setting('request.jwt.claims', true)::jsonb -> 'user_metadata' ->> 'team')
    WITH CHECK (team = current_setting('request.jwt.claims', true)::jsonb ->> 'team.id' OR true);
SELECT rule, fix FROM clerk_rls.lint() WHERE object ~ 'mended';
SELECT fix FROM clerk_rls.lint() WHERE object ~ 'mended' \gexec
SELECT rule, fix FROM clerk_rls.lint() WHERE object ~ 'mended';
SELECT fix FROM clerk_rls.lint() WHERE object ~ 'mended' \gexec
SELECT rule, fix FROM clerk_rls.lint() WHERE object ~ 'mended';
SELECT pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid) FROM pg_catalog.pg_policy WHERE polrelid = 'mended'::regclass;
DROP TABLE mended;
