-- How records of the provider get into the tables: one statement a table, as its owner, confined, because the
-- application may own the table and have triggers there.
--
-- Each statement takes an array of records, so that an event and a list of a million users are one case. What is older
-- than the row, or about a deleted user, changes nothing. Rows are written in the order of their keys, so that two
-- statements never wait for each other.

CREATE FUNCTION clerk_rls.query_as_owner(target regclass, query text, records jsonb) RETURNS jsonb
    LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'query_as_owner';
COMMENT ON FUNCTION clerk_rls.query_as_owner(regclass, text, jsonb) IS
'The first value of a query with the records as $1, executed as the owner of the table, confined as '
'docs/confinement.md says. ERROR 42501 unless the caller has the owner''s rights.';

CREATE FUNCTION clerk_rls.write_records(target regclass, query text, records jsonb) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    used record;
    result jsonb;
BEGIN
    -- The lock that the statement takes anyway: from here on nobody adds a trigger.
    EXECUTE format('LOCK TABLE ONLY %s IN ROW EXCLUSIVE MODE', target);
    -- A trigger, its condition included, runs with the rights of the table's owner, mostly a superuser. What others own
    -- they can replace at any time, between this check and the call too, so SECURITY DEFINER is no excuse.
    SELECT t.tgname, pg_describe_object(d.refclassid, d.refobjid, 0) AS object, object.owner::regrole INTO used
    FROM pg_trigger AS t
    JOIN pg_class AS c ON c.oid = t.tgrelid
    JOIN pg_depend AS d ON d.classid = 'pg_trigger'::regclass AND d.objid = t.oid
    CROSS JOIN LATERAL (
        SELECT p.proowner FROM pg_proc AS p WHERE d.refclassid = 'pg_proc'::regclass AND p.oid = d.refobjid
        UNION ALL
        SELECT o.oprowner FROM pg_operator AS o WHERE d.refclassid = 'pg_operator'::regclass AND o.oid = d.refobjid
        UNION ALL
        SELECT y.typowner FROM pg_type AS y WHERE d.refclassid = 'pg_type'::regclass AND y.oid = d.refobjid
        UNION ALL
        SELECT r.relowner FROM pg_class AS r WHERE d.refclassid = 'pg_class'::regclass AND r.oid = d.refobjid
    ) AS object (owner)
    WHERE t.tgrelid = target AND NOT t.tgisinternal AND t.tgenabled <> 'D'
        AND NOT pg_has_role(object.owner, c.relowner, 'USAGE')
    ORDER BY t.tgname, object LIMIT 1;
    IF FOUND THEN
        RAISE insufficient_privilege USING
            MESSAGE = format('trigger %I on %s runs code of another role than the table''s owner', used.tgname, target),
            DETAIL = format('It uses %s, which belongs to role %s.', used.object, used.owner),
            HINT = 'The table and what its triggers use need the same owner: see docs/webhooks.md.';
    END IF;
    result := clerk_rls.query_as_owner(target, query, records);
    PERFORM clerk_rls.revoke_reported(result -> 'revoked');
    RETURN result - 'revoked';
END
$$;
COMMENT ON FUNCTION clerk_rls.write_records(regclass, text, jsonb) IS
'As query_as_owner(), for a query that writes, and that reports under the key revoked what revoke_reported() is to '
'revoke. ERROR 42501 if a trigger of the table uses a function, an operator or a '
'type of a role without the rights of the table''s owner.';

