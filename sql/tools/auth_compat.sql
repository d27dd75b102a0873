-- clerk_rls.install_auth_compat(): the readers under the names that Supabase and Neon use, so that policies written for
-- them work unchanged.
--
-- The functions are the readers under other names, the same symbols of the same library, and cost the same. They are
-- not members of the extension, so that pg_dump saves them. They depend on it: they are dropped with the extension, and
-- while policies use them, the extension cannot be dropped without CASCADE.

CREATE FUNCTION clerk_rls.install_auth_compat(dry_run boolean DEFAULT false) RETURNS SETOF text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    -- With Supabase, supabase_auth_admin owns the schema and auth.uid(), and decides who the user is anyway.
    trusted constant oid[] := ARRAY(
        SELECT r.oid FROM pg_roles AS r
        WHERE r.rolsuper OR r.rolname IN ('supabase_admin', 'supabase_auth_admin')
            OR r.oid = (SELECT e.extowner FROM pg_extension AS e WHERE e.extname = 'clerk_rls'));
    schema_owner regrole;
    statements text[];
    statement text;
    found record;
BEGIN
    SELECT n.nspowner INTO schema_owner FROM pg_namespace AS n WHERE n.nspname = 'auth';
    IF schema_owner IS NULL THEN
        -- As with the schema clerk_rls, each function in it has its own privileges. Default privileges may have
        -- been granted to roles, which REVOKE ... FROM PUBLIC does not change.
        statements := ARRAY['CREATE SCHEMA auth;', 'REVOKE ALL ON SCHEMA auth FROM PUBLIC;'] || ARRAY(
            SELECT format('REVOKE ALL ON SCHEMA auth FROM %s;', a.grantee::regrole)
            FROM pg_default_acl AS d, aclexplode(d.defaclacl) AS a
            WHERE d.defaclobjtype = 'n' AND d.defaclrole = current_user::regrole AND a.grantee NOT IN (0, d.defaclrole)
            GROUP BY a.grantee ORDER BY a.grantee::regrole::text COLLATE "C"
        ) || ARRAY[
            'GRANT USAGE ON SCHEMA auth TO PUBLIC;',
            'COMMENT ON SCHEMA auth IS ''The readers of clerk_rls, under the names that Supabase and Neon use. Created '
                'by clerk_rls.install_auth_compat().'';'];
    ELSIF NOT schema_owner = ANY (trusted) THEN
        RAISE insufficient_privilege USING
            MESSAGE = format('schema "auth" belongs to role %s, which is not a superuser', schema_owner),
            DETAIL = 'The owner of a schema can replace the functions in it, and so decide who the user is.',
            HINT = format('To become its owner, run ALTER SCHEMA auth OWNER TO %I.', current_user);
    END IF;

    FOR found IN
        SELECT p.proname, p.proowner::regrole AS owner FROM pg_proc AS p
        WHERE p.pronamespace = to_regnamespace('auth') AND p.pronargs = 0
            AND p.proname IN ('email', 'jwt', 'role', 'session', 'uid', 'user_id') AND NOT p.proowner = ANY (trusted)
        ORDER BY p.proname
    LOOP
        RAISE WARNING USING
            MESSAGE = format('function auth.%I() belongs to role %s, which is not a superuser',
                found.proname, found.owner),
            DETAIL = 'It was not changed. Its owner decides what it returns to policies that call it.',
            HINT = 'To replace it by the reader, drop it and call clerk_rls.install_auth_compat() again.';
    END LOOP;

    statements := statements || ARRAY(
        SELECT s.statement
        FROM (VALUES
                (1, 'jwt', 'requesting_claims', 'All claims of the request, or NULL when nobody is signed in.'),
                (2, 'session', 'requesting_claims', 'All claims of the request, or NULL when nobody is signed in.'),
                (3, 'user_id', 'requesting_user_id', 'ID of the requesting user, or NULL when nobody is signed in.'),
                (4, 'uid', 'requesting_user_uuid', 'The requesting user as a uuid: the user ID itself if it is a UUID, '
                    'else clerk_rls.user_uuid() of it. NULL when nobody is signed in.'),
                (5, 'role', 'requesting_role', 'The claim role, or NULL when nobody is signed in.'),
                (6, 'email', 'requesting_email', 'The claim email, or NULL.')
            ) AS f (nth, name, reader, comment)
            JOIN pg_extension AS e ON e.extname = 'clerk_rls'
            JOIN pg_proc AS p ON p.pronamespace = e.extnamespace AND p.proname = f.reader AND p.pronargs = 0,
            LATERAL (VALUES
                (1, format('CREATE FUNCTION auth.%I() RETURNS %s LANGUAGE c STABLE PARALLEL SAFE COST 1 AS %L, %L;',
                    f.name, p.prorettype::regtype, p.probin, p.prosrc)),
                (2, format('REVOKE ALL ON FUNCTION auth.%I() FROM PUBLIC;', f.name)),
                (3, format('GRANT EXECUTE ON FUNCTION auth.%I() TO PUBLIC;', f.name)),
                (4, format('COMMENT ON FUNCTION auth.%I() IS %L;',
                    f.name, format('%s The same as %s().', f.comment, f.reader))),
                (5, format('ALTER FUNCTION auth.%I() DEPENDS ON EXTENSION clerk_rls;', f.name))
            ) AS s (step, statement)
        WHERE NOT EXISTS (
            SELECT FROM pg_proc AS q
            WHERE q.pronamespace = to_regnamespace('auth') AND q.proname = f.name AND q.pronargs = 0)
        ORDER BY f.nth, s.step
    );

    FOREACH statement IN ARRAY statements LOOP
        IF NOT dry_run THEN
            EXECUTE statement;
        END IF;
        RETURN NEXT statement;
    END LOOP;
END
$$;
COMMENT ON FUNCTION clerk_rls.install_auth_compat(boolean) IS
'Creates the schema auth and the functions auth.jwt(), auth.session(), auth.user_id(), auth.uid(), auth.role() and '
'auth.email(), except those that exist already. Returns the statements that it ran, or with dry_run those that it '
'would run. The functions are dropped with the extension. ERROR 42501 if the schema belongs to a role that is not a '
'superuser.';
