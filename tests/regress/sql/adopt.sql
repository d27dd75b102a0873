-- In one mode alone: nothing here depends on how the library is loaded.
-- adopt(): functions that a guide told to paste become native in place.
\pset null NULL
\set SHOW_CONTEXT never
CREATE SCHEMA guide;
GRANT USAGE ON SCHEMA guide TO authenticated, anon;
CREATE FUNCTION guide.requesting_user_id() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT NULLIF(
  current_setting('request.jwt.claims', true)::json->>'sub',
  ''
)::text;
$$;
COMMENT ON FUNCTION guide.requesting_user_id() IS 'pasted';
REVOKE EXECUTE ON FUNCTION guide.requesting_user_id() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION guide.requesting_user_id() TO authenticated;
CREATE TABLE guide.tasks (name text, user_id text NOT NULL DEFAULT guide.requesting_user_id());
ALTER TABLE guide.tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON guide.tasks TO authenticated USING (guide.requesting_user_id() = user_id) WITH CHECK (guide.requesting_user_id() = user_id);
GRANT SELECT, INSERT ON guide.tasks TO authenticated, anon;
INSERT INTO guide.tasks VALUES ('red', 'user_red'), ('blue', 'user_blue');
SELECT 'guide.requesting_user_id()'::regprocedure::oid AS before \gset
CREATE VIEW function_now AS SELECT p.oid = :before AS same_oid, l.lanname, p.prosrc LIKE '%NULLIF%' AS pasted, p.provolatile, p.proparallel, p.proacl, obj_description(p.oid) AS comment
FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang WHERE p.oid = 'guide.requesting_user_id()'::regprocedure;

-- a dry run says what it would do, and does not
SELECT clerk_rls.adopt('guide.requesting_user_id()', dry_run => true);
TABLE function_now;
-- the real one does
CREATE TABLE told AS SELECT said.*, row_number() OVER () AS n FROM clerk_rls.adopt('guide.requesting_user_id()') AS said (statement);
SELECT (array_agg(t.statement ORDER BY n) = ARRAY(SELECT clerk_rls.adopt('guide.requesting_user_id()', true))) IS NOT TRUE AS nothing_is_left_to_do FROM told AS t;
TABLE function_now;
-- nothing that uses it was touched, and it answers the same
BEGIN;
SET LOCAL ROLE authenticated;
SELECT sign_in('v2');
TABLE guide.tasks;
INSERT INTO guide.tasks (name) VALUES ('more') RETURNING user_id;
INSERT INTO guide.tasks VALUES ('forged', 'user_blue');
ROLLBACK;
BEGIN;
SET LOCAL ROLE authenticated;
SELECT sign_in('v1');
TABLE guide.tasks;
COMMIT;
-- it reads as the readers do: a pending session is nobody
BEGIN;
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = '{"sub":"user_red","sts":"pending"}';
TABLE guide.tasks;
COMMIT;
-- once more changes nothing
SELECT clerk_rls.adopt('guide.requesting_user_id()');
-- and the way back is what it printed
SELECT statement FROM told WHERE n = 2 \gexec
TABLE function_now;
BEGIN;
SET LOCAL ROLE authenticated;
SELECT sign_in('v2');
TABLE guide.tasks;
COMMIT;

-- a reader for each of Supabase's helpers, and for the spellings that one meets
CREATE SCHEMA auth;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')
  )::uuid
