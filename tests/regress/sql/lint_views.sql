-- In one mode alone: nothing here depends on how the library is loaded.
-- lint(): rules about views, rules, materialized views and foreign tables.
\set ECHO none
\i tests/regress/lint_case.sql
\set ECHO all
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO anon, authenticated;
CREATE SCHEMA internal;
CREATE ROLE lint_owner;
CREATE ROLE lint_viewer;
GRANT USAGE ON SCHEMA app, internal TO lint_owner, lint_viewer;

-- one row of another user, in a table whose owner is bound by its policies
CREATE TABLE app.tasks (name text, user_id text NOT NULL DEFAULT requesting_user_id());
CREATE INDEX ON app.tasks (user_id);
INSERT INTO app.tasks VALUES ('blue', 'user_blue');
ALTER TABLE app.tasks OWNER TO lint_owner;
ALTER TABLE app.tasks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON app.tasks TO authenticated USING (user_id = requesting_user_id());
GRANT SELECT, INSERT ON app.tasks TO authenticated, lint_viewer;
-- and a table with nothing to hide
CREATE TABLE app.colours (name text);
ALTER TABLE app.colours ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON app.colours FOR SELECT TO authenticated USING (true);
GRANT SELECT ON app.colours TO authenticated;
CREATE TABLE internal.log (at timestamptz);

-- security_definer_view
SELECT lint_case.bad('security_definer_view', 'a superuser''s view',
    $$CREATE VIEW app.v AS SELECT * FROM app.tasks; GRANT SELECT ON app.v TO authenticated$$, probe => 'SELECT count(*) FROM app.v');
SELECT lint_case.bad('security_definer_view', 'the table''s owner, who is not forced',
    $$ALTER TABLE app.tasks NO FORCE ROW LEVEL SECURITY; CREATE VIEW app.v AS SELECT * FROM app.tasks; ALTER VIEW app.v OWNER TO lint_owner; GRANT SELECT ON app.v TO authenticated$$,
    others => '{owner_bypasses_rls}', probe => 'SELECT count(*) FROM app.v');
SELECT lint_case.bad('security_definer_view', 'a member of the owner''s role',
    $$ALTER TABLE app.tasks NO FORCE ROW LEVEL SECURITY; GRANT lint_owner TO lint_viewer; CREATE VIEW app.v AS SELECT * FROM app.tasks;
      ALTER VIEW app.v OWNER TO lint_viewer; GRANT SELECT ON app.v TO authenticated$$,
    others => '{owner_bypasses_rls}', probe => 'SELECT count(*) FROM app.v');
SELECT lint_case.bad('security_definer_view', 'below a view that is reached, the other is not',
    $$CREATE VIEW internal.below AS SELECT * FROM app.tasks; CREATE VIEW app.v AS SELECT * FROM internal.below; GRANT SELECT ON app.v TO authenticated$$, probe => 'SELECT count(*) FROM app.v');
SELECT lint_case.bad('security_definer_view', 'a materialized view that is not reached itself',
    $$CREATE MATERIALIZED VIEW internal.copy AS SELECT * FROM app.tasks; CREATE VIEW app.v AS SELECT * FROM internal.copy; GRANT SELECT ON app.v TO authenticated$$,
    probe => 'SELECT count(*) FROM app.v');
SELECT lint_case.good('security_definer_view', 'an owner to whom the policies apply',
    $$CREATE VIEW app.v AS SELECT * FROM app.tasks; ALTER VIEW app.v OWNER TO lint_viewer; GRANT SELECT ON app.v TO authenticated$$);
SELECT lint_case.good('security_definer_view', 'the table''s owner, who is forced',
    $$CREATE VIEW app.v AS SELECT * FROM app.tasks; ALTER VIEW app.v OWNER TO lint_owner; GRANT SELECT ON app.v TO authenticated$$);
SELECT lint_case.good('security_definer_view', 'a view that clients do not reach', $$CREATE VIEW app.v AS SELECT * FROM app.tasks; GRANT SELECT ON app.v TO service_role$$);
SELECT lint_case.good('security_definer_view', 'a view of tables without Row Level Security', $$CREATE VIEW app.v AS SELECT * FROM internal.log; GRANT SELECT ON app.v TO authenticated$$);

-- rule_bypasses_rls
SELECT lint_case.bad('rule_bypasses_rls', 'ALSO on a table, with a name that is odd',
    $$CREATE RULE "also, too" AS ON UPDATE TO app.colours DO ALSO UPDATE app.tasks SET name = NEW.name; GRANT UPDATE ON app.colours TO authenticated$$);
SELECT lint_case.good('rule_bypasses_rls', 'an action on tables without Row Level Security',
    $$CREATE RULE log AS ON INSERT TO app.tasks DO ALSO INSERT INTO internal.log VALUES (now())$$);

-- materialized_view_in_api
SELECT lint_case.bad('materialized_view_in_api', 'a copy of a protected table',
    $$CREATE MATERIALIZED VIEW app.m AS SELECT * FROM app.tasks; GRANT SELECT ON app.m TO authenticated$$, probe => 'SELECT count(*) FROM app.m', level => 'error');
SELECT lint_case.bad('materialized_view_in_api', 'a copy of another table',
    $$CREATE MATERIALIZED VIEW app.m AS SELECT * FROM internal.log; GRANT SELECT ON app.m TO authenticated$$, probe => 'SELECT count(*) FROM app.m', level => 'warning');
