-- In one mode alone: nothing here depends on how the library is loaded.
-- clerk_rls alone decides who is signed in; clerk_rls_tools comes and goes, and takes nothing along.
CREATE DATABASE regress_two_extensions_other;
\c regress_two_extensions_other
SET client_min_messages = warning;

-- the identity without the tools
CREATE EXTENSION clerk_rls;
SELECT count(*) AS c_functions, bool_or(p.proname IN ('lint', 'doctor', 'protect', 'act_as', 'execute_as_owner')) AS tools
FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid AND d.classid = 'pg_proc'::regclass
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'clerk_rls');
CREATE TABLE notes (body text, user_id text DEFAULT requesting_user_id());
INSERT INTO notes VALUES ('red', 'user_red'), ('blue', 'user_blue');
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes TO authenticated USING (user_id = requesting_user_id());
GRANT SELECT, INSERT ON notes TO authenticated;
CREATE FUNCTION seen_by(user_id text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE seen text;
BEGIN
    PERFORM set_config('request.jwt.claims', json_build_object('sub', user_id)::text, true);
    SET LOCAL ROLE authenticated;
    SELECT string_agg(body, ', ' ORDER BY body) INTO seen FROM notes;
    RESET ROLE;
    RETURN seen;
END $$;
SELECT seen_by('user_red'), seen_by('user_blue'), seen_by('user_green');

-- a grant that the operator has made on the identity survives the tools
GRANT EXECUTE ON FUNCTION clerk_rls.jwt_sign(jsonb, jsonb, jsonb) TO authenticator;
CREATE EXTENSION clerk_rls_tools;
SELECT has_function_privilege('authenticator', 'clerk_rls.jwt_sign(jsonb, jsonb, jsonb)', 'EXECUTE') AS still_granted;

-- dropping the tools leaves tables, policies, grants and adopted functions as they are
CREATE TABLE tasks (body text);
SELECT count(*) FROM clerk_rls.protect('tasks');
INSERT INTO tasks VALUES ('red', 'user_red');
CREATE FUNCTION pasted() RETURNS text LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('request.jwt.claims', true)::json ->> 'sub', '')::text $$;
SELECT count(*) FROM clerk_rls.adopt('pasted()');
SELECT count(*) FROM clerk_rls.install_auth_compat();
CREATE FUNCTION state() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(o, E'\n' ORDER BY o) FROM (
        SELECT p::text FROM pg_policy AS p
        UNION ALL SELECT d::text FROM pg_attrdef AS d
        UNION ALL SELECT i::text FROM pg_index AS i WHERE i.indrelid >= 16384
        UNION ALL SELECT (c.oid, c.relname, c.relacl, c.relrowsecurity, c.relforcerowsecurity)::text FROM pg_class AS c WHERE c.oid >= 16384
        UNION ALL SELECT (p.oid, p.proname, p.proacl)::text FROM pg_proc AS p WHERE p.oid >= 16384
            AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
    ) AS s (o)
$$;
SELECT state() AS before \gset
DROP EXTENSION clerk_rls_tools;
SELECT length(:'before') > 1000 AS some, state() = :'before' AS unchanged;
SELECT seen_by('user_red'), seen_by('user_blue');
BEGIN;
SET LOCAL request.jwt.claims = '{"sub":"user_red"}';
SET LOCAL ROLE authenticated;
SELECT body, user_id FROM tasks;
SELECT pasted(), auth.user_id();
COMMIT;
SELECT count(*) AS tools_left FROM pg_proc WHERE pronamespace = 'clerk_rls'::regnamespace AND proname IN ('lint', 'doctor', 'protect', 'act_as');

-- and they come again; the identity takes them along
CREATE EXTENSION clerk_rls_tools;
SELECT count(*) AS statements FROM clerk_rls.protect('tasks');
\set VERBOSITY terse
DROP EXTENSION clerk_rls;

-- a dump has both, in the order of their dependency
CREATE DATABASE regress_two_extensions_restored;
\! pg_dump -d regress_two_extensions_other | psql -X -q -d regress_two_extensions_restored -v ON_ERROR_STOP=1 -o /dev/null
\c regress_two_extensions_restored
SELECT extname, extnamespace::regnamespace AS schema FROM pg_extension WHERE extname LIKE 'clerk%' ORDER BY 1;
SELECT seen_by('user_red');
SELECT count(*) AS statements FROM clerk_rls.protect('tasks');

-- the readers where the operator wants them, in one step
\c regress_two_extensions
DROP DATABASE regress_two_extensions_other;
DROP DATABASE regress_two_extensions_restored;
DROP EXTENSION clerk_rls CASCADE;
CREATE SCHEMA elsewhere;
CREATE EXTENSION clerk_rls_tools SCHEMA elsewhere CASCADE;
SELECT extname, extnamespace::regnamespace AS schema FROM pg_extension WHERE extname LIKE 'clerk%' ORDER BY 1;
SELECT clerk_rls.qualified_reader('requesting_user_id()');
