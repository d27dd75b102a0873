-- Runs at the end of the script of each extension, clerk_rls and clerk_rls_tools, on every object of the extension. It
-- revokes every privilege of roles other than the owner; grants.sql follows.

DO $$
DECLARE
    path text := pg_catalog.current_setting('search_path');
    extension oid;
    held record;
    function regprocedure;
BEGIN
    -- The schema of CREATE EXTENSION may contain operators of other users.
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    -- clerk_rls_tools is always created after clerk_rls.
    SELECT e.oid INTO STRICT extension FROM pg_extension AS e
    WHERE e.extname IN ('clerk_rls', 'clerk_rls_tools') ORDER BY e.extname DESC LIMIT 1;

    -- PUBLIC may execute a new function, and ALTER DEFAULT PRIVILEGES may have granted privileges to roles, which
    -- REVOKE ... FROM PUBLIC does not change.
    FOR held IN
        WITH member AS (
            SELECT d.classid, d.objid FROM pg_depend AS d
            WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = extension AND d.deptype = 'e'
        ), object (name, owner, acl) AS (
            SELECT format('SCHEMA %I', n.nspname), n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner))
            FROM pg_namespace AS n JOIN member AS m ON m.classid = 'pg_namespace'::regclass AND m.objid = n.oid
            UNION ALL
            SELECT format('TABLE %s', c.oid::regclass), c.relowner, coalesce(c.relacl, acldefault('r', c.relowner))
            FROM pg_class AS c JOIN member AS m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid
            WHERE c.relkind IN ('r', 'v')
            UNION ALL
            SELECT format('FUNCTION %s', p.oid::regprocedure), p.proowner,
                coalesce(p.proacl, acldefault('f', p.proowner))
            FROM pg_proc AS p JOIN member AS m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid
        )
        SELECT DISTINCT o.name AS object,
            CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS role
        FROM object AS o, aclexplode(o.acl) AS a
        WHERE a.grantee <> o.owner
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %s', held.object, held.role);
    END LOOP;

    -- PostgreSQL parses the body of a function when it is called. These settings of the session would change what its
    -- literals mean and how it prints names.
    FOR function IN
        SELECT p.oid FROM pg_proc AS p JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
        WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = extension AND d.deptype = 'e'
            AND p.proconfig IS NOT NULL
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET standard_conforming_strings = on SET quote_all_identifiers = off',
            function);
    END LOOP;
    PERFORM set_config('search_path', path, true);
END
$$;
