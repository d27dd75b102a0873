-- act_as() and act_as_anonymous(): people for tests, in both modes of clerk_rls.identity_source.
\set SHOW_CONTEXT never
CREATE FUNCTION who(OUT user_id text, OUT org_id text, OUT org_role text, OUT permissions text[], OUT role text, OUT "database role" text, OUT problem text)
    LANGUAGE sql AS $$ SELECT user_id, org_id, org_role, requesting_org_permissions(), role, database_role, problem FROM clerk_rls.whoami() $$;

GRANT SELECT ON notes TO service_role;

-- a person, another one, nobody: again and again in one transaction
BEGIN;
SELECT clerk_rls.act_as('user_red');
SELECT * FROM who();
SELECT count(*) FROM notes;
INSERT INTO notes (body) VALUES ('red 3') RETURNING user_id;
SELECT clerk_rls.act_as('user_blue', 'org_paint', 'admin', '{org:tasks:read,org:tasks:manage}');
SELECT * FROM who();
SELECT count(*) FROM notes;
SELECT current_setting('request.jwt.claims');
SELECT requesting_user_has(role => 'admin'), requesting_user_has(permission => 'org:tasks:manage'), requesting_user_has(permission => 'org:tasks:delete');
SELECT clerk_rls.act_as_anonymous();
SELECT * FROM who();
SELECT current_setting('request.jwt.claims');
SELECT count(*) FROM notes;
SELECT clerk_rls.act_as(role => 'service_role');
SELECT * FROM who();
SELECT count(*) FROM notes;
SELECT clerk_rls.act_as('user_red', role => 'anon');
SELECT * FROM who();
SELECT clerk_rls.act_as_anonymous(role => 'authenticated');
SELECT * FROM who();
-- role none is the session's own, as with SET ROLE
SELECT clerk_rls.act_as('user_red', role => 'none');
SELECT current_user, requesting_user_id();
COMMIT;
-- after COMMIT nothing is left
SELECT current_user, requesting_user_id(), nullif(current_setting('request.jwt.claims', true), '') AS claims, nullif(current_setting('clerk_rls.identity', true), '') AS identity;

-- savepoints and exception blocks
BEGIN;
SELECT clerk_rls.act_as('user_red');
SAVEPOINT s;
SELECT clerk_rls.act_as('user_blue', role => 'anon');
SELECT current_user, requesting_user_id();
ROLLBACK TO s;
SELECT current_user, requesting_user_id();
SELECT clerk_rls.act_as_anonymous();
SELECT current_user, requesting_user_id();
ROLLBACK TO s;
SELECT current_user, requesting_user_id();
ROLLBACK;
SELECT current_user, requesting_user_id();

-- within a session that has become somebody with SET ROLE, and outside of a transaction block
SET ROLE anon;
BEGIN;
SELECT clerk_rls.act_as('user_red');
SELECT current_user, requesting_user_id();
COMMIT;
SELECT current_user;
RESET ROLE;
SELECT clerk_rls.act_as('user_red');
SELECT current_user, requesting_user_id();
SELECT clerk_rls.act_as_anonymous();

-- additional claims go over it
BEGIN;
SELECT clerk_rls.act_as('user_red', claims => '{"email": "red@example.com", "sts": "pending"}');
SELECT * FROM who();
SELECT clerk_rls.act_as('user_red', 'org_paint', claims => '{"sub": "user_blue", "org_slug": "paint", "role": "other"}');
SELECT *, requesting_org_slug() FROM who();
SELECT clerk_rls.act_as(claims => '{"sub": "mch_1"}');
SELECT requesting_machine_id();
SELECT clerk_rls.act_as_claims('{"sub": "user_red", "sts": "pending"}');
SELECT * FROM who();
SELECT current_setting('request.jwt.claims');
-- and the claims of old versions of PostgREST do not shine through
SELECT set_config('request.jwt.claim.sub', 'user_old', true);
SELECT clerk_rls.act_as_anonymous();
SELECT coalesce(nullif(current_setting('request.jwt.claim.sub'), ''), 'nobody');
ROLLBACK;

