-- clerk_rls.protect() and clerk_rls.unprotect(): protect a table in one call, and undo it in another.
--
-- Both run with the caller's rights, so PUBLIC may call them. A call is one statement: if part of it fails, all of it
-- is rolled back. statements.sql plans what the calls run.

CREATE FUNCTION clerk_rls.other_permissive_policies(target regclass, role oid, commands text[]) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(format('%I on %s', p.polname, p.polrelid::regclass), ', '
        ORDER BY p.polrelid <> target, p.polrelid::regclass::text COLLATE "C", p.polname COLLATE "C")
    FROM pg_policy AS p
    WHERE p.polrelid IN (SELECT clerk_rls.protected_tables(target)) AND p.polpermissive
        AND NOT clerk_rls.made_by_protect(p.oid)
        AND (p.polcmd = '*' OR clerk_rls.command_of_policy(p.polcmd) = ANY (clerk_rls.protected_commands(commands)))
        AND (role = 0 OR clerk_rls.policy_applies(p.polroles, role))
$$;
COMMENT ON FUNCTION clerk_rls.other_permissive_policies(regclass, oid, text[]) IS
'The permissive policies of a table for these commands of a role (0: PUBLIC) that protect() did not make; NULL if '
'there are none.';

CREATE FUNCTION clerk_rls.warn_about_protection(
    target regclass, owner text, column_name name, role name, commands text[], force boolean
) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    relation pg_class;
    role_id CONSTANT oid := clerk_rls.role_of_grantee(role);
    role_name CONSTANT text := clerk_rls.role_name(role_id);
    others CONSTANT text := clerk_rls.other_permissive_policies(target, role_id, commands);
    column_default text;
BEGIN
    SELECT * INTO relation FROM pg_class AS c WHERE c.oid = target;
    column_name := clerk_rls.protection_column_name(owner, column_name);

    IF others IS NOT NULL THEN
        RAISE WARNING USING MESSAGE = format('other permissive policies apply to %s: %s', role_name, others),
            DETAIL = 'The rows that they allow stay accessible to every user: one permissive policy is enough.',
            HINT = 'Drop these policies, or make them restrictive.';
    END IF;

    IF EXISTS (SELECT FROM pg_roles AS r WHERE r.oid = role_id AND (r.rolsuper OR r.rolbypassrls))
        OR NOT (force OR relation.relforcerowsecurity) AND pg_has_role(role_id, relation.relowner, 'USAGE')
    THEN
        RAISE WARNING USING MESSAGE = format('Row Level Security of %s does not apply to %s', target, role_name),
            DETAIL = 'The role is a superuser, has BYPASSRLS, or owns the table, which then needs FORCE.';
    END IF;

    IF NOT has_schema_privilege(role_id, relation.relnamespace, 'USAGE') THEN
        RAISE NOTICE USING
            MESSAGE = format('%s cannot use schema %s yet', role_name, relation.relnamespace::regnamespace),
            HINT = format('GRANT USAGE ON SCHEMA %s TO %s;', relation.relnamespace::regnamespace, role_name);
    END IF;

    SELECT pg_get_expr(d.adbin, d.adrelid) INTO column_default
    FROM pg_attribute AS a JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = target AND a.attname = column_name;
    IF 'INSERT' = ANY (clerk_rls.protected_commands(commands))
        AND NOT starts_with(ltrim(column_default, '('), CASE owner
            WHEN 'user' THEN clerk_rls.qualified_reader('requesting_user_')
            ELSE clerk_rls.protection_default(owner, 'text') END)
    THEN
        RAISE NOTICE USING MESSAGE = format('column %I of %s keeps its default', column_name, target),
            DETAIL = format('The default is %s. An INSERT that omits the column is refused unless the default is '
                'the ID of the requesting user or organization.', column_default),
            HINT = format('To use the default of protect(), drop this one and call protect() again: '
                'ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT;', target, column_name);
    END IF;
END
$$;
COMMENT ON FUNCTION clerk_rls.warn_about_protection(regclass, text, name, name, text[], boolean) IS
'Reports what protect() does not change: a WARNING for other permissive policies and for a role to which Row Level '
'Security does not apply, a NOTICE for a role that cannot use the schema and for a default that the policies refuse.';

-- One operator at a time, so that the statements fit the table when they run. The strongest lock is taken first: to
-- strengthen a weaker one later could deadlock with a reader.
CREATE FUNCTION clerk_rls.lock_for_protection(target regclass) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- The message is PostgreSQL's own. GRANT by another role would only warn, and not everybody may take this lock.
    IF NOT (SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class AS c WHERE c.oid = target) THEN
        RAISE insufficient_privilege USING
            MESSAGE = format('must be owner of table %s', (SELECT c.relname FROM pg_class AS c WHERE c.oid = target));
    END IF;
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', target);
END
$$;
COMMENT ON FUNCTION clerk_rls.lock_for_protection(regclass) IS
'Locks a table and its children for protect() and unprotect() (ACCESS EXCLUSIVE) until the transaction ends. ERROR '
'42501 unless the caller has the rights of the owner.';

