-- The part of clerk_rls.doctor() about issuers, their keys, and clerk_rls.identity_source.

CREATE FUNCTION clerk_rls.doctor_issuers()
    RETURNS TABLE ("check" text, level text, finding text, fix text)
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH source (everybody) AS (
        SELECT clerk_rls.configured_setting(0, 'clerk_rls.identity_source')
    ), issuer AS (
        SELECT i.*, s.updated_at AS secret_updated_at, s.issuer IS NOT NULL AS has_secret,
            s.key ->> 'alg' AS secret_algorithm, i.fetch_keys AND w.running AS followed, f.last_error,
            clerk_rls.jwks_expire_at(i) AS keys_expire,
            coalesce(i.jwks_updated_at, '-infinity') < now() - '90 days'::interval AS older_than_90_days,
            coalesce(i.jwks_updated_at, '-infinity') < now() - '7 days'::interval AS older_than_a_week,
            coalesce(i.jwks_updated_at, '-infinity') < now() - '1 day'::interval AS older_than_a_day
        FROM clerk_rls.issuers AS i LEFT JOIN clerk_rls.issuer_secrets AS s USING (issuer)
            LEFT JOIN clerk_rls.jwks_fetches AS f USING (issuer),
            (SELECT clerk_rls.keys_worker_is_running()) AS w (running)
    )
    SELECT 'no_issuer', 'error',
        'clerk_rls.identity_source is verified_token and there is no issuer: nobody can sign in',
        '-- Add the issuer with its public keys: SELECT clerk_rls.add_issuer(''https://...'', jwks => ''...'');'
    FROM source AS s
    WHERE s.everybody = 'verified_token' AND NOT EXISTS (SELECT FROM issuer)

    UNION ALL
    SELECT 'claims_beside_tokens', 'info',
        'there are issuers, and clerk_rls.identity_source is request_claims: in a transaction that has not '
            'authenticated, any SQL can set the claims of any user',
        format('ALTER DATABASE %I SET clerk_rls.identity_source = ''verified_token'';', current_database())
    FROM source AS s
    WHERE s.everybody = 'request_claims' AND EXISTS (SELECT FROM issuer)

    UNION ALL
    SELECT 'identity_source_overridden', 'error',
        format('clerk_rls.identity_source is request_claims for role %s, and verified_token for others: in a session '
            'of this role, any SQL can set the claims of any user', r.role::regrole),
        concat_ws(E'\n',
            CASE WHEN r.everywhere
                THEN format('ALTER ROLE %s RESET clerk_rls.identity_source;', r.role::regrole) END,
            CASE WHEN r.here
                THEN format('ALTER ROLE %s IN DATABASE %I RESET clerk_rls.identity_source;',
                    r.role::regrole, current_database()) END)
    FROM source AS s, (
            SELECT s.role, bool_or(s.database = 0), bool_or(s.database <> 0)
            FROM clerk_rls.stored_settings() AS s
            WHERE s.role <> 0 AND s.name = 'clerk_rls.identity_source'
            GROUP BY s.role
        ) AS r (role, everywhere, here)
    WHERE s.everybody = 'verified_token'
        AND clerk_rls.configured_setting(r.role, 'clerk_rls.identity_source') <> 'verified_token'

    UNION ALL
    SELECT 'issuer_without_keys', 'error',
        format('issuer "%s" has neither keys nor a secret: its tokens are refused', i.issuer),
        CASE WHEN i.followed THEN '-- The view clerk_rls.jwks_status says why the keys could not be fetched.'
            WHEN i.jwks_url IS NULL
            THEN '-- Set its keys with clerk_rls.set_jwks(), or its shared secret with clerk_rls.set_secret(); '
                'pg_dump does not save secrets.'
            ELSE format('-- Pass the content of %s to clerk_rls.set_jwks().', i.jwks_url) END
    FROM issuer AS i
    WHERE i.jwks IS NULL AND NOT i.has_secret

    UNION ALL
    SELECT 'issuer_keys_age', 'warning', format('the keys of issuer "%s" were set more than 90 days ago', i.issuer),
        '-- Have the issuer rotate its keys, and pass the old and the new key together to clerk_rls.set_jwks().'
    FROM issuer AS i
    WHERE i.jwks IS NOT NULL AND i.older_than_90_days

    UNION ALL
    SELECT 'issuer_keys_not_fetched',
        CASE WHEN i.keys_expire < now() THEN 'error' ELSE 'warning' END,
        CASE WHEN i.keys_expire < now()
            THEN format('the keys of issuer "%s" were last fetched longer ago than clerk_rls.jwks_max_age: its tokens '
                'are refused', i.issuer)
            ELSE format('the keys of issuer "%s" could not be fetched: %s', i.issuer, i.last_error) END,
        CASE WHEN i.followed
            THEN '-- The view clerk_rls.jwks_status has the cause and the time of the next attempt. '
                'clerk_rls.refresh_jwks() tries at once.'
            ELSE '-- Add clerk_rls to shared_preload_libraries, or pass the keys to clerk_rls.set_jwks().' END
    FROM issuer AS i
    WHERE NOT i.has_secret AND i.fetch_keys AND (i.last_error IS NOT NULL OR i.keys_expire < now())

    UNION ALL
    -- Without the worker, a token with an unknown kid is refused until the new key is set.
    SELECT 'issuer_keys_refresh',
        CASE WHEN i.jwks_url IS NOT NULL AND i.older_than_a_week THEN 'warning' ELSE 'info' END,
        format('the keys of issuer "%s" were set more than %s ago: if the issuer rotates them, its tokens are refused '
            'because of an unknown kid', i.issuer,
            CASE WHEN i.jwks_url IS NOT NULL AND i.older_than_a_week THEN 'a week' ELSE 'a day' END),
        format('-- Have the keys fetched, or let a scheduled job pass %s to clerk_rls.set_jwks(): see docs/keys.md.',
            coalesce('the content of ' || i.jwks_url, 'the published keys'))
    FROM issuer AS i
    WHERE i.jwks IS NOT NULL AND NOT i.followed AND i.older_than_a_day AND NOT i.older_than_90_days

    UNION ALL
    SELECT 'issuer_secret_age', 'warning',
        format('the shared secret of issuer "%s" was set more than a year ago', i.issuer),
        '-- Create a new secret, and set it at the issuer and with clerk_rls.set_secret() at the same time.'
    FROM issuer AS i
    WHERE i.secret_updated_at < now() - '365 days'::interval

    UNION ALL
    SELECT 'issuer_same_prefix', 'warning',
        format('issuers %s share the subject prefix "%s": equal subjects of them are one user',
            string_agg(format('"%s"', i.issuer), ', ' ORDER BY i.issuer), i.subject_prefix),
        '-- Unless these issuers give the same users the same subjects, set another subject_prefix for one of them. '
            'Existing rows of its users keep the former IDs.'
    FROM issuer AS i
    GROUP BY i.subject_prefix
    HAVING count(*) > 1

    UNION ALL
    SELECT 'issuer_leeway', 'warning',
        format('issuer "%s" has a leeway of %s: its tokens are accepted for that long after they expire',
            i.issuer, i.leeway),
        format('UPDATE clerk_rls.issuers SET leeway = ''5 seconds'' WHERE issuer = %L;', i.issuer)
    FROM issuer AS i
    WHERE i.leeway > '60 seconds'

    UNION ALL
    SELECT 'issuer_authorized_parties', 'info',
        format('issuer "%s" accepts tokens with any azp%s', i.issuer, CASE WHEN i.secret_algorithm IS NULL
            THEN ': a token that was issued for another front end is accepted too'
            ELSE ', and signs with a shared secret: anyone who has the secret can issue tokens for any front end' END),
        format('-- UPDATE clerk_rls.issuers SET authorized_parties = ''{https://...}'' WHERE issuer = %L; with the '
            'origins of your front ends. Tokens of native apps have no azp.', i.issuer)
    FROM issuer AS i
    WHERE i.provider = 'clerk' AND i.authorized_parties IS NULL
$$;
COMMENT ON FUNCTION clerk_rls.doctor_issuers() IS
'The part of doctor() about issuers, the age of their keys, and clerk_rls.identity_source.';
