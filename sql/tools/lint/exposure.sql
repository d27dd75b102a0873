-- What clients can reach: the roles that their requests use, and the privileges of these roles. The rules of lint()
-- use these functions.
--
-- All of them read the catalogs alone, and call no code of users: no default, no policy, no function.

-- One function, so that a quoted name is read the same way everywhere.
CREATE FUNCTION clerk_rls.identifiers_in_list(list text) RETURNS SETOF text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT name FROM (
        SELECT
            CASE WHEN part LIKE '"%'
                THEN replace(substr(part, 2, length(part) - 2), '""', '"')
                ELSE lower(btrim(part, E' \t\n\r'))
            END AS name,
            position
        FROM regexp_matches(list, '("(?:[^"]|"")*"|[^,"]+)', 'g') WITH ORDINALITY AS found (parts, position),
            unnest(parts) AS part
    ) AS names
    WHERE name <> ''
    ORDER BY position
$$;
COMMENT ON FUNCTION clerk_rls.identifiers_in_list(text) IS
'The identifiers of a comma-separated list such as search_path, folded and unquoted as PostgreSQL does; empty ones are '
'left out.';

CREATE FUNCTION clerk_rls.api_roles() RETURNS SETOF regrole
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    -- A role to which no policy applies is not meant for clients, whatever its name.
    SELECT r.oid::regrole FROM pg_roles AS r
    WHERE NOT r.rolsuper AND NOT r.rolbypassrls
        AND CASE WHEN btrim(current_setting('clerk_rls.api_roles', true)) <> ''
            THEN r.rolname IN (SELECT clerk_rls.identifiers_in_list(current_setting('clerk_rls.api_roles')))
            ELSE r.rolname IN ('anon', 'authenticated') OR EXISTS (
                -- A policy for the role depends on the claims.
                SELECT FROM pg_policy AS p
                WHERE r.oid = ANY (p.polroles) AND 'true' IN (
                    clerk_rls.inspect_expression(p.polqual, p.polrelid) -> 'reads_claims',
                    clerk_rls.inspect_expression(p.polwithcheck, p.polrelid) -> 'reads_claims'))
            END
    ORDER BY r.rolname COLLATE "C"
$$;
COMMENT ON FUNCTION clerk_rls.api_roles() IS
'The API roles: the roles that requests of clients use. They are those in the setting clerk_rls.api_roles, or else '
'anon, authenticated and every role that a policy names which depends on the requesting user. Never superusers or '
'roles with BYPASSRLS.';

CREATE FUNCTION clerk_rls.api_role_oids() RETURNS oid[]
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT ARRAY(SELECT clerk_rls.api_roles()::oid)
$$;
COMMENT ON FUNCTION clerk_rls.api_role_oids() IS 'The API roles as an array.';

CREATE FUNCTION clerk_rls.held_privileges(roles oid[], relation oid, privileges text[]) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(format('%s (%s)', r.role::regrole, held.list), ', ' ORDER BY r.role::regrole::text COLLATE "C")
    FROM pg_class AS c, unnest(roles) AS r (role), LATERAL (
        SELECT string_agg(p.privilege, ', ' ORDER BY p.position) AS list
        FROM unnest(privileges) WITH ORDINALITY AS p (privilege, position)
        WHERE CASE WHEN p.privilege IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
            THEN has_any_column_privilege(r.role, c.oid, p.privilege)
            ELSE has_table_privilege(r.role, c.oid, p.privilege) END
    ) AS held
    WHERE c.oid = relation AND has_schema_privilege(r.role, c.relnamespace, 'USAGE') AND held.list IS NOT NULL
$$;
COMMENT ON FUNCTION clerk_rls.held_privileges(oid[], oid, text[]) IS
'Which of these roles have which of these privileges on a relation or on a column of it, and USAGE on its schema: '
'"anon (SELECT), authenticated (SELECT, INSERT)". NULL if none has.';

