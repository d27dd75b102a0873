-- People for tests: what a request sets, the claims and the database role, in one call. It takes no more
-- rights than SET LOCAL does, so anybody may; where a token has to be verified, a superuser alone.

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
'For tests: makes the rest of the transaction a request of this person, with this database role, wherever clerk_rls.provider and clerk_rls.claim_map have the fields; ERROR 22023 for a field that they cannot express. claims go over it, top level. Where clerk_rls.identity_source is verified_token, only in a session of a superuser.';

CREATE FUNCTION clerk_rls.act_as_claims(claims jsonb, role name DEFAULT 'authenticated') RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'act_as_claims';
COMMENT ON FUNCTION clerk_rls.act_as_claims(jsonb, name) IS
'As clerk_rls.act_as(), with the claims of a token just as they are: nothing is added, nothing need sign anybody in.';

CREATE FUNCTION clerk_rls.act_as_anonymous(role name DEFAULT 'anon') RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'act_as_anonymous';
COMMENT ON FUNCTION clerk_rls.act_as_anonymous(name) IS
'For tests: makes the rest of the transaction a request of nobody, as PostgREST has it without a token: this database role, and no claim but the role.';
