-- In one mode alone: nothing here depends on how the library is loaded.
-- lint(): rules about what policies let through. Each is found, explained and mended, and near misses are let be.
\set ECHO none
\i tests/regress/lint_case.sql
\set ECHO all
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO anon, authenticated;
-- A table as the rules want it, but for its policies.
\set t 'CREATE TABLE app.t (id int, user_id text DEFAULT requesting_user_id(), org_id text DEFAULT requesting_org_id(), public boolean DEFAULT false); CREATE INDEX ON app.t (user_id); CREATE INDEX ON app.t (org_id); ALTER TABLE app.t ENABLE ROW LEVEL SECURITY; GRANT SELECT, INSERT, UPDATE, DELETE ON app.t TO authenticated; INSERT INTO app.t VALUES (1, \'user_red\'), (2, \'user_blue\');'

-- policy_always_true: writes
SELECT lint_case.bad('policy_always_true', 'all that authenticated may do', :'t' || $$CREATE POLICY p ON app.t TO authenticated USING (true)$$,
    probe => 'WITH gone AS (DELETE FROM app.t RETURNING 1) SELECT count(*) FROM gone', level => 'error');
SELECT lint_case.bad('policy_always_true', 'an INSERT for anybody', :'t' || $$CREATE POLICY p ON app.t FOR INSERT TO authenticated WITH CHECK (true)$$,
    probe => $$INSERT INTO app.t VALUES (3, 'user_blue') RETURNING 'written'$$);
SELECT lint_case.bad('policy_always_true', 'a tautology of constants', :'t' || $$CREATE POLICY p ON app.t FOR DELETE TO authenticated USING (1 = 1)$$);
SELECT lint_case.bad('policy_always_true', 'a tautology of columns', :'t' || $$CREATE POLICY p ON app.t FOR UPDATE TO authenticated USING (user_id = user_id) WITH CHECK (user_id = user_id)$$);
SELECT lint_case.bad('policy_always_true', 'NULL or not NULL', :'t' || $$CREATE POLICY p ON app.t FOR DELETE TO authenticated USING (user_id IS NULL OR user_id IS NOT NULL)$$);
SELECT lint_case.bad('policy_always_true', 'whoever is signed in', :'t' || $$CREATE POLICY p ON app.t FOR DELETE TO authenticated USING (requesting_user_id() IS NOT NULL)$$);
SELECT lint_case.bad('policy_always_true', 'whoever is signed in may insert for others', :'t' || $$
    CREATE POLICY own ON app.t FOR SELECT TO authenticated USING (user_id = requesting_user_id());
    CREATE POLICY p ON app.t FOR INSERT TO authenticated WITH CHECK (requesting_user_id() IS NOT NULL)$$);
SELECT lint_case.bad('policy_always_true', 'the claim sub, however it is read', :'t' || $$
    CREATE POLICY p ON app.t FOR DELETE TO authenticated USING ((SELECT current_setting('request.jwt.claims', true)::json ->> 'sub') IS NOT NULL)$$);
SELECT lint_case.bad('policy_always_true', 'in a function', :'t' || $$
    CREATE FUNCTION app.anybody() RETURNS boolean LANGUAGE sql STABLE RETURN true;
    CREATE POLICY p ON app.t FOR DELETE TO authenticated USING (app.anybody())$$);
SELECT lint_case.bad('policy_always_true', 'a table without a column for an owner', $$
    CREATE TABLE app.plain (id int); ALTER TABLE app.plain ENABLE ROW LEVEL SECURITY; GRANT ALL ON app.plain TO authenticated; REVOKE TRUNCATE, REFERENCES, TRIGGER ON app.plain FROM authenticated;
    DO 'BEGIN IF current_setting(''server_version_num'')::int >= 170000 THEN REVOKE MAINTAIN ON app.plain FROM authenticated; END IF; END';
    CREATE POLICY p ON app.plain TO authenticated USING (true)$$, others => '{}');
