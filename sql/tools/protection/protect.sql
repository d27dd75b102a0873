-- A table protected in one call, and let go in another. What the calls run is planned in protection_statements.sql.
--
-- INVOKER, for PUBLIC: a call can do no more than the caller could. One call is one statement, so that a failure
-- rolls all of it back.

CREATE FUNCTION clerk_rls.other_permissive_policies(target regclass, role oid, commands text[]) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off
AS $$
    SELECT string_agg(format('%I on %s', p.polname, p.polrelid::regclass), ', '
        ORDER BY p.polrelid <> target, p.polrelid::regclass::text COLLATE "C", p.polname COLLATE "C")
    FROM pg_policy AS p
    WHERE p.polrelid IN (SELECT clerk_rls.protected_tables(target)) AND p.polpermissive
        AND NOT coalesce(starts_with(obj_description(p.oid, 'pg_policy'), 'clerk_rls.protect() made this policy'), false)
        AND (p.polcmd = '*' OR CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' END
            IN (SELECT lower(c.name COLLATE "C") FROM unnest(commands) AS c (name)))
        AND (role = 0 OR EXISTS (SELECT FROM unnest(p.polroles) AS r (id) WHERE r.id IN (0, role) OR pg_has_role(role, r.id, 'USAGE')))
$$;
COMMENT ON FUNCTION clerk_rls.other_permissive_policies(regclass, oid, text[]) IS
'The permissive policies for these commands of a role (0: PUBLIC) that protect() did not make; NULL: none.';

-- What a call leaves open, and what it leaves closed against expectation. No reason to refuse it.
CREATE FUNCTION clerk_rls.warn_of_gaps(
    target regclass, owner text, column_name name, role name, commands text[], force boolean
) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off
AS $$
#variable_conflict use_variable
DECLARE
    relation pg_class;
    role_id oid := 0;
    role_name text := 'PUBLIC';
    others text;
    column_default text;
BEGIN
    SELECT * INTO relation FROM pg_class AS c WHERE c.oid = target;
    IF role <> 'public' THEN
        SELECT r.oid, quote_ident(r.rolname) INTO role_id, role_name FROM pg_roles AS r WHERE r.rolname = role;
    END IF;
    commands := ARRAY(SELECT lower(c.name COLLATE "C") FROM unnest(commands) AS c (name));
    column_name := coalesce(column_name, CASE owner WHEN 'user' THEN 'user_id' WHEN 'org' THEN 'org_id' ELSE 'owner_id' END);

    others := clerk_rls.other_permissive_policies(target, role_id, commands);
    IF others IS NOT NULL THEN
        RAISE WARNING USING MESSAGE = format('other permissive policies apply to %s: %s', role_name, others),
            DETAIL = 'The rows that they admit stay visible, whoever owns them: one permissive policy is enough.',
            HINT = 'Drop them, or make them restrictive.';
    END IF;

    IF EXISTS (SELECT FROM pg_roles AS r WHERE r.oid = role_id AND (r.rolsuper OR r.rolbypassrls))
        OR NOT (force OR relation.relforcerowsecurity) AND pg_has_role(role_id, relation.relowner, 'USAGE')
    THEN
        RAISE WARNING USING MESSAGE = format('Row Level Security of %s does not apply to %s', target, role_name),
            DETAIL = 'The role is a superuser, has BYPASSRLS, or owns the table, which then takes FORCE.';
    END IF;

    IF NOT has_schema_privilege(role_id, relation.relnamespace, 'USAGE') THEN
        RAISE NOTICE USING MESSAGE = format('%s cannot use schema %s yet', role_name, relation.relnamespace::regnamespace),
            HINT = format('GRANT USAGE ON SCHEMA %s TO %s;', relation.relnamespace::regnamespace, role_name);
    END IF;

    SELECT pg_get_expr(d.adbin, d.adrelid) INTO column_default
    FROM pg_attribute AS a JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = target AND a.attname = column_name;
    IF 'insert' = ANY (commands) AND NOT starts_with(ltrim(column_default, '('), (CASE owner
        WHEN 'user' THEN clerk_rls.qualified_reader('requesting_user_')
        WHEN 'org' THEN clerk_rls.qualified_reader('requesting_org_id()')
        ELSE format('COALESCE(%s, %s)', clerk_rls.qualified_reader('requesting_org_id()'),
                clerk_rls.qualified_reader('requesting_user_id()')) END))
    THEN
        RAISE NOTICE USING MESSAGE = format('column %I of %s keeps its default', column_name, target),
            DETAIL = format('The default is %s: an insert that leaves the column out is refused unless that is who is asking.', column_default),
            HINT = format('For the default of protect(): ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT; and call it again.', target, column_name);
    END IF;
