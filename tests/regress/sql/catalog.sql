-- What the extension puts into the catalog: every object is explained, and its privileges are written out.
SELECT count(*) > 0 AS some, count(*) FILTER (WHERE obj_description(p.oid, 'pg_proc') IS NULL) AS without_comment
FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.classid = 'pg_proc'::regclass AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'clerk_rls');

SELECT p.oid::regprocedure AS function, p.provolatile, p.proparallel, p.proisstrict AS strict, p.prosecdef AS definer, l.lanname, p.procost, p.proacl IS NOT NULL AS acl,
    has_function_privilege('anon', p.oid, 'EXECUTE') AS anon
FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid JOIN pg_language l ON l.oid = p.prolang
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.classid = 'pg_proc'::regclass AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'clerk_rls')
ORDER BY p.pronamespace::regnamespace::text COLLATE "C", p.proname COLLATE "C";

SELECT pg_describe_object(classid, objid, 0) AS other_object, obj_description(objid, 'pg_namespace') IS NOT NULL AS comment
FROM pg_depend d WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.classid <> 'pg_proc'::regclass AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'clerk_rls');
SELECT has_schema_privilege('anon', 'clerk_rls', 'USAGE') AS usage, has_schema_privilege('anon', 'clerk_rls', 'CREATE') AS "create";
SELECT extrelocatable, obj_description(oid, 'pg_extension') FROM pg_extension WHERE extname = 'clerk_rls';

-- P3: a schema that somebody made beforehand
CREATE DATABASE regress_catalog_p3;
\c regress_catalog_p3
CREATE SCHEMA clerk_rls;
CREATE EXTENSION clerk_rls;
DROP SCHEMA clerk_rls;
-- in a schema of the operator's choice
CREATE SCHEMA identity;
GRANT USAGE ON SCHEMA identity TO PUBLIC;
CREATE EXTENSION clerk_rls WITH SCHEMA identity;
SET request.jwt.claims = '{"sub":"user_red"}';
SELECT identity.requesting_user_id(), user_id FROM clerk_rls.whoami();
-- not for everybody to install
\c regress_catalog authenticator
CREATE EXTENSION clerk_rls;
\c regress_catalog_p3 postgres
DROP EXTENSION clerk_rls;
SELECT to_regnamespace('clerk_rls') IS NULL AS gone;
\set VERBOSITY terse
\c regress_catalog
CREATE DATABASE regress_catalog_plain;
\c regress_catalog_plain authenticator
CREATE EXTENSION clerk_rls;

-- settings are as documented
\c regress_catalog postgres
SELECT requesting_user_id();
SELECT name, setting, context, vartype, enumvals, short_desc IS NOT NULL AS described FROM pg_settings WHERE name LIKE 'clerk\_rls.%' AND name <> 'clerk_rls.define_request_settings' ORDER BY name;
