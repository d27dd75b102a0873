-- The part of clerk_rls.doctor() about stored settings: those of clerk_rls, and those that carry the claims of a
-- request.

CREATE FUNCTION clerk_rls.doctor_settings()
    RETURNS TABLE ("check" text, level text, finding text, fix text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    stored record;
    of_request constant text := '^request\.(jwt|jwt\.claims|jwt\.claim\..*|headers)$';
    everybody boolean := false;
BEGIN
    FOR stored IN
        SELECT s.name, s.value,
            concat_ws(' in ',
                CASE WHEN s.role <> 0 THEN 'role ' || s.role::regrole END,
                CASE
                    WHEN s.database <> 0 THEN format('database %I', current_database())
                    WHEN s.role = 0 THEN 'every role' END) AS holder,
            concat_ws(' IN DATABASE ',
                CASE
                    WHEN s.role <> 0 THEN 'ALTER ROLE ' || s.role::regrole
                    WHEN s.database = 0 THEN 'ALTER ROLE ALL'
                    ELSE format('ALTER DATABASE %I', current_database()) END,
                CASE WHEN s.role <> 0 AND s.database <> 0 THEN quote_ident(current_database()) END) AS alter
        FROM clerk_rls.stored_settings() AS s
        WHERE s.name ~ '^(clerk_rls|request)\.'
        UNION ALL
        SELECT f.name, f.setting, format('%s, line %s', regexp_replace(f.sourcefile, '^.*/', ''), f.sourceline),
            CASE WHEN f.sourcefile ~ 'postgresql\.auto\.conf$' THEN 'ALTER SYSTEM' END
        FROM pg_file_settings AS f
        WHERE f.name ~ '^(clerk_rls|request)\.'
        ORDER BY 1, 3
    LOOP
        fix := coalesce(
            format('%s RESET %s;', stored.alter, (
                SELECT string_agg(quote_ident(part), '.') FROM unnest(string_to_array(stored.name, '.')) AS part)),
            format('-- Remove the line from %s and reload the configuration.', split_part(stored.holder, ',', 1)));
        IF stored.name ~ of_request THEN
            everybody := true;
            CONTINUE WHEN stored.value = '';
            RETURN QUERY SELECT 'claims_stored', 'error',
                format('%s is stored in %s: every session begins with it, and a request without claims or a token of '
                    'its own is a request of that user', stored.name, stored.holder), fix;
        ELSIF stored.name = 'clerk_rls.identity' THEN
            RETURN QUERY SELECT 'setting_refused', 'error',
                format('clerk_rls.identity is stored in %s: only authenticate() can set it', stored.holder), fix;
        ELSIF stored.name LIKE 'clerk\_rls.%' AND NOT EXISTS (SELECT FROM pg_settings AS g WHERE g.name = stored.name)
        THEN
            RETURN QUERY SELECT 'setting_unknown', 'warning',
                format('there is no setting %s, which is stored in %s', stored.name, stored.holder), fix;
        ELSIF stored.name LIKE 'clerk\_rls.%' THEN
            -- Try the value. The block is always rolled back.
            BEGIN
                PERFORM set_config(stored.name, stored.value, true);
                RAISE SQLSTATE 'CR000';
            EXCEPTION
                WHEN SQLSTATE 'CR000' THEN
                    NULL;
                WHEN OTHERS THEN
                    RETURN QUERY SELECT 'setting_refused', 'error',
                        format('%s is stored in %s with a value that is refused: a session to which it applies ends '
                            'when it loads the library', stored.name, stored.holder), fix;
            END;
        END IF;
    END LOOP;

    -- In the first statement of a transaction, a value that is already there was set for the whole session:
    -- transaction-local values come later. Nothing else distinguishes them.
    IF NOT everybody AND transaction_timestamp() = statement_timestamp() THEN
        RETURN QUERY SELECT 'claims_in_session', 'error',
            format('%s is set for this whole session: behind a pooler, the next request gets it too', r.name),
            format('RESET %s;', r.name)
        FROM unnest('{request.jwt.claims,request.jwt.claim.sub,request.jwt,request.headers}'::text[]) AS r (name)
        WHERE current_setting(r.name, true) <> '';
    END IF;

    -- GRANT SET exists since PostgreSQL 15.
    IF to_regclass('pg_catalog.pg_parameter_acl') IS NOT NULL THEN
        RETURN QUERY EXECUTE $query$
            SELECT 'parameter_granted', 'error',
                format('%s may change %s: such a role decides how claims and tokens are read',
                    granted.grantee, p.parname),
                format('REVOKE SET, ALTER SYSTEM ON PARAMETER %s FROM %s;', p.parname, granted.grantee)
            FROM pg_parameter_acl AS p, LATERAL (
                SELECT DISTINCT clerk_rls.role_name(a.grantee) AS grantee
                FROM aclexplode(p.paracl) AS a LEFT JOIN pg_roles AS r ON r.oid = a.grantee
                WHERE r.rolsuper IS NOT TRUE) AS granted
            WHERE p.parname LIKE 'clerk\_rls.%'
        $query$;
    END IF;
END
$$;
COMMENT ON FUNCTION clerk_rls.doctor_settings() IS
'The part of doctor() about the settings clerk_rls.... and request....: stored where they apply to every session, '
'misspelt, refused, granted.';
