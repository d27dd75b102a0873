-- Who can do what to which rows, and why: policies evaluated as the person whom they are about, on rows that
-- person may not see.
--
-- Rows are read as the table's owner, whose rights the caller must have, as a superuser has. Then a policy's own
-- expression is evaluated on the row as the person, whom the caller must be able to become with SET ROLE. All of it
-- runs in C functions, confined: as the owner or the person, who cannot get out of there, read only, in
-- subtransactions that are always rolled back with every setting.
--
-- Nothing here has rights of its own, and what says no more than the catalog is for everybody. To let a role that
-- is no superuser call explain_access(), grant it that function, explain_row(), rows_of_table(), answers_as_person(),
-- identity_expressions() and inspect_expression(); for access_matrix(), that one, access_matrix_under(),
-- matrix_of_table(), count_cells() and act_as_persona().

CREATE FUNCTION clerk_rls.rows_of_table(rows anyarray, target oid, query text, search_path text) RETURNS anyarray
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'rows_of_table';
COMMENT ON FUNCTION clerk_rls.rows_of_table(anyarray, oid, text, text) IS
'The first two rows that a query on a table gives. It runs read only and as the owner of the table, whose rights the caller must have; ERROR 55000 where the schema belongs to a role without these rights. rows: an empty array of the table''s rows, for their type.';

CREATE FUNCTION clerk_rls.answers_as_person(claims jsonb, role name, questions jsonb, rows anyarray, search_path text) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'answers_as_person';
COMMENT ON FUNCTION clerk_rls.answers_as_person(jsonb, name, jsonb, anyarray, text) IS
'What queries give as a request with these claims (NULL: nobody) and this database role, read only: problem, why there is no user, and answers, for each question a value or an error. questions: queries by names; $1 in them is rows.';

CREATE FUNCTION clerk_rls.count_cells(rows anyarray, target oid, query text, personas jsonb, cells jsonb, search_path text) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'count_cells';
COMMENT ON FUNCTION clerk_rls.count_cells(anyarray, oid, text, jsonb, jsonb, text) IS
'The rows and the problem of each cell of clerk_rls.access_matrix() for one table. query gives the table''s rows, which are read as by rows_of_table(). cells: persona, command, and the query that counts, in which $1 is a batch of rows.';

CREATE FUNCTION clerk_rls.identity_expressions(expression pg_node_tree, target oid) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(DISTINCT a.asker COLLATE "C"), '{}')
    FROM jsonb_array_elements_text(clerk_rls.inspect_expression(expression, target) -> 'askers') AS a (asker)
$$;
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
COMMENT ON FUNCTION clerk_rls.steps_of_command(text) IS
'The steps in which policies are asked for a command, each with the command and the clause of the policies that it asks.';

CREATE FUNCTION clerk_rls.applicable_policies(target oid, command text, role oid)
    RETURNS TABLE (step int, policy oid, name name, permissive boolean, clause text, expression text, tree pg_node_tree)
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT s.step, p.oid, p.polname, p.polpermissive, counting.clause, pg_get_expr(counting.tree, target), counting.tree
    FROM clerk_rls.steps_of_command(command) AS s
        JOIN pg_policy AS p ON p.polrelid = target AND p.polcmd::text IN (s.code, '*'),
        LATERAL (
            SELECT 'WITH CHECK' AS clause, p.polwithcheck AS tree WHERE s.clause = 'WITH CHECK' AND p.polwithcheck IS NOT NULL
            UNION ALL
            SELECT 'USING', p.polqual WHERE s.clause = 'USING' OR p.polwithcheck IS NULL
        ) AS counting
    WHERE EXISTS (SELECT FROM unnest(p.polroles) AS named WHERE named = 0 OR pg_has_role(applicable_policies.role, named, 'USAGE'))
$$;
COMMENT ON FUNCTION clerk_rls.applicable_policies(oid, text, oid) IS
'The policies that PostgreSQL asks for a command of a role, step by step, each with the clause that counts there. Every name in the expression is qualified, but for those of pg_catalog.';

-- One for explain_access() and access_matrix(), so that they cannot disagree.
CREATE FUNCTION clerk_rls.combined_policy(target oid, command text, role oid, steps int[]) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
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
COMMENT ON FUNCTION clerk_rls.table_of_rows(regclass) IS 'The qualified name of a table; ERROR for anything else.';

-- A search_path in which names mean what the deparser meant: what it leaves bare is in pg_catalog.
CREATE FUNCTION clerk_rls.path_of_policies(search_path text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT concat_ws(', ', CASE WHEN search_path ~ 'pg_catalog' THEN 'pg_catalog' END, nullif(search_path, ''), 'pg_temp')
$$;
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
COMMENT ON FUNCTION clerk_rls.columns_of_policy(oid) IS 'The columns of its table that a policy mentions, with the SQL for their values as text.';

-- How a value looks in a finding.
CREATE FUNCTION clerk_rls.is_value(expression text, value text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN value IS NULL THEN expression || ' is NULL' ELSE
        format('%s is %L', expression, CASE WHEN length(value) > 60 THEN left(value, 59) || '...' ELSE value END) END
$$;
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
COMMENT ON FUNCTION clerk_rls.command_of_access(text) IS 'A command that policies know, in capitals; ERROR 22023 for any other.';
