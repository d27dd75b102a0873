-- Public keys that a background worker fetches.
--
-- The attempts are in a table of their own, so that an attempt does not make every backend compile its issuers again.

CREATE TABLE clerk_rls.jwks_fetches (
    issuer text COLLATE "C" PRIMARY KEY REFERENCES clerk_rls.issuers ON UPDATE CASCADE ON DELETE CASCADE,
    url text,
    etag text,
    keys_of timestamptz,
    failures integer NOT NULL DEFAULT 0,
    last_attempt timestamptz,
    last_success timestamptz,
    last_error text,
    next_attempt timestamptz NOT NULL
);
COMMENT ON TABLE clerk_rls.jwks_fetches IS
'The attempts of the keys'' worker: a row for each issuer whose keys it fetches. pg_dump does not save it. The view '
'clerk_rls.jwks_status shows it.';
COMMENT ON COLUMN clerk_rls.jwks_fetches.issuer IS 'The issuer.';
COMMENT ON COLUMN clerk_rls.jwks_fetches.url IS 'The URL where the keys were found.';
COMMENT ON COLUMN clerk_rls.jwks_fetches.etag IS
'The entity tag of the keys, for a conditional request (RFC 9110 section 13).';
COMMENT ON COLUMN clerk_rls.jwks_fetches.keys_of IS
'clerk_rls.issuers.jwks_updated_at of the keys that were fetched: if it differs, the keys were set by hand since.';
COMMENT ON COLUMN clerk_rls.jwks_fetches.failures IS 'The number of failed attempts since the last success.';
COMMENT ON COLUMN clerk_rls.jwks_fetches.last_attempt IS 'The end of the last attempt.';
COMMENT ON COLUMN clerk_rls.jwks_fetches.last_success IS
'The end of the last attempt that has confirmed the keys, changed or not.';
COMMENT ON COLUMN clerk_rls.jwks_fetches.last_error IS
'The cause of the last failure; NULL: the last attempt succeeded.';
COMMENT ON COLUMN clerk_rls.jwks_fetches.next_attempt IS 'The time of the next attempt.';

CREATE FUNCTION clerk_rls.keys_worker_is_running() RETURNS boolean
    LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'keys_worker_is_running';
COMMENT ON FUNCTION clerk_rls.keys_worker_is_running() IS
'Whether the worker that fetches keys is running: it needs clerk_rls in shared_preload_libraries.';

CREATE FUNCTION clerk_rls.wake_keys_worker() RETURNS void
    LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'wake_keys_worker';
COMMENT ON FUNCTION clerk_rls.wake_keys_worker() IS
'Makes the keys'' worker visit this database when the transaction has committed.';

-- What was found at the former URL says nothing about the new one.
CREATE FUNCTION clerk_rls.fetch_keys_anew() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM clerk_rls.jwks_fetches AS f WHERE f.issuer = NEW.issuer;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION clerk_rls.fetch_keys_anew() IS
'Deletes the record of attempts when the keys of an issuer are to be fetched from elsewhere. Fired by a trigger of '
'clerk_rls.issuers.';
CREATE TRIGGER fetch_keys_anew AFTER UPDATE ON clerk_rls.issuers FOR EACH ROW
    WHEN ((OLD.issuer, OLD.provider, OLD.fetch_keys) IS DISTINCT FROM (NEW.issuer, NEW.provider, NEW.fetch_keys)
        OR OLD.jwks_url IS DISTINCT FROM NEW.jwks_url)
    EXECUTE FUNCTION clerk_rls.fetch_keys_anew();

CREATE FUNCTION clerk_rls.keys_are_fetched(issuer_row clerk_rls.issuers) RETURNS boolean
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (SELECT FROM clerk_rls.jwks_fetches AS f
        WHERE f.issuer = issuer_row.issuer AND f.last_success IS NOT NULL AND f.keys_of = issuer_row.jwks_updated_at)
