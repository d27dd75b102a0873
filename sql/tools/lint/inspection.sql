-- What the rules of lint() know about policies. The meaning of an expression is read from its parse tree.

CREATE FUNCTION clerk_rls.inspected_policies(
    OUT policy oid,
    OUT name name,
    OUT object text,
    OUT relation oid,
    OUT command "char",
    OUT permissive boolean,
    OUT roles oid[],
    OUT exposed oid[],
    OUT using_sql text,
    OUT check_sql text,
    OUT checks_separately boolean,
    OUT reading jsonb,
    OUT writing jsonb
) RETURNS SETOF record
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH api AS MATERIALIZED (SELECT clerk_rls.api_roles()::oid AS role)
    SELECT p.oid, p.polname, format('policy %I on %s', p.polname, p.polrelid::regclass), p.polrelid, p.polcmd,
        p.polpermissive, p.polroles,
        ARRAY(
            SELECT a.role FROM api AS a
            WHERE clerk_rls.policy_applies(p.polroles, a.role)
            ORDER BY a.role::regrole::text COLLATE "C"),
        clerk_rls.policy_sql(p.polqual, p.polrelid, i.reading),
        CASE WHEN p.polcmd IN ('a', 'w', '*')
            THEN clerk_rls.policy_sql(coalesce(p.polwithcheck, p.polqual), p.polrelid, i.writing) END,
        p.polwithcheck IS NOT NULL,
        i.reading, i.writing
    FROM clerk_rls.inspected_relations() AS t JOIN pg_policy AS p ON p.polrelid = t.relation
        CROSS JOIN LATERAL (
            -- An expression that cannot be inspected is a finding of its own, and becomes no part of a statement.
            SELECT clerk_rls.inspect_expression(p.polqual, p.polrelid),
                CASE WHEN p.polcmd IN ('a', 'w', '*')
                    THEN clerk_rls.inspect_expression(coalesce(p.polwithcheck, p.polqual), p.polrelid) END
            OFFSET 0
        ) AS i (reading, writing)
$$;
COMMENT ON FUNCTION clerk_rls.inspected_policies() IS
'The policies that lint() inspects. exposed: the API roles to which the policy applies. using_sql and check_sql: the '
'conditions for reading and for writing a row. reading and writing: inspect_expression() of them.';

CREATE FUNCTION clerk_rls.owner_columns(relation oid) RETURNS int2[]
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(DISTINCT c.number::int2 ORDER BY c.number::int2), '{}')
    FROM pg_policy AS p, jsonb_array_elements_text(
        clerk_rls.inspect_expression(coalesce(p.polqual, p.polwithcheck), p.polrelid) -> 'owner_columns') AS c (number)
    WHERE p.polrelid = owner_columns.relation AND p.polpermissive
$$;
COMMENT ON FUNCTION clerk_rls.owner_columns(oid) IS
'The numbers of the columns of a table that its permissive policies compare with the requesting user or organization.';

CREATE FUNCTION clerk_rls.owner_condition(relation oid) RETURNS text
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT condition FROM (
        SELECT 1, p.polcmd <> 'r', p.polname, clerk_rls.policy_sql(p.polqual, p.polrelid, i.facts)
        FROM pg_policy AS p, LATERAL clerk_rls.inspect_expression(p.polqual, p.polrelid) AS i (facts)
        WHERE p.polrelid = owner_condition.relation AND p.polpermissive
            AND i.facts -> 'owner_columns' <> '[]'
            AND i.facts -> 'pinned_columns' @> (i.facts -> 'owner_columns' -> 0)
            AND i.facts -> 'for_nobody' = 'false'
            AND i.facts -> 'plain' = 'true'
        UNION ALL
        SELECT 2, false, a.attname, format('(%I = %s)', a.attname, clerk_rls.protection_reader(c.owner, c.type))
        FROM pg_attribute AS a
            JOIN (VALUES
                ('user_id', 'text'::regtype, 'user'),
                ('user_id', 'uuid', 'user'),
                ('org_id', 'text', 'org'),
                ('owner_id', 'text', 'user_or_org')
            ) AS c (column_name, type, owner) ON c.column_name = a.attname AND c.type = a.atttypid
        WHERE a.attrelid = owner_condition.relation AND NOT a.attisdropped
    ) AS candidate (preference, elsewhere, name, condition)
    ORDER BY preference, elsewhere, name DESC
    LIMIT 1
