-- An upgrade changes the library when a session loads it next, and the extension with ALTER EXTENSION UPDATE.

CREATE FUNCTION clerk_rls.library_version() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'library_version';
COMMENT ON FUNCTION clerk_rls.library_version() IS
'Version of the library that this session has loaded, as in pg_available_extensions.';
