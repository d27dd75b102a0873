-- The rule about several permissive policies for the same command and role: PostgreSQL evaluates them for each row
-- until one is true, and to know what the table allows, one has to read all of them.
--
-- The fix joins them with OR, as PostgreSQL does, so that only their number changes:
--   - the expressions for one command and one role are joined, USING and WITH CHECK separately;
--   - a policy without WITH CHECK checks new rows with its USING, which therefore takes the place of WITH CHECK;
--   - a policy without USING adds nothing to USING.
-- Policies are merged if they name the same role, and PUBLIC counts as a name: a policy for PUBLIC and one for a role
-- cannot be merged, because a policy cannot be for everybody else.

CREATE FUNCTION clerk_rls.lint_permissive_policies()
    RETURNS TABLE (rule text, level text, object text, finding text, fix text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    side_by_side record;
    merged record;
    dropped text;
    created text;
    taken text[];
    base text;
    suffix text;
    number int;
BEGIN
    FOR side_by_side IN
        WITH RECURSIVE policy AS MATERIALIZED (
            SELECT p.oid, p.polrelid, p.polname, p.polcmd, p.polroles, t.object
            FROM clerk_rls.inspected_relations() AS t JOIN pg_policy AS p ON p.polrelid = t.relation
            WHERE p.polpermissive
        ), beside AS (
            SELECT a.oid AS first, b.oid AS second
            FROM policy AS a JOIN policy AS b
                ON a.polrelid = b.polrelid AND a.polroles && b.polroles
                AND (a.polcmd = b.polcmd OR a.polcmd = '*' OR b.polcmd = '*')
        ), connected AS (
            SELECT first, second FROM beside
            UNION
            SELECT c.first, b.second FROM connected AS c JOIN beside AS b ON b.first = c.second
        ), component AS (
            SELECT first AS oid, min(second) AS name FROM connected GROUP BY first HAVING count(*) > 1
        )
        SELECT p.polrelid::regclass AS relation, p.object, array_agg(p.oid) AS policies,
            -- The frequent case: one policy replaces the others and keeps its name.
            min(p.polcmd) = max(p.polcmd)
                AND count(DISTINCT (SELECT array_agg(r ORDER BY r) FROM unnest(p.polroles) AS r)) = 1 AS alike
        FROM component AS c JOIN policy AS p ON p.oid = c.oid
        GROUP BY c.name, p.polrelid, p.object
    LOOP
        -- The names of the other policies of the table.
        SELECT coalesce(array_agg(p.polname::text), '{}') INTO taken
        FROM pg_policy AS p
        WHERE p.polrelid = side_by_side.relation AND p.oid <> ALL (side_by_side.policies);
        dropped := '';
        created := '';
        finding := '';
        FOR merged IN
            WITH part AS (
                SELECT p.oid, p.polname, c.command, c.position, r.role,
                    CASE WHEN c.command <> 'INSERT'
                        THEN clerk_rls.executable_sql(p.polqual, p.polrelid) END AS using_expression,
                    CASE WHEN c.command IN ('INSERT', 'UPDATE', 'ALL')
                        THEN clerk_rls.executable_sql(coalesce(p.polwithcheck, p.polqual), p.polrelid)
                    END AS check_expression,
                    c.command IN ('INSERT', 'UPDATE', 'ALL')
                        AND (p.polwithcheck IS NOT NULL OR c.command = 'INSERT') AS checks
                FROM pg_policy AS p,
                    unnest(p.polroles) AS r (role),
                    unnest('{SELECT,INSERT,UPDATE,DELETE,ALL}'::text[]) WITH ORDINALITY AS c (command, position)
                WHERE p.oid = ANY (side_by_side.policies)
                    AND CASE
                        WHEN p.polcmd <> '*' THEN clerk_rls.command_of_policy(p.polcmd) = c.command
                        WHEN side_by_side.alike THEN c.command = 'ALL'
                        ELSE c.command <> 'ALL' END
            ), of_role AS (
                SELECT command, position, role,
                    array_agg(oid ORDER BY polname COLLATE "C") AS policies,
                    min(polname::text COLLATE "C") AS first_name,
                    array_agg(polname::text ORDER BY polname COLLATE "C") AS names,
                    (SELECT string_agg(DISTINCT e COLLATE "C", ' OR ')
                        FROM unnest(array_agg(using_expression)) AS e) AS using_expression,
                    CASE WHEN bool_or(checks) THEN (
                        SELECT string_agg(DISTINCT e COLLATE "C", ' OR ')
                        FROM unnest(array_agg(check_expression)) AS e) END AS check_expression
                FROM part
                GROUP BY command, position, role
            )
            SELECT command, policies, first_name, names, using_expression, check_expression,
                clerk_rls.role_names(array_agg(role)) AS roles
            FROM of_role
            GROUP BY command, position, policies, first_name, names, using_expression, check_expression
            ORDER BY position, first_name COLLATE "C", names
        LOOP
            IF cardinality(merged.policies) > 1 THEN
                finding := concat_ws(', ', nullif(finding, ''), format('%s of %s by %s', merged.command, merged.roles,
                    (SELECT string_agg(quote_ident(name), ' OR ' ORDER BY name COLLATE "C")
                    FROM unnest(merged.names) AS name)));
            END IF;
            -- A policy with neither expression lets no row pass.
            CONTINUE WHEN merged.using_expression IS NULL AND merged.check_expression IS NULL;
            IF side_by_side.alike THEN
                created := format('ALTER POLICY %I ON %s%s%s;', merged.first_name, side_by_side.relation,
                    ' USING (' || merged.using_expression || ')',
                    ' WITH CHECK (' || merged.check_expression || ')');
                SELECT string_agg(format(E'\nDROP POLICY %I ON %s;', name, side_by_side.relation), ''
                    ORDER BY name COLLATE "C") INTO dropped
                FROM unnest(merged.names) AS name
                WHERE name <> merged.first_name;
                created := created || dropped;
            ELSE
                base := merged.first_name;
                number := 1;
                LOOP
                    suffix := '_' || lower(merged.command) || CASE WHEN number > 1 THEN '_' || number ELSE '' END;
                    WHILE octet_length(base || suffix) > 63 LOOP
                        base := left(base, -1);
                    END LOOP;
                    EXIT WHEN base || suffix <> ALL (taken);
                    number := number + 1;
                END LOOP;
                taken := taken || (base || suffix);
                created := created || format(E'\nCREATE POLICY %I ON %s FOR %s TO %s%s%s;',
                    base || suffix, side_by_side.relation, merged.command, merged.roles,
                    ' USING (' || merged.using_expression || ')',
                    ' WITH CHECK (' || merged.check_expression || ')');
            END IF;
        END LOOP;
        IF NOT side_by_side.alike THEN
            SELECT string_agg(format('DROP POLICY %I ON %s;', p.polname, side_by_side.relation), E'\n'
                ORDER BY p.polname COLLATE "C") INTO dropped
            FROM pg_policy AS p
            WHERE p.oid = ANY (side_by_side.policies);
            created := dropped || created;
        END IF;
        finding := 'several permissive policies decide: ' || replace(finding, 'ALL of', 'every command of');
        fix := created;
        object := side_by_side.object;
        RETURN QUERY SELECT 'multiple_permissive_policies', 'info', object, finding, fix;
    END LOOP;
END
$$;
COMMENT ON FUNCTION clerk_rls.lint_permissive_policies() IS
'The findings of lint() about several permissive policies of one table for the same command and role, with the '
'statements that merge them without a change in what they allow.';