$$;
CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE AS $$
  select coalesce(nullif(current_setting('request.jwt.claim.role', true), ''), (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'))::text $$;
CREATE FUNCTION auth.email() RETURNS text LANGUAGE sql STABLE AS $$
  select coalesce(nullif(current_setting('request.jwt.claim.email', true), ''), (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'))::text $$;
CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS $$
  select coalesce(nullif(current_setting('request.jwt.claim', true), ''), nullif(current_setting('request.jwt.claims', true), ''))::jsonb $$;
CREATE FUNCTION auth.session_id() RETURNS text LANGUAGE sql STABLE AS $$ select auth.jwt() ->> 'sid' $$;
CREATE FUNCTION auth.org_id() RETURNS text LANGUAGE sql STABLE AS $$ select auth.jwt() -> 'o' ->> 'id' $$;
CREATE FUNCTION auth.org_id_v1() RETURNS text LANGUAGE sql STABLE AS $$ select current_setting('request.jwt.claims', true)::json #>> '{org_id}' $$;
CREATE FUNCTION auth.actor() RETURNS varchar LANGUAGE sql STABLE AS $$ select (current_setting('request.jwt.claims')::jsonb -> 'act' ->> 'sub')::varchar $$;
CREATE FUNCTION auth.standard() RETURNS text LANGUAGE sql STABLE RETURN (SELECT (auth.jwt())['sub'] #>> '{}');
CREATE FUNCTION auth.atomic() RETURNS text LANGUAGE sql STABLE BEGIN ATOMIC SELECT auth.jwt() ->> 'sub'; END;
CREATE FUNCTION auth.wrapper() RETURNS text LANGUAGE sql STABLE AS 'SELECT public.requesting_user_id()';
CREATE FUNCTION auth."O'Brien"() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$ select pg_catalog.current_setting('request.jwt.claims', true)::json ->> 'sub' $$;
SELECT p.proname, a.symbol, a.result_type::regtype FROM pg_proc AS p LEFT JOIN LATERAL clerk_rls.adoptable_reader(p.oid) AS a ON true WHERE p.pronamespace = 'auth'::regnamespace ORDER BY p.proname COLLATE "C";
BEGIN;
SET LOCAL request.jwt.claims = '{"sub":"user_red","role":"authenticated","email":"red@example.com","sid":"sess_1","act":{"sub":"user_admin"},"v":2,"o":{"id":"org_1"}}';
CREATE TEMP TABLE answers AS SELECT 'before' AS at, auth.role(), auth.email(), auth.jwt(), auth.session_id(), auth.org_id(), auth.actor(), auth.atomic(), auth.wrapper(), auth."O'Brien"();
SELECT count(*) FROM pg_proc AS p, LATERAL clerk_rls.adopt(p.oid::regprocedure) WHERE p.pronamespace = 'auth'::regnamespace AND EXISTS (SELECT FROM clerk_rls.adoptable_reader(p.oid));
INSERT INTO answers SELECT 'after', auth.role(), auth.email(), auth.jwt(), auth.session_id(), auth.org_id(), auth.actor(), auth.atomic(), auth.wrapper(), auth."O'Brien"();
SELECT count(DISTINCT to_jsonb(a) - 'at') AS different_answers FROM answers AS a;
-- what raised an error has an answer now
SELECT auth.uid() = clerk_rls.user_uuid('user_red') AS uid;
SET LOCAL request.jwt.claims = '{"sub":"5b2e8ba2-7b1c-4ab7-9a57-3a9f3d1a6c11"}';
SELECT auth.uid();
ROLLBACK;

-- Clerk's two versions of a token in one expression
BEGIN;
CREATE FUNCTION auth.either_org() RETURNS text LANGUAGE sql STABLE AS $$ SELECT coalesce(auth.jwt() ->> 'org_id', auth.jwt() -> 'o' ->> 'id') $$;
SELECT symbol FROM clerk_rls.adoptable_reader('auth.either_org()'::regprocedure);
CREATE OR REPLACE FUNCTION auth.either_org() RETURNS text LANGUAGE sql STABLE AS $$ SELECT coalesce(auth.jwt() ->> 'org_id', auth.jwt() ->> 'sub') $$;
SELECT symbol FROM clerk_rls.adoptable_reader('auth.either_org()'::regprocedure);
ROLLBACK;
-- refused: what is not known to be the same
CREATE FUNCTION pg_temp.refused(body text) RETURNS TABLE (case_ text, sqlstate text, message text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE body;
    EXECUTE 'SELECT clerk_rls.adopt(''guide.f()'')';
    RETURN QUERY SELECT 'NOT REFUSED', NULL::text, body;
EXCEPTION WHEN OTHERS THEN
    RETURN QUERY SELECT body, sqlstate, sqlerrm;
END
$$;
SELECT count(*) AS cases, array_agg(DISTINCT r.sqlstate) AS sqlstates, array_agg(DISTINCT r.message) AS messages, count(*) FILTER (WHERE r.case_ = 'NOT REFUSED') AS not_refused FROM (VALUES
    ($$SELECT current_setting('request.jwt.claims', true)::json ->> 'other'$$),
    ($$SELECT current_setting('request.jwt.claims', true)::json ->> 'userId'$$),
    ($$SELECT current_setting('request.jwt.claims', true)::json -> 'o' ->> 'rol'$$),
    ($$SELECT current_setting('request.jwt.claims', true)$$),
    ($$SELECT current_setting('app.claims', true)::json ->> 'sub'$$),
    ($$SELECT upper(current_setting('request.jwt.claims', true)::json ->> 'sub')$$),
    ($$SELECT coalesce(current_setting('request.jwt.claims', true)::json ->> 'sub', 'nobody')$$),
    ($$SELECT current_setting('request.jwt.claims', true)::json ->> 'sub' WHERE true$$),
    ($$SELECT current_setting('request.jwt.claims', true)::json ->> 'sub' FROM public.notes$$),
    ($$SELECT current_setting('request.jwt.claims', true)::json ->> 'sub' LIMIT 0$$),
    ($$SELECT 'user_red'; SELECT current_setting('request.jwt.claims', true)::json ->> 'sub'$$),
    ($$SELECT current_setting('request.jwt.claims', true)::json ->> 'sub' UNION ALL SELECT 'x'$$),
    ($$WITH c AS (SELECT 1) SELECT current_setting('request.jwt.claims', true)::json ->> 'sub'$$),
    ($$SELECT max(current_setting('request.jwt.claims', true)::json ->> 'sub')$$),
    ($$INSERT INTO public.notes (body) VALUES ('x') RETURNING current_setting('request.jwt.claims', true)::json ->> 'sub'$$),
    ($$SELECT nullif(current_setting('request.jwt.claims', true)::json ->> 'sub', 'user_red')$$),
    ($$SELECT nullif(NULL, current_setting('request.jwt.claims', true)::json ->> 'sub')$$),
    ($$SELECT CASE WHEN random() < 0.5 THEN current_setting('request.jwt.claims', true)::json ->> 'sub' END$$),
    ($$SELECT requesting_claim('sub') || ''$$),
    ($$SELECT NULL::text$$)) AS b (body), LATERAL pg_temp.refused(format('CREATE FUNCTION guide.f() RETURNS text LANGUAGE sql VOLATILE AS %L', b.body)) AS r;
SELECT r.case_, r.message FROM (VALUES
    ($$CREATE FUNCTION guide.f() RETURNS SETOF text LANGUAGE sql STABLE AS 'SELECT public.requesting_user_id()'$$),
    ($$CREATE FUNCTION guide.f() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT (requesting_claims() ->> ''tenant'')::uuid'$$),
    ($$CREATE FUNCTION guide.f() RETURNS name LANGUAGE sql STABLE AS 'SELECT public.requesting_user_id()::name'$$),
    ($$CREATE FUNCTION guide.f() RETURNS text LANGUAGE plpgsql STABLE AS 'BEGIN RETURN public.requesting_user_id(); END'$$),
    ($$CREATE FUNCTION guide.f() RETURNS json LANGUAGE sql STABLE AS 'SELECT current_setting(''request.jwt.claims'', true)::json'$$)) AS b (body), LATERAL pg_temp.refused(b.body) AS r;
-- a setting of the function's own, a comparison that is somebody's, a cast that changes the value
BEGIN;
CREATE FUNCTION guide.never(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false';
CREATE OPERATOR guide.= (LEFTARG = text, RIGHTARG = text, FUNCTION = guide.never);
SELECT r.case_, r.message FROM (VALUES
    ($$CREATE FUNCTION guide.f() RETURNS text LANGUAGE sql STABLE SET "request.jwt.claims" = '{"sub":"user_blue"}' AS 'SELECT current_setting(''request.jwt.claims'')::json ->> ''sub'''$$),
    ($$CREATE FUNCTION guide.f() RETURNS text LANGUAGE sql STABLE SET search_path = guide, pg_catalog AS 'SELECT nullif(current_setting(''request.jwt.claims'')::json ->> ''sub'', '''')'$$),
    ($$CREATE FUNCTION guide.f() RETURNS text LANGUAGE sql STABLE AS 'SELECT (current_setting(''request.jwt.claims'')::json ->> ''sub'')::varchar(4)'$$),
    ($$CREATE FUNCTION guide.f() RETURNS text LANGUAGE sql STABLE AS 'SELECT (current_setting(''request.jwt.claims'')::json ->> ''sub'')::int::text'$$),
    ($$CREATE FUNCTION guide.f() RETURNS text LANGUAGE sql STABLE AS 'SELECT current_setting(''request.jwt.claims'')::json ->> ''org_role'''$$)) AS b (body), LATERAL pg_temp.refused(b.body) AS r;
ROLLBACK;
-- a policy that is true where the claim is missing would be true for a pending session, too
BEGIN;
CREATE FUNCTION guide.role() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('request.jwt.claims', true)::json ->> 'role' $$;
CREATE TABLE guide.written (user_id text);
CREATE POLICY "not for readers" ON guide.written USING (coalesce(guide.role(), '') <> 'readonly');
SELECT clerk_rls.adopt('guide.role()');
ROLLBACK;
BEGIN;
CREATE FUNCTION guide.role() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('request.jwt.claims', true)::json ->> 'role' $$;
CREATE TABLE guide.written (user_id text, public boolean);
CREATE POLICY "for writers" ON guide.written USING (public OR guide.role() = 'writer');
SELECT count(*) FROM clerk_rls.adopt('guide.role()');
ROLLBACK;
-- a function of the name current_setting that is somebody's own
BEGIN;
CREATE SCHEMA evil;
CREATE FUNCTION evil.current_setting(text, boolean) RETURNS text LANGUAGE sql AS $$ SELECT '{"sub":"user_blue"}' $$;
CREATE FUNCTION guide.f() RETURNS text LANGUAGE sql STABLE SET search_path = evil, pg_catalog AS $$ SELECT current_setting('request.jwt.claims', true)::json ->> 'sub' $$;
SELECT clerk_rls.adopt('guide.f()');
ROLLBACK;
SELECT clerk_rls.adopt('pg_catalog.now()');
SELECT clerk_rls.adopt('public.sign_in(text)');
SELECT clerk_rls.adopt('public.requesting_user_id()');
SELECT clerk_rls.adopt(NULL);
SELECT clerk_rls.adopt(999999::regprocedure);
-- the claim map says what the user's claim is
BEGIN;
CREATE FUNCTION guide.user_id() RETURNS text LANGUAGE sql STABLE AS $$ select nullif(current_setting('request.jwt.claims', true)::json->>'userId', '')::text; $$;
SET LOCAL clerk_rls.claim_map = '{"user_id": ["userId"]}';
SELECT substr(clerk_rls.adopt('guide.user_id()'), 1, 110);
SET LOCAL request.jwt.claims = '{"userId":"logto_red"}';
SELECT guide.user_id();
ROLLBACK;
-- in verified mode what is adopted heeds no claims of the request
BEGIN;
SET LOCAL clerk_rls.identity_source = 'verified_token';
SET LOCAL request.jwt.claims = '{"sub":"user_red"}';
SELECT guide.requesting_user_id() AS pasted;
SELECT count(*) FROM clerk_rls.adopt('guide.requesting_user_id()');
SELECT guide.requesting_user_id() AS adopted;
ROLLBACK;
-- for superusers
SET ROLE authenticated;
SELECT clerk_rls.adopt('guide.requesting_user_id()');
SELECT clerk_rls.migrate_auth_uid();
RESET ROLE;
GRANT EXECUTE ON FUNCTION clerk_rls.adopt(regprocedure, boolean), clerk_rls.adoptable_reader(oid), clerk_rls.inspect_function(oid), clerk_rls.inspect_expression(pg_node_tree, oid) TO authenticated;
ALTER FUNCTION guide.requesting_user_id() OWNER TO authenticated;
GRANT CREATE ON SCHEMA guide TO authenticated;
SET ROLE authenticated;
SELECT clerk_rls.adopt('guide.requesting_user_id()');
RESET ROLE;

-- migrate_auth_uid(): policies and defaults that convert the subject into a uuid
CREATE TABLE guide.books (id int, user_id uuid DEFAULT auth.uid());
CREATE TABLE guide."O'Brien; drop" ("user id" text DEFAULT auth.uid()::text, org_id text);
ALTER TABLE guide.books ENABLE ROW LEVEL SECURITY;
ALTER TABLE guide."O'Brien; drop" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "User can access their own books" ON guide.books TO authenticated USING (user_id = auth.uid());
CREATE POLICY text_owner ON guide."O'Brien; drop" TO authenticated USING ((SELECT auth.uid())::text = "user id" OR org_id = requesting_org_id()) WITH CHECK (auth.uid()::text = "user id");
CREATE POLICY untouched ON guide."O'Brien; drop" FOR SELECT TO authenticated USING (org_id = requesting_org_id());
GRANT SELECT, INSERT ON guide.books, guide."O'Brien; drop" TO authenticated;
CREATE TEMP TABLE planned AS SELECT clerk_rls.migrate_auth_uid(dry_run => true) AS statement;
TABLE planned;
BEGIN;
SET LOCAL ROLE authenticated;
SELECT sign_in('v2');
TABLE guide.books;
ROLLBACK;
SELECT array_agg(m.statement) = (SELECT array_agg(p.statement) FROM planned AS p) AS as_planned FROM clerk_rls.migrate_auth_uid() AS m (statement);
SELECT clerk_rls.migrate_auth_uid();
BEGIN;
SET LOCAL ROLE authenticated;
SELECT sign_in('v2');
INSERT INTO guide.books (id) VALUES (1);
INSERT INTO guide."O'Brien; drop" DEFAULT VALUES;
SELECT id, user_id = requesting_user_uuid() AS mine FROM guide.books;
TABLE guide."O'Brien; drop";
SELECT sign_in('v1');
SELECT count(*) AS books_of_blue FROM guide.books;
SELECT count(*) AS rows_of_blue FROM guide."O'Brien; drop";
INSERT INTO guide."O'Brien; drop" VALUES ('user_red');
ROLLBACK;

-- what stands in the table of somebody else is read again with that somebody's rights, who cannot get out
CREATE ROLE adopt_attacker;
CREATE SCHEMA attack AUTHORIZATION adopt_attacker;
GRANT USAGE ON SCHEMA auth TO adopt_attacker;
SET ROLE adopt_attacker;
CREATE SEQUENCE attack.as_owner;
CREATE SEQUENCE attack.as_another;
CREATE FUNCTION attack.spring(value text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM nextval(CASE current_user WHEN 'adopt_attacker' THEN 'attack.as_owner' ELSE 'attack.as_another' END);
    RETURN true;
END
$$;
CREATE DOMAIN attack.word AS text CHECK (attack.spring(VALUE));
CREATE TABLE attack.t (id uuid DEFAULT auth.uid(), words text[] DEFAULT CASE WHEN auth.uid() = auth.uid() THEN '{x}'::attack.word[]::text[] END);
CREATE POLICY p ON attack.t USING (id = auth.uid() AND words <> '{x}'::attack.word[]::text[]);
RESET ROLE;
ALTER SEQUENCE attack.as_owner RESTART;
ALTER SEQUENCE attack.as_another RESTART;
SELECT clerk_rls.migrate_auth_uid();
SELECT (SELECT is_called FROM attack.as_owner) AS as_owner, (SELECT is_called FROM attack.as_another) AS as_another;
DROP SCHEMA attack CASCADE;
REVOKE USAGE ON SCHEMA auth FROM adopt_attacker;
DROP ROLE adopt_attacker;
