-- requesting_org_ids(): every organization of the user, by the memberships; and clerk_rls.check_membership.
SET client_min_messages = error;
INSERT INTO clerk_rls.memberships (org_id, user_id, role, permissions, updated_at, deleted_at) VALUES
    ('org_paint', 'user_red', 'org:admin', '{org:tasks:read,org:tasks:manage}', now(), NULL),
    ('org_brush', 'user_red', 'org:member', '{org:tasks:read}', now(), NULL),
    ('org_Brush', 'user_red', NULL, '{}', now(), NULL),
    ('org_left', 'user_red', 'org:admin', '{org:tasks:manage}', now(), now()),
    ('org_blue', 'user_blue', 'org:admin', '{org:tasks:read}', now(), NULL),
    ('org_machine', 'mch_1', 'org:admin', '{}', now(), NULL),
    ('org_signed', 'user_signed', 'org:member', '{}', now(), NULL),
    ('org_ed', 'ed:user_red', 'org:admin', '{}', now(), NULL);
CREATE TABLE documents (id int PRIMARY KEY, org_id text NOT NULL);
CREATE INDEX documents_org_id ON documents (org_id);
INSERT INTO documents SELECT i, (ARRAY['org_paint', 'org_brush', 'org_Brush', 'org_left', 'org_blue'])[i % 5 + 1] FROM generate_series(1, 20) i;
INSERT INTO documents SELECT i, 'org_' || i FROM generate_series(21, 20000) i;
ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
CREATE POLICY members ON documents FOR SELECT TO authenticated USING (org_id = ANY (requesting_org_ids()));
CREATE POLICY managers ON documents FOR UPDATE TO authenticated USING (org_id = ANY (requesting_org_ids(permission => 'org:tasks:manage')));
GRANT SELECT, UPDATE ON documents TO authenticated;
ANALYZE documents;
CREATE FUNCTION as_user(claims jsonb) RETURNS void LANGUAGE sql AS $$ SELECT set_config('request.jwt.claims', claims::text, true) $$;

SET ROLE authenticated;
-- who has which; neither a visitor nor a machine nor what cannot be read has any
BEGIN;
SELECT requesting_org_ids() IS NULL AS nobody;
SELECT who, requesting_org_ids(), requesting_org_ids('org:admin') AS admin, requesting_org_ids(permission => 'tasks:read') AS reads,
    requesting_org_ids('member', 'org:tasks:read') AS both, requesting_org_ids('member', 'org:tasks:manage') AS neither, requesting_org_ids('') AS empty
FROM (VALUES ('{"sub": "user_red"}'), ('{"sub": "user_blue", "org_id": "org_paint", "org_role": "org:admin"}'), ('{"sub": "user_green"}'), ('{"sub": "mch_1"}'),
    ('{"sub": 7}'), ('{"sub": "user_red", "sts": "pending"}')) AS v (who), LATERAL (SELECT as_user(who::jsonb)) AS s OFFSET 0;
SELECT as_user('{"sub":"user_red"}') \g /dev/null
SELECT requesting_org_ids(r) FROM unnest('{admin,member,NULL,org:member,nothing}'::text[]) AS r;
SELECT count(*) FROM (SELECT requesting_org_ids(permission => 'p' || i) FROM generate_series(1, 100) i) AS many WHERE requesting_org_ids = '{}';
COMMIT;

-- rows, by the index
BEGIN; SELECT as_user('{"sub":"user_red"}') \g /dev/null
SELECT org_id, count(*) FROM documents GROUP BY org_id ORDER BY org_id COLLATE "C";
EXPLAIN (COSTS OFF) SELECT id FROM documents WHERE id > 0;
UPDATE documents SET id = id RETURNING org_id;
SELECT as_user('{"sub":"user_blue"}') \g /dev/null
SELECT org_id, count(*) FROM documents GROUP BY 1;
SELECT as_user('{}') \g /dev/null
SELECT count(*) FROM documents;
COMMIT;

