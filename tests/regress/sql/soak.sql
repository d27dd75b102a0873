-- P22: thousands of authentications, accepted, repeated, refused and cancelled, and no more memory than before.
SET client_min_messages = error;
CREATE FUNCTION resident_kb() RETURNS bigint LANGUAGE sql AS
    $$ SELECT 4 * split_part(pg_read_file('/proc/self/statm', 0, 200), ' ', 2)::bigint $$;
CREATE PROCEDURE authentications(n int) LANGUAGE plpgsql AS $$
DECLARE
    known text := token('user_red');
    refused int := 0;
BEGIN
    FOR i IN 1..n LOOP
        BEGIN
            PERFORM clerk_rls.authenticate(CASE i % 4 WHEN 0 THEN known WHEN 1 THEN token('user_red', jsonb_build_object('jti', i))
                WHEN 2 THEN ed25519_token('user_red', '{}', 'kid ' || i) ELSE token('user_red', jsonb_build_object('iss', 'https://' || i)) END);
            PERFORM requesting_user_id(), requesting_claim('jti'), requesting_org_permissions();
        EXCEPTION WHEN invalid_authorization_specification THEN
            refused := refused + 1;
        END;
        IF i % 10 = 0 THEN COMMIT; END IF;
    END LOOP;
    RAISE INFO '% refused of %', refused, n;
END $$;
CALL authentications(2000);
SELECT resident_kb() AS before \gset
CALL authentications(2000);
CALL authentications(2000);
SELECT CASE WHEN resident_kb() - :before < 4096 THEN 'flat' ELSE resident_kb() - :before || ' kB more' END AS memory;

\set SHOW_CONTEXT never
-- a cancel at whatever moment leaves a backend that is as good as new
SET statement_timeout = '3ms';
CALL authentications(100000);
SET statement_timeout = '7ms';
CALL authentications(100000);
SET statement_timeout = '40ms';
CALL authentications(100000);
RESET statement_timeout;
SELECT current_user, requesting_user_id();
SELECT clerk_rls.authenticate(token('user_blue'));