SELECT lint_case.good('policy_always_true', 'a role for the backend', :'t' || $$CREATE ROLE lint_worker; GRANT USAGE ON SCHEMA app TO lint_worker; GRANT ALL ON app.t TO lint_worker; CREATE POLICY p ON app.t TO lint_worker USING (true)$$);
SELECT lint_case.good('policy_always_true', 'every row may be read by who signed in', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (true)$$);
SELECT lint_case.good('policy_always_true', 'only reading is granted', $$CREATE TABLE app.t (id int); ALTER TABLE app.t ENABLE ROW LEVEL SECURITY; GRANT SELECT ON app.t TO authenticated; CREATE POLICY p ON app.t TO authenticated USING (true)$$);
SELECT lint_case.good('policy_always_true', 'rows of no owner, from whoever is signed in', $$CREATE TABLE app.feedback (id int, message text); ALTER TABLE app.feedback ENABLE ROW LEVEL SECURITY; GRANT INSERT ON app.feedback TO authenticated;
    CREATE POLICY p ON app.feedback FOR INSERT TO authenticated WITH CHECK (requesting_user_id() IS NOT NULL)$$);
SELECT lint_case.good('policy_always_true', 'published rows', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (public OR user_id = requesting_user_id())$$);
SELECT lint_case.good('policy_always_true', 'a permission', :'t' || $$CREATE POLICY p ON app.t FOR DELETE TO authenticated USING (requesting_user_has(permission => 'org:tasks:manage') AND org_id = requesting_org_id())$$);
SELECT lint_case.good('policy_always_true', 'false', :'t' || $$CREATE POLICY p ON app.t TO authenticated USING (false) WITH CHECK (false)$$);
SELECT lint_case.good('policy_always_true', 'a function that decides', :'t' || $$CREATE FUNCTION app.decides(id int) RETURNS boolean LANGUAGE plpgsql STABLE AS 'BEGIN RETURN true; END'; CREATE POLICY p ON app.t TO authenticated USING (app.decides(id))$$);

-- policy_always_true: a visitor
SELECT lint_case.bad('policy_always_true', 'a visitor reads every row', :'t' || $$GRANT SELECT ON app.t TO anon; CREATE POLICY p ON app.t FOR SELECT TO anon, authenticated USING (true)$$,
    probe => 'SELECT count(*) FROM app.t', role => 'anon', level => 'info');
SELECT lint_case.bad('policy_always_true', 'everybody reads every row', :'t' || $$GRANT SELECT ON app.t TO anon; CREATE POLICY p ON app.t FOR SELECT USING (true)$$, level => 'info');
SELECT lint_case.good('policy_always_true', 'a visitor who has no privilege', :'t' || $$CREATE POLICY p ON app.t FOR SELECT USING (true)$$);
SELECT lint_case.good('policy_always_true', 'what a visitor reads is published', :'t' || $$GRANT SELECT ON app.t TO anon; CREATE POLICY p ON app.t FOR SELECT TO anon USING (public)$$);

-- policy_allows_anonymous
SELECT lint_case.bad('policy_allows_anonymous', 'IS NULL OR', :'t' || $$CREATE POLICY p ON app.t TO authenticated USING (requesting_user_id() IS NULL OR user_id = requesting_user_id())$$,
    level => 'error');
SELECT lint_case.bad('policy_allows_anonymous', 'coalesce with the column', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (coalesce(requesting_user_id(), user_id) = user_id)$$);
SELECT lint_case.bad('policy_allows_anonymous', 'IS NOT DISTINCT FROM itself', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (coalesce(user_id = requesting_user_id(), true))$$);
SELECT lint_case.bad('policy_allows_anonymous', 'in a CASE', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (CASE WHEN requesting_user_id() IS NULL THEN true ELSE user_id = requesting_user_id() END)$$);
SELECT lint_case.bad('policy_allows_anonymous', 'in WITH CHECK alone', :'t' || $$
    CREATE POLICY own ON app.t FOR SELECT TO authenticated USING (user_id = requesting_user_id());
    CREATE POLICY p ON app.t FOR INSERT TO authenticated WITH CHECK ((SELECT requesting_user_id()) IS NULL OR user_id = requesting_user_id())$$);
SELECT lint_case.bad('policy_allows_anonymous', 'everything to who has no organization', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated
    USING (requesting_user_id() IS NOT NULL AND (requesting_org_id() IS NULL OR org_id = requesting_org_id()))$$,
    probe => 'SELECT count(*) FROM app.t');