-- another session ends a membership: from the next statement on, within a transaction too, and in plans that were made before
SET request.jwt.claims = '{"sub":"user_red"}';
PREPARE mine AS SELECT requesting_org_ids(), count(*) FROM documents;
SET plan_cache_mode = force_generic_plan;
BEGIN;
EXECUTE mine;
\! psql -X -q -d regress_org_ids -c "UPDATE clerk_rls.memberships SET deleted_at = now() WHERE org_id = 'org_brush'"
EXECUTE mine;
\! psql -X -q -d regress_org_ids -c "UPDATE clerk_rls.memberships SET deleted_at = NULL WHERE org_id = 'org_brush'"
EXECUTE mine;
SELECT requesting_org_ids('admin');
\! psql -X -q -d regress_org_ids -c "UPDATE clerk_rls.memberships SET role = 'org:member' WHERE org_id = 'org_paint'"
SELECT requesting_org_ids('admin');
\! psql -X -q -d regress_org_ids -c "UPDATE clerk_rls.memberships SET role = 'org:admin' WHERE org_id = 'org_paint'"
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ;
EXECUTE mine;
\! psql -X -q -d regress_org_ids -c "DELETE FROM clerk_rls.memberships WHERE org_id = 'org_brush'"
EXECUTE mine;
COMMIT;
\! psql -X -q -d regress_org_ids -c "INSERT INTO clerk_rls.memberships (org_id, user_id, role, permissions, updated_at) VALUES ('org_brush', 'user_red', 'org:member', '{org:tasks:read}', now())"
EXECUTE mine;
-- triggers count in replica mode, and so does TRUNCATE
\! psql -X -q -d regress_org_ids -c "SET session_replication_role = replica; DELETE FROM clerk_rls.memberships WHERE org_id = 'org_Brush'"
EXECUTE mine;
\! psql -X -q -d regress_org_ids -c "CREATE TABLE kept AS TABLE clerk_rls.memberships; TRUNCATE clerk_rls.memberships"
EXECUTE mine;
\! psql -X -q -d regress_org_ids -c "INSERT INTO clerk_rls.memberships TABLE kept"
EXECUTE mine;
RESET plan_cache_mode;
-- the claims change between statements
BEGIN;
SELECT requesting_org_ids();
SET LOCAL request.jwt.claims = '{"sub":"user_blue"}';
SELECT requesting_org_ids(), count(*) FROM documents;
SAVEPOINT s;
SET LOCAL request.jwt.claims = '{"sub":"user_green"}';
SELECT requesting_org_ids(), count(*) FROM documents;
ROLLBACK TO s;
SELECT requesting_org_ids(), count(*) FROM documents;
COMMIT;
SELECT requesting_org_ids();
RESET ROLE;

-- one's own changes count before they are committed, and not when they are rolled back
BEGIN;
INSERT INTO clerk_rls.memberships (org_id, user_id, updated_at) VALUES ('org_new', 'user_red', now());
SELECT requesting_org_ids();
SAVEPOINT s;
DELETE FROM clerk_rls.memberships WHERE user_id = 'user_red';
SELECT requesting_org_ids();
ROLLBACK TO s;
SELECT requesting_org_ids();
ROLLBACK;
SELECT requesting_org_ids();
DO $$
BEGIN
    FOR i IN 1..2 LOOP
        RAISE INFO '%', requesting_org_ids();
        COMMIT;
        INSERT INTO clerk_rls.memberships (org_id, user_id, updated_at) VALUES ('org_new', 'user_red', now());
        RAISE INFO '%', requesting_org_ids();
        ROLLBACK;
        RAISE INFO '%', requesting_org_ids();
    END LOOP;
END $$;
-- a failed statement leaves nothing behind
\set VERBOSITY terse
INSERT INTO clerk_rls.memberships (org_id, user_id, updated_at) VALUES ('org_new', 'user_red', now()), ('', 'user_red', now());
\set VERBOSITY default
SELECT requesting_org_ids();

