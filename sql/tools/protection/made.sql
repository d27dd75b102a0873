-- What protect() has made, and the statements that remove it.
--
-- protect() marks each policy and index that it makes with a comment. pg_dump saves comments, and the owner of a
-- table can write them, so that the extension needs no table of its own for them.

CREATE FUNCTION clerk_rls.protection_mark(kind text, granted text[] DEFAULT '{}') RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('clerk_rls.protect() made this %s%s.', kind,
        ' and granted ' || nullif(array_to_string(granted, ', '), ''))
$$;
COMMENT ON FUNCTION clerk_rls.protection_mark(text, text[]) IS
'The comment that protect() writes on what it makes. kind: policy or index. granted: the privileges that it granted '
'together with the policy.';

CREATE FUNCTION clerk_rls.made_by_protect(policy oid) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(
        starts_with(obj_description(policy, 'pg_policy'), rtrim(clerk_rls.protection_mark('policy'), '.')), false)
$$;
COMMENT ON FUNCTION clerk_rls.made_by_protect(oid) IS
'Whether the comment of a policy says that protect() made it; never NULL.';

CREATE FUNCTION clerk_rls.protected_tables(target regclass) RETURNS SETOF regclass
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE tree AS (
        SELECT target::oid AS relid
        UNION
        SELECT i.inhrelid FROM pg_inherits AS i JOIN tree ON i.inhparent = tree.relid
    )
    SELECT c.oid::regclass
    FROM tree JOIN pg_class AS c ON c.oid = tree.relid AND c.relkind IN ('r', 'p')
    ORDER BY c.oid <> target, c.oid::regclass::text COLLATE "C"
$$;
COMMENT ON FUNCTION clerk_rls.protected_tables(regclass) IS
'The tables that protect() closes: the table, its partitions and the tables that inherit from it, at every level. '
'Foreign tables are left out, because they cannot have Row Level Security.';

-- If the operator has since changed a policy to several roles, it is unknown which of them received the grant. Then
-- the grant no longer counts as one of protect().
CREATE FUNCTION clerk_rls.protection_grants(target regclass, OUT policy oid, OUT grantee oid, OUT granted text)
    RETURNS SETOF record
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT p.oid, p.polroles[1], mark.granted[1]
    FROM pg_policy AS p,
        regexp_matches(
            -- What follows the mark without its full stop.
            substring(substr(obj_description(p.oid, 'pg_policy'), length(clerk_rls.protection_mark('policy')))
                FROM '^ and granted (.*)\.$'),
            '(SELECT|INSERT|UPDATE|DELETE|USAGE ON SEQUENCE (?:"(?:[^"]|"")+"|[a-z0-9_$]+))',
            'g') AS mark (granted)
    WHERE p.polrelid = target AND cardinality(p.polroles) = 1 AND clerk_rls.made_by_protect(p.oid)
$$;
COMMENT ON FUNCTION clerk_rls.protection_grants(regclass) IS
'The privileges that protect() granted on a table and its sequences, and to which role (0: PUBLIC), as the comments '
'of its policies say.';

-- A child table for which protect() was called itself keeps its index, and so does a partition whose index has
-- become part of its parent's.
CREATE FUNCTION clerk_rls.protection_indexes(target regclass) RETURNS oid[]
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(i.indexrelid), '{}')
    FROM clerk_rls.protected_tables(target) AS t (name)
        JOIN pg_index AS i ON i.indrelid = t.name
        JOIN pg_class AS x ON x.oid = i.indexrelid AND NOT x.relispartition
    WHERE obj_description(i.indexrelid, 'pg_class') = clerk_rls.protection_mark('index')
        AND (t.name = target OR NOT EXISTS (
            SELECT FROM pg_policy AS p WHERE p.polrelid = t.name AND clerk_rls.made_by_protect(p.oid)))
$$;
COMMENT ON FUNCTION clerk_rls.protection_indexes(regclass) IS
'The indexes that protect() made for a table and for the tables that inherit from it, as their comments say.';

CREATE FUNCTION clerk_rls.protection_removals(target regclass, policies oid[], indexes oid[]) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH revoked AS (
        SELECT g.granted, clerk_rls.role_name(g.grantee) AS grantee
        FROM clerk_rls.protection_grants(target) AS g
        WHERE g.policy = ANY (policies)
    ), statements AS (
        SELECT 1 AS step, r.grantee AS name,
            format('REVOKE %s ON %s FROM %s;',
                string_agg(r.granted, ', ' ORDER BY position(r.granted IN 'SELECT INSERT UPDATE DELETE')),
                target, r.grantee) AS statement
        FROM revoked AS r
        WHERE r.granted NOT LIKE 'USAGE %'
        GROUP BY r.grantee
        UNION ALL
        SELECT 2, s.oid::regclass::text, format('REVOKE USAGE ON SEQUENCE %s FROM %s;', s.oid::regclass, r.grantee)
        FROM pg_depend AS d
            JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
            JOIN revoked AS r ON r.granted = 'USAGE ON SEQUENCE ' || quote_ident(s.relname)
        WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
            AND d.refobjid = target AND d.deptype = 'a'
        UNION ALL
        SELECT 3, position(p.polcmd::text IN 'rawd')::text || p.polname,
            format('DROP POLICY %I ON %s;', p.polname, target)
        FROM pg_policy AS p
        WHERE p.polrelid = target AND p.oid = ANY (policies)
        UNION ALL
        SELECT 4, i::regclass::text, format('DROP INDEX %s;', i::regclass)
        FROM unnest(indexes) AS i
    )
    SELECT coalesce(array_agg(statement ORDER BY step, name COLLATE "C"), '{}') FROM statements
$$;
COMMENT ON FUNCTION clerk_rls.protection_removals(regclass, oid[], oid[]) IS
'The statements that remove these policies and indexes of protect(), and revoke what their comments say was granted '
'with the policies.';