SELECT lint_case.good('policy_allows_anonymous', 'rows without an owner', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (user_id IS NULL OR user_id = requesting_user_id())$$);
SELECT lint_case.good('policy_allows_anonymous', 'own rows, narrowed to the organization', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated
    USING (user_id = requesting_user_id() AND (requesting_org_id() IS NULL OR org_id = requesting_org_id()))$$);
SELECT lint_case.good('policy_allows_anonymous', 'a restrictive policy that narrows', :'t' || $$CREATE POLICY own ON app.t FOR SELECT TO authenticated USING (user_id = requesting_user_id());
    CREATE POLICY p ON app.t AS RESTRICTIVE TO authenticated USING (requesting_org_id() IS NULL OR org_id = requesting_org_id())$$);
SELECT lint_case.good('policy_allows_anonymous', 'rows of nobody for a visitor', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (user_id IS NOT DISTINCT FROM requesting_user_id())$$);

-- identity_only_in_restrictive (P2)
SELECT lint_case.bad('identity_only_in_restrictive', 'everything, and then a restriction', :'t' || $$CREATE POLICY p ON app.t TO authenticated USING (true);
    CREATE POLICY own ON app.t AS RESTRICTIVE TO authenticated USING (user_id = requesting_user_id())$$, level => 'error');
SELECT lint_case.bad('identity_only_in_restrictive', 'published rows, and then a restriction', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (public);
    CREATE POLICY own ON app.t AS RESTRICTIVE FOR SELECT USING (user_id = requesting_user_id())$$);
SELECT lint_case.bad('identity_only_in_restrictive', 'WITH CHECK of its own', :'t' || $$CREATE POLICY p ON app.t FOR UPDATE TO authenticated USING (true) WITH CHECK (id > 0);
    CREATE POLICY own ON app.t AS RESTRICTIVE TO authenticated USING (user_id = requesting_user_id())$$);
SELECT lint_case.good('identity_only_in_restrictive', 'a restriction on top', :'t' || $$CREATE POLICY p ON app.t TO authenticated USING (user_id = requesting_user_id());
    CREATE POLICY mfa ON app.t AS RESTRICTIVE TO authenticated USING (requesting_user_has(reverification => 'strict_mfa'))$$);
SELECT lint_case.good('identity_only_in_restrictive', 'a restriction that asks nobody', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (public);
    CREATE POLICY living ON app.t AS RESTRICTIVE TO authenticated USING (id > 0)$$);
SELECT lint_case.good('identity_only_in_restrictive', 'of another command', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (public);
    CREATE POLICY own ON app.t AS RESTRICTIVE FOR DELETE TO authenticated USING (user_id = requesting_user_id())$$);

-- missing_with_check
SELECT lint_case.bad('missing_with_check', 'INSERT', :'t' || $$CREATE POLICY own ON app.t FOR SELECT TO authenticated USING (user_id = requesting_user_id()); CREATE POLICY p ON app.t FOR INSERT TO authenticated$$,
    probe => $$INSERT INTO app.t (id) VALUES (3) RETURNING 'written'$$, level => 'warning');
SELECT lint_case.bad('missing_with_check', 'UPDATE', :'t' || $$CREATE POLICY own ON app.t FOR SELECT TO authenticated USING (user_id = requesting_user_id()); CREATE POLICY p ON app.t FOR UPDATE TO authenticated USING (user_id = requesting_user_id())$$,
    level => 'info');
SELECT lint_case.bad('missing_with_check', 'INSERT, and whose a row is is not known', $$CREATE TABLE app.plain (id int); ALTER TABLE app.plain ENABLE ROW LEVEL SECURITY; GRANT SELECT, INSERT ON app.plain TO authenticated;
    CREATE POLICY r ON app.plain FOR SELECT TO authenticated USING (true); CREATE POLICY p ON app.plain FOR INSERT TO authenticated$$);
SELECT lint_case.good('missing_with_check', 'a policy for all commands', :'t' || $$CREATE POLICY p ON app.t TO authenticated USING (user_id = requesting_user_id())$$);
SELECT lint_case.good('missing_with_check', 'SELECT and DELETE have none', :'t' || $$CREATE POLICY r ON app.t FOR SELECT TO authenticated USING (user_id = requesting_user_id()); CREATE POLICY d ON app.t FOR DELETE TO authenticated USING (user_id = requesting_user_id())$$);

