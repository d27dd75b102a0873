-- Who may execute what: sql/revoke.sql has taken everything from everybody before.
--
-- A policy needs EXECUTE on what it calls, as the role that queries, and a request on what begins and ends it.
-- Everything else is the owner's of the extension, a superuser.

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
    requesting_claims(),
    requesting_claim(text[]),
    requesting_claim_json(text[]),
    clerk_rls.user_uuid(text),
    clerk_rls.jwt_decode(text),
    clerk_rls.whoami()
TO PUBLIC;
