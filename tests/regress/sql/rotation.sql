-- P21: keys are rotated and revoked while other connections go on. \! is the other connection.
\set ECHO_HIDDEN off
SET client_min_messages = error;
CREATE FUNCTION attempt(token text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN 'accepted: ' || clerk_rls.authenticate(token);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
-- this connection has compiled the key and verified a token
SELECT ed25519_token('user_red') AS kept \gset
SELECT attempt(:'kept');

-- another connection gives the issuer another key
\! psql -X -q -d regress_rotation -c "SELECT clerk_rls.set_jwks('https://ed25519.example.com', '{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"other\",\"x\":\"1L6FhC-z1FUVpi5DmNBDR2ePtNIyCyO-Zv3oa1DGMYc\"}')" -o /dev/null
SELECT attempt(:'kept'), attempt(ed25519_token('user_red'));
\! psql -X -q -d regress_rotation -c "SELECT clerk_rls.set_jwks('https://ed25519.example.com', '{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"ed1\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}')" -o /dev/null
SELECT attempt(:'kept'), attempt(ed25519_token('user_red'));

-- a REPEATABLE READ transaction with an old snapshot hears of the change, and must not read the old key again
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM notes;
SELECT attempt(:'kept');
\! psql -X -q -d regress_rotation -c "SELECT clerk_rls.remove_issuer('https://ed25519.example.com')" -o /dev/null
SELECT count(*) AS in_the_old_snapshot FROM clerk_rls.issuers WHERE issuer LIKE '%ed25519%';
SELECT attempt(:'kept'), attempt(ed25519_token('user_red'));
COMMIT;
SELECT attempt(:'kept'), attempt(ed25519_token('user_red'));

-- SERIALIZABLE READ ONLY DEFERRABLE and a replica's session alike
\! psql -X -q -d regress_rotation -c "SELECT clerk_rls.set_secret('https://clerk.example.com', repeat('s', 32))" -o /dev/null
SELECT token('user_red') AS kept \gset
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT attempt(:'kept');
\! psql -X -q -d regress_rotation -c "SET session_replication_role = replica" -c "SELECT clerk_rls.set_secret('https://clerk.example.com', repeat('t', 32))" -o /dev/null
SELECT attempt(:'kept');
COMMIT;
SELECT attempt(:'kept');

-- the uncommitted key of another connection is unknown, and stays so when it is rolled back
\! psql -X -q -d regress_rotation -c "BEGIN" -c "SELECT clerk_rls.set_secret('https://clerk.example.com', repeat('s', 32))" -c "ROLLBACK" -o /dev/null
SELECT attempt(:'kept');
-- TRUNCATE is a change too
\! psql -X -q -d regress_rotation -c "SELECT clerk_rls.set_secret('https://clerk.example.com', repeat('s', 32))" -o /dev/null
SELECT attempt(:'kept');
\! psql -X -q -d regress_rotation -c "TRUNCATE clerk_rls.issuer_secrets" -o /dev/null
SELECT attempt(:'kept');
