-- clerk_rls.check_revocation: the claims of the request are looked up among the revocations, too.
SET client_min_messages = error;
CREATE FUNCTION claims(more jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT '{"iss": "https://clerk.example.com", "sub": "user_red", "sid": "sess_1", "jti": "token_1", "iat": 1700000000}'::jsonb || more $$;
CREATE FUNCTION who(request text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('request.jwt.claims', request, true);
    RETURN (SELECT coalesce(user_id, machine_id, 'nobody') || coalesce(': ' || problem, '') FROM clerk_rls.whoami());
END $$;
-- off: nothing is looked up
SELECT clerk_rls.revoke_session('sess_1') \g /dev/null
SELECT who(claims());
SET clerk_rls.check_revocation = on;
SELECT who(claims());
TRUNCATE clerk_rls.revocations;
SELECT who(claims());

-- on: what could not be revoked signs nobody in
SELECT name, who(claims::text) FROM (VALUES
    ('no iat', claims()::jsonb - 'iat'), ('iat as text', claims('{"iat": "1700000000"}')::jsonb), ('iat null', claims('{"iat": null}')::jsonb),
    ('iat negative', claims('{"iat": -1}')::jsonb), ('no session', claims()::jsonb - 'sid'), ('empty session', claims('{"sid": ""}')::jsonb),
    ('a number for a session', claims('{"sid": 7}')::jsonb), ('no jti', claims()::jsonb - 'jti'), ('a machine has no session', claims('{"sub": "mch_1"}')::jsonb - 'sid'),
    ('a machine without iat', claims('{"sub": "mch_1"}')::jsonb - 'iat'), ('no subject', claims()::jsonb - 'sub')) AS v (name, claims);
-- a provider whose tokens name no session
SET clerk_rls.provider = 'auth0';
SELECT who((claims()::jsonb - 'sid')::text);
SET clerk_rls.provider = 'supabase';
SELECT who(claims());
SELECT who(claims('{"session_id": "s"}'));
RESET clerk_rls.provider;
-- the legacy settings have no iat
BEGIN;
SET LOCAL request.jwt.claim.sub = 'user_red';
SELECT user_id, problem FROM clerk_rls.whoami();
COMMIT;

-- each kind
SELECT clerk_rls.revoke_token('token_1') \g /dev/null
SELECT who(claims()), who(claims('{"jti": "token_2"}'));
TRUNCATE clerk_rls.revocations;
SELECT clerk_rls.revoke_user('user_red', before => to_timestamp(1700000000.5)) \g /dev/null
SELECT who(claims()), who(claims('{"iat": 1700000000.5}')), who(claims('{"iat": 1700000000.500001}')), who(claims('{"sub": "user_blue"}'));
SELECT who(claims('{"sub": "user_blue", "act": {"sub": "user_red"}}'));
TRUNCATE clerk_rls.revocations;
SELECT clerk_rls.revoke_membership('user_red', 'org_paint', before => to_timestamp(1700000000)) \g /dev/null
SELECT who(claims('{"org_id": "org_paint"}')), who(claims('{"v": 2, "o": {"id": "org_paint"}}')), who(claims('{"org_id": "org_other"}')), who(claims()), who(claims('{"org_id": "org_paint", "iat": 1700000001}'));
TRUNCATE clerk_rls.revocations;
-- of one issuer; claims that name none may be of any
SELECT clerk_rls.revoke_session('sess_1', 'https://clerk.example.com') \g /dev/null
SELECT who(claims()), who(claims('{"iss": "https://clerk.example.com/"}')), who((claims()::jsonb - 'iss')::text), who(claims('{"iss": 7}'));
TRUNCATE clerk_rls.revocations;

-- another connection revokes: for the next transaction with the same claims, which nobody has set again
SET request.jwt.claims = '{"sub":"user_red","sid":"sess_1","iat":1700000000}';
SET ROLE authenticated;
SELECT requesting_user_id(), count(*) FROM notes;
\! psql -X -q -d regress_check_revocation -c "SELECT clerk_rls.revoke_session('sess_1')" -o /dev/null
SELECT requesting_user_id(), count(*) FROM notes;
SELECT requesting_user_id(), requesting_session_id(), requesting_claims(), requesting_claim('sub'), requesting_user_has(role => 'admin');
\! psql -X -q -d regress_check_revocation -c "DELETE FROM clerk_rls.revocations"
SELECT requesting_user_id(), count(*) FROM notes;
-- the same claims again, as on a pooled connection
BEGIN;
SET LOCAL request.jwt.claims = '{"sub":"user_blue","sid":"sess_2","iat":1700000000}';
SELECT count(*) FROM notes;
COMMIT;
\! psql -X -q -d regress_check_revocation -c "SELECT clerk_rls.revoke_user('user_blue')" -o /dev/null
BEGIN;
SET LOCAL request.jwt.claims = '{"sub":"user_blue","sid":"sess_2","iat":1700000000}';
SELECT count(*) FROM notes;
COMMIT;
-- a plan that was made before
PREPARE notes AS SELECT count(*) FROM notes;
SET plan_cache_mode = force_generic_plan;
EXECUTE notes;
\! psql -X -q -d regress_check_revocation -c "SELECT clerk_rls.revoke_user('user_red')" -o /dev/null
EXECUTE notes;
\! psql -X -q -d regress_check_revocation -c "TRUNCATE clerk_rls.revocations"
EXECUTE notes;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM notes;
\! psql -X -q -d regress_check_revocation -c "SELECT clerk_rls.revoke_user('user_red')" -o /dev/null
COMMIT;
SELECT count(*) FROM notes;
\! psql -X -q -d regress_check_revocation -c "TRUNCATE clerk_rls.revocations"
RESET ROLE;

-- one's own revocation, and its end
BEGIN;
SELECT requesting_user_id();
SAVEPOINT before;
SELECT clerk_rls.revoke_session('sess_1') \g /dev/null
SELECT requesting_user_id();
ROLLBACK TO before;
SELECT requesting_user_id();
SELECT clerk_rls.revoke_session('sess_1') \g /dev/null
SELECT requesting_user_id();
ROLLBACK;
SELECT requesting_user_id();
-- a setting that is switched on takes effect at once
SELECT clerk_rls.revoke_session('sess_1') \g /dev/null
SET clerk_rls.check_revocation = off;
SELECT requesting_user_id();
SET clerk_rls.check_revocation = on;
SELECT requesting_user_id();
TRUNCATE clerk_rls.revocations;

-- where no snapshot has been taken, and where transactions end within a statement
DO $$
BEGIN
    FOR i IN 1..2 LOOP
        RAISE INFO '%', requesting_user_id();
        COMMIT;
        RAISE INFO '%', requesting_user_id();
        PERFORM clerk_rls.revoke_session('sess_1');
        RAISE INFO '%', requesting_user_id();
        ROLLBACK;
    END LOOP;
END $$;
CREATE PROCEDURE told(name text) LANGUAGE plpgsql AS $$ BEGIN RAISE INFO '%', name; COMMIT; RAISE INFO '%', requesting_user_id(); END $$;
CALL told(requesting_user_id());
COPY (SELECT requesting_user_id()) TO STDOUT;
COPY notes (body) FROM STDIN;
copied
\.
SELECT user_id FROM notes WHERE body = 'copied';
ALTER TABLE notes ADD COLUMN added text DEFAULT requesting_user_id();
SELECT DISTINCT added FROM notes;
CREATE TABLE deferred (user_id text);
CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE INFO 'at commit: %', requesting_user_id(); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON deferred DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION at_commit();
BEGIN;
INSERT INTO deferred VALUES ('x');
COMMIT;

-- parallel workers look the claims up themselves
INSERT INTO notes (body, user_id) SELECT 'note ' || i, CASE i % 2 WHEN 0 THEN 'user_red' ELSE 'user_blue' END FROM generate_series(1, 20000) i;
ANALYZE notes;
SET max_parallel_workers_per_gather = 2;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
GRANT SELECT ON readers TO authenticated;
SET ROLE authenticated;
EXPLAIN (COSTS OFF) SELECT count(*) FROM notes;
SELECT count(*) FROM notes;
SELECT set_config('parallel_leader_participation', 'off', false);
SELECT count(*) FROM notes;
\! psql -X -q -d regress_check_revocation -c "SELECT clerk_rls.revoke_session('sess_1')" -o /dev/null
SELECT count(*) FROM notes;
SET parallel_leader_participation = on;
SELECT count(*) FROM notes;
-- everything in a worker that can be, in old snapshots too
SELECT set_config(name, 'regress', false) AS parallel FROM pg_settings WHERE name IN ('debug_parallel_query', 'force_parallel_mode');
SELECT user_id, problem FROM clerk_rls.whoami();
\! psql -X -q -d regress_check_revocation -c "TRUNCATE clerk_rls.revocations"
SELECT user_id, problem FROM clerk_rls.whoami();
SELECT count(*) FROM notes;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM notes;
\! psql -X -q -d regress_check_revocation -c "SELECT clerk_rls.revoke_session('sess_1')" -o /dev/null
SAVEPOINT hears_of_it;
SET LOCAL request.jwt.claims = '{"sub":"user_red","sid":"sess_1","iat":1700000000,"again":true}';
SELECT count(*) FROM notes;
COMMIT;
RESET ROLE;
-- what the leader has not yet committed is revoked in its workers
TRUNCATE clerk_rls.revocations;
BEGIN;
SELECT clerk_rls.revoke_session('sess_1') \g /dev/null
SET LOCAL ROLE authenticated;
SELECT count(*) FROM notes;
ROLLBACK;
SET ROLE authenticated;
SELECT count(*) FROM notes;
RESET ROLE;
SELECT set_config(name, 'off', false) AS parallel FROM pg_settings WHERE name IN ('debug_parallel_query', 'force_parallel_mode');

-- a verified token was looked up by authenticate(), and its transaction goes on
SET clerk_rls.identity_source = 'verified_token';
BEGIN;
SELECT clerk_rls.authenticate(token('user_red'));
\! psql -X -q -d regress_check_revocation -c "SELECT clerk_rls.revoke_session('sess_1')" -o /dev/null
SELECT requesting_user_id();
COMMIT;
SELECT clerk_rls.authenticate(token('user_red'));
-- a person that a superuser makes up has no token, and is not looked up
BEGIN;
SELECT clerk_rls.revoke_user('user_red', before => 'infinity') \g /dev/null
SELECT clerk_rls.act_as('user_red', role => 'authenticated');
SELECT requesting_user_id();
ROLLBACK;
RESET clerk_rls.identity_source;
TRUNCATE clerk_rls.revocations;
-- as claims of the request, such a person has iat and session, and is looked up
BEGIN;
SELECT clerk_rls.act_as('user_red', role => 'authenticated');
SELECT user_id, problem FROM clerk_rls.whoami();
ROLLBACK;
BEGIN;
SET LOCAL clerk_rls.provider = 'auth0';
SELECT clerk_rls.act_as('user_red', role => 'authenticated');
SELECT user_id, problem FROM clerk_rls.whoami();
ROLLBACK;
BEGIN;
SELECT clerk_rls.revoke_user('user_red', before => 'infinity') \g /dev/null
SELECT clerk_rls.act_as('user_red', role => 'authenticated');
SELECT user_id, problem FROM clerk_rls.whoami();
ROLLBACK;

-- a table of another shape is not read
BEGIN;
ALTER TABLE clerk_rls.revocations ALTER COLUMN not_before TYPE text;
SELECT user_id, problem FROM clerk_rls.whoami();
ROLLBACK;

-- without the extension there is nothing to look up in, and nobody is signed in
CREATE FUNCTION native() RETURNS text LANGUAGE c STABLE PARALLEL SAFE AS '$libdir/clerk_rls', 'requesting_user_id';
SELECT native();
DROP FUNCTION claims, who;
\set VERBOSITY terse
DROP EXTENSION clerk_rls CASCADE;
SET request.jwt.claims = '{"sub":"user_red","sid":"sess_1","iat":1700000001}';
SELECT native();
SET clerk_rls.check_revocation = off;
SELECT native();