-- A call with nothing to do takes no lock, so that an app can make it at every deployment.
CREATE FUNCTION clerk_rls.protect(
    target regclass,
    owner text DEFAULT 'user',
    column_name name DEFAULT NULL,
    role name DEFAULT 'authenticated',
    commands text[] DEFAULT '{select,insert,update,delete}',
    write_permission text DEFAULT NULL,
    force boolean DEFAULT true,
    dry_run boolean DEFAULT false
) RETURNS SETOF text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    statements text[];
    statement text;
    others text;
BEGIN
    IF dry_run IS NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = 'dry_run is NULL',
            HINT = 'Omit the argument to use its default.';
    END IF;
    statements := clerk_rls.protection_statements(target, owner, column_name, role, commands, write_permission, force);
    -- A new privilege would open rows that nobody could reach before.
    IF EXISTS (SELECT FROM unnest(statements) AS s (statement) WHERE s.statement LIKE 'GRANT %') THEN
        others := clerk_rls.other_permissive_policies(target, clerk_rls.role_of_grantee(role), commands);
        IF others IS NOT NULL THEN
            RAISE object_not_in_prerequisite_state USING
                MESSAGE = format('other permissive policies apply to %s: %s',
                    clerk_rls.role_name(clerk_rls.role_of_grantee(role)), others),
                DETAIL = 'The privileges that protect() grants would also open the rows that these policies allow.',
                HINT = 'Drop these policies or make them restrictive, or grant the privileges first.';
        END IF;
    END IF;
    IF NOT dry_run AND cardinality(statements) > 0 THEN
        PERFORM clerk_rls.lock_for_protection(target);
        -- The table may have changed while the call waited for the lock.
        statements := clerk_rls.protection_statements(
            target, owner, column_name, role, commands, write_permission, force);
        FOREACH statement IN ARRAY statements LOOP
            EXECUTE statement;
        END LOOP;
    END IF;
    PERFORM clerk_rls.warn_about_protection(target, owner, column_name, role, commands, force);
    RETURN QUERY
        SELECT s.statement FROM unnest(statements) WITH ORDINALITY AS s (statement, position) ORDER BY s.position;
END
$$;
COMMENT ON FUNCTION clerk_rls.protect(regclass, text, name, name, text[], text, boolean, boolean) IS
'Restricts the rows of a table to their owners: owner column and index, Row Level Security, one permissive policy for '
'each command, grants. owner: user, org, user_or_org (the active organization, else the user) or member_orgs (all '
'organizations of the user). Returns the statements that it ran, or with dry_run those that it would run; none if '
'nothing is missing. Needs the rights of the table''s owner. If there is something to run, the table is locked (ACCESS '
'EXCLUSIVE) until the transaction ends, also while the index is built.';

CREATE FUNCTION clerk_rls.unprotect(target regclass, dry_run boolean DEFAULT false) RETURNS SETOF text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    statements text[];
    statement text;
    others text;
BEGIN
    IF target IS NULL OR dry_run IS NULL THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('%s is NULL', CASE WHEN target IS NULL THEN 'target' ELSE 'dry_run' END);
    ELSIF NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = target) THEN
        RAISE undefined_table USING MESSAGE = format('table with OID %s does not exist', target::oid);
    END IF;
    statements := clerk_rls.unprotection_statements(target);
    IF NOT dry_run AND cardinality(statements) > 0 THEN
        PERFORM clerk_rls.lock_for_protection(target);
        statements := clerk_rls.unprotection_statements(target);
        FOREACH statement IN ARRAY statements LOOP
            EXECUTE statement;
        END LOOP;
    END IF;
    IF cardinality(statements) > 0 THEN
        SELECT string_agg(quote_ident(p.polname), ', ' ORDER BY p.polname COLLATE "C") INTO others
        FROM pg_policy AS p
        WHERE p.polrelid = target AND p.polpermissive AND NOT clerk_rls.made_by_protect(p.oid);
        IF others IS NOT NULL THEN
            RAISE WARNING USING MESSAGE = format('other permissive policies remain on %s: %s', target, others),
                DETAIL = 'Roles with the privilege still reach the rows that these policies allow.';
        END IF;
    END IF;
    RETURN QUERY
        SELECT s.statement FROM unnest(statements) WITH ORDINALITY AS s (statement, position) ORDER BY s.position;
END
$$;
COMMENT ON FUNCTION clerk_rls.unprotect(regclass, boolean) IS
'Removes the policies, indexes and grants that protect() made, and nothing else. Row Level Security stays enabled, so '
'that the table is closed. Returns the statements that it ran, or with dry_run those that it would run. Needs the '
'rights of the table''s owner, and locks the table (ACCESS EXCLUSIVE) until the transaction ends.';
