-- Tombstones: of what the provider has deleted, and of what its complete list lacks. Records have the key, the issuer,
-- deleted_at and deleted_by_list; if that is true, rows that are newer than updated_at stay. Times are milliseconds
-- since 1970.

-- A user or an organization that is deleted takes its memberships along.
CREATE FUNCTION clerk_rls.memberships_of_deleted(records jsonb, deleted jsonb) RETURNS jsonb
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT clerk_rls.query_as_owner('clerk_rls.memberships', $query$
        WITH given AS (
            SELECT * FROM jsonb_to_recordset($1) AS r (
                user_id text, org_id text, issuer text, deleted_at bigint, deleted_by_list boolean)
        ), ended AS (
            SELECT m.user_id, m.org_id, m.deleted_at AS ended_at, m.deleted_by_list AS missing, g.*
            FROM given AS g JOIN clerk_rls.memberships AS m ON m.user_id = g.user_id WHERE g.org_id IS NULL
            UNION ALL
            SELECT m.user_id, m.org_id, m.deleted_at, m.deleted_by_list, g.*
            FROM given AS g JOIN clerk_rls.memberships AS m ON m.org_id = g.org_id WHERE g.user_id IS NULL
        )
        SELECT coalesce(jsonb_agg(jsonb_build_object('user_id', e.user_id, 'org_id', e.org_id, 'issuer', e.issuer,
            'deleted_at', e.deleted_at, 'deleted_by_list', e.deleted_by_list)), '[]')
        FROM ended AS e (user_id, org_id, ended_at, missing, given_user, given_org, issuer, deleted_at, deleted_by_list)
        WHERE e.ended_at IS NULL OR e.missing AND NOT e.deleted_by_list
    $query$, (
        SELECT coalesce(jsonb_agg(r.value), '[]') FROM jsonb_array_elements(records) AS r
        WHERE coalesce(r.value ->> 'user_id', r.value ->> 'org_id') IN (
            SELECT jsonb_array_elements_text(nullif(deleted, 'null')))))
$$;
COMMENT ON FUNCTION clerk_rls.memberships_of_deleted(jsonb, jsonb) IS
'The memberships of users or organizations, as records for delete_memberships(). records: the users or organizations '
'that were to be deleted; deleted: the IDs of those that were.';

CREATE FUNCTION clerk_rls.delete_memberships(records jsonb) RETURNS jsonb
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT clerk_rls.write_records('clerk_rls.memberships', $query$
        WITH given AS (
            SELECT DISTINCT ON (r.user_id, r.org_id) r.* FROM jsonb_to_recordset($1) AS r (
                org_id text, user_id text, issuer text, membership_id text, created_at bigint, updated_at bigint,
                deleted_at bigint, deleted_by_list boolean)
            ORDER BY r.user_id, r.org_id, r.deleted_at DESC
        ), written AS (
            INSERT INTO clerk_rls.memberships AS m (org_id, user_id, issuer, membership_id, created_at, updated_at,
                deleted_at, deleted_by_list)
            SELECT g.org_id, g.user_id, g.issuer, g.membership_id, to_timestamp(g.created_at / 1000.0),
                to_timestamp(coalesce(g.updated_at, g.deleted_at) / 1000.0), to_timestamp(g.deleted_at / 1000.0),
                g.deleted_by_list
            FROM given AS g ORDER BY g.user_id, g.org_id
            ON CONFLICT (user_id, org_id) DO UPDATE SET (membership_id, role, permissions, created_at, deleted_at,
                deleted_by_list)
            = (coalesce(excluded.membership_id, m.membership_id), NULL, '{}',
                coalesce(excluded.created_at, m.created_at), excluded.deleted_at, excluded.deleted_by_list)
            -- The end of a former membership does not end the one that has followed it.
            WHERE CASE WHEN m.membership_id <> excluded.membership_id
                THEN coalesce(m.created_at < excluded.created_at, m.created_at <= excluded.deleted_at, true)
                WHEN excluded.deleted_by_list THEN m.deleted_at IS NULL AND m.updated_at <= excluded.updated_at
                ELSE m.deleted_at IS NULL OR m.deleted_by_list END
            RETURNING m.user_id, m.org_id
        )
        SELECT jsonb_build_object('deleted', count(*), 'revoked', jsonb_agg(jsonb_build_object('user_id', w.user_id,
            'org_id', w.org_id, 'issuer', g.issuer, 'reason', 'the membership has ended')))
        FROM written AS w JOIN given AS g ON g.user_id = w.user_id AND g.org_id = w.org_id
    $query$, records)