-- update_lets_owner_change
SELECT lint_case.bad('update_lets_owner_change', 'WITH CHECK (true)', :'t' || $$CREATE POLICY r ON app.t FOR SELECT TO authenticated USING (true);
    CREATE POLICY p ON app.t FOR UPDATE TO authenticated USING (user_id = requesting_user_id()) WITH CHECK (true)$$,
    probe => $$WITH given AS (UPDATE app.t SET user_id = 'user_blue' RETURNING 1) SELECT count(*) FROM given$$, level => 'error');
SELECT lint_case.bad('update_lets_owner_change', 'of another column', :'t' || $$CREATE POLICY p ON app.t FOR UPDATE TO authenticated USING (user_id = requesting_user_id()) WITH CHECK (id > 0)$$);
SELECT lint_case.bad('update_lets_owner_change', 'being signed in', :'t' || $$CREATE POLICY p ON app.t TO authenticated USING (user_id = requesting_user_id()) WITH CHECK (requesting_user_id() IS NOT NULL)$$);
SELECT lint_case.bad('update_lets_owner_change', 'only one side of an OR', :'t' || $$CREATE POLICY p ON app.t FOR UPDATE TO authenticated USING (user_id = requesting_user_id()) WITH CHECK (user_id = requesting_user_id() OR public)$$);
SELECT lint_case.good('update_lets_owner_change', 'the same on both sides', :'t' || $$CREATE POLICY p ON app.t FOR UPDATE TO authenticated USING (user_id = requesting_user_id()) WITH CHECK (user_id = (SELECT requesting_user_id()))$$);
SELECT lint_case.good('update_lets_owner_change', 'more on the side of new rows', :'t' || $$CREATE POLICY p ON app.t FOR UPDATE TO authenticated USING (user_id = requesting_user_id()) WITH CHECK (user_id = requesting_user_id() AND NOT public)$$);
SELECT lint_case.good('update_lets_owner_change', 'an owner column that cannot be updated', :'t' || $$REVOKE UPDATE ON app.t FROM authenticated; GRANT UPDATE (public) ON app.t TO authenticated;
    CREATE POLICY p ON app.t FOR UPDATE TO authenticated USING (user_id = requesting_user_id()) WITH CHECK (true)$$);
SELECT lint_case.good('update_lets_owner_change', 'a restrictive policy that holds the owner', :'t' || $$CREATE POLICY p ON app.t FOR UPDATE TO authenticated USING (user_id = requesting_user_id()) WITH CHECK (id > 0);
    CREATE POLICY own ON app.t AS RESTRICTIVE FOR UPDATE TO authenticated USING (true) WITH CHECK (user_id = requesting_user_id())$$);
SELECT lint_case.good('update_lets_owner_change', 'a membership that is looked up', :'t' || $$CREATE TABLE app.m (org_id text, user_id text); CREATE POLICY p ON app.t FOR UPDATE TO authenticated USING (org_id = requesting_org_id())
    WITH CHECK (EXISTS (SELECT FROM app.m WHERE m.org_id = t.org_id AND m.user_id = requesting_user_id()))$$);

-- insert_lets_owner_be_chosen
SELECT lint_case.bad('insert_lets_owner_be_chosen', 'another column', :'t' || $$CREATE POLICY own ON app.t FOR SELECT TO authenticated USING (user_id = requesting_user_id());
    CREATE POLICY p ON app.t FOR INSERT TO authenticated WITH CHECK (NOT public)$$);
SELECT lint_case.good('insert_lets_owner_be_chosen', 'the owner and more', :'t' || $$CREATE POLICY own ON app.t FOR SELECT TO authenticated USING (user_id = requesting_user_id());
    CREATE POLICY p ON app.t FOR INSERT TO authenticated WITH CHECK (user_id = requesting_user_id() AND NOT public)$$);
SELECT lint_case.good('insert_lets_owner_be_chosen', 'one of two owners', :'t' || $$CREATE POLICY own ON app.t FOR SELECT TO authenticated USING (user_id = requesting_user_id() OR org_id = requesting_org_id());
    CREATE POLICY p ON app.t FOR INSERT TO authenticated WITH CHECK (org_id = requesting_org_id())$$);