CREATE FUNCTION clerk_rls.write_users(records jsonb) RETURNS jsonb
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT clerk_rls.write_records('clerk_rls.users', $query$
        WITH given AS (
            SELECT DISTINCT ON (r.user_id) r.* FROM jsonb_to_recordset($1) AS r (
                user_id text, issuer text, external_id text, email text, email_verified boolean, phone text,
                username text, first_name text, last_name text, image_url text, public_metadata jsonb,
                banned boolean, locked boolean, created_at bigint, updated_at bigint)
            ORDER BY r.user_id, r.updated_at DESC
        ), former AS (
            SELECT u.user_id, u.banned, u.locked FROM clerk_rls.users AS u JOIN given AS g ON g.user_id = u.user_id
        ), written AS (
            INSERT INTO clerk_rls.users AS u (user_id, issuer, external_id, email, email_verified, phone, username,
                first_name, last_name, image_url, public_metadata, banned, locked, created_at, updated_at)
            SELECT g.user_id, g.issuer, g.external_id, g.email, g.email_verified, g.phone, g.username, g.first_name,
                g.last_name, g.image_url, g.public_metadata, g.banned, g.locked,
                to_timestamp(g.created_at / 1000.0), to_timestamp(g.updated_at / 1000.0)
            FROM given AS g ORDER BY g.user_id
            ON CONFLICT (user_id) DO UPDATE SET (issuer, external_id, email, email_verified, phone, username,
                first_name, last_name, image_url, public_metadata, banned, locked, created_at, updated_at, deleted_at,
                deleted_by_list)
            = (excluded.issuer, excluded.external_id, excluded.email, excluded.email_verified, excluded.phone,
                excluded.username, excluded.first_name, excluded.last_name, excluded.image_url,
                excluded.public_metadata, excluded.banned, excluded.locked, excluded.created_at, excluded.updated_at,
                NULL, false)
            WHERE CASE WHEN u.deleted_at IS NULL THEN u.updated_at <= excluded.updated_at
                    ELSE u.deleted_by_list AND (u.deleted_at < excluded.updated_at
                        OR (SELECT $1 #> '{0,complete}' = 'true')) END
                AND (u.issuer, u.external_id, u.email, u.email_verified, u.phone, u.username, u.first_name,
                    u.last_name, u.image_url, u.public_metadata, u.banned, u.locked, u.created_at, u.updated_at,
                    u.deleted_at)
                IS DISTINCT FROM (excluded.issuer, excluded.external_id, excluded.email, excluded.email_verified,
                    excluded.phone, excluded.username, excluded.first_name, excluded.last_name, excluded.image_url,
                    excluded.public_metadata, excluded.banned, excluded.locked, excluded.created_at,
                    excluded.updated_at, NULL::timestamptz)
            RETURNING u.xmax = 0 AS inserted, u.user_id
        )
        SELECT jsonb_build_object('inserted', count(*) FILTER (WHERE w.inserted),
            'updated', count(*) FILTER (WHERE NOT w.inserted),
            'revoked', jsonb_agg(jsonb_build_object('user_id', g.user_id, 'issuer', g.issuer,
                'reason', CASE WHEN g.banned THEN 'the user was banned' ELSE 'the user was locked' END))
                FILTER (WHERE g.banned AND f.banned IS NOT TRUE OR g.locked AND f.locked IS NOT TRUE))
        FROM written AS w JOIN given AS g ON g.user_id = w.user_id LEFT JOIN former AS f ON f.user_id = w.user_id
    $query$, records)
$$;
COMMENT ON FUNCTION clerk_rls.write_users(jsonb) IS
'Writes users, an array of the records that records_of_issuer() returns; of two about one user the newer one. Returns '
'how many were inserted and updated.';

CREATE FUNCTION clerk_rls.write_organizations(records jsonb) RETURNS jsonb
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT clerk_rls.write_records('clerk_rls.organizations', $query$
        WITH given AS (
            SELECT DISTINCT ON (r.org_id) r.* FROM jsonb_to_recordset($1) AS r (
                org_id text, issuer text, name text, slug text, image_url text, public_metadata jsonb,
                max_allowed_memberships bigint, created_at bigint, updated_at bigint)
            ORDER BY r.org_id, r.updated_at DESC
        ), written AS (
            INSERT INTO clerk_rls.organizations AS o (org_id, issuer, name, slug, image_url, public_metadata,
                max_allowed_memberships, created_at, updated_at)
            SELECT g.org_id, g.issuer, g.name, g.slug, g.image_url, g.public_metadata, g.max_allowed_memberships,
                to_timestamp(g.created_at / 1000.0), to_timestamp(g.updated_at / 1000.0)
            FROM given AS g ORDER BY g.org_id
            ON CONFLICT (org_id) DO UPDATE SET (issuer, name, slug, image_url, public_metadata,
                max_allowed_memberships, created_at, updated_at, deleted_at, deleted_by_list)
            = (excluded.issuer, excluded.name, excluded.slug, excluded.image_url, excluded.public_metadata,
                excluded.max_allowed_memberships, excluded.created_at, excluded.updated_at, NULL, false)
            WHERE CASE WHEN o.deleted_at IS NULL THEN o.updated_at <= excluded.updated_at
                    ELSE o.deleted_by_list AND (o.deleted_at < excluded.updated_at
                        OR (SELECT $1 #> '{0,complete}' = 'true')) END
                AND (o.issuer, o.name, o.slug, o.image_url, o.public_metadata, o.max_allowed_memberships,
                    o.created_at, o.updated_at, o.deleted_at)
                IS DISTINCT FROM (excluded.issuer, excluded.name, excluded.slug, excluded.image_url,
                    excluded.public_metadata, excluded.max_allowed_memberships, excluded.created_at,
                    excluded.updated_at, NULL::timestamptz)
            RETURNING o.xmax = 0 AS inserted
        )
        SELECT jsonb_build_object('inserted', count(*) FILTER (WHERE w.inserted),
            'updated', count(*) FILTER (WHERE NOT w.inserted)) FROM written AS w
    $query$, records)
$$;
COMMENT ON FUNCTION clerk_rls.write_organizations(jsonb) IS 'As write_users(), for organizations.';

CREATE FUNCTION clerk_rls.without_deleted(memberships jsonb) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    deleted jsonb;
BEGIN
    -- FOR SHARE: a deletion that is under way is waited for, and one that follows finds the membership.
    deleted := clerk_rls.query_as_owner('clerk_rls.users', $query$
        WITH known AS (
            SELECT u.user_id, u.deleted_at FROM clerk_rls.users AS u
            WHERE u.user_id IN (SELECT r.user_id FROM jsonb_to_recordset($1) AS r (user_id text))
            ORDER BY u.user_id FOR SHARE
        )
        SELECT jsonb_object_agg('user ' || k.user_id, true) FROM known AS k WHERE k.deleted_at IS NOT NULL
    $query$, memberships);
    deleted := coalesce(deleted, '{}') || coalesce(clerk_rls.query_as_owner('clerk_rls.organizations', $query$
        WITH known AS (
            SELECT o.org_id, o.deleted_at FROM clerk_rls.organizations AS o
            WHERE o.org_id IN (SELECT r.org_id FROM jsonb_to_recordset($1) AS r (org_id text))
            ORDER BY o.org_id FOR SHARE
        )
        SELECT jsonb_object_agg('org ' || k.org_id, true) FROM known AS k WHERE k.deleted_at IS NOT NULL
    $query$, memberships), '{}');
    IF deleted = '{}' THEN
        RETURN memberships;
    END IF;
    RETURN (
        SELECT coalesce(jsonb_agg(r.value), '[]') FROM jsonb_array_elements(memberships) AS r
        WHERE NOT deleted ? ('user ' || (r.value ->> 'user_id')) AND NOT deleted ? ('org ' || (r.value ->> 'org_id')));
END
$$;
COMMENT ON FUNCTION clerk_rls.without_deleted(jsonb) IS
'The memberships without those of deleted users and organizations. Locks the rows of the others against deletion until '
'the transaction ends.';

-- A user who leaves an organization may join it again. The new membership has another ID, and was created later than
-- the former one.
CREATE FUNCTION clerk_rls.write_memberships(records jsonb) RETURNS jsonb
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT clerk_rls.write_records('clerk_rls.memberships', $query$
        WITH given AS (
            SELECT DISTINCT ON (r.user_id, r.org_id) r.* FROM jsonb_to_recordset($1) AS r (
                org_id text, user_id text, issuer text, membership_id text, role text, permissions text[],
                created_at bigint, updated_at bigint)
            ORDER BY r.user_id, r.org_id, r.updated_at DESC
        ), former AS (
            SELECT m.user_id, m.org_id, m.role, m.permissions
            FROM clerk_rls.memberships AS m JOIN given AS g ON g.user_id = m.user_id AND g.org_id = m.org_id
            WHERE m.deleted_at IS NULL
        ), written AS (
            INSERT INTO clerk_rls.memberships AS m (org_id, user_id, issuer, membership_id, role, permissions,
                created_at, updated_at)
            SELECT g.org_id, g.user_id, g.issuer, g.membership_id, g.role, g.permissions,
                to_timestamp(g.created_at / 1000.0), to_timestamp(g.updated_at / 1000.0)
            FROM given AS g ORDER BY g.user_id, g.org_id
            ON CONFLICT (user_id, org_id) DO UPDATE SET (issuer, membership_id, role, permissions, created_at,
                updated_at, deleted_at, deleted_by_list)
            = (excluded.issuer, excluded.membership_id, excluded.role, excluded.permissions, excluded.created_at,
                excluded.updated_at, NULL, false)
            WHERE CASE WHEN m.deleted_at IS NULL THEN m.updated_at <= excluded.updated_at
                    ELSE m.membership_id <> excluded.membership_id
                            AND coalesce(m.created_at < excluded.created_at, m.deleted_at <= excluded.created_at, false)
                        OR m.deleted_by_list AND (m.deleted_at < excluded.updated_at
                            OR (SELECT $1 #> '{0,complete}' = 'true')) END
                AND (m.issuer, m.membership_id, m.role, m.permissions, m.created_at, m.updated_at, m.deleted_at)
                IS DISTINCT FROM (excluded.issuer, excluded.membership_id, excluded.role, excluded.permissions,
                    excluded.created_at, excluded.updated_at, NULL::timestamptz)
            RETURNING m.xmax = 0 AS inserted, m.user_id, m.org_id
        )
        SELECT jsonb_build_object('inserted', count(*) FILTER (WHERE w.inserted),
            'updated', count(*) FILTER (WHERE NOT w.inserted),
            'revoked', jsonb_agg(jsonb_build_object('user_id', g.user_id, 'org_id', g.org_id, 'issuer', g.issuer,
                'reason', 'the role has changed'))
                FILTER (WHERE f.user_id IS NOT NULL
                    AND (g.role, g.permissions) IS DISTINCT FROM (f.role, f.permissions)))
        FROM written AS w JOIN given AS g ON g.user_id = w.user_id AND g.org_id = w.org_id
            LEFT JOIN former AS f ON f.user_id = w.user_id AND f.org_id = w.org_id
    $query$, clerk_rls.without_deleted(records))
$$;
COMMENT ON FUNCTION clerk_rls.write_memberships(jsonb) IS
'As write_users(), for memberships. Those of deleted users and organizations are left out.';
