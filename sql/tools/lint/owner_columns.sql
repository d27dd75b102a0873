-- Rules about the columns that hold the owner of a row.

CREATE FUNCTION clerk_rls.lint_owner_columns()
    RETURNS TABLE (rule text, level text, object text, finding text, fix text)
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH policy AS MATERIALIZED (
        SELECT * FROM clerk_rls.inspected_policies() AS p WHERE p.permissive AND cardinality(p.exposed) > 0
    ), owner AS MATERIALIZED (
        SELECT p.relation, t.object, a.attname AS name, a.attnum AS number,
            format('ALTER TABLE %s ALTER COLUMN %I', p.relation::regclass, a.attname) AS alter,
            bool_or(
                p.reading -> 'loosely_compared' @> c.number::text::jsonb
                OR p.writing -> 'loosely_compared' @> c.number::text::jsonb) AS loosely_compared,
            -- What the column is compared with, if a policy compares no other.
            min(CASE WHEN jsonb_array_length(p.reading -> 'owner_columns') = 1
                    AND jsonb_array_length(p.reading -> 'askers') = 1
                THEN p.reading -> 'askers' ->> 0 END) AS asker
        FROM policy AS p JOIN clerk_rls.inspected_relations() AS t ON t.relation = p.relation
            CROSS JOIN LATERAL jsonb_array_elements(coalesce(p.reading, p.writing) -> 'owner_columns') AS c (number)
            JOIN pg_attribute AS a ON a.attrelid = p.relation AND a.attnum = c.number::text::int2
        GROUP BY p.relation, t.object, a.attname, a.attnum
    ), wanted AS MATERIALIZED (
        -- One of these columns should be the first of an index.
        SELECT DISTINCT p.relation, ARRAY(SELECT jsonb_array_elements_text(g.columns)::int2 ORDER BY 1) AS columns
        FROM policy AS p, jsonb_array_elements(p.reading -> 'index_groups') AS g (columns)
        WHERE p.command <> 'a'
    )
    SELECT 'owner_column_without_index', 'warning', t.object,
        format('policies use %s to find the rows of the requesting user, and no index begins with it: '
            'each request reads the whole table', quote_ident(a.attname)),
        format('CREATE INDEX ON %s (%I);', t.relation::regclass, a.attname)
    FROM wanted AS w
        JOIN clerk_rls.inspected_relations() AS t ON t.relation = w.relation
        JOIN pg_attribute AS a ON a.attrelid = w.relation AND a.attnum = w.columns[1]
    -- Partitions are reached through their parent, whose index covers them.
    WHERE NOT t.is_partition AND NOT EXISTS (
        SELECT FROM pg_index AS i
        WHERE i.indrelid = w.relation AND i.indisvalid AND i.indpred IS NULL AND i.indkey[0] = ANY (w.columns))

    UNION ALL
    -- char(n) and a nondeterministic collation treat different texts as equal, and so the IDs of different users.
    SELECT 'owner_column_collation', 'error', o.object,
        format('the comparison of %s treats different texts as equal: rows of another user can match',
            quote_ident(o.name)),
        -- The type of a column cannot change while policies use it, so they are dropped and created again.
        concat_ws(E'\n',
            (SELECT string_agg(format('DROP POLICY %I ON %s;', p.polname, p.polrelid::regclass), E'\n'
                ORDER BY p.polname COLLATE "C")
            FROM pg_policy AS p
            WHERE p.polrelid = o.relation),
            o.alter || ' TYPE text COLLATE "default";',
            (SELECT string_agg(clerk_rls.policy_definition(p.oid), E'\n' ORDER BY p.polname COLLATE "C")
            FROM pg_policy AS p
            WHERE p.polrelid = o.relation))
    FROM owner AS o
    WHERE o.loosely_compared

    UNION ALL
    -- With another default, the client has to name the owner of a row, or chooses it with a setting.
    SELECT 'owner_default_not_identity', 'warning', o.object,
        format('the default of %s does not come from the requesting user: %s',
            quote_ident(o.name), pg_get_expr(d.adbin, d.adrelid)),
        o.alter || CASE WHEN o.asker IS NULL OR o.asker ~ '^\( *SELECT'
            THEN ' DROP DEFAULT;'
            ELSE format(' SET DEFAULT %s;', o.asker) END
    FROM owner AS o
        JOIN pg_attrdef AS d ON d.adrelid = o.relation AND d.adnum = o.number
        JOIN pg_attribute AS a ON a.attrelid = o.relation AND a.attnum = o.number AND a.attgenerated = '',
        LATERAL clerk_rls.inspect_expression(d.adbin, d.adrelid) AS i (facts)
    WHERE i.facts -> 'reads_claims' = 'false' AND i.facts ->> 'asks' <> 'perhaps'

    UNION ALL
    SELECT 'owner_default_not_identity', 'warning', o.object,
        format('%s is an identity column: a sequence cannot give the ID of the requesting user', quote_ident(o.name)),
        o.alter || ' DROP IDENTITY;'
    FROM owner AS o JOIN pg_attribute AS a ON a.attrelid = o.relation AND a.attnum = o.number
    WHERE a.attidentity <> ''
$$;
COMMENT ON FUNCTION clerk_rls.lint_owner_columns() IS
'The findings of lint() about owner columns: those without an index, those under which different IDs are equal, and '
'those whose default does not come from the requesting user.';
