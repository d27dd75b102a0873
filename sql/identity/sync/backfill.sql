-- Webhooks get lost, so the provider's list decides: what was missed is repaired from it.
--
-- NOT IN is a look-up in a hash table, whatever the planner believes. For NOT EXISTS it chooses a nested loop, because
-- it takes a list for 100 records, and 100,000 users took minutes.

CREATE FUNCTION clerk_rls.records_of_list(kind text, list jsonb) RETURNS jsonb
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'records_of_list';
COMMENT ON FUNCTION clerk_rls.records_of_list(text, jsonb) IS
'The records of a list that the provider exports: an array, or an object whose data is one. kind: users, organizations '
'or memberships. ERROR 22023 for a malformed record, with its position and the name of the field.';

CREATE FUNCTION clerk_rls.missing_users(list jsonb) RETURNS jsonb
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT clerk_rls.query_as_owner('clerk_rls.users', $query$
        SELECT jsonb_agg(jsonb_build_object('user_id', u.user_id)) FROM clerk_rls.users AS u
        WHERE u.deleted_at IS NULL AND u.updated_at <= to_timestamp(($1 ->> 'updated_at')::bigint / 1000.0)
            AND u.issuer IS NOT DISTINCT FROM $1 ->> 'issuer'
            AND u.user_id NOT IN (SELECT r.user_id FROM jsonb_to_recordset($1 -> 'records') AS r (user_id text))
    $query$, list)
$$;
COMMENT ON FUNCTION clerk_rls.missing_users(jsonb) IS
'The user_id of each user who is not in a complete list, NULL if there is none. list: records, their issuer, and '
'updated_at of the newest. A row that is newer than the list is not missing.';

CREATE FUNCTION clerk_rls.missing_organizations(list jsonb) RETURNS jsonb
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT clerk_rls.query_as_owner('clerk_rls.organizations', $query$
        SELECT jsonb_agg(jsonb_build_object('org_id', o.org_id)) FROM clerk_rls.organizations AS o
        WHERE o.deleted_at IS NULL AND o.updated_at <= to_timestamp(($1 ->> 'updated_at')::bigint / 1000.0)
            AND o.issuer IS NOT DISTINCT FROM $1 ->> 'issuer'
            AND o.org_id NOT IN (SELECT r.org_id FROM jsonb_to_recordset($1 -> 'records') AS r (org_id text))
    $query$, list)
$$;
COMMENT ON FUNCTION clerk_rls.missing_organizations(jsonb) IS 'As missing_users(), for organizations.';

CREATE FUNCTION clerk_rls.missing_memberships(list jsonb) RETURNS jsonb
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT clerk_rls.query_as_owner('clerk_rls.memberships', $query$
        SELECT jsonb_agg(jsonb_build_object('user_id', m.user_id, 'org_id', m.org_id)) FROM clerk_rls.memberships AS m
        WHERE m.deleted_at IS NULL AND m.updated_at <= to_timestamp(($1 ->> 'updated_at')::bigint / 1000.0)
            AND m.issuer IS NOT DISTINCT FROM $1 ->> 'issuer'
            AND (m.org_id, m.user_id) NOT IN (
                SELECT r.org_id, r.user_id FROM jsonb_to_recordset($1 -> 'records') AS r (org_id text, user_id text))
    $query$, list)
$$;
COMMENT ON FUNCTION clerk_rls.missing_memberships(jsonb) IS 'As missing_users(), for memberships.';

CREATE FUNCTION clerk_rls.backfill(kind text, list jsonb, complete boolean, issuer text)
    RETURNS TABLE (inserted bigint, updated bigint, deleted bigint, unchanged bigint)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    records jsonb;
    whole jsonb;
    missing jsonb := '[]';
    counts jsonb;
