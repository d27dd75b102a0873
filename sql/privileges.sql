-- Last of all, what is true of every function.
--
-- Nobody but the owner holds what the files before have not granted.

-- ALTER DEFAULT PRIVILEGES may have named a role, which no revocation from PUBLIC reaches.
DO $$
DECLARE
    granted record;
BEGIN
    FOR granted IN
        SELECT pg_catalog.format('SCHEMA %I', n.nspname) AS object, a.grantee::pg_catalog.regrole AS role
        FROM pg_catalog.pg_namespace AS n, pg_catalog.aclexplode(n.nspacl) AS a
        WHERE n.nspname = 'clerk_rls' AND a.grantee <> n.nspowner AND a.grantee <> 0
        UNION ALL
        SELECT pg_catalog.format('TABLE %s', c.oid::pg_catalog.regclass), a.grantee::pg_catalog.regrole
        FROM pg_catalog.pg_class AS c, pg_catalog.aclexplode(c.relacl) AS a
        WHERE c.relnamespace = 'clerk_rls'::pg_catalog.regnamespace AND a.grantee <> c.relowner AND a.grantee <> 0
        UNION ALL
        SELECT pg_catalog.format('FUNCTION %s', p.oid::pg_catalog.regprocedure), a.grantee::pg_catalog.regrole
        FROM pg_catalog.pg_proc AS p, pg_catalog.aclexplode(p.proacl) AS a
        WHERE p.pronamespace = 'clerk_rls'::pg_catalog.regnamespace AND a.grantee <> p.proowner AND a.grantee <> 0
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON %s FROM %s', granted.object, granted.role);
    END LOOP;
END
$$;

-- Settings that change what a literal in these functions means, and how they write a name. A body is read at the call.
DO $$
DECLARE
    ours record;
BEGIN
    FOR ours IN
        SELECT p.oid::pg_catalog.regprocedure AS name FROM pg_catalog.pg_proc AS p
        WHERE p.pronamespace = 'clerk_rls'::pg_catalog.regnamespace AND p.proconfig IS NOT NULL
    LOOP
        EXECUTE pg_catalog.format('ALTER FUNCTION %s SET standard_conforming_strings = on SET quote_all_identifiers = off', ours.name);
    END LOOP;
END
$$;