SELECT lint_case.good('insert_lets_owner_be_chosen', 'an owner column that cannot be given', :'t' || $$REVOKE INSERT ON app.t FROM authenticated; GRANT INSERT (id, public) ON app.t TO authenticated;
    CREATE POLICY own ON app.t FOR SELECT TO authenticated USING (user_id = requesting_user_id()); CREATE POLICY p ON app.t FOR INSERT TO authenticated WITH CHECK (NOT public)$$);
SELECT lint_case.good('insert_lets_owner_be_chosen', 'a permission: who has it may do so for others', :'t' || $$CREATE POLICY own ON app.t FOR SELECT TO authenticated USING (user_id = requesting_user_id());
    CREATE POLICY p ON app.t FOR INSERT TO authenticated WITH CHECK (requesting_user_has(permission => 'org:tasks:create'))$$);
SELECT lint_case.good('insert_lets_owner_be_chosen', 'one''s own, or an administrator', :'t' || $$CREATE FUNCTION app.is_admin() RETURNS boolean LANGUAGE plpgsql STABLE AS 'BEGIN RETURN false; END';
    CREATE POLICY own ON app.t FOR SELECT TO authenticated USING (user_id = requesting_user_id());
    CREATE POLICY p ON app.t FOR INSERT TO authenticated WITH CHECK (user_id = requesting_user_id() OR app.is_admin())$$);
SELECT lint_case.good('update_lets_owner_change', 'one''s own, or an administrator', :'t' || $$CREATE POLICY p ON app.t FOR UPDATE TO authenticated
    USING (user_id = requesting_user_id() OR requesting_user_has(role => 'admin')) WITH CHECK (user_id = requesting_user_id() OR requesting_user_has(role => 'admin'))$$);

-- the role of a request is everybody's who signed in
SELECT lint_case.bad('policy_always_true', 'the role authenticated', :'t' || $$CREATE POLICY p ON app.t FOR DELETE TO authenticated USING (requesting_role() = 'authenticated')$$);
SELECT lint_case.bad('policy_always_true', 'not the role anon', :'t' || $$CREATE POLICY p ON app.t FOR DELETE TO authenticated USING ((SELECT current_setting('request.jwt.claims', true)::json ->> 'role') <> 'anon')$$);
SELECT lint_case.bad('policy_always_true', 'the database role', :'t' || $$CREATE POLICY p ON app.t FOR DELETE TO authenticated USING (current_user = 'authenticated')$$);
SELECT lint_case.good('policy_always_true', 'another role', :'t' || $$CREATE POLICY p ON app.t FOR DELETE TO authenticated USING (requesting_role() = 'admin')$$);

-- write_without_identity
SELECT lint_case.bad('write_without_identity', 'by a state', :'t' || $$CREATE POLICY p ON app.t FOR UPDATE TO authenticated USING (public) WITH CHECK (public)$$, level => 'warning');
SELECT lint_case.bad('write_without_identity', 'for all commands', :'t' || $$CREATE POLICY p ON app.t TO authenticated USING (id < 10)$$);
SELECT lint_case.bad('write_without_identity', 'where no column is an owner''s', $$CREATE TABLE app.plain (id int, state text); ALTER TABLE app.plain ENABLE ROW LEVEL SECURITY; GRANT SELECT, DELETE ON app.plain TO authenticated;
    CREATE POLICY p ON app.plain FOR DELETE TO authenticated USING (state = 'draft')$$);
SELECT lint_case.good('write_without_identity', 'reading by a state', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (public)$$);
SELECT lint_case.good('write_without_identity', 'a message from anybody', :'t' || $$CREATE POLICY p ON app.t FOR INSERT TO authenticated WITH CHECK (NOT public)$$);
SELECT lint_case.good('write_without_identity', 'a state and the owner', :'t' || $$CREATE POLICY p ON app.t TO authenticated USING (public AND user_id = requesting_user_id())$$);
SELECT lint_case.good('write_without_identity', 'a function that may ask', :'t' || $$CREATE FUNCTION app.decides(id int) RETURNS boolean LANGUAGE plpgsql STABLE AS 'BEGIN RETURN true; END'; CREATE POLICY p ON app.t TO authenticated USING (app.decides(id))$$);
SELECT lint_case.good('write_without_identity', 'without the privilege', :'t' || $$REVOKE UPDATE ON app.t FROM authenticated; CREATE POLICY p ON app.t FOR UPDATE TO authenticated USING (public) WITH CHECK (public)$$);

