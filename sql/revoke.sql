-- What holds for every object of the extension that is being created: of clerk_rls, or of clerk_rls_tools, which can
-- only come after. Nobody but the owner keeps a privilege; grants.sql follows.

DO $$
DECLARE
    path text := pg_catalog.current_setting('search_path');
    extension oid;
    held record;
    function regprocedure;
BEGIN
    -- The schema of CREATE EXTENSION may have operators of others in it.
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    SELECT e.oid INTO STRICT extension FROM pg_extension AS e
    WHERE e.extname IN ('clerk_rls', 'clerk_rls_tools') ORDER BY e.extname DESC LIMIT 1;

    -- A new function is everybody's, and ALTER DEFAULT PRIVILEGES may have named roles, which no revocation from
    -- PUBLIC reaches.
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
            WHERE c.relkind = 'r'
            UNION ALL
            SELECT format('FUNCTION %s', p.oid::regprocedure), p.proowner, coalesce(p.proacl, acldefault('f', p.proowner))
            FROM pg_proc AS p JOIN member AS m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid
        )
        SELECT DISTINCT o.name AS object, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS role
        FROM object AS o, aclexplode(o.acl) AS a WHERE a.grantee <> o.owner
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %s', held.object, held.role);
    END LOOP;

    -- The body of a function is read at each call, and these settings of the session change what its literals mean and
    -- how it writes names.
    FOR function IN
        SELECT p.oid FROM pg_proc AS p JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
        WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = extension AND d.deptype = 'e'
            AND p.proconfig IS NOT NULL
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET standard_conforming_strings = on SET quote_all_identifiers = off', function);
    END LOOP;
    PERFORM set_config('search_path', path, true);
END
$$;
