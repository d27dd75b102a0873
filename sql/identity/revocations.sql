-- Revocation: tokens that are refused before they expire. Operators write the table through the functions below;
-- nobody else reads or writes it. authenticate() looks a token up in it, and with clerk_rls.check_revocation the
-- readers look up the claims of the request.

CREATE FUNCTION clerk_rls.revocation_lifetime() RETURNS interval
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'revocation_lifetime';
COMMENT ON FUNCTION clerk_rls.revocation_lifetime() IS
'How long a revocation is kept: the setting clerk_rls.revocation_lifetime. Reads no table and raises no error.';

-- The checks apply to rows that are written by hand, restored or replicated, too.
CREATE TABLE clerk_rls.revocations (
    kind text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    org_id text COLLATE "C" NOT NULL DEFAULT '',
    issuer text COLLATE "C" NOT NULL DEFAULT '',
    not_before timestamptz,
    reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL DEFAULT now() + clerk_rls.revocation_lifetime(),
    -- The library searches this index, and relies on the order of its columns, and on the positions and types of the
    -- first five columns. The subject first: it tells most rows apart, so that a search compares few other columns.
    PRIMARY KEY (subject, kind, org_id, issuer),
    CONSTRAINT kind_is_known CHECK (kind IN ('session', 'token', 'user', 'membership')),
    CONSTRAINT subject_is_given CHECK (octet_length(subject) BETWEEN 1 AND 1024),
    CONSTRAINT membership_has_org_id CHECK ((kind = 'membership') = (org_id <> '') AND octet_length(org_id) <= 255),
    CONSTRAINT issuer_is_short CHECK (octet_length(issuer) <= 1024),
    CONSTRAINT user_and_membership_have_not_before CHECK ((kind IN ('user', 'membership')) = (not_before IS NOT NULL)),
    CONSTRAINT reason_is_short CHECK (octet_length(reason) <= 255)
);
CREATE INDEX revocations_expires_at ON clerk_rls.revocations (expires_at);
COMMENT ON TABLE clerk_rls.revocations IS
'Tokens that are refused before they expire. A row counts until it is deleted, by prune_revocations() or by hand: '
'deleting it takes the revocation back. pg_dump saves it.';
COMMENT ON COLUMN clerk_rls.revocations.kind IS 'What is revoked: session, token, user or membership.';
COMMENT ON COLUMN clerk_rls.revocations.subject IS
'ID of the session, the token (jti), or the user or machine; a user''s as policies see it, with the subject_prefix '
'of its issuer.';
COMMENT ON COLUMN clerk_rls.revocations.org_id IS 'The organization of a membership; otherwise empty.';
COMMENT ON COLUMN clerk_rls.revocations.issuer IS
'Whose tokens are refused (the claim iss); empty: those of every issuer.';
COMMENT ON COLUMN clerk_rls.revocations.not_before IS
'For a user or membership: tokens issued (iat) up to this time are refused; infinity refuses all of them. NULL for a '
'session or token.';
COMMENT ON COLUMN clerk_rls.revocations.reason IS 'Why, for operators. No user sees it.';
COMMENT ON COLUMN clerk_rls.revocations.created_at IS 'When it was first revoked.';
COMMENT ON COLUMN clerk_rls.revocations.expires_at IS
'From when prune_revocations() deletes the row: every token that it refuses must have expired by then.';
SELECT pg_catalog.pg_extension_config_dump('clerk_rls.revocations', '');

-- In C, because it runs for each row of a large import. ENABLE ALWAYS and for each row, as for clerk_rls.issuers.
CREATE FUNCTION clerk_rls.revocations_changed() RETURNS trigger
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'revocations_changed';
COMMENT ON FUNCTION clerk_rls.revocations_changed() IS
'Makes every backend look its tokens up again once the transaction has committed. A trigger function: ERROR 0A000 if '
'it is called by anything else.';
CREATE TRIGGER revocations_changed AFTER INSERT OR UPDATE OR DELETE ON clerk_rls.revocations
    FOR EACH ROW EXECUTE FUNCTION clerk_rls.revocations_changed();
CREATE TRIGGER revocations_truncated AFTER TRUNCATE ON clerk_rls.revocations
    FOR EACH STATEMENT EXECUTE FUNCTION clerk_rls.revocations_changed();
ALTER TABLE clerk_rls.revocations
    ENABLE ALWAYS TRIGGER revocations_changed, ENABLE ALWAYS TRIGGER revocations_truncated;

CREATE FUNCTION clerk_rls.add_revocation(
    kind text,
    subject text,
    org_id text,
    issuer text,
    not_before timestamptz,
    reason text
) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    named text := CASE add_revocation.kind WHEN 'session' THEN 'session_id' WHEN 'token' THEN 'jti' ELSE 'user_id' END;
    wrong text := CASE
        WHEN coalesce(add_revocation.subject, '') = '' THEN named || ' is NULL or empty'
        WHEN octet_length(add_revocation.subject) > 1024 THEN named || ' is longer than 1024 bytes'
        WHEN add_revocation.kind = 'membership' AND coalesce(add_revocation.org_id, '') = ''
            THEN 'org_id is NULL or empty'
        WHEN octet_length(add_revocation.org_id) > 255 THEN 'org_id is longer than 255 bytes'
        WHEN add_revocation.issuer = '' THEN 'issuer is empty'
        WHEN octet_length(add_revocation.issuer) > 1024 THEN 'issuer is longer than 1024 bytes'
        WHEN add_revocation.kind IN ('user', 'membership') AND add_revocation.not_before IS NULL THEN 'before is NULL'
    END;
