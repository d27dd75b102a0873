-- clerk_rls.doctor(): all of them. It reads what superusers alone may read, and tells names and ages of it,
-- so a role that watches the database can be granted EXECUTE.

CREATE FUNCTION clerk_rls.doctor()
    RETURNS TABLE ("check" text, level text, finding text, fix text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    -- The settings of a library that is not loaded are unknown.
    PERFORM clerk_rls.library_version();
    RETURN QUERY
        SELECT f.* FROM (
            SELECT * FROM clerk_rls.doctor_server() UNION ALL
            SELECT * FROM clerk_rls.doctor_settings() UNION ALL
            SELECT * FROM clerk_rls.doctor_issuers() UNION ALL
            SELECT * FROM clerk_rls.doctor_grants() UNION ALL
            SELECT * FROM clerk_rls.doctor_logging()
        ) AS f
        ORDER BY array_position('{error,warning,info}'::text[], f.level), f."check" COLLATE "C", f.finding COLLATE "C";
END
$$;
COMMENT ON FUNCTION clerk_rls.doctor() IS
'What is wrong with this installation, worst first; a healthy one has no row of level error or warning. fix: a statement that mends it, or a comment where a person must decide. Run it outside of a request''s transaction.';
