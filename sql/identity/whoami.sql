-- clerk_rls.whoami(): the answer to "why do I see no rows?". It reports the caller's own request alone, so PUBLIC may
-- call it.

CREATE FUNCTION clerk_rls.whoami(
    OUT user_id text,
    OUT user_uuid uuid,
    OUT machine_id text,
    OUT org_id text,
    OUT org_role text,
    OUT session_id text,
    OUT actor_id text,
    OUT role text,
    OUT issuer text,
    OUT source text,
    OUT issued_at timestamptz,
    OUT expires_at timestamptz,
    OUT database_role text,
    OUT bypasses_rls boolean,
    OUT problem text
)
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'whoami';
COMMENT ON FUNCTION clerk_rls.whoami() IS
'The identity of this request, in one row: the values of the readers, their source (request_claims or '
'verified_token), whether the current role bypasses Row Level Security (bypasses_rls), and, in words, why there is no '
'user, or why requesting_claims() is NULL although there is one (problem).';
