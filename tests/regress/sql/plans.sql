-- Plans are kept and reused; who is asking is not.
SET ROLE authenticated;

-- G11: a generic plan, for red, then blue, then nobody, then red again
SET plan_cache_mode = force_generic_plan;
PREPARE mine AS SELECT requesting_user_id(), count(*), min(body) FROM notes;
PREPARE by_key (text) AS SELECT count(*) FROM notes WHERE user_id = requesting_user_id() AND body LIKE $1;
BEGIN; SELECT sign_in('v2') \g /dev/null
EXECUTE mine; EXECUTE by_key ('%');
COMMIT;
BEGIN; SELECT sign_in('v1') \g /dev/null
EXECUTE mine; EXECUTE by_key ('%');
COMMIT;
EXECUTE mine; EXECUTE by_key ('%');
BEGIN; SELECT sign_in('v2') \g /dev/null
EXECUTE mine; EXECUTE by_key ('%');
COMMIT;
RESET plan_cache_mode;

-- G11: within one statement of plpgsql, a loop that changes the claims; a simple expression and a query
DO $$
DECLARE
    who text;
BEGIN
    FOREACH who IN ARRAY ARRAY['v2', 'v1', 'anonymous', 'v2', 'template', 'v1'] LOOP
        PERFORM sign_in(who);
        RAISE INFO '%: % with % notes, role %, reads tasks: %, org %', who, requesting_user_id(), (SELECT count(*) FROM notes),
            requesting_org_role(), requesting_user_has(permission => 'org:tasks:read'), requesting_claim('org_id');
    END LOOP;
END $$;

-- one prepared statement that signs somebody in itself, row by row, as Realtime does
PREPARE visits AS SELECT name, sees.* FROM claims, LATERAL (SELECT set_config('request.jwt.claims', claims, true) OFFSET 0) AS s (set),
    LATERAL (SELECT requesting_user_id() AS user_id, requesting_user_has(permission => 'org:tasks:read') AS may_read, requesting_claim('o', 'slg') AS slug WHERE s.set IS NOT NULL OFFSET 0) AS sees ORDER BY name;
EXECUTE visits;
EXECUTE visits;

-- arguments that change from row to row are never mistaken for those of the row before
SELECT set_config('request.jwt.claims', claims, false) IS NOT NULL AS set FROM claims WHERE name = 'v2';
SELECT permission, requesting_user_has(permission => permission) AS has FROM unnest(ARRAY['org:repositories:read', 'org:repositories:revoke', NULL,
    'org:projects:revoke', 'org:projects:create', 'org:goldprofileborder:read', 'repositories:read', '', 'org:repositories:read']) AS permission;
SELECT path, requesting_claim(VARIADIC path) FROM (VALUES (1, '{o,id}'::text[]), (2, '{o,rol}'), (3, NULL), (4, '{o,id}'), (5, '{sub}'), (6, '{o,xx}'), (7, '{o,id}')) AS p (i, path) ORDER BY i;

-- G11: the catalog says STABLE and PARALLEL SAFE, so that no plan and no index holds an answer
SELECT proname, provolatile, proparallel FROM pg_proc WHERE proname LIKE 'requesting\_%' AND (provolatile <> 's' OR proparallel <> 's');
RESET ROLE;
CREATE INDEX ON notes (requesting_user_id());
ALTER TABLE notes ADD mine boolean GENERATED ALWAYS AS (user_id = requesting_user_id()) STORED;

-- P1: a search_path full of fakes has no effect
CREATE SCHEMA fakes;
CREATE FUNCTION fakes.current_setting(text, boolean) RETURNS text LANGUAGE sql AS $$ SELECT '{"sub":"user_blue"}' $$;
CREATE FUNCTION fakes.current_setting(text) RETURNS text LANGUAGE sql AS $$ SELECT '{"sub":"user_blue"}' $$;
CREATE FUNCTION fakes.user_blue(json, text) RETURNS text LANGUAGE sql AS $$ SELECT 'user_blue'::text $$;
CREATE OPERATOR fakes.->> (LEFTARG = json, RIGHTARG = text, FUNCTION = fakes.user_blue);
CREATE FUNCTION fakes.always(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$;
CREATE OPERATOR fakes.= (LEFTARG = text, RIGHTARG = text, FUNCTION = fakes.always);
CREATE FUNCTION fakes.requesting_user_id() RETURNS text LANGUAGE sql AS $$ SELECT 'user_blue'::text $$;
GRANT USAGE ON SCHEMA fakes TO authenticated;
SET ROLE authenticated;
BEGIN; SELECT public.sign_in('v2') \g /dev/null
SET LOCAL search_path = fakes, pg_catalog, public;
SELECT public.requesting_user_id(), body FROM public.notes;
SELECT requesting_user_id() = 'anything' AS the_fake_works;
COMMIT;
