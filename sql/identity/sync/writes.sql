-- How records of the provider get into the tables: one statement a table, as its owner, confined, because the
-- application may have triggers there.
--
-- Each statement takes an array of records, so that an event and a list of a million users are one case. What is older
-- than the row, or about a deleted user, changes nothing.

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
    foreign_trigger record;
BEGIN
    -- A trigger runs with the rights of the table's owner, mostly a superuser, unless its function is SECURITY DEFINER.
    SELECT t.tgname, p.oid::regprocedure AS function, p.proowner::regrole AS owner INTO foreign_trigger
    FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid JOIN pg_class AS c ON c.oid = t.tgrelid
    WHERE t.tgrelid = target AND NOT t.tgisinternal AND t.tgenabled <> 'D' AND NOT p.prosecdef
        AND NOT pg_has_role(p.proowner, c.relowner, 'USAGE')
    ORDER BY t.tgname LIMIT 1;
    IF FOUND THEN
        RAISE insufficient_privilege USING
            MESSAGE = format('trigger %I on %s would run a function of role %s with the rights of the table''s owner',
                foreign_trigger.tgname, target, foreign_trigger.owner),
            HINT = format('ALTER FUNCTION %s SECURITY DEFINER; then it runs with the rights of %s.',
                foreign_trigger.function, foreign_trigger.owner);
    END IF;
    RETURN clerk_rls.query_as_owner(target, query, records);
END
$$;
COMMENT ON FUNCTION clerk_rls.write_records(regclass, text, jsonb) IS
'As query_as_owner(), for a query that writes. ERROR 42501 if the table has a trigger whose function belongs to a role '
'without the rights of the table''s owner and is not SECURITY DEFINER.';

CREATE FUNCTION clerk_rls.write_users(records jsonb) RETURNS jsonb
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT clerk_rls.write_records('clerk_rls.users', $query$
        WITH given AS (
            SELECT DISTINCT ON (r.user_id) r.* FROM jsonb_to_recordset($1) AS r (
                user_id text, issuer text, external_id text, email text, email_verified boolean, phone text, username text,
                first_name text, last_name text, image_url text, public_metadata jsonb, banned boolean, locked boolean,
                created_at bigint, updated_at bigint)
            ORDER BY r.user_id, r.updated_at DESC
        ), written AS (
            INSERT INTO clerk_rls.users AS u (user_id, issuer, external_id, email, email_verified, phone, username, first_name,
                last_name, image_url, public_metadata, banned, locked, created_at, updated_at)
            SELECT g.user_id, g.issuer, g.external_id, g.email, g.email_verified, g.phone, g.username, g.first_name,
                g.last_name, g.image_url, g.public_metadata, g.banned, g.locked,
                to_timestamp(g.created_at / 1000.0), to_timestamp(g.updated_at / 1000.0)
            FROM given AS g
            ON CONFLICT (user_id) DO UPDATE SET (external_id, email, email_verified, phone, username, first_name,
                last_name, image_url, public_metadata, banned, locked, created_at, updated_at)
            = (excluded.external_id, excluded.email, excluded.email_verified, excluded.phone, excluded.username,
                excluded.first_name, excluded.last_name, excluded.image_url, excluded.public_metadata, excluded.banned,
                excluded.locked, excluded.created_at, excluded.updated_at)
            WHERE u.deleted_at IS NULL AND u.updated_at <= excluded.updated_at
                AND (u.external_id, u.email, u.email_verified, u.phone, u.username, u.first_name, u.last_name,
                    u.image_url, u.public_metadata, u.banned, u.locked, u.created_at, u.updated_at)
                IS DISTINCT FROM (excluded.external_id, excluded.email, excluded.email_verified, excluded.phone,
                    excluded.username, excluded.first_name, excluded.last_name, excluded.image_url,
                    excluded.public_metadata, excluded.banned, excluded.locked, excluded.created_at,
                    excluded.updated_at)
            RETURNING u.xmax = 0 AS inserted
        )
        SELECT jsonb_build_object('inserted', count(*) FILTER (WHERE w.inserted),
            'updated', count(*) FILTER (WHERE NOT w.inserted)) FROM written AS w
    $query$, records)
