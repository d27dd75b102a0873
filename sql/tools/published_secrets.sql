-- Publications of secrets, which lint() and doctor() both report.

CREATE FUNCTION clerk_rls.published_secrets(OUT publication name, OUT tables text, OUT fix text)
    RETURNS SETOF record
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT p.pubname, sent.tables,
        CASE WHEN p.puballtables THEN concat_ws(E'\n',
            format('DROP PUBLICATION %I;', p.pubname),
            format('CREATE PUBLICATION %I%s WITH (publish = %L, publish_via_partition_root = %s%s);',
                p.pubname,
                -- The root stands for all partitions.
                (SELECT ' FOR TABLE '
                    || string_agg(c.oid::regclass::text, ', ' ORDER BY c.oid::regclass::text COLLATE "C")
                FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND NOT c.relispartition
                    AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'clerk_rls')),
                concat_ws(', ',
                    CASE WHEN p.pubinsert THEN 'insert' END,
                    CASE WHEN p.pubupdate THEN 'update' END,
                    CASE WHEN p.pubdelete THEN 'delete' END,
                    CASE WHEN p.pubtruncate THEN 'truncate' END),
                p.pubviaroot::text,
                -- Since PostgreSQL 18.
                CASE WHEN to_jsonb(p) ->> 'pubgencols' = 's' THEN ', publish_generated_columns = stored' END),
            format('ALTER PUBLICATION %I OWNER TO %s;', p.pubname, p.pubowner::regrole))
        ELSE concat_ws(E'\n',
            (SELECT format('ALTER PUBLICATION %I DROP TABLE %s;', p.pubname,
                string_agg(r.prrelid::regclass::text, ', ' ORDER BY r.prrelid::regclass::text))
            FROM pg_publication_rel AS r
            WHERE r.prpubid = p.oid
                AND r.prrelid IN ('clerk_rls.issuer_secrets'::regclass, 'clerk_rls.webhook_secrets'::regclass)
            HAVING count(*) > 0),
            -- Since PostgreSQL 15. Before, the catalog does not exist, so that nothing depends on it.
            (SELECT format('ALTER PUBLICATION %I DROP TABLES IN SCHEMA clerk_rls;', p.pubname)
            FROM pg_depend AS a JOIN pg_depend AS b ON b.classid = a.classid AND b.objid = a.objid
            WHERE a.classid = to_regclass('pg_catalog.pg_publication_namespace')
                AND a.refclassid = 'pg_publication'::regclass AND a.refobjid = p.oid
                AND b.refclassid = 'pg_namespace'::regclass AND b.refobjid = 'clerk_rls'::regnamespace))
        END
    FROM pg_publication AS p, (
            SELECT t.pubname, string_agg('clerk_rls.' || t.tablename, ' and ' ORDER BY t.tablename)
            FROM pg_publication_tables AS t
            WHERE t.schemaname = 'clerk_rls' AND t.tablename IN ('issuer_secrets', 'webhook_secrets')
            GROUP BY t.pubname
        ) AS sent (publication, tables)
    WHERE sent.publication = p.pubname
$$;
COMMENT ON FUNCTION clerk_rls.published_secrets() IS
'The publications that send clerk_rls.issuer_secrets or clerk_rls.webhook_secrets (tables), with the statements after '
'which they send everything else that they sent before.';
