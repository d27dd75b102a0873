-- The statements that protect() and unprotect() run: the difference between what a table has and what it should
-- have. Hence dry_run returns exactly what would run, and a second call has nothing to run.
--
-- A policy is compared as pg_get_expr prints it, and is therefore written in that form: names are qualified, and
-- quoted only where necessary. sql/revoke.sql gives each of these functions the settings for that.

-- The owner column: how policies compare it, and the statements that add it or its default.
CREATE FUNCTION clerk_rls.protection_column(
    target regclass,
    owner text,
    column_name name,
    write_permission text,
    OUT comparison text,
    OUT write_comparison text,
    OUT statements text[]
)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    owner_column pg_attribute;
    base_type oid := 'text'::regtype;
    compared text := quote_ident(column_name);
BEGIN
    statements := '{}';
    SELECT * INTO owner_column FROM pg_attribute AS a
    WHERE a.attrelid = target AND a.attname = column_name AND NOT a.attisdropped;
    IF FOUND THEN
        base_type := owner_column.atttypid;
        WHILE EXISTS (SELECT FROM pg_type AS t WHERE t.oid = base_type AND t.typtype = 'd') LOOP
            SELECT t.typbasetype INTO base_type FROM pg_type AS t WHERE t.oid = base_type;
        END LOOP;
        IF owner_column.attgenerated <> '' THEN
            RAISE invalid_object_definition USING MESSAGE = format('column %I of %s is generated', column_name, target),
                HINT = 'The owner is stored when a row is inserted: name an ordinary column with column_name => ...';
        ELSIF base_type NOT IN ('text'::regtype, 'varchar'::regtype)
            AND NOT (base_type = 'uuid'::regtype AND owner = 'user')
        THEN
            RAISE datatype_mismatch USING
                MESSAGE = format('column %I of %s is of type %s', column_name, target,
                    format_type(owner_column.atttypid, owner_column.atttypmod)),
                HINT = CASE base_type
                    WHEN 'uuid'::regtype THEN 'IDs of organizations are not UUIDs: use a column of type text.'
                    ELSE 'Use a column of type text or varchar, for users also uuid, or of a domain over one of these.'
                    END;
        ELSIF EXISTS (
            SELECT FROM pg_collation AS l WHERE l.oid = owner_column.attcollation AND NOT l.collisdeterministic)
        THEN
            RAISE collation_mismatch USING
                MESSAGE = format('column %I of %s has a nondeterministic collation', column_name, target),
                DETAIL = 'Different IDs can be equal under this collation, and one user could see the rows of another.',
                HINT = format('ALTER TABLE %s ALTER COLUMN %I TYPE %s COLLATE "C";',
                    target, column_name, format_type(base_type, NULL));
        END IF;
        IF owner_column.atttypid NOT IN ('text'::regtype, 'uuid'::regtype) THEN
            compared := format('(%s)::%s', compared, CASE base_type WHEN 'uuid'::regtype THEN 'uuid' ELSE 'text' END);
        END IF;
    ELSIF (SELECT c.relispartition FROM pg_class AS c WHERE c.oid = target) THEN
        RAISE undefined_column USING MESSAGE = format('column %I of %s does not exist', column_name, target),
            HINT = 'A partition cannot have a column of its own: add the column to the parent, or protect the parent.';
    ELSE
        -- A default in the same statement would give the existing rows to the operator, who may have claims.
        statements := statements || format('ALTER TABLE %s ADD COLUMN %I text;', target, column_name);
    END IF;

    IF NOT coalesce(owner_column.atthasdef, false) THEN
        -- A child table may have a default of its own.
        statements := statements || format('ALTER TABLE %s%s ALTER COLUMN %I SET DEFAULT %s;',
            CASE WHEN (SELECT count(*) FROM clerk_rls.protected_tables(target)) > 1 THEN 'ONLY ' END,
            target, column_name, clerk_rls.protection_default(owner, base_type));
    END IF;
    comparison := clerk_rls.protection_comparison(owner, base_type, compared);
    write_comparison := clerk_rls.protection_comparison(owner, base_type, compared, write_permission);
END
$$;
COMMENT ON FUNCTION clerk_rls.protection_column(regclass, text, name, text) IS
'How the policies of protect() compare the owner column to read and to write, and the statements that add the column '
'or its default. '
'ERROR 42804, 42P21, 42P17 or 42703 for a column that cannot hold the owner.';

