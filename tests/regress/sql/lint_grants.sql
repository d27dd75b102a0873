-- In one mode alone: nothing here depends on how the library is loaded.
-- lint(): rules about functions, roles, privileges and publications.
\set ECHO none
\i tests/regress/lint_case.sql
\set ECHO all
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO anon, authenticated, service_role;
CREATE SCHEMA internal;
CREATE TABLE app.tasks (id int, user_id text);
CREATE INDEX ON app.tasks (user_id);
INSERT INTO app.tasks VALUES (1, 'user_blue');
ALTER TABLE app.tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON app.tasks TO authenticated USING (user_id = requesting_user_id());
GRANT SELECT, INSERT ON app.tasks TO authenticated;
CREATE TABLE internal.log (n int);
-- EXECUTE is granted case by case
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- function_search_path_mutable
SELECT lint_case.bad('function_search_path_mutable', 'one that clients call',
    $$CREATE FUNCTION app.f() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN (SELECT count(*) FROM tasks); END'; GRANT EXECUTE ON FUNCTION app.f() TO authenticated;
      -- what the caller prepares: a table that is found first
      CREATE TEMP TABLE tasks (id int); SET LOCAL search_path = pg_temp, app$$, probe => 'SELECT app.f()', level => 'error');
SELECT lint_case.bad('function_search_path_mutable', 'one that nobody calls, with odd names',
    $$CREATE SCHEMA "O'Brien; drop"; CREATE FUNCTION "O'Brien; drop"."f g"(a int, b text) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'$$, level => 'warning');
SELECT lint_case.bad('function_search_path_mutable', 'a procedure', $$CREATE PROCEDURE app.p(INOUT n int) LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN n := 1; END'$$, level => 'warning');
SELECT lint_case.bad('function_search_path_mutable', 'a trigger of a table that clients write',
    $$CREATE FUNCTION internal.log() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN INSERT INTO log VALUES (1); RETURN NEW; END';
      CREATE TRIGGER log BEFORE INSERT ON app.tasks FOR EACH ROW EXECUTE FUNCTION internal.log()$$, level => 'error');
SELECT lint_case.bad('function_search_path_mutable', 'called by a policy, in a schema that clients do not use',
    $$CREATE FUNCTION internal.mine() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT true'; GRANT EXECUTE ON FUNCTION internal.mine() TO authenticated;
      CREATE POLICY mine ON app.tasks AS RESTRICTIVE TO authenticated USING (internal.mine())$$, level => 'error');
SELECT lint_case.bad('function_search_path_mutable', 'another setting is pinned',
    $$CREATE FUNCTION app.f() RETURNS int LANGUAGE sql SECURITY DEFINER SET work_mem = '1MB' AS 'SELECT 1'$$, level => 'warning');
SELECT lint_case.bad('function_search_path_mutable', 'a schema in which clients create',
    $$GRANT CREATE ON SCHEMA app TO authenticated; GRANT CREATE ON SCHEMA app TO PUBLIC;
      CREATE FUNCTION app.f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = internal, app, pg_temp AS 'SELECT 1'; GRANT EXECUTE ON FUNCTION app.f() TO authenticated$$, level => 'error');
SELECT lint_case.bad('function_search_path_mutable', 'nothing pinned, and its own schema is such a one',
    $$GRANT CREATE ON SCHEMA app TO authenticated; CREATE FUNCTION app.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'$$, level => 'warning');
SELECT lint_case.bad('function_search_path_mutable', 'pg_temp is not named',
    $$CREATE FUNCTION app.f() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = app AS 'BEGIN RETURN (SELECT count(*) FROM tasks); END';
      GRANT EXECUTE ON FUNCTION app.f() TO authenticated; CREATE TEMP TABLE tasks (id int); GRANT SELECT ON tasks TO PUBLIC$$,
    probe => 'SELECT app.f()', level => 'info');
SELECT lint_case.bad('function_search_path_mutable', 'pg_temp is not the last, odd names besides',
    $$CREATE FUNCTION app.f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = "$user", pg_temp, "A, b", app AS 'SELECT 1'; GRANT EXECUTE ON FUNCTION app.f() TO authenticated$$, level => 'info');
SELECT lint_case.good('function_search_path_mutable', 'pinned, pg_temp last', $$CREATE FUNCTION app.f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS 'SELECT 1'; GRANT EXECUTE ON FUNCTION app.f() TO authenticated$$);
SELECT lint_case.bad('function_search_path_mutable', 'a schema in which clients create, and pg_temp is not named: one finding',
    $$GRANT CREATE ON SCHEMA app TO authenticated; CREATE FUNCTION app.f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = app AS 'SELECT 1'; GRANT EXECUTE ON FUNCTION app.f() TO authenticated$$, level => 'error');
SELECT lint_case.good('function_search_path_mutable', 'pinned to pg_catalog', $$CREATE FUNCTION app.f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS 'SELECT 1'; GRANT EXECUTE ON FUNCTION app.f() TO authenticated$$);
SELECT lint_case.good('function_search_path_mutable', 'pinned to nothing', $$CREATE FUNCTION app.f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1'; GRANT EXECUTE ON FUNCTION app.f() TO authenticated$$);
SELECT lint_case.good('function_search_path_mutable', 'a body in SQL-standard form', $$CREATE FUNCTION app.f() RETURNS bigint LANGUAGE sql SECURITY DEFINER RETURN (SELECT count(*) FROM app.tasks); GRANT EXECUTE ON FUNCTION app.f() TO authenticated$$);
SELECT lint_case.good('function_search_path_mutable', 'SECURITY INVOKER', $$CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; GRANT EXECUTE ON FUNCTION app.f() TO authenticated$$);
SELECT lint_case.good('function_search_path_mutable', 'a function in C', $$CREATE FUNCTION app.f() RETURNS text LANGUAGE internal SECURITY DEFINER AS 'pg_conf_load_time'$$);
SELECT lint_case.good('function_search_path_mutable', 'pg_temp that nobody can fill',
    $$CREATE FUNCTION app.f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = app AS 'SELECT 1'; GRANT EXECUTE ON FUNCTION app.f() TO authenticated; REVOKE TEMP ON DATABASE regress_lint_grants FROM PUBLIC$$);

-- security_definer_executable_by_anon
SELECT lint_case.bad('security_definer_executable_by_anon', 'as PUBLIC, whom PostgreSQL grants it',
    $$CREATE FUNCTION app.f() RETURNS bigint LANGUAGE sql SECURITY DEFINER RETURN (SELECT count(*) FROM app.tasks); GRANT EXECUTE ON FUNCTION app.f() TO PUBLIC$$,
    probe => 'SELECT app.f()', role => 'anon');
SELECT lint_case.bad('security_definer_executable_by_anon', 'by name, others keep it',
    $$CREATE FUNCTION app."f g"(int[], app.tasks) RETURNS int LANGUAGE sql SECURITY DEFINER RETURN 1; GRANT EXECUTE ON FUNCTION app."f g"(int[], app.tasks) TO anon, service_role$$);
SELECT lint_case.bad('security_definer_executable_by_anon', 'by a role that anon inherits from; a procedure',
    $$CREATE ROLE lint_callers; ALTER ROLE anon INHERIT; GRANT lint_callers TO anon; CREATE PROCEDURE app.p() LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS 'BEGIN NULL; END';
      REVOKE EXECUTE ON PROCEDURE app.p() FROM PUBLIC; GRANT EXECUTE ON PROCEDURE app.p() TO lint_callers$$);
SELECT lint_case.good('security_definer_executable_by_anon', 'for authenticated alone',
    $$CREATE FUNCTION app.f() RETURNS int LANGUAGE sql SECURITY DEFINER RETURN 1; GRANT EXECUTE ON FUNCTION app.f() TO authenticated$$);
SELECT lint_case.good('security_definer_executable_by_anon', 'in a schema that anon does not use',
    $$CREATE FUNCTION internal.f() RETURNS int LANGUAGE sql SECURITY DEFINER RETURN 1; GRANT EXECUTE ON FUNCTION internal.f() TO PUBLIC$$);
SELECT lint_case.good('security_definer_executable_by_anon', 'a trigger, which nobody calls',
    $$CREATE FUNCTION app.f() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS 'BEGIN RETURN NEW; END'; GRANT EXECUTE ON FUNCTION app.f() TO PUBLIC$$);
SELECT lint_case.good('security_definer_executable_by_anon', 'SECURITY INVOKER', $$CREATE FUNCTION app.f() RETURNS int LANGUAGE sql RETURN 1; GRANT EXECUTE ON FUNCTION app.f() TO PUBLIC$$);

-- bypassrls_role_can_login
SELECT lint_case.good('security_definer_executable_by_anon', 'what a policy for visitors calls',
    $$CREATE FUNCTION app.is_open(int) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER RETURN $1 > 0; GRANT EXECUTE ON FUNCTION app.is_open(int) TO anon; CREATE TABLE app.shown (id int); ALTER TABLE app.shown ENABLE ROW LEVEL SECURITY;
      CREATE POLICY p ON app.shown FOR SELECT TO anon USING (app.is_open(id))$$);
SELECT lint_case.bad('security_definer_executable_by_anon', 'what a policy for others calls',
    $$CREATE FUNCTION app.is_open(int) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER RETURN $1 > 0; GRANT EXECUTE ON FUNCTION app.is_open(int) TO anon; CREATE TABLE app.shown (id int); ALTER TABLE app.shown ENABLE ROW LEVEL SECURITY;
      CREATE POLICY p ON app.shown FOR SELECT TO authenticated USING (app.is_open(id))$$);
SELECT lint_case.bad('bypassrls_role_can_login', 'a role for reports', 'CREATE ROLE "lint metabase" LOGIN BYPASSRLS');
SELECT lint_case.bad('bypassrls_role_can_login', 'service_role', 'ALTER ROLE service_role LOGIN');
SELECT lint_case.good('bypassrls_role_can_login', 'an administrator', 'CREATE ROLE lint_admin LOGIN BYPASSRLS CREATEROLE');
SELECT lint_case.good('bypassrls_role_can_login', 'the database''s owner', 'CREATE ROLE lint_owner LOGIN BYPASSRLS; ALTER DATABASE regress_lint_grants OWNER TO lint_owner');
SELECT lint_case.good('bypassrls_role_can_login', 'NOLOGIN', 'CREATE ROLE lint_metabase NOLOGIN BYPASSRLS');
SELECT lint_case.good('bypassrls_role_can_login', 'a superuser', 'CREATE ROLE lint_metabase LOGIN SUPERUSER BYPASSRLS');
SELECT lint_case.good('bypassrls_role_can_login', 'another database''s role', 'REVOKE CONNECT ON DATABASE regress_lint_grants FROM PUBLIC; CREATE ROLE lint_metabase LOGIN BYPASSRLS');

-- api_role_bypasses_rls
SELECT lint_case.bad('api_role_bypasses_rls', 'BYPASSRLS', 'ALTER ROLE authenticated BYPASSRLS', probe => 'SELECT count(*) FROM app.tasks');
SELECT lint_case.bad('api_role_bypasses_rls', 'a superuser', 'ALTER ROLE anon SUPERUSER', probe => 'SELECT count(*) FROM app.tasks', role => 'anon');
SELECT lint_case.good('api_role_bypasses_rls', 'a role for servers', 'ALTER ROLE service_role BYPASSRLS');
SELECT lint_case.good('api_role_bypasses_rls', 'a role that is not there', 'DROP ROLE IF EXISTS lint_nobody');

-- privilege_beyond_rls
SELECT lint_case.bad('privilege_beyond_rls', 'TRUNCATE', 'GRANT TRUNCATE ON app.tasks TO authenticated', probe => 'TRUNCATE app.tasks', level => 'error');
SELECT lint_case.bad('privilege_beyond_rls', 'all, to PUBLIC and two roles',
    'GRANT TRUNCATE, REFERENCES, TRIGGER ON app.tasks TO anon, authenticated; GRANT TRIGGER ON app.tasks TO PUBLIC', level => 'error');
SELECT lint_case.bad('privilege_beyond_rls', 'REFERENCES to a column', 'GRANT REFERENCES (id) ON app.tasks TO authenticated', level => 'warning');
-- MAINTAIN, from PostgreSQL 17 on; there it prints the same before
SELECT left(line, 40) FROM lint_case.bad('privilege_beyond_rls', 'MAINTAIN', format('GRANT %s ON app.tasks TO authenticated',
    CASE WHEN current_setting('server_version_num')::int >= 170000 THEN 'MAINTAIN' ELSE 'TRIGGER' END), level => 'warning') AS line LIMIT 2;
SELECT lint_case.good('privilege_beyond_rls', 'what policies cover', 'GRANT SELECT, INSERT, UPDATE, DELETE ON app.tasks TO authenticated');
SELECT lint_case.good('privilege_beyond_rls', 'a role that bypasses policies anyway', 'GRANT TRUNCATE ON app.tasks TO service_role');
SELECT lint_case.good('privilege_beyond_rls', 'a schema without USAGE', 'GRANT ALL ON internal.log TO authenticated');

-- publication_carries_secrets
SELECT lint_case.bad('publication_carries_secrets', 'all tables', 'CREATE PUBLICATION "p; drop" FOR ALL TABLES');
SELECT lint_case.bad('publication_carries_secrets', 'all tables, with options', $$CREATE PUBLICATION p FOR ALL TABLES WITH (publish = 'insert, delete', publish_via_partition_root)$$);
SELECT lint_case.bad('publication_carries_secrets', 'by name', 'CREATE PUBLICATION p FOR TABLE app.tasks, clerk_rls.issuer_secrets');
SELECT lint_case.good('publication_carries_secrets', 'one table', 'CREATE PUBLICATION p FOR TABLE app.tasks, clerk_rls.issuers');
SELECT lint_case.good('publication_carries_secrets', 'nothing', 'CREATE PUBLICATION p');

-- by its schema, from PostgreSQL 15 on; there it prints the same before
CREATE FUNCTION lint_publish(what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE CASE WHEN current_setting('server_version_num')::int >= 150000 THEN 'CREATE PUBLICATION p FOR ' || what ELSE 'CREATE PUBLICATION p FOR ALL TABLES' END;
END
$$;
SELECT left(line, 70) FROM lint_case.bad('publication_carries_secrets', 'a schema', $$SELECT lint_publish('TABLES IN SCHEMA clerk_rls, app')$$) AS line LIMIT 2;
SELECT left(line, 70) FROM lint_case.bad('publication_carries_secrets', 'a schema and a name', $$SELECT lint_publish('TABLE clerk_rls.issuer_secrets, TABLES IN SCHEMA clerk_rls, app')$$) AS line LIMIT 2;
SELECT lint_publish('TABLE clerk_rls.issuer_secrets, TABLES IN SCHEMA clerk_rls, app');
SELECT fix LIKE CASE WHEN current_setting('server_version_num')::int >= 150000 THEN E'ALTER PUBLICATION p DROP TABLE clerk\\_rls.issuer\\_secrets;\nALTER PUBLICATION p DROP TABLES IN SCHEMA clerk\\_rls;'
    ELSE 'DROP PUBLICATION p;%' END AS fix
FROM clerk_rls.lint() WHERE rule = 'publication_carries_secrets';
