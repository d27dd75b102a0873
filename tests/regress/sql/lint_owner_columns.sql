-- In one mode alone: nothing here depends on how the library is loaded.
-- lint(): rules about the columns that say whose a row is. Each is found, explained and mended, and near misses are
-- let be.
\set ECHO none
\i tests/regress/lint_case.sql
\set ECHO all
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO anon, authenticated;
\set rls 'ALTER TABLE app.t ENABLE ROW LEVEL SECURITY; GRANT SELECT, INSERT, UPDATE, DELETE ON app.t TO authenticated;'
\set own 'CREATE POLICY own ON app.t TO authenticated USING (user_id = requesting_user_id());'

-- owner_column_without_index
SELECT lint_case.bad('owner_column_without_index', 'no index', 'CREATE TABLE app.t (id uuid DEFAULT gen_random_uuid() PRIMARY KEY, user_id text);' || :'rls' || :'own', level => 'warning');
SELECT lint_case.bad('owner_column_without_index', 'an index in which it comes second', 'CREATE TABLE app.t (id int, user_id text); CREATE INDEX ON app.t (id, user_id);' || :'rls' || :'own');
SELECT lint_case.bad('owner_column_without_index', 'an index of some rows', 'CREATE TABLE app.t (id int, user_id text); CREATE INDEX ON app.t (user_id) WHERE id > 0;' || :'rls' || :'own');
SELECT lint_case.bad('owner_column_without_index', 'an index of an expression', 'CREATE TABLE app.t (id int, user_id text); CREATE INDEX ON app.t (lower(user_id));' || :'rls' || :'own');
SELECT lint_case.bad('owner_column_without_index', 'one of two owners', $$CREATE TABLE app.t (id int, user_id text, org_id text); CREATE INDEX ON app.t (org_id);$$ || :'rls'
    || $$CREATE POLICY own ON app.t TO authenticated USING (user_id = requesting_user_id() OR org_id = (SELECT requesting_org_id()))$$);
SELECT lint_case.bad('owner_column_without_index', 'a varchar in a partitioned table', $$CREATE TABLE app.t (id int, "O'Brien" varchar(80)) PARTITION BY LIST (id); CREATE TABLE app.t1 PARTITION OF app.t FOR VALUES IN (1);$$ || :'rls'
    || $$CREATE POLICY own ON app.t TO authenticated USING ("O'Brien" = requesting_user_id())$$);
SELECT lint_case.bad('owner_column_without_index', 'a uuid', $$CREATE TABLE app.t (id int, user_id uuid);$$ || :'rls' || $$CREATE POLICY own ON app.t TO authenticated USING (requesting_user_uuid() = user_id)$$);
SELECT lint_case.good('owner_column_without_index', 'an index', 'CREATE TABLE app.t (id int, user_id text); CREATE INDEX ON app.t (user_id, id);' || :'rls' || :'own');
SELECT lint_case.good('owner_column_without_index', 'a primary key', 'CREATE TABLE app.t (id int, user_id text, PRIMARY KEY (user_id, id));' || :'rls' || :'own');
SELECT lint_case.good('owner_column_without_index', 'one of two that both must be', $$CREATE TABLE app.t (id int, user_id text, org_id text); CREATE INDEX ON app.t (org_id);$$ || :'rls'
    || $$CREATE POLICY own ON app.t TO authenticated USING (user_id = requesting_user_id() AND org_id = requesting_org_id())$$);
SELECT lint_case.good('owner_column_without_index', 'published rows, which no index finds', $$CREATE TABLE app.t (id int, user_id text, public boolean);$$ || :'rls'
    || $$CREATE POLICY own ON app.t TO authenticated USING (public OR user_id = requesting_user_id())$$);
SELECT lint_case.good('owner_column_without_index', 'an INSERT', $$CREATE TABLE app.t (id int, user_id text);$$ || :'rls' || $$CREATE POLICY own ON app.t FOR INSERT TO authenticated WITH CHECK (user_id = requesting_user_id())$$);
SELECT lint_case.good('owner_column_without_index', 'a policy of the backend', $$CREATE ROLE lint_worker; CREATE TABLE app.t (id int, worker text);$$ || :'rls' || $$CREATE POLICY own ON app.t TO lint_worker USING (worker = current_user)$$);

-- owner_column_collation (P15)
SELECT lint_case.bad('owner_column_collation', 'char(n), and the policies come again', $$CREATE TABLE app.t (id int, user_id char(40)); CREATE INDEX ON app.t ((user_id::text)); INSERT INTO app.t VALUES (1, 'user_red');$$ || :'rls' || :'own'
    || $$CREATE POLICY "mine, too" ON app.t AS RESTRICTIVE FOR UPDATE TO authenticated, anon USING (id > 0) WITH CHECK (user_id = requesting_user_id())$$,
    probe => $$SELECT count(*) FROM app.t WHERE set_config('request.jwt.claims', '{"sub":"user_red"}', true) <> ''$$, level => 'error');
