-- The verified identity: what authenticate() does, and what no other SQL can do.
ALTER DATABASE regress_verified_identity SET clerk_rls.identity_source = 'verified_token';
\c
SET ROLE authenticated;

-- a request, and the end of it
SELECT requesting_user_id(), count(*) FROM notes;
BEGIN;
SELECT clerk_rls.authenticate(token('user_red'));
SELECT requesting_user_id(), requesting_session_id(), requesting_role(), requesting_claim('iss'), count(*) FROM notes;
SELECT user_id, session_id, issuer, source, problem FROM clerk_rls.whoami();
COMMIT;
SELECT requesting_user_id(), count(*) FROM notes;
SELECT user_id, source, problem FROM clerk_rls.whoami();
BEGIN;
SELECT clerk_rls.authenticate('Bearer ' || token('user_blue'));
SELECT count(*) FROM notes;
SELECT clerk_rls.deauthenticate();
SELECT requesting_user_id(), count(*) FROM notes;
ROLLBACK;

-- G16: the claims of the request are ignored
SET request.jwt.claims = '{"sub":"user_blue"}';
SET request.jwt.claim.sub = 'user_blue';
SELECT requesting_user_id(), count(*) FROM notes;
BEGIN;
SELECT clerk_rls.authenticate(token('user_red'));
SET LOCAL request.jwt.claims = '{"sub":"user_blue","role":"service_role"}';
SELECT requesting_user_id(), requesting_role(), requesting_claim('sub') FROM notes LIMIT 1;
COMMIT;
RESET request.jwt.claims;

-- G1: nobody sets the identity, whatever the way and whoever asks
SET clerk_rls.identity = 'x';
SET LOCAL clerk_rls.identity = 'x';
SET clerk_rls.identity = '';
SET clerk_rls.identity TO DEFAULT;
RESET clerk_rls.identity;
SELECT set_config('clerk_rls.identity', 'x', false);
SELECT set_config('clerk_rls.identity', '', true);
SELECT set_config('clerk_rls.identity', NULL, true);
UPDATE pg_settings SET setting = 'x' WHERE name = 'clerk_rls.identity';
RESET ROLE;
SET clerk_rls.identity = 'x';
SET clerk_rls.identity = '';
SELECT set_config('clerk_rls.identity', 'x', false);
SELECT set_config('clerk_rls.identity', '', true);
BEGIN;
SELECT clerk_rls.authenticate(token('user_red'));
-- the very text that is there now
SELECT set_config('clerk_rls.identity', current_setting('clerk_rls.identity'), false);
ROLLBACK;
ALTER SYSTEM SET clerk_rls.identity = 'x';

-- G2: not in a function's definition either
CREATE FUNCTION g2() RETURNS text LANGUAGE sql SET clerk_rls.identity = 'x' AS 'SELECT requesting_user_id()';
BEGIN;
SELECT clerk_rls.authenticate(token('user_red'));
CREATE FUNCTION g2() RETURNS text LANGUAGE sql SET clerk_rls.identity FROM CURRENT AS 'SELECT requesting_user_id()';
ROLLBACK;

-- G3: ALTER ROLE and ALTER DATABASE, before the library is loaded and after, even with GRANT SET
SET ROLE authenticated;
ALTER ROLE authenticated SET clerk_rls.identity = 'x';
RESET ROLE;
ALTER ROLE authenticator SET clerk_rls.identity = 'x';
ALTER DATABASE regress_verified_identity SET clerk_rls.identity = 'x';
GRANT SET ON PARAMETER clerk_rls.identity TO authenticated;
SET ROLE authenticated;
SET clerk_rls.identity = 'x';
SELECT requesting_user_id();
RESET ROLE;
REVOKE SET ON PARAMETER clerk_rls.identity FROM authenticated;