$$;
COMMENT ON FUNCTION clerk_rls.keys_are_fetched(clerk_rls.issuers) IS
'Whether the keys that an issuer has are those that the worker fetched last, and were not set by hand since.';

CREATE FUNCTION clerk_rls.next_jwks_fetch(wanted text[], first boolean) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    due record;
BEGIN
    INSERT INTO clerk_rls.jwks_fetches (issuer, next_attempt)
    SELECT i.issuer, now() FROM clerk_rls.issuers AS i WHERE i.fetch_keys
        AND NOT EXISTS (SELECT FROM clerk_rls.issuer_secrets AS s WHERE s.issuer = i.issuer)
        AND NOT EXISTS (SELECT FROM clerk_rls.jwks_fetches AS f WHERE f.issuer = i.issuer)
    ON CONFLICT DO NOTHING;
    -- A worker that starts again and again must not fetch again and again.
    UPDATE clerk_rls.jwks_fetches AS f SET next_attempt = now()
    WHERE f.next_attempt > now()
        AND (f.issuer = ANY (wanted) OR first AND f.last_attempt < now() - '1 minute'::interval);

    SELECT f.*, i.provider, i.jwks_url, clerk_rls.keys_are_fetched(i) AS etag_counts INTO due
    FROM clerk_rls.jwks_fetches AS f JOIN clerk_rls.issuers AS i ON i.issuer = f.issuer
    WHERE i.fetch_keys AND NOT EXISTS (SELECT FROM clerk_rls.issuer_secrets AS s WHERE s.issuer = f.issuer)
    ORDER BY f.next_attempt LIMIT 1;
    IF NOT FOUND THEN
        RETURN '{}';
    ELSIF due.next_attempt > now() THEN
        RETURN jsonb_build_object('seconds', ceil(extract(epoch FROM due.next_attempt - now()))::bigint);
    END IF;
    RETURN jsonb_build_object('job', jsonb_build_object(
        'issuer', due.issuer, 'provider', due.provider, 'jwks_url', due.jwks_url,
        'failures', due.failures, 'due', due.next_attempt,
        'url', CASE WHEN due.etag_counts THEN due.url END, 'etag', CASE WHEN due.etag_counts THEN due.etag END));
END
$$;
COMMENT ON FUNCTION clerk_rls.next_jwks_fetch(text[], boolean) IS
'For the keys'' worker: the issuer whose keys are due (job), or the seconds until the first is due, or an empty '
'object. wanted: issuers whose keys are due at once. first: the worker has just started, and all keys are due that it '
'did not try to fetch in the last minute. Writes clerk_rls.jwks_fetches.';

CREATE FUNCTION clerk_rls.notify_postgrest() RETURNS void
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$ SELECT pg_notify('pgrst', 'reload config') $$;
COMMENT ON FUNCTION clerk_rls.notify_postgrest() IS
'Makes PostgREST call its db-pre-config function again when the transaction has committed. A transaction that was '
'notified cannot be prepared for two-phase commit.';

CREATE FUNCTION clerk_rls.store_jwks(
    issuer text,
    jwks_url text,
    url text,
    etag text,
    jwks jsonb,
    error text,
    due timestamptz,
    pause interval
) RETURNS text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    former record;
    outcome text;
