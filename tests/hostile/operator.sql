-- What the operator, a superuser, has before the attacker comes.
\set QUIET on
SET client_min_messages = error;
CREATE ROLE mallory LOGIN;
GRANT authenticated TO mallory;
CREATE SCHEMA m AUTHORIZATION mallory;
GRANT CREATE, USAGE ON SCHEMA public TO mallory;
GRANT USAGE ON SCHEMA m TO PUBLIC;
-- Any function with an array in it.
CREATE FUNCTION public.is_staff(role text) RETURNS boolean LANGUAGE sql STABLE SET search_path = '' AS $$ SELECT role = ANY ('{admin,owner}'::text[]) $$;
CREATE FUNCTION public.is_staff_unpinned(role text) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT role = ANY ('{admin,owner}'::text[]) AND requesting_user_id() IS NOT NULL $$;
CREATE TABLE public.ours (id int, user_id text DEFAULT requesting_user_id(), role text);
INSERT INTO public.ours VALUES (1, 'user_red', 'admin'), (2, 'user_blue', 'member');
CREATE INDEX ON public.ours (user_id);
ALTER TABLE public.ours ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.ours TO authenticated USING (user_id = requesting_user_id());
CREATE POLICY staff ON public.ours FOR SELECT TO authenticated USING (is_staff(role) OR is_staff_unpinned(role));
GRANT SELECT ON public.ours TO authenticated, mallory;

-- What must be as it was after every call. It is found by its whole name, and looks nothing up elsewhere.
CREATE SCHEMA guard;
CREATE FUNCTION guard.session() RETURNS jsonb LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_object_agg(name, setting) || jsonb_build_object(
        'current_user', current_user, 'session_user', session_user, 'temporary', pg_my_temp_schema(),
        'app.left_behind', coalesce(current_setting('app.left_behind', true), ''), 'claims', coalesce(current_setting('request.jwt.claims', true), ''),
        'user', public.requesting_user_id(),
        'prepared', (SELECT count(*) FROM pg_prepared_statements), 'listening', (SELECT count(*) FROM pg_listening_channels()),
        'held', (SELECT count(*) FROM pg_cursors WHERE is_holdable),
        'super', (SELECT array_agg(rolname ORDER BY rolname) FROM pg_roles WHERE rolsuper),
        'members', (SELECT array_agg(format('%s of %s', member::regrole, roleid::regrole) ORDER BY 1) FROM (SELECT DISTINCT member, roleid FROM pg_auth_members) AS m))
    -- The function's own, and what the server counts.
    FROM pg_settings WHERE name NOT IN ('search_path', 'transaction_isolation') AND name NOT LIKE 'plpgsql.%'
$$;
CREATE TABLE guard.before (session jsonb, search_path text);
CREATE FUNCTION guard.unchanged(after text, search_path text DEFAULT current_setting('search_path')) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    was guard.before;
    changed text;
BEGIN
    SELECT * INTO was FROM guard.before;
    SELECT string_agg(format('%s: %s', now.key, now.value), ', ') INTO changed
    FROM jsonb_each(guard.session() || jsonb_build_object('path', unchanged.search_path)) AS now
    WHERE now.value IS DISTINCT FROM (was.session || jsonb_build_object('path', was.search_path)) -> now.key;
    IF changed IS NOT NULL THEN
        RAISE LOG 'left behind after %: %', replace(after, E'\n', ' '), changed;
    END IF;
END
$$;
-- A new session is another one.
CREATE FUNCTION guard.begin(search_path text DEFAULT current_setting('search_path')) RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM guard.before;
    INSERT INTO guard.before VALUES (guard.session(), $1);
$$;
SELECT clerk_rls.add_issuer('https://hostile.example', subject_prefix => 'hostile:');
-- The application owns the memberships, and may have triggers on the other two tables that webhooks fill.
ALTER TABLE clerk_rls.memberships OWNER TO mallory;
GRANT TRIGGER, REFERENCES ON clerk_rls.users, clerk_rls.organizations TO mallory;