-- An index on a partitioned table covers its partitions; one on a parent does not cover the tables that inherit.
CREATE FUNCTION clerk_rls.protection_index_statements(target regclass, column_name name) RETURNS text[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    statements text[] := '{}';
    unindexed record;
    base text;
    index_name text;
    number int;
    taken text[] := '{}';
BEGIN
    FOR unindexed IN
        SELECT t.name, c.relname, c.relnamespace
        FROM clerk_rls.protected_tables(target) WITH ORDINALITY AS t (name, position)
            JOIN pg_class AS c ON c.oid = t.name
        WHERE (t.name = target OR (SELECT p.relkind FROM pg_class AS p WHERE p.oid = target) <> 'p')
            AND NOT EXISTS (
                SELECT FROM pg_index AS i
                    JOIN pg_class AS x ON x.oid = i.indexrelid
                    JOIN pg_am AS m ON m.oid = x.relam AND m.amname = 'btree'
                    JOIN pg_attribute AS a
                        ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] AND a.attname = column_name
                WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL AND i.indcollation[0] = a.attcollation)
        ORDER BY t.position
    LOOP
        -- The name that PostgreSQL would choose; COMMENT has to know it beforehand.
        base := format('%s_%s', unindexed.relname, column_name);
        WHILE octet_length(base) > 55 LOOP
            base := left(base, -1);
        END LOOP;
        number := 0;
        LOOP
            index_name := format('%s_idx%s', base, nullif(number, 0));
            EXIT WHEN index_name <> ALL (taken) AND NOT EXISTS (
                SELECT FROM pg_class AS c WHERE c.relnamespace = unindexed.relnamespace AND c.relname = index_name);
            number := number + 1;
        END LOOP;
        taken := taken || index_name;
        statements := statements
            || format('CREATE INDEX %I ON %s (%I);', index_name, unindexed.name, column_name)
            || format('COMMENT ON INDEX %s.%I IS %L;',
                unindexed.relnamespace::regnamespace, index_name, clerk_rls.protection_mark('index'));
    END LOOP;
    RETURN statements;
END
$$;
COMMENT ON FUNCTION clerk_rls.protection_index_statements(regclass, name) IS
'The statements that create an index on the owner column of a table, and of the tables that inherit from it, where '
'there is none.';

CREATE FUNCTION clerk_rls.row_security_statements(target regclass, force boolean) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(format(s.statement, t.name) ORDER BY t.position, s.position), '{}')
    FROM clerk_rls.protected_tables(target) WITH ORDINALITY AS t (name, position)
        JOIN pg_class AS c ON c.oid = t.name,
        LATERAL (VALUES
            (1, NOT c.relrowsecurity, 'ALTER TABLE %s ENABLE ROW LEVEL SECURITY;'),
            (2, force AND NOT c.relforcerowsecurity, 'ALTER TABLE %s FORCE ROW LEVEL SECURITY;')
        ) AS s (position, is_missing, statement)
    WHERE s.is_missing
$$;
COMMENT ON FUNCTION clerk_rls.row_security_statements(regclass, boolean) IS
'The statements that enable, and with force also force, Row Level Security on a table and its children.';

CREATE FUNCTION clerk_rls.protection_sequences(target regclass) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT ARRAY(
        SELECT 'USAGE ON SEQUENCE ' || quote_ident(s.relname)
        FROM pg_depend AS d JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
        WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
            AND d.refobjid = target AND d.deptype = 'a'
        ORDER BY d.refobjsubid, s.relname)
$$;
COMMENT ON FUNCTION clerk_rls.protection_sequences(regclass) IS
'The privileges that an INSERT needs on the sequences of a table''s serial columns.';

-- Privileges that the role holds itself or through another role. A grant on a few columns counts, because it was
-- restricted to these columns on purpose.
CREATE FUNCTION clerk_rls.privileges_besides(target regclass, role oid, policies oid[]) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH relation AS (
        SELECT * FROM pg_class AS c WHERE c.oid = target
    ), held (privilege, grantee) AS (
        SELECT e.privilege_type, e.grantee
        FROM relation AS r, aclexplode(coalesce(r.relacl, acldefault('r', r.relowner))) AS e
        UNION ALL
        SELECT e.privilege_type, e.grantee
        FROM pg_attribute AS a, aclexplode(a.attacl) AS e
        WHERE a.attrelid = target AND NOT a.attisdropped
        UNION ALL
        SELECT 'USAGE ON SEQUENCE ' || quote_ident(s.relname), e.grantee
        FROM relation AS r JOIN pg_class AS s ON s.relkind = 'S' AND s.relnamespace = r.relnamespace,
            aclexplode(coalesce(s.relacl, acldefault('s', s.relowner))) AS e
        WHERE 'USAGE ON SEQUENCE ' || quote_ident(s.relname) = ANY (clerk_rls.protection_sequences(target))
            AND e.privilege_type IN ('USAGE', 'UPDATE')
    )
    SELECT ARRAY(
        SELECT h.privilege FROM held AS h
        WHERE (h.grantee IN (0, role) OR pg_has_role(role, h.grantee, 'USAGE'))
            AND NOT EXISTS (
                SELECT FROM clerk_rls.protection_grants(target) AS g
                WHERE g.policy = ANY (policies) AND g.grantee = h.grantee AND g.granted = h.privilege))
