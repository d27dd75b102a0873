-- Functions and policies that were pasted from a guide become calls of the readers.

CREATE FUNCTION clerk_rls.adoptable_reader(
    function oid,
    OUT symbol text,
    OUT library text,
    OUT result_type oid
) RETURNS SETOF record
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT r.prosrc, r.probin, f.prorettype
    FROM pg_proc AS f
        JOIN pg_language AS l ON l.oid = f.prolang,
        pg_extension AS e
        JOIN pg_depend AS d
            ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
            AND d.classid = 'pg_proc'::regclass
        JOIN pg_proc AS r ON r.oid = d.objid
    WHERE f.oid = adoptable_reader.function
        AND l.lanname = 'sql' AND f.prokind = 'f' AND f.pronargs = 0 AND NOT f.proretset
        AND e.extname = 'clerk_rls'
        AND r.prosrc = clerk_rls.inspect_function(f.oid) ->> 'equivalent' AND r.pronargs = 0
        AND (f.prorettype = r.prorettype OR f.prorettype = 'varchar'::regtype AND r.prorettype = 'text'::regtype)
        -- The function may read a setting of its own.
        AND NOT EXISTS (SELECT FROM unnest(f.proconfig) AS c (entry) WHERE c.entry !~ '^search_path=')
        AND NOT EXISTS (
            SELECT FROM pg_depend AS m
            WHERE m.classid = 'pg_proc'::regclass AND m.objid = f.oid
                AND m.refclassid = 'pg_extension'::regclass AND m.deptype = 'e')
$$;
COMMENT ON FUNCTION clerk_rls.adoptable_reader(oid) IS
'The reader that adopt() would make of a function: its C symbol and library. No row if the function is not known to '
'return the same as a reader.';

CREATE FUNCTION clerk_rls.adopt(function regprocedure, dry_run boolean DEFAULT false) RETURNS SETOF text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    native record;
    adopted text;
    former text;
    opened text;
BEGIN
    IF function IS NULL OR NOT EXISTS (SELECT FROM pg_proc AS p WHERE p.oid = function) THEN
        RAISE undefined_function USING MESSAGE = 'the function to adopt does not exist';
    END IF;
    -- Already adopted.
    IF EXISTS (
        SELECT FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
        WHERE p.oid = function AND l.lanname = 'c' AND p.probin ~ '(^|/)clerk_rls(\.so)?$')
    THEN
        RETURN;
    END IF;
    SELECT * INTO native FROM clerk_rls.adoptable_reader(function);
    IF NOT FOUND THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('function %s cannot be adopted', function),
            DETAIL = 'Its body is not known to return the same as one of the readers.',
            HINT = 'It must be a function in SQL without arguments that reads one claim at the place that '
                'clerk_rls.provider and clerk_rls.claim_map define.';
    END IF;
    -- A reader is NULL more often than a claim: for a pending session, a machine, malformed claims. A policy that is
    -- true for NULL would be true for more users.
    SELECT string_agg(format('%I on %s', p.polname, p.polrelid::regclass), ', '
        ORDER BY p.polrelid::regclass::text COLLATE "C", p.polname) INTO opened
    FROM pg_policy AS p CROSS JOIN LATERAL (VALUES (p.polqual), (p.polwithcheck)) AS e (tree)
    WHERE clerk_rls.inspect_expression(e.tree, p.polrelid) -> 'opened_by' @> function::oid::text::jsonb;
    IF opened IS NOT NULL THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('function %s cannot be adopted', function),
            DETAIL = format('These policies let more rows pass when it is NULL, and a reader is NULL for a pending '
                'session or a machine: %s.', opened),
            HINT = 'Rewrite them so that NULL lets no row pass, or call the function in a sub-select, so that it runs '
                'once per statement.';
    END IF;
    former := pg_get_functiondef(function);
    -- OR REPLACE keeps the OID, the owner and the privileges, and so everything that uses the function.
    adopted := format('CREATE OR REPLACE FUNCTION %s RETURNS %s LANGUAGE c STABLE PARALLEL SAFE COST 1 AS %L, %L;',
        function, native.result_type::regtype, native.library, native.symbol);
    IF NOT dry_run THEN
        EXECUTE adopted;
    END IF;
    RETURN NEXT adopted;
    RETURN NEXT E'-- To undo this:\n' || rtrim(former, E'\n') || ';';
END
$$;
COMMENT ON FUNCTION clerk_rls.adopt(regprocedure, boolean) IS
'Replaces the body of a pasted function in SQL by a native reader and keeps its OID, so that every policy that calls '
'it becomes faster without a change. Returns the statement, and the one that undoes it. ERROR 22023 for a body that is '
'not known to return the same as a reader. Needs a superuser, as every function in C does.';

CREATE FUNCTION clerk_rls.migrate_auth_uid(dry_run boolean DEFAULT false) RETURNS SETOF text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    statement record;
BEGIN
    FOR statement IN
        SELECT s.relation, s.sql FROM (
            SELECT p.polrelid AS relation, 1 AS position, p.polname AS name,
                clerk_rls.rewritten_policy(p.oid, 'user_ids') AS sql
            FROM pg_policy AS p
            UNION ALL
            SELECT d.adrelid, 2, a.attname,
                format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s;', d.adrelid::regclass, a.attname,
                    clerk_rls.rewrite_expression(d.adbin, d.adrelid, 'user_ids'))
            FROM pg_attrdef AS d
                JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum AND a.attgenerated = ''
                JOIN pg_class AS c ON c.oid = d.adrelid AND c.relkind IN ('r', 'p')
            WHERE clerk_rls.rewrite_expression(d.adbin, d.adrelid, 'user_ids') IS NOT NULL
        ) AS s
        WHERE s.sql IS NOT NULL
        ORDER BY s.relation::regclass::text COLLATE "C", s.position, s.name
    LOOP
        IF NOT dry_run THEN
            -- The rest of the expression was written by the table's owner.
            PERFORM clerk_rls.execute_as_owner(statement.relation, statement.sql);
        END IF;
        RETURN NEXT statement.sql;
    END LOOP;
END
$$;
COMMENT ON FUNCTION clerk_rls.migrate_auth_uid(boolean) IS
'Rewrites the policies and column defaults that cast the subject to uuid, as Supabase''s auth.uid() does: to '
'requesting_user_id() if it is compared as text, else to requesting_user_uuid(). Returns the statements that it ran, '
'or with dry_run those that it would run. Each runs with the rights of the table''s owner, which the caller must have, '
'and locks the table (ACCESS EXCLUSIVE) until the transaction ends.';
