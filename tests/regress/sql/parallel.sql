-- G13: parallel workers know who is asking.
INSERT INTO notes (body, user_id) SELECT 'note ' || i, CASE i % 2 WHEN 0 THEN 'user_red' ELSE 'user_blue' END FROM generate_series(1, 20000) i;
CREATE TABLE repositories AS SELECT i AS id, CASE i % 3 WHEN 0 THEN 'org_paint' ELSE 'org_' || i END AS org_id, clerk_rls.user_uuid('user_red') AS user_uuid FROM generate_series(1, 20000) i;
ALTER TABLE repositories ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON repositories TO authenticated USING (org_id = requesting_org_id() AND org_id = coalesce(requesting_claim('o', 'id'), requesting_claim('org_id'))
    AND requesting_user_has(permission => 'org:repositories:read') AND user_uuid = requesting_user_uuid());
GRANT SELECT ON repositories TO authenticated;
ANALYZE notes, repositories;
\c
SET ROLE authenticated;
SET max_parallel_workers_per_gather = 2;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;

BEGIN; SELECT sign_in('v2') \g /dev/null
EXPLAIN (COSTS OFF) SELECT count(*) FROM notes;
SELECT count(*) FROM notes;
SELECT count(*) FROM repositories;
SET LOCAL parallel_leader_participation = off;
SELECT count(*) FROM notes;
SELECT count(*) FROM repositories;
-- the leader has asked before; the claims change; the workers know
SELECT sign_in('v1') \g /dev/null
SELECT requesting_user_id(), count(*) FROM notes;
SELECT count(*) FROM repositories;
SELECT sign_in('anonymous') \g /dev/null
SELECT requesting_user_id(), count(*) FROM notes;
COMMIT;
SELECT requesting_user_id(), count(*) FROM notes;

-- everything in a worker that can be
SELECT set_config(name, 'regress', false) AS parallel FROM pg_settings WHERE name IN ('debug_parallel_query', 'force_parallel_mode');
BEGIN; SELECT sign_in('v2') \g /dev/null
SELECT user_id, org_role, session_id, role, claim, may_read FROM readers;
SELECT user_id, problem FROM clerk_rls.whoami();
SELECT count(*) FROM notes;
COMMIT;
-- a session-level SET and a user's claims that cannot be read
SET request.jwt.claims = '{"sub":"user_blue"}';
SELECT requesting_user_id(), count(*) FROM notes;
SET request.jwt.claims = '{"sub":';
SELECT requesting_user_id(), count(*) FROM notes;
RESET request.jwt.claims;
SET request.jwt.claim.sub = 'user_red';
SELECT requesting_user_id(), count(*) FROM notes;
