-- What the rules of the linter ask about policies. What an expression means is read from its parse tree.

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
    SELECT p.oid, p.polname, format('policy %I on %s', p.polname, p.polrelid::regclass), p.polrelid, p.polcmd, p.polpermissive, p.polroles,
        ARRAY(SELECT a.role FROM api AS a WHERE EXISTS (SELECT FROM unnest(p.polroles) AS r (role) WHERE r.role = 0 OR pg_has_role(a.role, r.role, 'USAGE'))
            ORDER BY a.role::regrole::text COLLATE "C"),
        clerk_rls.policy_sql(p.polqual, p.polrelid, i.reading),
        CASE WHEN p.polcmd IN ('a', 'w', '*') THEN clerk_rls.policy_sql(coalesce(p.polwithcheck, p.polqual), p.polrelid, i.writing) END,
        p.polwithcheck IS NOT NULL,
        i.reading, i.writing
    FROM clerk_rls.lint_relations() AS t JOIN pg_policy AS p ON p.polrelid = t.relation CROSS JOIN LATERAL (
        -- What cannot be inspected is a finding of its own, and becomes no part of a statement.
        SELECT clerk_rls.inspect_expression(p.polqual, p.polrelid),
            CASE WHEN p.polcmd IN ('a', 'w', '*') THEN clerk_rls.inspect_expression(coalesce(p.polwithcheck, p.polqual), p.polrelid) END
        OFFSET 0
    ) AS i (reading, writing)
$$;
COMMENT ON FUNCTION clerk_rls.inspected_policies() IS
'The policies that lint() looks at. exposed: the API roles that it applies to. using_sql and check_sql: which rows it shows, and which it lets be written. reading and writing: inspect_expression() of these.';

CREATE FUNCTION clerk_rls.owner_columns(relation oid) RETURNS int2[]
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(DISTINCT c.number::int2 ORDER BY c.number::int2), '{}')
    FROM pg_policy AS p, jsonb_array_elements_text(clerk_rls.inspect_expression(coalesce(p.polqual, p.polwithcheck), p.polrelid) -> 'owner_columns') AS c (number)
    WHERE p.polrelid = owner_columns.relation AND p.polpermissive
$$;
COMMENT ON FUNCTION clerk_rls.owner_columns(oid) IS
'The columns of a table that its permissive policies compare with who is asking, by their numbers.';

CREATE FUNCTION clerk_rls.lint_owner_condition(relation oid) RETURNS text
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT condition FROM (
        SELECT 1, p.polcmd <> 'r', p.polname, clerk_rls.policy_sql(p.polqual, p.polrelid, i.facts)
        FROM pg_policy AS p, LATERAL clerk_rls.inspect_expression(p.polqual, p.polrelid) AS i (facts)
        WHERE p.polrelid = lint_owner_condition.relation AND p.polpermissive AND i.facts -> 'owner_columns' <> '[]'
            AND i.facts -> 'pinned_columns' @> (i.facts -> 'owner_columns' -> 0) AND i.facts -> 'for_nobody' = 'false' AND i.facts -> 'plain' = 'true'
        UNION ALL
        SELECT 2, false, a.attname, format('(%I = %s)', a.attname, reader.call)
        FROM pg_attribute AS a JOIN (VALUES
            ('user_id', 'text', clerk_rls.qualified_reader('requesting_user_id()')), ('user_id', 'uuid', clerk_rls.qualified_reader('requesting_user_uuid()')),
            ('org_id', 'text', clerk_rls.qualified_reader('requesting_org_id()')),
            ('owner_id', 'text', format('COALESCE(%s, %s)', clerk_rls.qualified_reader('requesting_org_id()'),
                clerk_rls.qualified_reader('requesting_user_id()')))
        ) AS reader (column_name, type, call) ON reader.column_name = a.attname AND a.atttypid = to_regtype(reader.type)
        WHERE a.attrelid = lint_owner_condition.relation AND NOT a.attisdropped
    ) AS candidate (preference, elsewhere, name, condition)
    ORDER BY preference, elsewhere, name DESC
    LIMIT 1
$$;
COMMENT ON FUNCTION clerk_rls.lint_owner_condition(oid) IS
'The condition under which a row belongs to who is asking: as a policy of the table has it, else by a column user_id, owner_id or org_id; NULL: none is known.';

-- Policies as statements, which PostgreSQL itself has for views, indexes and constraints only.
CREATE FUNCTION clerk_rls.policy_definition(policy oid) RETURNS text
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('CREATE POLICY %I ON %s%s FOR %s TO %s%s%s;', p.polname, p.polrelid::regclass,
        CASE WHEN NOT p.polpermissive THEN ' AS RESTRICTIVE' ELSE '' END,
        CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
        (SELECT string_agg(CASE r.role WHEN 0 THEN 'PUBLIC' ELSE r.role::regrole::text END, ', ' ORDER BY r.role::regrole::text COLLATE "C") FROM unnest(p.polroles) AS r (role)),
        ' USING (' || clerk_rls.policy_sql(p.polqual, p.polrelid, clerk_rls.inspect_expression(p.polqual, p.polrelid)) || ')',
        ' WITH CHECK (' || clerk_rls.policy_sql(p.polwithcheck, p.polrelid, clerk_rls.inspect_expression(p.polwithcheck, p.polrelid)) || ')')
    FROM pg_policy AS p WHERE p.oid = policy
$$;
COMMENT ON FUNCTION clerk_rls.policy_definition(oid) IS
'The statement that makes this policy.';

CREATE FUNCTION clerk_rls.rewritten_policy(policy oid, purpose text) RETURNS text
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('ALTER POLICY %I ON %s%s%s;', p.polname, p.polrelid::regclass, ' USING (' || better.using_sql || ')', ' WITH CHECK (' || better.check_sql || ')')
    FROM pg_policy AS p, LATERAL (SELECT clerk_rls.rewrite_expression(p.polqual, p.polrelid, purpose), clerk_rls.rewrite_expression(p.polwithcheck, p.polrelid, purpose)) AS better (using_sql, check_sql)
    WHERE p.oid = policy AND (better.using_sql IS NOT NULL OR better.check_sql IS NOT NULL)
        AND 'false' NOT IN (coalesce(clerk_rls.inspect_expression(p.polqual, p.polrelid) -> 'plain', 'true'), coalesce(clerk_rls.inspect_expression(p.polwithcheck, p.polrelid) -> 'plain', 'true'))
$$;
COMMENT ON FUNCTION clerk_rls.rewritten_policy(oid, text) IS
'The statement that rewrites a policy with rewrite_expression(); NULL: there is nothing to rewrite.';

CREATE FUNCTION clerk_rls.closed_policy(policy oid) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('ALTER POLICY %I ON %s%s%s;', p.polname, p.polrelid::regclass, CASE WHEN p.polcmd <> 'a' THEN ' USING (false)' END, CASE WHEN p.polcmd IN ('a', 'w', '*') THEN ' WITH CHECK (false)' END)
    FROM pg_policy AS p WHERE p.oid = policy
$$;
COMMENT ON FUNCTION clerk_rls.closed_policy(oid) IS
'The statement after which a policy lets nothing through, restrictive or not.';

CREATE FUNCTION clerk_rls.lint_overlap(a jsonb, b jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (SELECT FROM jsonb_array_elements(CASE jsonb_typeof(a) WHEN 'array' THEN a ELSE '[]' END) AS e (element) WHERE b @> e.element)
$$;
COMMENT ON FUNCTION clerk_rls.lint_overlap(jsonb, jsonb) IS
'Whether two JSON arrays have an element in common.';
