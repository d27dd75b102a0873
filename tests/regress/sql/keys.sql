-- Public keys that are fetched, where no worker runs: what the worker is told, what it saves, and what follows for
-- tokens. The worker itself is tested by tests/keys-worker.
SET client_min_messages = error;
CREATE FUNCTION attempt(token text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    RETURN 'accepted: ' || clerk_rls.authenticate(token);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN SQLSTATE || ' ' || SQLERRM || '. ' || hint;
END $$;
CREATE FUNCTION store(issuer text, jwks jsonb, error text DEFAULT NULL, jwks_url text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT clerk_rls.store_jwks(issuer, jwks_url, issuer || '/keys', '"1"', jwks, error, (SELECT f.next_attempt FROM clerk_rls.jwks_fetches AS f WHERE f.issuer = store.issuer), '1 hour') $$;
CREATE VIEW status AS SELECT issuer, source, keys, url, last_success IS NOT NULL AS success, last_error, next_attempt > now() AS later, round(extract(epoch FROM keys_expire - now()) / 3600) AS hours FROM clerk_rls.jwks_status;
DELETE FROM clerk_rls.issuers WHERE issuer <> 'https://ed25519.example.com';
SELECT ed25519_token('user_red') AS red \gset
SELECT jwks AS key, jsonb_set(jwks, '{keys,0,kid}', '"other"') AS other FROM clerk_rls.issuers \gset

-- who is followed
SELECT clerk_rls.add_issuer('https://clerk.example.com', subject_prefix => '');
SELECT clerk_rls.add_issuer('https://auth.example.com', provider => 'generic', jwks => :'key', jwks_url => 'https://auth.example.com/keys', subject_prefix => '');
SELECT clerk_rls.add_issuer('https://secret.example.com', subject_prefix => '');
SELECT clerk_rls.set_secret('https://secret.example.com', repeat('s', 32));
SELECT issuer, fetch_keys FROM clerk_rls.issuers ORDER BY 1;
SELECT * FROM status ORDER BY 1;

-- URLs that are not fetched
\set VERBOSITY default
UPDATE clerk_rls.issuers SET jwks_url = 'http://auth.example.com/keys';
UPDATE clerk_rls.issuers SET jwks_url = 'https://user:secret@auth.example.com/keys';
UPDATE clerk_rls.issuers SET jwks_url = E'https://auth.example.com/\nkeys';
UPDATE clerk_rls.issuers SET jwks_url = 'https://2130706433/keys';
UPDATE clerk_rls.issuers SET jwks_url = 'file:///etc/passwd';
UPDATE clerk_rls.issuers SET jwks_url = 'https://' || repeat('a', 3000);
\set VERBOSITY terse

-- no worker
SELECT clerk_rls.keys_worker_is_running();
SELECT clerk_rls.refresh_jwks();
SELECT clerk_rls.wake_keys_worker();

-- what the worker is told: each issuer in turn; a secret needs no fetch
SELECT clerk_rls.next_jwks_fetch('{}', true) - 'seconds' #- '{job,due}';
SELECT store('https://auth.example.com', NULL, 'no answer', 'https://auth.example.com/keys');
SELECT store('https://auth.example.com', NULL, 'no answer', 'https://auth.example.com/keys') AS told_once;
SELECT store('https://auth.example.com', :'key') AS not_from_there;
SELECT clerk_rls.next_jwks_fetch('{}', false) - 'seconds' #- '{job,due}';
SELECT store('https://clerk.example.com', '{"keys": []}');
SELECT store('https://clerk.example.com', '{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}');
SELECT store('https://clerk.example.com', :'key');
SELECT (clerk_rls.next_jwks_fetch('{}', false) -> 'seconds')::int BETWEEN 3590 AND 3600 AS in_an_hour;
SELECT * FROM status ORDER BY 1;
SELECT clerk_rls.next_jwks_fetch('{https://clerk.example.com,https://unknown.example.com}', false) #- '{job,due}' AS wanted;
-- an answer of 304
SELECT store('https://clerk.example.com', NULL);
SELECT (clerk_rls.next_jwks_fetch('{}', true) -> 'seconds')::int BETWEEN 3590 AND 3600 AS restarted_at_once;
UPDATE clerk_rls.jwks_fetches SET last_attempt = now() - '2 minutes'::interval WHERE issuer LIKE '%clerk%';
SELECT clerk_rls.next_jwks_fetch('{}', true) #- '{job,due}' AS restarted_later;
-- an answer of 304 about keys that were replaced in between says nothing
SELECT store('https://clerk.example.com', NULL);
SELECT clerk_rls.set_jwks('https://clerk.example.com', :'other');
SELECT store('https://clerk.example.com', NULL);
SELECT clerk_rls.next_jwks_fetch('{}', false) #- '{job,due}' AS again;
SELECT keys, hours FROM status WHERE issuer LIKE '%clerk%';
SELECT store('https://clerk.example.com', :'other') AS unchanged;
SELECT keys, hours FROM status WHERE issuer LIKE '%clerk%';
-- another place
UPDATE clerk_rls.issuers SET jwks_url = 'https://clerk.example.com/jwks' WHERE issuer LIKE '%clerk%';
SELECT * FROM status WHERE issuer LIKE '%clerk%';

-- how long fetched keys are valid: in the backend and in the view alike
SELECT attempt(:'red');
UPDATE clerk_rls.issuers SET fetch_keys = true WHERE issuer LIKE '%ed25519%';
SELECT attempt(:'red') AS by_hand;
INSERT INTO clerk_rls.jwks_fetches (issuer, last_success, keys_of, next_attempt) SELECT issuer, now() - '23 hours'::interval, jwks_updated_at, now() FROM clerk_rls.issuers WHERE issuer LIKE '%ed25519%';
UPDATE clerk_rls.issuers SET leeway = leeway WHERE issuer LIKE '%ed25519%';
SELECT attempt(:'red') AS fetched, hours FROM status WHERE issuer LIKE '%ed25519%';
-- a confirmation that this backend has not heard of does not count against the keys, nor does its loss count for them
UPDATE clerk_rls.jwks_fetches SET last_success = now() - '25 hours'::interval WHERE issuer LIKE '%ed25519%';
UPDATE clerk_rls.issuers SET leeway = leeway WHERE issuer LIKE '%ed25519%';
SELECT attempt(:'red') AS too_old, hours FROM status WHERE issuer LIKE '%ed25519%';
SELECT level, finding, fix FROM clerk_rls.doctor_issuers() WHERE "check" = 'issuer_keys_not_fetched' ORDER BY 2;
UPDATE clerk_rls.jwks_fetches SET last_success = now() WHERE issuer LIKE '%ed25519%';
SELECT attempt(:'red') AS confirmed;
UPDATE clerk_rls.jwks_fetches SET last_success = now() - '25 hours'::interval WHERE issuer LIKE '%ed25519%';
UPDATE clerk_rls.issuers SET leeway = leeway WHERE issuer LIKE '%ed25519%';
SELECT attempt(:'red') AS too_old;
SELECT clerk_rls.set_jwks('https://ed25519.example.com', :'key');
SELECT attempt(:'red') AS by_hand_again;

-- a secret in place of keys that were fetched, but not of keys that were set by hand
SELECT store('https://clerk.example.com', :'key', NULL, 'https://clerk.example.com/jwks');
SELECT clerk_rls.next_jwks_fetch('{}', true) IS NOT NULL AS next;
SELECT store('https://clerk.example.com', :'key', NULL, 'https://clerk.example.com/jwks');
SELECT clerk_rls.set_secret('https://clerk.example.com', repeat('s', 32));
SELECT clerk_rls.set_secret('https://ed25519.example.com', repeat('s', 32));
SELECT issuer, source, keys FROM status ORDER BY 1;

-- PostgREST: public keys of every issuer that are valid, to the end of the transaction; no secret
SELECT clerk_rls.postgrest_config();
GRANT EXECUTE ON FUNCTION clerk_rls.postgrest_config() TO authenticator;
UPDATE clerk_rls.issuers SET jwks = jsonb_insert(jwks, '{keys,0}', '{"kty": "RSA", "kid": "for_encryption", "use": "enc", "n": "AQAB", "e": "AQAB"}') WHERE issuer LIKE '%ed25519%';
SET ROLE authenticator;
BEGIN;
SELECT clerk_rls.postgrest_config();
SELECT jsonb_pretty(current_setting('pgrst.jwt_secret')::jsonb), current_setting('pgrst.jwt_secret_is_base64');
COMMIT;
SELECT current_setting('pgrst.jwt_secret', true) = '' AS over;
SELECT count(*) FROM clerk_rls.jwks_status;
RESET ROLE;
SET ROLE authenticated;
SELECT clerk_rls.postgrest_config();
SELECT clerk_rls.refresh_jwks();
RESET ROLE;
DELETE FROM clerk_rls.issuers;
BEGIN;
SELECT clerk_rls.postgrest_config(), coalesce(current_setting('pgrst.jwt_secret', true), '') = '' AS nothing;
COMMIT;
