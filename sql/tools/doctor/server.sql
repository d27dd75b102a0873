-- clerk_rls.doctor(): is this installation healthy? The functions of this folder look at one area each.
--
-- A row is a finding; a healthy installation has none of level error or warning. Catalogs, settings and
-- clerk_rls.issuers are read, nothing is written. fix is a statement that can be run as it stands, or a
-- comment where a person must decide.

-- One place for the versions. A release that belongs here fixes something that Row Level Security or
-- whoever stores secrets in the database cannot do without.
CREATE FUNCTION clerk_rls.security_floor(server_version_num int)
    RETURNS TABLE ("check" text, level text, finding text, fix text)
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH running AS (
        SELECT server_version_num AS version, server_version_num / 10000 AS major,
            format('PostgreSQL %s.%s', server_version_num / 10000, server_version_num % 10000) AS name
    ), floor (version, level, reason) AS (
        VALUES
            -- CVE-2026-14666, the releases of 2026-08-13 (18.5 was never published).
            (140024, 'error', 'a stale plan can show rows of another role (CVE-2026-14666)'),
            (150019, 'error', 'a stale plan can show rows of another role (CVE-2026-14666)'),
            (160015, 'error', 'a stale plan can show rows of another role (CVE-2026-14666)'),
            (170011, 'error', 'a stale plan can show rows of another role (CVE-2026-14666)'),
            (180006, 'error', 'a stale plan can show rows of another role (CVE-2026-14666)'),
            -- The releases of 2026-11-12.
            (150020, 'warning', 'it lacks the security fixes of that release')
    ), below AS (
        SELECT r.name, f.*, max(f.version) OVER () AS target,
            row_number() OVER (ORDER BY f.version) AS nth
        FROM running AS r JOIN floor AS f ON f.version / 10000 = r.major AND f.version > r.version
    )
    SELECT 'server_version', b.level,
        format('%s is below %s.%s: %s', b.name, b.target / 10000, b.target % 10000, b.reason),
        '-- Install the newest minor release of PostgreSQL and restart the server.'
    FROM below AS b WHERE b.nth = 1
    UNION ALL
    SELECT 'server_end_of_life', 'warning', r.name || ' gets no security fixes any more: its last release was in November 2026',
        '-- Upgrade to a newer major version with pg_upgrade.'
    FROM running AS r WHERE r.major = 14
$$;
COMMENT ON FUNCTION clerk_rls.security_floor(int) IS
'What doctor() says of a server of this version (server_version_num): no row where it has the fixes that Row Level Security needs.';

-- What is in force for the session of whoever asks need not be in force for others.
CREATE FUNCTION clerk_rls.configured_setting(role oid, setting text) RETURNS text
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(
        (SELECT substr(entry, strpos(entry, '=') + 1)
        FROM pg_db_role_setting AS s, unnest(s.setconfig) AS entry
        WHERE s.setdatabase IN (0, (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()))
            AND s.setrole IN (0, configured_setting.role) AND split_part(entry, '=', 1) = configured_setting.setting
        -- As PostgreSQL applies them: a role in a database, a role, a database, everybody.
        ORDER BY s.setrole <> 0 DESC, s.setdatabase <> 0 DESC LIMIT 1),
        (SELECT g.reset_val FROM pg_settings AS g
        WHERE g.name = configured_setting.setting AND g.source NOT IN ('global', 'database', 'user', 'database user', 'client')),
        -- The session has a value of its own, or one that is not stored any more.
        (SELECT f.setting FROM pg_file_settings AS f
        WHERE f.name = configured_setting.setting AND f.error IS NULL ORDER BY f.seqno DESC LIMIT 1),
        (SELECT g.boot_val FROM pg_settings AS g WHERE g.name = configured_setting.setting)
    )
$$;
COMMENT ON FUNCTION clerk_rls.configured_setting(oid, text) IS
'The value that a new session of this role in this database begins with; role 0: of a role without settings of its own. NULL for an unknown setting.';

CREATE FUNCTION clerk_rls.doctor_server()
    RETURNS TABLE ("check" text, level text, finding text, fix text)
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT * FROM clerk_rls.security_floor(current_setting('server_version_num')::int)
    UNION ALL
    -- A role's own list takes the place of the database's.
    SELECT 'preload', 'warning',
        CASE c.role WHEN 0 THEN 'the library is not preloaded' ELSE format('the library is not preloaded for role %s, which has a list of its own', c.role::regrole) END
            || ': a session that loads it late may end over a setting, and a parallel worker that does knows nobody',
        format('ALTER %s SET session_preload_libraries = %s;',
            CASE c.role WHEN 0 THEN format('DATABASE %I', current_database()) ELSE format('ROLE %s IN DATABASE %I', c.role::regrole, current_database()) END,
            (SELECT string_agg(quote_literal(l.library), ', ' ORDER BY l.nth)
            FROM (SELECT btrim(e, E' \t\n"'), nth FROM regexp_split_to_table(v.libraries, ',') WITH ORDINALITY AS s (e, nth)
                UNION ALL SELECT 'clerk_rls', 1000000) AS l (library, nth) WHERE l.library <> ''))
    FROM (SELECT 0::oid UNION SELECT s.setrole FROM pg_db_role_setting AS s, unnest(s.setconfig) AS entry
            WHERE s.setdatabase IN (0, (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()))
                AND split_part(entry, '=', 1) = 'session_preload_libraries') AS c (role),
        LATERAL (SELECT coalesce(clerk_rls.configured_setting(c.role, 'session_preload_libraries'), '')) AS v (libraries)
    WHERE NOT EXISTS (
        SELECT FROM regexp_split_to_table(v.libraries || ',' || current_setting('shared_preload_libraries'), ',') AS e
        WHERE btrim(e, E' \t\n"') ~ '^(\$libdir/)?clerk_rls(\.so)?$')
    UNION ALL
    SELECT 'extension_version', 'warning',
        format('extension %s is of version %s and %s is installed', e.extname, e.extversion, a.default_version),
        format('ALTER EXTENSION %I UPDATE;', e.extname)
    FROM pg_extension AS e JOIN pg_available_extensions AS a ON a.name = e.extname
    WHERE e.extname IN ('clerk_rls', 'clerk_rls_tools')
        AND string_to_array(substring(e.extversion FROM '^[0-9.]+'), '.')::int[] < string_to_array(substring(a.default_version FROM '^[0-9.]+'), '.')::int[]
    UNION ALL
    -- A newer library serves an older extension; an older library may lack what the extension calls.
    SELECT 'library_version', 'error',
        format('extension %s is of version %s and this session has loaded the library of version %s',
            e.extname, e.extversion, l.version),
        '-- Install the library of the extension''s version. If it is there, restart the server: shared_preload_libraries keeps the former until then.'
    FROM pg_extension AS e, clerk_rls.library_version() AS l (version)
    WHERE e.extname IN ('clerk_rls', 'clerk_rls_tools')
        AND string_to_array(substring(l.version FROM '^[0-9.]+'), '.')::int[] < string_to_array(substring(e.extversion FROM '^[0-9.]+'), '.')::int[]
    UNION ALL
    -- P5. FOR ALL TABLES has no exceptions, so such a publication is made again with what it has besides.
    SELECT 'secrets_published', 'error',
        format('publication %I carries clerk_rls.issuer_secrets: whoever subscribes can sign anybody in', p.publication), p.fix
    FROM clerk_rls.published_secrets() AS p
$$;
COMMENT ON FUNCTION clerk_rls.doctor_server() IS
'The part of doctor() about the server: its version, the library, the extension, publications.';
