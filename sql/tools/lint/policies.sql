-- Rules about the rows that policies let pass.

CREATE FUNCTION clerk_rls.lint_policies() RETURNS TABLE (rule text, level text, object text, finding text, fix text)
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH policy AS MATERIALIZED (
        SELECT p.*, p.relation::regclass AS on_table, cardinality(p.exposed) > 0 AS is_exposed,
            format('ALTER POLICY %I ON %s', p.name, p.relation::regclass) AS alter,
            format('DROP POLICY %I ON %s;', p.name, p.relation::regclass) AS drop,
            -- The privileges without which the policy lets nothing be written.
            CASE p.command
                WHEN 'a' THEN '{INSERT}'
                WHEN 'w' THEN '{UPDATE}'
                WHEN 'd' THEN '{DELETE}'
                WHEN '*' THEN '{INSERT,UPDATE,DELETE}'
                ELSE '{}'
            END::text[] AS writes
        FROM clerk_rls.inspected_policies() AS p
    ), restricted AS MATERIALIZED (
        -- The restrictive policies beside a permissive one that depend on the requesting user.
        SELECT p.policy,
            string_agg(r.using_sql, ' AND ' ORDER BY r.name) AS using_sql,
            string_agg(r.check_sql, ' AND ' ORDER BY r.name) AS check_sql,
            string_agg(quote_ident(r.name), ', ' ORDER BY r.name) AS names,
            bool_or(r.roles @> p.roles OR 0 = ANY (r.roles)) AS for_all
        FROM policy AS p JOIN policy AS r
            ON r.relation = p.relation AND NOT r.permissive AND r.is_exposed
            AND (r.command = p.command OR r.command = '*' OR p.command = '*')
            AND (0 = ANY (r.roles) OR 0 = ANY (p.roles) OR r.roles && p.roles OR r.exposed && p.exposed)
        WHERE p.permissive AND coalesce(r.reading, r.writing) ->> 'asks' = 'yes'
        GROUP BY p.policy
    ), owner AS MATERIALIZED (
        SELECT t.relation, clerk_rls.owner_columns(t.relation) AS columns,
            clerk_rls.owner_condition(t.relation) AS condition
        FROM (SELECT DISTINCT relation FROM policy) AS t
    ), open AS MATERIALIZED (
        -- Policies that do not depend on the row. One that lets every user insert is intended if rows have no owner.
        SELECT p.policy,
            p.reading -> 'always' = 'true' AS reads_all,
            p.command IN ('w', 'd', '*') AND (p.reading -> 'for_every_user' = 'true') AS changes_all,
            p.command IN ('a', '*') AND (
                p.writing -> 'always' = 'true'
                OR p.writing -> 'for_every_user' = 'true' AND cardinality(o.columns) > 0) AS inserts_all,
            coalesce(p.reading -> 'always', p.writing -> 'always') = 'true'
                OR p.writing -> 'always' = 'true' AS for_anyone
        FROM policy AS p JOIN owner AS o ON o.relation = p.relation
    )
    -- A policy that is true for all rows protects nothing; for a write, it gives the rows of all users away.
    SELECT 'policy_always_true', 'error', p.object,
        format('%s may write every row: it is true for every %s', written.held,
            CASE WHEN o.for_anyone THEN 'request' ELSE 'signed-in user' END),
        CASE WHEN owner.condition IS NULL THEN p.drop
            ELSE p.alter
                || CASE WHEN p.command <> 'a' THEN format(' USING (%s)', owner.condition) ELSE '' END
                || CASE WHEN p.command <> 'd' THEN format(' WITH CHECK (%s)', owner.condition) ELSE '' END
                || ';' END
    FROM policy AS p
        JOIN open AS o ON o.policy = p.policy
        JOIN owner ON owner.relation = p.relation,
        LATERAL (SELECT clerk_rls.held_privileges(p.exposed, p.relation, p.writes)) AS written (held)
    WHERE p.permissive AND p.command <> 'r' AND written.held IS NOT NULL
        -- If the policy has a USING of its own, a check that lets the owner change is the subject of another rule.
        AND (o.changes_all OR o.inserts_all AND (p.command = 'a' OR o.reads_all))
        AND NOT EXISTS (SELECT FROM restricted AS r WHERE r.policy = p.policy AND r.for_all)

    UNION ALL
    -- The condition depends on the row alone, so anyone with the role may change the rows that meet it.
    SELECT 'write_without_identity', 'warning', p.object,
        format('it does not depend on the requesting user: %s may change every row for which it is true', written.held),
        CASE WHEN owner.condition IS NULL THEN p.drop
            ELSE p.alter || format(' USING (%s AND %s)', p.using_sql, owner.condition)
                || CASE WHEN p.checks_separately
                    THEN format(' WITH CHECK (%s AND %s)', p.check_sql, owner.condition) ELSE '' END
                || ';' END
    FROM policy AS p JOIN owner ON owner.relation = p.relation,
        LATERAL (
            SELECT clerk_rls.held_privileges(p.exposed, p.relation, array_remove(p.writes, 'INSERT'))
        ) AS written (held)
    WHERE p.permissive AND p.command IN ('w', 'd', '*') AND written.held IS NOT NULL
        AND p.reading ->> 'asks' = 'no'
        AND p.reading -> 'always' = 'false'
        AND p.reading -> 'pinned_columns' <> 'null'
        AND NOT EXISTS (SELECT FROM restricted AS r WHERE r.policy = p.policy)

    UNION ALL
    -- In a sub-select, a name means a column of its tables first, and only then one of the policy's table.
    SELECT 'column_compared_with_itself', 'error', p.object,
        'it compares a column with itself: in a sub-select, a name without a table means a column of the sub-select',
        clerk_rls.closed_policy(p.policy)
    FROM policy AS p
    WHERE 'true' IN (p.reading -> 'compares_with_itself', p.writing -> 'compares_with_itself')
        AND coalesce(p.reading -> 'always', 'false') = 'false'
        AND coalesce(p.writing -> 'always', 'false') = 'false'

    UNION ALL
    -- The other rules report nothing for such a policy, and that must not be taken for a good result.
    SELECT 'policy_not_inspected', 'warning', p.object,
        'it is too large or nested too deeply to be inspected: no other rule has checked it',
        clerk_rls.closed_policy(p.policy)
    FROM policy AS p JOIN pg_policy AS t ON t.oid = p.policy
    WHERE t.polqual IS NOT NULL AND p.reading IS NULL OR t.polwithcheck IS NOT NULL AND p.writing IS NULL

    UNION ALL
    SELECT 'policy_not_inspected', 'info', p.object,
        format('it calls %s, whose body cannot be inspected: no other rule knows which rows it lets pass',
            unread.names),
        '-- Make the body a single SELECT, or review it yourself.'
    FROM policy AS p CROSS JOIN LATERAL (
        SELECT string_agg(DISTINCT f.function::regprocedure::text, ', ')
        FROM jsonb_array_elements_text(
                coalesce(p.reading -> 'unread_functions', '[]') || coalesce(p.writing -> 'unread_functions', '[]')
            ) AS u (oid),
            LATERAL (SELECT u.oid::oid) AS f (function)
    ) AS unread (names)
    WHERE unread.names IS NOT NULL

    UNION ALL
    SELECT 'policy_always_true', 'info', p.object,
        format('%s reads every row of %s without signing in', visitor.role::regrole, p.on_table),
        CASE WHEN to_regrole('authenticated') IS NULL THEN p.drop ELSE p.alter || ' TO authenticated;' END
    FROM policy AS p, unnest(p.exposed) AS visitor (role)
    WHERE p.permissive AND p.command IN ('r', '*') AND p.reading -> 'always' = 'true'
        AND visitor.role::regrole::text = 'anon'
        AND clerk_rls.held_privileges(ARRAY[visitor.role], p.relation, '{SELECT}') IS NOT NULL
        AND NOT EXISTS (SELECT FROM restricted AS r WHERE r.policy = p.policy AND r.for_all)

    UNION ALL
    -- When nobody is signed in, every reader is NULL. A condition that is then true is also true for a visitor, a
    -- machine and a pending session.
    SELECT 'policy_allows_anonymous', 'error', p.object,
        CASE WHEN hole.for_nobody
            THEN 'it is true for every row when nobody is signed in'
            ELSE 'it is true for every row when no organization is active' END,
        p.alter
            || CASE WHEN p.reading IS NOT NULL
                THEN format(' USING ((%s IS NOT NULL) AND %s)', hole.reader, p.using_sql) ELSE '' END
            || CASE WHEN p.checks_separately
                THEN format(' WITH CHECK ((%s IS NOT NULL) AND %s)', hole.reader, p.check_sql) ELSE '' END
            || ';'
    FROM policy AS p CROSS JOIN LATERAL (
        SELECT nobody.passes AS for_nobody,
            CASE
                WHEN NOT nobody.passes THEN clerk_rls.qualified_reader('requesting_org_id()')
                -- The policy depends on a setting of the application: the fix tests this setting.
                WHEN p.reading -> 'reads_claims' = 'false'
                    THEN coalesce(p.reading -> 'askers' ->> 0, clerk_rls.qualified_reader('requesting_user_id()'))
                ELSE clerk_rls.qualified_reader('requesting_user_id()')
            END AS reader,
            nobody.passes OR bool_or(
                e.facts -> 'without_organization' = 'true' AND e.facts -> 'for_every_user' = 'false') AS found
        FROM (VALUES (p.reading), (p.writing)) AS e (facts),
            LATERAL (
                SELECT coalesce(
                    (p.reading -> 'for_nobody' = 'true' AND p.reading -> 'always' = 'false')
                        OR (p.writing -> 'for_nobody' = 'true' AND p.writing -> 'always' = 'false'),
                    false)
            ) AS nobody (passes)
        GROUP BY nobody.passes
    ) AS hole
    WHERE p.permissive AND p.is_exposed AND hole.found

    UNION ALL
    -- DROP ... CASCADE of a function also drops the policies that call it. Without its only permissive policy a table
    -- is closed, without its only restrictive policy it is open.
    SELECT 'identity_only_in_restrictive', 'error', p.object,
        format('it does not depend on the requesting user, only restrictive policies do (%s): without them, its rows '
            'are open', r.names),
        p.alter
            || CASE WHEN p.reading IS NOT NULL THEN format(' USING (%s)', concat_ws(' AND ',
                CASE WHEN p.reading -> 'always' <> 'true' THEN p.using_sql END, r.using_sql)) ELSE '' END
            || CASE WHEN p.checks_separately THEN format(' WITH CHECK (%s)', concat_ws(' AND ',
                CASE WHEN p.writing -> 'always' <> 'true' THEN p.check_sql END,
                coalesce(r.check_sql, r.using_sql))) ELSE '' END
            || ';'
    FROM policy AS p JOIN restricted AS r ON r.policy = p.policy
    WHERE p.permissive AND p.is_exposed AND coalesce(p.reading, p.writing) ->> 'asks' = 'no'

    UNION ALL
    -- Without WITH CHECK, an INSERT policy allows nothing; an UPDATE policy checks the new row with its USING.
    SELECT 'missing_with_check', CASE p.command WHEN 'a' THEN 'warning' ELSE 'info' END, p.object,
        CASE p.command
            WHEN 'a' THEN 'it has no WITH CHECK, so it allows no INSERT'
            ELSE 'it has no WITH CHECK, so its USING also checks new rows' END,
        CASE
            WHEN p.command = 'w' THEN format('%s WITH CHECK (%s);', p.alter, p.using_sql)
            WHEN owner.condition IS NOT NULL THEN format('%s WITH CHECK (%s);', p.alter, owner.condition)
            ELSE p.drop END
    FROM policy AS p JOIN owner ON owner.relation = p.relation
    WHERE p.permissive AND p.is_exposed AND p.command IN ('a', 'w') AND NOT p.checks_separately

    UNION ALL
    -- USING decides about the owner before the update, WITH CHECK about the owner after it.
    SELECT 'update_lets_owner_change', 'error', p.object,
        format('USING ties %s to the requesting user, WITH CHECK does not: a row can be given to another user',
            own.names),
        format('%s WITH CHECK (%s);', p.alter,
            concat_ws(' AND ', CASE WHEN p.writing -> 'always' <> 'true' THEN p.check_sql END, p.using_sql))
    FROM policy AS p CROSS JOIN LATERAL (
        SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS names,
            bool_or(EXISTS (
                SELECT FROM unnest(p.exposed) AS r (role)
                WHERE has_column_privilege(r.role, p.relation, a.attnum, 'UPDATE'))) AS can_be_updated
        FROM jsonb_array_elements_text(p.reading -> 'owner_columns') AS c (number)
            JOIN pg_attribute AS a ON a.attrelid = p.relation AND a.attnum = c.number::int2
    ) AS own
    WHERE p.permissive AND p.is_exposed AND p.command IN ('w', '*') AND p.checks_separately AND own.can_be_updated
        AND p.check_sql <> p.using_sql
        AND p.writing -> 'pinned_columns' <> 'null'
        AND NOT clerk_rls.arrays_overlap(p.reading -> 'owner_columns', p.writing -> 'pinned_columns')
        AND NOT EXISTS (
            SELECT FROM policy AS r
            WHERE r.relation = p.relation AND NOT r.permissive AND r.command IN ('w', '*') AND r.exposed @> p.exposed
                AND clerk_rls.arrays_overlap(p.reading -> 'owner_columns', r.writing -> 'pinned_columns'))

    UNION ALL
    SELECT 'insert_lets_owner_be_chosen', 'error', p.object,
        format('its WITH CHECK does not tie %s to the requesting user: a row can be inserted for another user',
            own.names),
        format('%s WITH CHECK (%s AND %s);', p.alter, p.check_sql, owner.condition)
    FROM policy AS p JOIN owner ON owner.relation = p.relation CROSS JOIN LATERAL (
        SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS names,
            bool_or(EXISTS (
                SELECT FROM unnest(p.exposed) AS r (role)
                WHERE has_column_privilege(r.role, p.relation, a.attnum, 'INSERT'))) AS can_be_inserted
        FROM pg_attribute AS a
        WHERE a.attrelid = p.relation AND a.attnum = ANY (owner.columns)
    ) AS own
    WHERE p.permissive AND p.is_exposed AND p.command = 'a' AND own.can_be_inserted AND owner.condition IS NOT NULL
        AND p.writing -> 'always' = 'false'
        AND p.writing -> 'for_every_user' = 'false'
        AND p.writing -> 'pinned_columns' <> 'null'
        AND NOT clerk_rls.arrays_overlap(to_jsonb(owner.columns), p.writing -> 'pinned_columns')
        AND NOT EXISTS (
            SELECT FROM policy AS r
            WHERE r.relation = p.relation AND NOT r.permissive AND r.command IN ('a', '*') AND r.exposed @> p.exposed
                AND clerk_rls.arrays_overlap(to_jsonb(owner.columns), r.writing -> 'pinned_columns'))
$$;
COMMENT ON FUNCTION clerk_rls.lint_policies() IS
'The findings of lint() about policies: those that are true for every row, those that do not depend on the requesting '
'user, and those that let the owner of a row change.';
