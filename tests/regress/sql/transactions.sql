-- The identity follows the settings through every turn that a transaction can take.
SET ROLE authenticated;

-- G7: the end of the transaction is the end of the identity
BEGIN; SELECT sign_in('v2') \g /dev/null
SELECT requesting_user_id(), count(*) FROM notes;
COMMIT;
SELECT requesting_user_id(), count(*) FROM notes;
BEGIN; SELECT sign_in('v2') \g /dev/null
SELECT requesting_user_id();
ROLLBACK;
SELECT requesting_user_id(), count(*) FROM notes;
BEGIN; SELECT sign_in('v2') \g /dev/null
COMMIT AND CHAIN;
SELECT requesting_user_id(), count(*) FROM notes;
SELECT sign_in('v1') \g /dev/null
SELECT requesting_user_id(), count(*) FROM notes;
ROLLBACK AND CHAIN;
SELECT requesting_user_id(), count(*) FROM notes;
COMMIT;

-- G7: COMMIT and ROLLBACK in a procedure
RESET ROLE;
CREATE PROCEDURE commits() LANGUAGE plpgsql AS $$
BEGIN
    PERFORM sign_in('v2');
    RAISE INFO 'signed in: %', requesting_user_id();
    COMMIT;
    RAISE INFO 'after COMMIT: %', requesting_user_id();
    PERFORM sign_in('v1');
    RAISE INFO 'signed in: %', requesting_user_id();
    ROLLBACK;
    RAISE INFO 'after ROLLBACK: %', requesting_user_id();
END $$;
SET ROLE authenticated;
CALL commits();

-- savepoints and exception blocks
BEGIN; SELECT sign_in('v2') \g /dev/null
SELECT requesting_user_id();
SAVEPOINT a;
SELECT sign_in('v1') \g /dev/null
SELECT requesting_user_id(), count(*) FROM notes;
ROLLBACK TO a;
SELECT requesting_user_id(), count(*) FROM notes;
SELECT sign_in('v1') \g /dev/null
RELEASE a;
SELECT requesting_user_id(), count(*) FROM notes;
SAVEPOINT b;
SELECT sign_in('anonymous') \g /dev/null
SELECT 1 / 0;
ROLLBACK TO b;
SELECT requesting_user_id();
COMMIT;
DO $$
BEGIN
    PERFORM sign_in('v2');
    BEGIN
        PERFORM sign_in('v1');
        RAISE INFO 'inside: %', requesting_user_id();
        RAISE division_by_zero;
    EXCEPTION WHEN division_by_zero THEN
        RAISE INFO 'after the exception: %', requesting_user_id();
    END;
END $$;

-- SET and SET LOCAL, one inside the other
SET request.jwt.claims = '{"sub":"user_session"}';
BEGIN;
SELECT requesting_user_id();
SET LOCAL request.jwt.claims = '{"sub":"user_local"}';
SELECT requesting_user_id();
SET request.jwt.claims = '{"sub":"user_session_2"}';
SELECT requesting_user_id();
SET LOCAL request.jwt.claims = '{"sub":"user_local_2"}';
SELECT requesting_user_id();
COMMIT;
SELECT requesting_user_id();
BEGIN;
SET request.jwt.claims = '{"sub":"user_rolled_back"}';
SELECT requesting_user_id();
ROLLBACK;
SELECT requesting_user_id();

-- SET in a function's definition holds while it runs
RESET ROLE;
CREATE FUNCTION as_blue() RETURNS text LANGUAGE plpgsql SET request.jwt.claims = '{"sub":"user_blue"}'
    AS $$ BEGIN RETURN requesting_user_id() || ' ' || (SELECT count(*) FROM notes); END $$;
SET ROLE authenticated;
SELECT requesting_user_id(), as_blue(), requesting_user_id() AS afterwards;

-- DISCARD ALL and RESET ALL
SET request.jwt.claims = '{"sub":"user_red"}';
SELECT requesting_user_id();
RESET ALL;
SELECT requesting_user_id();
SET request.jwt.claims = '{"sub":"user_red"}';
SELECT requesting_user_id();
DISCARD ALL;
SET ROLE authenticated;
SELECT requesting_user_id(), count(*) FROM notes;

-- G9: a deferred trigger at COMMIT sees the identity
RESET ROLE;
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE INFO 'at COMMIT: % sees % of its notes', requesting_user_id(), (SELECT count(*) FROM notes); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER tell AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tell();
SET ROLE authenticated;
BEGIN; SELECT sign_in('v1') \g /dev/null
INSERT INTO notes (body) VALUES ('blue 2');
COMMIT;
SELECT requesting_user_id();
RESET ROLE;
DROP TRIGGER tell ON notes;

-- G15: SET ROLE and SECURITY DEFINER change the role, not the identity
CREATE FUNCTION whose() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$ SELECT public.requesting_user_id() || ' as ' || current_user $$;
BEGIN; SELECT sign_in('v2') \g /dev/null
SELECT requesting_user_id(), current_user;
SET LOCAL ROLE authenticated;
SELECT requesting_user_id(), current_user, whose();
SET LOCAL ROLE anon;
SELECT requesting_user_id(), current_user, whose(), (SELECT count(*) FROM notes) AS no_policy_for_anon;
COMMIT;

-- G14: with check_expiry, the claims' exp ends the identity, within a transaction and within a prepared statement too
SET clerk_rls.check_expiry = on;
SET ROLE authenticated;
SELECT set_config('request.jwt.claims', format('{"sub":"user_red","exp":%s}', extract(epoch FROM now())::bigint + 3600), false) IS NOT NULL AS set;
SELECT requesting_user_id(), count(*) FROM notes;
SELECT set_config('request.jwt.claims', format('{"sub":"user_red","exp":%s}', extract(epoch FROM now())::bigint - 4), false) IS NOT NULL AS set;
PREPARE mine AS SELECT requesting_user_id(), requesting_claim('sub'), requesting_user_has(role => 'x'), count(*) FROM notes;
BEGIN;
EXECUTE mine;
SELECT pg_sleep(2.2);
EXECUTE mine;
SELECT user_id, problem FROM clerk_rls.whoami();
COMMIT;
SET request.jwt.claims = '{"sub":"user_red"}';
SELECT requesting_user_id(), problem FROM clerk_rls.whoami();
SET request.jwt.claims = '{"sub":"user_red","exp":"4102444800"}';
SELECT requesting_user_id(), problem FROM clerk_rls.whoami();
SET request.jwt.claims = '{"sub":"user_red","exp":4102444800.5}';
SELECT requesting_user_id(), expires_at AT TIME ZONE 'UTC' AS expires_at FROM clerk_rls.whoami();
RESET ROLE;
RESET clerk_rls.check_expiry;
SET ROLE authenticated;
SET request.jwt.claims = '{"sub":"user_red","exp":1}';
SELECT requesting_user_id(), expires_at AT TIME ZONE 'UTC' AS expires_at FROM clerk_rls.whoami();
