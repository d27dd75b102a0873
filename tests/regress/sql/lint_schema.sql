-- In one mode alone: nothing here depends on how the library is loaded.
-- lint() on a database as it should be, and on the same one spoiled in one place. The first result is empty, and
-- every line after it is one finding, the right one.
\set ECHO none
\i tests/regress/lint_case.sql
-- what the tests' own set-up has is not well done
DROP FUNCTION token(text, jsonb), ed25519_token(text, jsonb, text);
DROP TABLE notes, claims;
DROP VIEW readers;
\i tests/regress/lint/realistic.sql
\set ECHO all
SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace IN ('app'::regnamespace, 'reference'::regnamespace, 'private'::regnamespace);
SELECT * FROM clerk_rls.lint();

-- tables
SELECT lint_case.bad('rls_disabled', 'a new table, granted and forgotten', 'CREATE TABLE app.drafts (user_id text, body text); GRANT SELECT, INSERT ON app.drafts TO authenticated');
SELECT lint_case.bad('rls_disabled', 'grants for a whole schema', 'GRANT SELECT ON ALL TABLES IN SCHEMA private TO authenticated; GRANT USAGE ON SCHEMA private TO authenticated; REVOKE SELECT ON private.jobs, private.settings FROM authenticated');
SELECT lint_case.bad('rls_disabled', 'a partition by its own name', 'GRANT SELECT ON app.invoices_2026 TO authenticated');
SELECT lint_case.bad('policy_exists_rls_disabled', 'switched off to debug', 'ALTER TABLE app.tasks DISABLE ROW LEVEL SECURITY');
SELECT lint_case.bad('policy_exists_rls_disabled', 'the partitioned table', 'ALTER TABLE app.invoices DISABLE ROW LEVEL SECURITY');
SELECT lint_case.bad('rls_enabled_no_policy', 'a policy dropped and not made again', 'DROP POLICY own ON app.bookmarks');
SELECT lint_case.bad('rls_enabled_no_policy', 'the closed table, granted', 'GRANT SELECT ON app.api_keys TO authenticated');
SELECT lint_case.bad('owner_bypasses_rls', 'FORCE taken back', 'ALTER TABLE app.comments NO FORCE ROW LEVEL SECURITY');
SELECT lint_case.bad('unique_leaks_existence', 'names unique over all organizations', 'ALTER TABLE app.projects DROP CONSTRAINT projects_org_id_name_key, ADD UNIQUE (name)', others => '{owner_column_without_index}');
SELECT lint_case.bad('unique_leaks_existence', 'an index on an expression', 'CREATE UNIQUE INDEX attachment_path ON app.attachments (lower(path))');

-- views; what mends them depends on the server's version
SELECT left(line, 90) FROM lint_case.bad('security_definer_view', 'made again as a superuser', 'DROP VIEW app.open_tasks_of_project, app.open_tasks; CREATE VIEW app.open_tasks AS SELECT id, title FROM app.tasks WHERE NOT done; GRANT SELECT ON app.open_tasks TO authenticated') AS line LIMIT 2;
SELECT left(line, 90) FROM lint_case.bad('security_definer_view', 'a report that somebody granted', 'ALTER VIEW analytics.revenue OWNER TO lint_reports; GRANT USAGE ON SCHEMA analytics TO authenticated; GRANT SELECT ON analytics.revenue TO authenticated') AS line LIMIT 2;
SELECT lint_case.bad('materialized_view_in_api', 'a report that is fast', 'GRANT USAGE ON SCHEMA analytics TO authenticated; GRANT SELECT ON analytics.tasks_of_day TO authenticated');
SELECT lint_case.bad('foreign_table_in_api', 'billing, from elsewhere', 'CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE app.payments (id int) SERVER s; GRANT SELECT ON app.payments TO authenticated');
SELECT lint_case.bad('rule_bypasses_rls', 'a command as a view', 'CREATE VIEW app.finish AS SELECT NULL::bigint AS id; GRANT INSERT ON app.finish TO authenticated; CREATE RULE finish AS ON INSERT TO app.finish DO INSTEAD UPDATE app.tasks SET done = true WHERE id = NEW.id');

-- functions, roles, privileges, publications
SELECT lint_case.bad('function_search_path_mutable', 'a function of a trigger', 'ALTER FUNCTION private.log_change() RESET search_path');
SELECT lint_case.bad('function_search_path_mutable', 'a function that workers call', 'ALTER FUNCTION private.notify(text, text) RESET ALL');
SELECT lint_case.bad('function_search_path_mutable', 'without pg_temp', 'ALTER FUNCTION private.log_change() SET search_path = app');
SELECT lint_case.bad('function_search_path_mutable', 'clients create in its schema', 'GRANT CREATE ON SCHEMA app TO authenticated');
SELECT lint_case.bad('security_definer_executable_by_anon', 'granted to all', 'GRANT EXECUTE ON FUNCTION app.member_count() TO PUBLIC');
SELECT lint_case.bad('bypassrls_role_can_login', 'the reporting tool logs in itself', 'ALTER ROLE lint_reports LOGIN');
SELECT lint_case.bad('api_role_bypasses_rls', 'tried out in production', 'ALTER ROLE anon BYPASSRLS');
SELECT lint_case.bad('privilege_beyond_rls', 'ALL, as tools write it', 'GRANT TRUNCATE, REFERENCES, TRIGGER ON app.profiles TO authenticated');
SELECT lint_case.bad('privilege_beyond_rls', 'REFERENCES', 'GRANT REFERENCES ON app.organizations TO authenticated');
SELECT lint_case.bad('publication_carries_secrets', 'everything', 'CREATE PUBLICATION lint_all FOR ALL TABLES');
SELECT lint_case.bad('publication_carries_secrets', 'by name', 'ALTER PUBLICATION lint_realtime ADD TABLE clerk_rls.issuer_secrets');
SELECT lint_case.bad('multiple_permissive_policies', 'a second policy for the same', $$CREATE POLICY shared ON app.tasks FOR SELECT TO authenticated USING (created_by = requesting_user_id())$$);

DROP PUBLICATION lint_realtime;
SET client_min_messages = error;
DROP SCHEMA app, reference, private, analytics CASCADE;
DROP OWNED BY lint_app;
DROP OWNED BY lint_definer, lint_reports, lint_metabase, lint_worker;
DROP ROLE lint_app, lint_definer, lint_reports, lint_metabase, lint_worker;
