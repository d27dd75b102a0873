-- Rules about relations that show the rows of a table under another name: views, rules, materialized views, foreign
-- tables.

-- A view reads with the rights of its owner, or with security_invoker with those of the current user, which is not
-- the owner of a view around it. Rules other than a view's SELECT always run with the rights of the owner.
CREATE FUNCTION clerk_rls.policy_bypasses(
    OUT relation oid,
    OUT rewrite oid,
    OUT event "char",
    OUT runs_as oid,
    OUT bypassed oid
) RETURNS SETOF record
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE reads AS (
        SELECT DISTINCT c.oid AS relation, c.relkind, c.relowner, w.oid AS rewrite, w.ev_type AS event,
            d.refobjid AS read,
            w.ev_type = '1' AND EXISTS (
                SELECT FROM pg_options_to_table(c.reloptions) AS o
                WHERE o.option_name = 'security_invoker' AND o.option_value::boolean) AS invoker
        FROM pg_rewrite AS w
            JOIN pg_class AS c ON c.oid = w.ev_class
            JOIN pg_depend AS d
                ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
        -- NEW and OLD are the relation itself.
        WHERE d.refobjid <> c.oid
    ), copies AS (
        -- A materialized view that reads a table with policies, directly or through views, holds its rows without
        -- them.
        SELECT r.relation, r.read FROM reads AS r WHERE r.relkind = 'm'
        UNION
        SELECT c.relation, r.read FROM copies AS c JOIN reads AS r ON r.relation = c.read AND r.event = '1'
    )
    SELECT r.relation, r.rewrite, r.event, r.relowner, t.oid
    FROM reads AS r JOIN pg_class AS t ON t.oid = r.read JOIN pg_roles AS o ON o.oid = r.relowner
    WHERE r.relkind <> 'm' AND NOT r.invoker AND t.relrowsecurity
        AND (o.rolsuper OR o.rolbypassrls
            OR pg_has_role(o.oid, t.relowner, 'USAGE') AND NOT t.relforcerowsecurity)
    UNION
    SELECT r.relation, r.rewrite, r.event, r.relowner, t.oid
    FROM reads AS r
        JOIN copies AS c ON c.relation = r.read
        JOIN pg_class AS t ON t.oid = c.read AND t.relrowsecurity
    WHERE r.relkind <> 'm' AND NOT r.invoker
    UNION
    SELECT c.relation, NULL::oid, NULL::"char", NULL::oid, t.oid
    FROM copies AS c JOIN pg_class AS t ON t.oid = c.read AND t.relrowsecurity
$$;
COMMENT ON FUNCTION clerk_rls.policy_bypasses() IS
'The views and rules (rewrite) that use a table without its policies, because they run as a role to which the policies '
'do not apply or read a copy of the table; and the materialized views that are such a copy (rewrite is NULL).';

