-- Who can do what to which rows, and why: policies evaluated as the person whom they are about, on rows that
-- person may not see.
--
-- A row is read as the caller, who must be able to read the table. Then the caller becomes the person, with
-- SET ROLE as a request does, in a subtransaction that is always rolled back and may write nothing, and the
-- policy's own expression is evaluated on that row: whatever functions and subqueries it has run with the
-- person's rights and policies. They run confined: code of a policy cannot return to the role of the session.
--
-- Nothing here has rights of its own, and what says no more than the catalog is for everybody. To let a role that
-- is no superuser call explain_access(), grant it that function and explain_row(); for access_matrix(), that
-- one, access_matrix_under() and matrix_of_table().

CREATE FUNCTION clerk_rls.confined_query(query text, rows anyarray, search_path text) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'confined_query';
REVOKE ALL ON FUNCTION clerk_rls.confined_query(text, anyarray, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clerk_rls.confined_query(text, anyarray, text) TO PUBLIC;
COMMENT ON FUNCTION clerk_rls.confined_query(text, anyarray, text) IS
'The first value of a query that changes nothing, as text; $1 in it is rows. It runs with the caller''s rights and cannot change the role.';

CREATE FUNCTION clerk_rls.identity_expressions(expression pg_node_tree, target oid) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(DISTINCT a.asker COLLATE "C"), '{}')
    FROM jsonb_array_elements_text(clerk_rls.inspect_expression(expression, target) -> 'askers') AS a (asker)