-- A privilege is revoked from the grantee: PUBLIC, the role itself, or a role from which it inherits.
CREATE FUNCTION clerk_rls.revoke_statements(roles oid[], relation oid, privileges text[]) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH granted AS (
        SELECT c.relowner, a.*
        FROM pg_class AS c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) AS a
        WHERE c.oid = relation
        UNION ALL
        SELECT c.relowner, a.*
        FROM pg_class AS c JOIN pg_attribute AS t ON t.attrelid = c.oid, aclexplode(t.attacl) AS a
        WHERE c.oid = relation
    ), of_grantee AS (
        SELECT relowner, grantor, grantee, bool_or(is_grantable) AS grantable,
            array_agg(DISTINCT privilege_type ORDER BY privilege_type) AS privilege_types
        FROM granted
        WHERE privilege_type = ANY (privileges)
            AND (grantee = 0
                OR EXISTS (SELECT FROM unnest(roles) AS r (role) WHERE pg_has_role(r.role, grantee, 'USAGE')))
        GROUP BY relowner, grantor, grantee
    ), statement AS (
        -- REVOKE on a table also revokes from its columns.
        SELECT grantor = relowner AS by_owner, grantor,
            format('REVOKE %s ON %s FROM %s%s;',
                (SELECT string_agg(p, ', ' ORDER BY array_position(privileges, p)) FROM unnest(privilege_types) AS p),
                relation::regclass,
                clerk_rls.role_names(array_agg(grantee)),
                CASE WHEN bool_or(grantable) THEN ' CASCADE' ELSE '' END) AS text
        FROM of_grantee
        GROUP BY relowner, grantor, privilege_types
        UNION ALL
        -- The privileges of a predefined role are in no access list.
        SELECT true, NULL, format('REVOKE %s FROM %s;', m.roleid::regrole, m.member::regrole)
        FROM (VALUES
                ('pg_read_all_data', ARRAY['SELECT']),
                ('pg_write_all_data', ARRAY['INSERT', 'UPDATE', 'DELETE']),
                ('pg_maintain', ARRAY['MAINTAIN'])
            ) AS predefined (name, covers)
            JOIN pg_roles AS p ON p.rolname = predefined.name
            JOIN (SELECT DISTINCT roleid, member FROM pg_auth_members) AS m ON m.roleid = p.oid
        WHERE predefined.covers && privileges
            AND EXISTS (SELECT FROM unnest(roles) AS r (role) WHERE pg_has_role(r.role, m.member, 'USAGE'))
    )
    -- What a grantee has granted in turn, only that grantee revokes.
    SELECT string_agg(
        CASE WHEN by_owner THEN text ELSE format(E'SET ROLE %s;\n%s\nRESET ROLE;', grantor::regrole, text) END,
        E'\n' ORDER BY by_owner, text COLLATE "C")
    FROM statement
$$;
COMMENT ON FUNCTION clerk_rls.revoke_statements(oid[], oid, text[]) IS
'The statements that revoke these privileges on a relation and its columns from these roles, each from its grantee; '
'NULL if there is nothing to revoke.';

-- Left out are the server's own schemas, that of clerk_rls, and the relations of other extensions, which only those
-- extensions may change.
CREATE FUNCTION clerk_rls.inspected_relations(
    OUT relation oid,
    OUT kind "char",
    OUT object text,
    OUT owner oid,
    OUT has_rls boolean,
    OUT forced boolean,
    OUT is_partition boolean,
    OUT policies bigint,
    OUT reached text
) RETURNS SETOF record
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH api AS MATERIALIZED (SELECT clerk_rls.api_role_oids() AS roles)
    SELECT c.oid, c.relkind,
        CASE c.relkind
            WHEN 'v' THEN 'view '
            WHEN 'm' THEN 'materialized view '
            WHEN 'f' THEN 'foreign table '
            ELSE 'table '
        END || c.oid::regclass,
        c.relowner, c.relrowsecurity, c.relforcerowsecurity, c.relispartition,
        (SELECT count(*) FROM pg_policy AS p WHERE p.polrelid = c.oid),
        clerk_rls.held_privileges(api.roles, c.oid, '{SELECT,INSERT,UPDATE,DELETE}')
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace, api
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'clerk_rls')
        AND NOT EXISTS (
            SELECT FROM pg_depend AS d
            WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e')
$$;
COMMENT ON FUNCTION clerk_rls.inspected_relations() IS
'The relations that lint() inspects. reached: which API roles may SELECT, INSERT, UPDATE or DELETE, as '
'held_privileges() puts it; NULL if none may.';