BEGIN
    SELECT i.jwks, i.jwks_updated_at, f.last_error, clerk_rls.keys_are_fetched(i) AS fetched INTO former
    FROM clerk_rls.issuers AS i JOIN clerk_rls.jwks_fetches AS f ON f.issuer = i.issuer
    WHERE i.issuer = store_jwks.issuer AND i.fetch_keys AND i.jwks_url IS NOT DISTINCT FROM store_jwks.jwks_url
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF error IS NULL AND jwks IS NULL AND NOT former.fetched THEN
        -- The answer is about keys that were replaced by hand since.
        UPDATE clerk_rls.jwks_fetches AS f SET next_attempt = now() WHERE f.issuer = store_jwks.issuer;
        RETURN NULL;
    END IF;
    -- Keys that were set by hand count as fetched from now on, which every backend has to notice.
    IF error IS NULL AND jwks IS NOT NULL AND (jwks IS DISTINCT FROM former.jwks OR NOT former.fetched) THEN
        BEGIN
            UPDATE clerk_rls.issuers AS i SET jwks = store_jwks.jwks, jwks_updated_at = now()
            WHERE i.issuer = store_jwks.issuer
            RETURNING i.jwks_updated_at INTO former.jwks_updated_at;
            IF jwks IS DISTINCT FROM former.jwks THEN
                PERFORM clerk_rls.notify_postgrest();
                outcome := 'replaced';
            END IF;
        EXCEPTION WHEN data_exception OR integrity_constraint_violation OR raise_exception THEN
            error := SQLERRM;
        END;
    END IF;
    IF error IS NULL THEN
        UPDATE clerk_rls.jwks_fetches AS f SET url = store_jwks.url,
            etag = CASE WHEN jwks IS NULL THEN f.etag ELSE store_jwks.etag END,
            keys_of = former.jwks_updated_at, failures = 0,
            last_attempt = now(), last_success = now(), last_error = NULL,
            next_attempt = CASE WHEN f.next_attempt = due THEN now() + pause ELSE f.next_attempt END
        WHERE f.issuer = store_jwks.issuer;
        RETURN coalesce(outcome, CASE WHEN former.last_error IS NOT NULL THEN 'recovered' END);
    END IF;
    UPDATE clerk_rls.jwks_fetches AS f SET failures = least(f.failures, 1000) + 1, last_attempt = now(),
        last_error = error, next_attempt = CASE WHEN f.next_attempt = due THEN now() + pause ELSE f.next_attempt END
    WHERE f.issuer = store_jwks.issuer;
    RETURN CASE WHEN error IS DISTINCT FROM former.last_error THEN 'failed: ' || error END;
END
$$;
COMMENT ON FUNCTION clerk_rls.store_jwks(text, text, text, text, jsonb, text, timestamptz, interval) IS
'For the keys'' worker: saves the result of a fetch. jwks: the keys, NULL if they have not changed. error: the cause '
'of a failure. due: when the fetch was due; a fetch that was requested since is still to be done. pause: the time '
'until the next fetch. Keys that are refused replace nothing, and nothing is written if the keys of the issuer are no '
'longer fetched from the same URL. Returns what the worker writes to the log, or NULL.';