$$;
REVOKE ALL ON FUNCTION clerk_rls.identity_expressions(pg_node_tree, oid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clerk_rls.identity_expressions(pg_node_tree, oid) TO PUBLIC;
COMMENT ON FUNCTION clerk_rls.identity_expressions(pg_node_tree, oid) IS
'What a policy asks about the requester, each as SQL that no row is needed for.';

-- What PostgreSQL asks of whom, after src/backend/rewrite/rowsecurity.c. Every step must let a row pass.
CREATE FUNCTION clerk_rls.steps_of_command(command text) RETURNS TABLE (step int, clause_of text, code text, clause text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT s.step, s.clause_of, s.code, s.clause
    FROM (VALUES
        ('SELECT', 1, 'SELECT', 'r', 'USING'),
        ('INSERT', 1, 'INSERT', 'a', 'WITH CHECK'),
        -- A row that is not visible is not found either, in any WHERE that names a column.
        ('UPDATE', 1, 'SELECT', 'r', 'USING'),
        ('UPDATE', 2, 'UPDATE', 'w', 'USING'),
        ('UPDATE', 3, 'UPDATE', 'w', 'WITH CHECK'),
        ('DELETE', 1, 'SELECT', 'r', 'USING'),
        ('DELETE', 2, 'DELETE', 'd', 'USING')
    ) AS s (command, step, clause_of, code, clause)
    WHERE s.command = steps_of_command.command
    ORDER BY s.step
$$;
REVOKE ALL ON FUNCTION clerk_rls.steps_of_command(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clerk_rls.steps_of_command(text) TO PUBLIC;
COMMENT ON FUNCTION clerk_rls.steps_of_command(text) IS
'The steps in which policies are asked for a command, each with the command and the clause of the policies that it asks.';

CREATE FUNCTION clerk_rls.applicable_policies(target oid, command text, role oid)
    RETURNS TABLE (step int, policy oid, name name, permissive boolean, clause text, expression text, readers text[])
    LANGUAGE sql STABLE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT s.step, p.oid, p.polname, p.polpermissive, counting.clause, pg_get_expr(counting.tree, target),
        clerk_rls.identity_expressions(counting.tree, target)
    FROM clerk_rls.steps_of_command(command) AS s
        JOIN pg_policy AS p ON p.polrelid = target AND p.polcmd::text IN (s.code, '*'),
        LATERAL (
            SELECT 'WITH CHECK' AS clause, p.polwithcheck AS tree WHERE s.clause = 'WITH CHECK' AND p.polwithcheck IS NOT NULL
            UNION ALL
            SELECT 'USING', p.polqual WHERE s.clause = 'USING' OR p.polwithcheck IS NULL
        ) AS counting
    WHERE EXISTS (SELECT FROM unnest(p.polroles) AS named WHERE named = 0 OR pg_has_role(applicable_policies.role, named, 'USAGE'))
$$;
REVOKE ALL ON FUNCTION clerk_rls.applicable_policies(oid, text, oid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clerk_rls.applicable_policies(oid, text, oid) TO PUBLIC;
COMMENT ON FUNCTION clerk_rls.applicable_policies(oid, text, oid) IS
'The policies that PostgreSQL asks for a command of a role, step by step, each with the clause that counts there. Every name in the expression is qualified, but for those of pg_catalog.';

-- One for explain_access() and access_matrix(), so that they cannot disagree.
CREATE FUNCTION clerk_rls.combined_policy(target oid, command text, role oid, steps int[]) RETURNS text
    LANGUAGE sql STABLE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(CASE WHEN permissive IS NULL THEN 'false' ELSE concat_ws(' AND ', permissive, restrictive) END, ' AND ' ORDER BY step)
    FROM (
        SELECT asked.step,
            '(' || string_agg(format('(%s)', p.expression), ' OR ') FILTER (WHERE p.permissive) || ') IS TRUE' AS permissive,
            string_agg(format('(%s) IS TRUE', p.expression), ' AND ') FILTER (WHERE NOT p.permissive) AS restrictive
        FROM unnest(steps) AS asked(step)
            -- A policy without an expression neither allows nor forbids.
            LEFT JOIN clerk_rls.applicable_policies(target, command, role) AS p ON p.step = asked.step AND p.expression IS NOT NULL
        GROUP BY asked.step
    ) AS of_steps
$$;
REVOKE ALL ON FUNCTION clerk_rls.combined_policy(oid, text, oid, int[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clerk_rls.combined_policy(oid, text, oid, int[]) TO PUBLIC;
COMMENT ON FUNCTION clerk_rls.combined_policy(oid, text, oid, int[]) IS
'The condition on a row in which the policies for a command of a role let it pass: permissive ones joined by OR, restrictive ones by AND, no permissive one false.';

CREATE FUNCTION clerk_rls.missing_privileges(target oid, command text, role oid) RETURNS TABLE (suffices boolean, finding text)
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT false, format('role %I has no USAGE on schema %I', pg_get_userbyid(role), n.nspname)
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = target AND NOT has_schema_privilege(role, n.oid, 'USAGE')
    UNION ALL
    SELECT columns.names IS NOT NULL, CASE
        WHEN columns.names IS NOT NULL THEN format('role %I has %s on these columns alone: %s', pg_get_userbyid(role), command, columns.names)
        ELSE format('role %I has no %s on %I.%I', pg_get_userbyid(role), command, n.nspname, c.relname) END
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace,
        LATERAL (
            SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS names FROM pg_attribute AS a
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                -- Nothing else has a privilege DELETE than the table.
                AND CASE WHEN command <> 'DELETE' THEN has_column_privilege(role, c.oid, a.attnum, command) END
        ) AS columns
    WHERE c.oid = target AND NOT has_table_privilege(role, c.oid, command)
$$;
REVOKE ALL ON FUNCTION clerk_rls.missing_privileges(oid, text, oid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clerk_rls.missing_privileges(oid, text, oid) TO PUBLIC;
COMMENT ON FUNCTION clerk_rls.missing_privileges(oid, text, oid) IS
'What a role lacks for a command, before any policy is asked; suffices: it has the privilege on some columns.';

CREATE FUNCTION clerk_rls.exemption_from_policies(target oid, role oid) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN NOT c.relrowsecurity THEN format('Row Level Security is disabled on %I.%I', n.nspname, c.relname)
        WHEN r.rolsuper THEN format('role %I is a superuser, whom policies do not apply to', r.rolname)
        WHEN r.rolbypassrls THEN format('role %I has BYPASSRLS', r.rolname)
        WHEN NOT c.relforcerowsecurity AND pg_has_role(r.oid, c.relowner, 'USAGE')
            THEN format('role %I owns %I.%I, which has no FORCE ROW LEVEL SECURITY', r.rolname, n.nspname, c.relname)
        END
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace, pg_roles AS r
    WHERE c.oid = target AND r.oid = role
$$;
REVOKE ALL ON FUNCTION clerk_rls.exemption_from_policies(oid, oid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clerk_rls.exemption_from_policies(oid, oid) TO PUBLIC;
COMMENT ON FUNCTION clerk_rls.exemption_from_policies(oid, oid) IS
'Why no policy of a table applies to a role; NULL where they do.';

CREATE FUNCTION clerk_rls.role_of_name(role name) RETURNS oid
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    found oid := (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = role);
BEGIN
    IF found IS NULL THEN
        RAISE undefined_object USING MESSAGE = format('role "%s" does not exist', role);
    END IF;
    RETURN found;
END
$$;
REVOKE ALL ON FUNCTION clerk_rls.role_of_name(name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clerk_rls.role_of_name(name) TO PUBLIC;
COMMENT ON FUNCTION clerk_rls.role_of_name(name) IS 'The OID of a role; ERROR 42704 where there is none.';

-- The name is qualified, so that it is a table and not a type of the same name, whatever the search_path.
CREATE FUNCTION clerk_rls.table_of_rows(target regclass) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    name text;
    kind "char";
BEGIN
    SELECT format('%I.%I', n.nspname, c.relname), c.relkind INTO name, kind
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = target;
    IF kind IS NULL THEN
        RAISE undefined_table USING MESSAGE = 'table is NULL or does not exist';
    ELSIF kind NOT IN ('r', 'p') THEN
        RAISE wrong_object_type USING MESSAGE = format('%s is not a table', name),
            HINT = 'Policies belong to tables: name the tables that a view reads.';
    END IF;
    RETURN name;
END
$$;
REVOKE ALL ON FUNCTION clerk_rls.table_of_rows(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clerk_rls.table_of_rows(regclass) TO PUBLIC;
COMMENT ON FUNCTION clerk_rls.table_of_rows(regclass) IS 'The qualified name of a table; ERROR for anything else.';

-- A search_path in which names mean what the deparser meant: what it leaves bare is in pg_catalog.
CREATE FUNCTION clerk_rls.path_of_policies(search_path text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT concat_ws(', ', CASE WHEN search_path ~ 'pg_catalog' THEN 'pg_catalog' END, nullif(search_path, ''), 'pg_temp')
$$;
REVOKE ALL ON FUNCTION clerk_rls.path_of_policies(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clerk_rls.path_of_policies(text) TO PUBLIC;
COMMENT ON FUNCTION clerk_rls.path_of_policies(text) IS
'The search_path of the caller, with pg_catalog first and temporary objects last: functions of policies find what they find in a request.';

-- By its output function: a cast to text may be anybody's code.
CREATE FUNCTION clerk_rls.columns_of_policy(policy oid) RETURNS TABLE (name text, value text)
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT DISTINCT quote_ident(a.attname), format('CASE WHEN %1$I.%2$I IS NOT NULL THEN pg_catalog.format(''%%s'', %1$I.%2$I) END', c.relname, a.attname)
    FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
        JOIN pg_depend AS d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid AND a.attnum > 0
    WHERE p.oid = policy
$$;
REVOKE ALL ON FUNCTION clerk_rls.columns_of_policy(oid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clerk_rls.columns_of_policy(oid) TO PUBLIC;
COMMENT ON FUNCTION clerk_rls.columns_of_policy(oid) IS 'The columns of its table that a policy mentions, with the SQL for their values as text.';

-- How a value looks in a finding.
CREATE FUNCTION clerk_rls.is_value(expression text, value text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN value IS NULL THEN expression || ' is NULL' ELSE
        format('%s is %L', expression, CASE WHEN length(value) > 60 THEN left(value, 59) || '…' ELSE value END) END
$$;
REVOKE ALL ON FUNCTION clerk_rls.is_value(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clerk_rls.is_value(text, text) TO PUBLIC;
COMMENT ON FUNCTION clerk_rls.is_value(text, text) IS 'What a column or a reader holds, in words.';

CREATE FUNCTION clerk_rls.command_of_access(command text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF upper(command) IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE') THEN
        RETURN upper(command);
    END IF;
    RAISE invalid_parameter_value USING MESSAGE = 'unknown command',
        HINT = 'Available commands: SELECT, INSERT, UPDATE, DELETE.';
END
$$;
REVOKE ALL ON FUNCTION clerk_rls.command_of_access(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clerk_rls.command_of_access(text) TO PUBLIC;
COMMENT ON FUNCTION clerk_rls.command_of_access(text) IS 'A command that policies know, in capitals; ERROR 22023 for any other.';

-- PL/pgSQL makes a version of a polymorphic function for each type: so the row has the table's own type in here.
CREATE FUNCTION clerk_rls.explain_row(
    rows anyarray, target regclass, row_filter text, claims jsonb, command text, role name, caller_path text)
    RETURNS TABLE (policy text, permissive boolean, expression text, result boolean, finding text)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    -- Whoever cannot read all rows gets an error, not some of them.
    SET row_security = off
AS $$
#variable_conflict use_variable
DECLARE
    table_name text := clerk_rls.table_of_rows(target);
    relation name := (SELECT c.relname FROM pg_class AS c WHERE c.oid = target);
    role_id oid := clerk_rls.role_of_name(role);
    exemption text := clerk_rls.exemption_from_policies(target, role_id);
    path text := clerk_rls.path_of_policies(caller_path);
    row_cursor refcursor;
    found_row record;
    is_done boolean := false;
    -- The policies as the caller's search_path shows them.
    shown jsonb;
    -- What is asked as the person, and what came of it: {expression: {"value": …, "error": …}}.
    question text;
    questions text[] := '{}';
    answers jsonb := '{}';
    problem text;
    failure text;
    p record;
BEGIN
    IF row_filter IS NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = 'row_filter is NULL',
            HINT = 'Give a condition that picks one row, as in WHERE.';
    END IF;

    -- 1. The row, as the caller. A cursor takes one statement only, and the parenthesis stands on a line of its
    -- own, so that a comment in the filter ends before it.
    BEGIN
        PERFORM set_config('transaction_read_only', 'on', true), set_config('search_path', caller_path, true);
        shown := (SELECT pg_catalog.jsonb_object_agg(d.oid, pg_catalog.jsonb_build_object(
                'USING', pg_catalog.pg_get_expr(d.polqual, d.polrelid), 'WITH CHECK', pg_catalog.pg_get_expr(d.polwithcheck, d.polrelid)))
            FROM pg_catalog.pg_policy AS d WHERE d.polrelid OPERATOR(pg_catalog.=) target);
        OPEN row_cursor NO SCROLL FOR EXECUTE pg_catalog.format(
            E'SELECT ROW(%1$I.*)::%2$s AS tuple FROM %2$s AS %1$I WHERE (\n%3$s\n) LIMIT 2', relation, table_name, row_filter);
        LOOP
            FETCH row_cursor INTO found_row;
            EXIT WHEN NOT FOUND;
            rows := pg_catalog.array_append(rows, found_row.tuple);
        END LOOP;
        is_done := true;
        RAISE SQLSTATE 'RLS00';
    EXCEPTION WHEN SQLSTATE 'RLS00' THEN
        IF NOT is_done THEN
            RAISE;
        END IF;
    END;
    IF cardinality(rows) = 0 THEN
        finding := format('no row of %s satisfies row_filter', table_name);
        RETURN NEXT;
        RETURN;
    ELSIF cardinality(rows) > 1 THEN
        RAISE cardinality_violation USING MESSAGE = 'row_filter picks more than one row',
            HINT = 'Name one row, for instance by its primary key.';
    END IF;

    -- 2. What decides before any policy.
    FOR result, finding IN SELECT m.suffices, m.finding FROM clerk_rls.missing_privileges(target, command, role_id) AS m LOOP
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
            SELECT a.expression FROM clerk_rls.applicable_policies(target, command, role_id) AS a WHERE a.expression IS NOT NULL
            UNION SELECT unnest(a.readers) FROM clerk_rls.applicable_policies(target, command, role_id) AS a
            UNION SELECT c.value FROM clerk_rls.applicable_policies(target, command, role_id) AS a, clerk_rls.columns_of_policy(a.policy) AS c
            UNION SELECT clerk_rls.combined_policy(target, command, role_id, ARRAY[s.step]) FROM clerk_rls.steps_of_command(command) AS s);
    END IF;

    -- 3. The answers, as the person. Variables keep what they hold when the subtransaction is rolled back.
    is_done := false;
    BEGIN
        PERFORM set_config('transaction_read_only', 'on', true), set_config('row_security', 'on', true);
        IF claims IS NULL THEN
            PERFORM clerk_rls.act_as_anonymous(role);
        ELSE
            PERFORM clerk_rls.act_as_claims(claims, role);
        END IF;
        problem := (SELECT w.problem FROM clerk_rls.whoami() AS w);
        FOREACH question IN ARRAY questions LOOP
            BEGIN
                answers := answers || jsonb_build_object(question, jsonb_build_object('value', clerk_rls.confined_query(
                    format('SELECT (%s)::pg_catalog.text FROM pg_catalog.unnest($1) AS %I', question, relation), rows, path)));
            EXCEPTION WHEN OTHERS THEN
                answers := answers || jsonb_build_object(question, jsonb_build_object('error', SQLERRM));
            END;
        END LOOP;
        is_done := true;
        RAISE SQLSTATE 'RLS00';
    EXCEPTION WHEN SQLSTATE 'RLS00' THEN
        IF NOT is_done THEN
            RAISE;
        END IF;
    END;

    -- 4. Each policy, in words.
    FOR p IN
        SELECT a.policy, a.name, a.permissive, a.clause, a.expression, answers -> a.expression AS answer, a.readers, min(a.step) AS step
        FROM clerk_rls.applicable_policies(target, command, role_id) AS a
        WHERE exemption IS NULL
        GROUP BY a.policy, a.name, a.permissive, a.clause, a.expression, a.readers
        ORDER BY min(a.step), a.permissive DESC, a.name COLLATE "C", a.clause
    LOOP
        policy := p.name;
        permissive := p.permissive;
        expression := format('%s (%s)', p.clause, shown -> p.policy::text ->> p.clause);
        result := CASE WHEN NOT p.answer ? 'error' THEN coalesce((p.answer ->> 'value')::boolean, false) END;
        finding := CASE
            WHEN p.expression IS NULL THEN format('the policy has no %s, so it neither allows nor forbids anything', p.clause)
            WHEN p.answer ? 'error' THEN p.answer ->> 'error'
            ELSE (
                SELECT string_agg(said.words, ', ' ORDER BY said.position, said.words COLLATE "C")
                FROM (
                    SELECT 1 AS position, clerk_rls.is_value(c.name, answers -> c.value ->> 'value') AS words
                    FROM clerk_rls.columns_of_policy(p.policy) AS c
                    UNION ALL
                    SELECT 2, CASE WHEN answers -> r.reader ? 'error' THEN r.shown || ': ' || (answers -> r.reader ->> 'error')
                        ELSE clerk_rls.is_value(r.shown, answers -> r.reader ->> 'value')
                            || CASE WHEN answers -> r.reader ->> 'value' IS NULL AND problem IS NOT NULL THEN ': ' || problem ELSE '' END END
                    FROM (SELECT reader, replace(reader, '@extschema@.', '') AS shown FROM unnest(p.readers) AS reader) AS r
                    UNION ALL
                    -- Nothing that was named before explains it.
                    SELECT 3, 'the expression is NULL, which counts as false'
                    WHERE p.answer ->> 'value' IS NULL
                        AND NOT EXISTS (SELECT FROM clerk_rls.columns_of_policy(p.policy) AS c WHERE answers -> c.value ->> 'value' IS NULL)
                        AND NOT EXISTS (SELECT FROM unnest(p.readers) AS reader WHERE answers -> reader ->> 'value' IS NULL)
                ) AS said) END;
        IF p.expression IS NULL THEN
            expression := NULL;
            result := NULL;
        END IF;
        RETURN NEXT;
    END LOOP;

    -- 5. All of them together: the first step that does not let the row pass says why.
    FOR p IN
        SELECT s.step, s.clause_of, s.clause, answers -> clerk_rls.combined_policy(target, command, role_id, ARRAY[s.step]) AS answer,
            array_agg(a.name ORDER BY a.name COLLATE "C") FILTER (WHERE a.permissive) AS granting,
            array_agg(a.name ORDER BY a.name COLLATE "C") FILTER (WHERE NOT a.permissive AND (answers -> a.expression ->> 'value')::boolean IS NOT TRUE) AS refusing,
            coalesce(bool_or(a.permissive AND (answers -> a.expression ->> 'value')::boolean), false) AS is_granted
        FROM clerk_rls.steps_of_command(command) AS s
            LEFT JOIN clerk_rls.applicable_policies(target, command, role_id) AS a ON a.step = s.step AND a.expression IS NOT NULL
        WHERE exemption IS NULL AND failure IS NULL
        GROUP BY s.step, s.clause_of, s.clause
        ORDER BY s.step
    LOOP
        CONTINUE WHEN (p.answer ->> 'value')::boolean;
        failure := CASE
            WHEN p.answer ? 'error' THEN p.answer ->> 'error'
            WHEN p.granting IS NULL THEN format('no permissive policy for %s applies to role %I', p.clause_of, role)
            WHEN NOT p.is_granted THEN format('no permissive policy for %s is true', p.clause_of)
            ELSE format('the restrictive policy %I for %s is not true', p.refusing[1], p.clause_of)
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
            SELECT string_agg(DISTINCT quote_ident(a.name), ', ') FROM clerk_rls.applicable_policies(target, command, role_id) AS a
            WHERE a.permissive AND (answers -> a.expression ->> 'value')::boolean)) END;
    RETURN NEXT;
END
$$;
REVOKE ALL ON FUNCTION clerk_rls.explain_row(anyarray, regclass, text, jsonb, text, name, text) FROM PUBLIC;
COMMENT ON FUNCTION clerk_rls.explain_row(anyarray, regclass, text, jsonb, text, name, text) IS
'clerk_rls.explain_access() with the search_path of its caller; rows: an empty array of the table''s rows, for their type.';

-- No search_path of its own: the caller's says what names in row_filter mean, and in the policies' functions.
CREATE FUNCTION clerk_rls.explain_access(
    target regclass, row_filter text, claims jsonb, command text DEFAULT 'SELECT', role name DEFAULT 'authenticated')
    RETURNS TABLE (policy text, permissive boolean, expression text, result boolean, finding text)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
AS $$
#variable_conflict use_variable
BEGIN
    RETURN QUERY EXECUTE pg_catalog.format('SELECT * FROM clerk_rls.explain_row(''{}''::%s[], $1, $2, $3, $4, $5, $6)', clerk_rls.table_of_rows(target))
        USING target, row_filter, claims, clerk_rls.command_of_access(command), role, pg_catalog.current_setting('search_path');
END
$$;
REVOKE ALL ON FUNCTION clerk_rls.explain_access(regclass, text, jsonb, text, name) FROM PUBLIC;
COMMENT ON FUNCTION clerk_rls.explain_access(regclass, text, jsonb, text, name) IS
'Why a request with these claims (NULL: nobody) and this database role sees the row that row_filter picks, or may not insert, update or delete it: what decides before any policy, each policy''s expression with its value for that row, and last all together. Writes nothing. The caller must be able to read the table and to become the role.';

-- A persona of access_matrix().
CREATE FUNCTION clerk_rls.act_as_persona(persona jsonb) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    argument record;
BEGIN
    IF jsonb_typeof(persona) = 'null' THEN
        PERFORM clerk_rls.act_as_anonymous();
        RETURN;
    ELSIF jsonb_typeof(persona) <> 'object' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'a persona is neither an object nor null',
            HINT = 'Give the arguments of clerk_rls.act_as() by name, or null for nobody.';
    END IF;
    FOR argument IN
        SELECT given.key, jsonb_typeof(given.value) AS type,
            CASE WHEN given.key IN ('user_id', 'org_id', 'org_role', 'role') THEN 'string' WHEN given.key = 'permissions' THEN 'array' WHEN given.key = 'claims' THEN 'object' END AS wanted
        FROM jsonb_each(persona) AS given ORDER BY given.key COLLATE "C"
    LOOP
        IF argument.wanted IS NULL THEN
            RAISE invalid_parameter_value USING MESSAGE = format('unknown argument "%s" of a persona', left(argument.key, 40)),
                HINT = 'Available arguments: user_id, org_id, org_role, permissions, role, claims.';
        ELSIF argument.type NOT IN (argument.wanted, 'null') THEN
            RAISE invalid_parameter_value USING MESSAGE = format('argument "%s" of a persona is no %s', argument.key, argument.wanted);
        END IF;
    END LOOP;
    PERFORM clerk_rls.act_as(
        persona ->> 'user_id', persona ->> 'org_id', persona ->> 'org_role',
        CASE WHEN jsonb_typeof(persona -> 'permissions') = 'array' THEN ARRAY(SELECT jsonb_array_elements_text(persona -> 'permissions')) END,
        coalesce(persona ->> 'role', 'authenticated')::name,
        CASE WHEN jsonb_typeof(persona -> 'claims') = 'object' THEN persona -> 'claims' ELSE '{}' END);
END
$$;
REVOKE ALL ON FUNCTION clerk_rls.act_as_persona(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clerk_rls.act_as_persona(jsonb) TO PUBLIC;
COMMENT ON FUNCTION clerk_rls.act_as_persona(jsonb) IS
'clerk_rls.act_as() with its arguments as an object, clerk_rls.act_as_anonymous() for null.';

CREATE FUNCTION clerk_rls.role_of_persona(persona jsonb) RETURNS name
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT CASE jsonb_typeof(persona) WHEN 'null' THEN 'anon' ELSE coalesce(persona ->> 'role', 'authenticated') END::name $$;
REVOKE ALL ON FUNCTION clerk_rls.role_of_persona(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clerk_rls.role_of_persona(jsonb) TO PUBLIC;
COMMENT ON FUNCTION clerk_rls.role_of_persona(jsonb) IS 'The database role of a persona.';

-- As clerk_rls.explain_row(), of all rows. They are read once, and looked at in batches, as every persona.
CREATE FUNCTION clerk_rls.matrix_of_table(rows anyarray, target regclass, personas jsonb, caller_path text) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET row_security = off
AS $$
#variable_conflict use_variable
DECLARE
    table_name text := clerk_rls.table_of_rows(target);
    relation name := (SELECT c.relname FROM pg_class AS c WHERE c.oid = target);
    path text := clerk_rls.path_of_policies(caller_path);
    row_cursor refcursor;
    found_row record;
    batch rows%TYPE;
    bytes bigint;
    needs_rows boolean;
    is_first boolean := true;
    is_done boolean;
    p record;
    i int;
    -- One cell each, side by side. A query is still to be asked: of the batch, or once as the persona.
    names text[] := '{}';
    commands text[] := '{}';
    allowed boolean[] := '{}';
    counts bigint[] := '{}';
    problems text[] := '{}';
    queries text[] := '{}';
BEGIN
    FOR p IN
        SELECT who.key AS persona, c.command, r.role, clerk_rls.exemption_from_policies(target, r.role) IS NOT NULL AS is_exempt,
            NOT EXISTS (SELECT FROM clerk_rls.missing_privileges(target, c.command, r.role) AS m WHERE NOT m.suffices)
                AND (clerk_rls.exemption_from_policies(target, r.role) IS NOT NULL
                    OR EXISTS (SELECT FROM clerk_rls.applicable_policies(target, c.command, r.role) AS a
                        JOIN clerk_rls.steps_of_command(c.command) AS s ON s.step = a.step AND s.clause_of = c.command
                        WHERE a.permissive AND a.expression IS NOT NULL)) AS is_allowed
        FROM jsonb_each(personas) AS who,
            LATERAL (SELECT clerk_rls.role_of_name(clerk_rls.role_of_persona(who.value)) AS role) AS r,
            unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) WITH ORDINALITY AS c(command, position)
        ORDER BY who.key COLLATE "C", c.position
    LOOP
        names := array_append(names, p.persona);
        commands := array_append(commands, p.command);
        allowed := array_append(allowed, p.is_allowed);
        counts := array_append(counts, 0);
        problems := array_append(problems, NULL);
        queries := array_append(queries, CASE
            WHEN NOT p.is_allowed THEN NULL
            WHEN p.command = 'SELECT' THEN format('SELECT count(*) FROM %s', table_name)
            -- WITH CHECK of an UPDATE is about a row that is not there yet.
            ELSE format('SELECT count(*) FROM pg_catalog.unnest($1) AS %I WHERE %s', relation, CASE WHEN p.is_exempt THEN 'true'
                ELSE clerk_rls.combined_policy(target, p.command, p.role, CASE p.command WHEN 'INSERT' THEN '{1}' ELSE '{1,2}' END::int[]) END)
            END);
    END LOOP;

    OPEN row_cursor NO SCROLL FOR EXECUTE format('SELECT ROW(%1$I.*)::%2$s AS tuple FROM %2$s AS %1$I', relation, table_name);
    LOOP
        batch := rows;
        bytes := 0;
        needs_rows := EXISTS (SELECT FROM unnest(queries, commands) AS q(query, command) WHERE q.query IS NOT NULL AND q.command <> 'SELECT');
        WHILE needs_rows AND cardinality(batch) < 1000 AND bytes < 4000000 LOOP
            FETCH row_cursor INTO found_row;
            EXIT WHEN NOT FOUND;
            batch := array_append(batch, found_row.tuple);
            bytes := bytes + pg_column_size(found_row.tuple);
        END LOOP;
        EXIT WHEN cardinality(batch) = 0 AND NOT is_first;
        is_first := false;
        FOR p IN SELECT who.key AS persona, who.value FROM jsonb_each(personas) AS who
            WHERE EXISTS (SELECT FROM unnest(names, queries) AS q(name, query) WHERE q.name = who.key AND q.query IS NOT NULL)
        LOOP
            is_done := false;
            BEGIN
                PERFORM set_config('transaction_read_only', 'on', true), set_config('row_security', 'on', true);
                PERFORM clerk_rls.act_as_persona(p.value);
                FOR i IN 1 .. cardinality(names) LOOP
                    CONTINUE WHEN names[i] <> p.persona OR queries[i] IS NULL;
                    BEGIN
                        counts[i] := counts[i] + clerk_rls.confined_query(queries[i], batch, path)::bigint;
                        -- What the persona sees is counted by Postgres, and once.
                        IF commands[i] = 'SELECT' THEN
                            queries[i] := NULL;
                        END IF;
                    EXCEPTION WHEN OTHERS THEN
                        allowed[i] := false;
                        counts[i] := NULL;
                        problems[i] := SQLERRM;
                        queries[i] := NULL;
                    END;
                END LOOP;
                is_done := true;
                RAISE SQLSTATE 'RLS00';
            EXCEPTION WHEN SQLSTATE 'RLS00' THEN
                IF NOT is_done THEN
                    RAISE;
                END IF;
            END;
        END LOOP;
    END LOOP;
    CLOSE row_cursor;
    RETURN (
        SELECT jsonb_agg(jsonb_build_object('persona', c.persona, 'target', table_name, 'command', c.command, 'allowed', c.allowed, 'rows', c.count, 'problem', c.problem))
        FROM unnest(names, commands, allowed, counts, problems) AS c(persona, command, allowed, count, problem));
END
$$;
REVOKE ALL ON FUNCTION clerk_rls.matrix_of_table(anyarray, regclass, jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION clerk_rls.matrix_of_table(anyarray, regclass, jsonb, text) IS
'The cells of clerk_rls.access_matrix() for one table; rows: an empty array of its rows, for their type.';

CREATE FUNCTION clerk_rls.access_matrix_under(personas jsonb, tables regclass[], caller_path text)
    RETURNS TABLE (persona text, target text, command text, allowed boolean, rows bigint, problem text)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    person jsonb;
    relation regclass;
    cells jsonb;
    all_cells jsonb := '[]';
BEGIN
    IF personas IS NULL OR jsonb_typeof(personas) <> 'object' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'personas is not a JSON object',
            HINT = 'Give names and the arguments of clerk_rls.act_as(): {"red": {"user_id": "user_red"}, "visitor": null}.';
    ELSIF tables IS NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = 'tables is NULL';
    END IF;
    -- A slip in a persona is an error before anything is counted, and with no table too.
    FOR person IN SELECT who.value FROM jsonb_each(personas) AS who ORDER BY who.key COLLATE "C" LOOP
        BEGIN
            PERFORM clerk_rls.act_as_persona(person);
            RAISE SQLSTATE 'RLS00';
        EXCEPTION WHEN SQLSTATE 'RLS00' THEN
            NULL;
        END;
    END LOOP;
    FOR relation IN SELECT DISTINCT named FROM unnest(tables) AS named LOOP
        EXECUTE format('SELECT clerk_rls.matrix_of_table(''{}''::%s[], $1, $2, $3)', clerk_rls.table_of_rows(relation))
            INTO cells USING relation, personas, caller_path;
        all_cells := all_cells || coalesce(cells, '[]');
    END LOOP;
    RETURN QUERY
        SELECT c.* FROM jsonb_to_recordset(all_cells) AS c(persona text, target text, command text, allowed boolean, rows bigint, problem text)
        ORDER BY c.persona COLLATE "C", c.target COLLATE "C", array_position('{SELECT,INSERT,UPDATE,DELETE}', c.command);
END
$$;
REVOKE ALL ON FUNCTION clerk_rls.access_matrix_under(jsonb, regclass[], text) FROM PUBLIC;
COMMENT ON FUNCTION clerk_rls.access_matrix_under(jsonb, regclass[], text) IS
'clerk_rls.access_matrix() with the search_path of its caller.';

CREATE FUNCTION clerk_rls.access_matrix(personas jsonb, tables regclass[])
    RETURNS TABLE (persona text, target text, command text, allowed boolean, rows bigint, problem text)
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
AS $$ SELECT * FROM clerk_rls.access_matrix_under($1, $2, pg_catalog.current_setting('search_path')) $$;
REVOKE ALL ON FUNCTION clerk_rls.access_matrix(jsonb, regclass[]) FROM PUBLIC;
COMMENT ON FUNCTION clerk_rls.access_matrix(jsonb, regclass[]) IS
'What each persona can do with each table, in an order that does not change: a snapshot for CI. allowed: the role has the privilege and some policy could let a row pass. rows: how many the persona sees (SELECT), might change (UPDATE, DELETE) or could have inserted as they are (INSERT). problem: the error of a policy. Writes nothing. personas: names with the arguments of clerk_rls.act_as(), null for nobody.';
