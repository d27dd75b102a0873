-- Tokens and keys as values: no function here signs a user in.

CREATE FUNCTION clerk_rls.jwt_decode(token text, OUT header jsonb, OUT claims jsonb)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'jwt_decode';
COMMENT ON FUNCTION clerk_rls.jwt_decode(text) IS
'The contents of a JWT, UNVERIFIED: neither its signature nor its times or issuer are checked, and anybody can write '
'such a token. For reading tokens, never for decisions.';

-- STABLE: the answer depends on the clock.
CREATE FUNCTION clerk_rls.jwt_verify(
    token text,
    keys jsonb,
    issuer text DEFAULT NULL,
    audience text[] DEFAULT NULL,
    authorized_parties text[] DEFAULT NULL,
    leeway interval DEFAULT '5 seconds'
) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'jwt_verify';
COMMENT ON FUNCTION clerk_rls.jwt_verify(text, jsonb, text, text[], text[], interval) IS
'The claims of a JWT, after its signature and times have been checked, and its issuer, audience and authorized party '
'(azp) if they are given. ERROR 28000 if a check fails. keys: a JWK or a JWK Set (RFC 7517); an oct key is accepted, '
'because the caller has chosen it. leeway: for the times.';

CREATE FUNCTION clerk_rls.jwk_from_pem(pem text, algorithm text, kid text DEFAULT NULL) RETURNS jsonb
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'jwk_from_pem';
COMMENT ON FUNCTION clerk_rls.jwk_from_pem(text, text, text) IS
'A PEM public key (SPKI, PKCS#1, or a certificate, RFC 7468) as a JWK for a single algorithm: RS256, RS384, RS512, '
'PS256, PS384, PS512, ES256, ES384 or EdDSA.';

CREATE FUNCTION clerk_rls.jwk_from_secret(secret text, algorithm text, kid text DEFAULT NULL) RETURNS jsonb
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'jwk_from_secret';
COMMENT ON FUNCTION clerk_rls.jwk_from_secret(text, text, text) IS
'A shared secret as a JWK for HS256, HS384 or HS512. It must be at least as long as the hash (32, 48 or 64 bytes, RFC '
'7518 section 3.2). The bytes of the text are the secret; a secret that begins with base64: is decoded.';

CREATE FUNCTION clerk_rls.jwt_sign(claims jsonb, key jsonb, header jsonb DEFAULT '{}') RETURNS text
    LANGUAGE c VOLATILE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'jwt_sign';
COMMENT ON FUNCTION clerk_rls.jwt_sign(jsonb, jsonb, jsonb) IS
'A JWT with these claims, signed with a private JWK or with a shared secret as a JWK: for tests and for tokens of your '
'own. header: members besides alg, kid and typ.';