$$;
COMMENT ON FUNCTION clerk_rls.privileges_besides(regclass, oid, oid[]) IS
'The privileges that a role holds on a table and its sequences, without those that protect() granted together with '
'these policies.';

CREATE FUNCTION clerk_rls.protection_policy_statements(
    target regclass,
    owner text,
    comparison text,
    write_comparison text,
    role oid,
    commands text[],
    write_permission text,
    leaving_policies oid[]
) RETURNS text[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    statements text[] := '{}';
    role_name CONSTANT text := clerk_rls.role_name(role);
    sequences CONSTANT text[] := clerk_rls.protection_sequences(target);
    held CONSTANT text[] := clerk_rls.privileges_besides(target, role, leaving_policies);
    permits CONSTANT text := format('%s(permission => %L::text)',
        clerk_rls.qualified_reader('requesting_user_has'), write_permission);
    writes CONSTANT text := CASE
        -- With member_orgs, the comparison contains the permission.
        WHEN write_permission IS NULL OR owner = 'member_orgs' THEN write_comparison
        WHEN owner = 'user_or_org' THEN
            format('(%s AND ((%s IS NULL) OR %s))',
                write_comparison, clerk_rls.protection_reader('org', 'text'), permits)
        ELSE format('(%s AND %s)', write_comparison, permits) END;
    wanted record;
    policy record;
    needed text[];
    lacking text[];
    granting text[] := '{}';
    mark text;
    item record;
BEGIN
    FOR wanted IN
        SELECT c.command, 'clerk_rls_' || lower(c.command) AS name,
            CASE c.command WHEN 'SELECT' THEN comparison WHEN 'INSERT' THEN NULL ELSE writes END AS using_text,
            CASE WHEN c.command IN ('INSERT', 'UPDATE') THEN writes END AS check_text
        FROM unnest(commands) WITH ORDINALITY AS c (command, position)
        ORDER BY c.position
    LOOP
        SELECT p.oid, p.oid = ANY (leaving_policies) AS is_leaving, obj_description(p.oid, 'pg_policy') AS mark,
            pg_get_expr(p.polqual, target) AS using_text, pg_get_expr(p.polwithcheck, target) AS check_text
        INTO policy
        FROM pg_policy AS p
        WHERE p.polrelid = target AND p.polname = wanted.name;
        IF FOUND AND NOT clerk_rls.made_by_protect(policy.oid) THEN
            RAISE duplicate_object USING
                MESSAGE = format('policy "%s" of %s was not made by clerk_rls.protect()', wanted.name, target),
                HINT = format('Drop it, or rename it: ALTER POLICY %I ON %s RENAME TO ...;', wanted.name, target);
        END IF;

        IF policy.oid IS NULL OR policy.is_leaving THEN
            statements := statements || format('CREATE POLICY %I ON %s FOR %s TO %s%s%s;',
                wanted.name, target, wanted.command, role_name,
                ' USING ' || wanted.using_text, ' WITH CHECK ' || wanted.check_text);
        ELSIF (policy.using_text, policy.check_text) IS DISTINCT FROM (wanted.using_text, wanted.check_text) THEN
            statements := statements || format('ALTER POLICY %I ON %s%s%s;', wanted.name, target,
                ' USING ' || wanted.using_text, ' WITH CHECK ' || wanted.check_text);
        END IF;

        needed := ARRAY[wanted.command] || CASE WHEN wanted.command = 'INSERT' THEN sequences END;
        lacking := ARRAY(
            SELECT n.privilege FROM unnest(needed) WITH ORDINALITY AS n (privilege, position)
            WHERE n.privilege <> ALL (held)
            ORDER BY n.position);
        granting := granting || lacking;
        mark := clerk_rls.protection_mark('policy', ARRAY(
            SELECT n.privilege FROM unnest(needed) WITH ORDINALITY AS n (privilege, position)
            WHERE n.privilege = ANY (lacking) OR n.privilege IN (
                SELECT g.granted FROM clerk_rls.protection_grants(target) AS g
                WHERE g.policy = policy.oid AND NOT policy.is_leaving)
            ORDER BY n.position));
        IF policy.is_leaving IS DISTINCT FROM false OR policy.mark <> mark THEN
            statements := statements || format('COMMENT ON POLICY %I ON %s IS %L;', wanted.name, target, mark);
        END IF;
    END LOOP;

    lacking := ARRAY(
        SELECT p.privilege FROM unnest(granting) WITH ORDINALITY AS p (privilege, position)
        WHERE p.privilege <> ALL (sequences)
        ORDER BY p.position);
    IF cardinality(lacking) > 0 THEN
        statements := statements || format('GRANT %s ON %s TO %s;', array_to_string(lacking, ', '), target, role_name);
    END IF;
    FOR item IN
        SELECT substr(p.privilege, length('USAGE ON SEQUENCE ') + 1) AS sequence
        FROM unnest(granting) WITH ORDINALITY AS p (privilege, position)
        WHERE p.privilege = ANY (sequences)
        ORDER BY p.position
    LOOP
        statements := statements || format('GRANT USAGE ON SEQUENCE %s.%s TO %s;',
            (SELECT c.relnamespace::regnamespace FROM pg_class AS c WHERE c.oid = target), item.sequence, role_name);
    END LOOP;
    RETURN statements;
END
$$;
COMMENT ON FUNCTION clerk_rls.protection_policy_statements(regclass, text, text, text, oid, text[], text, oid[]) IS
'The statements that create or change the policies of protect(), and that grant what the role lacks. comparison '
'and write_comparison: the conditions on the owner column. leaving_policies: policies that are dropped before. ERROR '
'42710 if a policy of the same name was not made by protect().';

CREATE FUNCTION clerk_rls.protection_statements(
    target regclass, owner text, column_name name, role name, commands text[], write_permission text, force boolean
) RETURNS text[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    role_id oid;
    owner_column record;
    leaving_policies oid[];
    leaving_indexes oid[];
BEGIN
    PERFORM clerk_rls.check_protection(target, owner, column_name, role, commands, write_permission, force);
    role_id := clerk_rls.role_of_grantee(role);
    commands := clerk_rls.protected_commands(commands);
    column_name := clerk_rls.protection_column_name(owner, column_name);
    SELECT * INTO owner_column FROM clerk_rls.protection_column(target, owner, column_name, write_permission);

    -- What an earlier call made for another role, command or column.
    leaving_policies := ARRAY(
        SELECT p.oid FROM pg_policy AS p
        WHERE p.polrelid = target AND clerk_rls.made_by_protect(p.oid)
            AND NOT EXISTS (
                SELECT FROM unnest(commands) AS c (name)
                WHERE p.polname = 'clerk_rls_' || lower(c.name) AND clerk_rls.command_of_policy(p.polcmd) = c.name
                    AND p.polpermissive AND p.polroles = ARRAY[role_id]));
    leaving_indexes := ARRAY(
        SELECT i.indexrelid
        FROM pg_index AS i LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indexrelid = ANY (clerk_rls.protection_indexes(target)) AND a.attname IS DISTINCT FROM column_name);

    RETURN owner_column.statements
        || clerk_rls.protection_index_statements(target, column_name)
        -- The table is closed before anything opens it. A child without a policy is reached through its parent alone.
        || clerk_rls.row_security_statements(target, force)
        || clerk_rls.protection_removals(target, leaving_policies, leaving_indexes)
        || clerk_rls.protection_policy_statements(
            target, owner, owner_column.comparison, owner_column.write_comparison, role_id, commands, write_permission,
            leaving_policies);
END
$$;
COMMENT ON FUNCTION clerk_rls.protection_statements(regclass, text, name, name, text[], text, boolean) IS
'The statements that protect() would run with these arguments, in order. Runs none of them.';

CREATE FUNCTION clerk_rls.unprotection_statements(target regclass) RETURNS text[]
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH made AS (
        SELECT ARRAY(
            SELECT p.oid FROM pg_policy AS p WHERE p.polrelid = target AND clerk_rls.made_by_protect(p.oid)) AS policies
    )
    -- Somebody may have disabled Row Level Security since. A table that was protected does not stay open.
    SELECT CASE WHEN cardinality(m.policies) > 0 THEN clerk_rls.row_security_statements(target, false) ELSE '{}' END
        || clerk_rls.protection_removals(target, m.policies, clerk_rls.protection_indexes(target))
    FROM made AS m
$$;
COMMENT ON FUNCTION clerk_rls.unprotection_statements(regclass) IS
'The statements that unprotect() would run, in order. Runs none of them.';
