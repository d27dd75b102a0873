-- Which policies apply to a command of a role, and what they do with rows.
--
-- To evaluate a policy, rows are read as the table's owner, whose rights the caller must have; a superuser has them.
-- The policy's own expression is then evaluated on these rows as the requesting user, with a database role that the
-- caller must be able to take with SET ROLE. All of it runs confined in C functions: as the owner or the user, with no
-- way to change the role, read only, in subtransactions that are always rolled back together with every setting.
--
-- No function here has rights of its own. PUBLIC may call those that report no more than the catalogs. To let a role
-- that is not a superuser call explain_access(), grant it EXECUTE on explain_access(), explain_row(), rows_of_table(),
-- answers_as_person(), identity_expressions() and inspect_expression(). For access_matrix(), grant access_matrix(),
-- access_matrix_with_path(), matrix_of_table(), count_cells() and act_as_persona().

CREATE FUNCTION clerk_rls.rows_of_table(rows anyarray, target oid, query text, search_path text) RETURNS anyarray
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'rows_of_table';
COMMENT ON FUNCTION clerk_rls.rows_of_table(anyarray, oid, text, text) IS
'The first two rows that a query on a table returns. The query runs read only and as the owner of the table, whose '
'rights the caller must have; ERROR 55000 if the schema belongs to a role without these rights. rows: an empty array '
'of the table''s row type.';

CREATE FUNCTION clerk_rls.answers_as_person(claims jsonb, role name, questions jsonb, rows anyarray, search_path text)
    RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'answers_as_person';
COMMENT ON FUNCTION clerk_rls.answers_as_person(jsonb, name, jsonb, anyarray, text) IS
'The results of queries in a request with these claims (NULL: without a user) and this database role, read only. '
'questions: an object with a query for each name; $1 in a query is rows. The result has problem, the reason why there '
'is no user, and answers, for each name a value or an error.';

CREATE FUNCTION clerk_rls.count_cells(
    rows anyarray, target oid, query text, personas jsonb, cells jsonb, search_path text) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'count_cells';
COMMENT ON FUNCTION clerk_rls.count_cells(anyarray, oid, text, jsonb, jsonb, text) IS
'The rows and the problem of each cell of clerk_rls.access_matrix() for one table. query: returns the rows of the '
'table, which are read as by rows_of_table(). cells: persona, command, and the query that counts, in which $1 is a '
'batch of rows.';

CREATE FUNCTION clerk_rls.identity_expressions(expression pg_node_tree, target oid) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(DISTINCT a.asker COLLATE "C"), '{}')
    FROM jsonb_array_elements_text(clerk_rls.inspect_expression(expression, target) -> 'askers') AS a (asker)
$$;
COMMENT ON FUNCTION clerk_rls.identity_expressions(pg_node_tree, oid) IS
'The parts of a policy''s expression that depend on the requesting user and not on the row, in SQL.';

