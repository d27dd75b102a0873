-- In one mode alone: nothing here depends on how the library is loaded.
-- lint(): rules about tables. Each is found, explained and mended, and near misses are let be.
\set ECHO none
\i tests/regress/lint_case.sql
\set ECHO all
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO anon, authenticated;
CREATE SCHEMA internal;

-- rls_disabled
SELECT lint_case.bad('rls_disabled', 'a table that authenticated may read',
    $$CREATE TABLE app.t (id int, user_id text); INSERT INTO app.t VALUES (1, 'user_blue'); GRANT SELECT ON app.t TO authenticated$$,
    probe => 'SELECT count(*) FROM app.t');
SELECT lint_case.bad('rls_disabled', 'a column, to PUBLIC, and odd names',
    $$CREATE TABLE app."T; drop" ("the id" int); GRANT UPDATE ("the id") ON app."T; drop" TO PUBLIC$$);
SELECT lint_case.bad('rls_disabled', 'a privilege that is inherited',
    $$CREATE ROLE lint_readers; ALTER ROLE authenticated INHERIT; GRANT lint_readers TO authenticated;
      CREATE TABLE app.t (id int); GRANT DELETE ON app.t TO lint_readers$$);
SELECT lint_case.bad('rls_disabled', 'a partition that is reached by its own name',
    $$CREATE TABLE app.p (id int, user_id text) PARTITION BY LIST (id); CREATE INDEX ON app.p (user_id); ALTER TABLE app.p ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own ON app.p TO authenticated USING (user_id = requesting_user_id());
      CREATE TABLE app.p1 PARTITION OF app.p FOR VALUES IN (1); INSERT INTO app.p VALUES (1, 'user_blue');
      GRANT SELECT ON app.p, app.p1 TO authenticated$$,
    probe => $$SELECT format('%s by the parent, %s by the partition', (SELECT count(*) FROM app.p), (SELECT count(*) FROM app.p1))$$);
SELECT lint_case.bad('rls_disabled', 'a partitioned table',
    $$CREATE TABLE app.p (id int) PARTITION BY LIST (id); GRANT INSERT ON app.p TO anon$$);
SELECT lint_case.good('rls_disabled', 'without USAGE on the schema',
    $$CREATE TABLE internal.t (id int); GRANT ALL ON internal.t TO PUBLIC$$);
SELECT lint_case.good('rls_disabled', 'without a privilege',
    $$CREATE TABLE app.t (id int); GRANT SELECT ON app.t TO service_role$$);
SELECT lint_case.good('rls_disabled', 'a partition that the parent alone makes reachable',
    $$CREATE TABLE app.p (id int, user_id text) PARTITION BY LIST (id); ALTER TABLE app.p ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own ON app.p TO authenticated USING (user_id = requesting_user_id());
      CREATE TABLE app.p1 PARTITION OF app.p FOR VALUES IN (1); GRANT SELECT ON app.p TO authenticated$$);
SELECT lint_case.good('rls_disabled', 'a role that no policy would bind',
    $$CREATE TABLE app.t (id int); ALTER ROLE authenticated BYPASSRLS; GRANT SELECT ON app.t TO authenticated$$);
SELECT lint_case.good('rls_disabled', 'a temporary table',
    $$CREATE TEMP TABLE t (id int); GRANT SELECT ON t TO PUBLIC$$);

-- policy_exists_rls_disabled
SELECT lint_case.bad('policy_exists_rls_disabled', 'policies that nobody enabled',
    $$CREATE TABLE app.t (id int, user_id text); CREATE INDEX ON app.t (user_id); INSERT INTO app.t VALUES (1, 'user_blue');
      CREATE POLICY own ON app.t TO authenticated USING (user_id = requesting_user_id()); GRANT SELECT ON app.t TO authenticated$$,
    probe => 'SELECT count(*) FROM app.t');
SELECT lint_case.bad('policy_exists_rls_disabled', 'two, on a table that is not reached',
    $$CREATE TABLE internal.t (id int, user_id text); CREATE INDEX ON internal.t (user_id);
      CREATE POLICY own ON internal.t FOR SELECT TO authenticated USING (user_id = requesting_user_id());
      CREATE POLICY "new rows" ON internal.t FOR INSERT TO authenticated WITH CHECK (user_id = requesting_user_id())$$);