BEGIN
    IF wrong IS NOT NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = wrong;
    END IF;
    -- A misspelled issuer would revoke nothing.
    IF add_revocation.issuer IS NOT NULL
        AND NOT EXISTS (SELECT FROM clerk_rls.issuers AS i WHERE i.issuer = add_revocation.issuer)
    THEN
        RAISE NOTICE USING MESSAGE = format('issuer "%s" is not in clerk_rls.issuers', add_revocation.issuer),
            DETAIL = 'The revocation counts for claims of the request alone, if they have this iss.';
    END IF;
    INSERT INTO clerk_rls.revocations AS r (kind, subject, org_id, issuer, not_before, reason, expires_at)
    VALUES (
        add_revocation.kind, add_revocation.subject, coalesce(add_revocation.org_id, ''),
        coalesce(add_revocation.issuer, ''), add_revocation.not_before,
        -- 60 characters take at most 240 bytes.
        left(add_revocation.reason, 60),
        greatest(add_revocation.not_before, now()) + clerk_rls.revocation_lifetime()
    )
    -- Times move forward only, so that no refused token is accepted again.
    ON CONFLICT (kind, subject, org_id, issuer) DO UPDATE SET
        not_before = greatest(r.not_before, excluded.not_before),
        expires_at = greatest(r.expires_at, excluded.expires_at),
        reason = coalesce(excluded.reason, r.reason);
END
$$;
COMMENT ON FUNCTION clerk_rls.add_revocation(text, text, text, text, timestamptz, text) IS
'Called by revoke_session() and the other functions: writes a row of clerk_rls.revocations, or moves the times of an '
'existing row forward. Locks only that row. ERROR 22023 for a missing argument, NOTICE for an issuer that is not in '
'clerk_rls.issuers.';

CREATE FUNCTION clerk_rls.revoke_session(session_id text, issuer text DEFAULT NULL, reason text DEFAULT NULL)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM clerk_rls.add_revocation('session', session_id, '', issuer, NULL, reason);
END
$$;
COMMENT ON FUNCTION clerk_rls.revoke_session(text, text, text) IS
'Refuses all tokens that name this session, from the next transaction of every session on. issuer NULL: of every '
'issuer. Writes one row; ERROR 22023 for a missing ID. Transactions that have authenticated go on.';

CREATE FUNCTION clerk_rls.revoke_token(jti text, issuer text DEFAULT NULL, reason text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM clerk_rls.add_revocation('token', jti, '', issuer, NULL, reason);
END
$$;
COMMENT ON FUNCTION clerk_rls.revoke_token(text, text, text) IS
'Refuses the token with this jti. Otherwise as revoke_session().';

-- clock_timestamp() and not now(), to refuse tokens that were issued after the transaction began, too.
CREATE FUNCTION clerk_rls.revoke_user(
    user_id text,
    issuer text DEFAULT NULL,
    before timestamptz DEFAULT clock_timestamp(),
    reason text DEFAULT NULL
) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM clerk_rls.add_revocation('user', user_id, '', issuer, before, reason);
END
$$;
COMMENT ON FUNCTION clerk_rls.revoke_user(text, text, timestamptz, text) IS
'Refuses all tokens of this user, or machine, that were issued (iat) up to a time, and those in which the user acts '
'as somebody else. user_id as policies see it, with the subject_prefix of the issuer. A second call only moves the '
'time forward; infinity refuses all tokens. Otherwise as revoke_session().';

CREATE FUNCTION clerk_rls.revoke_membership(
    user_id text,
    org_id text,
    issuer text DEFAULT NULL,
    before timestamptz DEFAULT clock_timestamp(),
    reason text DEFAULT NULL
) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM clerk_rls.add_revocation('membership', user_id, org_id, issuer, before, reason);
END
$$;
COMMENT ON FUNCTION clerk_rls.revoke_membership(text, text, text, timestamptz, text) IS
'Refuses tokens of this user in which this organization is active and that were issued up to a time; other tokens of '
'the user count. Otherwise as revoke_user().';

CREATE FUNCTION clerk_rls.prune_revocations() RETURNS bigint
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    pruned bigint;
BEGIN
    DELETE FROM clerk_rls.revocations AS r WHERE r.expires_at <= now();
    GET DIAGNOSTICS pruned = ROW_COUNT;
    RETURN pruned;
END
$$;
COMMENT ON FUNCTION clerk_rls.prune_revocations() IS
'Deletes the revocations whose expires_at has passed, by an index, and returns their number. Call it once a day.';