CREATE FUNCTION clerk_rls.lint_views() RETURNS TABLE (rule text, level text, object text, finding text, fix text)
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE bypass AS MATERIALIZED (
        SELECT DISTINCT relation, bypassed FROM clerk_rls.policy_bypasses() WHERE event = '1'
    ), above AS (
        -- The views that clients reach, and those below them that are read with the rights of an owner. Clients read
        -- what is below a view with security_invoker with their own rights, and so reach it themselves.
        SELECT v.relation, v.object, v.reached, v.relation AS below
        FROM clerk_rls.inspected_relations() AS v
        WHERE v.kind = 'v' AND v.reached IS NOT NULL
        UNION
        SELECT a.relation, a.object, a.reached, d.refobjid
        FROM above AS a JOIN pg_class AS upper ON upper.oid = a.below
            JOIN pg_rewrite AS w ON w.ev_class = a.below AND w.ev_type = '1'
            JOIN pg_depend AS d
                ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
            JOIN pg_class AS c ON c.oid = d.refobjid AND c.relkind = 'v'
        WHERE NOT EXISTS (
            SELECT FROM pg_options_to_table(upper.reloptions) AS o
            WHERE o.option_name = 'security_invoker' AND o.option_value::boolean)
    )
    -- The view to fix is the one that runs as its owner, which may be below the one that is reached.
    SELECT 'security_definer_view', 'error', v.object,
        format('it runs as its owner %s and reads %s without applying policies: every row it selects is open to %s',
            v.owner::regrole,
            (SELECT string_agg(b.bypassed::regclass::text, ', ' ORDER BY b.bypassed::regclass::text COLLATE "C")
            FROM bypass AS b
            WHERE b.relation = v.relation),
            (SELECT string_agg(
                a.reached || CASE WHEN a.relation <> v.relation
                    THEN format(' through %s', a.relation::regclass) ELSE '' END,
                ', ' ORDER BY a.relation <> v.relation, a.object COLLATE "C")
            FROM above AS a
            WHERE a.below = v.relation)),
        CASE WHEN current_setting('server_version_num')::int >= 150000 THEN
            format('ALTER VIEW %s SET (security_invoker = true);', v.relation::regclass)
        ELSE
            (SELECT string_agg(
                clerk_rls.revoke_statements(
                    clerk_rls.api_role_oids(), a.relation, '{SELECT,INSERT,UPDATE,DELETE}'),
                E'\n' ORDER BY a.object COLLATE "C")
            FROM above AS a
            WHERE a.below = v.relation)
        END
    FROM clerk_rls.inspected_relations() AS v
    WHERE v.kind = 'v'
        AND EXISTS (SELECT FROM bypass AS b WHERE b.relation = v.relation)
        AND EXISTS (SELECT FROM above AS a WHERE a.below = v.relation)

    UNION ALL
    -- The action of a rule runs with the rights of the relation's owner, even on a view with security_invoker.
    SELECT 'rule_bypasses_rls', 'error', format('rule %I on %s', w.rulename, r.relation::regclass),
        format('its action runs as %s and uses %s without applying policies, when the relation is written by %s',
            r.owner::regrole,
            string_agg(b.bypassed::regclass::text, ', ' ORDER BY b.bypassed::regclass::text COLLATE "C"),
            written.held),
        clerk_rls.revoke_statements(written.roles, r.relation, written.privileges)
    FROM clerk_rls.inspected_relations() AS r
        JOIN clerk_rls.policy_bypasses() AS b ON b.relation = r.relation AND b.event <> '1'
        JOIN pg_rewrite AS w ON w.oid = b.rewrite,
        LATERAL (
            SELECT e.roles, e.privileges, clerk_rls.held_privileges(e.roles, r.relation, e.privileges)
            FROM (
                SELECT clerk_rls.api_role_oids(),
                    ARRAY[CASE b.event WHEN '2' THEN 'UPDATE' WHEN '3' THEN 'INSERT' ELSE 'DELETE' END]
            ) AS e (roles, privileges)
        ) AS written (roles, privileges, held)
    WHERE written.held IS NOT NULL
    GROUP BY w.rulename, r.relation, r.owner, written.held, written.roles, written.privileges

    UNION ALL
    -- A materialized view cannot have policies.
    SELECT 'materialized_view_in_api', CASE WHEN copied.tables IS NULL THEN 'warning' ELSE 'error' END, m.object,
        CASE WHEN copied.tables IS NULL
            THEN format('no policy can protect a materialized view: every row is open to %s', m.reached)
            ELSE format('it is a copy of %s without the policies: every row is open to %s', copied.tables, m.reached)
        END,
        clerk_rls.revoke_statements(clerk_rls.api_role_oids(), m.relation, '{SELECT,INSERT,UPDATE,DELETE}')
    FROM clerk_rls.inspected_relations() AS m,
        LATERAL (
            SELECT string_agg(b.bypassed::regclass::text, ', ' ORDER BY b.bypassed::regclass::text COLLATE "C")
            FROM clerk_rls.policy_bypasses() AS b
            WHERE b.relation = m.relation AND b.rewrite IS NULL
        ) AS copied (tables)
    WHERE m.kind = 'm' AND m.reached IS NOT NULL

    UNION ALL
    -- Nor can a foreign table: the other server sees the user of the mapping for every request.
    SELECT 'foreign_table_in_api', 'warning', f.object,
        format('no policy can protect a foreign table: every row is open to %s', f.reached),
        clerk_rls.revoke_statements(clerk_rls.api_role_oids(), f.relation, '{SELECT,INSERT,UPDATE,DELETE}')
    FROM clerk_rls.inspected_relations() AS f
    WHERE f.kind = 'f' AND f.reached IS NOT NULL
$$;
COMMENT ON FUNCTION clerk_rls.lint_views() IS
'The findings of lint() about views, rules, materialized views and foreign tables that show rows of protected tables '
'without applying their policies.';
