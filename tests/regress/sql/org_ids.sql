-- Every organization of the user, by the table of memberships: for policies with org_id = ANY (requesting_org_ids()).
CREATE FUNCTION member(user_id text, org_id text, role text DEFAULT 'org:member', permissions text[] DEFAULT '{}') RETURNS void LANGUAGE sql AS $$
    INSERT INTO clerk_rls.memberships (user_id, org_id, role, permissions, updated_at) VALUES (user_id, org_id, role, permissions, now()) $$;
SELECT member('user_red', 'org_paint', 'org:admin', '{org:jobs:manage,org:jobs:read}'), member('user_red', 'org_brush', 'org:member', '{org:jobs:read}'),
    member('user_red', 'org_äther'), member('user_blue', 'org_paint');
INSERT INTO clerk_rls.memberships (user_id, org_id, updated_at, deleted_at) VALUES ('user_red', 'org_former', now(), now());
CREATE TABLE jobs (id int GENERATED ALWAYS AS IDENTITY, org_id text NOT NULL, body text);
INSERT INTO jobs (org_id, body) SELECT 'org_' || CASE n % 4 WHEN 0 THEN 'paint' WHEN 1 THEN 'brush' WHEN 2 THEN 'former' ELSE 'other' || n END, 'job ' || n FROM generate_series(1, 4000) AS n;
CREATE INDEX ON jobs (org_id);
ANALYZE jobs;
ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
CREATE POLICY members ON jobs FOR SELECT TO authenticated USING (org_id = ANY (requesting_org_ids()));
CREATE POLICY managers ON jobs FOR INSERT TO authenticated WITH CHECK (org_id = ANY (requesting_org_ids(permission => 'jobs:manage')));
GRANT SELECT, INSERT ON jobs TO authenticated;
CREATE VIEW mine WITH (security_barrier) AS SELECT requesting_org_ids() AS ids;
GRANT SELECT ON mine TO authenticated, anon;

SET ROLE authenticated;
-- nobody, a machine, a user without memberships
SELECT requesting_org_ids() IS NULL AS nobody;
SET request.jwt.claims = '{"sub":"mch_1"}';
SELECT requesting_org_ids() IS NULL AS machine;
SET request.jwt.claims = '{"sub":"user_green"}';
SELECT requesting_org_ids();
SELECT count(*) FROM jobs;
SET request.jwt.claims = '{"sub":"user_red"}';
SELECT requesting_org_ids(), requesting_org_ids('org:admin'), requesting_org_ids('admin'), requesting_org_ids(permission => 'jobs:read'),
    requesting_org_ids('member', 'org:jobs:read'), requesting_org_ids('admin', 'x'), requesting_org_ids(''), requesting_org_ids(permission => '');
SELECT org_id, count(*) FROM jobs GROUP BY 1 ORDER BY 1;
EXPLAIN (COSTS OFF) SELECT * FROM jobs;
INSERT INTO jobs (org_id) VALUES ('org_paint');
INSERT INTO jobs (org_id) VALUES ('org_brush');
-- the claims of the organization do not count
SET request.jwt.claims = '{"sub":"user_blue","org_id":"org_brush","org_role":"org:admin"}';
SELECT requesting_org_ids(), requesting_org_ids('admin');
-- and a user reads no memberships of others
SELECT user_id, org_id FROM clerk_rls.memberships;

-- in one transaction: changes of one's own, savepoints, a user after another
RESET ROLE;
BEGIN;
SET LOCAL request.jwt.claims = '{"sub":"user_red"}';
SELECT requesting_org_ids();
DELETE FROM clerk_rls.memberships WHERE org_id = 'org_brush';
SELECT requesting_org_ids();
SAVEPOINT s;
UPDATE clerk_rls.memberships SET deleted_at = now() WHERE user_id = 'user_red' AND org_id = 'org_paint';
SELECT requesting_org_ids();
ROLLBACK TO s;
SELECT requesting_org_ids();
TRUNCATE clerk_rls.memberships;
SELECT requesting_org_ids();
ROLLBACK;
BEGIN;
SET LOCAL request.jwt.claims = '{"sub":"user_red"}';
SELECT requesting_org_ids();
SET LOCAL request.jwt.claims = '{"sub":"user_blue"}';
SELECT requesting_org_ids();
COMMIT;

-- what another session removes counts from the next statement on, in a transaction that has asked before, whatever its plan
PREPARE visible AS SELECT count(*) FROM jobs;
SET plan_cache_mode = force_generic_plan;
BEGIN;
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = '{"sub":"user_red"}';
EXECUTE visible;
\! psql -X -q -d regress_org_ids -c "UPDATE clerk_rls.memberships SET deleted_at = now() WHERE user_id = 'user_red' AND org_id = 'org_paint'"
EXECUTE visible;
SELECT requesting_org_ids();
\! psql -X -q -d regress_org_ids -c "UPDATE clerk_rls.memberships SET deleted_at = NULL WHERE user_id = 'user_red' AND org_id = 'org_paint'"
EXECUTE visible;
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SET LOCAL request.jwt.claims = '{"sub":"user_red"}';
SELECT requesting_org_ids();
\! psql -X -q -d regress_org_ids -c "UPDATE clerk_rls.memberships SET deleted_at = now() WHERE user_id = 'user_red' AND org_id = 'org_paint'"
SELECT requesting_org_ids();
COMMIT;
\! psql -X -q -d regress_org_ids -c "UPDATE clerk_rls.memberships SET deleted_at = NULL WHERE user_id = 'user_red' AND org_id = 'org_paint'"

-- parallel workers
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET parallel_leader_participation = off;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
SET ROLE authenticated;
SET request.jwt.claims = '{"sub":"user_red"}';
EXPLAIN (COSTS OFF) SELECT count(*) FROM jobs;
SELECT count(*), sum(length(body)) FROM jobs;
RESET ROLE;

-- lint knows the reader: the policies are tied to the user, and fail closed
SELECT rule, level, object, finding FROM clerk_rls.lint() WHERE object LIKE '%jobs%';
SELECT clerk_rls.inspect_expression(polqual, polrelid) ->> 'asks' AS asks, clerk_rls.inspect_expression(polqual, polrelid) ->> 'for_nobody' AS for_nobody,
    clerk_rls.inspect_expression(polqual, polrelid) ->> 'for_every_user' AS for_every_user FROM pg_policy WHERE polname = 'members';

-- other rows under the same index, other encodings of arguments, and a table that is gone
SELECT member('user_re', 'org_x'), member('user_redd', 'org_y'), member('USER_RED', 'org_z');
SELECT requesting_org_ids();
BEGIN;
ALTER TABLE clerk_rls.memberships RENAME TO former;
SELECT requesting_org_ids();
ROLLBACK;
SELECT requesting_org_ids();
SELECT clerk_rls.memberships_changed();
