-- The verified identity. Anybody may try to authenticate: what counts is the token.

-- Not STRICT: a request without a token has a role, too.
CREATE FUNCTION clerk_rls.authenticate(token text, role name DEFAULT NULL) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'authenticate';
COMMENT ON FUNCTION clerk_rls.authenticate(text, name) IS
'Verifies a JWT against clerk_rls.issuers, makes it the identity of this transaction, which no SQL can forge, and returns requesting_user_id(). With a role, does SET LOCAL ROLE too, under its rules and with its errors. ERROR 28000 for any other token; where token or role is refused, nothing changes. A token of NULL changes no identity and returns NULL, but sets the role. Pass it as a bind parameter; a leading Bearer is accepted.';

CREATE FUNCTION clerk_rls.deauthenticate() RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'deauthenticate';
COMMENT ON FUNCTION clerk_rls.deauthenticate() IS
'Takes back what authenticate() did. The rest of the transaction is anonymous; where clerk_rls.identity_source is request_claims, the claims that the request set count again.';

CREATE FUNCTION clerk_rls.pre_request() RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'pre_request';
COMMENT ON FUNCTION clerk_rls.pre_request() IS
'For PostgREST''s db-pre-request: authenticates the bearer token of request.headers, or where there are no headers that of request.jwt, as Supabase Storage sets it. A request without a token has no verified identity; one with a token that is refused ends with ERROR 28000.';
