-- clerk_rls.lint(): what is wrong with Row Level Security in this database, with the statements that fix it.
-- docs/lint/ has a page for each rule. tests/lint-docs finds the rules by the line on which each begins, SELECT 'rule',
-- 'level' or a CASE.
--
-- SECURITY DEFINER, so that a role of the CI can call it after one GRANT: only the owner may execute the functions
-- below it. It reports no more than the catalogs, which everybody can read.

CREATE FUNCTION clerk_rls.lint() RETURNS TABLE (rule text, level text, object text, finding text, fix text)
    LANGUAGE sql STABLE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH found AS (
        SELECT * FROM clerk_rls.lint_tables()
        UNION ALL SELECT * FROM clerk_rls.lint_views()
        UNION ALL SELECT * FROM clerk_rls.lint_grants()
        UNION ALL SELECT * FROM clerk_rls.lint_permissive_policies()
        UNION ALL SELECT * FROM clerk_rls.lint_policies()
        UNION ALL SELECT * FROM clerk_rls.lint_claims()
        UNION ALL SELECT * FROM clerk_rls.lint_owner_columns()
    ), owned (object, relation) AS (
        -- The table to which an object belongs.
        SELECT format('policy %I on %s', p.polname, p.polrelid::regclass), p.polrelid FROM pg_policy AS p
        UNION ALL
        SELECT r.object, r.relation FROM clerk_rls.inspected_relations() AS r
        UNION ALL
        SELECT format('column %I of %s', a.attname, r.object), r.relation
        FROM clerk_rls.inspected_relations() AS r JOIN pg_attribute AS a ON a.attrelid = r.relation
        WHERE a.attnum > 0
        UNION ALL
        SELECT format('constraint %I on %s', c.conname, c.conrelid::regclass), c.conrelid
        FROM pg_constraint AS c
        WHERE c.conrelid <> 0
        UNION ALL
        SELECT 'index ' || i.indexrelid::regclass, i.indrelid FROM pg_index AS i
    ), ordered AS (
        SELECT f.*, o.relation,
            row_number() OVER (ORDER BY clerk_rls.order_of_level(f.level), f.rule COLLATE "C", f.object COLLATE "C",
                f.finding COLLATE "C") AS n,
            f.fix ~ '(ALTER|DROP) POLICY' AS changes_policies,
            coalesce('table ' || o.relation::regclass, f.object) AS of_table
        FROM found AS f LEFT JOIN owned AS o ON o.object = f.object
    )
    SELECT f.rule, f.level, f.object, f.finding,
        -- A fix starts from the policy as it is. It would undo an earlier fix of the same policy.
        CASE WHEN f.changes_policies AND EXISTS (
                SELECT FROM ordered AS earlier
                WHERE earlier.n < f.n AND earlier.changes_policies AND earlier.of_table = f.of_table
                    AND earlier.rule <> f.rule
                    AND (earlier.object = f.object OR earlier.object = f.of_table OR f.object = f.of_table))
            THEN '-- Fix the findings above, then run lint() again.'
            ELSE clerk_rls.as_owner(f.relation, f.fix) END
    FROM ordered AS f
    ORDER BY f.n
$$;
COMMENT ON FUNCTION clerk_rls.lint() IS
'What is wrong with Row Level Security in this database, errors first: the rule (docs/lint has a page for each), its '
'level (error, warning, info), the object, the finding with its consequence, and the statements that fix it. Reads '
'catalogs and parse trees, calls no function of yours, writes nothing, and locks no table.';