SELECT lint_case.good('policy_exists_rls_disabled', 'no policy', $$CREATE TABLE app.t (id int)$$);
SELECT lint_case.good('policy_exists_rls_disabled', 'policies that are enabled',
    $$CREATE TABLE app.t (id int, user_id text); ALTER TABLE app.t ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own ON app.t TO authenticated USING (user_id = requesting_user_id())$$);

-- rls_enabled_no_policy
SELECT lint_case.bad('rls_enabled_no_policy', 'a privilege that is of no use',
    $$CREATE TABLE app.t (id int); ALTER TABLE app.t ENABLE ROW LEVEL SECURITY; GRANT SELECT, INSERT ON app.t TO authenticated; GRANT SELECT ON app.t TO PUBLIC$$,
    probe => 'SELECT count(*) FROM app.t');
SELECT lint_case.bad('rls_enabled_no_policy', 'granted by somebody who was granted it, and handed on',
    $$CREATE ROLE lint_lender; GRANT USAGE ON SCHEMA app TO lint_lender; CREATE TABLE app.t (id int); ALTER TABLE app.t ENABLE ROW LEVEL SECURITY;
      GRANT SELECT ON app.t TO lint_lender WITH GRANT OPTION; SET LOCAL ROLE lint_lender; GRANT SELECT (id) ON app.t TO anon;
      GRANT SELECT ON app.t TO authenticated WITH GRANT OPTION; SET LOCAL ROLE authenticated; GRANT SELECT ON app.t TO service_role; RESET ROLE$$);
SELECT lint_case.bad('rls_enabled_no_policy', 'a predefined role',
    $$CREATE ROLE lint_readers; GRANT pg_read_all_data TO lint_readers; ALTER ROLE authenticated INHERIT; GRANT lint_readers TO authenticated;
      CREATE TABLE app.t (id int); ALTER TABLE app.t ENABLE ROW LEVEL SECURITY$$);
SELECT lint_case.good('rls_enabled_no_policy', 'closed on purpose', $$CREATE TABLE app.t (id int); ALTER TABLE app.t ENABLE ROW LEVEL SECURITY$$);
SELECT lint_case.good('rls_enabled_no_policy', 'a partition, whose parent decides',
    $$CREATE TABLE app.p (id int, user_id text) PARTITION BY LIST (id); ALTER TABLE app.p ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own ON app.p TO authenticated USING (user_id = requesting_user_id());
      CREATE TABLE app.p1 PARTITION OF app.p FOR VALUES IN (1); ALTER TABLE app.p1 ENABLE ROW LEVEL SECURITY; GRANT SELECT ON app.p, app.p1 TO authenticated$$);

-- owner_bypasses_rls
SELECT lint_case.bad('owner_bypasses_rls', 'an owner who is no superuser',
    $$CREATE ROLE lint_owner; CREATE TABLE app.t (id int, user_id text); CREATE INDEX ON app.t (user_id); ALTER TABLE app.t OWNER TO lint_owner; ALTER TABLE app.t ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own ON app.t USING (user_id = requesting_user_id()); INSERT INTO app.t VALUES (1, 'user_blue'); GRANT USAGE ON SCHEMA app TO lint_owner$$,
    probe => 'SELECT count(*) FROM app.t', role => 'lint_owner');
SELECT lint_case.bad('owner_bypasses_rls', 'a table without policies, owned by an odd name',
    $$CREATE ROLE "lint O'Brien"; CREATE TABLE internal.t (id int); ALTER TABLE internal.t OWNER TO "lint O'Brien"; ALTER TABLE internal.t ENABLE ROW LEVEL SECURITY$$);
SELECT lint_case.good('owner_bypasses_rls', 'a superuser, whom FORCE does not bind', $$CREATE TABLE app.t (id int); ALTER TABLE app.t ENABLE ROW LEVEL SECURITY$$);
SELECT lint_case.good('owner_bypasses_rls', 'an owner with BYPASSRLS',
    $$CREATE TABLE app.t (id int); ALTER TABLE app.t OWNER TO service_role; ALTER TABLE app.t ENABLE ROW LEVEL SECURITY$$);
