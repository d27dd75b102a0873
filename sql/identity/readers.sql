-- The readers: what policies call.
--
-- They stand in the schema of CREATE EXTENSION, mostly public, so that the policies of the guides
-- work word for word. All of them are
--   STABLE         the claims change between statements, so an IMMUTABLE reader would leak through
--                  cached plans;
--   PARALLEL SAFE  Postgres hands the settings to parallel workers;
--   COST 1         a call is a comparison of two integers;
--   INVOKER, C     they read no table, and no search_path has an effect on them.
-- A policy needs EXECUTE on what it calls, as the role that asks: so PUBLIC has it.

-- Where somebody else made the schema beforehand, the installation stops. CREATE EXTENSION clerk_rls_tools CASCADE
-- makes it too, before it comes to this extension: an empty schema of the same user's, with no grants on it.
DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_catalog.pg_namespace AS n, pg_catalog.pg_roles AS r
        WHERE n.nspname = 'clerk_rls' AND n.nspacl IS NULL AND r.oid = n.nspowner AND r.rolname = current_user
            AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_depend AS d
                WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass::pg_catalog.oid AND d.refobjid = n.oid)
    ) THEN
        ALTER EXTENSION clerk_rls ADD SCHEMA clerk_rls;
    ELSE
        CREATE SCHEMA clerk_rls;
    END IF;
END
$$;
COMMENT ON SCHEMA clerk_rls IS
'What operators of clerk_rls use: diagnosis and configuration. Policies call the requesting_... functions instead.';

CREATE FUNCTION requesting_user_id() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_user_id';
COMMENT ON FUNCTION requesting_user_id() IS
'ID of the requesting user (the claim sub), or NULL when nobody is signed in, the session is pending or a machine asks.';

CREATE FUNCTION requesting_user_uuid() RETURNS uuid
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_user_uuid';
COMMENT ON FUNCTION requesting_user_uuid() IS
'The requesting user as a uuid, for uuid owner columns: the user ID itself when it is a UUID, else clerk_rls.user_uuid() of it. NULL when nobody is signed in.';

CREATE FUNCTION requesting_machine_id() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_machine_id';
COMMENT ON FUNCTION requesting_machine_id() IS
'ID of the requesting machine: a subject mch_... or ...@clients, or one that equals the claim client_id. NULL when a person or nobody asks.';

CREATE FUNCTION requesting_org_id() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_org_id';
COMMENT ON FUNCTION requesting_org_id() IS
'ID of the organization that is active in the request (Clerk: o.id, in version 1 org_id), or NULL.';

CREATE FUNCTION requesting_org_slug() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_org_slug';
COMMENT ON FUNCTION requesting_org_slug() IS
'Slug of the organization that is active in the request, or NULL. A slug can be renamed and reused: compare IDs in policies.';

CREATE FUNCTION requesting_org_role() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_org_role';
COMMENT ON FUNCTION requesting_org_role() IS
'Role of the requesting user in the active organization, always with the prefix org: (org:admin), whatever the version of the token. NULL without one.';

CREATE FUNCTION requesting_org_permissions() RETURNS text[]
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_org_permissions';
COMMENT ON FUNCTION requesting_org_permissions() IS
'Permissions of the requesting user in the active organization, sorted, as org:feature:permission. In policies, requesting_user_has(permission => ...) is faster.';

CREATE FUNCTION requesting_session_id() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_session_id';
COMMENT ON FUNCTION requesting_session_id() IS
'ID of the session (Clerk: sid), or NULL. Tokens of a JWT template have none.';

CREATE FUNCTION requesting_actor_id() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_actor_id';
COMMENT ON FUNCTION requesting_actor_id() IS
'ID of whoever impersonates the requesting user (act.sub, RFC 8693 section 4.1), or NULL when nobody does.';

CREATE FUNCTION requesting_role() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_role';
COMMENT ON FUNCTION requesting_role() IS
'The claim role of whoever is signed in, or NULL. What the database grants hangs on current_user instead.';

CREATE FUNCTION requesting_email() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_email';
COMMENT ON FUNCTION requesting_email() IS
'The claim email, or NULL. Clerk puts it into a token only where the session token or the JWT template is customized to.';

CREATE FUNCTION requesting_user_has(
    role text DEFAULT NULL,
    permission text DEFAULT NULL,
    feature text DEFAULT NULL,
    plan text DEFAULT NULL,
    reverification text DEFAULT NULL
) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_user_has';
COMMENT ON FUNCTION requesting_user_has(text, text, text, text, text) IS
'Whether the requesting user has all that is asked for, as Clerk''s has() decides; never NULL, and false when nothing is asked or nobody is signed in. reverification: strict_mfa, strict, moderate or lax.';

CREATE FUNCTION requesting_claims() RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_claims';
COMMENT ON FUNCTION requesting_claims() IS
'All claims of the request, or NULL when nobody is signed in. user_metadata and unsafe_metadata are written by the user: never authorize on them.';

CREATE FUNCTION requesting_claim(VARIADIC path text[]) RETURNS text
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_claim';
COMMENT ON FUNCTION requesting_claim(text[]) IS
'The claim at this path of keys and array positions as text, like the operator #>>: strings unquoted, other values as JSON. NULL when it is absent or nobody is signed in.';

CREATE FUNCTION requesting_claim_json(VARIADIC path text[]) RETURNS jsonb
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_claim_json';
COMMENT ON FUNCTION requesting_claim_json(text[]) IS
'The claim at this path of keys and array positions, like the operator #>. NULL when it is absent or nobody is signed in.';

CREATE FUNCTION clerk_rls.user_uuid(user_id text) RETURNS uuid
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'user_uuid';
COMMENT ON FUNCTION clerk_rls.user_uuid(text) IS
'The uuid that requesting_user_uuid() answers for this user ID, for filling uuid owner columns: the ID itself when it is a UUID, else UUIDv5 (RFC 9562 section 5.5) of it in the namespace 6cbf255c-8889-57fb-9dbd-c738079467e7.';
