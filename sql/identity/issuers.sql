-- The issuers whose tokens are accepted. Operators write these tables with the functions below; no other role reads or
-- writes them. authenticate() reads them as the extension's owner.

CREATE TABLE clerk_rls.issuers (
    issuer text COLLATE "C" PRIMARY KEY,
    provider text NOT NULL,
    jwks jsonb,
    jwks_url text,
    jwks_updated_at timestamptz,
    algorithms text[],
    audience text[],
    authorized_parties text[],
    leeway interval NOT NULL,
    require_session boolean NOT NULL,
    allow_pending boolean NOT NULL,
    accepts text[] NOT NULL,
    subject_prefix text NOT NULL,
    claim_map jsonb NOT NULL,
    fetch_keys boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE clerk_rls.issuers IS
'The issuers whose tokens authenticate() accepts, with their public keys. Write it with add_issuer(), set_jwks() and '
'remove_issuer(). pg_dump saves it.';
COMMENT ON COLUMN clerk_rls.issuers.issuer IS 'The claim iss, compared byte by byte (RFC 7519 section 4.1.1).';
COMMENT ON COLUMN clerk_rls.issuers.provider IS
'The preset that says where claims are: clerk, supabase, logto, supertokens, auth0, keycloak, firebase or generic.';
COMMENT ON COLUMN clerk_rls.issuers.jwks IS
'Public keys, a JWK Set (RFC 7517 section 5). Keys that cannot verify tokens, such as a key for encryption, are '
'ignored.';
COMMENT ON COLUMN clerk_rls.issuers.jwks_url IS
'The URL where the issuer publishes its keys: https, or http on this machine. NULL: the URL that its discovery '
'document names.';
COMMENT ON COLUMN clerk_rls.issuers.jwks_updated_at IS 'When the keys were last set.';
COMMENT ON COLUMN clerk_rls.issuers.algorithms IS
'The signature algorithms that are accepted; NULL: those of the keys.';
COMMENT ON COLUMN clerk_rls.issuers.audience IS 'The accepted values of aud; NULL: aud is not checked.';
COMMENT ON COLUMN clerk_rls.issuers.authorized_parties IS
'The accepted values of azp, which must then be present, except in Clerk''s OAuth and machine tokens, which name no '
'origin; NULL: azp is not checked.';
COMMENT ON COLUMN clerk_rls.issuers.leeway IS 'The tolerated difference between clocks, at most 5 minutes.';
COMMENT ON COLUMN clerk_rls.issuers.require_session IS
'Whether a token must name a session. Of Clerk''s tokens, this concerns the kind session alone: the other kinds name '
'none, and must be listed in accepts.';
COMMENT ON COLUMN clerk_rls.issuers.allow_pending IS
'Whether the user of a pending session (sts is pending: the user has open tasks) is signed in. Clerk treats such a '
'user as signed out.';
COMMENT ON COLUMN clerk_rls.issuers.accepts IS
'The kinds of Clerk token that are accepted: session (every token of no other kind), template (from a JWT template), '
'oauth (typ at+jwt; its user is the requesting user) and machine (by cat, a subject mch_..., or a subject that is its '
'own client; it has requesting_machine_id() and never a user). Tokens of other providers have no kinds, and only '
'{session} is allowed for them.';
COMMENT ON COLUMN clerk_rls.issuers.subject_prefix IS
'Put before the subject, so that equal subjects of two issuers are two users.';
COMMENT ON COLUMN clerk_rls.issuers.claim_map IS
'Fields that are elsewhere than the preset of the provider says, as in the setting clerk_rls.claim_map.';
COMMENT ON COLUMN clerk_rls.issuers.fetch_keys IS
'Whether the keys'' worker fetches the keys. Fetched keys are valid for clerk_rls.jwks_max_age after the last success.';
SELECT pg_catalog.pg_extension_config_dump('clerk_rls.issuers', '');

CREATE TABLE clerk_rls.issuer_secrets (
    issuer text COLLATE "C" PRIMARY KEY REFERENCES clerk_rls.issuers ON DELETE CASCADE,
    key jsonb NOT NULL,
    updated_at timestamptz NOT NULL
);
COMMENT ON TABLE clerk_rls.issuer_secrets IS
'The shared secrets of issuers that sign with HMAC. Anyone who reads a secret can sign in as any user. pg_dump does '
'not save this table: after a restore, call set_secret() again.';
COMMENT ON COLUMN clerk_rls.issuer_secrets.issuer IS 'The issuer.';
COMMENT ON COLUMN clerk_rls.issuer_secrets.key IS 'The secret, a JWK of type oct.';
COMMENT ON COLUMN clerk_rls.issuer_secrets.updated_at IS 'When the secret was last set.';

CREATE FUNCTION clerk_rls.ignored_keys(jwks jsonb) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ignored_keys';
COMMENT ON FUNCTION clerk_rls.ignored_keys(jsonb) IS
'The keys of a JWK Set that cannot verify tokens and are ignored, with the reason, one line each; NULL if there are '
'none. ERROR 22023 for a set that add_issuer() refuses.';

-- A trigger calls it, so that every write is checked: by the functions below, by hand, by a restore.
CREATE FUNCTION clerk_rls.validate_issuer(issuer jsonb) RETURNS void
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'validate_issuer';
COMMENT ON FUNCTION clerk_rls.validate_issuer(jsonb) IS
'Refuses an issuer that authenticate() could not use, with an ERROR 22023 that names the key and the rule. issuer: a '
'row of clerk_rls.issuers as JSON, with leeway in seconds, and with its secret.';

CREATE FUNCTION clerk_rls.check_issuer() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM clerk_rls.validate_issuer(to_jsonb(NEW) || jsonb_build_object(
        'leeway', floor(extract(epoch FROM NEW.leeway))::bigint,
        'secret', (SELECT s.key FROM clerk_rls.issuer_secrets AS s WHERE s.issuer = NEW.issuer)));
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION clerk_rls.check_issuer() IS 'Checks an issuer before it is written.';
CREATE TRIGGER check_issuer BEFORE INSERT OR UPDATE ON clerk_rls.issuers
    FOR EACH ROW EXECUTE FUNCTION clerk_rls.check_issuer();
ALTER TABLE clerk_rls.issuers ENABLE ALWAYS TRIGGER check_issuer;

CREATE FUNCTION clerk_rls.check_secret() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM clerk_rls.validate_issuer(to_jsonb(i) || jsonb_build_object(
        'leeway', floor(extract(epoch FROM i.leeway))::bigint,
        'secret', NEW.key))
    FROM clerk_rls.issuers AS i
    WHERE i.issuer = NEW.issuer;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION clerk_rls.check_secret() IS 'Checks a secret before it is written.';
CREATE TRIGGER check_secret BEFORE INSERT OR UPDATE ON clerk_rls.issuer_secrets
    FOR EACH ROW EXECUTE FUNCTION clerk_rls.check_secret();
ALTER TABLE clerk_rls.issuer_secrets ENABLE ALWAYS TRIGGER check_secret;

-- A backend keeps compiled keys until a change invalidates them. The triggers are ENABLE ALWAYS, because a session with
-- session_replication_role = replica skips all others, and other sessions would keep a revoked key.
CREATE FUNCTION clerk_rls.invalidate_issuers(changed_table oid) RETURNS void
    LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'invalidate_issuers';
COMMENT ON FUNCTION clerk_rls.invalidate_issuers(oid) IS
'Makes every backend read the issuers again after this transaction commits. changed_table: clerk_rls.issuers or '
'clerk_rls.issuer_secrets.';

CREATE FUNCTION clerk_rls.issuers_changed() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM clerk_rls.invalidate_issuers(TG_RELID);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION clerk_rls.issuers_changed() IS 'Makes every backend read the issuers again.';
-- Row triggers, because the apply worker of logical replication fires no others; TRUNCATE can only have a statement
-- trigger.
CREATE TRIGGER issuers_changed AFTER INSERT OR UPDATE OR DELETE ON clerk_rls.issuers
    FOR EACH ROW EXECUTE FUNCTION clerk_rls.issuers_changed();
CREATE TRIGGER issuers_truncated AFTER TRUNCATE ON clerk_rls.issuers
    FOR EACH STATEMENT EXECUTE FUNCTION clerk_rls.issuers_changed();
CREATE TRIGGER issuers_changed AFTER INSERT OR UPDATE OR DELETE ON clerk_rls.issuer_secrets
    FOR EACH ROW EXECUTE FUNCTION clerk_rls.issuers_changed();
CREATE TRIGGER issuers_truncated AFTER TRUNCATE ON clerk_rls.issuer_secrets
    FOR EACH STATEMENT EXECUTE FUNCTION clerk_rls.issuers_changed();
ALTER TABLE clerk_rls.issuers ENABLE ALWAYS TRIGGER issuers_changed, ENABLE ALWAYS TRIGGER issuers_truncated;
ALTER TABLE clerk_rls.issuer_secrets ENABLE ALWAYS TRIGGER issuers_changed, ENABLE ALWAYS TRIGGER issuers_truncated;

-- Called by add_issuer() and set_jwks(), not by a trigger, which would repeat the notice in a restore and when another
-- column changes.
CREATE FUNCTION clerk_rls.report_ignored_keys(jwks jsonb) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ignored text := clerk_rls.ignored_keys(jwks);
BEGIN
    IF ignored IS NOT NULL THEN
        RAISE NOTICE USING MESSAGE = 'keys of the JWK Set that verify no tokens are ignored', DETAIL = ignored;
    END IF;
END
$$;
COMMENT ON FUNCTION clerk_rls.report_ignored_keys(jsonb) IS
'Raises a NOTICE with the keys of a JWK Set that are ignored, and the reasons.';

CREATE FUNCTION clerk_rls.add_issuer(
    issuer text,
    jwks jsonb DEFAULT NULL,
    jwks_url text DEFAULT NULL,
    provider text DEFAULT 'clerk',
    algorithms text[] DEFAULT NULL,
    audience text[] DEFAULT NULL,
    authorized_parties text[] DEFAULT NULL,
    leeway interval DEFAULT '5 seconds',
    require_session boolean DEFAULT NULL,
    allow_pending boolean DEFAULT NULL,
    accepts text[] DEFAULT '{session}',
    subject_prefix text DEFAULT NULL,
    claim_map jsonb DEFAULT NULL
) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    -- Two sessions at once could both add the first issuer, and equal subjects of the two would be one user.
    LOCK TABLE clerk_rls.issuers IN SHARE ROW EXCLUSIVE MODE;
    IF subject_prefix IS NULL AND EXISTS (SELECT FROM clerk_rls.issuers) THEN
        RAISE invalid_parameter_value USING
            MESSAGE = 'a second issuer needs a subject_prefix',
            DETAIL = 'Equal subjects of two issuers would be one user.',
            HINT = 'Give a prefix, or '''' if both issuers give the same users the same subjects.';
    END IF;
    INSERT INTO clerk_rls.issuers VALUES (
        issuer, provider, jwks, jwks_url, CASE WHEN jwks IS NOT NULL THEN now() END, algorithms, audience,
        authorized_parties, leeway, coalesce(require_session, false), coalesce(allow_pending, false),
        coalesce(accepts, '{session}'), coalesce(subject_prefix, ''), coalesce(claim_map, '{}'),
        jwks IS NULL OR jwks_url IS NOT NULL
    );
    PERFORM clerk_rls.report_ignored_keys(jwks), clerk_rls.notify_postgrest();
EXCEPTION WHEN unique_violation THEN
    RAISE invalid_parameter_value USING
        MESSAGE = format('issuer "%s" exists already', issuer),
        HINT = 'Change its keys with clerk_rls.set_jwks(), or remove it first with clerk_rls.remove_issuer().';
END
$$;
COMMENT ON FUNCTION clerk_rls.add_issuer(
    text, jsonb, text, text, text[], text[], text[], interval, boolean, boolean, text[], text, jsonb) IS
'Accepts the tokens of this issuer (iss). jwks: its public keys, a JWK or a JWK Set; without jwks, or with jwks_url, '
'the keys'' worker fetches the keys. For an issuer that signs with a shared secret, call set_secret() afterwards. '
'Keys that cannot verify tokens are ignored, with a NOTICE. accepts: the kinds of Clerk token that are accepted, of '
'session, template, oauth and machine. A second issuer needs a subject_prefix, or an explicit ''''. ERROR 22023 for '
'an argument that is refused. Locks clerk_rls.issuers against other writers until the transaction ends.';

CREATE FUNCTION clerk_rls.set_jwks(issuer text, jwks jsonb) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    IF jwks IS NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = 'jwks is NULL',
            HINT = 'Remove an issuer with clerk_rls.remove_issuer().';
    END IF;
    UPDATE clerk_rls.issuers AS i SET jwks = set_jwks.jwks, jwks_updated_at = now() WHERE i.issuer = set_jwks.issuer;
    IF NOT FOUND THEN
        RAISE undefined_object USING MESSAGE = format('issuer "%s" does not exist', issuer),
            HINT = 'Add it with clerk_rls.add_issuer().';
    END IF;
    PERFORM clerk_rls.report_ignored_keys(jwks), clerk_rls.notify_postgrest();
END
$$;
COMMENT ON FUNCTION clerk_rls.set_jwks(text, jsonb) IS
'Replaces the public keys of an issuer. For a rotation, first pass the old and the new key together. Keys that cannot '
'verify tokens are ignored, with a NOTICE. Running transactions keep their identity. Where fetch_keys is true, '
'the next fetch replaces them. ERROR 42704 for an unknown issuer.';

CREATE FUNCTION clerk_rls.set_secret(issuer text, secret text, algorithm text DEFAULT 'HS256') RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    IF NOT EXISTS (SELECT FROM clerk_rls.issuers AS i WHERE i.issuer = set_secret.issuer) THEN
        RAISE undefined_object USING MESSAGE = format('issuer "%s" does not exist', issuer),
            HINT = 'Add it with clerk_rls.add_issuer().';
    END IF;
    -- The worker may have found keys since the issuer was added without any.
    UPDATE clerk_rls.issuers AS i SET fetch_keys = false,
        jwks = CASE WHEN NOT clerk_rls.keys_are_fetched(i) THEN i.jwks END,
        jwks_updated_at = CASE WHEN NOT clerk_rls.keys_are_fetched(i) THEN i.jwks_updated_at END
    WHERE i.issuer = set_secret.issuer AND i.fetch_keys;
    DELETE FROM clerk_rls.issuer_secrets AS s WHERE s.issuer = set_secret.issuer;
    INSERT INTO clerk_rls.issuer_secrets VALUES (issuer, clerk_rls.jwk_from_secret(secret, algorithm), now());
END
$$;
COMMENT ON FUNCTION clerk_rls.set_secret(text, text, text) IS
'Sets the shared secret of an issuer that signs with HS256, HS384 or HS512, such as the JWT secret of Supabase, and '
'replaces the former one. Pass it as a bind parameter, because statements may be logged. ERROR 42704 for an unknown '
'issuer.';

CREATE FUNCTION clerk_rls.remove_issuer(issuer text) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    DELETE FROM clerk_rls.issuers AS i WHERE i.issuer = remove_issuer.issuer;
    IF NOT FOUND THEN
        RAISE undefined_object USING MESSAGE = format('issuer "%s" does not exist', issuer);
    END IF;
    PERFORM clerk_rls.notify_postgrest();
END
$$;
COMMENT ON FUNCTION clerk_rls.remove_issuer(text) IS
'Removes an issuer, its keys and its secret: its tokens are no longer accepted. ERROR 42704 for an unknown issuer.';
