-- authenticate() with a role: SET LOCAL ROLE in the same call, under its rules.
CREATE ROLE regress_app LOGIN NOINHERIT;
GRANT anon, authenticated TO regress_app;
\c - regress_app

-- identity and role at once, to the end of the transaction
BEGIN;
SELECT clerk_rls.authenticate(token('user_red'), 'authenticated');
SELECT current_user, requesting_user_id(), count(*) FROM notes;
COMMIT;
SELECT current_user, requesting_user_id();
BEGIN;
SELECT clerk_rls.authenticate(token => token('user_red'), role => 'authenticated');
SAVEPOINT s;
SELECT clerk_rls.authenticate(token('user_red', '{"sid":"sess_2"}'), 'anon');
SELECT current_user, requesting_session_id();
ROLLBACK TO s;
SELECT current_user, requesting_session_id();
-- without a role, it stays
SELECT clerk_rls.authenticate(token('user_red', '{"sid":"sess_3"}'));
SELECT current_user, requesting_session_id();
SELECT clerk_rls.authenticate(token('user_red'), 'none');
SELECT current_user, requesting_user_id();
ROLLBACK;
SELECT current_user, requesting_user_id();

-- a request without a token is of nobody, and has its role all the same
BEGIN;
SELECT clerk_rls.authenticate(NULL, 'anon') IS NULL AS nobody;
SELECT current_user, requesting_user_id();
COMMIT;
SELECT clerk_rls.authenticate(NULL), clerk_rls.authenticate(NULL, NULL);
-- it clears nothing, as ever
BEGIN;
SELECT clerk_rls.authenticate(token('user_red'));
SELECT clerk_rls.authenticate(NULL, 'authenticated') IS NULL AS nobody;
SELECT current_user, requesting_user_id();
COMMIT;

-- the errors of SET ROLE, and nothing has changed: neither identity nor role, nor whose transaction it is
CREATE FUNCTION pg_temp.attempt(token text, role name) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN 'accepted: ' || clerk_rls.authenticate(token, role);
EXCEPTION WHEN OTHERS THEN
    RETURN concat_ws(' | ', SQLSTATE, SQLERRM, 'role ' || current_user, 'user ' || requesting_user_id());
END $$;
CREATE FUNCTION pg_temp.set_role(role name) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    RETURN concat_ws(' | ', SQLSTATE, SQLERRM, 'role ' || current_user);
END $$;
BEGIN;
SELECT pg_temp.attempt(token('user_red'), 'no_such_role') AS attempt UNION ALL SELECT pg_temp.set_role('no_such_role');
SELECT pg_temp.attempt(token('user_red'), 'service_role') AS attempt UNION ALL SELECT pg_temp.set_role('service_role');
SELECT pg_temp.attempt(token('user_red'), '') AS attempt;
SELECT pg_temp.attempt(NULL, 'service_role') AS attempt;
-- the transaction is nobody's yet
SELECT pg_temp.attempt(token('user_blue'), 'authenticated');
SELECT current_user, requesting_user_id();
-- a token that is refused leaves the role as it was
SELECT pg_temp.attempt('x', 'anon');
SELECT pg_temp.attempt(token('user_blue', '{"exp":1000}'), 'anon');
SELECT pg_temp.attempt(token('user_red'), 'anon') AS another_user;
SELECT current_user, requesting_user_id();
COMMIT;

-- outside of a transaction block it lasts for the statement, and a warning says so
SELECT clerk_rls.authenticate(token('user_red'), 'authenticated');
SELECT clerk_rls.authenticate(NULL, 'authenticated') IS NULL AS nobody;
SELECT current_user, requesting_user_id();

-- not where SET ROLE is not: in a function with the rights of its owner, in a security-restricted operation
\c - postgres
CREATE FUNCTION as_owner(token text, role name) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT clerk_rls.authenticate(token, role)';
CREATE TABLE restricted (token text);
CREATE FUNCTION restricted(token text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT clerk_rls.authenticate($1, 'authenticated') $$;
INSERT INTO restricted VALUES (token('user_red'));
\c - regress_app
\set SHOW_CONTEXT never
BEGIN;
SELECT as_owner(token('user_red'), 'authenticated');
ROLLBACK;
BEGIN;
SELECT as_owner(NULL, 'authenticated');
ROLLBACK;
BEGIN;
SELECT as_owner(token('user_red'), NULL);
SELECT current_user, requesting_user_id();
COMMIT;
\c - postgres
CREATE INDEX restricted_index ON restricted (restricted(token));
-- one function, and the privileges of the former
SELECT oid::regprocedure, provolatile, proparallel, proisstrict, has_function_privilege('anon', oid, 'EXECUTE') AS anon FROM pg_proc WHERE proname = 'authenticate';
DROP OWNED BY regress_app;
DROP ROLE regress_app;