$$;
COMMENT ON FUNCTION clerk_rls.write_users(jsonb) IS
'Writes users, an array of the records that verified_event() and records_of_list() return. Returns how many were '
'inserted and updated.';

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
            FROM given AS g
            ON CONFLICT (org_id) DO UPDATE SET (name, slug, image_url, public_metadata, max_allowed_memberships,
                created_at, updated_at)
            = (excluded.name, excluded.slug, excluded.image_url, excluded.public_metadata,
                excluded.max_allowed_memberships, excluded.created_at, excluded.updated_at)
            WHERE o.deleted_at IS NULL AND o.updated_at <= excluded.updated_at
                AND (o.name, o.slug, o.image_url, o.public_metadata, o.max_allowed_memberships, o.created_at,
                    o.updated_at)
                IS DISTINCT FROM (excluded.name, excluded.slug, excluded.image_url, excluded.public_metadata,
                    excluded.max_allowed_memberships, excluded.created_at, excluded.updated_at)
            RETURNING o.xmax = 0 AS inserted
        )
        SELECT jsonb_build_object('inserted', count(*) FILTER (WHERE w.inserted),
            'updated', count(*) FILTER (WHERE NOT w.inserted)) FROM written AS w
    $query$, records)
$$;
COMMENT ON FUNCTION clerk_rls.write_organizations(jsonb) IS 'As write_users(), for organizations.';

-- A user who leaves an organization may join it again, with a membership that was created after the end of the former.
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
        ), written AS (
            INSERT INTO clerk_rls.memberships AS m (org_id, user_id, issuer, membership_id, role, permissions,
                created_at, updated_at)
            SELECT g.org_id, g.user_id, g.issuer, g.membership_id, g.role, g.permissions,
                to_timestamp(g.created_at / 1000.0), to_timestamp(g.updated_at / 1000.0)
            FROM given AS g
            ON CONFLICT (user_id, org_id) DO UPDATE SET (membership_id, role, permissions, created_at, updated_at,
                deleted_at)
            = (excluded.membership_id, excluded.role, excluded.permissions, excluded.created_at, excluded.updated_at,
                NULL)
            WHERE m.updated_at <= excluded.updated_at
                AND (m.deleted_at IS NULL
                    OR m.membership_id <> excluded.membership_id AND m.deleted_at <= excluded.created_at)
                AND (m.membership_id, m.role, m.permissions, m.created_at, m.updated_at, m.deleted_at)
                IS DISTINCT FROM (excluded.membership_id, excluded.role, excluded.permissions, excluded.created_at,
                    excluded.updated_at, NULL::timestamptz)
            RETURNING m.xmax = 0 AS inserted
        )
        SELECT jsonb_build_object('inserted', count(*) FILTER (WHERE w.inserted),
            'updated', count(*) FILTER (WHERE NOT w.inserted)) FROM written AS w
    $query$, records)
$$;
COMMENT ON FUNCTION clerk_rls.write_memberships(jsonb) IS 'As write_users(), for memberships.';

CREATE FUNCTION clerk_rls.delete_users(records jsonb) RETURNS jsonb
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT clerk_rls.write_records('clerk_rls.users', $query$
        WITH given AS (
            SELECT r.user_id, max(r.issuer) AS issuer, to_timestamp(max(r.deleted_at) / 1000.0) AS deleted_at
            FROM jsonb_to_recordset($1) AS r (user_id text, issuer text, deleted_at bigint) GROUP BY r.user_id
        ), written AS (
            INSERT INTO clerk_rls.users AS u (user_id, issuer, updated_at, deleted_at)
            SELECT g.user_id, g.issuer, g.deleted_at, g.deleted_at FROM given AS g
            ON CONFLICT (user_id) DO UPDATE SET (external_id, email, email_verified, phone, username, first_name,
                last_name, image_url, public_metadata, banned, locked, updated_at, deleted_at)
            = (NULL, NULL, false, NULL, NULL, NULL, NULL, NULL, '{}', false, false,
                greatest(u.updated_at, excluded.deleted_at), excluded.deleted_at)
            WHERE u.deleted_at IS NULL
            RETURNING 1
        )
        SELECT jsonb_build_object('deleted', count(*)) FROM written
    $query$, records)
