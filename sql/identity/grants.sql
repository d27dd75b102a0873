-- The functions that PUBLIC may execute. sql/revoke.sql, which runs before, revokes every privilege.
--
-- The role of a query needs EXECUTE on the functions that policies call, and the role of a request on those that begin
-- and end it. Everything else is reserved to the owner of the extension, a superuser.

GRANT USAGE ON SCHEMA clerk_rls TO PUBLIC;
GRANT EXECUTE ON FUNCTION
    clerk_rls.authenticate(text, name),
    clerk_rls.deauthenticate(),
    clerk_rls.pre_request(),
    requesting_user_id(),
    requesting_user_uuid(),
    requesting_machine_id(),
    requesting_org_id(),
    requesting_org_slug(),
    requesting_org_role(),
    requesting_org_permissions(),
    requesting_session_id(),
    requesting_actor_id(),
    requesting_role(),
    requesting_email(),
    requesting_user_has(text, text, text, text, text),
    requesting_org_ids(text, text),
    requesting_claims(),
    requesting_claim(text[]),
    requesting_claim_json(text[]),
    clerk_rls.user_uuid(text),
    clerk_rls.jwt_decode(text),
    clerk_rls.whoami()
TO PUBLIC;

-- Row Level Security leaves a user her own row, organizations and memberships.
GRANT SELECT ON clerk_rls.users, clerk_rls.organizations, clerk_rls.memberships TO PUBLIC;