SELECT lint_case.good('materialized_view_in_api', 'one that clients do not reach',
    $$CREATE MATERIALIZED VIEW app.m AS SELECT * FROM app.tasks; GRANT SELECT ON app.m TO service_role; CREATE MATERIALIZED VIEW internal.m AS SELECT * FROM app.tasks; GRANT SELECT ON internal.m TO PUBLIC$$);

-- foreign_table_in_api; a foreign-data wrapper without a handler serves, for nobody reads
CREATE FOREIGN DATA WRAPPER lint_wrapper;
CREATE SERVER lint_server FOREIGN DATA WRAPPER lint_wrapper;
SELECT lint_case.bad('foreign_table_in_api', 'one that authenticated may read', $$CREATE FOREIGN TABLE app.f (id int) SERVER lint_server; GRANT SELECT, INSERT ON app.f TO authenticated$$);
SELECT lint_case.bad('foreign_table_in_api', 'a column', $$CREATE FOREIGN TABLE app.f (id int) SERVER lint_server; GRANT SELECT (id) ON app.f TO PUBLIC$$);
SELECT lint_case.good('foreign_table_in_api', 'one that clients do not reach', $$CREATE FOREIGN TABLE app.f (id int) SERVER lint_server; GRANT SELECT ON app.f TO service_role$$);
SELECT lint_case.good('foreign_table_in_api', 'in a schema without USAGE', $$CREATE FOREIGN TABLE internal.f (id int) SERVER lint_server; GRANT SELECT ON internal.f TO authenticated$$);

-- security_invoker, from PostgreSQL 15 on
SELECT current_setting('server_version_num')::int >= 150000 AS has_security_invoker \gset
\if :has_security_invoker
SELECT lint_case.bad('security_definer_view', 'an owner with BYPASSRLS, security_invoker off, odd names',
    $$CREATE VIEW app."V; drop" WITH (security_invoker = off) AS SELECT count(*) FROM app.tasks; GRANT USAGE ON SCHEMA app TO service_role; GRANT SELECT ON app.tasks TO service_role;
      ALTER VIEW app."V; drop" OWNER TO service_role; GRANT SELECT ON app."V; drop" TO PUBLIC$$, probe => 'SELECT count FROM app."V; drop"');
SELECT lint_case.bad('security_definer_view', 'a view with security_invoker around one without',
    $$CREATE VIEW app.below AS SELECT * FROM app.tasks; CREATE VIEW app.v WITH (security_invoker) AS SELECT * FROM app.below; GRANT SELECT ON app.v, app.below TO authenticated$$,
    probe => 'SELECT count(*) FROM app.v');
SELECT lint_case.good('security_definer_view', 'security_invoker',
    $$CREATE VIEW app.v WITH (security_invoker = on) AS SELECT * FROM app.tasks; GRANT SELECT ON app.v TO authenticated$$);
SELECT lint_case.good('security_definer_view', 'a view with security_invoker inside a view',
    $$CREATE VIEW internal.below WITH (security_invoker) AS SELECT * FROM app.tasks; CREATE VIEW app.v AS SELECT * FROM internal.below; GRANT SELECT ON app.v TO authenticated$$);
SELECT lint_case.good('security_definer_view', 'a view that clients could read only if they reached what is below',
    $$CREATE VIEW internal.below AS SELECT * FROM app.tasks; CREATE VIEW app.v WITH (security_invoker) AS SELECT * FROM internal.below; GRANT SELECT ON app.v TO authenticated$$);
SELECT lint_case.bad('rule_bypasses_rls', 'INSTEAD on a view with security_invoker',
    $$CREATE VIEW app.v WITH (security_invoker) AS SELECT * FROM app.tasks; GRANT SELECT, INSERT ON app.v TO authenticated;
      CREATE RULE forward AS ON INSERT TO app.v DO INSTEAD INSERT INTO app.tasks VALUES (NEW.name, NEW.user_id) RETURNING *$$,
    probe => $$INSERT INTO app.v VALUES ('forged', 'user_blue') RETURNING user_id$$);
SELECT lint_case.good('rule_bypasses_rls', 'an owner to whom the policies apply',
    $$CREATE VIEW app.v WITH (security_invoker) AS SELECT * FROM app.tasks; ALTER VIEW app.v OWNER TO lint_viewer; GRANT SELECT, INSERT ON app.v TO authenticated;
      CREATE RULE forward AS ON INSERT TO app.v DO INSTEAD INSERT INTO app.tasks VALUES (NEW.name, NEW.user_id)$$);
SELECT lint_case.good('rule_bypasses_rls', 'an event that clients cannot cause',
    $$CREATE VIEW app.v WITH (security_invoker) AS SELECT * FROM app.tasks; GRANT SELECT ON app.v TO authenticated;
      CREATE RULE forward AS ON INSERT TO app.v DO INSTEAD INSERT INTO app.tasks VALUES (NEW.name, NEW.user_id)$$);
SELECT lint_case.bad('materialized_view_in_api', 'a copy of a copy of a view',
    $$CREATE VIEW internal.v WITH (security_invoker) AS SELECT * FROM app.tasks; CREATE MATERIALIZED VIEW internal.m AS SELECT * FROM internal.v;
      CREATE MATERIALIZED VIEW app.m AS SELECT count(*) FROM internal.m; GRANT SELECT (count) ON app.m TO anon$$, level => 'error');
SELECT lint_case.good('materialized_view_in_api', 'a view', $$CREATE VIEW app.v WITH (security_invoker) AS SELECT * FROM app.tasks; GRANT SELECT ON app.v TO authenticated$$);
\endif

DROP OWNED BY lint_owner, lint_viewer;
DROP ROLE lint_owner, lint_viewer;
