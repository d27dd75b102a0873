-- The function that PostgREST serves.

CREATE FUNCTION clerk_rls.expose_webhook(
    schema name DEFAULT 'public',
    function_name name DEFAULT 'clerk_webhook',
    role name DEFAULT 'anon',
    dry_run boolean DEFAULT false
) RETURNS SETOF text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    purpose CONSTANT text := 'Receives the webhooks of the identity provider. Made by clerk_rls.expose_webhook().';
    other regprocedure;
    mine boolean;
    statement text;
BEGIN
    IF schema IS NULL OR function_name IS NULL OR role IS NULL OR dry_run IS NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = 'the arguments of clerk_rls.expose_webhook() must not be NULL';
    END IF;
    IF has_schema_privilege(role, schema, 'CREATE') THEN
        RAISE insufficient_privilege USING
            MESSAGE = format('role %I can create functions in schema %I', role, schema),
            DETAIL = 'It could put another function in the place of the webhook.',
            HINT = format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC, %I; or name another schema.', schema, role);
    END IF;
    -- A replaced function keeps its owner, so only one of the caller's own is replaced. One with other arguments would
    -- compete with the new one.
    SELECT bool_or(own), min(f.oid) FILTER (WHERE own IS NOT TRUE) INTO mine, other
    FROM (
        SELECT p.oid, p.proowner = current_user::regrole AND pg_get_function_identity_arguments(p.oid) = 'json'
            AND obj_description(p.oid, 'pg_proc') = purpose
        FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname = schema AND p.proname = function_name
    ) AS f (oid, own);
    IF other IS NOT NULL THEN
        RAISE duplicate_function USING
            MESSAGE = format('function %s exists already', other),
            DETAIL = 'It was not made by this role with clerk_rls.expose_webhook().',
            HINT = 'Give another function_name, or drop the function.';
    END IF;
    FOREACH statement IN ARRAY ARRAY[
        -- Without OR REPLACE the statement fails if somebody creates the function in the meantime.
        format('CREATE %s %I.%I(json) RETURNS json LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp '
            'AS ''SELECT clerk_rls.receive_webhook($1)'';',
            CASE WHEN mine THEN 'OR REPLACE FUNCTION' ELSE 'FUNCTION' END, schema, function_name),
        format('REVOKE ALL ON FUNCTION %I.%I(json) FROM PUBLIC;', schema, function_name),
        format('GRANT EXECUTE ON FUNCTION %I.%I(json), clerk_rls.receive_webhook(json) TO %I;',
            schema, function_name, role),
        format('COMMENT ON FUNCTION %I.%I(json) IS %L;', schema, function_name, purpose),
        'NOTIFY pgrst, ''reload schema'';'
    ] LOOP
        IF NOT dry_run THEN
            EXECUTE statement;
        END IF;
        RETURN NEXT statement;
    END LOOP;
END
$$;
COMMENT ON FUNCTION clerk_rls.expose_webhook(name, name, name, boolean) IS
'Creates a function that PostgREST serves as /rpc/clerk_webhook, and lets the role call it. Returns the statements '
'that it ran, with dry_run those that it would run. A function of this name is replaced only if this role has made '
'it so before; any other is ERROR 42723. ERROR 42501 if the role could create functions in the schema.';
