-- How roles, commands and levels appear in statements and findings.

CREATE FUNCTION clerk_rls.role_name(role oid) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE role WHEN 0 THEN 'PUBLIC' ELSE role::regrole::text END
$$;
COMMENT ON FUNCTION clerk_rls.role_name(oid) IS
'A role as GRANT and CREATE POLICY name it: quoted where necessary, PUBLIC for 0.';

CREATE FUNCTION clerk_rls.role_names(roles oid[]) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(r.name, ', ' ORDER BY r.role <> 0, r.name COLLATE "C")
    FROM (SELECT DISTINCT role, clerk_rls.role_name(role) AS name FROM unnest(roles) AS role) AS r
$$;
COMMENT ON FUNCTION clerk_rls.role_names(oid[]) IS
'Roles as GRANT and CREATE POLICY list them, each once, PUBLIC first, then by name; NULL for an empty array.';

CREATE FUNCTION clerk_rls.command_of_policy(code "char") RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE code
        WHEN 'r' THEN 'SELECT'
        WHEN 'a' THEN 'INSERT'
        WHEN 'w' THEN 'UPDATE'
        WHEN 'd' THEN 'DELETE'
        WHEN '*' THEN 'ALL'
    END
$$;
COMMENT ON FUNCTION clerk_rls.command_of_policy("char") IS
'The command of a policy, from pg_policy.polcmd: SELECT, INSERT, UPDATE, DELETE or ALL.';

CREATE FUNCTION clerk_rls.policy_applies(roles oid[], role oid) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (SELECT FROM unnest(roles) AS r (oid) WHERE r.oid = 0 OR pg_has_role(role, r.oid, 'USAGE'))
$$;
COMMENT ON FUNCTION clerk_rls.policy_applies(oid[], oid) IS
'Whether a policy for these roles (pg_policy.polroles) applies to a role: it names the role, a role from which this '
'one inherits, or PUBLIC.';

CREATE FUNCTION clerk_rls.order_of_level(level text) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT array_position('{error,warning,info}', level)
$$;
COMMENT ON FUNCTION clerk_rls.order_of_level(text) IS
'The position of a level in the results of lint() and doctor(): 1 for error, 2 for warning, 3 for info.';
