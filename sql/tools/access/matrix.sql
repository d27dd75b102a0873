-- clerk_rls.access_matrix(): who can do what, as a table to keep and compare.

CREATE FUNCTION clerk_rls.act_as_persona(persona jsonb) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
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
            HINT = 'Give the arguments of clerk_rls.act_as() by name, or null for a visitor.';
    END IF;
    FOR argument IN
        SELECT given.key, jsonb_typeof(given.value) AS type,
            CASE
                WHEN given.key IN ('user_id', 'org_id', 'org_role', 'role') THEN 'string'
                WHEN given.key = 'permissions' THEN 'array'
                WHEN given.key = 'claims' THEN 'object'
            END AS wanted
        FROM jsonb_each(persona) AS given
        ORDER BY given.key COLLATE "C"
    LOOP
        IF argument.wanted IS NULL THEN
            RAISE invalid_parameter_value USING
                MESSAGE = format('unknown argument "%s" of a persona', left(argument.key, 40)),
                HINT = 'Available arguments: user_id, org_id, org_role, permissions, role, claims.';
        ELSIF argument.type NOT IN (argument.wanted, 'null') THEN
            RAISE invalid_parameter_value USING
                MESSAGE = format('argument "%s" of a persona is not of type %s', argument.key, argument.wanted);
        END IF;
    END LOOP;
    PERFORM clerk_rls.act_as(
        persona ->> 'user_id',
        persona ->> 'org_id',
        persona ->> 'org_role',
        CASE WHEN jsonb_typeof(persona -> 'permissions') = 'array'
            THEN ARRAY(SELECT jsonb_array_elements_text(persona -> 'permissions')) END,
        coalesce(persona ->> 'role', 'authenticated')::name,
        CASE WHEN jsonb_typeof(persona -> 'claims') = 'object' THEN persona -> 'claims' ELSE '{}' END);
END
$$;
COMMENT ON FUNCTION clerk_rls.act_as_persona(jsonb) IS
'Calls clerk_rls.act_as() with its arguments as an object, or clerk_rls.act_as_anonymous() for null. ERROR 22023 for '
'anything else.';

CREATE FUNCTION clerk_rls.role_of_persona(persona jsonb) RETURNS name
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE jsonb_typeof(persona)
        WHEN 'null' THEN 'anon'
        ELSE coalesce(persona ->> 'role', 'authenticated')
    END::name
$$;
COMMENT ON FUNCTION clerk_rls.role_of_persona(jsonb) IS 'The database role of a persona.';

-- Like clerk_rls.explain_row(), for all rows. They are read once, and evaluated in batches for every persona.
CREATE FUNCTION clerk_rls.matrix_of_table(rows anyarray, target regclass, personas jsonb, caller_path text)
    RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    table_name text := clerk_rls.qualified_table(target);
    relation name := (SELECT c.relname FROM pg_class AS c WHERE c.oid = target);
    cells jsonb;
    counted jsonb;
BEGIN
    SELECT coalesce(jsonb_agg(jsonb_build_object(
            'persona', cell.persona,
            'target', table_name,
            'command', cell.command,
            'allowed', cell.is_allowed,
            'query', CASE
                WHEN NOT cell.is_allowed THEN NULL
                WHEN cell.command = 'SELECT' THEN format('SELECT count(*) FROM %s', table_name)
                ELSE format('SELECT count(*) FROM pg_catalog.unnest($1) AS %I WHERE %s', relation,
                    CASE WHEN cell.is_exempt THEN 'true'
                        ELSE clerk_rls.combined_policy(target, cell.command, cell.role,
                            -- WITH CHECK of an UPDATE is about a row that does not exist yet.
                            CASE cell.command WHEN 'INSERT' THEN '{1}' ELSE '{1,2}' END::int[]) END)
            END
        ) ORDER BY cell.persona COLLATE "C", cell.position), '[]')
    INTO cells
    FROM (
        SELECT who.key AS persona, c.command, c.position, r.role,
            clerk_rls.exemption_from_policies(target, r.role) IS NOT NULL AS is_exempt,
            NOT EXISTS (
                SELECT FROM clerk_rls.missing_privileges(target, c.command, r.role) AS m WHERE NOT m.suffices)
            AND (
                clerk_rls.exemption_from_policies(target, r.role) IS NOT NULL
                OR EXISTS (
                    SELECT FROM clerk_rls.applicable_policies(target, c.command, r.role) AS a
                        JOIN clerk_rls.policy_checks(c.command) AS s ON s.step = a.step AND s.policies_for = c.command
                    WHERE a.permissive AND a.expression IS NOT NULL)
            ) AS is_allowed
        FROM jsonb_each(personas) AS who,
            LATERAL (SELECT clerk_rls.role_oid(clerk_rls.role_of_persona(who.value)) AS role) AS r,
            unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) WITH ORDINALITY AS c (command, position)
    ) AS cell;
    counted := clerk_rls.count_cells(rows, target,
        format('SELECT ROW(%1$I.*)::%2$s AS tuple FROM %2$s AS %1$I', relation, table_name),
        personas, cells, clerk_rls.policy_search_path(caller_path));
    RETURN (
        SELECT jsonb_agg(
            (c.cell - 'query') || CASE WHEN counted -> c.position -> 'problem' = 'null'
                THEN jsonb_build_object('rows', counted -> c.position -> 'rows', 'problem', NULL)
                ELSE jsonb_build_object(
                    'allowed', false, 'rows', NULL, 'problem', counted -> c.position -> 'problem') END
            ORDER BY c.position)
        FROM (
            SELECT e.cell, e.position::int - 1 AS position
            FROM jsonb_array_elements(cells) WITH ORDINALITY AS e (cell, position)
        ) AS c);
