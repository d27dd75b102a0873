-- Rules about tables: whether Row Level Security applies, to whom it does not, and what a unique key reveals.

CREATE FUNCTION clerk_rls.lint_tables() RETURNS TABLE (rule text, level text, object text, finding text, fix text)
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH relations AS MATERIALIZED (
        SELECT * FROM clerk_rls.inspected_relations()
    ), api AS MATERIALIZED (
        SELECT clerk_rls.api_role_oids() AS roles
    ), owned AS MATERIALIZED (
        -- Tables whose keys are inspected; the owner columns of each are read once.
        SELECT t.relation, clerk_rls.owner_columns(t.relation) AS columns,
            clerk_rls.held_privileges(api.roles, t.relation, '{INSERT,UPDATE}') AS held
        FROM relations AS t, api
        WHERE t.kind IN ('r', 'p') AND t.has_rls AND t.reached ~ 'INSERT|UPDATE'
    )
    -- A privilege on a table without Row Level Security covers every row. A partition that is reached by its own name
    -- counts: the policies of the parent apply to the parent alone.
    SELECT 'rls_disabled', 'error', t.object,
        format('row-level security is disabled: every row is open to %s', t.reached),
        format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY;', t.relation::regclass)
    FROM relations AS t
    WHERE t.kind IN ('r', 'p') AND NOT t.has_rls AND t.policies = 0 AND t.reached IS NOT NULL

    UNION ALL
    -- Also if no client reaches the table: the author of the policies relies on them, and will grant the table next.
    SELECT 'policy_exists_rls_disabled', 'error', t.object,
        format('row-level security is disabled: %s not applied%s',
            (SELECT string_agg(quote_ident(p.polname), ', ' ORDER BY p.polname COLLATE "C")
            FROM pg_policy AS p
            WHERE p.polrelid = t.relation) || CASE t.policies WHEN 1 THEN ' is' ELSE ' are' END,
            ', and every row is open to ' || t.reached),
        format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY;', t.relation::regclass)
    FROM relations AS t
    WHERE t.kind IN ('r', 'p') AND NOT t.has_rls AND t.policies > 0

    UNION ALL
    -- Either the table is closed on purpose, and the privileges are useless, or the policies were forgotten. Not for a
    -- partition: its rows are reached through the parent, whose policies apply.
    SELECT 'rls_enabled_no_policy', 'info', t.object,
        format('row-level security is enabled and there is no policy: no row is visible to %s', t.reached),
        coalesce(
            (SELECT format('SELECT clerk_rls.protect(%L, owner => %L%s);', t.relation::regclass,
                    CASE a.attname WHEN 'user_id' THEN 'user' WHEN 'org_id' THEN 'org' ELSE 'user_or_org' END,
                    CASE WHEN role.name <> 'authenticated' THEN format(', role => %L', role.name) END)
                FROM pg_attribute AS a, LATERAL (
                    SELECT r.rolname AS name
                    FROM clerk_rls.api_roles() AS api (role) JOIN pg_roles AS r ON r.oid = api.role
                    WHERE r.rolname <> 'anon' AND clerk_rls.held_privileges(
                        ARRAY[r.oid], t.relation, '{SELECT,INSERT,UPDATE,DELETE}') IS NOT NULL
                    ORDER BY r.rolname <> 'authenticated', r.rolname COLLATE "C"
                    LIMIT 1
                ) AS role
                WHERE a.attrelid = t.relation AND a.attname IN ('user_id', 'org_id', 'owner_id')
                    AND (a.atttypid IN ('text'::regtype, 'varchar'::regtype)
                        OR a.atttypid = 'uuid'::regtype AND a.attname = 'user_id')
                    AND to_regproc('clerk_rls.protect') IS NOT NULL
                ORDER BY a.attname = 'org_id', a.attname = 'user_id'
                LIMIT 1),
            clerk_rls.revoke_statements(
                clerk_rls.api_role_oids(), t.relation, '{SELECT,INSERT,UPDATE,DELETE}'))
    FROM relations AS t
    WHERE t.kind IN ('r', 'p') AND t.has_rls AND t.policies = 0 AND NOT t.is_partition AND t.reached IS NOT NULL
        -- A platform closes its own tables on purpose.
        AND t.owner::regrole::text !~ '^supabase_'

    UNION ALL
    -- Superusers and roles with BYPASSRLS bypass it anyway; FORCE would not change that.
    SELECT 'owner_bypasses_rls', 'warning', t.object,
        format('the policies do not apply to its owner %s, nor to SECURITY DEFINER functions and views of this role',
            t.owner::regrole),
        format('ALTER TABLE %s FORCE ROW LEVEL SECURITY;', t.relation::regclass)
    FROM relations AS t JOIN pg_roles AS r ON r.oid = t.owner
    WHERE t.kind IN ('r', 'p') AND t.has_rls AND NOT t.forced AND NOT r.rolsuper AND NOT r.rolbypassrls
        -- The services of a platform connect as the owners of their tables.
        AND r.rolname !~ '^supabase_'
        -- A policy may call a SECURITY DEFINER function of the same owner because it is not subject to policies.
        AND NOT EXISTS (
            SELECT FROM pg_depend AS d JOIN pg_proc AS f ON f.oid = d.refobjid
            WHERE d.classid = 'pg_policy'::regclass AND d.refclassid = 'pg_proc'::regclass
                AND f.prosecdef AND f.proowner = t.owner)

    UNION ALL
    -- A unique key over the rows of all owners reveals whether a value exists in rows that one cannot see. To test
    -- for a value one must be able to write it. So a key counts if some API role may write one of its columns, if no
    -- column gets its value from the database (an identity, or a default that calls a volatile function such as
    -- nextval or gen_random_uuid), and if no policy depends on one, which would limit the values to test.
    SELECT 'unique_leaks_existence', 'info',
        CASE WHEN k.constraint_name IS NULL
            THEN 'index ' || k.index::regclass
            ELSE format('constraint %I on %s', k.constraint_name, k.relation::regclass) END,
        format('it does not include the owner column %I: an error shows %s that another owner has the value',
            k.owner_column, k.held),
        CASE WHEN k.constraint_name IS NULL THEN
            format(E'DROP INDEX %s;\nCREATE UNIQUE INDEX %I ON %s USING %I (%I, %s;',
                k.index::regclass, k.index_name, k.relation::regclass, k.method, k.owner_column,
                -- What follows the parenthesis.
                substr(pg_get_indexdef(k.index), 1 + length(format('CREATE UNIQUE INDEX %I ON %s%s USING %I (',
                    k.index_name, CASE WHEN k.is_partitioned THEN 'ONLY ' ELSE '' END, k.relation::regclass,
                    k.method))))
        ELSE
            format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I %s;',
                k.relation::regclass, k.constraint_name, k.constraint_name,
                regexp_replace(pg_get_constraintdef(k.constraint_oid), '^([A-Z ]+)\(',
                    '\1(' || replace(quote_ident(k.owner_column), '\', '\\') || ', '))
        END
    FROM (
        SELECT i.indexrelid AS index, t.relation, con.conname AS constraint_name, con.oid AS constraint_oid, api.roles,
            t.held, o.attname AS owner_column, t.columns AS owner_columns,
            x.relname AS index_name, x.relkind = 'I' AS is_partitioned, m.amname AS method,
            ARRAY(
                SELECT column_number
                FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS key (column_number, position)
                WHERE column_number > 0 AND position <= i.indnkeyatts
                UNION
                SELECT d.refobjsubid::int2 FROM pg_depend AS d
                WHERE i.indexprs IS NOT NULL
                    AND d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                    AND d.refclassid = 'pg_class'::regclass AND d.refobjid = t.relation AND d.refobjsubid > 0
            ) AS columns
        FROM api, owned AS t
            JOIN pg_attribute AS o ON o.attrelid = t.relation AND o.attnum = t.columns[1]
            JOIN pg_index AS i ON i.indrelid = t.relation AND i.indisunique
            JOIN pg_class AS x ON x.oid = i.indexrelid AND NOT x.relispartition
            JOIN pg_am AS m ON m.oid = x.relam
            LEFT JOIN pg_constraint AS con
                ON con.conindid = i.indexrelid AND con.contype IN ('p', 'u') AND con.conrelid = t.relation
        WHERE
            -- A foreign key that refers to it would have to be created again, too.
            NOT EXISTS (SELECT FROM pg_constraint AS f WHERE f.contype = 'f' AND f.conindid = i.indexrelid)
    ) AS k
    WHERE NOT k.columns && k.owner_columns
        AND EXISTS (
            SELECT FROM unnest(k.columns) AS key (column_number)
                JOIN pg_attribute AS a ON a.attrelid = k.relation AND a.attnum = key.column_number,
                unnest(k.roles) AS r (role)
            WHERE a.attgenerated <> ''
                OR has_column_privilege(r.role, k.relation, a.attnum, 'INSERT')
                OR has_column_privilege(r.role, k.relation, a.attnum, 'UPDATE')
        )
        AND NOT EXISTS (
            SELECT FROM unnest(k.columns) AS key (column_number)
                JOIN pg_attribute AS a ON a.attrelid = k.relation AND a.attnum = key.column_number
                LEFT JOIN pg_attrdef AS d ON d.adrelid = k.relation AND d.adnum = a.attnum
            WHERE a.attidentity <> ''
                OR EXISTS (
                    SELECT FROM regexp_matches(d.adbin::text, ':funcid (\d+)', 'g') AS called (oids)
                        JOIN pg_proc AS f ON f.oid = called.oids[1]::oid AND f.provolatile = 'v')
                OR EXISTS (
                    SELECT FROM pg_policy AS p
                        JOIN pg_depend AS c ON c.classid = 'pg_policy'::regclass AND c.objid = p.oid
                    WHERE p.polrelid = k.relation
                        AND c.refclassid = 'pg_class'::regclass AND c.refobjid = k.relation
                        AND c.refobjsubid = a.attnum)
        )
$$;
COMMENT ON FUNCTION clerk_rls.lint_tables() IS
'The findings of lint() about tables: Row Level Security that is disabled, has no policies or does not apply to the '
'owner, and unique keys that reveal the rows of other owners.';
