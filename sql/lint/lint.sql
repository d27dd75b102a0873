-- clerk_rls.lint(): what is wrong in this database, with the statements that mend it. docs/lint/ has a page for
-- each rule. Each begins as SELECT 'rule', 'level' or a CASE, which tests/lint-docs looks for.
--
-- SECURITY DEFINER, so that one GRANT lets a role of the CI ask: the functions below it are nobody's but the owner's.
-- It tells no more than the catalogs, which everybody can read.

CREATE FUNCTION clerk_rls.lint() RETURNS TABLE (rule text, level text, object text, finding text, fix text)
    LANGUAGE sql STABLE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT f.rule, f.level, f.object, f.finding, f.fix
    FROM (
        SELECT * FROM clerk_rls.lint_tables()
        UNION ALL SELECT * FROM clerk_rls.lint_views()
        UNION ALL SELECT * FROM clerk_rls.lint_grants()
        UNION ALL SELECT * FROM clerk_rls.lint_permissive_policies()
        UNION ALL SELECT * FROM clerk_rls.lint_policies()
        UNION ALL SELECT * FROM clerk_rls.lint_claims()
        UNION ALL SELECT * FROM clerk_rls.lint_owner_columns()
    ) AS f
    ORDER BY array_position(ARRAY['error', 'warning', 'info'], f.level), f.rule COLLATE "C", f.object COLLATE "C", f.finding COLLATE "C"
$$;
REVOKE ALL ON FUNCTION clerk_rls.lint() FROM PUBLIC;
COMMENT ON FUNCTION clerk_rls.lint() IS
'What is wrong with Row Level Security in this database, errors first: the rule (docs/lint has a page for each), its level (error, warning, info), the object, what follows, and the statements that mend it. Reads catalogs and parse trees, and calls nothing of yours.';
