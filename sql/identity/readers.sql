-- The readers: what policies call.
--
-- They are created in the schema of CREATE EXTENSION, usually public, so that the policies of guides work unchanged.
-- All of them are
--   STABLE         claims change between statements, and with an IMMUTABLE reader cached plans would leak rows;
--   PARALLEL SAFE  PostgreSQL passes the settings to parallel workers;
--   COST 1         a call compares two integers;
--   INVOKER, C     search_path does not affect them. Only requesting_org_ids() reads a table, and with
--                  clerk_rls.check_revocation and clerk_rls.check_membership the others do once for each change.
-- The role of a query needs EXECUTE on the functions that policies call, so PUBLIC has it.

-- If another user has created the schema, the installation stops. CREATE EXTENSION clerk_rls_tools CASCADE creates it
-- before this extension: an empty schema of the same user, without grants.
DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_catalog.pg_namespace AS n, pg_catalog.pg_roles AS r
        WHERE n.nspname = 'clerk_rls' AND n.nspacl IS NULL AND r.oid = n.nspowner AND r.rolname = current_user
            AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_depend AS d
                WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass::pg_catalog.oid
                    AND d.refobjid = n.oid)
    ) THEN
        ALTER EXTENSION clerk_rls ADD SCHEMA clerk_rls;
    ELSE
        CREATE SCHEMA clerk_rls;
    END IF;
END
$$;
COMMENT ON SCHEMA clerk_rls IS
'Functions and tables for operators: configuration, diagnosis, tokens. Policies call the requesting_...() functions.';

CREATE FUNCTION requesting_user_id() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_user_id';
COMMENT ON FUNCTION requesting_user_id() IS
'ID of the requesting user (the claim sub). NULL when nobody is signed in, when the session is pending, and for a '
'machine.';

CREATE FUNCTION requesting_user_uuid() RETURNS uuid
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_user_uuid';
COMMENT ON FUNCTION requesting_user_uuid() IS
'The requesting user as a uuid, for owner columns of type uuid: the user ID itself if it is a UUID, else '
'clerk_rls.user_uuid() of it. NULL when nobody is signed in.';

CREATE FUNCTION requesting_machine_id() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_machine_id';
COMMENT ON FUNCTION requesting_machine_id() IS
'ID of the requesting machine: a subject mch_... or ...@clients, or one that equals the claim client_id. NULL for a '
'user, and when nobody is signed in.';

CREATE FUNCTION requesting_org_id() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_org_id';
COMMENT ON FUNCTION requesting_org_id() IS
'ID of the active organization of the request (Clerk: o.id, in tokens of version 1 org_id), or NULL.';

CREATE FUNCTION requesting_org_slug() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_org_slug';
COMMENT ON FUNCTION requesting_org_slug() IS
'Slug of the active organization of the request, or NULL. A slug can be renamed and reused: compare IDs in policies.';

CREATE FUNCTION requesting_org_role() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_org_role';
COMMENT ON FUNCTION requesting_org_role() IS
'Role of the requesting user in the active organization, with the prefix org: (org:admin) in every version of the '
'token. NULL without an active organization.';

CREATE FUNCTION requesting_org_permissions() RETURNS text[]
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_org_permissions';
COMMENT ON FUNCTION requesting_org_permissions() IS
'Permissions of the requesting user in the active organization, sorted, as org:feature:permission. In policies, '
'requesting_user_has(permission => ...) is faster.';

CREATE FUNCTION requesting_session_id() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_session_id';
COMMENT ON FUNCTION requesting_session_id() IS
'ID of the session (Clerk: sid), or NULL. Tokens of a JWT template have none.';

CREATE FUNCTION requesting_actor_id() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_actor_id';
COMMENT ON FUNCTION requesting_actor_id() IS
'ID of the actor who impersonates the requesting user (act.sub, RFC 8693 section 4.1), or NULL without impersonation.';

CREATE FUNCTION requesting_role() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_role';
COMMENT ON FUNCTION requesting_role() IS
'The claim role, or NULL when nobody is signed in. Privileges in the database depend on current_user, not on this '
'claim.';

CREATE FUNCTION requesting_email() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_email';
COMMENT ON FUNCTION requesting_email() IS
'The claim email, or NULL. Clerk adds it only if the session token or the JWT template is customized to contain it.';

CREATE FUNCTION requesting_user_has(
    role text DEFAULT NULL,
    permission text DEFAULT NULL,
    feature text DEFAULT NULL,
    plan text DEFAULT NULL,
    reverification text DEFAULT NULL
) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_user_has';
COMMENT ON FUNCTION requesting_user_has(text, text, text, text, text) IS
'Whether the requesting user has everything in the arguments, as Clerk''s has() decides. Never NULL; false without '
'arguments and when nobody is signed in. reverification: strict_mfa, strict, moderate or lax; ERROR 22023 for another '
'value.';

CREATE FUNCTION requesting_org_ids(role text DEFAULT NULL, permission text DEFAULT NULL) RETURNS text[]
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_org_ids';
COMMENT ON FUNCTION requesting_org_ids(text, text) IS
'IDs of all organizations of which clerk_rls.memberships has the requesting user as a member, sorted; with arguments, '
'those in which the user has the role and the permission. Empty if there are none, NULL when no user is signed in. '
'For org_id = ANY (requesting_org_ids()). Reads the table once for each change of it or of the claims.';

CREATE FUNCTION requesting_claims() RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_claims';
COMMENT ON FUNCTION requesting_claims() IS
'All claims of the request, or NULL when nobody is signed in. Users write user_metadata and unsafe_metadata '
'themselves: never base a policy on them.';

CREATE FUNCTION requesting_claim(VARIADIC path text[]) RETURNS text
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_claim';
COMMENT ON FUNCTION requesting_claim(text[]) IS
'The claim at this path of keys and array positions as text, like the operator #>>: strings unquoted, other values as '
'JSON. NULL when the claim is absent or nobody is signed in.';

CREATE FUNCTION requesting_claim_json(VARIADIC path text[]) RETURNS jsonb
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'requesting_claim_json';
COMMENT ON FUNCTION requesting_claim_json(text[]) IS
'The claim at this path of keys and array positions, like the operator #>. NULL when the claim is absent or nobody is '
'signed in.';

CREATE FUNCTION clerk_rls.user_uuid(user_id text) RETURNS uuid
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'user_uuid';
COMMENT ON FUNCTION clerk_rls.user_uuid(text) IS
'The uuid that requesting_user_uuid() returns for this user ID, to fill owner columns of type uuid: the ID itself if '
'it is a UUID, else its UUIDv5 (RFC 9562 section 5.5) in the namespace 6cbf255c-8889-57fb-9dbd-c738079467e7.';
