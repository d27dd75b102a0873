-- In one mode alone: nothing here depends on how the library is loaded.
-- lint(): rules about how policies and functions read claims. Each is found, explained and mended, and near misses
-- are let be.
\set ECHO none
\i tests/regress/lint_case.sql
\set ECHO all
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO anon, authenticated;
CREATE SCHEMA auth;
-- As Supabase has it, and as the guides have it.
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS
$$ SELECT coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''), (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'))::uuid $$;
CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS
$$ SELECT coalesce(nullif(current_setting('request.jwt.claim', true), ''), nullif(current_setting('request.jwt.claims', true), ''))::jsonb $$;
CREATE FUNCTION app.guide() RETURNS text LANGUAGE sql STABLE AS
$$ SELECT NULLIF(current_setting('request.jwt.claims', true)::json->>'sub', '')::text; $$;
GRANT USAGE ON SCHEMA auth TO authenticated;
-- A table as the rules want it, but for its policies.
\set t 'CREATE TABLE app.t (id int, user_id text DEFAULT requesting_user_id(), user_uuid uuid DEFAULT requesting_user_uuid(), org_id text DEFAULT requesting_org_id()); CREATE INDEX ON app.t (user_id); CREATE INDEX ON app.t (user_uuid); CREATE INDEX ON app.t (org_id); ALTER TABLE app.t ENABLE ROW LEVEL SECURITY; GRANT SELECT, INSERT, UPDATE, DELETE ON app.t TO authenticated; INSERT INTO app.t VALUES (1, \'user_red\', clerk_rls.user_uuid(\'user_red\'), \'org_1\'), (2, \'user_blue\', clerk_rls.user_uuid(\'user_blue\'), \'org_2\');'

-- policy_uses_user_metadata
SELECT lint_case.bad('policy_uses_user_metadata', 'a reader', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (requesting_claim('user_metadata', 'org_id') = org_id)$$, level => 'error');
SELECT lint_case.bad('policy_uses_user_metadata', 'unsafe metadata as JSON', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING ((requesting_claims() -> 'unsafe_metadata' ->> 'org_id') = org_id)$$);
SELECT lint_case.bad('policy_uses_user_metadata', 'the claims of the setting', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (org_id = (SELECT current_setting('request.jwt.claims', true)::jsonb #>> '{user_metadata,org_id}'))$$);
SELECT lint_case.bad('policy_uses_user_metadata', 'in WITH CHECK', :'t' || $$CREATE POLICY r ON app.t FOR SELECT TO authenticated USING (org_id = requesting_org_id());
    CREATE POLICY p ON app.t FOR INSERT TO authenticated WITH CHECK (org_id = requesting_org_id() AND (auth.jwt() -> 'user_metadata' ->> 'plan') = 'pro')$$, others => '{claims_parsed_per_row}');
SELECT lint_case.bad('policy_uses_user_metadata', 'in a function', :'t' || $$CREATE FUNCTION app.plan() RETURNS text LANGUAGE sql STABLE RETURN requesting_claim('user_metadata', 'plan');
    CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (user_id = requesting_user_id() AND app.plan() = 'pro')$$);
SELECT lint_case.bad('policy_uses_user_metadata', 'in a function in PL/pgSQL', :'t' || $$CREATE FUNCTION app.plan() RETURNS text LANGUAGE plpgsql STABLE AS 'BEGIN RETURN requesting_claims() -> ''user_metadata'' ->> ''plan''; END';
    CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (user_id = requesting_user_id() AND app.plan() = 'pro')$$);
SELECT lint_case.bad('policy_uses_user_metadata', 'a subscript', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (org_id = ((requesting_claims())['user_metadata'] ->> 'org_id'))$$);
SELECT lint_case.good('policy_uses_user_metadata', 'app_metadata', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (requesting_claim('app_metadata', 'org_id') = org_id)$$);
SELECT lint_case.good('policy_uses_user_metadata', 'a column and a text of this name', :'t' || $$ALTER TABLE app.t ADD COLUMN user_metadata jsonb;
    CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (user_id = requesting_user_id() AND user_metadata ->> 'user_metadata' <> 'user_metadata')$$);

-- dotted_claim_key
SELECT lint_case.bad('dotted_claim_key', 'o.id', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (org_id = (requesting_claims() ->> 'o.id'))$$, level => 'error');
SELECT lint_case.bad('dotted_claim_key', 'an argument', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (org_id = requesting_claim('app_metadata.org_id'))$$);
SELECT lint_case.bad('dotted_claim_key', 'the claims of the setting', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (org_id = (current_setting('request.jwt.claims', true)::jsonb ->> 'o.id'))$$, others => '{claims_parsed_per_row}',
    probe => $$SELECT count(*) FROM app.t WHERE set_config('request.jwt.claims', '{"sub":"user_red","v":2,"o":{"id":"org_1"}}', true) <> ''$$);
SELECT lint_case.good('dotted_claim_key', 'a name of Auth0', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (org_id = requesting_claim('https://example.com/org.id'))$$);
SELECT lint_case.good('dotted_claim_key', 'a path', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (org_id = requesting_claim('o', 'id'))$$);
SELECT lint_case.good('dotted_claim_key', 'a column''s key', :'t' || $$ALTER TABLE app.t ADD COLUMN data jsonb; CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (user_id = requesting_user_id() AND data ->> 'a.b' = 'c')$$);

-- auth_uid_with_text_subjects
SELECT lint_case.bad('auth_uid_with_text_subjects', 'auth.uid()', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (user_uuid = auth.uid())$$, others => '{claims_parsed_per_row}',
    probe => 'SELECT count(*) FROM app.t', level => 'error');
SELECT lint_case.bad('auth_uid_with_text_subjects', 'auth.uid() as text', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING ((SELECT auth.uid())::text = user_id)$$,
    probe => 'SELECT count(*) FROM app.t');
SELECT lint_case.bad('auth_uid_with_text_subjects', 'the claim sub as a uuid', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (user_uuid = (SELECT (auth.jwt() ->> 'sub')::uuid))$$);
SELECT lint_case.bad('auth_uid_with_text_subjects', 'in a function of somebody''s', :'t' || $$CREATE FUNCTION app.is_mine(whose uuid) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT auth.uid() = whose';
    CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (app.is_mine(user_uuid))$$, others => '{claims_parsed_per_row}', probe => 'SELECT count(*) FROM app.t');
SELECT lint_case.bad('auth_uid_with_text_subjects', 'a default', $$CREATE TABLE app.t (id int, user_id uuid DEFAULT auth.uid())$$);
SELECT lint_case.bad('auth_uid_with_text_subjects', 'a default with a constant of a type of one''s own', $$CREATE DOMAIN app.word AS text; CREATE TABLE app.t (id int, user_id text DEFAULT auth.uid()::text || ('{x}'::app.word[])[1])$$);
SELECT lint_case.good('auth_uid_with_text_subjects', 'another claim', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (user_uuid = (SELECT (auth.jwt() ->> 'tenant')::uuid))$$);
SELECT lint_case.good('auth_uid_with_text_subjects', 'requesting_user_uuid()', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (user_uuid = requesting_user_uuid())$$);
SELECT lint_case.good('auth_uid_with_text_subjects', 'an adopted auth.uid()', :'t' || $$SELECT clerk_rls.adopt('auth.uid()'); CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (user_uuid = auth.uid())$$);
-- Supabase's own subjects are UUIDs.
BEGIN;
SET LOCAL clerk_rls.provider = 'supabase';
UPDATE clerk_rls.issuers SET provider = 'supabase';
SELECT lint_case.good('auth_uid_with_text_subjects', 'another provider', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (user_uuid = auth.uid())$$);
ROLLBACK;

-- claims_parsed_per_row
SELECT lint_case.bad('claims_parsed_per_row', 'the setting', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (user_id = current_setting('request.jwt.claims', true)::json ->> 'sub')$$,
    probe => 'SELECT count(*) FROM app.t', level => 'warning');
SELECT lint_case.bad('claims_parsed_per_row', 'a path, and a claim of one''s own', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated
    USING (org_id = current_setting('request.jwt.claims', true)::jsonb #>> '{o,id}' OR org_id = current_setting('request.jwt.claims', true)::jsonb -> 'team' ->> 'it''s')$$);
SELECT lint_case.bad('claims_parsed_per_row', 'a JSON value', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (current_setting('request.jwt.claims', true)::jsonb -> 'orgs' ? org_id)$$);
SELECT lint_case.bad('claims_parsed_per_row', 'the guides'' function', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (app.guide() = user_id)$$, probe => 'SELECT count(*) FROM app.t');
SELECT lint_case.bad('claims_parsed_per_row', 'in both sides of a policy', :'t' || $$CREATE POLICY p ON app.t TO authenticated
    USING (user_id = current_setting('request.jwt.claims', true)::json ->> 'sub') WITH CHECK (user_id = app.guide())$$);
SELECT lint_case.bad('claims_parsed_per_row', 'a function that no reader replaces', :'t' || $$CREATE FUNCTION app.is_admin() RETURNS boolean LANGUAGE sql STABLE AS $f$SELECT current_setting('request.jwt.claims', true)::json ->> 'role' = 'admin'$f$;
    CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (user_id = requesting_user_id() OR app.is_admin())$$);
SELECT lint_case.bad('claims_parsed_per_row', 'a function in PL/pgSQL', :'t' || $$CREATE FUNCTION app.me() RETURNS text LANGUAGE plpgsql STABLE AS $f$BEGIN RETURN current_setting('request.jwt.claims', true)::json ->> 'sub'; END$f$;
    CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (user_id = app.me())$$, probe => 'SELECT count(*) FROM app.t');
SELECT lint_case.good('claims_parsed_per_row', 'once for the statement', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (user_id = (SELECT app.guide()))$$);
SELECT lint_case.good('claims_parsed_per_row', 'a reader', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (org_id = requesting_claim('o', 'id') AND user_id = requesting_user_id())$$);
SELECT lint_case.good('claims_parsed_per_row', 'another setting', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (org_id = current_setting('app.org_id', true))$$);

-- reader_immutable
SELECT lint_case.bad('reader_immutable', 'a setting', $$CREATE FUNCTION app.f() RETURNS text LANGUAGE sql IMMUTABLE AS $f$SELECT current_setting('request.jwt.claims', true)$f$ $$, level => 'error');
SELECT lint_case.bad('reader_immutable', 'a function that calls a reader', $$CREATE FUNCTION app.f(x text) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN x = requesting_user_id()$$);
SELECT lint_case.bad('reader_immutable', 'PL/pgSQL', $$CREATE FUNCTION app.f() RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN requesting_user_id(); END'$$);
SELECT lint_case.bad('reader_immutable', 'one of ours that somebody altered', $$ALTER FUNCTION requesting_org_id() IMMUTABLE$$);
SELECT lint_case.bad('reader_immutable', 'the user of the database', $$CREATE FUNCTION app.f() RETURNS text LANGUAGE sql IMMUTABLE RETURN current_user::text$$);
SELECT lint_case.good('reader_immutable', 'STABLE', $$CREATE FUNCTION app.f() RETURNS text LANGUAGE sql STABLE RETURN requesting_user_id()$$);
SELECT lint_case.good('reader_immutable', 'one that asks nobody', $$CREATE FUNCTION app.f(x text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $f$BEGIN RETURN 'current_setting(' /* requesting_user_id() */ || x; END$f$ $$);
SELECT lint_case.good('reader_immutable', 'a user ID''s uuid', $$CREATE FUNCTION app.f(x text) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN clerk_rls.user_uuid(x)$$);