CREATE FUNCTION clerk_rls.refresh_jwks(issuer text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    fetched boolean;
BEGIN
    IF NOT clerk_rls.keys_worker_is_running() THEN
        RAISE object_not_in_prerequisite_state USING
            MESSAGE = 'the worker that fetches keys is not running',
            HINT = 'Add clerk_rls to shared_preload_libraries and restart the server, or set the keys with '
                'clerk_rls.set_jwks().';
    END IF;
    IF issuer IS NOT NULL THEN
        SELECT i.fetch_keys INTO fetched FROM clerk_rls.issuers AS i WHERE i.issuer = refresh_jwks.issuer;
        IF fetched IS NULL THEN
            RAISE undefined_object USING MESSAGE = format('issuer "%s" does not exist', issuer),
                HINT = 'Add it with clerk_rls.add_issuer().';
        ELSIF NOT fetched THEN
            RAISE object_not_in_prerequisite_state USING
                MESSAGE = format('the keys of issuer "%s" are set by hand', issuer),
                HINT = 'Set the column fetch_keys of clerk_rls.issuers to true to have them fetched.';
        END IF;
    END IF;
    UPDATE clerk_rls.jwks_fetches AS f SET next_attempt = now()
    WHERE f.issuer = coalesce(refresh_jwks.issuer, f.issuer);
    PERFORM clerk_rls.wake_keys_worker();
END
$$;
COMMENT ON FUNCTION clerk_rls.refresh_jwks(text) IS
'Makes the keys'' worker fetch the keys of an issuer, or of all issuers whose keys it fetches, when the transaction '
'has committed. The view clerk_rls.jwks_status shows the result. ERROR 55000 if the worker is not running or the keys '
'are set by hand, 42704 for an unknown issuer.';

-- Backends check the same at each token.
CREATE FUNCTION clerk_rls.jwks_expire_at(issuer_row clerk_rls.issuers) RETURNS timestamptz
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT f.last_success + a.max_age
    FROM clerk_rls.jwks_fetches AS f,
        (SELECT coalesce(current_setting('clerk_rls.jwks_max_age', true), '1d')::interval) AS a (max_age)
    WHERE f.issuer = issuer_row.issuer AND a.max_age >= '0'
        AND issuer_row.fetch_keys AND clerk_rls.keys_are_fetched(issuer_row)
$$;
COMMENT ON FUNCTION clerk_rls.jwks_expire_at(clerk_rls.issuers) IS
'When the keys of an issuer expire unless the worker confirms them before: clerk_rls.jwks_max_age after the last '
'successful fetch. NULL: never, because they were set by hand, or there are none.';

CREATE VIEW clerk_rls.jwks_status AS
SELECT i.issuer,
    CASE WHEN s.issuer IS NOT NULL THEN 'secret' WHEN NOT i.fetch_keys THEN 'manual'
        WHEN i.jwks_url IS NOT NULL THEN 'jwks_url' ELSE 'discovery' END AS source,
    CASE WHEN i.jwks IS NULL THEN 0
        WHEN pg_catalog.jsonb_typeof(i.jwks OPERATOR(pg_catalog.->) 'keys') OPERATOR(pg_catalog.=) 'array'
        THEN pg_catalog.jsonb_array_length(i.jwks OPERATOR(pg_catalog.->) 'keys') ELSE 1 END AS keys,
    coalesce(f.url, i.jwks_url) AS url, i.jwks_updated_at AS keys_changed, f.last_success, f.last_attempt, f.last_error,
    CASE WHEN i.fetch_keys AND s.issuer IS NULL THEN f.next_attempt END AS next_attempt,
    clerk_rls.jwks_expire_at(i) AS keys_expire
FROM clerk_rls.issuers AS i
LEFT JOIN clerk_rls.issuer_secrets AS s ON s.issuer OPERATOR(pg_catalog.=) i.issuer
LEFT JOIN clerk_rls.jwks_fetches AS f ON f.issuer OPERATOR(pg_catalog.=) i.issuer;
COMMENT ON VIEW clerk_rls.jwks_status IS
'For each issuer: where its keys come from (secret, manual, jwks_url or discovery), how many there are, when they were '
'fetched, why not, and when they expire.';

CREATE FUNCTION clerk_rls.postgrest_config() RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    keys jsonb := (
        SELECT jsonb_agg(k.key ORDER BY i.issuer, k.number) FROM clerk_rls.issuers AS i,
            jsonb_array_elements(CASE WHEN i.jwks ? 'keys' THEN i.jwks -> 'keys' ELSE jsonb_build_array(i.jwks) END)
                WITH ORDINALITY AS k (key, number)
        WHERE i.jwks IS NOT NULL AND coalesce(clerk_rls.jwks_expire_at(i), 'infinity') > now()
            AND k.key ->> 'use' IS DISTINCT FROM 'enc');
BEGIN
    IF keys IS NOT NULL THEN
        PERFORM set_config('pgrst.jwt_secret', jsonb_build_object('keys', keys)::text, true),
            set_config('pgrst.jwt_secret_is_base64', 'false', true);
    END IF;
END
$$;
COMMENT ON FUNCTION clerk_rls.postgrest_config() IS
'For the setting db-pre-config of PostgREST 11.1 or later: sets pgrst.jwt_secret to a JWK Set with the public keys of '
'all issuers until the transaction ends. Without public keys it sets nothing, and PostgREST keeps its own jwt-secret. '
'It reads no shared secret. The role that PostgREST connects as needs EXECUTE. SECURITY DEFINER.';