END
$$;
COMMENT ON FUNCTION clerk_rls.warn_of_gaps(regclass, text, name, name, text[], boolean) IS
'Warns of what protect() leaves in place: other permissive policies, a role that Row Level Security does not apply to or that cannot use the schema, a default that the policies refuse.';

-- One operator at a time, so that what was planned is what is there when it runs. The strongest lock at once: a
-- weaker one that is raised on the way could meet a reader who waits for us.
CREATE FUNCTION clerk_rls.lock_for_protection(target regclass) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off
AS $$
BEGIN
    -- In PostgreSQL's words. GRANT would but warn somebody else, and a lock is not for everybody to take.
    IF NOT (SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class AS c WHERE c.oid = target) THEN
        RAISE insufficient_privilege USING
            MESSAGE = format('must be owner of table %s', (SELECT c.relname FROM pg_class AS c WHERE c.oid = target));
    END IF;
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', target);
END
$$;
COMMENT ON FUNCTION clerk_rls.lock_for_protection(regclass) IS
'Locks a table and its children for protect() and unprotect(), to the end of the transaction; for its owner alone.';

-- A call with nothing to do takes no lock: an app can make it at every deployment.
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
    SET quote_all_identifiers = off
AS $$
#variable_conflict use_variable
DECLARE
    statements text[];
    statement text;
    others text;
BEGIN
    IF dry_run IS NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = 'dry_run is NULL', HINT = 'Leave it out for its default.';
    END IF;
    statements := clerk_rls.protection_statements(target, owner, column_name, role, commands, write_permission, force);
    -- What nobody could reach so far, a privilege would open.
    IF EXISTS (SELECT FROM unnest(statements) AS s (statement) WHERE s.statement LIKE 'GRANT %') THEN
        others := clerk_rls.other_permissive_policies(target, (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = role AND role <> 'public' UNION ALL SELECT 0::oid LIMIT 1), commands);
        IF others IS NOT NULL THEN
            RAISE object_not_in_prerequisite_state USING
                MESSAGE = format('other permissive policies apply to %s: %s', CASE role WHEN 'public' THEN 'PUBLIC' ELSE quote_ident(role) END, others),
                DETAIL = 'The privileges that protect() grants would open the rows that they admit.',
                HINT = 'Drop them or make them restrictive, or grant the privileges first.';
        END IF;
    END IF;
    IF NOT dry_run AND cardinality(statements) > 0 THEN
        PERFORM clerk_rls.lock_for_protection(target);
        -- Somebody else may have been first.
        statements := clerk_rls.protection_statements(target, owner, column_name, role, commands, write_permission, force);
        FOREACH statement IN ARRAY statements LOOP
            EXECUTE statement;
        END LOOP;
    END IF;
    PERFORM clerk_rls.warn_of_gaps(target, owner, column_name, role, commands, force);
    RETURN QUERY SELECT s.statement FROM unnest(statements) WITH ORDINALITY AS s (statement, position) ORDER BY s.position;
END
$$;
COMMENT ON FUNCTION clerk_rls.protect(regclass, text, name, name, text[], text, boolean, boolean) IS
'Makes the rows of a table their owner''s: owner column and index, Row Level Security, a permissive policy a command, grants. owner: user, org or user_or_org (the active organization''s, else the user''s). Returns the statements it ran, with dry_run those it would run; none where nothing is missing.';

CREATE FUNCTION clerk_rls.unprotect(target regclass, dry_run boolean DEFAULT false) RETURNS SETOF text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off
AS $$
#variable_conflict use_variable
DECLARE
    statements text[];
    statement text;
    others text;
BEGIN
    IF target IS NULL OR dry_run IS NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = format('%s is NULL', CASE WHEN target IS NULL THEN 'target' ELSE 'dry_run' END);
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
        SELECT string_agg(quote_ident(p.polname), ', ' ORDER BY p.polname COLLATE "C") INTO others FROM pg_policy AS p
        WHERE p.polrelid = target AND p.polpermissive
            AND NOT coalesce(starts_with(obj_description(p.oid, 'pg_policy'), 'clerk_rls.protect() made this policy'), false);
        IF others IS NOT NULL THEN
            RAISE WARNING USING MESSAGE = format('other permissive policies remain on %s: %s', target, others),
                DETAIL = 'Whoever holds the privilege reaches the rows that they admit.';
        END IF;
    END IF;
    RETURN QUERY SELECT s.statement FROM unnest(statements) WITH ORDINALITY AS s (statement, position) ORDER BY s.position;
END
$$;
COMMENT ON FUNCTION clerk_rls.unprotect(regclass, boolean) IS
'Removes the policies, indexes and grants that protect() made, and nothing else: Row Level Security stays enabled, so the table is closed. Returns the statements it ran, with dry_run those it would run.';
