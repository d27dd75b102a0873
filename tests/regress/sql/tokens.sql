-- Tokens and keys as values.
SELECT * FROM clerk_rls.jwt_decode('eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c2VyX3JlZCJ9.');
SELECT * FROM clerk_rls.jwt_decode('eyJhbGciOiJub25lIn0');
SELECT * FROM clerk_rls.jwt_decode(NULL);

-- RFC 7515 appendix A.1: HS256, expired in 2011
\set VERBOSITY terse
SELECT clerk_rls.jwt_verify('eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    '{"kty":"oct","alg":"HS256","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}') IS NULL AS never;
\set VERBOSITY default

SELECT clerk_rls.jwk_from_secret(repeat('s', 32), 'HS256', 'k1') AS key \gset
SELECT clerk_rls.jwt_sign('{"sub":"user_red","iss":"i","aud":["a","b"],"azp":"z","exp":4102444800}', :'key') AS token \gset
SELECT header, claims FROM clerk_rls.jwt_decode(:'token');
SELECT clerk_rls.jwt_verify(:'token', :'key');
SELECT clerk_rls.jwt_verify(:'token', jsonb_build_object('keys', jsonb_build_array(:'key'::jsonb)), 'i', '{b,c}', '{z}', '0');
SELECT clerk_rls.jwt_verify(NULL, :'key'), clerk_rls.jwt_verify(NULL, NULL);
SELECT clerk_rls.jwt_verify(:'token', NULL);
SELECT clerk_rls.jwt_verify(:'token', :'key', issuer => 'other');
SELECT clerk_rls.jwt_verify(:'token', :'key', audience => '{other}');
SELECT clerk_rls.jwt_verify(:'token', :'key', audience => '{}');
SELECT clerk_rls.jwt_verify(:'token', :'key', audience => '{a,NULL}');
SELECT clerk_rls.jwt_verify(:'token', :'key', authorized_parties => '{other}');
SELECT clerk_rls.jwt_verify(:'token', :'key', leeway => '1 hour');
SELECT clerk_rls.jwt_verify(:'token', clerk_rls.jwk_from_secret(repeat('t', 32), 'HS256', 'k1'));
SELECT clerk_rls.jwt_verify(:'token', clerk_rls.jwk_from_secret(repeat('s', 32), 'HS256', 'k2'));
SELECT clerk_rls.jwt_verify(overlay(:'token' placing 'X' from 40), :'key');
SELECT clerk_rls.jwt_verify(:'token' || '.', :'key');
SELECT clerk_rls.jwt_verify(repeat('a', 20000), :'key');
-- J1: unsigned
SELECT clerk_rls.jwt_verify('eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c2VyX3JlZCJ9.', :'key');

-- PEM: RFC 8037's Ed25519 key as SubjectPublicKeyInfo
SELECT clerk_rls.jwk_from_pem(E'-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n', 'EdDSA', 'ed1');
SELECT clerk_rls.jwk_from_pem(E'-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n', 'RS256');
SELECT clerk_rls.jwk_from_pem('no PEM', 'EdDSA');
SELECT clerk_rls.jwk_from_pem(NULL, 'EdDSA');
SELECT clerk_rls.jwk_from_secret('short', 'HS256');
SELECT clerk_rls.jwk_from_secret(repeat('s', 32), 'none');
SELECT clerk_rls.jwk_from_secret(NULL, 'HS256');
SELECT clerk_rls.jwk_from_secret('base64:' || encode(convert_to(repeat('s', 32), 'UTF8'), 'base64'), 'HS256') = clerk_rls.jwk_from_secret(repeat('s', 32), 'HS256') AS same;

-- signing: with a public key alone it cannot be done, and nothing can be unsigned
SELECT clerk_rls.jwt_sign('{"sub":"a"}', '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}');
SELECT clerk_rls.jwt_sign('{"sub":"a"}', :'key', '{"alg":"none"}');
SELECT clerk_rls.jwt_sign('[]', :'key');
SELECT (clerk_rls.jwt_decode(clerk_rls.jwt_sign('{"sub":"a"}', :'key', '{"cat":"x"}'))).header;

-- who may
SET ROLE authenticated;
SELECT * FROM clerk_rls.jwt_decode('eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c2VyX3JlZCJ9.');
SELECT clerk_rls.jwt_verify('a', '{}');
SELECT clerk_rls.jwt_sign('{}', '{}');
SELECT clerk_rls.jwk_from_secret('a', 'HS256');
SELECT clerk_rls.jwk_from_pem('a', 'EdDSA');