-- column_compared_with_itself
SELECT lint_case.bad('column_compared_with_itself', 'a membership of any organization', :'t' || $$CREATE TABLE app.m (org_id text, user_id text); INSERT INTO app.m VALUES ('org_x', 'user_red'); GRANT SELECT ON app.m TO authenticated;
    CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (EXISTS (SELECT FROM app.m WHERE m.org_id = org_id AND m.user_id = requesting_user_id()))$$,
    others => '{rls_disabled}', probe => 'SELECT count(*) FROM app.t', level => 'error');
SELECT lint_case.good('column_compared_with_itself', 'the table''s own column', :'t' || $$CREATE TABLE app.m (org_id text, user_id text);
    CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (EXISTS (SELECT FROM app.m WHERE m.org_id = t.org_id AND m.user_id = requesting_user_id()))$$);
SELECT lint_case.good('column_compared_with_itself', 'two of the same table', :'t' || $$CREATE TABLE app.m (org_id text, user_id text);
    CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (EXISTS (SELECT FROM app.m JOIN app.m AS n ON m.org_id = n.org_id WHERE n.user_id = requesting_user_id() AND m.user_id = t.user_id))$$);

-- policy_not_inspected
SELECT lint_case.bad('policy_not_inspected', 'nested too deeply', :'t' || $$DO 'BEGIN EXECUTE ''CREATE POLICY p ON app.t FOR DELETE TO authenticated USING ('' || repeat(''NOT ('', 400) || ''user_id = requesting_user_id()'' || repeat('')'', 401); END'$$, level => 'warning');
SELECT lint_case.bad('policy_not_inspected', 'grown by functions, and true', :'t' || $$CREATE FUNCTION app.twice(boolean) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN $1 AND $1;
    DO 'BEGIN EXECUTE ''CREATE POLICY p ON app.t FOR DELETE TO authenticated USING ('' || repeat(''app.twice('', 14) || ''true'' || repeat('')'', 15); END'$$);
SELECT lint_case.good('policy_not_inspected', 'nested deeply', :'t' || $$DO 'BEGIN EXECUTE ''CREATE POLICY p ON app.t FOR DELETE TO authenticated USING ('' || repeat(''NOT ('', 100) || ''user_id = requesting_user_id()'' || repeat('')'', 101); END'$$);
SELECT lint_case.good('policy_not_inspected', 'an INSERT without WITH CHECK', :'t' || $$CREATE POLICY p ON app.t FOR INSERT TO authenticated$$);

-- what the fixes are made of
SELECT lint_case.good('update_lets_owner_change', 'both sides alike, written out', :'t' || $$CREATE POLICY p ON app.t FOR UPDATE TO authenticated USING (user_id = requesting_user_id() OR public) WITH CHECK (user_id = requesting_user_id() OR public)$$);
SELECT lint_case.bad('policy_allows_anonymous', 'by a setting of the application''s own', :'t' || $$CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (current_setting('app.org', true) IS NULL OR org_id = current_setting('app.org', true))$$);
-- a constant of somebody's own type is not put into a statement, which would run that somebody's code
SELECT lint_case.bad('policy_allows_anonymous', 'with a constant of a type of one''s own', :'t' || $$CREATE DOMAIN app.word AS text CHECK (VALUE <> ''); CREATE TYPE app.words AS (a app.word);
    CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (requesting_user_id() IS NULL OR user_id = requesting_user_id() OR ('(x)'::app.words).a = 'y')$$);
SELECT lint_case.bad('policy_allows_anonymous', 'with a constant of an enum', :'t' || $$CREATE TYPE app.state AS ENUM ('new', 'old');
    CREATE POLICY p ON app.t FOR SELECT TO authenticated USING (requesting_user_id() IS NULL OR user_id = requesting_user_id() OR 'new'::app.state = 'old')$$);
