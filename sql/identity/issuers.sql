-- Who may sign people in. Operators write these tables through the functions below; nobody else reads
-- or writes them. authenticate() reads them as the extension's owner.

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
    claim_map jsonb NOT NULL
);
-- Written out, for ALTER DEFAULT PRIVILEGES may have granted more than the default.
COMMENT ON TABLE clerk_rls.issuers IS
'Issuers whose tokens authenticate() accepts, with their public keys. Written by add_issuer(), set_jwks() and remove_issuer(). pg_dump saves it.';
COMMENT ON COLUMN clerk_rls.issuers.issuer IS 'The claim iss, compared byte by byte (RFC 7519 section 4.1.1).';
COMMENT ON COLUMN clerk_rls.issuers.provider IS 'Where claims lie: clerk, supabase, logto, supertokens, auth0, keycloak, firebase or generic.';
COMMENT ON COLUMN clerk_rls.issuers.jwks IS 'Public keys, a JWK Set (RFC 7517 section 5). Keys in it that verify no tokens, such as one for encryption, are ignored.';
COMMENT ON COLUMN clerk_rls.issuers.jwks_url IS 'Where the issuer publishes its keys. The database never fetches it: a scheduled job gives its content to set_jwks().';
COMMENT ON COLUMN clerk_rls.issuers.jwks_updated_at IS 'When the keys were set last.';
COMMENT ON COLUMN clerk_rls.issuers.algorithms IS 'Signature algorithms that are accepted; NULL: those of the keys.';
COMMENT ON COLUMN clerk_rls.issuers.audience IS 'Accepted values of aud; NULL: aud is not looked at.';
COMMENT ON COLUMN clerk_rls.issuers.authorized_parties IS
'Accepted values of azp, which must then be present (but in Clerk''s OAuth and machine tokens, which name no origin); NULL: azp is not looked at.';
COMMENT ON COLUMN clerk_rls.issuers.leeway IS 'How far clocks may disagree, at most 5 minutes.';
COMMENT ON COLUMN clerk_rls.issuers.require_session IS
'Whether a token must name a session. Of Clerk''s tokens, the kind session alone: the others name none and need to be in accepts.';
COMMENT ON COLUMN clerk_rls.issuers.allow_pending IS
'Whether a pending session (sts is pending: the user has open tasks) is signed in. Clerk counts it as signed out.';
COMMENT ON COLUMN clerk_rls.issuers.accepts IS
'Kinds of Clerk token that are accepted: session (any token that is no other kind), template (from a JWT template), oauth (typ at+jwt: its user is the user) and machine (cat, mch_..., or its subject is its client: requesting_machine_id(), never a user). Tokens of other providers have no kinds, and only {session} is allowed.';
COMMENT ON COLUMN clerk_rls.issuers.subject_prefix IS 'What is put before the subject, so that equal subjects of two issuers are two people.';
COMMENT ON COLUMN clerk_rls.issuers.claim_map IS 'Fields that lie elsewhere than the provider says, as in the setting clerk_rls.claim_map.';
SELECT pg_catalog.pg_extension_config_dump('clerk_rls.issuers', '');

CREATE TABLE clerk_rls.issuer_secrets (
    issuer text COLLATE "C" PRIMARY KEY REFERENCES clerk_rls.issuers ON DELETE CASCADE,
    key jsonb NOT NULL,
    updated_at timestamptz NOT NULL
);
COMMENT ON TABLE clerk_rls.issuer_secrets IS
'Shared secrets of issuers that sign with HMAC. Whoever reads one can sign anybody in: pg_dump does not save it, so set_secret() follows a restore.';
COMMENT ON COLUMN clerk_rls.issuer_secrets.issuer IS 'The issuer.';
COMMENT ON COLUMN clerk_rls.issuer_secrets.key IS 'The secret, a JWK of type oct.';
COMMENT ON COLUMN clerk_rls.issuer_secrets.updated_at IS 'When it was set last.';

CREATE FUNCTION clerk_rls.ignored_keys(jwks jsonb) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ignored_keys';
COMMENT ON FUNCTION clerk_rls.ignored_keys(jsonb) IS
'Which keys of a JWK Set verify no tokens and are ignored, and why: a line for each, NULL where there is none. ERROR 22023 for a set that add_issuer() refuses.';

-- Every way into the tables is checked: the functions below, an INSERT by hand, a restore.
CREATE FUNCTION clerk_rls.validate_issuer(issuer jsonb) RETURNS void
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'validate_issuer';
COMMENT ON FUNCTION clerk_rls.validate_issuer(jsonb) IS
'Refuses an issuer that authenticate() could not use: ERROR 22023 names the key and the rule. issuer: a row of clerk_rls.issuers, leeway in seconds, with its secret.';

