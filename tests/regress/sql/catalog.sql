-- What the extension puts into the catalog: every object is explained, and its privileges are written out.
SELECT count(*) > 0 AS some, count(*) FILTER (WHERE obj_description(p.oid, 'pg_proc') IS NULL) AS without_comment
FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.classid = 'pg_proc'::regclass AND d.refobjid IN (SELECT oid FROM pg_extension WHERE extname IN ('clerk_rls', 'clerk_rls_tools'));

SELECT p.oid::regprocedure AS function, p.provolatile, p.proparallel, p.proisstrict AS strict, p.prosecdef AS definer, l.lanname, p.procost, p.proacl IS NOT NULL AS acl,
    has_function_privilege('anon', p.oid, 'EXECUTE') AS anon
FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid JOIN pg_language l ON l.oid = p.prolang
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.classid = 'pg_proc'::regclass AND d.refobjid IN (SELECT oid FROM pg_extension WHERE extname IN ('clerk_rls', 'clerk_rls_tools'))
ORDER BY p.pronamespace::regnamespace::text COLLATE "C", p.proname COLLATE "C";

SELECT pg_describe_object(classid, objid, 0) COLLATE "C" AS other_object, obj_description(objid, classid::regclass::name) IS NOT NULL AS comment
FROM pg_depend d WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.classid IN ('pg_class'::regclass, 'pg_namespace'::regclass) AND d.refobjid IN (SELECT oid FROM pg_extension WHERE extname IN ('clerk_rls', 'clerk_rls_tools')) ORDER BY 1;
SELECT has_schema_privilege('anon', 'clerk_rls', 'USAGE') AS usage, has_schema_privilege('anon', 'clerk_rls', 'CREATE') AS "create";
SELECT extname, extrelocatable, extnamespace::regnamespace AS schema, obj_description(oid, 'pg_extension') FROM pg_extension WHERE extname LIKE 'clerk%' ORDER BY 1;

-- P3: a schema that somebody made beforehand
CREATE DATABASE regress_catalog_p3;
\c regress_catalog_p3
\set SHOW_CONTEXT never
CREATE SCHEMA clerk_rls AUTHORIZATION authenticated;
CREATE EXTENSION clerk_rls;
CREATE EXTENSION clerk_rls_tools CASCADE;
DROP SCHEMA clerk_rls;
-- one of the installer's own that others can use, or that has something in it
CREATE SCHEMA clerk_rls;
GRANT CREATE ON SCHEMA clerk_rls TO authenticated;
CREATE EXTENSION clerk_rls;
CREATE EXTENSION clerk_rls_tools CASCADE;
DROP SCHEMA clerk_rls;
CREATE SCHEMA clerk_rls;
CREATE FUNCTION clerk_rls.api_roles(text) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE EXTENSION clerk_rls;
CREATE EXTENSION clerk_rls_tools CASCADE;
DROP SCHEMA clerk_rls CASCADE;
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
SELECT name, setting, context, vartype, enumvals, short_desc IS NOT NULL AS described FROM pg_settings WHERE name LIKE 'clerk\_rls.%' AND name NOT IN ('clerk_rls.define_request_settings', 'clerk_rls.keys_worker') ORDER BY name;

-- P4: default privileges that grant everything to everybody before the installation
CREATE DATABASE regress_catalog_p4;
\c regress_catalog_p4
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO anon, authenticated;
ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO anon, authenticated;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO anon, authenticated;
CREATE EXTENSION clerk_rls;
CREATE EXTENSION clerk_rls_tools;
SELECT c.oid::regclass AS "table", has_table_privilege('anon', c.oid, 'SELECT') OR has_any_column_privilege('anon', c.oid, 'SELECT') AS reads,
    has_table_privilege('anon', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
        OR has_any_column_privilege('anon', c.oid, 'INSERT, UPDATE, REFERENCES') AS more, c.relrowsecurity AS policies
FROM pg_class c WHERE relnamespace = 'clerk_rls'::regnamespace AND relkind = 'r' ORDER BY c.oid::regclass::text COLLATE "C";
SELECT has_schema_privilege('anon', 'clerk_rls', 'CREATE') AS "create", array_agg(p.proname ORDER BY p.proname COLLATE "C") AS functions
FROM pg_proc p WHERE pronamespace = 'clerk_rls'::regnamespace AND has_function_privilege('anon', p.oid, 'EXECUTE');
SELECT has_table_privilege('authenticated', 'clerk_rls.issuer_secrets', 'SELECT') AS authenticated;
SET ROLE anon;
SELECT * FROM clerk_rls.issuers;
SELECT * FROM clerk_rls.issuer_secrets;
SELECT clerk_rls.add_issuer('https://evil.example.com');
SELECT clerk_rls.set_secret('https://evil.example.com', repeat('x', 32));
SELECT clerk_rls.jwt_sign('{}', '{}');

-- P7: the C symbols of version 0.1.0. A later library keeps them all: a database whose extension was not updated yet calls them.
\c regress_catalog
SELECT string_agg(DISTINCT p.prosrc, ' ' ORDER BY p.prosrc) AS symbols
FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid JOIN pg_language l ON l.oid = p.prolang AND l.lanname = 'c'
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.classid = 'pg_proc'::regclass AND d.refobjid IN (SELECT oid FROM pg_extension WHERE extname IN ('clerk_rls', 'clerk_rls_tools'));

-- P5: a publication FOR ALL TABLES carries the issuers' secrets, as docs/security.md says; one that names tables does not have to
SET client_min_messages = error;
CREATE PUBLICATION everything FOR ALL TABLES;
CREATE PUBLICATION one_table FOR TABLE notes;
SELECT pubname, count(*) FILTER (WHERE tablename = 'issuer_secrets') AS secrets FROM pg_publication_tables GROUP BY 1 ORDER BY 1;
