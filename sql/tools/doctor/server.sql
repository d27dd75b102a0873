-- clerk_rls.doctor(): the checks of the server, its version and its settings. Each file in this folder checks one area.
--
-- A row is a finding; a healthy installation has none of level error or warning. The checks read catalogs, settings
-- and clerk_rls.issuers, and write nothing. fix is a statement to execute, or a comment where a person must decide.

-- The versions are here and nowhere else. A release belongs here if it fixes something that Row Level Security, or
-- secrets in the database, depend on.
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
        SELECT r.name, f.*, max(f.version) OVER () AS target, row_number() OVER (ORDER BY f.version) AS nth
        FROM running AS r JOIN floor AS f ON f.version / 10000 = r.major AND f.version > r.version
    )
    SELECT 'server_version', b.level,
        format('%s is below %s.%s: %s', b.name, b.target / 10000, b.target % 10000, b.reason),
        '-- Install the newest minor release of PostgreSQL and restart the server.'
    FROM below AS b
    WHERE b.nth = 1
    UNION ALL
    SELECT 'server_end_of_life', 'warning',
        r.name || ' gets no security fixes any more: its last release was in November 2026',
        '-- Upgrade to a newer major version with pg_upgrade.'
    FROM running AS r
    WHERE r.major = 14
$$;
COMMENT ON FUNCTION clerk_rls.security_floor(int) IS
'The findings of doctor() about a server of this version (server_version_num): no row if it has the fixes that Row '
'Level Security needs.';

CREATE FUNCTION clerk_rls.stored_settings(OUT role oid, OUT database oid, OUT name text, OUT value text)
    RETURNS SETOF record
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT s.setrole, s.setdatabase, split_part(entry, '=', 1), substr(entry, strpos(entry, '=') + 1)
    FROM pg_db_role_setting AS s, unnest(s.setconfig) AS entry
    WHERE s.setdatabase IN (0, (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()))
$$;
COMMENT ON FUNCTION clerk_rls.stored_settings() IS
'The settings that ALTER ROLE and ALTER DATABASE have stored and that apply to this database. role 0: every role; '
'database 0: every database.';

-- The settings of the caller's own session may differ from those of others.
CREATE FUNCTION clerk_rls.configured_setting(role oid, setting text) RETURNS text
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(
        (SELECT s.value FROM clerk_rls.stored_settings() AS s
        WHERE s.role IN (0, configured_setting.role) AND s.name = configured_setting.setting
        -- As PostgreSQL applies them: a role in a database, a role, a database, everybody.
        ORDER BY s.role <> 0 DESC, s.database <> 0 DESC
        LIMIT 1),
        (SELECT g.reset_val FROM pg_settings AS g
        WHERE g.name = configured_setting.setting
            AND g.source NOT IN ('global', 'database', 'user', 'database user', 'client')),
        -- The session has a value of its own, or one that is no longer stored.
        (SELECT f.setting FROM pg_file_settings AS f
        WHERE f.name = configured_setting.setting AND f.error IS NULL
        ORDER BY f.seqno DESC
        LIMIT 1),
        (SELECT g.boot_val FROM pg_settings AS g WHERE g.name = configured_setting.setting)
    )
$$;
COMMENT ON FUNCTION clerk_rls.configured_setting(oid, text) IS
'The value of a setting with which a new session of this role in this database begins; role 0: a role without settings '
'of its own. NULL for an unknown setting.';

CREATE FUNCTION clerk_rls.doctor_server()
    RETURNS TABLE ("check" text, level text, finding text, fix text)
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT * FROM clerk_rls.security_floor(current_setting('server_version_num')::int)

    UNION ALL
    -- A role's own list replaces that of the database.
    SELECT 'preload', 'warning',
        CASE c.role WHEN 0
            THEN 'the library is not preloaded'
            ELSE format('the library is not preloaded for role %s, which has a list of its own', c.role::regrole) END
            || ': a session that loads it late may end because of a setting, and in a parallel worker that loads it '
            'late nobody is signed in',
        format('ALTER %s SET session_preload_libraries = %s;',
            CASE c.role WHEN 0
                THEN format('DATABASE %I', current_database())
                ELSE format('ROLE %s IN DATABASE %I', c.role::regrole, current_database()) END,
            (SELECT string_agg(quote_literal(l.library), ', ' ORDER BY l.nth)
            FROM (
                SELECT btrim(e, E' \t\n"'), nth
                FROM regexp_split_to_table(v.libraries, ',') WITH ORDINALITY AS s (e, nth)
                UNION ALL
                SELECT 'clerk_rls', 1000000
            ) AS l (library, nth)
            WHERE l.library <> ''))
    FROM (
            SELECT 0::oid
            UNION
            SELECT s.role FROM clerk_rls.stored_settings() AS s WHERE s.name = 'session_preload_libraries'
        ) AS c (role),
        LATERAL (
            SELECT coalesce(clerk_rls.configured_setting(c.role, 'session_preload_libraries'), '')
        ) AS v (libraries)
    WHERE NOT EXISTS (
        SELECT FROM regexp_split_to_table(v.libraries || ',' || current_setting('shared_preload_libraries'), ',') AS e
        WHERE btrim(e, E' \t\n"') ~ '^(\$libdir/)?clerk_rls(\.so)?$')

    UNION ALL
    SELECT 'extension_version', 'warning',
        format('extension %s has version %s, and version %s is installed', e.extname, e.extversion, a.default_version),
        format('ALTER EXTENSION %I UPDATE;', e.extname)
    FROM pg_extension AS e JOIN pg_available_extensions AS a ON a.name = e.extname
    WHERE e.extname IN ('clerk_rls', 'clerk_rls_tools')
        AND string_to_array(substring(e.extversion FROM '^[0-9.]+'), '.')::int[]
            < string_to_array(substring(a.default_version FROM '^[0-9.]+'), '.')::int[]

    UNION ALL
    -- A newer library works with an older extension; an older library may lack functions that the extension calls.
    SELECT 'library_version', 'error',
        format('extension %s has version %s, and this session has loaded version %s of the library',
            e.extname, e.extversion, l.version),
        '-- Install the library of the extension''s version. If it is installed, restart the server: '
            'shared_preload_libraries keeps the former one until then.'
    FROM pg_extension AS e, clerk_rls.library_version() AS l (version)
    WHERE e.extname IN ('clerk_rls', 'clerk_rls_tools')
        AND string_to_array(substring(l.version FROM '^[0-9.]+'), '.')::int[]
            < string_to_array(substring(e.extversion FROM '^[0-9.]+'), '.')::int[]

    UNION ALL
    -- FOR ALL TABLES has no exceptions, so the fix creates such a publication again, with the other tables.
    SELECT 'secrets_published', 'error',
        format('publication %I sends %s: every subscriber can sign tokens or webhooks that this database accepts',
            p.publication, p.tables),
        p.fix
    FROM clerk_rls.published_secrets() AS p
$$;
COMMENT ON FUNCTION clerk_rls.doctor_server() IS
'The part of doctor() about the server: its version, the library, the extensions, and publications.';
