-- Users for tests: one call sets what a request sets, the claims and the database role. It needs no more rights than
-- SET LOCAL, so PUBLIC may call it; if identities need a token, only a superuser may.

CREATE FUNCTION clerk_rls.act_as(
    user_id text DEFAULT NULL,
    org_id text DEFAULT NULL,
    org_role text DEFAULT NULL,
    permissions text[] DEFAULT NULL,
    role name DEFAULT 'authenticated',
    claims jsonb DEFAULT '{}'
) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'act_as';
COMMENT ON FUNCTION clerk_rls.act_as(text, text, text, text[], name, jsonb) IS
'For tests: makes the rest of the transaction a request of this user, with this database role. The fields become '
'claims at the places that clerk_rls.provider and clerk_rls.claim_map define; ERROR 22023 for a field that has none. '
'claims: more claims, which replace those of the same name at the top level. If clerk_rls.identity_source is '
'verified_token, it works in sessions of superusers only.';

CREATE FUNCTION clerk_rls.act_as_claims(claims jsonb, role name DEFAULT 'authenticated') RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'act_as_claims';
COMMENT ON FUNCTION clerk_rls.act_as_claims(jsonb, name) IS
'For tests: like clerk_rls.act_as(), with exactly these claims. Nothing is added, and they need not sign a user in.';

CREATE FUNCTION clerk_rls.act_as_anonymous(role name DEFAULT 'anon') RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'act_as_anonymous';
COMMENT ON FUNCTION clerk_rls.act_as_anonymous(name) IS
'For tests: makes the rest of the transaction a request without a token, as PostgREST runs it: with this database '
'role, and no claim except the role.';