SELECT lint_case.bad('owner_column_collation', 'char(n) compared as such', $$CREATE TABLE app.t (id int, user_id char(40));$$ || :'rls' || $$CREATE POLICY own ON app.t TO authenticated USING (user_id = requesting_user_id()::char(40))$$,
    others => '{owner_column_without_index}');
-- ICU's, or where the server is built without it one that only says so
DO $$
BEGIN
    CREATE COLLATION app.caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
EXCEPTION WHEN feature_not_supported THEN
    CREATE COLLATION app.caseless FROM "C";
    UPDATE pg_collation SET collisdeterministic = false WHERE oid = 'app.caseless'::regcollation;
END
$$;
SELECT lint_case.bad('owner_column_collation', 'a nondeterministic collation', $$CREATE TABLE app.t (id int, user_id text COLLATE app.caseless); CREATE INDEX ON app.t (user_id);$$ || :'rls' || :'own');
SELECT lint_case.good('owner_column_collation', 'another deterministic collation', $$CREATE TABLE app.t (id int, user_id text COLLATE "C"); CREATE INDEX ON app.t (user_id);$$ || :'rls' || :'own');
SELECT lint_case.good('owner_column_collation', 'bytes compared in the policy', $$CREATE TABLE app.t (id int, user_id text COLLATE app.caseless);$$ || :'rls' || $$CREATE POLICY own ON app.t TO authenticated USING (user_id COLLATE "C" = requesting_user_id())$$);
SELECT lint_case.good('owner_column_collation', 'a char(n) that is no owner', $$CREATE TABLE app.t (id int, user_id text, country char(2)); CREATE INDEX ON app.t (user_id);$$ || :'rls' || $$CREATE POLICY own ON app.t TO authenticated USING (user_id = requesting_user_id() AND country = 'DE')$$);

-- owner_default_not_identity
SELECT lint_case.bad('owner_default_not_identity', 'a constant', $$CREATE TABLE app.t (id int, user_id text DEFAULT 'user_red'); CREATE INDEX ON app.t (user_id);$$ || :'rls' || :'own', level => 'warning');
SELECT lint_case.bad('owner_default_not_identity', 'a setting that the client sets', $$CREATE TABLE app.t (id int, user_id text DEFAULT current_setting('app.user_id', true)); CREATE INDEX ON app.t (user_id);$$ || :'rls' || :'own');
SELECT lint_case.bad('owner_default_not_identity', 'a sequence', $$CREATE TABLE app.t (id int, user_id serial); CREATE INDEX ON app.t (user_id); GRANT USAGE ON SEQUENCE app.t_user_id_seq TO authenticated;$$ || :'rls'
    || $$CREATE POLICY own ON app.t TO authenticated USING (user_id = requesting_claim('number')::int)$$);
SELECT lint_case.bad('owner_default_not_identity', 'an identity column', $$CREATE TABLE app.t (id int, user_id int GENERATED BY DEFAULT AS IDENTITY); CREATE INDEX ON app.t (user_id);$$ || :'rls'
    || $$CREATE POLICY own ON app.t TO authenticated USING (user_id = requesting_claim('number')::int)$$);
SELECT lint_case.bad('owner_default_not_identity', 'a random uuid', $$CREATE TABLE app.t (id int, user_id uuid DEFAULT gen_random_uuid()); CREATE INDEX ON app.t (user_id);$$ || :'rls' || $$CREATE POLICY own ON app.t TO authenticated USING (user_id = (SELECT requesting_user_uuid()))$$);
SELECT lint_case.good('owner_default_not_identity', 'a reader', $$CREATE TABLE app.t (id int, user_id text DEFAULT requesting_user_id()); CREATE INDEX ON app.t (user_id);$$ || :'rls' || :'own');
SELECT lint_case.good('owner_default_not_identity', 'a function around a reader', $$CREATE FUNCTION app.me() RETURNS text LANGUAGE sql STABLE RETURN requesting_user_id(); CREATE TABLE app.t (id int, user_id text DEFAULT app.me()); CREATE INDEX ON app.t (user_id);$$ || :'rls' || :'own');
SELECT lint_case.good('owner_default_not_identity', 'none', $$CREATE TABLE app.t (id int, user_id text); CREATE INDEX ON app.t (user_id);$$ || :'rls' || :'own');
SELECT lint_case.good('owner_default_not_identity', 'defaults of other columns', $$CREATE TABLE app.t (id serial, user_id text, at timestamptz DEFAULT now(), state text DEFAULT 'new'); CREATE INDEX ON app.t (user_id);$$ || :'rls' || :'own');