CREATE FUNCTION clerk_rls.check_issuer() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM clerk_rls.validate_issuer(to_jsonb(NEW) || jsonb_build_object('leeway', floor(extract(epoch FROM NEW.leeway))::bigint,
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
    PERFORM clerk_rls.validate_issuer(to_jsonb(i) || jsonb_build_object('leeway', floor(extract(epoch FROM i.leeway))::bigint, 'secret', NEW.key))
    FROM clerk_rls.issuers AS i WHERE i.issuer = NEW.issuer;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION clerk_rls.check_secret() IS 'Checks a secret before it is written.';
CREATE TRIGGER check_secret BEFORE INSERT OR UPDATE ON clerk_rls.issuer_secrets
    FOR EACH ROW EXECUTE FUNCTION clerk_rls.check_secret();
ALTER TABLE clerk_rls.issuer_secrets ENABLE ALWAYS TRIGGER check_secret;

-- A backend keeps compiled keys until it hears of a change. ALWAYS: a session with
-- session_replication_role = replica skips any other trigger, and others would keep a revoked key.
CREATE FUNCTION clerk_rls.invalidate_issuers(changed_table oid) RETURNS void
    LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'invalidate_issuers';
COMMENT ON FUNCTION clerk_rls.invalidate_issuers(oid) IS
'Tells every backend, when the transaction commits, that this table of issuers has changed.';

CREATE FUNCTION clerk_rls.issuers_changed() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM clerk_rls.invalidate_issuers(TG_RELID);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION clerk_rls.issuers_changed() IS 'Tells every backend to read the issuers again.';
-- For each row, since the apply worker of logical replication fires no other; TRUNCATE has no rows.
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

-- Not by the triggers: a restore and a change of another column would tell it again.
CREATE FUNCTION clerk_rls.tell_ignored_keys(jwks jsonb) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    told text := clerk_rls.ignored_keys(jwks);
BEGIN
    IF told IS NOT NULL THEN
        RAISE NOTICE USING MESSAGE = 'keys of the JWK Set that verify no tokens are ignored', DETAIL = told;
    END IF;
END
$$;
COMMENT ON FUNCTION clerk_rls.tell_ignored_keys(jsonb) IS 'Raises a NOTICE that names the keys of a JWK Set that are ignored, and why.';

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
    -- Two operators at once could both be the first, and their subjects one person.
    LOCK TABLE clerk_rls.issuers IN SHARE ROW EXCLUSIVE MODE;
    IF subject_prefix IS NULL AND EXISTS (SELECT FROM clerk_rls.issuers) THEN
        RAISE invalid_parameter_value USING
            MESSAGE = 'a second issuer needs a subject_prefix',
            DETAIL = 'Equal subjects of two issuers would be one person.',
            HINT = 'Give a prefix, or '''' if the issuers name the same people alike.';
    END IF;
    INSERT INTO clerk_rls.issuers VALUES (
        issuer, provider, jwks, jwks_url, CASE WHEN jwks IS NOT NULL THEN now() END, algorithms, audience,
        authorized_parties, leeway, coalesce(require_session, false), coalesce(allow_pending, false),
        coalesce(accepts, '{session}'), coalesce(subject_prefix, ''), coalesce(claim_map, '{}')
    );
    PERFORM clerk_rls.tell_ignored_keys(jwks);
EXCEPTION WHEN unique_violation THEN
    RAISE invalid_parameter_value USING
        MESSAGE = format('issuer "%s" exists already', issuer),
        HINT = 'Change its keys with clerk_rls.set_jwks(), or remove it first with clerk_rls.remove_issuer().';
END
$$;
COMMENT ON FUNCTION clerk_rls.add_issuer(text, jsonb, text, text, text[], text[], text[], interval, boolean, boolean, text[], text, jsonb) IS
'Lets tokens of this issuer (iss) sign people in. jwks: its public keys, a JWK or JWK Set; an issuer that signs with a shared secret gets it from set_secret(). Keys that verify no tokens are ignored, with a NOTICE. accepts: which kinds of Clerk token count, of session, template, oauth and machine. A second issuer needs a subject_prefix, or an explicit ''''.';

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
    PERFORM clerk_rls.tell_ignored_keys(jwks);
END
$$;
COMMENT ON FUNCTION clerk_rls.set_jwks(text, jsonb) IS
'Replaces an issuer''s public keys. For a rotation, give the old and the new key together first. Keys that verify no tokens are ignored, with a NOTICE. Running transactions go on as who they are.';

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
    DELETE FROM clerk_rls.issuer_secrets AS s WHERE s.issuer = set_secret.issuer;
    INSERT INTO clerk_rls.issuer_secrets VALUES (issuer, clerk_rls.jwk_from_secret(secret, algorithm), now());
END
$$;
COMMENT ON FUNCTION clerk_rls.set_secret(text, text, text) IS
'The shared secret of an issuer that signs with HS256, HS384 or HS512, Supabase''s JWT secret for one; it replaces the former. Pass it as a bind parameter, for statements are logged.';

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
END
$$;
COMMENT ON FUNCTION clerk_rls.remove_issuer(text) IS
'Removes an issuer, its keys and its secret: its tokens sign nobody in any more.';
