-- The verified identity. PUBLIC may call these functions: only a valid token has an effect.

-- Not STRICT: a request without a token has a role, too.
CREATE FUNCTION clerk_rls.authenticate(token text, role name DEFAULT NULL) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'authenticate';
COMMENT ON FUNCTION clerk_rls.authenticate(text, name) IS
'Verifies a JWT against clerk_rls.issuers, makes it the identity of this transaction, which no SQL can forge, and '
'returns requesting_user_id(). With a role, also executes SET LOCAL ROLE, with its rules and errors. ERROR 28000 for a '
'token that is refused; if the token or the role is refused, nothing changes. NULL as the token changes no identity '
'and returns NULL, but sets the role. Pass the token as a bind parameter, with or without a leading "Bearer ".';

CREATE FUNCTION clerk_rls.deauthenticate() RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'deauthenticate';
COMMENT ON FUNCTION clerk_rls.deauthenticate() IS
'Ends the identity that authenticate() set. In the rest of the transaction nobody is signed in; if '
'clerk_rls.identity_source is request_claims, the claims of the request count again. Does not reset the role.';

CREATE FUNCTION clerk_rls.pre_request() RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'pre_request';
COMMENT ON FUNCTION clerk_rls.pre_request() IS
'For PostgREST''s db-pre-request: authenticates the bearer token in request.headers, or, if there are no headers, the '
'token in request.jwt, as Supabase Storage sets it. A request without a token has no verified identity; a request with '
'a token that is refused ends with ERROR 28000.';
