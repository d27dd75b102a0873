-- Revocation of sessions, tokens, users and memberships: what authenticate() refuses. Claims of the request are
-- tested in check_revocation.sql.
SET client_min_messages = error;
CREATE FUNCTION attempt(token text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    RETURN 'accepted: ' || clerk_rls.authenticate(token);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN SQLSTATE || ' ' || SQLERRM || '. ' || hint;
END $$;
-- a token with this iat
CREATE FUNCTION issued(seconds numeric, more jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT token('user_red', jsonb_build_object('iat', seconds, 'exp', 4102444800) || more) $$;
SELECT token('user_red', '{"jti": "token_1", "exp": 4102444800}') AS red \gset
SELECT token('user_red', '{"jti": "token_2", "sid": "sess_2", "exp": 4102444800}') AS other_red \gset
SELECT token('user_blue', '{"sid": "sess_blue", "exp": 4102444800}') AS blue \gset
SELECT ed25519_token('user_red', '{"sid": "sess_1", "exp": 4102444800}') AS ed_red \gset
-- whoever asks has no rights on the table
GRANT EXECUTE ON FUNCTION attempt(text) TO PUBLIC;
\set attempts 'SELECT attempt(:\'red\') AS red; SELECT attempt(:\'other_red\') AS other_red; SELECT attempt(:\'blue\') AS blue; SELECT attempt(:\'ed_red\') AS ed_red;'
SET ROLE authenticated;
:attempts
RESET ROLE;

-- a session, of every issuer or of one; by another connection, for tokens that this one has verified before
\! psql -X -q -d regress_revocations -c "SELECT clerk_rls.revoke_session('sess_1')" -o /dev/null
SET ROLE authenticated;
:attempts
RESET ROLE;
SELECT kind, subject, org_id, issuer, not_before, reason, expires_at - created_at AS kept FROM clerk_rls.revocations;
\! psql -X -q -d regress_revocations -c "DELETE FROM clerk_rls.revocations" -o /dev/null
:attempts
\! psql -X -q -d regress_revocations -c "SELECT clerk_rls.revoke_session('sess_1', 'https://clerk.example.com', reason => 'session.ended')" -o /dev/null
:attempts
SELECT kind, subject, issuer, reason FROM clerk_rls.revocations;
-- TRUNCATE is a change too, and what a replica's session does
\! psql -X -q -d regress_revocations -c "TRUNCATE clerk_rls.revocations"
SELECT attempt(:'red');
\! psql -X -q -d regress_revocations -c "SET session_replication_role = replica" -c "SELECT clerk_rls.revoke_session('sess_1')" -o /dev/null
SELECT attempt(:'red');
\! psql -X -q -d regress_revocations -c "SET session_replication_role = replica" -c "DELETE FROM clerk_rls.revocations" -o /dev/null
SELECT attempt(:'red');

-- a token
SELECT clerk_rls.revoke_token('token_1') \g /dev/null
:attempts
TRUNCATE clerk_rls.revocations;
-- only exactly this one
SELECT clerk_rls.revoke_token('token_'), clerk_rls.revoke_token('token_11'), clerk_rls.revoke_token('TOKEN_1'), clerk_rls.revoke_token('sess_1'), clerk_rls.revoke_session('token_1') \g /dev/null
SELECT attempt(:'red');
TRUNCATE clerk_rls.revocations;

-- a user, as policies see the ID
SELECT clerk_rls.revoke_user('user_red', before => now() + '1 minute') \g /dev/null
:attempts
SELECT clerk_rls.revoke_user('ed:user_red', before => now() + '1 minute') \g /dev/null
:attempts
SELECT expires_at - not_before AS kept_after_the_cut_off FROM clerk_rls.revocations ORDER BY subject;
TRUNCATE clerk_rls.revocations;
-- the bounds: iat has fractions, and the cut-off has microseconds
SELECT clerk_rls.revoke_user('user_red', before => to_timestamp(1700000000.000003)) \g /dev/null
SELECT iat, attempt(issued(iat)) FROM (VALUES (0), (1699999999.999999), (1700000000), (1700000000.000002), (1700000000.000003), (1700000000.000004), (1700000000.9), (1700000001)) AS v (iat);
-- a second call only moves it forward, whoever calls
SELECT clerk_rls.revoke_user('user_red', before => to_timestamp(1600000000)) \g /dev/null
SELECT not_before FROM clerk_rls.revocations;
SELECT attempt(issued(1700000000));
SELECT clerk_rls.revoke_user('user_red', before => to_timestamp(1700000001), reason => 'banned') \g /dev/null
SELECT not_before, reason FROM clerk_rls.revocations;
SELECT attempt(issued(1700000001)), attempt(issued(1700000001.000001));
-- one for all issuers and one for this: the later counts
SELECT clerk_rls.revoke_user('user_red', 'https://clerk.example.com', to_timestamp(1700000002)) \g /dev/null
SELECT attempt(issued(1700000002)), attempt(issued(1700000003));
SELECT clerk_rls.revoke_user('user_red', 'https://ed25519.example.com', to_timestamp(1700000003)) \g /dev/null
SELECT attempt(issued(1700000003));
-- without iat nothing can be compared
SELECT attempt(clerk_rls.jwt_sign('{"iss": "https://clerk.example.com", "sub": "user_red", "exp": 4102444800}', clerk_rls.jwk_from_secret(repeat('s', 32), 'HS256')));
SELECT attempt(clerk_rls.jwt_sign('{"iss": "https://clerk.example.com", "sub": "user_blue", "exp": 4102444800}', clerk_rls.jwk_from_secret(repeat('s', 32), 'HS256')));
-- for good
SELECT clerk_rls.revoke_user('user_red', before => 'infinity') \g /dev/null
SELECT attempt(token('user_red')), clerk_rls.prune_revocations();
SELECT clerk_rls.revoke_user('user_red', before => now()) \g /dev/null
SELECT not_before, expires_at FROM clerk_rls.revocations WHERE issuer = '';
TRUNCATE clerk_rls.revocations;
-- by default up to the time of the call, not of its transaction
BEGIN;
SELECT pg_sleep(0.01) \g /dev/null
SELECT clerk_rls.revoke_user('user_blue') \g /dev/null
SELECT not_before > now() AS later_than_now FROM clerk_rls.revocations;
ROLLBACK;
-- a revoked user does not go on as somebody else
SELECT clerk_rls.revoke_user('user_admin') \g /dev/null
SELECT attempt(token('user_red', '{"iat": 1700000000, "act": {"sub": "user_admin"}}'));
-- a machine
UPDATE clerk_rls.issuers SET accepts = '{session,machine}' WHERE issuer = 'https://clerk.example.com';
SELECT attempt(token('mch_1', '{"iat": 1700000000}'));
SELECT clerk_rls.revoke_user('mch_1') \g /dev/null
SELECT attempt(token('mch_1', '{"iat": 1700000000}'));
TRUNCATE clerk_rls.revocations;

-- a membership: tokens in which the organization is active; the user's others count
SELECT clerk_rls.revoke_membership('user_red', 'org_paint') \g /dev/null
SELECT name, attempt(issued(1700000000, more)) FROM (VALUES
    ('version 2', '{"v": 2, "o": {"id": "org_paint", "rol": "admin"}}'::jsonb), ('version 1', '{"org_id": "org_paint", "org_role": "org:admin"}'),
    ('another organization', '{"v": 2, "o": {"id": "org_other", "rol": "admin"}}'), ('none', '{}')) AS v (name, more);
SELECT attempt(token('user_blue', '{"iat": 1700000000, "org_id": "org_paint"}'));
-- issued after it: the role that it has now
SELECT attempt(issued(extract(epoch FROM now()) + 2, '{"org_id": "org_paint"}'));
TRUNCATE clerk_rls.revocations;

-- transactions: one's own revocation counts at once, and no longer when it is rolled back
BEGIN;
SELECT attempt(:'red');
SAVEPOINT before;
SELECT clerk_rls.revoke_session('sess_1') \g /dev/null
SELECT attempt(:'red');
-- the transaction goes on as who it is
SELECT requesting_user_id();
ROLLBACK TO before;
SELECT attempt(:'red');
SELECT clerk_rls.revoke_session('sess_1') \g /dev/null
SELECT attempt(:'red');
ROLLBACK;
SELECT attempt(:'red');
-- one that was taken back and is not, after all
SELECT clerk_rls.revoke_session('sess_1') \g /dev/null
BEGIN;
DELETE FROM clerk_rls.revocations;
SELECT attempt(:'red');
ROLLBACK;
SELECT attempt(:'red');
TRUNCATE clerk_rls.revocations;
-- the uncommitted one of another connection does not count
\! psql -X -q -d regress_revocations -c "BEGIN" -c "SELECT clerk_rls.revoke_session('sess_1')" -c "ROLLBACK" -o /dev/null
SELECT attempt(:'red');
-- an old snapshot does not hide it
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM notes;
SELECT attempt(:'red');
\! psql -X -q -d regress_revocations -c "SELECT clerk_rls.revoke_session('sess_1')" -o /dev/null
SELECT count(*) AS in_the_old_snapshot FROM clerk_rls.revocations;
SELECT attempt(:'red');
COMMIT;
\! psql -X -q -d regress_revocations -c "TRUNCATE clerk_rls.revocations"
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY;
SELECT attempt(:'red');
\! psql -X -q -d regress_revocations -c "SELECT clerk_rls.revoke_session('sess_1')" -o /dev/null
SELECT attempt(:'red');
COMMIT;
TRUNCATE clerk_rls.revocations;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT attempt(:'red');
INSERT INTO notes (body, user_id) VALUES ('serializable', 'user_red');
\! psql -X -q -d regress_revocations -c "SET default_transaction_isolation = serializable" -c "SELECT clerk_rls.revoke_session('sess_1')" -o /dev/null
SELECT attempt(:'red');
COMMIT;
TRUNCATE clerk_rls.revocations;
-- G8: a prepared revocation counts when it is committed
BEGIN;
SELECT clerk_rls.revoke_session('sess_1') \g /dev/null
PREPARE TRANSACTION 'revocation';
SELECT attempt(:'red');
\! psql -X -q -d regress_revocations -c "COMMIT PREPARED 'revocation'"
SELECT attempt(:'red');
-- PostgREST's requests are checked too
BEGIN;
SELECT set_config('request.headers', jsonb_build_object('authorization', 'Bearer ' || :'red')::text, true) \g /dev/null
SELECT clerk_rls.pre_request();
ROLLBACK;
-- without the index it is found as well
BEGIN;
ALTER TABLE clerk_rls.revocations DROP CONSTRAINT revocations_pkey;
SELECT attempt(:'red');
ROLLBACK;
-- a table of another shape is not read
BEGIN;
ALTER TABLE clerk_rls.revocations ALTER COLUMN not_before TYPE text;
SELECT attempt(:'red');
ROLLBACK;
TRUNCATE clerk_rls.revocations;

-- arguments
\set VERBOSITY sqlstate
SELECT clerk_rls.revoke_session(NULL);
SELECT clerk_rls.revoke_session('');
SELECT clerk_rls.revoke_token(NULL);
SELECT clerk_rls.revoke_user('');
SELECT clerk_rls.revoke_user(NULL);
SELECT clerk_rls.revoke_user('user_red', before => NULL);
SELECT clerk_rls.revoke_membership('user_red', '');
SELECT clerk_rls.revoke_membership('user_red', NULL);
SELECT clerk_rls.revoke_membership('', 'org_paint');
SELECT clerk_rls.revoke_membership('user_red', repeat('x', 256));
SELECT clerk_rls.revoke_session('sess_1', '');
SELECT clerk_rls.revoke_session(repeat('x', 1025));
SELECT clerk_rls.revoke_session('sess_1', repeat('x', 1025));
SELECT clerk_rls.add_revocation('nonsense', 'x', '', NULL, NULL, NULL);
SELECT clerk_rls.add_revocation(NULL, 'x', '', NULL, NULL, NULL);
SELECT clerk_rls.revocations_changed();
\set VERBOSITY terse
SELECT clerk_rls.revoke_session(NULL);
SELECT clerk_rls.revoke_membership('user_red', '');
SELECT clerk_rls.revoke_user('user_red', before => NULL);
-- rows that are written by hand
INSERT INTO clerk_rls.revocations (kind, subject) VALUES ('sessions', 'sess_1');
INSERT INTO clerk_rls.revocations (kind, subject) VALUES ('session', '');
INSERT INTO clerk_rls.revocations (kind, subject) VALUES ('user', 'user_red');
INSERT INTO clerk_rls.revocations (kind, subject, not_before) VALUES ('session', 'sess_1', now());
INSERT INTO clerk_rls.revocations (kind, subject, not_before) VALUES ('membership', 'user_red', now());
INSERT INTO clerk_rls.revocations (kind, subject, org_id) VALUES ('session', 'sess_1', 'org_paint');
INSERT INTO clerk_rls.revocations (kind, subject) VALUES ('session', 'sess_1');
SELECT attempt(:'red');
SELECT count(*) AS none FROM clerk_rls.revocations WHERE kind <> 'session';
-- an issuer that nobody has added may be a mistake
SET client_min_messages = notice;
\set VERBOSITY default
SELECT clerk_rls.revoke_session('sess_3', 'https://clerk.example.com/') \g /dev/null
SET client_min_messages = error;
TRUNCATE clerk_rls.revocations;

-- how long a row is kept
SHOW clerk_rls.revocation_lifetime;
SET clerk_rls.revocation_lifetime = '30 days';
SET clerk_rls.revocation_lifetime = '30d';
SELECT clerk_rls.revocation_lifetime();
SELECT clerk_rls.revoke_session('long') \g /dev/null
SET clerk_rls.revocation_lifetime = '59s';
SET clerk_rls.revocation_lifetime = '1min';
SELECT clerk_rls.revoke_session('short'), clerk_rls.revoke_session('long') \g /dev/null
SELECT subject, expires_at - created_at AS kept FROM clerk_rls.revocations ORDER BY subject;
RESET clerk_rls.revocation_lifetime;
INSERT INTO clerk_rls.revocations (kind, subject, expires_at) SELECT 'session', 'old_' || i, now() - '1 second'::interval FROM generate_series(1, 1000) AS i;
-- a row counts until it is deleted
SELECT attempt(token('user_red', '{"sid": "old_7"}'));
SELECT clerk_rls.prune_revocations(), clerk_rls.prune_revocations();
SELECT attempt(token('user_red', '{"sid": "old_7"}'));
SELECT count(*) AS left FROM clerk_rls.revocations;
TRUNCATE clerk_rls.revocations;

-- nobody but superusers reads or writes it
\set VERBOSITY terse
SET ROLE authenticated;
TABLE clerk_rls.revocations;
INSERT INTO clerk_rls.revocations (kind, subject) VALUES ('session', 'sess_1');
DELETE FROM clerk_rls.revocations;
SELECT clerk_rls.revoke_session('sess_1');
SELECT clerk_rls.revoke_token('token_1');
SELECT clerk_rls.revoke_user('user_red');
SELECT clerk_rls.revoke_membership('user_red', 'org_paint');
SELECT clerk_rls.add_revocation('session', 'sess_1', '', NULL, NULL, NULL);
SELECT clerk_rls.prune_revocations();
SELECT clerk_rls.revocation_lifetime();
SET clerk_rls.check_revocation = off;
SET clerk_rls.revocation_lifetime = '1min';
RESET ROLE;

-- P6: pg_dump saves them, and a restore revives them
SELECT clerk_rls.revoke_session('sess_1'), clerk_rls.revoke_user('user_blue', before => 'infinity', reason => 'banned') \g /dev/null
CREATE DATABASE regress_revocations_restored;
\! pg_dump -d regress_revocations | psql -X -q -d regress_revocations_restored -v ON_ERROR_STOP=1 -o /dev/null
\c regress_revocations_restored
SET client_min_messages = error;
SELECT clerk_rls.set_secret('https://clerk.example.com', repeat('s', 32)) \g /dev/null
SELECT kind, subject, not_before, reason FROM clerk_rls.revocations ORDER BY kind;
SELECT attempt(:'red');
SELECT attempt(:'blue');
SELECT attempt(:'other_red');