-- each provider; null where its tokens have no such claim
CREATE FUNCTION try(provider text, user_id text, org_id text, org_role text, permissions text[], claim_map text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    PERFORM set_config('clerk_rls.provider', provider, true), set_config('clerk_rls.claim_map', claim_map, true);
    PERFORM clerk_rls.act_as(user_id, org_id, org_role, permissions);
    SELECT concat_ws(' | ', coalesce(requesting_user_id(), 'NULL'), coalesce(requesting_org_id(), 'NULL'), coalesce(requesting_org_role(), 'NULL'),
        coalesce(requesting_org_permissions()::text, 'NULL'), requesting_role(), current_user, requesting_claims()) INTO answer;
    RAISE SQLSTATE 'TRY00';
EXCEPTION
    WHEN SQLSTATE 'TRY00' THEN RETURN answer;
    WHEN OTHERS THEN RETURN SQLSTATE || ': ' || SQLERRM;
END $$;
SELECT provider, try(provider, 'user_red', NULL, NULL, NULL) AS "user", try(provider, 'user_red', 'org_paint', NULL, NULL) AS org,
    try(provider, 'user_red', NULL, 'admin', NULL) AS role, try(provider, 'user_red', NULL, NULL, '{b:write,a:read}') AS permissions
FROM unnest('{clerk,supabase,logto,supertokens,auth0,keycloak,firebase,generic}'::text[]) provider \gx
SELECT try('clerk', 'user_red', 'org_paint', 'admin', '{a:read}',
    '{"user_id": ["userId"], "org_id": ["https://example.com/org"], "org_role": {"path": ["app", "role"], "strip_prefix": "role:"}, "permissions": {"path": ["scope"], "split": " "}}');
SELECT try('clerk', 'user_red', NULL, NULL, '{a b}', '{"permissions": {"path": ["scope"], "split": " "}}');
SELECT try('clerk', 'user_red', 'org_paint', NULL, NULL, '{"org_id": ["sub"]}');
SELECT current_user, current_setting('clerk_rls.provider');

-- a session and an expiry, where they are required
SET clerk_rls.require_session = on;
SET clerk_rls.check_expiry = on;
SELECT try('clerk', 'user_red', NULL, NULL, NULL) LIKE 'user_red | % "sid": "sess_persona"%' AS clerk, try('logto', 'user_red', NULL, NULL, NULL) AS logto;
BEGIN;
SELECT clerk_rls.act_as('user_red');
SELECT user_id, session_id, expires_at > now() + '50 min' AS expires, problem FROM clerk_rls.whoami();
SELECT clerk_rls.act_as_claims('{"sub": "user_red"}');
SELECT user_id, problem FROM clerk_rls.whoami();
COMMIT;
RESET clerk_rls.require_session;
RESET clerk_rls.check_expiry;

-- what makes no sense is an error, and nothing changes
BEGIN;
SELECT clerk_rls.act_as('user_red');
SAVEPOINT s;
SELECT clerk_rls.act_as('user_blue', role => 'nosuch');
ROLLBACK TO s;
SELECT current_user, requesting_user_id();
SELECT clerk_rls.act_as_anonymous('nosuch');
ROLLBACK TO s;
SELECT clerk_rls.act_as('');
ROLLBACK TO s;
SELECT clerk_rls.act_as('mch_1');
ROLLBACK TO s;
SELECT clerk_rls.act_as(org_id => 'org_paint');
ROLLBACK TO s;
SELECT clerk_rls.act_as('user_red', '');
ROLLBACK TO s;
SELECT clerk_rls.act_as('user_red', permissions => '{a,NULL}');
ROLLBACK TO s;
SELECT clerk_rls.act_as('user_red', claims => '[]');
ROLLBACK TO s;
SELECT clerk_rls.act_as('user_red', claims => NULL);
ROLLBACK TO s;
SELECT clerk_rls.act_as('user_red', role => NULL);
ROLLBACK TO s;
SELECT clerk_rls.act_as('user_red', claims => jsonb_build_object('a', repeat('x', 65536)));
ROLLBACK TO s;
SELECT clerk_rls.act_as_claims('"user_red"');
ROLLBACK TO s;
SELECT clerk_rls.act_as_claims(NULL);
ROLLBACK TO s;
SELECT current_user, requesting_user_id();
COMMIT;

-- whoever cannot SET ROLE cannot act as one; the claims of a request are anybody's to set
\c - authenticator
BEGIN;
SELECT clerk_rls.act_as('user_red');
SELECT current_user, requesting_user_id();
SELECT clerk_rls.act_as('user_blue', role => 'anon');
SELECT current_user, requesting_user_id();
SELECT clerk_rls.act_as('user_red', role => 'postgres');
ROLLBACK;

-- a function that has rights of its own cannot take on a role
\c - postgres
CREATE FUNCTION definer() RETURNS void LANGUAGE sql SECURITY DEFINER AS $$ SELECT clerk_rls.act_as('user_red', role => 'anon') $$;
BEGIN;
SELECT definer();
ROLLBACK;
DROP FUNCTION definer;
\c - authenticator

-- an identity that was verified in this transaction would go first: it is gone, and the transaction stays its owner's
BEGIN;
SELECT clerk_rls.authenticate(token('user_red'));
SELECT clerk_rls.act_as('user_blue');
SELECT user_id, source FROM clerk_rls.whoami();
SAVEPOINT s;
SELECT clerk_rls.authenticate(token('user_blue'));
ROLLBACK TO s;
SELECT clerk_rls.authenticate(token('user_red'));
SELECT clerk_rls.act_as_anonymous();
SELECT user_id, source FROM clerk_rls.whoami();
COMMIT;

-- verified_token: a superuser makes people up, with the names that the settings have
\c - postgres
ALTER DATABASE regress_personas SET clerk_rls.identity_source = 'verified_token';
\c
BEGIN;
SELECT clerk_rls.act_as('user_red', 'org_paint', 'admin', '{org:tasks:read}');
SELECT * FROM who();
SELECT source FROM clerk_rls.whoami();
SELECT count(*) FROM notes;
INSERT INTO notes (body) VALUES ('red 4') RETURNING user_id;
-- the claims of the request are ignored, as ever
SET LOCAL request.jwt.claims = '{"sub":"user_blue"}';
SELECT requesting_user_id(), count(*) FROM notes;
-- from one role to the next, and to another person
SELECT clerk_rls.act_as('user_blue', role => 'anon');
SELECT current_user, requesting_user_id();
SAVEPOINT s;
SELECT clerk_rls.act_as('user_red', claims => '{"sts": "pending", "name": "Žofie 😀", "exp": 1}');
SELECT * FROM who();
SELECT requesting_claim('name');
SELECT clerk_rls.act_as('user_red', claims => '{"name": "Žofie 😀", "exp": 1}');
SELECT user_id, requesting_claim('name') FROM who();
ROLLBACK TO s;
SELECT current_user, requesting_user_id();
SELECT clerk_rls.act_as_anonymous();
SELECT * FROM who();
SELECT clerk_rls.act_as_claims('{"sub": "user_red", "v": 2, "o": {"id": "org_paint", "rol": "admin"}}');
SELECT * FROM who();
COMMIT;
SELECT current_user, requesting_user_id(), nullif(current_setting('clerk_rls.identity', true), '') AS identity;
SELECT try(provider, 'user_red', NULL, NULL, NULL) FROM unnest('{clerk,logto,generic}'::text[]) provider;
SELECT try('logto', 'user_red', 'org_paint', NULL, '{a,b}', '{"user_id": {"path": ["userId"], "strip_prefix": "u:"}}');
SET clerk_rls.require_session = on;
SET clerk_rls.check_expiry = on;
SELECT try('logto', 'user_red', NULL, NULL, NULL);
RESET clerk_rls.require_session;
RESET clerk_rls.check_expiry;

-- parallel workers have the made-up identity too
BEGIN;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL parallel_leader_participation = off;
SELECT clerk_rls.act_as('user_red');
SELECT requesting_user_id(), count(*) FROM notes;
COMMIT;

-- act_as() changes the person of a transaction, authenticate() does not
BEGIN;
SELECT clerk_rls.authenticate(token('user_red'));
SELECT clerk_rls.act_as('user_blue');
SELECT clerk_rls.act_as('user_red');
SAVEPOINT s;
SELECT clerk_rls.authenticate(token('user_blue'));
ROLLBACK TO s;
SELECT clerk_rls.authenticate(token('user_red'));
ROLLBACK;

-- the session of a superuser, whatever role it has taken on
SET ROLE authenticated;
BEGIN;
SELECT clerk_rls.act_as('user_red');
SELECT current_user, requesting_user_id();
COMMIT;
RESET ROLE;
-- the setting itself stays closed to everybody
BEGIN;
SELECT clerk_rls.act_as('user_red', role => 'none');
SELECT set_config('clerk_rls.identity', current_setting('clerk_rls.identity'), true);
ROLLBACK;

-- nobody else: not an application's role, not by a function with a superuser's rights, not with a superuser's role
CREATE FUNCTION as_red() RETURNS void LANGUAGE sql SECURITY DEFINER AS $$ SELECT clerk_rls.act_as('user_red') $$;
CREATE FUNCTION as_red_of_the_session() RETURNS void LANGUAGE sql SECURITY DEFINER AS $$ SELECT clerk_rls.act_as('user_red', role => 'none') $$;
CREATE FUNCTION claims_of_red() RETURNS void LANGUAGE sql SECURITY DEFINER AS $$ SELECT clerk_rls.act_as_claims('{"sub": "user_red"}') $$;
SELECT as_red();
SELECT claims_of_red();
CREATE ROLE deputy LOGIN NOINHERIT;
GRANT postgres TO deputy;
GRANT authenticated TO deputy;
\c - deputy
BEGIN;
SELECT clerk_rls.act_as('user_red');
ROLLBACK;
BEGIN;
SET LOCAL ROLE postgres;
SELECT clerk_rls.act_as('user_red');
ROLLBACK;
\c - postgres
SET SESSION AUTHORIZATION deputy;
SELECT clerk_rls.act_as('user_red');
RESET SESSION AUTHORIZATION;
\c - authenticator
BEGIN;
SELECT clerk_rls.act_as('user_red');
ROLLBACK;
BEGIN;
SELECT clerk_rls.act_as_claims('{"sub": "user_red"}');
ROLLBACK;
SELECT as_red();
SELECT as_red_of_the_session();
SELECT claims_of_red();
SELECT requesting_user_id();
-- who was authenticated can be taken back, which deauthenticate() does for anybody
BEGIN;
SELECT clerk_rls.authenticate(token('user_red'));
SELECT clerk_rls.act_as_anonymous();
SELECT current_user, requesting_user_id(), count(*) FROM notes;
COMMIT;
-- a policy's function cannot make somebody of whoever is acting
\c - postgres
CREATE TABLE trap (n int);
CREATE FUNCTION spring() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN PERFORM clerk_rls.act_as('user_blue'); RETURN true; END $$;
ALTER FUNCTION spring() OWNER TO deputy;
INSERT INTO trap VALUES (1);
ALTER TABLE trap ENABLE ROW LEVEL SECURITY;
CREATE POLICY trap ON trap USING (spring());
GRANT SELECT ON trap TO authenticated;
BEGIN;
SELECT clerk_rls.act_as('user_red');
SELECT * FROM trap;
ROLLBACK;
DROP TABLE trap;
DROP FUNCTION spring;
DROP ROLE deputy;
