-- Issuers: what is refused when it is added, what is dumped, and who may.
SELECT issuer, provider, jwks IS NOT NULL AS jwks, leeway, subject_prefix FROM clerk_rls.issuers ORDER BY issuer;

-- a second issuer needs a prefix, or an explicit ''
SELECT clerk_rls.add_issuer('https://third.example.com');
SELECT clerk_rls.add_issuer('https://third.example.com', subject_prefix => '');
SELECT clerk_rls.add_issuer('https://third.example.com', subject_prefix => '');
SELECT clerk_rls.remove_issuer('https://third.example.com');
SELECT clerk_rls.remove_issuer('https://third.example.com');
SELECT clerk_rls.set_jwks('https://third.example.com', '{"keys":[]}');
SELECT clerk_rls.set_secret('https://third.example.com', repeat('x', 32));
SELECT clerk_rls.set_jwks('https://ed25519.example.com', NULL);

-- every refusal is ERROR 22023 and names the key and the rule
CREATE FUNCTION refused(arguments text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    EXECUTE 'SELECT clerk_rls.add_issuer(' || arguments || ', subject_prefix => ''x:'')';
    RETURN 'ACCEPTED';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', SQLSTATE, SQLERRM, nullif(detail, ''), nullif(hint, ''));
END $$;
\x on
SELECT refused($$''$$), refused($$NULL$$), refused($$E'a\nb'$$), refused($$'i', provider => 'clark'$$), refused($$'i', algorithms => '{RS257}'$$), refused($$'i', algorithms => '{}'$$),
    refused($$'i', audience => '{}'$$), refused($$'i', authorized_parties => '{""}'$$), refused($$'i', leeway => '-1 s'$$), refused($$'i', leeway => '6 min'$$), refused($$'i', claim_map => '{"user":["x"]}'$$), refused($$'i', claim_map => '[]'$$),
    refused($$'i', accepts => '{session,api_key}'$$) AS unknown_kind, refused($$'i', accepts => '{}'$$) AS no_kind, refused($$'i', accepts => '{session,NULL}'$$) AS null_kind,
    refused($$'i', accepts => '{machine}', provider => 'auth0'$$) AS kinds_of_another_provider;
SELECT refused($$'i', '7'$$) AS no_object, refused($$'i', '{}'$$) AS no_key, refused($$'i', '{"keys":7}'$$) AS no_array, refused($$'i', '{"keys":[]}'$$) AS empty_set,
    refused($$'i', '{"kty":"oct","k":"c3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3M","alg":"HS256"}'$$) AS j22_secret_among_public_keys,
    refused($$'i', '{"kty":"RSA","n":"AQAB","e":"AQAB"}'$$) AS j20_short_modulus, refused($$'i', '{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}'$$) AS j19_no_point,
    refused($$'i', '{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}'$$) AS j23_other_curve, refused($$'i', '{"kty":"OKP","crv":"Ed25519","x":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}'$$) AS j21_small_order,
    refused($$'i', '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","use":"enc"}'$$) AS j23_use_enc,
    refused($$'i', '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","key_ops":["sign"]}'$$) AS j23_key_ops,
    refused($$'i', '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}'$$) AS private_key,
    refused($$'i', '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"a"},{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"a"}]}'$$) AS j6_kid_twice,
    refused($$'i', '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}', algorithms => '{RS256}'$$) AS no_key_for_the_algorithm;
\x off
-- a set may have keys for other ends beside those that verify tokens: they are told once, and nothing else is
\set ours '{"kty":"OKP","crv":"Ed25519","kid":"ours","use":"sig","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
\set enc '{"kty":"OKP","crv":"Ed25519","kid":"for encryption","use":"enc","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
\set x25519 '{"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
SELECT clerk_rls.add_issuer('https://keycloak.example.com', jsonb_build_object('keys', jsonb_build_array(:'enc'::jsonb, :'ours'::jsonb, :'x25519'::jsonb)), provider => 'keycloak', subject_prefix => 'k:');
SELECT clerk_rls.set_jwks('https://keycloak.example.com', jsonb_build_object('keys', jsonb_build_array(:'ours'::jsonb, :'enc'::jsonb)));
UPDATE clerk_rls.issuers SET leeway = '6 s' WHERE issuer = 'https://keycloak.example.com';
SELECT requesting_user_id(), clerk_rls.authenticate(clerk_rls.jwt_sign(jsonb_build_object('iss', 'https://keycloak.example.com', 'sub', 'red', 'exp', 4102444800), :'ours'::jsonb || '{"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}'));
-- the same key signs, under the kid of the one that is ignored
SELECT clerk_rls.authenticate(clerk_rls.jwt_sign(jsonb_build_object('iss', 'https://keycloak.example.com', 'sub', 'red', 'exp', 4102444800), :'ours'::jsonb || '{"kid":"for encryption","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}'));
SELECT clerk_rls.set_jwks('https://keycloak.example.com', jsonb_build_object('keys', jsonb_build_array(:'ours'::jsonb)));
\set VERBOSITY terse
-- a set with nothing but such keys, with one that is ours and weak, with what must not be published
SELECT clerk_rls.set_jwks('https://keycloak.example.com', jsonb_build_object('keys', jsonb_build_array(:'enc'::jsonb)));
SELECT clerk_rls.set_jwks('https://keycloak.example.com', jsonb_build_object('keys', jsonb_build_array(:'enc'::jsonb, :'x25519'::jsonb)));
SELECT clerk_rls.set_jwks('https://keycloak.example.com', jsonb_build_object('keys', jsonb_build_array(:'ours'::jsonb, '{"kty":"RSA","kid":"weak","n":"AQAB","e":"AQAB"}'::jsonb)));
SELECT clerk_rls.set_jwks('https://keycloak.example.com', jsonb_build_object('keys', jsonb_build_array(:'ours'::jsonb, :'ours'::jsonb)));
SELECT clerk_rls.set_jwks('https://keycloak.example.com', jsonb_build_object('keys', jsonb_build_array(:'ours'::jsonb, :'enc'::jsonb || '{"d":"AA"}')));
SELECT clerk_rls.set_jwks('https://keycloak.example.com', jsonb_build_object('keys', jsonb_build_array(:'ours'::jsonb, '{"kty":"oct","kid":"s","use":"enc","k":"AA"}'::jsonb)));
\set VERBOSITY default
SELECT clerk_rls.ignored_keys(:'ours'), clerk_rls.ignored_keys(jsonb_build_object('keys', jsonb_build_array(:'ours'::jsonb, :'enc'::jsonb))), clerk_rls.ignored_keys(NULL);
SELECT clerk_rls.jwt_verify(clerk_rls.jwt_sign('{"exp": 4102444800}', :'ours'::jsonb || '{"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}'), jsonb_build_object('keys', jsonb_build_array(:'enc'::jsonb, :'ours'::jsonb)));
SELECT clerk_rls.remove_issuer('https://keycloak.example.com');
SET ROLE authenticated;
SELECT clerk_rls.ignored_keys('{}');
SELECT clerk_rls.report_ignored_keys('{}');
RESET ROLE;

-- J22: secrets as short as a dictionary word, and for an algorithm that is none of HMAC's
SELECT clerk_rls.set_secret('https://clerk.example.com', repeat('x', 31));
SELECT clerk_rls.set_secret('https://clerk.example.com', repeat('x', 47), 'HS384');
SELECT clerk_rls.set_secret('https://clerk.example.com', repeat('x', 63), 'HS512');
SELECT clerk_rls.set_secret('https://clerk.example.com', repeat('x', 64), 'RS256');
-- keys and a secret at once
SELECT clerk_rls.set_secret('https://ed25519.example.com', repeat('x', 32));
SELECT clerk_rls.set_jwks('https://clerk.example.com', '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}');
-- by hand, and as a replica, the same rules hold
INSERT INTO clerk_rls.issuers VALUES ('i', 'clerk', '{"kty":"oct"}', NULL, NULL, NULL, NULL, NULL, '0', false, false, '{session}', '', '{}');
SET session_replication_role = replica;
INSERT INTO clerk_rls.issuers VALUES ('i', 'clerk', '{"kty":"oct"}', NULL, NULL, NULL, NULL, NULL, '0', false, false, '{session}', '', '{}');
RESET session_replication_role;

-- what an issuer asks for
CREATE FUNCTION attempt(token text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    RETURN 'accepted: ' || clerk_rls.authenticate(token);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', SQLSTATE, SQLERRM, nullif(detail, ''), nullif(hint, ''));
END $$;
SET client_min_messages = error;
SELECT clerk_rls.remove_issuer('https://ed25519.example.com');
SELECT attempt(ed25519_token('user_red')) AS unknown_issuer;
SELECT clerk_rls.add_issuer('https://ed25519.example.com', subject_prefix => 'ed:', audience => '{api,web}', authorized_parties => '{https://app.example.com}', require_session => true,
    leeway => '10 s', algorithms => '{EdDSA}');
SELECT attempt(ed25519_token('user_red')) AS no_keys_yet;
SELECT clerk_rls.set_jwks('https://ed25519.example.com', '{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"ed1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}');
SELECT attempt(ed25519_token('user_red')) AS no_audience;
SELECT attempt(ed25519_token('user_red', '{"aud":"other"}')) AS j9_other_audience;
SELECT attempt(ed25519_token('user_red', '{"aud":["other","web"]}')) AS j25_no_azp;
SELECT attempt(ed25519_token('user_red', '{"aud":"api","azp":"https://evil.example.com"}')) AS j25_other_azp;
SELECT attempt(ed25519_token('user_red', '{"aud":"api","azp":"https://app.example.com"}')) AS j24_no_session;
SELECT attempt(ed25519_token('user_red', '{"aud":"api","azp":"https://app.example.com","sid":"s"}')) AS all_right;
SELECT attempt(ed25519_token('user_red', '{"aud":"api","azp":"https://app.example.com","sid":"s","exp":1000}')) ~ '^28000 \| JWT has expired \| The token expired \d+ seconds ago\.' AS expired;
SELECT attempt(ed25519_token('user_red', '{"aud":"api","azp":"https://app.example.com","sid":"s"}', 'ed2')) AS j6_unknown_kid;
-- J28: the kid of one issuer's key is nothing to another issuer
SELECT attempt(ed25519_token('user_red', '{"iss":"https://clerk.example.com","aud":"api","azp":"https://app.example.com","sid":"s"}')) AS j28_key_of_another;
-- J8: the issuer byte by byte
SELECT attempt(token('user_red', '{"iss":"https://clerk.example.com/"}')) AS j8_slash, attempt(token('user_red', '{"iss":"https://Clerk.example.com"}')) AS j8_case, attempt(token('user_red', '{"iss":null}')) AS j8_null, attempt(token('user_red', '{"iss":["https://clerk.example.com"]}')) AS j8_array;
SELECT attempt(token('user_red', '{"sts":"pending"}')) AS j26_pending, attempt(token('', '{}')) AS j10_empty, attempt(token(repeat('u', 256), '{}')) AS j10_long;
SELECT attempt(token('mch_1')) AS machine, requesting_machine_id();
SELECT attempt(NULL) AS missing, attempt('') AS empty, attempt('Bearer ') AS bearer, attempt('a.b.c') AS no_base64;

-- P21: an issuer of this transaction is known in it, and gone with it
BEGIN;
SELECT clerk_rls.add_issuer('https://phantom.example.com', subject_prefix => 'p:');
SELECT clerk_rls.set_secret('https://phantom.example.com', repeat('p', 32));
SELECT attempt(clerk_rls.jwt_sign('{"iss":"https://phantom.example.com","sub":"a","exp":4102444800}', clerk_rls.jwk_from_secret(repeat('p', 32), 'HS256')));
ROLLBACK;
SELECT attempt(clerk_rls.jwt_sign('{"iss":"https://phantom.example.com","sub":"a","exp":4102444800}', clerk_rls.jwk_from_secret(repeat('p', 32), 'HS256')));
BEGIN;
SAVEPOINT s;
SELECT clerk_rls.set_jwks('https://ed25519.example.com', '{"kty":"OKP","crv":"Ed25519","kid":"ed2","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}');
SELECT attempt(ed25519_token('user_red', '{"aud":"api","azp":"https://app.example.com","sid":"s"}')) AS rotated;
ROLLBACK TO s;
SELECT attempt(ed25519_token('user_red', '{"aud":"api","azp":"https://app.example.com","sid":"s"}')) AS rolled_back;
COMMIT;
-- a token that was verified before is refused once its key is gone
SELECT ed25519_token('user_red', '{"aud":"api","azp":"https://app.example.com","sid":"s"}') AS kept \gset
SELECT attempt(:'kept');
SELECT clerk_rls.set_jwks('https://ed25519.example.com', '{"kty":"OKP","crv":"Ed25519","kid":"ed2","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}');
SELECT attempt(:'kept');
SET session_replication_role = replica;
SELECT clerk_rls.set_jwks('https://ed25519.example.com', '{"kty":"OKP","crv":"Ed25519","kid":"ed1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}');
RESET session_replication_role;
SELECT attempt(:'kept');
-- J27: a hundred unknown kids and issuers, and nothing is kept of them
SELECT count(DISTINCT attempt(ed25519_token('user_red', '{}', 'kid ' || i))) AS answers FROM generate_series(1, 100) i;
SELECT count(DISTINCT attempt(ed25519_token('user_red', jsonb_build_object('iss', 'https://' || i)))) AS answers FROM generate_series(1, 100) i;
