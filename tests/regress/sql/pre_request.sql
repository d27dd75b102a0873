-- clerk_rls.pre_request(): PostgREST's claims checked a second time, from the token itself.
ALTER DATABASE regress_pre_request SET clerk_rls.identity_source = 'verified_token';
\c regress_pre_request authenticator
SET client_min_messages = error;

-- a request as PostgREST makes it, with its hook
CREATE TEMP TABLE requests (id int, what text, headers text, jwt text);
INSERT INTO requests VALUES
    (1, 'a token', format('{"host":"x","authorization":"Bearer %s"}', token('user_red')), NULL),
    (2, 'scheme in other case', format('{"authorization":"bearer %s"}', token('user_red')), NULL),
    (3, 'no token', '{"host":"x"}', NULL), (4, 'no headers', NULL, NULL), (5, 'empty', '', NULL),
    (6, 'basic', '{"authorization":"Basic dXNlcjpwYXNz"}', NULL),
    (7, 'Supabase Storage', NULL, token('user_red')),
    (8, 'both: the header counts', format('{"authorization":"Bearer %s"}', token('user_red')), token('user_blue')),
    (9, 'broken token', '{"authorization":"Bearer x.y.z"}', NULL),
    (10, 'no token after Bearer', '{"authorization":"Bearer "}', NULL),
    (11, 'headers that are no JSON', '{', NULL), (12, 'twice', format('{"authorization":"Bearer %s","authorization":"Bearer %s"}', token('user_red'), token('user_blue')), NULL),
    (13, 'expired', format('{"authorization":"Bearer %s"}', token('user_red', '{"exp":1000}')), NULL),
    (14, 'unknown issuer', format('{"authorization":"Bearer %s"}', token('user_red', '{"iss":"x"}')), NULL),
    (15, 'raw token of Storage, broken', NULL, 'x'), (17, 'another''s raw token, left in the session', '{"host":"x"}', token('user_red')), (16, 'a list', '{"authorization":["Bearer x"]}', NULL);
GRANT SELECT ON requests TO authenticated;
DO $$
DECLARE
    request record;
BEGIN
    FOR request IN SELECT * FROM requests ORDER BY id LOOP
        BEGIN
            PERFORM set_config('role', 'authenticated', true), set_config('request.headers', coalesce(request.headers, ''), true),
                set_config('request.jwt', coalesce(request.jwt, ''), true), set_config('request.jwt.claims', '{"sub":"user_blue","role":"authenticated"}', true);
            PERFORM clerk_rls.pre_request();
            RAISE INFO '%: % sees % notes', request.what, coalesce(requesting_user_id(), 'nobody'), (SELECT count(*) FROM notes);
        EXCEPTION WHEN OTHERS THEN
            RAISE INFO '%: % %', request.what, SQLSTATE, regexp_replace(SQLERRM, '\d+', 'N');
        END;
    END LOOP;
END $$;

-- after a refusal the transaction has no identity, neither the old one
BEGIN;
SET LOCAL ROLE authenticated;
SELECT set_config('request.headers', (SELECT headers FROM requests WHERE id = 9), true) IS NOT NULL AS set;
SAVEPOINT s;
SELECT clerk_rls.pre_request();
ROLLBACK TO s;
SELECT requesting_user_id(), count(*) FROM notes;
COMMIT;
-- a request without a token makes anonymous what was not
BEGIN;
SET LOCAL ROLE authenticated;
SELECT clerk_rls.authenticate(token('user_red'));
SELECT clerk_rls.pre_request();
SELECT requesting_user_id(), count(*) FROM notes;
COMMIT;
