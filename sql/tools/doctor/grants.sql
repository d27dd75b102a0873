-- The part of clerk_rls.doctor() about privileges on the extension, and about those on future tables.

CREATE FUNCTION clerk_rls.doctor_grants()
    RETURNS TABLE ("check" text, level text, finding text, fix text)
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH key_table AS (
        SELECT c.oid, c.relname, c.relowner, c.relacl FROM pg_class AS c
        WHERE c.oid IN ('clerk_rls.issuers'::regclass, 'clerk_rls.issuer_secrets'::regclass,
            'clerk_rls.webhook_secrets'::regclass)
    ), granted AS (
        SELECT t.oid, t.relname, a.grantee, a.privilege_type, NULL::name AS column_name
        FROM key_table AS t, aclexplode(t.relacl) AS a
        WHERE a.grantee <> t.relowner
        UNION ALL
        SELECT t.oid, t.relname, a.grantee, a.privilege_type, col.attname
        FROM key_table AS t JOIN pg_attribute AS col ON col.attrelid = t.oid AND NOT col.attisdropped,
            aclexplode(col.attacl) AS a
        WHERE a.grantee <> t.relowner
    ), api (role, name) AS (
        -- The roles of clients. PUBLIC includes every role.
        SELECT role, clerk_rls.role_name(role) FROM unnest(0::oid || clerk_rls.api_role_oids()) AS role
    )
    -- Column privileges are revoked together with those of the table.
    SELECT 'issuers_granted',
        CASE WHEN g.relname = 'issuers' AND bool_and(g.privilege_type = 'SELECT') THEN 'info' ELSE 'error' END,
        format('%s has %s on clerk_rls.%I%s',
            clerk_rls.role_name(g.grantee),
            string_agg(DISTINCT g.privilege_type, ', '),
            g.relname,
            CASE WHEN g.relname = 'issuers' AND bool_and(g.privilege_type = 'SELECT')
                THEN '' WHEN g.relname = 'webhook_secrets' THEN ', and can sign webhooks'
                ELSE ', and can sign in as any user' END),
        format('REVOKE ALL ON clerk_rls.%I FROM %s;', g.relname, clerk_rls.role_name(g.grantee))
    FROM granted AS g
    GROUP BY g.relname, g.grantee

    UNION ALL
    -- DISTINCT: since PostgreSQL 16, each grantor has a row.
    SELECT DISTINCT 'issuers_granted', 'error',
        format('role %s is a member of %s, and can sign %s: it may %s any table, including clerk_rls.%s',
            m.member::regrole, p.rolname,
            CASE WHEN p.rolname = 'pg_read_all_data' AND s.name = 'webhook_secrets'
                THEN 'webhooks' ELSE 'in as any user' END,
            CASE p.rolname WHEN 'pg_read_all_data' THEN 'read' ELSE 'write' END,
            CASE p.rolname WHEN 'pg_read_all_data' THEN s.name ELSE 'issuers' END),
        format('REVOKE %I FROM %s;', p.rolname, m.member::regrole)
    FROM pg_auth_members AS m JOIN pg_roles AS p ON p.oid = m.roleid JOIN pg_roles AS r ON r.oid = m.member, (
            SELECT CASE WHEN EXISTS (SELECT FROM clerk_rls.issuer_secrets) THEN 'issuer_secrets'
                WHEN EXISTS (SELECT FROM clerk_rls.webhook_secrets) THEN 'webhook_secrets' END
        ) AS s (name)
    WHERE NOT r.rolsuper AND (p.rolname = 'pg_write_all_data' OR p.rolname = 'pg_read_all_data' AND s.name IS NOT NULL)

    UNION ALL
    -- pg_init_privs has what the installation granted.
    SELECT 'function_granted', 'warning',
        format('%s may call %s, which is for operators', api.name, p.oid::regprocedure),
        format('REVOKE EXECUTE ON FUNCTION %s FROM %s;', p.oid::regprocedure, api.name)
    FROM pg_proc AS p
        JOIN pg_depend AS d
            ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
            AND d.refclassid = 'pg_extension'::regclass
        JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname IN ('clerk_rls', 'clerk_rls_tools'),
        aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
        JOIN api ON api.role = a.grantee
    -- expose_webhook() grants the one that verifies what it is given.
    WHERE p.oid <> 'clerk_rls.receive_webhook(json)'::regprocedure AND NOT EXISTS (
        SELECT FROM pg_init_privs AS i, aclexplode(i.initprivs) AS b
        WHERE i.classoid = 'pg_proc'::regclass AND i.objoid = p.oid AND b.grantee IN (0, a.grantee))

    UNION ALL
    SELECT 'trigger_disabled', 'error',
        format('trigger %s of clerk_rls.%s is %s: %s', t.name, t.relation,
            CASE WHEN g.tgenabled IS NULL THEN 'missing' ELSE 'not ENABLE ALWAYS' END, t.consequence),
        CASE WHEN g.tgenabled IS NULL
            THEN format('-- Create the trigger again, as the script of the extension does, then execute: '
                'ALTER TABLE clerk_rls.%s ENABLE ALWAYS TRIGGER %s;', t.relation, t.name)
            ELSE format('ALTER TABLE clerk_rls.%s ENABLE ALWAYS TRIGGER %s;', t.relation, t.name) END
    FROM (VALUES
            ('issuers', 'check_issuer', 'an issuer that cannot be used is accepted'),
            ('issuer_secrets', 'check_secret', 'a secret that is too weak is accepted'),
            ('issuers', 'issuers_changed', 'other sessions still accept what was removed'),
            ('issuers', 'issuers_truncated', 'other sessions still accept what was removed'),
            ('issuer_secrets', 'issuers_changed', 'other sessions still accept what was removed'),
            ('issuer_secrets', 'issuers_truncated', 'other sessions still accept what was removed'),
            ('revocations', 'revocations_changed', 'other sessions still accept what was revoked'),
            ('revocations', 'revocations_truncated', 'other sessions still accept what was revoked')
        ) AS t (relation, name, consequence)
        LEFT JOIN (
            pg_trigger AS g JOIN pg_class AS c ON c.oid = g.tgrelid AND c.relnamespace = 'clerk_rls'::regnamespace
        ) ON c.relname = t.relation AND g.tgname = t.name AND NOT g.tgisinternal
    WHERE g.tgenabled IS DISTINCT FROM 'A'

    UNION ALL
    -- Before PostgreSQL 15, PUBLIC may create objects in the schema public.
    SELECT 'schema_create', 'error',
        format('%s may create objects in schema %I, where %s are: a policy that is created later could call a function '
            'that is not yours', clerk_rls.role_name(a.grantee), n.nspname,
            CASE n.nspname WHEN 'clerk_rls' THEN 'the functions of operators' ELSE 'the readers' END),
        format('REVOKE CREATE ON SCHEMA %I FROM %s;', n.nspname, clerk_rls.role_name(a.grantee))
    FROM pg_namespace AS n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS a
    WHERE (n.nspname = 'clerk_rls'
            OR n.oid = (SELECT e.extnamespace FROM pg_extension AS e WHERE e.extname = 'clerk_rls'))
        AND a.privilege_type = 'CREATE' AND a.grantee <> n.nspowner
        AND (n.nspname = 'clerk_rls' OR a.grantee IN (SELECT api.role FROM api))

    UNION ALL
    -- Not for functions: PUBLIC may execute them by PostgreSQL's own default, which an entry here does not change.
    SELECT 'default_privileges', 'warning',
        format('new %s of %s%s are granted to %s (%s)%s',
            k.plural,
            d.defaclrole::regrole,
            CASE WHEN n.oid IS NULL THEN '' ELSE format(' in schema %I', n.nspname) END,
            api.name,
            string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type COLLATE "C"),
            CASE d.defaclobjtype
                WHEN 'r' THEN ': each is open until Row Level Security is enabled on it'
                ELSE ': anybody can create objects in them' END),
        format('ALTER DEFAULT PRIVILEGES FOR ROLE %s%s REVOKE %s ON %s FROM %s;',
            d.defaclrole::regrole,
            CASE WHEN n.oid IS NULL THEN '' ELSE format(' IN SCHEMA %I', n.nspname) END,
            CASE d.defaclobjtype WHEN 'r' THEN 'ALL' ELSE 'CREATE' END,
            upper(k.plural),
            api.name)
    FROM pg_default_acl AS d
        LEFT JOIN pg_namespace AS n ON n.oid = d.defaclnamespace
        JOIN (VALUES ('r', 'tables'), ('n', 'schemas')) AS k (kind, plural) ON k.kind = d.defaclobjtype::text,
        aclexplode(d.defaclacl) AS a
        JOIN api ON api.role = a.grantee
    WHERE d.defaclobjtype = 'r' OR a.privilege_type = 'CREATE'
    GROUP BY d.oid, d.defaclobjtype, d.defaclrole, n.oid, n.nspname, n.nspacl, n.nspowner, k.plural, api.role, api.name
    HAVING n.oid IS NULL OR EXISTS (
        -- The tables of a schema without USAGE cannot be reached.
        SELECT FROM aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS u
        WHERE u.privilege_type = 'USAGE'
            AND (u.grantee = 0 OR api.role = 0 OR pg_has_role(api.role, u.grantee, 'USAGE')))
$$;
COMMENT ON FUNCTION clerk_rls.doctor_grants() IS
'The part of doctor() about privileges on the extension''s tables, functions, triggers and schemas, and about default '
'privileges.';
