-- clerk_rls.install_auth_compat(): the names under which Supabase and Neon know who is asking, so that their
-- policies run unchanged.
--
-- The functions are the readers themselves under another name, the same symbols of the same library, and cost the
-- same. They are no members of the extension, so that pg_dump saves them; they depend on it, so that it takes them
-- along when it goes, and so that policies which use them hold it.

CREATE FUNCTION clerk_rls.install_auth_compat(dry_run boolean DEFAULT false) RETURNS SETOF text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    -- supabase_auth_admin owns the schema where Supabase is, and auth.uid() with it: who has that role decides
    -- who everybody is already.
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
        -- As for the schema clerk_rls: what stands in it decides for itself who may use it. Default privileges
        -- may have named roles, which no revocation from PUBLIC reaches.
        statements := ARRAY['CREATE SCHEMA auth;', 'REVOKE ALL ON SCHEMA auth FROM PUBLIC;'] || ARRAY(
            SELECT format('REVOKE ALL ON SCHEMA auth FROM %s;', a.grantee::regrole)
            FROM pg_default_acl AS d, aclexplode(d.defaclacl) AS a
            WHERE d.defaclobjtype = 'n' AND d.defaclrole = current_user::regrole AND a.grantee NOT IN (0, d.defaclrole)
            GROUP BY a.grantee ORDER BY a.grantee::regrole::text COLLATE "C"
        ) || ARRAY['GRANT USAGE ON SCHEMA auth TO PUBLIC;',
            'COMMENT ON SCHEMA auth IS ''Who is asking, under the names that Supabase and Neon use. Made by clerk_rls.install_auth_compat().'';'];
    ELSIF NOT schema_owner = ANY (trusted) THEN
        -- P3: whoever owns a schema can drop what stands in it, and put a function of their own in its place.
        RAISE insufficient_privilege USING
            MESSAGE = format('schema "auth" belongs to role %s, which is no superuser', schema_owner),
            DETAIL = 'The owner of a schema can replace the functions in it, and so decide who is asking.',
            HINT = format('ALTER SCHEMA auth OWNER TO %I, if nobody but you is to own it.', current_user);
    END IF;

    FOR found IN
        SELECT p.proname, p.proowner::regrole AS owner FROM pg_proc AS p
        WHERE p.pronamespace = to_regnamespace('auth') AND p.pronargs = 0
            AND p.proname IN ('email', 'jwt', 'role', 'session', 'uid', 'user_id') AND NOT p.proowner = ANY (trusted)
        ORDER BY p.proname
    LOOP
        RAISE WARNING USING
            MESSAGE = format('function auth.%I() belongs to role %s, which is no superuser', found.proname, found.owner),
            DETAIL = 'It was left as it is. Its owner decides what it answers to policies that call it.',
            HINT = 'Drop it and call clerk_rls.install_auth_compat() again to have the reader in its place.';
    END LOOP;

    statements := statements || ARRAY(
        SELECT s.statement
        FROM (VALUES
                (1, 'jwt', 'requesting_claims', 'All claims of the request, or NULL when nobody is signed in.'),
                (2, 'session', 'requesting_claims', 'All claims of the request, or NULL when nobody is signed in.'),
                (3, 'user_id', 'requesting_user_id', 'ID of the requesting user, or NULL when nobody is signed in.'),
                (4, 'uid', 'requesting_user_uuid', 'The requesting user as a uuid: the user ID itself when it is a UUID, else clerk_rls.user_uuid() of it. NULL when nobody is signed in.'),
                (5, 'role', 'requesting_role', 'The claim role of whoever is signed in, or NULL.'),
                (6, 'email', 'requesting_email', 'The claim email, or NULL.')
            ) AS f (nth, name, reader, comment)
            JOIN pg_extension AS e ON e.extname = 'clerk_rls'
            JOIN pg_proc AS p ON p.pronamespace = e.extnamespace AND p.proname = f.reader AND p.pronargs = 0,
            LATERAL (VALUES
                (1, format('CREATE FUNCTION auth.%I() RETURNS %s LANGUAGE c STABLE PARALLEL SAFE COST 1 AS %L, %L;',
                    f.name, p.prorettype::regtype, p.probin, p.prosrc)),
                (2, format('REVOKE ALL ON FUNCTION auth.%I() FROM PUBLIC;', f.name)),
                (3, format('GRANT EXECUTE ON FUNCTION auth.%I() TO PUBLIC;', f.name)),
                (4, format('COMMENT ON FUNCTION auth.%I() IS %L;', f.name, format('%s The same as %s().', f.comment, f.reader))),
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
'Creates auth.jwt(), auth.session(), auth.user_id(), auth.uid(), auth.role() and auth.email(), each where no function of that name without arguments is there, and the schema auth. Returns the statements that it has run, or with dry_run those that it would run. The functions go with the extension.';
