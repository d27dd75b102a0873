-- clerk_rls.explain_access(): why a user sees a row, or may not write it.

-- PL/pgSQL compiles a version of a polymorphic function for each type, so that the row has the table's own type here.
CREATE FUNCTION clerk_rls.explain_row(
    rows anyarray,
    target regclass,
    row_filter text,
    claims jsonb,
    command text,
    role name,
    caller_path text,
    shown jsonb
) RETURNS TABLE (policy text, permissive boolean, expression text, result boolean, finding text)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    table_name text := clerk_rls.qualified_table(target);
    relation name := (SELECT c.relname FROM pg_class AS c WHERE c.oid = target);
    role_id oid := clerk_rls.role_oid(role);
    exemption text := clerk_rls.exemption_from_policies(target, role_id);
    path text := clerk_rls.policy_search_path(caller_path);
    -- Expressions that are evaluated as the user, and the results: {expression: {"value": ..., "error": ...}}.
    questions text[] := '{}';
    response jsonb;
    answers jsonb := '{}';
    problem text;
    failure text;
    p record;
BEGIN
    IF row_filter IS NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = 'row_filter is NULL',
            HINT = 'Give a condition that selects one row, as in WHERE.';
    END IF;

    -- 1. The row. The parenthesis is on a line of its own, so that a comment in the filter ends before it.
    rows := clerk_rls.rows_of_table(rows, target, format(
        E'SELECT ROW(%1$I.*)::%2$s AS tuple FROM %2$s AS %1$I WHERE (\n%3$s\n) LIMIT 2',
        relation, table_name, row_filter), caller_path);
    IF cardinality(rows) = 0 THEN
        finding := format('no row of %s satisfies row_filter', table_name);
        RETURN NEXT;
        RETURN;
    ELSIF cardinality(rows) > 1 THEN
        RAISE cardinality_violation USING MESSAGE = 'row_filter selects more than one row',
            HINT = 'Name one row, for example by its primary key.';
    END IF;

    -- 2. What PostgreSQL checks before any policy.
    FOR result, finding IN
        SELECT m.suffices, m.finding FROM clerk_rls.missing_privileges(target, command, role_id) AS m
    LOOP
        IF NOT result THEN
            failure := coalesce(failure, finding);
        END IF;
        RETURN NEXT;
    END LOOP;
    IF exemption IS NOT NULL THEN
        result := true;
        finding := exemption;
        RETURN NEXT;
    ELSE
        questions := ARRAY(
            WITH applicable AS (
                SELECT * FROM clerk_rls.applicable_policies(target, command, role_id)
            )
            SELECT a.expression FROM applicable AS a WHERE a.expression IS NOT NULL
            UNION
            SELECT unnest(clerk_rls.identity_expressions(a.tree, target)) FROM applicable AS a WHERE a.tree IS NOT NULL
            UNION
            SELECT c.value FROM applicable AS a, clerk_rls.columns_of_policy(a.policy) AS c
            UNION
            SELECT clerk_rls.combined_policy(target, command, role_id, ARRAY[s.step])
            FROM clerk_rls.policy_checks(command) AS s);
    END IF;

    -- 3. The results, as the user.
    response := clerk_rls.answers_as_person(claims, role, (
        SELECT coalesce(jsonb_object_agg(question, format(
            'SELECT (%s)::pg_catalog.text FROM pg_catalog.unnest($1) AS %I', question, relation)), '{}')
        FROM unnest(questions) AS question), rows, path);
    answers := response -> 'answers';
    problem := response ->> 'problem';

    -- 4. Each policy, in words.
    FOR p IN
        SELECT a.*, answers -> a.expression AS answer,
            coalesce(clerk_rls.identity_expressions(a.tree, target), '{}') AS readers
        FROM (
            -- A policy for all commands takes part in several checks, and is shown for the first.
            SELECT DISTINCT ON (b.policy, b.clause) b.*
            FROM clerk_rls.applicable_policies(target, command, role_id) AS b
            WHERE exemption IS NULL
            ORDER BY b.policy, b.clause, b.step
        ) AS a
        ORDER BY a.step, a.permissive DESC, a.name COLLATE "C", a.clause
    LOOP
        policy := p.name;
        permissive := p.permissive;
        expression := format('%s (%s)', p.clause, shown -> p.policy::text ->> p.clause);
        result := CASE WHEN NOT p.answer ? 'error' THEN coalesce((p.answer ->> 'value')::boolean, false) END;
        finding := CASE
            WHEN p.expression IS NULL
                THEN format('the policy has no %s, so it neither allows nor forbids anything', p.clause)
            WHEN p.answer ? 'error' THEN p.answer ->> 'error'
            ELSE (
                SELECT string_agg(said.words, ', ' ORDER BY said.position, said.words COLLATE "C")
                FROM (
                    SELECT 1 AS position, clerk_rls.value_in_words(c.name, answers -> c.value ->> 'value') AS words
                    FROM clerk_rls.columns_of_policy(p.policy) AS c
                    UNION ALL
                    SELECT 2, CASE WHEN answers -> r.reader ? 'error'
                        THEN r.shown || ': ' || (answers -> r.reader ->> 'error')
                        ELSE clerk_rls.value_in_words(r.shown, answers -> r.reader ->> 'value')
                            || CASE WHEN answers -> r.reader ->> 'value' IS NULL AND problem IS NOT NULL
                                THEN ': ' || problem ELSE '' END
                        END
                    FROM (
                        SELECT reader, replace(reader, clerk_rls.qualified_reader(''), '') AS shown
                        FROM unnest(p.readers) AS reader
                    ) AS r
                    UNION ALL
                    -- Only if no NULL that was shown above explains it.
                    SELECT 3, 'the expression is NULL, which counts as false'
                    WHERE p.answer ->> 'value' IS NULL
                        AND NOT EXISTS (
                            SELECT FROM clerk_rls.columns_of_policy(p.policy) AS c
                            WHERE answers -> c.value ->> 'value' IS NULL)
                        AND NOT EXISTS (
                            SELECT FROM unnest(p.readers) AS reader WHERE answers -> reader ->> 'value' IS NULL)
                ) AS said)
            END;
        IF p.expression IS NULL THEN
            expression := NULL;
            result := NULL;
        END IF;
        RETURN NEXT;
    END LOOP;

    -- 5. All of them together: the first check that the row does not pass decides.
    FOR p IN
        SELECT s.step, s.policies_for, s.clause,
            answers -> clerk_rls.combined_policy(target, command, role_id, ARRAY[s.step]) AS answer,
            array_agg(a.name ORDER BY a.name COLLATE "C") FILTER (WHERE a.permissive) AS granting,
            array_agg(a.name ORDER BY a.name COLLATE "C") FILTER (
                WHERE NOT a.permissive AND (answers -> a.expression ->> 'value')::boolean IS NOT TRUE) AS refusing,
            coalesce(bool_or(a.permissive AND (answers -> a.expression ->> 'value')::boolean), false) AS is_granted
        FROM clerk_rls.policy_checks(command) AS s
            LEFT JOIN clerk_rls.applicable_policies(target, command, role_id) AS a
                ON a.step = s.step AND a.expression IS NOT NULL
        WHERE exemption IS NULL AND failure IS NULL
        GROUP BY s.step, s.policies_for, s.clause
        ORDER BY s.step
    LOOP
        CONTINUE WHEN (p.answer ->> 'value')::boolean;
        failure := CASE
            WHEN p.answer ? 'error' THEN p.answer ->> 'error'
            WHEN p.granting IS NULL THEN format('no permissive policy for %s applies to role %I', p.policies_for, role)
            WHEN NOT p.is_granted THEN format('no permissive policy for %s is true', p.policies_for)
            ELSE format('the restrictive policy %I for %s is not true', p.refusing[1], p.policies_for)
            END || CASE WHEN p.step = 3 THEN ' (WITH CHECK)' ELSE '' END;
        EXIT;
    END LOOP;
    policy := NULL;
    permissive := NULL;
    expression := NULL;
    result := failure IS NULL;
    finding := CASE
        WHEN failure IS NOT NULL THEN format('%s fails: %s', command, failure)
        WHEN exemption IS NOT NULL THEN format('%s is allowed: %s', command, exemption)
        ELSE format('%s is allowed by %s', command, (
            SELECT string_agg(DISTINCT quote_ident(a.name), ', ')
            FROM clerk_rls.applicable_policies(target, command, role_id) AS a
            WHERE a.permissive AND (answers -> a.expression ->> 'value')::boolean))
        END;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION clerk_rls.explain_row(anyarray, regclass, text, jsonb, text, name, text, jsonb) IS
