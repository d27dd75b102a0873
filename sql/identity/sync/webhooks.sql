-- Webhooks of the identity provider: verified, written once, and answered.

-- Every message that was accepted, so that a repeated one changes nothing.
CREATE TABLE clerk_rls.webhook_events (
    message_id text PRIMARY KEY,
    event_type text NOT NULL,
    occurred_at timestamptz,
    received_at timestamptz NOT NULL DEFAULT now(),
    outcome text NOT NULL CHECK (outcome IN ('applied', 'unchanged', 'ignored'))
);
CREATE INDEX webhook_events_received_at_idx ON clerk_rls.webhook_events (received_at);
COMMENT ON TABLE clerk_rls.webhook_events IS
'The messages that receive_webhook() has accepted. prune_webhook_events() removes old ones. Not dumped by pg_dump.';
COMMENT ON COLUMN clerk_rls.webhook_events.message_id IS
'The header svix-id or webhook-id, which is the same on every retry.';
COMMENT ON COLUMN clerk_rls.webhook_events.outcome IS
'applied: rows have changed; unchanged: the tables already had this or something newer; ignored: an event of a type '
'that changes no table.';

CREATE TABLE clerk_rls.webhook_secrets (
    secret text PRIMARY KEY,
    issuer text,
    added_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE clerk_rls.webhook_secrets IS
'The signing secrets of the webhooks. Not dumped by pg_dump: call add_webhook_secret() after a restore.';
COMMENT ON COLUMN clerk_rls.webhook_secrets.issuer IS
'The issuer in clerk_rls.issuers whose users the webhook reports: its subject_prefix precedes their IDs. NULL: no '
'prefix.';

CREATE FUNCTION clerk_rls.validate_webhook_secrets(secrets text[]) RETURNS void
    LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'validate_webhook_secrets';
COMMENT ON FUNCTION clerk_rls.validate_webhook_secrets(text[]) IS
'ERROR 22023 unless each text is a signing secret, base64 with or without whsec_ before it, and there are at most 16.';

CREATE FUNCTION clerk_rls.add_webhook_secret(secret text, issuer text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    IF secret IS NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = 'a webhook secret must not be NULL';
    END IF;
    PERFORM clerk_rls.validate_webhook_secrets(ARRAY[secret]);
    PERFORM clerk_rls.require_issuer(issuer);
    -- One spelling, so that remove_webhook_secret() does not leave the other.
    INSERT INTO clerk_rls.webhook_secrets AS s (secret, issuer) VALUES (regexp_replace(secret, '^whsec_', ''), issuer)
    ON CONFLICT ON CONSTRAINT webhook_secrets_pkey DO UPDATE SET issuer = excluded.issuer;
    PERFORM clerk_rls.validate_webhook_secrets(array_agg(s.secret)) FROM clerk_rls.webhook_secrets AS s;
END
$$;
COMMENT ON FUNCTION clerk_rls.add_webhook_secret(text, text) IS
'Accepts webhooks that are signed with this secret (whsec_...). Secrets that were added before stay: while a secret '
'rotates, both count. issuer: whose users the webhook reports, for its subject_prefix; it must be named if an '
'issuer in clerk_rls.issuers has a prefix. A secret in the text of a statement may get into the log: pass it as a '
'bind parameter. ERROR 22023 for a malformed secret or the 17th, 42704 for an unknown issuer.';

CREATE FUNCTION clerk_rls.remove_webhook_secret(secret text) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM clerk_rls.webhook_secrets AS s
    WHERE s.secret = regexp_replace(remove_webhook_secret.secret, '^whsec_', '');
    IF NOT FOUND THEN
        RAISE undefined_object USING MESSAGE = 'there is no such webhook secret';
    END IF;
END
$$;
COMMENT ON FUNCTION clerk_rls.remove_webhook_secret(text) IS
'Ends what add_webhook_secret() began. ERROR 42704 for an unknown secret.';

CREATE FUNCTION clerk_rls.webhook_signature(body text, secret text, message_id text, sent_at text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'webhook_signature';
COMMENT ON FUNCTION clerk_rls.webhook_signature(text, text, text, text) IS
'The header svix-signature of a webhook. sent_at: seconds since 1970. ERROR 22023 for a malformed secret or time.';

CREATE FUNCTION clerk_rls.sign_webhook(body text, secret text, message_id text, sent_at timestamptz DEFAULT now())
    RETURNS jsonb
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_build_object('svix-id', message_id, 'svix-timestamp', s.seconds,
        'svix-signature', clerk_rls.webhook_signature(body, secret, message_id, s.seconds))
    FROM (SELECT floor(extract(epoch FROM sent_at))::bigint::text) AS s (seconds)
$$;
COMMENT ON FUNCTION clerk_rls.sign_webhook(text, text, text, timestamptz) IS
'The headers with which a sender that has the secret sends this body: for tests of an application, as jwt_sign() is. '
'ERROR 22023 for a malformed secret.';

CREATE FUNCTION clerk_rls.verified_event(body text, headers text, secrets text[]) RETURNS jsonb
    LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'verified_event';
COMMENT ON FUNCTION clerk_rls.verified_event(text, text, text[]) IS
'The event that one of these secrets has signed: message_id, secret (its position, from 1), type, occurred_at '
'(milliseconds since 1970 or null), change and record. ERROR 28000 if the signature or the time does not fit, 22023 if '
'headers or body are malformed.';

CREATE FUNCTION clerk_rls.apply_change(event_type text, change text, change_record jsonb, occurred_at bigint)
    RETURNS text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- What a deletion says besides its record.
    deletion CONSTANT jsonb := jsonb_build_object('deleted_by_list', false,
        'deleted_at', coalesce(occurred_at, floor(extract(epoch FROM now()) * 1000)::bigint));
    counts jsonb;
BEGIN
    counts := CASE change
        WHEN 'user' THEN clerk_rls.write_users(jsonb_build_array(change_record))
        WHEN 'user_deleted' THEN clerk_rls.delete_users(jsonb_build_array(change_record || deletion))
        WHEN 'session' THEN clerk_rls.revoke_ended_session(change_record, event_type)
        WHEN 'organization' THEN clerk_rls.write_organizations(jsonb_build_array(change_record))
        WHEN 'organization_deleted' THEN clerk_rls.delete_organizations(jsonb_build_array(change_record || deletion))
        WHEN 'membership' THEN CASE WHEN change_record -> 'deleted' = 'true'
            THEN clerk_rls.delete_memberships(jsonb_build_array(change_record || deletion))
            ELSE clerk_rls.write_memberships(jsonb_build_array(change_record)) END
    END;
    RETURN CASE
        WHEN counts IS NULL THEN 'ignored'
        WHEN EXISTS (SELECT FROM jsonb_each(counts) AS c WHERE c.value <> '0') THEN 'applied'
        ELSE 'unchanged'
    END;
END
$$;
COMMENT ON FUNCTION clerk_rls.apply_change(text, text, jsonb, bigint) IS
'Writes the change of an event. Returns applied, unchanged or ignored.';

CREATE FUNCTION clerk_rls.receive_message(body text, headers text) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known text[];
    issuers text[];
    event jsonb;
    records jsonb;
    applied text;
BEGIN
    IF body IS NULL OR headers IS NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = 'the body and the headers of a webhook must not be NULL',
            HINT = 'receive_webhook() takes the headers from the setting request.headers, which PostgREST sets.';
    END IF;
    SELECT array_agg(s.secret ORDER BY s.added_at, s.secret), array_agg(s.issuer ORDER BY s.added_at, s.secret)
    INTO known, issuers FROM clerk_rls.webhook_secrets AS s;
    event := clerk_rls.verified_event(body, headers, coalesce(known, '{}'));

    -- A retry waits here for the first delivery, and sees what has become of it.
    INSERT INTO clerk_rls.webhook_events AS e (message_id, event_type, occurred_at, outcome)
    VALUES (event ->> 'message_id', event ->> 'type', to_timestamp((event ->> 'occurred_at')::bigint / 1000.0),
        'ignored')
    ON CONFLICT (message_id) DO NOTHING;
    IF NOT FOUND THEN
        RETURN json_build_object('message_id', event ->> 'message_id', 'outcome', 'repeated');
    END IF;

    records := clerk_rls.records_of_issuer(
        jsonb_build_array(event -> 'record'), issuers[(event ->> 'secret')::int], false);
    applied := clerk_rls.apply_change(
        event ->> 'type', event ->> 'change', records -> 0, (event ->> 'occurred_at')::bigint);
    UPDATE clerk_rls.webhook_events AS e SET outcome = applied
    WHERE e.message_id = event ->> 'message_id' AND applied <> 'ignored';
    RETURN json_build_object('message_id', event ->> 'message_id', 'outcome', applied);
END
$$;
COMMENT ON FUNCTION clerk_rls.receive_message(text, text) IS
'What receive_webhook() and receive_webhook_raw() do. headers: a JSON object, which is read here alone, because the '
'error of a cast would quote it.';

CREATE FUNCTION clerk_rls.receive_webhook_raw(body text, headers jsonb) RETURNS json
    LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT clerk_rls.receive_message(body, headers::text)
$$;
COMMENT ON FUNCTION clerk_rls.receive_webhook_raw(text, jsonb) IS
'Receives a webhook: body is the raw body of the request, headers an object with its headers. Writes users, '
'organizations and memberships, once for each message, and returns {"message_id", "outcome"}: applied, unchanged, '
'ignored or repeated. ERROR 28000 for a signature or a time that does not fit, 22023 for a malformed request; nothing '
'is written then, and the sender tries again. Runs with the rights of its owner: grant EXECUTE to the role of your '
'server.';

CREATE FUNCTION clerk_rls.receive_webhook(json) RETURNS json
    LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
    -- json keeps the text of the body as it came, which the signature is about.
    SELECT clerk_rls.receive_message($1::text, nullif(current_setting('request.headers', true), ''))
$$;
COMMENT ON FUNCTION clerk_rls.receive_webhook(json) IS
'Receives a webhook through PostgREST, which passes the body to a function with one unnamed json parameter and sets '
'request.headers. See receive_webhook_raw(), and expose_webhook(), which makes PostgREST serve it.';

CREATE FUNCTION clerk_rls.prune_webhook_events(older_than interval DEFAULT '30 days') RETURNS bigint
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    pruned bigint;
BEGIN
    IF older_than IS NULL OR older_than < interval '3 days' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'webhook events are kept for 3 days at least',
            DETAIL = 'A sender repeats a message for more than a day.';
    END IF;
    DELETE FROM clerk_rls.webhook_events AS e WHERE e.received_at < now() - older_than;
    GET DIAGNOSTICS pruned = ROW_COUNT;
    RETURN pruned;
END
$$;
COMMENT ON FUNCTION clerk_rls.prune_webhook_events(interval) IS
'Removes the messages that were received longer ago from webhook_events. Returns how many.';
