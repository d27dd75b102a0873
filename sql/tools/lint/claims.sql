-- Rules about how policies and functions read claims.

CREATE FUNCTION clerk_rls.lint_claims() RETURNS TABLE (rule text, level text, object text, finding text, fix text)
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH inspected AS MATERIALIZED (
        SELECT * FROM clerk_rls.inspected_policies()
    ), policy AS MATERIALIZED (
        SELECT p.object, t.*, coalesce(p.reading, '{}') || jsonb_build_object(
                'parses', coalesce((p.reading -> 'parses')::boolean, false) OR coalesce((p.writing -> 'parses')::boolean, false),
                'subject_as_uuid', coalesce((p.reading -> 'subject_as_uuid')::boolean, false) OR coalesce((p.writing -> 'subject_as_uuid')::boolean, false)) AS facts,
            ARRAY(SELECT DISTINCT jsonb_array_elements_text(f.facts -> 'written_by_the_user') FROM (VALUES (p.reading), (p.writing)) AS f (facts) ORDER BY 1) AS written_by_the_user,
            ARRAY(SELECT DISTINCT jsonb_array_elements_text(f.facts -> 'dotted_keys') FROM (VALUES (p.reading), (p.writing)) AS f (facts) ORDER BY 1) AS dotted_keys,
            ARRAY(SELECT DISTINCT jsonb_array_elements_text(f.facts -> 'parsing_functions')::oid FROM (VALUES (p.reading), (p.writing)) AS f (facts) ORDER BY 1) AS parsing_functions
        FROM inspected AS p JOIN pg_policy AS t ON t.oid = p.policy
    ), adoptable AS MATERIALIZED (
        SELECT f.function, format('SELECT clerk_rls.adopt(%L);', f.function::regprocedure) AS fix
        FROM (SELECT DISTINCT unnest(parsing_functions) AS function FROM policy) AS f
        WHERE EXISTS (SELECT FROM clerk_rls.adoption(f.function))
            AND NOT EXISTS (SELECT FROM inspected AS p WHERE f.function::text::jsonb <@ (p.reading -> 'opened_by') OR f.function::text::jsonb <@ (p.writing -> 'opened_by'))
    ), providers AS MATERIALIZED (
        -- Whose subjects are no UUIDs. Where claims count, the setting says who issued them.
        SELECT EXISTS (
            SELECT FROM (
                SELECT i.provider FROM clerk_rls.issuers AS i
                UNION ALL SELECT current_setting('clerk_rls.provider') WHERE current_setting('clerk_rls.identity_source') = 'request_claims'
            ) AS p WHERE p.provider IN ('clerk', 'logto', 'auth0', 'firebase')) AS have_text_subjects
    ), immutable AS MATERIALIZED (
        SELECT f.oid, l.lanname = 'c' AS is_reader
        FROM pg_proc AS f JOIN pg_namespace AS n ON n.oid = f.pronamespace JOIN pg_language AS l ON l.oid = f.prolang
        WHERE f.provolatile = 'i' AND f.prokind = 'f' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
            AND (l.lanname IN ('sql', 'plpgsql') OR l.lanname = 'c' AND f.prosrc LIKE 'requesting\_%' AND f.probin ~ '(^|/)clerk_rls(\.so)?$')
    )
    -- The user writes these through the provider's API, with any content.
    SELECT 'policy_uses_user_metadata', 'error', p.object,
        format('it decides by %s, which users write themselves', array_to_string(p.written_by_the_user, ', ')),
        coalesce(clerk_rls.rewritten_policy(p.oid, 'trusted_metadata'), clerk_rls.closed_policy(p.oid))
    FROM policy AS p WHERE cardinality(p.written_by_the_user) > 0

    UNION ALL
    SELECT 'dotted_claim_key', 'error', p.object,
        format('no claim is called %s, so what it reads is always NULL: a path has a key for each step', array_to_string(p.dotted_keys, ', ')),
        coalesce(clerk_rls.rewritten_policy(p.oid, 'split_keys'), clerk_rls.closed_policy(p.oid))
    FROM policy AS p WHERE cardinality(p.dotted_keys) > 0

    UNION ALL
    SELECT 'auth_uid_with_text_subjects', 'error', p.object,
        'it converts the subject into a uuid, which is an error for a subject that is none',
        coalesce(clerk_rls.rewritten_policy(p.oid, 'user_ids'),
            (SELECT string_agg(a.fix, E'\n' ORDER BY a.fix) FROM adoptable AS a WHERE a.function = ANY (p.parsing_functions)))
    FROM policy AS p, providers WHERE providers.have_text_subjects AND (p.facts -> 'subject_as_uuid')::boolean

    UNION ALL
    SELECT 'auth_uid_with_text_subjects', 'error', format('column %I of %s', a.attname, t.object),
        'its default converts the subject into a uuid, which is an error for a subject that is none',
        format('ALTER TABLE %s ALTER COLUMN %I ', t.relation::regclass, a.attname)
            || CASE WHEN clerk_rls.inspect_expression(d.adbin, d.adrelid) -> 'plain' = 'true' THEN format('SET DEFAULT %s;', clerk_rls.rewrite_expression(d.adbin, d.adrelid, 'user_ids')) ELSE 'DROP DEFAULT;' END
    FROM clerk_rls.lint_relations() AS t JOIN pg_attrdef AS d ON d.adrelid = t.relation
        JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum AND a.attgenerated = '', providers
    WHERE providers.have_text_subjects AND t.kind IN ('r', 'p') AND clerk_rls.rewrite_expression(d.adbin, d.adrelid, 'user_ids') IS NOT NULL

    UNION ALL
    -- The text of the claims is parsed again at each row that is looked at.
    SELECT 'claims_parsed_per_row', 'warning', p.object,
        'it parses the claims for each row' || coalesce(', in ' || (SELECT string_agg(f.function::regprocedure::text, ', ' ORDER BY f.function::regprocedure::text COLLATE "C")
            FROM unnest(p.parsing_functions) AS f (function)), ''),
        coalesce(nullif(concat_ws(E'\n', clerk_rls.as_owner(p.polrelid, native.rewritten), native.adopted), ''), clerk_rls.rewritten_policy(p.oid, 'native_readers'),
            '-- Let the function call the readers, or compute it once for a statement, in a sub-select.')
    FROM policy AS p CROSS JOIN LATERAL (
        SELECT CASE WHEN (p.facts -> 'parses')::boolean OR cardinality(p.parsing_functions) > count(a.function) THEN clerk_rls.rewritten_policy(p.oid, 'native_readers') END AS rewritten,
            string_agg(a.fix, E'\n' ORDER BY a.fix) AS adopted
        FROM adoptable AS a WHERE a.function = ANY (p.parsing_functions)
    ) AS native
    WHERE (p.facts -> 'parses')::boolean OR cardinality(p.parsing_functions) > 0

    UNION ALL
    -- PostgreSQL computes an IMMUTABLE call when it plans: a plan that is kept answers for whoever came first.
    SELECT 'reader_immutable', 'error', format('function %s', f.oid::regprocedure),
        'it is IMMUTABLE and depends on who is asking: a cached plan keeps the first user for all',
        format('ALTER FUNCTION %s STABLE;', f.oid::regprocedure)
    FROM immutable AS f
    WHERE f.is_reader OR clerk_rls.inspect_function(f.oid) ->> 'asks' = 'yes'
$$;
COMMENT ON FUNCTION clerk_rls.lint_claims() IS
'What lint() finds about claims: read from where the user writes, by keys that no claim has, as uuids, for each row anew, or once for all.';