-- parallel workers have the same answer
SET ROLE authenticated;
SET max_parallel_workers_per_gather = 2; SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents;
SELECT count(*) FROM documents;
SET parallel_leader_participation = off;
SELECT count(*) FROM documents;
BEGIN;
SELECT count(*) FROM documents;
\! psql -X -q -d regress_org_ids -c "UPDATE clerk_rls.memberships SET deleted_at = now() WHERE org_id = 'org_brush'"
SELECT count(*) FROM documents;
SELECT requesting_org_ids();
\! psql -X -q -d regress_org_ids -c "UPDATE clerk_rls.memberships SET deleted_at = NULL WHERE org_id = 'org_brush'"
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM documents;
\! psql -X -q -d regress_org_ids -c "UPDATE clerk_rls.memberships SET deleted_at = now() WHERE org_id = 'org_brush'"
SELECT count(*) FROM documents;
COMMIT;
SELECT count(*) FROM documents;
\! psql -X -q -d regress_org_ids -c "UPDATE clerk_rls.memberships SET deleted_at = NULL WHERE org_id = 'org_brush'"
SELECT set_config(name, 'regress', false) AS parallel FROM pg_settings WHERE name IN ('debug_parallel_query', 'force_parallel_mode');
SELECT requesting_org_ids(), requesting_org_ids(permission => 'tasks:manage'), count(*) FROM documents;
SELECT requesting_org_ids(r) FROM unnest('{admin,member,NULL}'::text[]) AS r;
RESET ROLE; RESET enable_indexscan; RESET enable_bitmapscan; RESET enable_indexonlyscan;
SET clerk_rls.check_membership = on;
BEGIN; SELECT as_user('{"sub":"user_blue","org_id":"org_paint","org_role":"org:admin"}') \g /dev/null
SELECT user_id, org_id, problem FROM clerk_rls.whoami();
COMMIT;
SELECT set_config(name, 'off', false) AS parallel FROM pg_settings WHERE name IN ('debug_parallel_query', 'force_parallel_mode');
RESET clerk_rls.check_membership;

-- clerk_rls.check_membership: the organization of the claims counts for a member only, with the role that the table has
CREATE VIEW organization AS SELECT requesting_user_id() AS who, requesting_org_id() AS org_id, requesting_org_slug() AS slug, requesting_org_role() AS role,
    requesting_org_permissions() AS permissions, requesting_user_has(role => 'admin') AS is_admin, requesting_user_has(permission => 'org:tasks:manage') AS manages,
    requesting_user_has(feature => 'o:repositories') AS feature, (SELECT problem FROM clerk_rls.whoami()) AS problem;
BEGIN; SELECT sign_in('v1') \g /dev/null
TABLE organization;
SET LOCAL clerk_rls.check_membership = on;
TABLE organization;
COMMIT;
SET clerk_rls.check_membership = on;
BEGIN; SELECT sign_in('v2') \g /dev/null
TABLE organization;
UPDATE clerk_rls.memberships SET role = 'org:member', permissions = '{}' WHERE user_id = 'user_red' AND org_id = 'org_paint';
TABLE organization;
SAVEPOINT s;
DELETE FROM clerk_rls.memberships WHERE user_id = 'user_red';
TABLE organization;
ROLLBACK TO s;
TABLE organization;
SET LOCAL clerk_rls.check_membership = off;
TABLE organization;
ROLLBACK;
-- an organization that the membership has left, roles without an organization, a user without one, a machine
BEGIN;
SELECT claims, o.* FROM (VALUES ('{"sub": "user_red", "org_id": "org_left", "org_role": "org:admin"}'), ('{"sub": "user_red", "org_role": "org:admin"}'),
    ('{"sub": "user_red"}'), ('{"sub": "mch_1", "org_id": "org_machine", "org_role": "org:admin"}')) AS v (claims),
    LATERAL (SELECT as_user(claims::jsonb) OFFSET 0) AS s, LATERAL (SELECT s.*, requesting_org_id(), requesting_org_role(), requesting_user_has(role => 'admin') OFFSET 0) AS o;
