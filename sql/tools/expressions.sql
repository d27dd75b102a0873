-- What expressions in the catalogs mean, and how they are printed and changed. Parse trees come from the catalogs
-- alone, because SQL cannot make a pg_node_tree. The functions that read one state a high COST, so that a query
-- evaluates cheaper conditions first.

CREATE FUNCTION clerk_rls.qualified_reader(reader text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('%s.%s', e.extnamespace::regnamespace, reader)
    FROM pg_extension AS e
    WHERE e.extname = 'clerk_rls'
$$;
COMMENT ON FUNCTION clerk_rls.qualified_reader(text) IS
'A reader, such as requesting_user_id(), with the schema of the extension clerk_rls before its name.';

CREATE FUNCTION clerk_rls.inspect_expression(expression pg_node_tree, target oid) RETURNS jsonb
    LANGUAGE c STABLE STRICT PARALLEL UNSAFE COST 10000 AS 'MODULE_PATHNAME', 'inspect_expression';
COMMENT ON FUNCTION clerk_rls.inspect_expression(pg_node_tree, oid) IS
'What the expression of a policy on a table means: asks (whether it depends on the requesting user: yes, no or '
'perhaps), reads_claims, always, for_nobody, for_every_user and without_organization (whether it is true for every row '
'then), owner_columns, index_groups, pinned_columns and loosely_compared (numbers of columns), written_by_the_user and '
'dotted_keys (names of claims), unread_functions (functions whose bodies could not be read), parses, '
'parsing_functions, subject_as_uuid, askers (the parts that depend on the requesting user, in SQL). NULL if it cannot '
'be read.';

CREATE FUNCTION clerk_rls.inspect_function(function oid) RETURNS jsonb
    LANGUAGE c STABLE STRICT PARALLEL UNSAFE COST 10000 AS 'MODULE_PATHNAME', 'inspect_function';
COMMENT ON FUNCTION clerk_rls.inspect_function(oid) IS
'What a function in SQL means: asks, parses and subject_as_uuid as in inspect_expression(), and equivalent, the reader '
'that returns the same. NULL if its body is not a single query that can be read.';

CREATE FUNCTION clerk_rls.rewrite_expression(expression pg_node_tree, target oid, purpose text) RETURNS text
    LANGUAGE c STABLE STRICT PARALLEL UNSAFE COST 10000 AS 'MODULE_PATHNAME', 'rewrite_expression';
COMMENT ON FUNCTION clerk_rls.rewrite_expression(pg_node_tree, oid, text) IS
'An improved version, in SQL, of the expression of a policy on a table or of a column''s default; NULL if there is '
'nothing to improve. purpose: native_readers, trusted_metadata, split_keys or user_ids.';

-- A policy that becomes part of another statement is parsed again, and a constant of a user-defined type is then read
-- by that type's code.
CREATE FUNCTION clerk_rls.policy_sql(expression pg_node_tree, target oid, facts jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN expression IS NULL THEN NULL
        WHEN facts -> 'plain' = 'true' THEN pg_get_expr(expression, target)
        ELSE 'false'
    END
$$;
COMMENT ON FUNCTION clerk_rls.policy_sql(pg_node_tree, oid, jsonb) IS
'The SQL of a policy''s expression, safe to execute as part of a statement: false if a constant in it would run code '
'of a user, or if it cannot be read. facts: inspect_expression() of it.';

CREATE FUNCTION clerk_rls.executable_sql(expression pg_node_tree, target oid) RETURNS text
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT clerk_rls.policy_sql(expression, target, clerk_rls.inspect_expression(expression, target))
$$;
COMMENT ON FUNCTION clerk_rls.executable_sql(pg_node_tree, oid) IS
'policy_sql() of an expression that has not been inspected yet.';

-- For statements that contain what an owner of the table has written, a default or a policy.
CREATE FUNCTION clerk_rls.execute_as_owner(target regclass, statement text, owner name DEFAULT NULL) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'execute_as_owner';
COMMENT ON FUNCTION clerk_rls.execute_as_owner(regclass, text, name) IS
'Executes statements with the rights of a table''s owner, and restores every setting that they change: what the owner '
'has written into them runs with the owner''s rights alone. Unqualified names are looked up in pg_catalog. The caller '
'must have the rights of the owner; a superuser has them. owner: the role that must own the table, or else ERROR '
'42501, because the name may belong to another table by now.';

-- The comment in the result names no object, because a name can contain a line break.
CREATE FUNCTION clerk_rls.as_owner(target oid, statements text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        -- A part of it went through this function before.
        WHEN statements LIKE '-- Parts of this were written by the owner of the table%' THEN statements
        WHEN statements ~ '\y(USING|CHECK|TYPE|DEFAULT|INDEX|CONSTRAINT)\y' THEN coalesce((
            SELECT format(
                E'-- Parts of this were written by the owner of the table, so it runs with the owner''s rights.\n'
                    'SELECT clerk_rls.execute_as_owner(%L, %L, %L);',
                target::regclass, statements, pg_get_userbyid(c.relowner))
            FROM pg_class AS c
            WHERE c.oid = target), statements)
        ELSE statements
    END
$$;
COMMENT ON FUNCTION clerk_rls.as_owner(oid, text) IS
'Statements about a table, as a fix that another role can execute. Statements that may contain what the owner has '
'written, a policy, a default or an index, become a call of clerk_rls.execute_as_owner(). There, the names that '
'PostgreSQL printed have the same meaning, whatever the search_path of that role is.';
