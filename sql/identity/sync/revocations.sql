-- What the provider takes away ends at once, not when the token expires: what an event or a list has changed in the
-- tables of users and memberships feeds the revocations.
--
-- A query that writes reports what is to be revoked. It runs as the owner of the table, confined; what it reports is
-- JSON, which is read here. A trigger would not do: it would read columns whose types and casts an application that
-- owns the table has made, and it would see a restore.

CREATE FUNCTION clerk_rls.revoke_reported(revoked jsonb) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ended record;
BEGIN
    FOR ended IN
        SELECT r.user_id, r.org_id, r.issuer, r.reason
        FROM jsonb_to_recordset(nullif(revoked, 'null')) AS r (user_id text, org_id text, issuer text, reason text)
        ORDER BY r.user_id, r.org_id
    LOOP
        IF ended.org_id IS NULL THEN
            PERFORM clerk_rls.revoke_user(ended.user_id, ended.issuer, reason => ended.reason);
        ELSE
            PERFORM clerk_rls.revoke_membership(ended.user_id, ended.org_id, ended.issuer, reason => ended.reason);
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION clerk_rls.revoke_reported(jsonb) IS
'Refuses the tokens that were issued before to users, or to users for an organization. revoked: an array of objects '
'with user_id, org_id, issuer and reason. Writes one row for each.';

CREATE FUNCTION clerk_rls.revoke_ended_session(session jsonb, event_type text) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF event_type NOT IN ('session.ended', 'session.removed', 'session.revoked') THEN
        RETURN NULL;
    END IF;
    PERFORM clerk_rls.revoke_session(session ->> 'session_id', session ->> 'issuer', reason => event_type);
    RETURN '{"revoked": 1}';
END
$$;
COMMENT ON FUNCTION clerk_rls.revoke_ended_session(jsonb, text) IS
'Refuses the tokens of a session that has ended, by an event session.ended, session.removed or session.revoked. '
'Returns NULL for any other event.';
