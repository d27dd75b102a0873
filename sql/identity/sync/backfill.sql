-- Webhooks get lost, so the provider's list decides: what was missed is repaired from it.

CREATE FUNCTION clerk_rls.records_of_list(kind text, list jsonb) RETURNS jsonb
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'records_of_list';
COMMENT ON FUNCTION clerk_rls.records_of_list(text, jsonb) IS
'The records of a list that the provider exports: an array, or an object whose data is one. kind: users, organizations '
'or memberships. ERROR 22023 for a malformed record, with its position and the name of the field.';

CREATE FUNCTION clerk_rls.keys_missing_in_list(kind text, records jsonb, issuer text, newest timestamptz) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(jsonb_agg(missing.key || jsonb_build_object('issuer', issuer,
        'deleted_at', floor(extract(epoch FROM now()) * 1000)::bigint)), '[]')
    FROM (
        SELECT jsonb_build_object('user_id', u.user_id) FROM clerk_rls.users AS u
        WHERE kind = 'users' AND u.deleted_at IS NULL AND u.updated_at <= newest
            AND u.issuer IS NOT DISTINCT FROM keys_missing_in_list.issuer AND NOT EXISTS (
                SELECT FROM jsonb_to_recordset(records) AS r (user_id text) WHERE r.user_id = u.user_id)
        UNION ALL
        SELECT jsonb_build_object('org_id', o.org_id) FROM clerk_rls.organizations AS o
        WHERE kind = 'organizations' AND o.deleted_at IS NULL AND o.updated_at <= newest
            AND o.issuer IS NOT DISTINCT FROM keys_missing_in_list.issuer AND NOT EXISTS (
                SELECT FROM jsonb_to_recordset(records) AS r (org_id text) WHERE r.org_id = o.org_id)
        UNION ALL
        SELECT jsonb_build_object('org_id', m.org_id, 'user_id', m.user_id) FROM clerk_rls.memberships AS m
        WHERE kind = 'memberships' AND m.deleted_at IS NULL AND m.updated_at <= newest
            AND m.issuer IS NOT DISTINCT FROM keys_missing_in_list.issuer AND NOT EXISTS (
                SELECT FROM jsonb_to_recordset(records) AS r (org_id text, user_id text)
                WHERE r.org_id = m.org_id AND r.user_id = m.user_id)
    ) AS missing (key)
$$;
COMMENT ON FUNCTION clerk_rls.keys_missing_in_list(text, jsonb, text, timestamptz) IS
'The rows of an issuer that a complete list does not have, as records for delete_users(), delete_organizations() or '
'delete_memberships(). A row that is newer than the list stays.';

CREATE FUNCTION clerk_rls.backfill(kind text, list jsonb, complete boolean, issuer text)
    RETURNS TABLE (inserted bigint, updated bigint, deleted bigint, unchanged bigint)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    records jsonb;
    missing jsonb := '[]';
    counts jsonb;
BEGIN
    IF list IS NULL OR complete IS NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = format('the arguments of clerk_rls.backfill_%s() must not be NULL', kind);
    END IF;
    records := clerk_rls.records_of_issuer(clerk_rls.records_of_list(kind, list), issuer);
    IF complete THEN
        -- Before the list is written: its own rows are not newer than it.
        missing := clerk_rls.keys_missing_in_list(kind, records, issuer, (
            SELECT to_timestamp(max((r.value ->> 'updated_at')::bigint) / 1000.0) FROM jsonb_array_elements(records) AS r));
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
'overwrites what is newer, nor brings a deleted user back. complete: the list has every user, so a user who is not in it '
'is deleted, unless the row is newer than every record of the list; an empty list deletes nobody. issuer: as for '
'add_webhook_secret(). One statement a table: it locks the rows that it writes. ERROR 22023 for a malformed record.';

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
'As backfill_users(), for the memberships of all organizations.';
