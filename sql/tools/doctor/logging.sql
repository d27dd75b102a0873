-- The part of clerk_rls.doctor() about the server's log: a token in the log is as good as a password until it expires.
--
-- A bind parameter gets into the log
--   - with a statement that log_statement or log_min_duration_statement logs, up to log_parameter_max_length bytes;
--   - with a statement that fails, up to log_parameter_max_length_on_error bytes;
--   - through auto_explain, up to a length of its own (since PostgreSQL 16), and within the plan with log_verbose;
--   - through pgaudit;
--   - as a constant of a plan that debug_print_plan prints.
-- log_duration alone logs none. PostgREST passes request.headers, with the bearer token, as a bind parameter.

CREATE FUNCTION clerk_rls.doctor_logging()
    RETURNS TABLE ("check" text, level text, finding text, fix text)
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH role AS (
        -- Role 0 stands for every role. Superusers are left out: their statements are not requests of clients.
        SELECT 0::oid AS oid, format('ALTER DATABASE %I SET', current_database()) AS alter, '' AS of_role,
            '{}'::text[] AS own
        UNION ALL
        SELECT r.oid, format('ALTER ROLE %I IN DATABASE %I SET', r.rolname, current_database()),
            format(' for role %I', r.rolname), array_agg(s.name)
        FROM pg_roles AS r JOIN clerk_rls.stored_settings() AS s ON s.role = r.oid
        WHERE NOT r.rolsuper
        GROUP BY r.oid, r.rolname
    ), number AS (
        -- Values may have a unit.
        SELECT r.oid, n.name,
            substring(clerk_rls.configured_setting(r.oid, n.name) FROM '^-?[0-9]*\.?[0-9]+')::numeric AS value
        FROM role AS r,
            unnest('{log_min_duration_statement,log_min_duration_sample,log_statement_sample_rate,'
                'log_transaction_sample_rate,log_parameter_max_length,log_parameter_max_length_on_error,'
                'auto_explain.log_min_duration,auto_explain.sample_rate,auto_explain.log_parameter_max_length}'::text[]
            ) AS n (name)
    ), configured AS (
        SELECT r.*,
            (SELECT jsonb_object_agg(n.name, n.value) FROM number AS n
                WHERE n.oid = r.oid AND n.value IS NOT NULL) AS n,
            lower(clerk_rls.configured_setting(r.oid, 'log_statement')) AS log_statement,
            lower(clerk_rls.configured_setting(r.oid, 'auto_explain.log_verbose'))
                ~ '^(on|t|true|y|yes|1)$' AS verbosely,
            lower(clerk_rls.configured_setting(r.oid, 'pgaudit.log_parameter')) ~ '^(on|t|true|y|yes|1)$'
                AND coalesce(lower(clerk_rls.configured_setting(r.oid, 'pgaudit.log')), 'none')
                    NOT IN ('', 'none') AS audits_parameters,
            lower(clerk_rls.configured_setting(r.oid, 'debug_print_plan')) ~ '^(on|t|true|y|yes|1)$' AS prints_plans
        FROM role AS r
    ), logged AS (
        SELECT c.*,
            (c.n -> 'auto_explain.log_min_duration')::numeric >= 0
                AND coalesce((c.n -> 'auto_explain.sample_rate')::numeric, 1) > 0 AS explains,
            CASE
                WHEN c.log_statement = 'all' THEN 'log_statement is all'
                WHEN (c.n -> 'log_min_duration_statement')::numeric = 0 THEN 'log_min_duration_statement is 0'
                WHEN (c.n -> 'log_min_duration_sample')::numeric >= 0
                    AND (c.n -> 'log_statement_sample_rate')::numeric > 0 THEN 'log_min_duration_sample is on'
                WHEN (c.n -> 'log_transaction_sample_rate')::numeric > 0 THEN 'log_transaction_sample_rate is on'
            END AS often,
            CASE
                WHEN (c.n -> 'log_min_duration_statement')::numeric > 0
                    THEN 'log_min_duration_statement logs slow statements'
                WHEN c.log_statement = 'mod' THEN 'log_statement is mod, which logs statements that write'
            END AS sometimes
        FROM configured AS c
    ), found (oid, "check", level, finding, setting, value) AS (
        SELECT l.oid, 'log_parameters', CASE WHEN l.often IS NULL THEN 'info' ELSE 'warning' END,
            format('statements are logged with their bind parameters%s, including tokens: %s, and '
                'log_parameter_max_length is not 0', l.of_role, coalesce(l.often, l.sometimes)),
            'log_parameter_max_length', '0'
        FROM logged AS l
        WHERE coalesce(l.often, l.sometimes) IS NOT NULL AND (l.n -> 'log_parameter_max_length')::numeric <> 0

        UNION ALL
        SELECT l.oid, 'log_parameters_on_error', 'warning',
            format('statements that fail are logged with their bind parameters%s, including tokens: '
                'log_parameter_max_length_on_error is not 0', l.of_role),
            'log_parameter_max_length_on_error', '0'
        FROM logged AS l
        WHERE (l.n -> 'log_parameter_max_length_on_error')::numeric <> 0

        UNION ALL
        -- Since PostgreSQL 16, auto_explain logs parameters and has this setting.
        SELECT l.oid, 'auto_explain_parameters', 'warning',
            format('auto_explain logs bind parameters%s, including tokens: auto_explain.log_parameter_max_length is '
                'not 0', l.of_role),
            'auto_explain.log_parameter_max_length', '0'
        FROM logged AS l
        WHERE l.explains AND current_setting('server_version_num')::int >= 160000
            AND coalesce((l.n -> 'auto_explain.log_parameter_max_length')::numeric, -1) <> 0

        UNION ALL
        SELECT l.oid, 'auto_explain_verbose', 'warning',
            format('auto_explain logs the arguments of functions%s, including tokens: auto_explain.log_verbose is on',
                l.of_role),
            'auto_explain.log_verbose', 'off'
        FROM logged AS l
        WHERE l.explains AND l.verbosely

        UNION ALL
        SELECT l.oid, 'pgaudit_parameters', 'warning',
            format('pgaudit logs bind parameters%s, including tokens: pgaudit.log_parameter is on', l.of_role),
            'pgaudit.log_parameter', 'off'
        FROM logged AS l
        WHERE l.audits_parameters

        UNION ALL
        SELECT l.oid, 'debug_print_plan', 'warning',
            format('debug_print_plan is on%s: the plans in the log contain the bytes of bind parameters, including '
                'tokens', l.of_role),
            'debug_print_plan', 'off'
        FROM logged AS l
        WHERE l.prints_plans
    )
    SELECT f."check", f.level, f.finding, format('%s %s = %s;', r.alter, f.setting, f.value)
    FROM found AS f JOIN role AS r USING (oid)
    -- The fix for the database also fixes a role, unless the role has a value of its own.
    WHERE f.oid = 0
        OR NOT EXISTS (SELECT FROM found AS g WHERE g.oid = 0 AND g.setting = f.setting)
        OR f.setting = ANY (r.own)
$$;
COMMENT ON FUNCTION clerk_rls.doctor_logging() IS
'The part of doctor() about settings of the server, the database and its roles that write bind parameters into the '
'log.';