-- G6: savepoints and exception blocks; one user, two tokens
SET ROLE authenticated;
BEGIN;
SELECT clerk_rls.authenticate(token('user_red', '{"sid":"sess_A"}'));
SAVEPOINT s;
SELECT clerk_rls.authenticate(token('user_red', '{"sid":"sess_B"}'));
SELECT requesting_session_id();
ROLLBACK TO s;
SELECT requesting_session_id();
SELECT clerk_rls.authenticate(token('user_red', '{"sid":"sess_B"}'));
RELEASE s;
SELECT requesting_session_id();
SAVEPOINT s;
SELECT clerk_rls.deauthenticate();
SELECT requesting_session_id();
ROLLBACK TO s;
SELECT requesting_session_id();
COMMIT;
DO $$
BEGIN
    PERFORM clerk_rls.authenticate(token('user_red', '{"sid":"sess_A"}'));
    BEGIN
        PERFORM clerk_rls.authenticate(token('user_red', '{"sid":"sess_B"}'));
        RAISE INFO 'inside: %', requesting_session_id();
        RAISE division_by_zero;
    EXCEPTION WHEN division_by_zero THEN
        RAISE INFO 'after the exception: %', requesting_session_id();
    END;
    -- a refused token changes nothing
    BEGIN
        PERFORM clerk_rls.authenticate('x');
    EXCEPTION WHEN invalid_authorization_specification THEN
        RAISE INFO 'after %: %', SQLERRM, requesting_session_id();
    END;
END $$;

-- G7: the end of the transaction
BEGIN;
SELECT clerk_rls.authenticate(token('user_red'));
COMMIT AND CHAIN;
SELECT requesting_user_id();
SELECT clerk_rls.authenticate(token('user_blue'));
ROLLBACK AND CHAIN;
SELECT requesting_user_id();
COMMIT;
RESET ROLE;
CREATE PROCEDURE commits() LANGUAGE plpgsql AS $$
BEGIN
    PERFORM clerk_rls.authenticate(token('user_red'));
    RAISE INFO 'authenticated: %', requesting_user_id();
    COMMIT;
    RAISE INFO 'after COMMIT: %', requesting_user_id();
    PERFORM clerk_rls.authenticate(token('user_blue'));
    RAISE INFO 'authenticated: %', requesting_user_id();
    ROLLBACK;
    RAISE INFO 'after ROLLBACK: %', requesting_user_id();
END $$;
SET ROLE authenticated;
CALL commits();

-- G8: a prepared transaction drops it
BEGIN;
SELECT clerk_rls.authenticate(token('user_red'));
PREPARE TRANSACTION 'g8';
SELECT requesting_user_id();
COMMIT PREPARED 'g8';
SELECT requesting_user_id();

-- G9: a deferred trigger at COMMIT sees it
RESET ROLE;
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE INFO 'at COMMIT: %', requesting_user_id(); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER tell AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tell();
SET ROLE authenticated;
BEGIN;
SELECT clerk_rls.authenticate(token('user_blue'));
INSERT INTO notes (body) VALUES ('blue 2') RETURNING user_id;
COMMIT;
RESET ROLE;
DROP TRIGGER tell ON notes;
SET ROLE authenticated;

-- G10: outside of a transaction block it lasts for the statement, and a warning says so
SELECT clerk_rls.authenticate(token('user_red'));
SELECT requesting_user_id();

-- G11: a generic plan
SET plan_cache_mode = force_generic_plan;
PREPARE mine AS SELECT requesting_user_id(), count(*) FROM notes;
BEGIN; SELECT clerk_rls.authenticate(token('user_red')); EXECUTE mine; COMMIT;
BEGIN; SELECT clerk_rls.authenticate(token('user_blue')); EXECUTE mine; COMMIT;
EXECUTE mine;
RESET plan_cache_mode;

-- G12: one user a transaction; a cursor stays its owner's
BEGIN;
SELECT clerk_rls.authenticate(token('user_red'));
DECLARE plain CURSOR FOR SELECT user_id FROM notes;
DECLARE held CURSOR WITH HOLD FOR SELECT user_id FROM notes;
FETCH 1 FROM plain;
SAVEPOINT s;
SELECT clerk_rls.authenticate(token('user_blue'));
ROLLBACK TO s;
SELECT requesting_user_id();
SELECT clerk_rls.deauthenticate();
SELECT clerk_rls.authenticate(token('user_blue'));
ROLLBACK TO s;
-- the same subject of another issuer is another person
SELECT clerk_rls.authenticate(ed25519_token('user_red'));
ROLLBACK TO s;
SELECT clerk_rls.deauthenticate();
FETCH 1 FROM plain;
SELECT clerk_rls.authenticate(token('user_red'));
COMMIT;
BEGIN;
SELECT clerk_rls.authenticate(token('user_blue'));
FETCH ALL FROM held;
COMMIT;
CLOSE held;