END
$$;
COMMENT ON FUNCTION clerk_rls.matrix_of_table(anyarray, regclass, jsonb, text) IS
'The cells of clerk_rls.access_matrix() for one table. rows: an empty array of the table''s row type.';

CREATE FUNCTION clerk_rls.access_matrix_with_path(personas jsonb, tables regclass[], caller_path text)
    RETURNS TABLE (persona text, target text, command text, allowed boolean, rows bigint, problem text)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
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
            HINT = 'Give names and the arguments of clerk_rls.act_as(): '
                '{"red": {"user_id": "user_red"}, "visitor": null}.';
    ELSIF tables IS NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = 'tables is NULL';
    END IF;
    -- A mistake in a persona is an error before anything is counted, and also without tables.
    FOR person IN SELECT who.value FROM jsonb_each(personas) AS who ORDER BY who.key COLLATE "C" LOOP
        BEGIN
            PERFORM clerk_rls.act_as_persona(person);
            RAISE SQLSTATE 'RLS00';
        EXCEPTION WHEN SQLSTATE 'RLS00' THEN
            NULL;
        END;
    END LOOP;
    FOR relation IN SELECT DISTINCT named FROM unnest(tables) AS named LOOP
        EXECUTE format('SELECT clerk_rls.matrix_of_table(''{}''::%s[], $1, $2, $3)',
                clerk_rls.qualified_table(relation))
            INTO cells USING relation, personas, caller_path;
        all_cells := all_cells || coalesce(cells, '[]');
    END LOOP;
    RETURN QUERY
        SELECT c.*
        FROM jsonb_to_recordset(all_cells) AS c (
            persona text, target text, command text, allowed boolean, rows bigint, problem text)
        ORDER BY c.persona COLLATE "C", c.target COLLATE "C",
            array_position('{SELECT,INSERT,UPDATE,DELETE}', c.command);
END
$$;
COMMENT ON FUNCTION clerk_rls.access_matrix_with_path(jsonb, regclass[], text) IS
'clerk_rls.access_matrix() with the search_path of its caller.';

CREATE FUNCTION clerk_rls.access_matrix(personas jsonb, tables regclass[])
    RETURNS TABLE (persona text, target text, command text, allowed boolean, rows bigint, problem text)
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
AS $$
    SELECT * FROM clerk_rls.access_matrix_with_path($1, $2, pg_catalog.current_setting('search_path'))
$$;
COMMENT ON FUNCTION clerk_rls.access_matrix(jsonb, regclass[]) IS
'What each persona can do with each table, always in the same order: a snapshot for CI. personas: names with the '
'arguments of clerk_rls.act_as(), null for a visitor. allowed: the role has the privilege, and some policy could let a '
'row pass. rows: how many rows the persona sees (SELECT), could change (UPDATE, DELETE), or could have inserted as '
'they are (INSERT). problem: the error of a policy. Reads every row of the tables, with the rights of their owners, '
'which the caller must have. Writes nothing, and locks the tables (ACCESS SHARE) until the transaction ends.';