BEGIN
    IF list IS NULL OR complete IS NULL THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('the arguments of clerk_rls.backfill_%s() must not be NULL', kind);
    END IF;
    PERFORM clerk_rls.require_issuer(issuer);
    records := clerk_rls.records_of_issuer(clerk_rls.records_of_list(kind, list), issuer, complete);
    IF complete THEN
        whole := jsonb_build_object('records', records, 'issuer', issuer, 'updated_at', (
            SELECT max((r.value ->> 'updated_at')::bigint) FROM jsonb_array_elements(records) AS r));
        missing := CASE kind
            WHEN 'users' THEN clerk_rls.missing_users(whole)
            WHEN 'organizations' THEN clerk_rls.missing_organizations(whole)
            WHEN 'memberships' THEN clerk_rls.missing_memberships(whole)
        END;
        missing := (
            SELECT coalesce(jsonb_agg(m.value || jsonb_build_object('deleted_by_list', true, 'issuer', issuer,
                'updated_at', whole -> 'updated_at', 'deleted_at', floor(extract(epoch FROM now()) * 1000)::bigint)),
                '[]')
            FROM jsonb_array_elements(missing) AS m);
    END IF;
    counts := CASE kind
        WHEN 'users' THEN clerk_rls.write_users(records) || clerk_rls.delete_users(missing)
        WHEN 'organizations' THEN clerk_rls.write_organizations(records) || clerk_rls.delete_organizations(missing)
        WHEN 'memberships' THEN clerk_rls.write_memberships(records) || clerk_rls.delete_memberships(missing)
    END;
    inserted := counts ->> 'inserted';
    updated := counts ->> 'updated';
    deleted := counts ->> 'deleted';
    unchanged := (
        SELECT count(DISTINCT (r.value -> 'org_id', r.value -> 'user_id')) FROM jsonb_array_elements(records) AS r
    ) - inserted - updated;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION clerk_rls.backfill(text, jsonb, boolean, text) IS
'What backfill_users(), backfill_organizations() and backfill_memberships() do; kind is the last word of their names.';

CREATE FUNCTION clerk_rls.backfill_users(list jsonb, complete boolean DEFAULT false, issuer text DEFAULT NULL)
    RETURNS TABLE (inserted bigint, updated bigint, deleted bigint, unchanged bigint)
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT * FROM clerk_rls.backfill('users', list, complete, issuer)
$$;
COMMENT ON FUNCTION clerk_rls.backfill_users(jsonb, boolean, text) IS
'Repairs clerk_rls.users from the provider''s list of users, a JSON array or an object whose data is one. Never '
'overwrites what is newer, nor brings back a user whom an event has deleted. complete: the list has every user, so '
'a user who is not in it is deleted, with all memberships, unless the row is newer than every record of the list; a '
'user who was only missing in an earlier list comes back; an empty list deletes nobody. issuer: as for '
'add_webhook_secret(). Locks the rows that it writes. ERROR 22023 for a malformed record, which refuses the whole '
'list.';

CREATE FUNCTION clerk_rls.backfill_organizations(list jsonb, complete boolean DEFAULT false, issuer text DEFAULT NULL)
    RETURNS TABLE (inserted bigint, updated bigint, deleted bigint, unchanged bigint)
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT * FROM clerk_rls.backfill('organizations', list, complete, issuer)
$$;
COMMENT ON FUNCTION clerk_rls.backfill_organizations(jsonb, boolean, text) IS
'As backfill_users(), for the list of organizations.';

CREATE FUNCTION clerk_rls.backfill_memberships(list jsonb, complete boolean DEFAULT false, issuer text DEFAULT NULL)
    RETURNS TABLE (inserted bigint, updated bigint, deleted bigint, unchanged bigint)
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT * FROM clerk_rls.backfill('memberships', list, complete, issuer)
$$;
COMMENT ON FUNCTION clerk_rls.backfill_memberships(jsonb, boolean, text) IS
'As backfill_users(), for memberships. complete: the list has those of all organizations of the issuer. Memberships of '
'deleted users and organizations are left out.';
