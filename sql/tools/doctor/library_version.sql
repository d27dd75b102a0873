-- After an upgrade, a session uses the new library as soon as it loads it, and the new extension only after ALTER
-- EXTENSION UPDATE.

CREATE FUNCTION clerk_rls.library_version() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'library_version';
COMMENT ON FUNCTION clerk_rls.library_version() IS
'The version of the library that this session has loaded, as in pg_available_extensions.';