-- G13: parallel workers
RESET ROLE;
INSERT INTO notes (body, user_id) SELECT 'note ' || i, CASE i % 2 WHEN 0 THEN 'user_red' ELSE 'user_blue' END FROM generate_series(1, 20000) i;
ANALYZE notes;
SET ROLE authenticated;
SET max_parallel_workers_per_gather = 2;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
BEGIN;
SELECT clerk_rls.authenticate(token('user_red', '{"name":"Žofie 😀"}'));
EXPLAIN (COSTS OFF) SELECT count(*) FROM notes;
SELECT requesting_user_id(), count(*) FROM notes;
SET LOCAL parallel_leader_participation = off;
SELECT requesting_user_id(), count(*) FROM notes;
SELECT set_config(name, 'regress', true) AS parallel FROM pg_settings WHERE name IN ('debug_parallel_query', 'force_parallel_mode');
SELECT requesting_user_id(), requesting_claim('name') FROM (SELECT count(*) FROM notes) n;
SELECT user_id, source FROM clerk_rls.whoami();
COMMIT;
SELECT requesting_user_id(), count(*) FROM notes;
RESET ALL;

-- G14: exp passes within the transaction
BEGIN;
SELECT clerk_rls.authenticate(token('user_red', jsonb_build_object('exp', floor(extract(epoch FROM clock_timestamp())) - 3)));
SELECT requesting_user_id(), count(*) > 0 AS some FROM notes;
SELECT pg_sleep(2.5);
SELECT requesting_user_id(), count(*) > 0 AS some FROM notes;
SELECT user_id, problem FROM clerk_rls.whoami();
COMMIT;

-- G15: SET ROLE and SECURITY DEFINER
RESET ROLE;
CREATE FUNCTION whose() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$ SELECT public.requesting_user_id() || ' as ' || current_user $$;
BEGIN;
SELECT clerk_rls.authenticate(token('user_red'));
SET LOCAL ROLE authenticated;
SELECT requesting_user_id(), whose();
SET LOCAL ROLE anon;
SELECT requesting_user_id(), whose();
-- anonymous must never be more: RESET ALL and DISCARD clear it
RESET ALL;
SELECT requesting_user_id();
COMMIT;

-- P12: COPY
SET ROLE authenticated;
BEGIN;
SELECT clerk_rls.authenticate(token('user_blue'));
COPY (SELECT DISTINCT user_id FROM notes) TO STDOUT;
COMMIT;

-- a person and a machine of the same name are two
RESET ROLE;
UPDATE clerk_rls.issuers SET accepts = '{session,machine}' WHERE issuer = 'https://clerk.example.com';
SET ROLE authenticated;
BEGIN;
SELECT clerk_rls.authenticate(token('same'));
SELECT clerk_rls.authenticate(token('same', '{"client_id":"same"}'));
ROLLBACK;

-- J16: too long a token is refused before it is fetched
SELECT clerk_rls.authenticate(repeat('a', 20000));
CREATE TEMP TABLE long AS SELECT repeat('a', 500000000) AS token;
SELECT clerk_rls.authenticate(token) FROM long;
DROP TABLE long;

-- nobody but a superuser sees the text of the identity, and nobody's settings change how long it lasts
DO $$
BEGIN
    PERFORM clerk_rls.authenticate(token('user_red'));
    RAISE INFO '%', current_setting('clerk_rls.identity');
EXCEPTION WHEN insufficient_privilege THEN
    RAISE INFO 'not to be seen';
END $$;
RESET ROLE;
SELECT clerk_rls.add_issuer('https://leeway.example.com', leeway => '251 s', subject_prefix => '');
SELECT clerk_rls.set_secret('https://leeway.example.com', repeat('s', 32));
SET ROLE authenticated;
SET extra_float_digits = -15;
\set VERBOSITY terse
SELECT clerk_rls.authenticate(token('user_red', jsonb_build_object('iss', 'https://leeway.example.com', 'exp', floor(extract(epoch FROM clock_timestamp())) - 290)));
\set VERBOSITY default
RESET extra_float_digits;

-- the claims of a verified token are read by its issuer's rules: subject_prefix
BEGIN;
SELECT clerk_rls.authenticate(ed25519_token('user_red'));
SELECT requesting_user_id(), requesting_claim('sub'), count(*) FROM notes;
COMMIT;

-- in the other mode the verified identity goes before the claims of the request
RESET ROLE;
SET clerk_rls.identity_source = 'request_claims';
SET ROLE authenticated;
SET request.jwt.claims = '{"sub":"user_blue"}';
SELECT user_id, source FROM clerk_rls.whoami();
BEGIN;
SELECT clerk_rls.authenticate(token('user_red'));
SELECT user_id, source FROM clerk_rls.whoami();
COMMIT;
SELECT user_id, source FROM clerk_rls.whoami();
