-- Which users a record is about.

CREATE FUNCTION clerk_rls.require_issuer(issuer text) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF issuer IS NULL AND EXISTS (SELECT FROM clerk_rls.issuers AS i WHERE i.subject_prefix <> '') THEN
        RAISE invalid_parameter_value USING MESSAGE = 'the issuer of a webhook or a list must be named',
            DETAIL = 'An issuer in clerk_rls.issuers has a subject_prefix, which precedes the IDs of its users.';
    END IF;
    PERFORM clerk_rls.records_of_issuer('[]', issuer, false);
END
$$;
COMMENT ON FUNCTION clerk_rls.require_issuer(text) IS
'ERROR 42704 for an unknown issuer, and 22023 for NULL if an issuer has a subject_prefix.';

CREATE FUNCTION clerk_rls.records_of_issuer(records jsonb, issuer text, complete boolean) RETURNS jsonb
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
        SELECT coalesce(jsonb_agg(r.value || jsonb_build_object('issuer', issuer, 'complete', complete)
            || CASE WHEN r.value ? 'user_id' THEN jsonb_build_object('user_id', prefix || (r.value ->> 'user_id'))
                ELSE '{}' END), '[]')
        FROM jsonb_array_elements(records) AS r);
END
$$;
COMMENT ON FUNCTION clerk_rls.records_of_issuer(jsonb, text, boolean) IS
'The records with their issuer, with its subject_prefix before each user_id, and with complete: whether the list has '
'every record of the issuer. ERROR 42704 for an unknown issuer.';