'clerk_rls.explain_access() with the search_path of its caller (caller_path), and the policies as they are printed '
'under that path (shown). rows: an empty array of the table''s row type.';

-- Without a search_path of its own: names in row_filter and in functions of policies are looked up with the caller's.
-- So every name here is qualified.
CREATE FUNCTION clerk_rls.explain_access(
    target regclass,
    row_filter text,
    claims jsonb,
    command text DEFAULT 'SELECT',
    role name DEFAULT 'authenticated'
) RETURNS TABLE (policy text, permissive boolean, expression text, result boolean, finding text)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
AS $$
#variable_conflict use_variable
BEGIN
    RETURN QUERY EXECUTE pg_catalog.format(
            'SELECT * FROM clerk_rls.explain_row(''{}''::%s[], $1, $2, $3, $4, $5, $6, $7)',
            clerk_rls.qualified_table(target))
        USING target, row_filter, claims, clerk_rls.checked_command(command), role,
            pg_catalog.current_setting('search_path'), (
                SELECT pg_catalog.jsonb_object_agg(d.oid, pg_catalog.jsonb_build_object(
                    'USING', pg_catalog.pg_get_expr(d.polqual, d.polrelid),
                    'WITH CHECK', pg_catalog.pg_get_expr(d.polwithcheck, d.polrelid)))
                FROM pg_catalog.pg_policy AS d WHERE d.polrelid OPERATOR(pg_catalog.=) target);
END
$$;
COMMENT ON FUNCTION clerk_rls.explain_access(regclass, text, jsonb, text, name) IS
'Why a request with these claims (NULL: without a user) and this database role sees the row that row_filter selects, '
'or may not insert, update or delete it: first what PostgreSQL checks before any policy, then the expression of each '
'policy with its value for the row, and last the result. row_filter runs with the rights of the table''s owner, which '
'the caller must have; the caller must also be able to SET ROLE to the role. Writes nothing, and locks the table '
'(ACCESS SHARE) until the transaction ends.';
