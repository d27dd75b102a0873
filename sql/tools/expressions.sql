-- What expressions in the catalogs mean. Parse trees come from there alone: SQL cannot make a pg_node_tree. The cost
-- is told so that a query asks what is cheaper first.

CREATE FUNCTION clerk_rls.qualified_reader(reader text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('%s.%s', e.extnamespace::regnamespace, reader) FROM pg_extension AS e WHERE e.extname = 'clerk_rls'
$$;
COMMENT ON FUNCTION clerk_rls.qualified_reader(text) IS
'A reader, such as requesting_user_id(), with the schema of the extension clerk_rls before its name.';

CREATE FUNCTION clerk_rls.inspect_expression(expression pg_node_tree, target oid) RETURNS jsonb
    LANGUAGE c STABLE STRICT PARALLEL UNSAFE COST 10000 AS 'MODULE_PATHNAME', 'inspect_expression';
COMMENT ON FUNCTION clerk_rls.inspect_expression(pg_node_tree, oid) IS
'What can be told of the expression of a policy on a table: asks (who is asking: yes, no or perhaps), reads_claims, always, for_nobody, for_every_user and without_organization (true for every row then), owner_columns, index_groups, pinned_columns and loosely_compared (numbers of columns), written_by_the_user and dotted_keys (names of claims), unread_functions (in SQL, whose bodies could not be read), parses, parsing_functions, subject_as_uuid, askers (in SQL). NULL where it cannot be read.';

CREATE FUNCTION clerk_rls.inspect_function(function oid) RETURNS jsonb
    LANGUAGE c STABLE STRICT PARALLEL UNSAFE COST 10000 AS 'MODULE_PATHNAME', 'inspect_function';
COMMENT ON FUNCTION clerk_rls.inspect_function(oid) IS
'What can be told of a function in SQL: asks, parses, subject_as_uuid as in inspect_expression(), and equivalent, the reader that answers the same. NULL where its body is not one query that can be read.';

CREATE FUNCTION clerk_rls.rewrite_expression(expression pg_node_tree, target oid, purpose text) RETURNS text
    LANGUAGE c STABLE STRICT PARALLEL UNSAFE COST 10000 AS 'MODULE_PATHNAME', 'rewrite_expression';
COMMENT ON FUNCTION clerk_rls.rewrite_expression(pg_node_tree, oid, text) IS
'The expression of a policy on a table, or of a column''s default, in SQL and written better; NULL where there is nothing to better. purpose: native_readers, trusted_metadata, split_keys or user_ids.';

-- A policy's SQL is made again where it becomes part of another statement, and a constant of a type that somebody
-- has made is read by that somebody's code.
CREATE FUNCTION clerk_rls.policy_sql(expression pg_node_tree, target oid, facts jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN expression IS NULL THEN NULL WHEN facts -> 'plain' = 'true' THEN pg_get_expr(expression, target) ELSE 'false' END
$$;
COMMENT ON FUNCTION clerk_rls.policy_sql(pg_node_tree, oid, jsonb) IS
'The SQL of a policy''s expression, to be executed as part of a statement: false where a constant in it would have somebody''s code run, or where it cannot be read. facts: inspect_expression() of it.';

-- For statements in which an owner of the table has written something, a default or a policy.
CREATE FUNCTION clerk_rls.execute_as_owner(target regclass, statement text, owner name DEFAULT NULL) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'execute_as_owner';
COMMENT ON FUNCTION clerk_rls.execute_as_owner(regclass, text, name) IS
'Executes statements with the rights of a table''s owner, and takes back every setting that these change: what the owner has written into them runs as the owner alone. Names in them are looked up in pg_catalog, unless they are qualified. The caller must have the owner''s rights, as a superuser has. owner: who has to own the table, ERROR 42501 where it is another role, since a name may be another table''s by now.';

-- No name stands in the comment, for a name may have lines.
CREATE FUNCTION clerk_rls.as_owner(target oid, statements text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        -- Part of it was asked for already.
        WHEN statements LIKE '-- The owner of the table has written parts of this%' THEN statements
        WHEN statements ~ '\y(USING|CHECK|TYPE|DEFAULT|INDEX|CONSTRAINT)\y' THEN
            coalesce((SELECT format(E'-- The owner of the table has written parts of this, so that it runs with the owner''s rights.\nSELECT clerk_rls.execute_as_owner(%L, %L, %L);',
                target::regclass, statements, pg_get_userbyid(c.relowner)) FROM pg_class AS c WHERE c.oid = target), statements)
        ELSE statements END
$$;
COMMENT ON FUNCTION clerk_rls.as_owner(oid, text) IS
'Statements about a table for somebody else to execute: where they may hold what the owner has written, a policy, a default, an index, they become a call of clerk_rls.execute_as_owner(). Names in them mean what they meant to PostgreSQL when it printed them, whatever the search_path of the one who executes them has.';
