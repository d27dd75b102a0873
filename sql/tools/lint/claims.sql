-- Rules about how policies and functions read claims.

CREATE FUNCTION clerk_rls.lint_claims() RETURNS TABLE (rule text, level text, object text, finding text, fix text)
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH inspected AS MATERIALIZED (
        SELECT * FROM clerk_rls.inspected_policies()
    ), policy AS MATERIALIZED (
        SELECT p.object, t.*,
            'true' IN (p.reading -> 'parses', p.writing -> 'parses') IS TRUE AS parses,
            'true' IN (p.reading -> 'subject_as_uuid', p.writing -> 'subject_as_uuid') IS TRUE AS casts_subject,
            ARRAY(
                SELECT DISTINCT jsonb_array_elements_text(f.facts -> 'written_by_the_user')
                FROM (VALUES (p.reading), (p.writing)) AS f (facts)
                ORDER BY 1) AS written_by_the_user,
            ARRAY(
                SELECT DISTINCT jsonb_array_elements_text(f.facts -> 'dotted_keys')
                FROM (VALUES (p.reading), (p.writing)) AS f (facts)
                ORDER BY 1) AS dotted_keys,
            ARRAY(
                SELECT DISTINCT jsonb_array_elements_text(f.facts -> 'parsing_functions')::oid
                FROM (VALUES (p.reading), (p.writing)) AS f (facts)
                ORDER BY 1) AS parsing_functions
        FROM inspected AS p JOIN pg_policy AS t ON t.oid = p.policy
    ), adoptable AS MATERIALIZED (
        SELECT f.function, format('SELECT clerk_rls.adopt(%L);', f.function::regprocedure) AS fix
        FROM (SELECT DISTINCT unnest(parsing_functions) AS function FROM policy) AS f
        WHERE EXISTS (SELECT FROM clerk_rls.adoptable_reader(f.function))
            AND NOT EXISTS (
                SELECT FROM inspected AS p
                WHERE f.function::text::jsonb <@ (p.reading -> 'opened_by')
                    OR f.function::text::jsonb <@ (p.writing -> 'opened_by'))
    ), providers AS MATERIALIZED (
        -- Providers whose subjects are not UUIDs. If claims of the request count, the setting names their provider.
        SELECT EXISTS (
            SELECT FROM (
                SELECT i.provider FROM clerk_rls.issuers AS i
                UNION ALL
                SELECT current_setting('clerk_rls.provider')
                WHERE current_setting('clerk_rls.identity_source') = 'request_claims'
            ) AS p
            WHERE p.provider IN ('clerk', 'logto', 'auth0', 'firebase')) AS have_text_subjects
    ), immutable AS MATERIALIZED (
        SELECT f.oid, l.lanname = 'c' AS is_reader
        FROM pg_proc AS f
            JOIN pg_namespace AS n ON n.oid = f.pronamespace
            JOIN pg_language AS l ON l.oid = f.prolang
        WHERE f.provolatile = 'i' AND f.prokind = 'f' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
            AND (l.lanname IN ('sql', 'plpgsql')
                OR l.lanname = 'c' AND f.prosrc LIKE 'requesting\_%' AND f.probin ~ '(^|/)clerk_rls(\.so)?$')
    )
    -- Users can write any content into these claims through the provider's API.
    SELECT 'policy_uses_user_metadata', 'error', p.object,
        format('it depends on %s, which users write themselves', array_to_string(p.written_by_the_user, ', ')),
        coalesce(clerk_rls.rewritten_policy(p.oid, 'trusted_metadata'), clerk_rls.closed_policy(p.oid))
    FROM policy AS p
    WHERE cardinality(p.written_by_the_user) > 0

    UNION ALL
    SELECT 'dotted_claim_key', 'error', p.object,
        format('there is no claim %s, so the result is always NULL: a path needs one key for each level',
            array_to_string(p.dotted_keys, ', ')),
        coalesce(clerk_rls.rewritten_policy(p.oid, 'split_keys'), clerk_rls.closed_policy(p.oid))
    FROM policy AS p
    WHERE cardinality(p.dotted_keys) > 0

    UNION ALL
    SELECT 'auth_uid_with_text_subjects', 'error', p.object,
        'it casts the subject to uuid, which is an error for a subject that is not a UUID',
        coalesce(
            clerk_rls.rewritten_policy(p.oid, 'user_ids'),
            (SELECT string_agg(a.fix, E'\n' ORDER BY a.fix) FROM adoptable AS a
            WHERE a.function = ANY (p.parsing_functions)))
    FROM policy AS p, providers
    WHERE providers.have_text_subjects AND p.casts_subject

    UNION ALL
    SELECT 'auth_uid_with_text_subjects', 'error', format('column %I of %s', a.attname, t.object),
        'its default casts the subject to uuid, which is an error for a subject that is not a UUID',
        format('ALTER TABLE %s ALTER COLUMN %I ', t.relation::regclass, a.attname)
            || CASE WHEN clerk_rls.inspect_expression(d.adbin, d.adrelid) -> 'plain' = 'true'
                THEN format('SET DEFAULT %s;', clerk_rls.rewrite_expression(d.adbin, d.adrelid, 'user_ids'))
                ELSE 'DROP DEFAULT;' END
    FROM clerk_rls.inspected_relations() AS t
        JOIN pg_attrdef AS d ON d.adrelid = t.relation
        JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum AND a.attgenerated = '',
        providers
    WHERE providers.have_text_subjects AND t.kind IN ('r', 'p')
        AND clerk_rls.rewrite_expression(d.adbin, d.adrelid, 'user_ids') IS NOT NULL

    UNION ALL
    -- The text of the claims is parsed again for each row that is read.
    SELECT 'claims_parsed_per_row', 'warning', p.object,
        'it parses the claims for each row' || coalesce(', in ' || (
            SELECT string_agg(f.function::regprocedure::text, ', ' ORDER BY f.function::regprocedure::text COLLATE "C")
            FROM unnest(p.parsing_functions) AS f (function)), ''),
        coalesce(
            nullif(concat_ws(E'\n', clerk_rls.as_owner(p.polrelid, native.rewritten), native.adopted), ''),
            clerk_rls.rewritten_policy(p.oid, 'native_readers'),
            '-- Call the readers in the function, or call it in a sub-select, so that it runs once per statement.')
    FROM policy AS p CROSS JOIN LATERAL (
        SELECT
            CASE WHEN p.parses OR cardinality(p.parsing_functions) > count(a.function)
                THEN clerk_rls.rewritten_policy(p.oid, 'native_readers') END AS rewritten,
            string_agg(a.fix, E'\n' ORDER BY a.fix) AS adopted
        FROM adoptable AS a
        WHERE a.function = ANY (p.parsing_functions)
    ) AS native
    WHERE p.parses OR cardinality(p.parsing_functions) > 0

    UNION ALL
    -- PostgreSQL evaluates an IMMUTABLE call while it plans: a cached plan keeps the result for the first user.
    SELECT 'reader_immutable', 'error', format('function %s', f.oid::regprocedure),
        'it is IMMUTABLE and depends on the requesting user: a cached plan uses the first user''s value for everyone',
        format('ALTER FUNCTION %s STABLE;', f.oid::regprocedure)
    FROM immutable AS f
    WHERE f.is_reader OR clerk_rls.inspect_function(f.oid) ->> 'asks' = 'yes'
$$;
COMMENT ON FUNCTION clerk_rls.lint_claims() IS
'The findings of lint() about claims: claims that users write, keys that no claim has, subjects cast to uuid, claims '
'parsed for each row, and readers that are IMMUTABLE.';