SELECT lint_case.good('owner_bypasses_rls', 'a platform''s own table', $$CREATE ROLE supabase_auth_admin; CREATE TABLE app.t (id int); ALTER TABLE app.t ENABLE ROW LEVEL SECURITY; ALTER TABLE app.t OWNER TO supabase_auth_admin$$);
SELECT lint_case.good('rls_enabled_no_policy', 'a platform''s own table', $$CREATE ROLE supabase_storage_admin; CREATE TABLE app.t (id int); ALTER TABLE app.t ENABLE ROW LEVEL SECURITY; GRANT SELECT ON app.t TO authenticated;
    ALTER TABLE app.t OWNER TO supabase_storage_admin$$);
SELECT lint_case.good('owner_bypasses_rls', 'policies that ask a function of the owner, which reads past them',
    $$CREATE ROLE lint_owner; GRANT USAGE, CREATE ON SCHEMA app TO lint_owner; SET LOCAL ROLE lint_owner; CREATE TABLE app.t (id int, user_id text); ALTER TABLE app.t ENABLE ROW LEVEL SECURITY;
      CREATE FUNCTION app.mine(int) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS 'SELECT EXISTS (SELECT FROM t WHERE t.id = $1 AND t.user_id = public.requesting_user_id())';
      CREATE POLICY p ON app.t FOR SELECT USING (app.mine(id)); RESET ROLE$$);
SELECT lint_case.good('owner_bypasses_rls', 'FORCE',
    $$CREATE ROLE lint_owner; CREATE TABLE app.t (id int); ALTER TABLE app.t OWNER TO lint_owner; ALTER TABLE app.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY$$);
SELECT lint_case.good('owner_bypasses_rls', 'a table that has no Row Level Security',
    $$CREATE ROLE lint_owner; CREATE TABLE app.t (id int); ALTER TABLE app.t OWNER TO lint_owner$$);