$$;
COMMENT ON FUNCTION clerk_rls.delete_memberships(jsonb) IS
'Leaves a tombstone of each membership, of an unknown one too. Records may have membership_id and created_at: without, '
'they end whatever membership there is. Returns how many were deleted.';

CREATE FUNCTION clerk_rls.delete_users(records jsonb) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    deleted CONSTANT jsonb := clerk_rls.write_records('clerk_rls.users', $query$
        WITH given AS (
            SELECT DISTINCT ON (r.user_id) r.* FROM jsonb_to_recordset($1) AS r (
                user_id text, issuer text, updated_at bigint, deleted_at bigint, deleted_by_list boolean)
            ORDER BY r.user_id, r.deleted_at DESC
        ), written AS (
            INSERT INTO clerk_rls.users AS u (user_id, issuer, updated_at, deleted_at, deleted_by_list)
            SELECT g.user_id, g.issuer, to_timestamp(coalesce(g.updated_at, g.deleted_at) / 1000.0),
                to_timestamp(g.deleted_at / 1000.0), g.deleted_by_list
            FROM given AS g ORDER BY g.user_id
            ON CONFLICT (user_id) DO UPDATE SET (external_id, email, email_verified, phone, username, first_name,
                last_name, image_url, public_metadata, banned, locked, deleted_at, deleted_by_list)
            = (NULL, NULL, false, NULL, NULL, NULL, NULL, NULL, '{}', false, false, excluded.deleted_at,
                excluded.deleted_by_list)
            WHERE CASE WHEN excluded.deleted_by_list
                THEN u.deleted_at IS NULL AND u.updated_at <= excluded.updated_at
                ELSE u.deleted_at IS NULL OR u.deleted_by_list END
            RETURNING u.user_id
        )
        SELECT jsonb_build_object('deleted', count(*), 'ids', jsonb_agg(w.user_id), 'revoked', jsonb_agg(
            jsonb_build_object('user_id', w.user_id, 'issuer', g.issuer, 'reason', 'the user was deleted')))
        FROM written AS w JOIN given AS g ON g.user_id = w.user_id
    $query$, records);
BEGIN
    PERFORM clerk_rls.delete_memberships(clerk_rls.memberships_of_deleted(records, deleted -> 'ids'));
    RETURN deleted - 'ids';
END
$$;
COMMENT ON FUNCTION clerk_rls.delete_users(jsonb) IS
'Leaves a tombstone of each user, of an unknown one too, and of their memberships. Returns how many users were '
'deleted.';

CREATE FUNCTION clerk_rls.delete_organizations(records jsonb) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    deleted CONSTANT jsonb := clerk_rls.write_records('clerk_rls.organizations', $query$
        WITH given AS (
            SELECT DISTINCT ON (r.org_id) r.* FROM jsonb_to_recordset($1) AS r (
                org_id text, issuer text, updated_at bigint, deleted_at bigint, deleted_by_list boolean)
            ORDER BY r.org_id, r.deleted_at DESC
        ), written AS (
            INSERT INTO clerk_rls.organizations AS o (org_id, issuer, updated_at, deleted_at, deleted_by_list)
            SELECT g.org_id, g.issuer, to_timestamp(coalesce(g.updated_at, g.deleted_at) / 1000.0),
                to_timestamp(g.deleted_at / 1000.0), g.deleted_by_list
            FROM given AS g ORDER BY g.org_id
            ON CONFLICT (org_id) DO UPDATE SET (name, slug, image_url, public_metadata, max_allowed_memberships,
                deleted_at, deleted_by_list)
            = (NULL, NULL, NULL, '{}', NULL, excluded.deleted_at, excluded.deleted_by_list)
            WHERE CASE WHEN excluded.deleted_by_list
                THEN o.deleted_at IS NULL AND o.updated_at <= excluded.updated_at
                ELSE o.deleted_at IS NULL OR o.deleted_by_list END
            RETURNING o.org_id
        )
        SELECT jsonb_build_object('deleted', count(*), 'ids', jsonb_agg(w.org_id)) FROM written AS w
    $query$, records);
BEGIN
    PERFORM clerk_rls.delete_memberships(clerk_rls.memberships_of_deleted(records, deleted -> 'ids'));
    RETURN deleted - 'ids';
END
$$;
COMMENT ON FUNCTION clerk_rls.delete_organizations(jsonb) IS 'As delete_users(), for organizations.';
