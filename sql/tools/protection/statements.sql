-- What protect() and unprotect() have to run: the difference between what a table has and what it should have, as
-- statements. So dry_run tells the truth, and a second call has nothing to run.
--
-- What protect() made bears its mark, a comment: pg_dump keeps comments, and whoever owns the table can write them,
-- so no table of ours has to know about it.
--
-- A policy is compared as pg_get_expr prints it, and so written that way. Hence the settings of the functions: names
-- are qualified, and quoted only where they have to be.

CREATE FUNCTION clerk_rls.protected_tables(target regclass) RETURNS SETOF regclass
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE tree AS (
        SELECT target::oid AS relid
        UNION
        SELECT i.inhrelid FROM pg_inherits AS i JOIN tree ON i.inhparent = tree.relid
    )
    SELECT c.oid::regclass
    FROM tree JOIN pg_class AS c ON c.oid = tree.relid AND c.relkind IN ('r', 'p')
    ORDER BY c.oid <> target, c.oid::regclass::text COLLATE "C"
$$;
COMMENT ON FUNCTION clerk_rls.protected_tables(regclass) IS
'What protect() closes: the table and, below it, its partitions and the tables that inherit from it. Foreign tables are left out, Row Level Security is not for them.';

-- Where the operator has since given a policy to several roles, nothing tells which of them got the grant: it is
-- not ours any more.
CREATE FUNCTION clerk_rls.protection_grants(target regclass, OUT policy oid, OUT grantee oid, OUT granted text) RETURNS SETOF record
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT p.oid, p.polroles[1], mark.granted[1]
    FROM pg_policy AS p, regexp_matches(
        substring(obj_description(p.oid, 'pg_policy') FROM '^clerk_rls\.protect\(\) made this policy and granted (.*)\.$'),
        '(SELECT|INSERT|UPDATE|DELETE|USAGE ON SEQUENCE (?:"(?:[^"]|"")+"|[a-z0-9_$]+))', 'g') AS mark (granted)
    WHERE p.polrelid = target AND cardinality(p.polroles) = 1
$$;
COMMENT ON FUNCTION clerk_rls.protection_grants(regclass) IS
'What protect() has granted on a table and its sequences, to whom, as the comments of its policies say. grantee 0 is PUBLIC.';

-- A child that protect() was called for by itself keeps its index, and so does a partition whose index has become
-- part of its parent's.
CREATE FUNCTION clerk_rls.protection_indexes(target regclass) RETURNS oid[]
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(i.indexrelid), '{}')
    FROM clerk_rls.protected_tables(target) AS t (name) JOIN pg_index AS i ON i.indrelid = t.name
        JOIN pg_class AS x ON x.oid = i.indexrelid AND NOT x.relispartition
    WHERE obj_description(i.indexrelid, 'pg_class') = 'clerk_rls.protect() made this index.'
        AND (t.name = target OR NOT EXISTS (SELECT FROM pg_policy AS p
            WHERE p.polrelid = t.name AND starts_with(obj_description(p.oid, 'pg_policy'), 'clerk_rls.protect() made this policy')))
$$;
COMMENT ON FUNCTION clerk_rls.protection_indexes(regclass) IS
'Indexes that protect() has made for a table and, below it, for the tables that inherit from it, as their comments say.';