$$;
COMMENT ON FUNCTION clerk_rls.delete_users(jsonb) IS
'Leaves a tombstone of each user, of an unknown one too. records: an array of objects with user_id and deleted_at, in '
'milliseconds since 1970. Returns how many were deleted.';

CREATE FUNCTION clerk_rls.delete_organizations(records jsonb) RETURNS jsonb
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT clerk_rls.write_records('clerk_rls.organizations', $query$
        WITH given AS (
            SELECT r.org_id, max(r.issuer) AS issuer, to_timestamp(max(r.deleted_at) / 1000.0) AS deleted_at
            FROM jsonb_to_recordset($1) AS r (org_id text, issuer text, deleted_at bigint) GROUP BY r.org_id
        ), written AS (
            INSERT INTO clerk_rls.organizations AS o (org_id, issuer, updated_at, deleted_at)
            SELECT g.org_id, g.issuer, g.deleted_at, g.deleted_at FROM given AS g
            ON CONFLICT (org_id) DO UPDATE SET (name, slug, image_url, public_metadata, max_allowed_memberships,
                updated_at, deleted_at)
            = (NULL, NULL, NULL, '{}', NULL, greatest(o.updated_at, excluded.deleted_at), excluded.deleted_at)
            WHERE o.deleted_at IS NULL
            RETURNING 1
        )
        SELECT jsonb_build_object('deleted', count(*)) FROM written
    $query$, records)
$$;
COMMENT ON FUNCTION clerk_rls.delete_organizations(jsonb) IS 'As delete_users(), for organizations.';

CREATE FUNCTION clerk_rls.delete_memberships(records jsonb) RETURNS jsonb
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT clerk_rls.write_records('clerk_rls.memberships', $query$
        WITH given AS (
            SELECT DISTINCT ON (r.user_id, r.org_id) r.* FROM jsonb_to_recordset($1) AS r (
                org_id text, user_id text, issuer text, membership_id text, deleted_at bigint)
            ORDER BY r.user_id, r.org_id, r.deleted_at DESC
        ), written AS (
            INSERT INTO clerk_rls.memberships AS m (org_id, user_id, issuer, membership_id, updated_at, deleted_at)
            SELECT g.org_id, g.user_id, g.issuer, g.membership_id, to_timestamp(g.deleted_at / 1000.0),
                to_timestamp(g.deleted_at / 1000.0)
            FROM given AS g
            ON CONFLICT (user_id, org_id) DO UPDATE SET (role, permissions, updated_at, deleted_at)
            = (NULL, '{}', greatest(m.updated_at, excluded.deleted_at), excluded.deleted_at)
            -- The end of a former membership does not end the one that has followed it.
            WHERE m.deleted_at IS NULL AND (m.membership_id = excluded.membership_id OR excluded.membership_id IS NULL
                OR m.membership_id IS NULL OR m.created_at <= excluded.deleted_at)
            RETURNING 1
        )
        SELECT jsonb_build_object('deleted', count(*)) FROM written
    $query$, records)
$$;
COMMENT ON FUNCTION clerk_rls.delete_memberships(jsonb) IS
'As delete_users(), for memberships: records have org_id, user_id, membership_id, which may be NULL, and deleted_at.';

CREATE FUNCTION clerk_rls.records_of_issuer(records jsonb, issuer text) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    prefix text := '';
BEGIN
    IF issuer IS NOT NULL THEN
        SELECT i.subject_prefix INTO prefix FROM clerk_rls.issuers AS i WHERE i.issuer = records_of_issuer.issuer;
        IF NOT FOUND THEN
            RAISE undefined_object USING MESSAGE = format('issuer "%s" does not exist', issuer),
                HINT = 'Add the issuer with clerk_rls.add_issuer().';
        END IF;
    END IF;
    RETURN (
        SELECT coalesce(jsonb_agg(r.value || jsonb_build_object('issuer', issuer)
            || CASE WHEN r.value ? 'user_id' THEN jsonb_build_object('user_id', prefix || (r.value ->> 'user_id'))
                ELSE '{}' END), '[]')
        FROM jsonb_array_elements(records) AS r);
END
$$;
COMMENT ON FUNCTION clerk_rls.records_of_issuer(jsonb, text) IS
'The records with their issuer, and with its subject_prefix before each user_id. ERROR 42704 for an unknown issuer.';