-- unique_leaks_existence
CREATE FUNCTION lint_owned(columns text) RETURNS text LANGUAGE sql AS $$
    SELECT format('CREATE TABLE app.t (user_id text NOT NULL DEFAULT requesting_user_id(), %s); CREATE INDEX ON app.t (user_id);
        ALTER TABLE app.t ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON app.t TO authenticated USING (user_id = requesting_user_id());
        GRANT SELECT, INSERT, UPDATE ON app.t TO authenticated; ', columns) $$;
SELECT lint_case.bad('unique_leaks_existence', 'a unique constraint',
    lint_owned('slug text UNIQUE') || $$INSERT INTO app.t VALUES ('user_blue', 'secret')$$,
    probe => $$INSERT INTO app.t (slug) VALUES ('secret') RETURNING user_id$$);
SELECT lint_case.bad('unique_leaks_existence', 'a primary key that the client chooses', lint_owned('"the ""Slug""" text PRIMARY KEY'));
SELECT lint_case.bad('unique_leaks_existence', 'deferrable, of two columns', lint_owned('a int, b int, UNIQUE (a, b) DEFERRABLE'));
SELECT lint_case.bad('unique_leaks_existence', 'a unique index, with a condition',
    lint_owned('slug text, gone boolean') || $$CREATE UNIQUE INDEX "an index (1)" ON app.t (slug COLLATE "C" DESC) INCLUDE (gone) WHERE NOT gone$$);
SELECT lint_case.bad('unique_leaks_existence', 'a unique index on an expression', lint_owned('email text') || 'CREATE UNIQUE INDEX email ON app.t (lower(email))');
SELECT lint_case.bad('unique_leaks_existence', 'a generated column, which follows one of the client''s',
    lint_owned('email text, folded text GENERATED ALWAYS AS (lower(email)) STORED UNIQUE'));
SELECT lint_case.bad('unique_leaks_existence', 'a partitioned table',
    $$CREATE TABLE app.t (user_id text DEFAULT requesting_user_id(), slug text UNIQUE) PARTITION BY LIST (slug); CREATE TABLE app.t1 PARTITION OF app.t DEFAULT;
      ALTER TABLE app.t ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON app.t TO authenticated USING (user_id = requesting_user_id());
      CREATE INDEX ON app.t (user_id); GRANT INSERT ON app.t TO authenticated$$);
SELECT lint_case.bad('unique_leaks_existence', 'an index of a partitioned table, with an owner whose name is odd',
    $$CREATE TABLE app.t ("own\er ""1""" text DEFAULT requesting_user_id(), slug text) PARTITION BY LIST (slug); CREATE TABLE app.t1 PARTITION OF app.t DEFAULT;
      CREATE UNIQUE INDEX "x ON ONLY y" ON app.t (slug); CREATE INDEX ON app.t ("own\er ""1""");
      ALTER TABLE app.t ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON app.t TO authenticated USING ("own\er ""1""" = requesting_user_id()); GRANT INSERT ON app.t TO authenticated$$);
SELECT lint_case.bad('unique_leaks_existence', 'the same, a constraint',
    $$CREATE TABLE app.t ("own\er ""1""" text DEFAULT requesting_user_id(), slug text UNIQUE); CREATE INDEX ON app.t ("own\er ""1""");
      ALTER TABLE app.t ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON app.t TO authenticated USING ("own\er ""1""" = requesting_user_id()); GRANT INSERT ON app.t TO authenticated$$);
SELECT lint_case.bad('unique_leaks_existence', 'a generated column that is not granted, while the other is',
    lint_owned('email text, folded text GENERATED ALWAYS AS (lower(email)) STORED UNIQUE') || 'REVOKE INSERT, UPDATE ON app.t FROM authenticated; GRANT INSERT (email) ON app.t TO authenticated');
SELECT lint_case.bad('unique_leaks_existence', 'somebody in the key at whom no policy looks, so that clients choose',
    lint_owned('slug text, made_by text DEFAULT requesting_user_id(), UNIQUE (made_by, slug)') || 'CREATE INDEX ON app.t (made_by)');
SELECT lint_case.bad('unique_leaks_existence', 'a partition that is reached too: once, for the parent',
    $$CREATE TABLE app.t (user_id text DEFAULT requesting_user_id(), slug text UNIQUE) PARTITION BY LIST (slug); CREATE TABLE app.t1 PARTITION OF app.t DEFAULT;
      ALTER TABLE app.t ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON app.t TO authenticated USING (user_id = requesting_user_id());
      ALTER TABLE app.t1 ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON app.t1 TO authenticated USING (user_id = requesting_user_id());
      CREATE INDEX ON app.t (user_id); GRANT INSERT ON app.t, app.t1 TO authenticated$$);
SELECT lint_case.good('unique_leaks_existence', 'a key that a foreign key refers to',
    lint_owned('slug text UNIQUE') || 'CREATE TABLE internal.of_t (slug text REFERENCES app.t (slug))');
SELECT lint_case.good('unique_leaks_existence', 'a serial', lint_owned('id serial PRIMARY KEY'));
SELECT lint_case.good('unique_leaks_existence', 'an identity', lint_owned('id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY'));
SELECT lint_case.good('unique_leaks_existence', 'a random UUID', lint_owned('id uuid PRIMARY KEY DEFAULT gen_random_uuid()'));
SELECT lint_case.good('unique_leaks_existence', 'a random part of a key', lint_owned('token text DEFAULT md5(random()::text), n int, UNIQUE (n, token)'));
SELECT lint_case.good('unique_leaks_existence', 'the owner in the key', lint_owned('slug text, UNIQUE (slug, user_id)'));
SELECT lint_case.good('unique_leaks_existence', 'a key of what a policy checks',
    lint_owned('project int, number int, UNIQUE (project, number)') || 'CREATE POLICY project ON app.t AS RESTRICTIVE USING (project < 10)');
SELECT lint_case.good('unique_leaks_existence', 'an index that is not unique', lint_owned('slug text') || 'CREATE INDEX ON app.t (slug)');
SELECT lint_case.good('unique_leaks_existence', 'rows that clients only read', lint_owned('slug text UNIQUE') || 'REVOKE INSERT, UPDATE ON app.t FROM authenticated');
SELECT lint_case.good('unique_leaks_existence', 'a column that clients may not write',
    lint_owned('slug text UNIQUE, body text') || 'REVOKE INSERT, UPDATE ON app.t FROM authenticated; GRANT INSERT (body) ON app.t TO authenticated');
SELECT lint_case.good('unique_leaks_existence', 'rows of nobody',
    $$CREATE TABLE app.t (slug text UNIQUE); ALTER TABLE app.t ENABLE ROW LEVEL SECURITY; CREATE POLICY anybody ON app.t TO authenticated USING (requesting_user_id() IS NOT NULL);
      GRANT SELECT, INSERT ON app.t TO authenticated$$);
