-- The arguments of protect(): what they mean, and which are refused.

CREATE FUNCTION clerk_rls.role_of_grantee(role name) RETURNS oid
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN role = 'public' THEN 0::oid ELSE (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = role) END
$$;
COMMENT ON FUNCTION clerk_rls.role_of_grantee(name) IS
'The OID of a role, 0 for public; NULL if the role does not exist.';

CREATE FUNCTION clerk_rls.protection_reader(owner text, type regtype) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE owner
        WHEN 'user' THEN clerk_rls.qualified_reader(
            CASE type WHEN 'uuid'::regtype THEN 'requesting_user_uuid()' ELSE 'requesting_user_id()' END)
        WHEN 'org' THEN clerk_rls.qualified_reader('requesting_org_id()')
        WHEN 'user_or_org' THEN format('COALESCE(%s, %s)',
            clerk_rls.qualified_reader('requesting_org_id()'), clerk_rls.qualified_reader('requesting_user_id()'))
    END
$$;
COMMENT ON FUNCTION clerk_rls.protection_reader(text, regtype) IS
'The SQL with which an owner column of this type is compared. owner: user, org or user_or_org, as for protect(); '
'NULL for anything else.';

CREATE FUNCTION clerk_rls.protection_default(owner text, type regtype) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT clerk_rls.protection_reader(CASE owner WHEN 'member_orgs' THEN 'org' ELSE owner END, type)
$$;
COMMENT ON FUNCTION clerk_rls.protection_default(text, regtype) IS
'The default of an owner column of this type: of several organizations the active one.';

CREATE FUNCTION clerk_rls.protection_comparison(
    owner text, type regtype, compared text, permission text DEFAULT NULL
) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE owner
        WHEN 'member_orgs' THEN format('(%s = ANY (%s(%s)))', compared,
            clerk_rls.qualified_reader('requesting_org_ids'),
            CASE WHEN permission IS NOT NULL THEN format('permission => %L::text', permission) END)
        ELSE format('(%s = %s)', compared, clerk_rls.protection_reader(owner, type)) END
$$;
COMMENT ON FUNCTION clerk_rls.protection_comparison(text, regtype, text, text) IS
'The condition on an owner column of this type. permission: in organizations in which the user has it, with '
'member_orgs only.';

CREATE FUNCTION clerk_rls.protection_column_name(owner text, column_name name) RETURNS name
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(column_name, CASE
        WHEN owner = 'user' THEN 'user_id' WHEN owner IN ('org', 'member_orgs') THEN 'org_id' ELSE 'owner_id' END)
$$;
COMMENT ON FUNCTION clerk_rls.protection_column_name(text, name) IS
'The owner column of protect(): column_name, or its default for this owner.';

CREATE FUNCTION clerk_rls.protected_commands(commands text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT ARRAY(
        SELECT known.command
        FROM unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) WITH ORDINALITY AS known (command, position)
        WHERE known.command IN (SELECT upper(c.name COLLATE "C") FROM unnest(commands) AS c (name))
        ORDER BY known.position)
$$;
COMMENT ON FUNCTION clerk_rls.protected_commands(text[]) IS
'These commands in capitals, each once, in the order SELECT, INSERT, UPDATE, DELETE; unknown ones are left out.';

CREATE FUNCTION clerk_rls.check_protection(
    target regclass, owner text, column_name name, role name, commands text[], write_permission text, force boolean
) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    argument record;
    relation pg_class;
BEGIN
    FOR argument IN
        SELECT * FROM (VALUES
            ('target', target IS NULL),
            ('owner', owner IS NULL),
            ('role', role IS NULL),
            ('commands', commands IS NULL),
            ('force', force IS NULL)
        ) AS a (name, is_null)
    LOOP
        IF argument.is_null THEN
            RAISE invalid_parameter_value USING MESSAGE = format('%s is NULL', argument.name),
                HINT = 'Omit the argument to use its default, if it has one.';
        END IF;
    END LOOP;

    SELECT * INTO relation FROM pg_class AS c WHERE c.oid = target;
    IF NOT FOUND THEN
        RAISE undefined_table USING MESSAGE = format('table with OID %s does not exist', target::oid);
    ELSIF relation.relkind NOT IN ('r', 'p') THEN
        RAISE wrong_object_type USING MESSAGE = format('"%s" is not a table', relation.relname),
            HINT = CASE relation.relkind
                WHEN 'v' THEN 'Protect the tables that the view reads, and make the view use the rights of its caller: '
                    'ALTER VIEW ... SET (security_invoker), since PostgreSQL 15.'
                WHEN 'm' THEN 'A materialized view cannot have Row Level Security: revoke it from the API roles.'
                WHEN 'f' THEN 'A foreign table cannot have Row Level Security: revoke it from the API roles.'
                ELSE 'Only tables can have Row Level Security.' END;
    END IF;

    IF cardinality(commands) = 0 THEN
        RAISE invalid_parameter_value USING MESSAGE = 'commands is empty',
            HINT = 'To remove what protect() made, call clerk_rls.unprotect().';
    END IF;
    FOR argument IN SELECT c.name FROM unnest(commands) AS c (name) LOOP
        IF cardinality(clerk_rls.protected_commands(ARRAY[argument.name])) = 0 THEN
            RAISE invalid_parameter_value USING
                MESSAGE = coalesce('command "' || argument.name || '" is not known', 'a command is NULL'),
                HINT = 'Use select, insert, update and delete.';
        END IF;
    END LOOP;

    IF clerk_rls.role_of_grantee(role) IS NULL THEN
        RAISE undefined_object USING MESSAGE = format('role "%s" does not exist', role),
            HINT = 'Create the role, or name another with role => ''...''; ''public'' means every role.';
    END IF;

    -- A backslash can be quoted in two ways, and no permission contains one (RFC 6749 section 3.3).
    IF write_permission = '' OR position('\' IN write_permission) > 0 THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('write_permission "%s" is not a permission', write_permission),
            HINT = 'Write it as in the token, for example org:tasks:manage.';
    END IF;
    IF owner NOT IN ('user', 'org', 'user_or_org', 'member_orgs') THEN
        RAISE invalid_parameter_value USING MESSAGE = format('owner "%s" is not known', owner),
            HINT = 'Use user, org, user_or_org or member_orgs.';
    ELSIF column_name = '' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'column_name is empty',
            HINT = 'Omit it to use user_id, org_id or owner_id.';
    END IF;
END
$$;
COMMENT ON FUNCTION clerk_rls.check_protection(regclass, text, name, name, text[], text, boolean) IS
'Raises the error with which protect() refuses these arguments, if it refuses them. The owner column is checked by '
'protection_column().';
