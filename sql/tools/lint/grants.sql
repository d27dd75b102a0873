-- Rules about privileges: functions that run with their owner's, roles and grants that policies do not bind, and
-- what leaves the database.

CREATE FUNCTION clerk_rls.lint_grants() RETURNS TABLE (rule text, level text, object text, finding text, fix text)
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH api AS MATERIALIZED (
        SELECT ARRAY(SELECT clerk_rls.api_roles()::oid) AS roles
    ), definer AS MATERIALIZED (
        -- SECURITY DEFINER functions, with who can have them run: by a call, or by what calls them in its turn. Of
        -- a trigger no privilege on the function is asked, of a policy, view or default no USAGE on its schema.
        SELECT p.oid, p.proname, p.proowner, p.pronamespace, n.nspname, p.proacl, p.prorettype, l.lanname, p.prosqlbody IS NOT NULL AS parsed,
            CASE p.prokind WHEN 'p' THEN 'procedure ' ELSE 'function ' END || p.oid::regprocedure AS object,
            CASE p.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || p.oid::regprocedure AS named,
            pinned.path, pinned.schemas, pinned.has_tables, pinned.closed,
            (SELECT string_agg(r.role::regrole::text, ', ' ORDER BY r.role::regrole::text COLLATE "C") FROM unnest(api.roles) AS r (role)
                WHERE CASE WHEN p.prorettype = 'trigger'::regtype THEN EXISTS (SELECT FROM pg_trigger AS t
                    WHERE t.tgfoid = p.oid AND clerk_rls.lint_held(ARRAY[r.role], t.tgrelid, '{INSERT,UPDATE,DELETE}') IS NOT NULL)
                ELSE has_function_privilege(r.role, p.oid, 'EXECUTE') AND (has_schema_privilege(r.role, n.oid, 'USAGE')
                    OR EXISTS (SELECT FROM pg_depend AS d WHERE d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid
                        AND d.classid IN ('pg_policy'::regclass, 'pg_rewrite'::regclass, 'pg_attrdef'::regclass, 'pg_constraint'::regclass)))
                END) AS callers
        FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace JOIN pg_language AS l ON l.oid = p.prolang
            -- Its search_path: the schemas but pg_temp, whether there are any with tables of the user's, and pg_temp last.
            LEFT JOIN LATERAL (
                SELECT set.path, string_agg(quote_ident(s.name), ', ' ORDER BY s.position) FILTER (WHERE s.name <> 'pg_temp') AS schemas,
                    bool_or(s.name NOT IN ('pg_temp', 'pg_catalog')) AS has_tables, (array_agg(s.name ORDER BY s.position DESC))[1] = 'pg_temp' AS closed
                FROM (SELECT substr(c, length('search_path=') + 1) FROM unnest(p.proconfig) AS c WHERE c LIKE 'search\_path=%') AS set (path)
                    LEFT JOIN LATERAL clerk_rls.lint_names(set.path) WITH ORDINALITY AS s (name, position) ON true
                GROUP BY set.path
            ) AS pinned ON true, api
        WHERE p.prosecdef AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'clerk_rls')
            AND NOT EXISTS (SELECT FROM pg_depend AS d
                WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e')
    ), schema_open AS MATERIALIZED (
        -- Schemas in which clients may put objects, and the statements that end it.
        SELECT n.oid, n.nspname,
            (SELECT string_agg(r.role::regrole::text, ', ' ORDER BY r.role::regrole::text COLLATE "C") FROM unnest(api.roles) AS r (role)
                WHERE has_schema_privilege(r.role, n.oid, 'CREATE')) AS creators,
            (SELECT format('REVOKE CREATE ON SCHEMA %I FROM %s;', n.nspname, string_agg(DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END COLLATE "C", ', '))
                FROM aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS a
                WHERE a.privilege_type = 'CREATE'
                    AND (a.grantee = 0 OR EXISTS (SELECT FROM unnest(api.roles) AS r (role) WHERE pg_has_role(r.role, a.grantee, 'USAGE')))) AS revoke
        FROM pg_namespace AS n, api
        WHERE n.nspname !~ '^pg_' AND EXISTS (SELECT FROM unnest(api.roles) AS r (role) WHERE has_schema_privilege(r.role, n.oid, 'CREATE'))
    )
    -- Whoever calls it chooses where its names are looked up, and so which objects it uses with its owner's rights.
    -- A body in SQL-standard form and a C function look no names up.
    SELECT 'function_search_path_mutable', CASE WHEN f.callers IS NULL THEN 'warning' ELSE 'error' END, f.object,
        format('it runs as %s with the search_path of its caller', f.proowner::regrole) || coalesce(', and is run by ' || f.callers, ''),
        concat_ws(E'\n', format('ALTER %s SET search_path = %I, pg_temp;', f.named, f.nspname),
            (SELECT s.revoke FROM schema_open AS s WHERE s.oid = f.pronamespace))
    FROM definer AS f
    WHERE f.lanname NOT IN ('c', 'internal') AND NOT f.parsed AND f.path IS NULL

    UNION ALL
    -- A path is no better than its schemas: in one where clients may create, they can put what the function finds.
    SELECT 'function_search_path_mutable', CASE WHEN f.callers IS NULL THEN 'warning' ELSE 'error' END, f.object,
        format('its search_path has a schema in which %s may create objects: %s', string_agg(DISTINCT s.creators COLLATE "C", ', '), string_agg(quote_ident(s.nspname), ', ' ORDER BY s.nspname COLLATE "C")),
        concat_ws(E'\n', string_agg(s.revoke, E'\n' ORDER BY s.nspname COLLATE "C"),
            CASE WHEN NOT f.closed THEN format('ALTER %s SET search_path = %s, pg_temp;', f.named, f.schemas) END)
    FROM definer AS f JOIN schema_open AS s ON s.nspname IN (SELECT clerk_rls.lint_names(f.path))
    WHERE f.lanname NOT IN ('c', 'internal') AND NOT f.parsed
    GROUP BY f.object, f.named, f.callers, f.closed, f.schemas

    UNION ALL
    -- Where it is not named last, pg_temp is searched for tables before all others. With a path that is empty, or
    -- pg_catalog alone, the names of tables are written out.
    SELECT 'function_search_path_mutable', 'info', f.object,
        format('pg_temp is not the last schema of its search_path: a temporary table of its caller hides a table of %s, and it is run by %s', f.path, f.callers),
        format('ALTER %s SET search_path = %s, pg_temp;', f.named, f.schemas)
    FROM definer AS f, api
    WHERE f.lanname NOT IN ('c', 'internal') AND NOT f.parsed AND f.callers IS NOT NULL AND f.has_tables AND NOT f.closed
        AND EXISTS (SELECT FROM unnest(api.roles) AS r (role) WHERE has_database_privilege(r.role, current_database(), 'TEMP'))
        AND NOT EXISTS (SELECT FROM schema_open AS s WHERE s.nspname IN (SELECT clerk_rls.lint_names(f.path)))

    UNION ALL
    -- EXECUTE is PUBLIC's from the beginning, so most of these nobody has decided.
    SELECT 'security_definer_executable_by_anon', 'warning', f.object,
        format('%s can call it, and it runs as %s', visitor.name, f.proowner::regrole),
        concat_ws(E'\n',
            format('REVOKE EXECUTE ON %s FROM %s;', f.named,
                (SELECT string_agg(grantee, ', ' ORDER BY grantee <> 'PUBLIC', grantee COLLATE "C") FROM (
                    SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END
                    FROM aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) AS a
                    WHERE a.grantee = 0 OR visitor.oid IS NOT NULL AND pg_has_role(visitor.oid, a.grantee, 'USAGE')
                ) AS a (grantee))),
            -- Everybody else who is let into the schema keeps it.
            (SELECT format('GRANT EXECUTE ON %s TO ', f.named) || string_agg(r.oid::regrole::text, ', ' ORDER BY r.rolname COLLATE "C") || ';'
                FROM pg_roles AS r JOIN pg_namespace AS n ON n.oid = f.pronamespace
                WHERE r.oid IS DISTINCT FROM visitor.oid AND r.oid <> f.proowner AND NOT r.rolsuper AND r.rolname !~ '^pg_'
                    AND has_function_privilege(r.oid, f.oid, 'EXECUTE') AND has_schema_privilege(r.oid, n.oid, 'USAGE')
                    AND (r.oid = ANY (api.roles) OR r.oid IN (SELECT a.grantee FROM aclexplode(n.nspacl) AS a WHERE a.privilege_type = 'USAGE'))))
    FROM definer AS f, api, LATERAL (
        SELECT r.oid, quote_ident(r.rolname) FROM pg_roles AS r WHERE r.rolname = 'anon' AND r.oid = ANY (api.roles)
        UNION ALL
        SELECT NULL, 'everybody' WHERE NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = 'anon' AND r.oid = ANY (api.roles))
    ) AS visitor (oid, name)
    WHERE f.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
        -- A policy that applies to visitors calls it as them.
        AND NOT EXISTS (SELECT FROM pg_depend AS d JOIN pg_policy AS p ON p.oid = d.objid
            WHERE d.classid = 'pg_policy'::regclass AND d.refclassid = 'pg_proc'::regclass AND d.refobjid = f.oid AND (0 = ANY (p.polroles) OR visitor.oid = ANY (p.polroles)))
        AND CASE WHEN visitor.oid IS NULL THEN has_function_privilege('public', f.oid, 'EXECUTE') AND has_schema_privilege('public', f.pronamespace, 'USAGE')
            ELSE has_function_privilege(visitor.oid, f.oid, 'EXECUTE') AND has_schema_privilege(visitor.oid, f.pronamespace, 'USAGE') END

    UNION ALL
    -- Such a role is for SET ROLE, from one that logs in and can do nothing by itself.
    SELECT 'bypassrls_role_can_login', 'warning', format('role %I', r.rolname),
        'it can log in and has BYPASSRLS: no policy applies to whoever has its password',
        format('ALTER ROLE %I NOLOGIN;', r.rolname)
    FROM pg_roles AS r
    WHERE r.rolbypassrls AND r.rolcanlogin AND NOT r.rolsuper AND has_database_privilege(r.oid, current_database(), 'CONNECT')
        -- A hosted database's administrator is no superuser, and has to log in.
        AND NOT r.rolcreaterole AND r.oid <> (SELECT d.datdba FROM pg_database AS d WHERE d.datname = current_database())

    UNION ALL
    -- All other rules pass over such a role, for no policy matters to it.
    SELECT 'api_role_bypasses_rls', 'error', format('role %I', r.rolname),
        format('clients come as this role, and it %s: no policy applies to them', CASE WHEN r.rolsuper THEN 'is a superuser' ELSE 'has BYPASSRLS' END),
        format('ALTER ROLE %I NOSUPERUSER NOBYPASSRLS;', r.rolname)
    FROM pg_roles AS r
    WHERE (r.rolsuper OR r.rolbypassrls) AND r.rolname IN (SELECT clerk_rls.lint_names(
        coalesce(nullif(btrim(current_setting('clerk_rls.api_roles', true)), ''), 'anon, authenticated')))

    UNION ALL
    -- Policies are about rows. TRUNCATE empties the table for all; a foreign key made with REFERENCES tells which
    -- values exist; a trigger runs as whoever writes; MAINTAIN locks others out.
    SELECT 'privilege_beyond_rls', CASE WHEN clerk_rls.lint_held(api.roles, t.relation, '{TRUNCATE}') IS NULL THEN 'warning' ELSE 'error' END, t.object,
        format('row-level security does not cover what is granted to %s', clerk_rls.lint_held(api.roles, t.relation, beyond.privileges)),
        clerk_rls.lint_revoke(api.roles, t.relation, beyond.privileges)
    FROM clerk_rls.lint_relations() AS t, api, LATERAL (
        SELECT '{TRUNCATE,REFERENCES,TRIGGER}'::text[] || CASE WHEN current_setting('server_version_num')::int >= 170000 THEN '{MAINTAIN}'::text[] END
    ) AS beyond (privileges)
    WHERE t.kind IN ('r', 'p') AND clerk_rls.lint_held(api.roles, t.relation, beyond.privileges) IS NOT NULL

    UNION ALL
    -- A subscriber gets every row of a published table. Whoever reads an issuer's secret can sign anybody in.
    SELECT 'publication_carries_secrets', 'error', format('publication %I', p.publication),
        'it hands clerk_rls.issuer_secrets to its subscribers, and who reads a secret can sign anybody in', p.fix
    FROM clerk_rls.published_secrets() AS p
$$;
COMMENT ON FUNCTION clerk_rls.lint_grants() IS
'What lint() finds about privileges: SECURITY DEFINER functions, roles with BYPASSRLS, privileges that policies do not limit, publications of secrets.';
