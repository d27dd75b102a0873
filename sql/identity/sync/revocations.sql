-- What the provider takes away ends at once, not when the token expires: the tables of users and memberships feed the
-- revocations, whether an event or a list has changed them.
--
-- The triggers see updates only, because an INSERT may be a restore, which has the revocations too. revoke_by_event()
-- handles users and memberships of whom nothing was known before.
--
-- The trigger functions are SECURITY DEFINER because an application may own the tables, and no role but the owner of
-- the extension may write revocations.

CREATE FUNCTION clerk_rls.revoke_changed_user() RETURNS trigger
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM clerk_rls.revoke_user(NEW.user_id, NEW.issuer, reason => CASE
        WHEN NEW.deleted_at IS NOT NULL THEN 'the user was deleted'
        WHEN NEW.banned THEN 'the user was banned'
        ELSE 'the user was locked' END);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION clerk_rls.revoke_changed_user() IS
'Refuses the tokens that were issued to a user before she was deleted, banned or locked. Fired by a trigger of '
'clerk_rls.users.';
CREATE TRIGGER clerk_rls_revoke AFTER UPDATE ON clerk_rls.users FOR EACH ROW
    WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL
        OR NEW.banned AND NOT OLD.banned OR NEW.locked AND NOT OLD.locked)
    EXECUTE FUNCTION clerk_rls.revoke_changed_user();

CREATE FUNCTION clerk_rls.revoke_changed_membership() RETURNS trigger
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM clerk_rls.revoke_membership(NEW.user_id, NEW.org_id, NEW.issuer, reason => CASE
        WHEN NEW.deleted_at IS NOT NULL THEN 'the membership has ended'
        ELSE 'the role has changed' END);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION clerk_rls.revoke_changed_membership() IS
'Refuses the tokens for an organization that were issued before a membership ended or its role changed. Fired by a '
'trigger of clerk_rls.memberships.';
CREATE TRIGGER clerk_rls_revoke AFTER UPDATE ON clerk_rls.memberships FOR EACH ROW
    WHEN (OLD.deleted_at IS NULL AND (NEW.deleted_at IS NOT NULL
        OR NEW.role IS DISTINCT FROM OLD.role OR NEW.permissions <> OLD.permissions))
    EXECUTE FUNCTION clerk_rls.revoke_changed_membership();

CREATE FUNCTION clerk_rls.revoke_by_event(event_type text, change_record jsonb, counts jsonb) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    issuer CONSTANT text := change_record ->> 'issuer';
BEGIN
    CASE
        WHEN event_type IN ('session.ended', 'session.removed', 'session.revoked') THEN
            PERFORM clerk_rls.revoke_session(change_record ->> 'session_id', issuer, reason => event_type);
            RETURN '{"revoked": 1}';
        WHEN event_type = 'user.deleted' AND counts -> 'deleted' <> '0'
            OR counts -> 'inserted' <> '0' AND 'true' IN (change_record -> 'banned', change_record -> 'locked')
        THEN
            PERFORM clerk_rls.revoke_user(change_record ->> 'user_id', issuer, reason => event_type);
        WHEN event_type = 'organizationMembership.deleted' AND counts -> 'deleted' <> '0' THEN
            PERFORM clerk_rls.revoke_membership(
                change_record ->> 'user_id', change_record ->> 'org_id', issuer, reason => event_type);
        ELSE
    END CASE;
    RETURN counts;
END
$$;
COMMENT ON FUNCTION clerk_rls.revoke_by_event(text, jsonb, jsonb) IS
'Refuses the tokens of a session, a user or a membership that an event has ended. counts: what the event has changed. '
'Returns the counts, with a revoked session.';