-- After src/backend/rewrite/rowsecurity.c of PostgreSQL. A row must pass every check.
CREATE FUNCTION clerk_rls.policy_checks(command text)
    RETURNS TABLE (step int, policies_for text, polcmd text, clause text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT s.step, s.policies_for, s.polcmd, s.clause
    FROM (VALUES
        ('SELECT', 1, 'SELECT', 'r', 'USING'),
        ('INSERT', 1, 'INSERT', 'a', 'WITH CHECK'),
        -- A WHERE that names a column finds visible rows only.
        ('UPDATE', 1, 'SELECT', 'r', 'USING'),
        ('UPDATE', 2, 'UPDATE', 'w', 'USING'),
        ('UPDATE', 3, 'UPDATE', 'w', 'WITH CHECK'),
        ('DELETE', 1, 'SELECT', 'r', 'USING'),
        ('DELETE', 2, 'DELETE', 'd', 'USING')
    ) AS s (command, step, policies_for, polcmd, clause)
    WHERE s.command = policy_checks.command
    ORDER BY s.step
$$;
COMMENT ON FUNCTION clerk_rls.policy_checks(text) IS
'The checks that PostgreSQL makes for a command, in order: for which command it takes the policies (in words, and as '
'in pg_policy.polcmd), and which of their clauses.';

CREATE FUNCTION clerk_rls.applicable_policies(target oid, command text, role oid) RETURNS TABLE (
        step int,
        policy oid,
        name name,
        permissive boolean,
        clause text,
        expression text,
        tree pg_node_tree)
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT s.step, p.oid, p.polname, p.polpermissive, used.clause, pg_get_expr(used.tree, target), used.tree
    FROM clerk_rls.policy_checks(command) AS s
        JOIN pg_policy AS p ON p.polrelid = target AND p.polcmd::text IN (s.polcmd, '*'),
        LATERAL (
            SELECT 'WITH CHECK' AS clause, p.polwithcheck AS tree
            WHERE s.clause = 'WITH CHECK' AND p.polwithcheck IS NOT NULL
            UNION ALL
            SELECT 'USING', p.polqual WHERE s.clause = 'USING' OR p.polwithcheck IS NULL
        ) AS used
    -- As policy_applies() has it. Its call would change the plan, and with it the order in which policies are
    -- evaluated: another error could come first.
    WHERE EXISTS (
        SELECT FROM unnest(p.polroles) AS named
        WHERE named = 0 OR pg_has_role(applicable_policies.role, named, 'USAGE'))
$$;
COMMENT ON FUNCTION clerk_rls.applicable_policies(oid, text, oid) IS
'The policies that PostgreSQL applies to a command of a role, for each of the checks of policy_checks(), with the '
'clause that counts there. Every name in the expression is qualified, except those of pg_catalog.';

-- explain_access() and access_matrix() both use this function, so that they cannot disagree.
CREATE FUNCTION clerk_rls.combined_policy(target oid, command text, role oid, steps int[]) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(
        CASE WHEN permissive IS NULL THEN 'false' ELSE concat_ws(' AND ', permissive, restrictive) END,
        ' AND ' ORDER BY step)
    FROM (
        SELECT asked.step,
            '(' || string_agg(format('(%s)', p.expression), ' OR ') FILTER (WHERE p.permissive)
                || ') IS TRUE' AS permissive,
            string_agg(format('(%s) IS TRUE', p.expression), ' AND ') FILTER (WHERE NOT p.permissive) AS restrictive
        FROM unnest(steps) AS asked (step)
            -- A policy without an expression neither allows nor forbids anything.
            LEFT JOIN clerk_rls.applicable_policies(target, command, role) AS p
                ON p.step = asked.step AND p.expression IS NOT NULL
        GROUP BY asked.step
    ) AS of_steps
$$;
COMMENT ON FUNCTION clerk_rls.combined_policy(oid, text, oid, int[]) IS
'The condition under which the policies for a command of a role let a row pass these checks of policy_checks(): '
'permissive policies joined by OR, restrictive ones by AND, false without a permissive one.';

CREATE FUNCTION clerk_rls.missing_privileges(target oid, command text, role oid)
    RETURNS TABLE (suffices boolean, finding text)
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT false, format('role %I has no USAGE on schema %I', pg_get_userbyid(role), n.nspname)
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = target AND NOT has_schema_privilege(role, n.oid, 'USAGE')
    UNION ALL
    SELECT columns.names IS NOT NULL,
        CASE WHEN columns.names IS NOT NULL
            THEN format('role %I has %s on these columns only: %s', pg_get_userbyid(role), command, columns.names)
            ELSE format('role %I has no %s on %I.%I', pg_get_userbyid(role), command, n.nspname, c.relname) END
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace,
        LATERAL (
            SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS names
            FROM pg_attribute AS a
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                -- There is no DELETE on columns.
                AND CASE WHEN command <> 'DELETE' THEN has_column_privilege(role, c.oid, a.attnum, command) END
        ) AS columns
    WHERE c.oid = target AND NOT has_table_privilege(role, c.oid, command)
$$;
COMMENT ON FUNCTION clerk_rls.missing_privileges(oid, text, oid) IS
'The privileges that a role lacks for a command, which PostgreSQL checks before any policy. suffices: the role has the '
'privilege on some columns.';

CREATE FUNCTION clerk_rls.exemption_from_policies(target oid, role oid) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN NOT c.relrowsecurity THEN format('Row Level Security is disabled on %I.%I', n.nspname, c.relname)
        WHEN r.rolsuper THEN format('role %I is a superuser, to whom policies do not apply', r.rolname)
        WHEN r.rolbypassrls THEN format('role %I has BYPASSRLS', r.rolname)
        WHEN NOT c.relforcerowsecurity AND pg_has_role(r.oid, c.relowner, 'USAGE')
            THEN format('role %I owns %I.%I, which has no FORCE ROW LEVEL SECURITY', r.rolname, n.nspname, c.relname)
        END
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace, pg_roles AS r
    WHERE c.oid = target AND r.oid = role
$$;
COMMENT ON FUNCTION clerk_rls.exemption_from_policies(oid, oid) IS
'Why the policies of a table do not apply to a role; NULL if they apply.';

CREATE FUNCTION clerk_rls.role_oid(role name) RETURNS oid
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
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
COMMENT ON FUNCTION clerk_rls.role_oid(name) IS 'The OID of a role; ERROR 42704 if the role does not exist.';

-- The qualified name is the table's and not that of a type of the same name, whatever search_path is.
CREATE FUNCTION clerk_rls.qualified_table(target regclass) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    name text;
    kind "char";
BEGIN
    SELECT format('%I.%I', n.nspname, c.relname), c.relkind INTO name, kind
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = target;
    IF kind IS NULL THEN
        RAISE undefined_table USING MESSAGE = 'table is NULL or does not exist';
    ELSIF kind NOT IN ('r', 'p') THEN
        RAISE wrong_object_type USING MESSAGE = format('%s is not a table', name),
            HINT = 'Policies belong to tables: name the tables that a view reads.';
    END IF;
    RETURN name;
END
$$;
COMMENT ON FUNCTION clerk_rls.qualified_table(regclass) IS
'The qualified name of a table; ERROR 42P01 for NULL or an unknown OID, 42809 for another kind of relation.';

-- pg_get_expr leaves only names of pg_catalog unqualified, so these must be found first.
CREATE FUNCTION clerk_rls.policy_search_path(search_path text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT concat_ws(', ',
        CASE WHEN search_path ~ 'pg_catalog' THEN 'pg_catalog' END, nullif(search_path, ''), 'pg_temp')
$$;
COMMENT ON FUNCTION clerk_rls.policy_search_path(text) IS
'The search_path of the caller, with pg_catalog first and temporary objects last: functions of policies find the same '
'objects as in a request.';

-- Through the type's output function: a cast to text may call code of any user.
CREATE FUNCTION clerk_rls.columns_of_policy(policy oid) RETURNS TABLE (name text, value text)
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT DISTINCT quote_ident(a.attname),
        format('CASE WHEN %1$I.%2$I IS NOT NULL THEN pg_catalog.format(''%%s'', %1$I.%2$I) END', c.relname, a.attname)
    FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
        JOIN pg_depend AS d
            ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid
            AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid AND a.attnum > 0
    WHERE p.oid = policy
$$;
COMMENT ON FUNCTION clerk_rls.columns_of_policy(oid) IS
'The columns of its table that a policy uses, each with the SQL for its value as text.';

CREATE FUNCTION clerk_rls.value_in_words(expression text, value text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN value IS NULL THEN expression || ' is NULL'
        ELSE format('%s is %L', expression, CASE WHEN length(value) > 60 THEN left(value, 59) || '...' ELSE value END)
    END
$$;
COMMENT ON FUNCTION clerk_rls.value_in_words(text, text) IS
'The value of a column or an expression as findings show it: at most 60 characters.';

CREATE FUNCTION clerk_rls.checked_command(command text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF upper(command) IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE') THEN
        RETURN upper(command);
    END IF;
    RAISE invalid_parameter_value USING MESSAGE = 'unknown command',
        HINT = 'Available commands: SELECT, INSERT, UPDATE, DELETE.';
END
$$;
COMMENT ON FUNCTION clerk_rls.checked_command(text) IS
'A command in capitals; ERROR 22023 unless it is SELECT, INSERT, UPDATE or DELETE.';