$$;
COMMENT ON FUNCTION clerk_rls.owner_condition(oid) IS
'The condition under which a row belongs to the requesting user or organization: that of a policy of the table, or '
'else one on a column user_id, owner_id or org_id; NULL if none is known.';

-- PostgreSQL prints the definitions of views, indexes and constraints, and not those of policies.
CREATE FUNCTION clerk_rls.policy_definition(policy oid) RETURNS text
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('CREATE POLICY %I ON %s%s FOR %s TO %s%s%s;',
        p.polname,
        p.polrelid::regclass,
        CASE WHEN NOT p.polpermissive THEN ' AS RESTRICTIVE' ELSE '' END,
        clerk_rls.command_of_policy(p.polcmd),
        clerk_rls.role_names(p.polroles),
        ' USING (' || clerk_rls.executable_sql(p.polqual, p.polrelid) || ')',
        ' WITH CHECK (' || clerk_rls.executable_sql(p.polwithcheck, p.polrelid) || ')')
    FROM pg_policy AS p WHERE p.oid = policy
$$;
COMMENT ON FUNCTION clerk_rls.policy_definition(oid) IS
'The statement that creates this policy.';

CREATE FUNCTION clerk_rls.rewritten_policy(policy oid, purpose text) RETURNS text
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('ALTER POLICY %I ON %s%s%s;', p.polname, p.polrelid::regclass,
        ' USING (' || better.using_sql || ')', ' WITH CHECK (' || better.check_sql || ')')
    FROM pg_policy AS p, LATERAL (
        SELECT clerk_rls.rewrite_expression(p.polqual, p.polrelid, purpose),
            clerk_rls.rewrite_expression(p.polwithcheck, p.polrelid, purpose)
    ) AS better (using_sql, check_sql)
    WHERE p.oid = policy
        AND (better.using_sql IS NOT NULL OR better.check_sql IS NOT NULL)
        AND 'false' NOT IN (
            coalesce(clerk_rls.inspect_expression(p.polqual, p.polrelid) -> 'plain', 'true'),
            coalesce(clerk_rls.inspect_expression(p.polwithcheck, p.polrelid) -> 'plain', 'true'))
$$;
COMMENT ON FUNCTION clerk_rls.rewritten_policy(oid, text) IS
'The statement that changes a policy as rewrite_expression() proposes; NULL if there is nothing to rewrite.';

CREATE FUNCTION clerk_rls.closed_policy(policy oid) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('ALTER POLICY %I ON %s%s%s;', p.polname, p.polrelid::regclass,
        CASE WHEN p.polcmd <> 'a' THEN ' USING (false)' END,
        CASE WHEN p.polcmd IN ('a', 'w', '*') THEN ' WITH CHECK (false)' END)
    FROM pg_policy AS p WHERE p.oid = policy
$$;
COMMENT ON FUNCTION clerk_rls.closed_policy(oid) IS
'The statement after which a policy, permissive or restrictive, lets no row pass.';

CREATE FUNCTION clerk_rls.arrays_overlap(a jsonb, b jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT FROM jsonb_array_elements(CASE jsonb_typeof(a) WHEN 'array' THEN a ELSE '[]' END) AS e (element)
        WHERE b @> e.element)
$$;
COMMENT ON FUNCTION clerk_rls.arrays_overlap(jsonb, jsonb) IS
'Whether two JSON arrays have an element in common.';
