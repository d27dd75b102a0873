-- Rules about privileges: functions with their owner's rights, roles and grants to which policies do not apply, and
-- publications.

-- A function runs by a call, or through a trigger, policy, view or default. A trigger needs no privilege on its
-- function, and the others need no USAGE on the function's schema.
CREATE FUNCTION clerk_rls.definer_functions(
    OUT oid oid,
    OUT owner oid,
    OUT schema oid,
    OUT schema_name name,
    OUT acl aclitem[],
    OUT result_type oid,
    OUT looks_up_names boolean,
    OUT object text,
    OUT named text,
    OUT path text,
    OUT schemas text,
    OUT has_tables boolean,
    OUT closed boolean,
    OUT callers text
) RETURNS SETOF record
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH api AS MATERIALIZED (
        SELECT clerk_rls.api_role_oids() AS roles
    )
    SELECT p.oid, p.proowner, n.oid, n.nspname, p.proacl, p.prorettype,
        -- Not a C function, nor a body in SQL-standard form.
        l.lanname NOT IN ('c', 'internal') AND p.prosqlbody IS NULL,
        CASE p.prokind WHEN 'p' THEN 'procedure ' ELSE 'function ' END || p.oid::regprocedure,
        CASE p.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || p.oid::regprocedure,
        pinned.path, pinned.schemas, pinned.has_tables, pinned.closed,
        clerk_rls.role_names(ARRAY(
            SELECT r.role FROM unnest(api.roles) AS r (role)
            WHERE CASE WHEN p.prorettype = 'trigger'::regtype
                THEN EXISTS (
                    SELECT FROM pg_trigger AS t
                    WHERE t.tgfoid = p.oid AND clerk_rls.held_privileges(
                        ARRAY[r.role], t.tgrelid, '{INSERT,UPDATE,DELETE}') IS NOT NULL)
                ELSE has_function_privilege(r.role, p.oid, 'EXECUTE') AND (
                    has_schema_privilege(r.role, n.oid, 'USAGE')
                    OR EXISTS (
                        SELECT FROM pg_depend AS d
                        WHERE d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid
                            AND d.classid IN ('pg_policy'::regclass, 'pg_rewrite'::regclass,
                                'pg_attrdef'::regclass, 'pg_constraint'::regclass)))
                END))
    FROM pg_proc AS p
        JOIN pg_namespace AS n ON n.oid = p.pronamespace
        JOIN pg_language AS l ON l.oid = p.prolang
        LEFT JOIN LATERAL (
            SELECT set.path,
                string_agg(quote_ident(s.name), ', ' ORDER BY s.position) FILTER (WHERE s.name <> 'pg_temp') AS schemas,
                bool_or(s.name NOT IN ('pg_temp', 'pg_catalog')) AS has_tables,
                (array_agg(s.name ORDER BY s.position DESC))[1] = 'pg_temp' AS closed
            FROM (
                    SELECT substr(c, length('search_path=') + 1)
                    FROM unnest(p.proconfig) AS c
                    WHERE c LIKE 'search\_path=%'
                ) AS set (path)
                LEFT JOIN LATERAL clerk_rls.identifiers_in_list(set.path) WITH ORDINALITY AS s (name, position) ON true
            GROUP BY set.path
        ) AS pinned ON true,
        api
    WHERE p.prosecdef AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'clerk_rls')
        AND NOT EXISTS (
            SELECT FROM pg_depend AS d
            WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e')
$$;
COMMENT ON FUNCTION clerk_rls.definer_functions() IS
'The SECURITY DEFINER functions that lint() inspects. path: the function''s own search_path; schemas: those in it, '
'without pg_temp; has_tables: whether one of them can hold tables of users; closed: whether pg_temp is the last; '
'callers: the API roles that can have it run.';

CREATE FUNCTION clerk_rls.lint_grants() RETURNS TABLE (rule text, level text, object text, finding text, fix text)
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH api AS MATERIALIZED (
        SELECT clerk_rls.api_role_oids() AS roles
    ), definer AS MATERIALIZED (
        SELECT * FROM clerk_rls.definer_functions()
    ), schema_open AS MATERIALIZED (
        -- Schemas in which clients may create objects, and the statement that ends this.
        SELECT n.oid, n.nspname,
            clerk_rls.role_names(ARRAY(
                SELECT r.role FROM unnest(api.roles) AS r (role)
                WHERE has_schema_privilege(r.role, n.oid, 'CREATE'))) AS creators,
            (SELECT format('REVOKE CREATE ON SCHEMA %I FROM %s;',
                    n.nspname, clerk_rls.role_names(array_agg(a.grantee)))
                FROM aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS a
                WHERE a.privilege_type = 'CREATE' AND (
                    a.grantee = 0
                    OR EXISTS (
                        SELECT FROM unnest(api.roles) AS r (role)
                        WHERE pg_has_role(r.role, a.grantee, 'USAGE')))) AS revoke
        FROM pg_namespace AS n, api
        WHERE n.nspname !~ '^pg_' AND EXISTS (
            SELECT FROM unnest(api.roles) AS r (role) WHERE has_schema_privilege(r.role, n.oid, 'CREATE'))
    )
    -- The caller chooses where the function looks names up, and so which objects it uses with its owner's rights.
    SELECT 'function_search_path_mutable', CASE WHEN f.callers IS NULL THEN 'warning' ELSE 'error' END, f.object,
        format('it runs as %s with the search_path of its caller', f.owner::regrole)
            || coalesce(', and can be run by ' || f.callers, ''),
        concat_ws(E'\n', format('ALTER %s SET search_path = %I, pg_temp;', f.named, f.schema_name),
            (SELECT s.revoke FROM schema_open AS s WHERE s.oid = f.schema))
    FROM definer AS f
    WHERE f.looks_up_names AND f.path IS NULL

    UNION ALL
    -- In a schema where clients may create objects, they can create one that the function finds.
    SELECT 'function_search_path_mutable', CASE WHEN f.callers IS NULL THEN 'warning' ELSE 'error' END, f.object,
        format('its search_path has a schema in which %s may create objects: %s',
            string_agg(DISTINCT s.creators COLLATE "C", ', '),
            string_agg(quote_ident(s.nspname), ', ' ORDER BY s.nspname COLLATE "C")),
        concat_ws(E'\n', string_agg(s.revoke, E'\n' ORDER BY s.nspname COLLATE "C"),
            CASE WHEN NOT f.closed THEN format('ALTER %s SET search_path = %s, pg_temp;', f.named, f.schemas) END)
    FROM definer AS f
        JOIN schema_open AS s ON s.nspname IN (SELECT clerk_rls.identifiers_in_list(f.path))
    WHERE f.looks_up_names
    GROUP BY f.object, f.named, f.callers, f.closed, f.schemas

    UNION ALL
    -- If pg_temp is not listed last, temporary tables are found before all others. With an empty path or pg_catalog
    -- alone, the function has to qualify its tables.
    SELECT 'function_search_path_mutable', 'info', f.object,
        format('pg_temp is not the last schema of its search_path: a temporary table of its caller hides a table in '
            '%s, and it can be run by %s', f.path, f.callers),
        format('ALTER %s SET search_path = %s, pg_temp;', f.named, f.schemas)
    FROM definer AS f, api
    WHERE f.looks_up_names AND f.callers IS NOT NULL AND f.has_tables AND NOT f.closed
        AND EXISTS (
            SELECT FROM unnest(api.roles) AS r (role)
            WHERE has_database_privilege(r.role, current_database(), 'TEMP'))
        AND NOT EXISTS (
            SELECT FROM schema_open AS s WHERE s.nspname IN (SELECT clerk_rls.identifiers_in_list(f.path)))

    UNION ALL
    -- PUBLIC has EXECUTE by default, so that in most cases nobody decided this.
    SELECT 'security_definer_executable_by_anon', 'warning', f.object,
        format('%s can call it, and it runs as %s', visitor.name, f.owner::regrole),
        concat_ws(E'\n',
            format('REVOKE EXECUTE ON %s FROM %s;', f.named,
                (SELECT clerk_rls.role_names(array_agg(a.grantee))
                FROM aclexplode(coalesce(f.acl, acldefault('f', f.owner))) AS a
                WHERE a.grantee = 0 OR visitor.oid IS NOT NULL AND pg_has_role(visitor.oid, a.grantee, 'USAGE'))),
            -- Every other role with USAGE on the schema keeps the privilege.
            (SELECT format('GRANT EXECUTE ON %s TO ', f.named)
                    || string_agg(r.oid::regrole::text, ', ' ORDER BY r.rolname COLLATE "C") || ';'
                FROM pg_roles AS r JOIN pg_namespace AS n ON n.oid = f.schema
                WHERE r.oid IS DISTINCT FROM visitor.oid AND r.oid <> f.owner AND NOT r.rolsuper
                    AND r.rolname !~ '^pg_'
                    AND has_function_privilege(r.oid, f.oid, 'EXECUTE')
                    AND has_schema_privilege(r.oid, n.oid, 'USAGE')
                    AND (r.oid = ANY (api.roles)
                        OR r.oid IN (
                            SELECT a.grantee FROM aclexplode(n.nspacl) AS a WHERE a.privilege_type = 'USAGE'))))
    FROM definer AS f, api, LATERAL (
        SELECT r.oid, quote_ident(r.rolname) FROM pg_roles AS r WHERE r.rolname = 'anon' AND r.oid = ANY (api.roles)
        UNION ALL
        SELECT NULL, 'everybody'
        WHERE NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = 'anon' AND r.oid = ANY (api.roles))
    ) AS visitor (oid, name)
    WHERE f.result_type NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
        -- A policy that applies to visitors needs them to call it.
        AND NOT EXISTS (
            SELECT FROM pg_depend AS d JOIN pg_policy AS p ON p.oid = d.objid
            WHERE d.classid = 'pg_policy'::regclass AND d.refclassid = 'pg_proc'::regclass AND d.refobjid = f.oid
                AND (0 = ANY (p.polroles) OR visitor.oid = ANY (p.polroles)))
        AND CASE WHEN visitor.oid IS NULL
            THEN has_function_privilege('public', f.oid, 'EXECUTE')
                AND has_schema_privilege('public', f.schema, 'USAGE')
            ELSE has_function_privilege(visitor.oid, f.oid, 'EXECUTE')
                AND has_schema_privilege(visitor.oid, f.schema, 'USAGE') END

    UNION ALL
    -- Such a role is meant for SET ROLE, from a role that logs in and has no rights of its own.
    SELECT 'bypassrls_role_can_login', 'warning', format('role %I', r.rolname),
        'it can log in and has BYPASSRLS: no policy applies to anyone who has its password',
        format('ALTER ROLE %I NOLOGIN;', r.rolname)
    FROM pg_roles AS r
    WHERE r.rolbypassrls AND r.rolcanlogin AND NOT r.rolsuper
        AND has_database_privilege(r.oid, current_database(), 'CONNECT')
        -- The administrator of a hosted database is not a superuser, and has to log in.
        AND NOT r.rolcreaterole
        AND r.oid <> (SELECT d.datdba FROM pg_database AS d WHERE d.datname = current_database())

    UNION ALL
    -- No other rule inspects such a role, because no policy applies to it.
    SELECT 'api_role_bypasses_rls', 'error', format('role %I', r.rolname),
        format('requests of clients use this role, and it %s: no policy applies to them',
            CASE WHEN r.rolsuper THEN 'is a superuser' ELSE 'has BYPASSRLS' END),
        format('ALTER ROLE %I NOSUPERUSER NOBYPASSRLS;', r.rolname)
    FROM pg_roles AS r
    WHERE (r.rolsuper OR r.rolbypassrls)
        AND r.rolname IN (
            SELECT clerk_rls.identifiers_in_list(
                coalesce(nullif(btrim(current_setting('clerk_rls.api_roles', true)), ''), 'anon, authenticated')))

    UNION ALL
    -- Policies are about rows. TRUNCATE empties the table for all; a foreign key made with REFERENCES reveals which
    -- values exist; a trigger runs with the rights of the user who writes; MAINTAIN can lock others out.
    SELECT 'privilege_beyond_rls', CASE WHEN clerk_rls.held_privileges(api.roles, t.relation, '{TRUNCATE}') IS NULL
            THEN 'warning' ELSE 'error' END, t.object,
        format('row-level security does not limit these privileges: %s',
            clerk_rls.held_privileges(api.roles, t.relation, beyond.privileges)),
        clerk_rls.revoke_statements(api.roles, t.relation, beyond.privileges)
    FROM clerk_rls.inspected_relations() AS t, api,
        LATERAL (
            SELECT '{TRUNCATE,REFERENCES,TRIGGER}'::text[]
                || CASE WHEN current_setting('server_version_num')::int >= 170000 THEN '{MAINTAIN}'::text[] END
        ) AS beyond (privileges)
    WHERE t.kind IN ('r', 'p') AND clerk_rls.held_privileges(api.roles, t.relation, beyond.privileges) IS NOT NULL

    UNION ALL
    -- A subscriber receives every row of a published table.
    SELECT 'publication_carries_secrets', 'error', format('publication %I', p.publication),
        format('it sends %s to its subscribers: anyone who reads a secret can sign tokens or webhooks that this '
            'database accepts', p.tables), p.fix
    FROM clerk_rls.published_secrets() AS p
$$;
COMMENT ON FUNCTION clerk_rls.lint_grants() IS
'The findings of lint() about privileges: SECURITY DEFINER functions, roles with BYPASSRLS, privileges that policies '
'do not limit, and publications of secrets.';