CREATE FUNCTION clerk_rls.protection_removals(target regclass, policies oid[], indexes oid[]) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off
AS $$
    WITH leaving AS (
        SELECT g.granted, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END AS grantee
        FROM clerk_rls.protection_grants(target) AS g WHERE g.policy = ANY (policies)
    ), statements AS (
        SELECT 1 AS step, l.grantee AS name, format('REVOKE %s ON %s FROM %s;',
            string_agg(l.granted, ', ' ORDER BY position(l.granted IN 'SELECT INSERT UPDATE DELETE')), target, l.grantee) AS statement
        FROM leaving AS l WHERE l.granted NOT LIKE 'USAGE %' GROUP BY l.grantee
        UNION ALL
        SELECT 2, s.oid::regclass::text, format('REVOKE USAGE ON SEQUENCE %s FROM %s;', s.oid::regclass, l.grantee)
        FROM pg_depend AS d JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
            JOIN leaving AS l ON l.granted = 'USAGE ON SEQUENCE ' || quote_ident(s.relname)
        WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = target AND d.deptype = 'a'
        UNION ALL
        SELECT 3, position(p.polcmd::text IN 'rawd')::text || p.polname, format('DROP POLICY %I ON %s;', p.polname, target)
        FROM pg_policy AS p WHERE p.polrelid = target AND p.oid = ANY (policies)
        UNION ALL
        SELECT 4, i::regclass::text, format('DROP INDEX %s;', i::regclass) FROM unnest(indexes) AS i
    )
    SELECT coalesce(array_agg(statement ORDER BY step, name COLLATE "C"), '{}') FROM statements
$$;
COMMENT ON FUNCTION clerk_rls.protection_removals(regclass, oid[], oid[]) IS
'The statements that take back what protect() has made: these policies, what their comments say was granted with them, and these indexes.';

