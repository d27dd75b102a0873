-- clerk_rls.doctor(): the checks of all files in this folder. It reads what only superusers may read, and reports
-- names and ages of it, so that a monitoring role can be granted EXECUTE.

CREATE FUNCTION clerk_rls.doctor()
    RETURNS TABLE ("check" text, level text, finding text, fix text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    -- Loads the library, without which its settings are unknown.
    PERFORM clerk_rls.library_version();
    RETURN QUERY
        SELECT f.* FROM (
            SELECT * FROM clerk_rls.doctor_server() UNION ALL
            SELECT * FROM clerk_rls.doctor_settings() UNION ALL
            SELECT * FROM clerk_rls.doctor_issuers() UNION ALL
            SELECT * FROM clerk_rls.doctor_grants() UNION ALL
            SELECT * FROM clerk_rls.doctor_logging()
        ) AS f
        ORDER BY clerk_rls.order_of_level(f.level), f."check" COLLATE "C", f.finding COLLATE "C";
END
$$;
COMMENT ON FUNCTION clerk_rls.doctor() IS
'What is wrong with this installation, worst first; a healthy one has no row of level error or warning. fix: a '
'statement to execute, or a comment where a person must decide. Run it outside of a request''s transaction. Reads '
'catalogs, settings and clerk_rls.issuers, and writes nothing.';