COMMIT;
-- another session, for the next transaction with the same claims
SET request.jwt.claims = '{"sub":"user_red","org_id":"org_paint","org_role":"org:admin"}';
SELECT requesting_org_id(), requesting_org_role();
\! psql -X -q -d regress_org_ids -c "UPDATE clerk_rls.memberships SET deleted_at = now() WHERE org_id = 'org_paint'"
SELECT count(*) FROM documents WHERE org_id = requesting_org_id();
SELECT requesting_user_id(), requesting_org_id(), requesting_org_role();
\! psql -X -q -d regress_org_ids -c "UPDATE clerk_rls.memberships SET deleted_at = NULL WHERE org_id = 'org_paint'"
SELECT requesting_org_id();
RESET request.jwt.claims;
-- a verified token
SET clerk_rls.identity_source = 'verified_token';
SET ROLE authenticated;
BEGIN;
SELECT requesting_org_ids() IS NULL AS nobody;
SELECT clerk_rls.authenticate(token('user_signed', '{"org_id": "org_signed", "org_role": "org:admin"}'));
SELECT requesting_org_id(), requesting_org_role(), requesting_org_ids();
\! psql -X -q -d regress_org_ids -c "UPDATE clerk_rls.memberships SET deleted_at = now() WHERE org_id = 'org_signed'"
SELECT requesting_org_ids(), requesting_org_id(), requesting_org_role(), (SELECT problem FROM clerk_rls.whoami());
COMMIT;
-- the user of an issuer with a prefix
BEGIN;
SELECT clerk_rls.authenticate(ed25519_token('user_red')), requesting_org_ids();
COMMIT;
RESET ROLE;
RESET clerk_rls.identity_source;

-- who may switch it, and write memberships; the reader needs no privileges on the table
SET ROLE authenticated;
SET clerk_rls.check_membership = off;
INSERT INTO clerk_rls.memberships (org_id, user_id, updated_at) VALUES ('org_blue', 'user_red', now());
SELECT clerk_rls.memberships_changed();
RESET ROLE;
SELECT clerk_rls.memberships_changed();
REVOKE SELECT ON clerk_rls.memberships FROM PUBLIC;
SET ROLE authenticated;
BEGIN; SELECT as_user('{"sub":"user_red"}') \g /dev/null
SELECT requesting_org_ids();
COMMIT;
RESET ROLE;
GRANT SELECT ON clerk_rls.memberships TO PUBLIC;
-- whatever an application does to the table: without its columns nobody is a member, and without its key all are found
SET request.jwt.claims = '{"sub":"user_red"}';
ALTER TABLE clerk_rls.memberships DROP CONSTRAINT memberships_pkey;
SELECT requesting_org_ids();
CREATE INDEX memberships_pkey ON clerk_rls.memberships (user_id, org_id) WHERE org_id = 'org_paint';
SELECT requesting_org_ids();
DROP INDEX clerk_rls.memberships_pkey;
CREATE INDEX memberships_pkey ON clerk_rls.memberships (org_id);
SELECT requesting_org_ids();
CREATE TRIGGER app AFTER UPDATE ON clerk_rls.memberships FOR EACH ROW EXECUTE FUNCTION clerk_rls.memberships_changed();
ALTER TABLE clerk_rls.memberships ADD COLUMN app int DEFAULT 7;
SELECT requesting_org_ids();
BEGIN;
ALTER TABLE clerk_rls.memberships RENAME COLUMN role TO function;
SELECT requesting_org_ids();
ROLLBACK;
SELECT requesting_org_ids();
-- a long list of permissions is stored out of line
ALTER TABLE clerk_rls.memberships ALTER permissions SET STORAGE EXTERNAL;
UPDATE clerk_rls.memberships SET permissions = (SELECT array_agg('org:long:' || i) FROM generate_series(1, 1000) i) WHERE org_id = 'org_brush' AND user_id = 'user_red';
SELECT requesting_org_ids(permission => 'long:999');
-- thousands of organizations
INSERT INTO clerk_rls.memberships (org_id, user_id, updated_at) SELECT 'org_' || i, 'user_many', now() FROM generate_series(1, 5000) i;
SET request.jwt.claims = '{"sub":"user_many"}';
SET ROLE authenticated;
SELECT cardinality(requesting_org_ids()), count(*) FROM documents;