CREATE FUNCTION clerk_rls.protection_statements(
    target regclass, owner text, column_name name, role name, commands text[], write_permission text, force boolean
) RETURNS text[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off
AS $$
#variable_conflict use_variable
DECLARE
    command_names CONSTANT text[] := '{select,insert,update,delete}';
    requesting_user CONSTANT text := clerk_rls.qualified_reader('requesting_user_id()');
    requesting_org CONSTANT text := clerk_rls.qualified_reader('requesting_org_id()');
    made_policy CONSTANT text := 'clerk_rls.protect() made this policy';
    made_index CONSTANT text := 'clerk_rls.protect() made this index.';
    statements text[] := '{}';
    argument record;
    tables CONSTANT regclass[] := ARRAY(SELECT clerk_rls.protected_tables(target));
    relation pg_class;
    owner_column pg_attribute;
    base_type oid;
    role_id oid := 0;
    role_name text := 'PUBLIC';
    reader text;
    owns text;
    permits text;
    writes text;
    item record;
    policy record;
    wanted text[];
    leaving_policies oid[];
    leaving_indexes oid[];
    index_name text;
    index_names text[] := '{}';
    number int;
    sequences text[];
    holding text[];
    wishes text[];
    lacking text[];
    granting text[] := '{}';
    granted text[];
    mark text;
    policy_statements text[] := '{}';
BEGIN
    FOR argument IN SELECT * FROM (VALUES ('target', target IS NULL), ('owner', owner IS NULL), ('role', role IS NULL),
        ('commands', commands IS NULL), ('force', force IS NULL)) AS a (name, is_null) LOOP
        IF argument.is_null THEN
            RAISE invalid_parameter_value USING MESSAGE = format('%s is NULL', argument.name),
                HINT = 'Leave it out for its default, where it has one.';
        END IF;
    END LOOP;

    SELECT * INTO relation FROM pg_class AS c WHERE c.oid = target;
    IF NOT FOUND THEN
        RAISE undefined_table USING MESSAGE = format('table with OID %s does not exist', target::oid);
    ELSIF relation.relkind NOT IN ('r', 'p') THEN
        RAISE wrong_object_type USING MESSAGE = format('"%s" is not a table', relation.relname),
            HINT = CASE relation.relkind
                WHEN 'v' THEN 'Protect the tables that the view reads, and let it ask as its caller: ALTER VIEW ... SET (security_invoker), from PostgreSQL 15 on.'
                WHEN 'm' THEN 'Row Level Security is not for materialized views: revoke them from the API roles.'
                WHEN 'f' THEN 'Row Level Security is not for foreign tables: revoke them from the API roles.'
                ELSE 'Row Level Security is for tables.' END;
    END IF;

    IF cardinality(commands) = 0 THEN
        RAISE invalid_parameter_value USING MESSAGE = 'commands is empty',
            HINT = 'To take back what protect() made, call clerk_rls.unprotect().';
    END IF;
    FOR argument IN SELECT c.name FROM unnest(commands) AS c (name) LOOP
        IF argument.name IS NULL OR lower(argument.name COLLATE "C") <> ALL (command_names) THEN
            RAISE invalid_parameter_value USING MESSAGE = coalesce('command "' || argument.name || '" is not known', 'a command is NULL'),
                HINT = 'Use select, insert, update and delete.';
        END IF;
    END LOOP;
    wanted := ARRAY(SELECT c.name FROM unnest(command_names) WITH ORDINALITY AS c (name, position)
        WHERE c.name IN (SELECT lower(asked.name COLLATE "C") FROM unnest(commands) AS asked (name)) ORDER BY c.position);

    IF role <> 'public' THEN
        SELECT r.oid, quote_ident(r.rolname) INTO role_id, role_name FROM pg_roles AS r WHERE r.rolname = role;
        IF NOT FOUND THEN
            RAISE undefined_object USING MESSAGE = format('role "%s" does not exist', role),
                HINT = 'Create it, or name another one with role => ''...''; ''public'' is every role.';
        END IF;
    END IF;

    -- A backslash is quoted in two ways, and no permission has one (RFC 6749 section 3.3).
    IF write_permission = '' OR position('\' IN write_permission) > 0 THEN
        RAISE invalid_parameter_value USING MESSAGE = format('write_permission "%s" is not a permission', write_permission),
            HINT = 'Write it as the token has it, for instance org:tasks:manage.';
    END IF;

    -- The owner column.
    reader := CASE owner
        WHEN 'user' THEN requesting_user
        WHEN 'org' THEN requesting_org
        WHEN 'user_or_org' THEN format('COALESCE(%s, %s)', requesting_org, requesting_user) END;
    IF reader IS NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = format('owner "%s" is not known', owner),
            HINT = 'Use user, org or user_or_org.';
    ELSIF column_name = '' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'column_name is empty',
            HINT = 'Leave it out for user_id, org_id or owner_id.';
    END IF;
    column_name := coalesce(column_name, CASE owner WHEN 'user' THEN 'user_id' WHEN 'org' THEN 'org_id' ELSE 'owner_id' END);
    owns := quote_ident(column_name);
    SELECT * INTO owner_column FROM pg_attribute AS a WHERE a.attrelid = target AND a.attname = column_name AND NOT a.attisdropped;
    IF FOUND THEN
        base_type := owner_column.atttypid;
        WHILE EXISTS (SELECT FROM pg_type AS t WHERE t.oid = base_type AND t.typtype = 'd') LOOP
            SELECT t.typbasetype INTO base_type FROM pg_type AS t WHERE t.oid = base_type;
        END LOOP;
        IF owner_column.attgenerated <> '' THEN
            RAISE invalid_object_definition USING MESSAGE = format('column %I of %s is generated', column_name, target),
                HINT = 'The owner is written once, when the row is made: name a plain column with column_name => ''...''.';
        ELSIF base_type = 'uuid'::regtype AND owner = 'user' THEN
            reader := clerk_rls.qualified_reader('requesting_user_uuid()');
        ELSIF base_type NOT IN ('text'::regtype, 'varchar'::regtype) THEN
            RAISE datatype_mismatch USING
                MESSAGE = format('column %I of %s is of type %s', column_name, target, format_type(owner_column.atttypid, owner_column.atttypmod)),
                HINT = CASE base_type WHEN 'uuid'::regtype
                    THEN 'IDs of organizations are no UUIDs: use a column of type text.'
                    ELSE 'An owner column is text or varchar, for users uuid too, or a domain over one of them.' END;
        ELSIF EXISTS (SELECT FROM pg_collation AS l WHERE l.oid = owner_column.attcollation AND NOT l.collisdeterministic) THEN
            RAISE collation_mismatch USING
                MESSAGE = format('column %I of %s has a nondeterministic collation', column_name, target),
                DETAIL = 'IDs that differ could be equal there, and two users one.',
                HINT = format('ALTER TABLE %s ALTER COLUMN %I TYPE %s COLLATE "C";', target, column_name, format_type(base_type, NULL));
        END IF;
        IF owner_column.atttypid NOT IN ('text'::regtype, 'uuid'::regtype) THEN
            owns := format('(%s)::%s', owns, CASE base_type WHEN 'uuid'::regtype THEN 'uuid' ELSE 'text' END);
        END IF;
    ELSIF relation.relispartition THEN
        RAISE undefined_column USING MESSAGE = format('column %I of %s does not exist', column_name, target),
            HINT = 'A partition cannot have a column of its own: add it to the parent, or protect that.';
    ELSE
        -- With the default at once, the rows that exist would be the operator's, who may have claims.
        statements := statements || format('ALTER TABLE %s ADD COLUMN %I text;', target, column_name);
    END IF;
    IF NOT coalesce(owner_column.atthasdef, false) THEN
        -- A child may have a default of its own.
        statements := statements || format('ALTER TABLE %s%s ALTER COLUMN %I SET DEFAULT %s;',
            CASE WHEN cardinality(tables) > 1 THEN 'ONLY ' END, target, column_name, reader);
    END IF;

    -- Its index. That of a partitioned table covers the partitions, that of a parent does not cover what inherits.
    FOR item IN SELECT c.oid::regclass AS name, c.relname, c.relnamespace FROM pg_class AS c
        WHERE c.oid = ANY (CASE relation.relkind WHEN 'p' THEN ARRAY[target] ELSE tables END)
        AND NOT EXISTS (
            SELECT FROM pg_index AS i
                JOIN pg_class AS x ON x.oid = i.indexrelid
                JOIN pg_am AS m ON m.oid = x.relam AND m.amname = 'btree'
                JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] AND a.attname = column_name
            WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL AND i.indcollation[0] = a.attcollation)
        ORDER BY array_position(tables, c.oid::regclass)
    LOOP
        -- As PostgreSQL would name it; but COMMENT must know the name beforehand.
        index_name := format('%s_%s', item.relname, column_name);
        WHILE octet_length(index_name) > 55 LOOP
            index_name := left(index_name, -1);
        END LOOP;
        number := 0;
        WHILE format('%s_idx%s', index_name, nullif(number, 0)) = ANY (index_names)
            OR EXISTS (SELECT FROM pg_class AS c WHERE c.relnamespace = item.relnamespace AND c.relname = format('%s_idx%s', index_name, nullif(number, 0))) LOOP
            number := number + 1;
        END LOOP;
        index_name := format('%s_idx%s', index_name, nullif(number, 0));
        index_names := index_names || index_name;
        statements := statements
            || format('CREATE INDEX %I ON %s (%I);', index_name, item.name, column_name)
            || format('COMMENT ON INDEX %s.%I IS %L;', item.relnamespace::regnamespace, index_name, made_index);
    END LOOP;

    -- Closed, before anything opens it for anybody. A child without a policy is reached through its parent alone.
    FOR item IN SELECT c.oid::regclass AS name, c.relrowsecurity, c.relforcerowsecurity FROM pg_class AS c
        WHERE c.oid = ANY (tables) ORDER BY array_position(tables, c.oid::regclass)
    LOOP
        IF NOT item.relrowsecurity THEN
            statements := statements || format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY;', item.name);
        END IF;
        IF force AND NOT item.relforcerowsecurity THEN
            statements := statements || format('ALTER TABLE %s FORCE ROW LEVEL SECURITY;', item.name);
        END IF;
    END LOOP;

    -- What an earlier call made and this one does not want, for another role, command or column.
    leaving_policies := ARRAY(
        SELECT p.oid FROM pg_policy AS p
        WHERE p.polrelid = target AND starts_with(obj_description(p.oid, 'pg_policy'), made_policy)
            AND NOT EXISTS (SELECT FROM unnest(wanted) AS w (command) WHERE p.polname = 'clerk_rls_' || w.command
                AND p.polcmd = CASE w.command WHEN 'select' THEN 'r' WHEN 'insert' THEN 'a' WHEN 'update' THEN 'w' ELSE 'd' END
                AND p.polpermissive AND p.polroles = ARRAY[role_id]));
    leaving_indexes := ARRAY(
        SELECT i.indexrelid FROM pg_index AS i LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indexrelid = ANY (clerk_rls.protection_indexes(target)) AND a.attname IS DISTINCT FROM column_name);
    statements := statements || clerk_rls.protection_removals(target, leaving_policies, leaving_indexes);

    -- What the role needs for the sequences of its serial columns, and what it holds, itself or through another,
    -- once the above is revoked. Somebody who granted a few columns meant just those.
    sequences := ARRAY(
        SELECT 'USAGE ON SEQUENCE ' || quote_ident(s.relname) FROM pg_depend AS d JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
        WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = target AND d.deptype = 'a'
        ORDER BY d.refobjsubid, s.relname);
    holding := ARRAY(
        SELECT held.privilege FROM (
            SELECT e.privilege_type, e.grantee FROM aclexplode(coalesce(relation.relacl, acldefault('r', relation.relowner))) AS e
            UNION ALL
            SELECT e.privilege_type, e.grantee FROM pg_attribute AS a, aclexplode(a.attacl) AS e WHERE a.attrelid = target AND NOT a.attisdropped
            UNION ALL
            SELECT 'USAGE ON SEQUENCE ' || quote_ident(s.relname), e.grantee
            FROM pg_class AS s, aclexplode(coalesce(s.relacl, acldefault('s', s.relowner))) AS e
            WHERE s.relkind = 'S' AND s.relnamespace = relation.relnamespace AND 'USAGE ON SEQUENCE ' || quote_ident(s.relname) = ANY (sequences)
                AND e.privilege_type IN ('USAGE', 'UPDATE')
        ) AS held (privilege, grantee)
        WHERE (held.grantee IN (0, role_id) OR pg_has_role(role_id, held.grantee, 'USAGE'))
            AND NOT EXISTS (SELECT FROM clerk_rls.protection_grants(target) AS g
                WHERE g.policy = ANY (leaving_policies) AND g.grantee = held.grantee AND g.granted = held.privilege));

    owns := format('(%s = %s)', owns, reader);
    permits := format('%s(permission => %L::text)', clerk_rls.qualified_reader('requesting_user_has'), write_permission);
    writes := CASE
        WHEN write_permission IS NULL THEN owns
        WHEN owner = 'user_or_org' THEN format('(%s AND ((%s IS NULL) OR %s))', owns, requesting_org, permits)
        ELSE format('(%s AND %s)', owns, permits) END;
    FOR item IN
        SELECT c.name AS command, upper(c.name COLLATE "C") AS privilege, 'clerk_rls_' || c.name AS policy_name,
            CASE c.name WHEN 'select' THEN owns WHEN 'insert' THEN NULL ELSE writes END AS using_text,
            CASE WHEN c.name IN ('insert', 'update') THEN writes END AS check_text
        FROM unnest(wanted) WITH ORDINALITY AS c (name, position) ORDER BY c.position
    LOOP
        SELECT p.oid, p.oid = ANY (leaving_policies) AS leaving,
            obj_description(p.oid, 'pg_policy') AS mark,
            pg_get_expr(p.polqual, target) AS using_text, pg_get_expr(p.polwithcheck, target) AS check_text
        INTO policy FROM pg_policy AS p WHERE p.polrelid = target AND p.polname = item.policy_name;
        IF FOUND AND NOT coalesce(starts_with(policy.mark, made_policy), false) THEN
            RAISE duplicate_object USING
                MESSAGE = format('policy "%s" of %s was not made by clerk_rls.protect()', item.policy_name, target),
                HINT = format('Drop it, or give it another name: ALTER POLICY %I ON %s RENAME TO ...;', item.policy_name, target);
        END IF;

        IF policy.oid IS NULL OR policy.leaving THEN
            policy_statements := policy_statements || format('CREATE POLICY %I ON %s FOR %s TO %s%s%s;', item.policy_name, target, item.privilege,
                role_name, ' USING ' || item.using_text, ' WITH CHECK ' || item.check_text);
        ELSIF (policy.using_text, policy.check_text) IS DISTINCT FROM (item.using_text, item.check_text) THEN
            policy_statements := policy_statements || format('ALTER POLICY %I ON %s%s%s;', item.policy_name, target,
                ' USING ' || item.using_text, ' WITH CHECK ' || item.check_text);
        END IF;

        wishes := ARRAY[item.privilege] || CASE WHEN item.command = 'insert' THEN sequences END;
        lacking := ARRAY(SELECT w.privilege FROM unnest(wishes) WITH ORDINALITY AS w (privilege, position)
            WHERE w.privilege <> ALL (holding) ORDER BY w.position);
        granted := ARRAY(SELECT w.privilege FROM unnest(wishes) WITH ORDINALITY AS w (privilege, position)
            WHERE w.privilege = ANY (lacking) OR w.privilege IN (
                SELECT g.granted FROM clerk_rls.protection_grants(target) AS g WHERE g.policy = policy.oid AND NOT policy.leaving)
            ORDER BY w.position);
        granting := granting || lacking;
        mark := made_policy || coalesce(' and granted ' || nullif(array_to_string(granted, ', '), ''), '') || '.';
        IF policy.leaving IS DISTINCT FROM false OR policy.mark <> mark THEN
            policy_statements := policy_statements || format('COMMENT ON POLICY %I ON %s IS %L;', item.policy_name, target, mark);
        END IF;
    END LOOP;

    statements := statements || policy_statements;
    lacking := ARRAY(SELECT p.privilege FROM unnest(granting) WITH ORDINALITY AS p (privilege, position)
        WHERE p.privilege <> ALL (sequences) ORDER BY p.position);
    IF cardinality(lacking) > 0 THEN
        statements := statements || format('GRANT %s ON %s TO %s;', array_to_string(lacking, ', '), target, role_name);
    END IF;
    FOR item IN SELECT p.privilege FROM unnest(granting) WITH ORDINALITY AS p (privilege, position)
        WHERE p.privilege = ANY (sequences) ORDER BY p.position
    LOOP
        statements := statements || format('GRANT USAGE ON SEQUENCE %s.%s TO %s;',
            relation.relnamespace::regnamespace, substr(item.privilege, length('USAGE ON SEQUENCE ') + 1), role_name);
    END LOOP;
    RETURN statements;
END
$$;
COMMENT ON FUNCTION clerk_rls.protection_statements(regclass, text, name, name, text[], text, boolean) IS
'The statements that protect() would run with these arguments, in order. It runs none of them.';

CREATE FUNCTION clerk_rls.unprotection_statements(target regclass) RETURNS text[]
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off
AS $$
#variable_conflict use_variable
DECLARE
    statements text[] := '{}';
    policies oid[];
    item record;
BEGIN
    policies := ARRAY(SELECT p.oid FROM pg_policy AS p
        WHERE p.polrelid = target AND starts_with(obj_description(p.oid, 'pg_policy'), 'clerk_rls.protect() made this policy'));
    -- Somebody may have disabled it since. A table that was protected is not left open.
    IF cardinality(policies) > 0 THEN
        FOR item IN SELECT t.name FROM clerk_rls.protected_tables(target) WITH ORDINALITY AS t (name, position) JOIN pg_class AS c ON c.oid = t.name
            WHERE NOT c.relrowsecurity ORDER BY t.position
        LOOP
            statements := statements || format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY;', item.name);
        END LOOP;
    END IF;
    RETURN statements || clerk_rls.protection_removals(target, policies, clerk_rls.protection_indexes(target));
END
$$;
COMMENT ON FUNCTION clerk_rls.unprotection_statements(regclass) IS
'The statements that unprotect() would run, in order. It runs none of them.';
