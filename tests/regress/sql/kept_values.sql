-- A value that the executor holds stays as it was while the claims change: scan keys, cursors, arguments.
INSERT INTO notes (body, user_id) SELECT 'note ' || i, CASE i % 2 WHEN 0 THEN 'user_red' ELSE 'user_blue' END FROM generate_series(1, 10000) i;
ANALYZE notes;
SET ROLE authenticated;
SET enable_seqscan = off;
SET enable_bitmapscan = off;

-- The key of an index scan is computed once; the claims change a thousand times while it goes on.
BEGIN; SELECT sign_in('v2') \g /dev/null
EXPLAIN (COSTS OFF) SELECT body FROM notes;
DO $$
DECLARE
    note record;
    rows int := 0;
    others int := 0;
    filler text;
BEGIN
    FOR note IN SELECT user_id FROM notes LOOP
        rows := rows + 1;
        others := others + (note.user_id <> 'user_red')::int;
        PERFORM set_config('request.jwt.claims', format('{"sub":"user_%s"}', rows), true);
        filler := requesting_user_id() || requesting_claim('sub') || repeat('x', 200);
    END LOOP;
    RAISE INFO '% rows, % of others, now %', rows, others, requesting_user_id();
END $$;
COMMIT;

-- G12: a cursor goes on as who opened it; WITH HOLD into the next transaction
BEGIN; SELECT sign_in('v2') \g /dev/null
DECLARE plain CURSOR FOR SELECT user_id FROM notes;
DECLARE held CURSOR WITH HOLD FOR SELECT user_id FROM notes;
FETCH 2 FROM plain;
FETCH 1 FROM held;
SELECT sign_in('v1') \g /dev/null
SELECT requesting_user_id(), count(*) FROM notes;
FETCH 2 FROM plain;
SELECT sign_in('anonymous') \g /dev/null
SELECT requesting_user_id(), count(*) FROM notes;
FETCH 2 FROM plain;
COMMIT;
FETCH 2 FROM held;
SELECT requesting_user_id(), count(*) FROM notes;
CLOSE held;

-- the same with a claim by path, and with all readers as keys
RESET ROLE;
CREATE TABLE tenants (org_id text, user_uuid uuid, roles text[], n int);
INSERT INTO tenants SELECT 'org_' || i % 3, clerk_rls.user_uuid('user_' || i % 3), ARRAY['org:p:' || i % 3], i FROM generate_series(1, 6000) i;
CREATE INDEX ON tenants (org_id);
CREATE INDEX ON tenants (user_uuid);
CREATE INDEX ON tenants (roles);
ANALYZE tenants;
GRANT SELECT ON tenants TO authenticated;
SET ROLE authenticated;
DO $$
DECLARE
    query text;
    n int;
    rows int;
BEGIN
    FOREACH query IN ARRAY ARRAY['org_id = requesting_claim(''o'', ''id'')', 'org_id = requesting_org_id()', 'user_uuid = requesting_user_uuid()', 'roles = requesting_org_permissions()'] LOOP
        PERFORM set_config('request.jwt.claims', '{"sub":"user_1","o":{"id":"org_1"},"org_id":"org_1","org_role":"r","org_permissions":["org:p:1"]}', false);
        rows := 0;
        FOR n IN EXECUTE 'SELECT n FROM tenants WHERE ' || query LOOP
            rows := rows + 1;
            PERFORM set_config('request.jwt.claims', format('{"sub":"user_2","o":{"id":"org_2%s"},"org_id":"org_2%1$s","org_role":"r","org_permissions":["org:p:%1$s"]}', rows), false);
            PERFORM requesting_claim('o', 'id'), requesting_org_id(), requesting_user_uuid(), requesting_org_permissions(), repeat('x', 100);
        END LOOP;
        RAISE INFO '%: % rows', query, rows;
    END LOOP;
END $$;

-- a procedure's argument is not copied, and outlives the transactions that the procedure ends
RESET ROLE;
CREATE PROCEDURE keeps(mine text, org text) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..50 LOOP
        PERFORM set_config('request.jwt.claims', format('{"sub":"user_other_%s","o":{"id":"org_other_%1$s"}}', i), false);
        PERFORM requesting_user_id(), requesting_claim('o', 'id'), repeat('y', 50);
        IF i % 3 = 0 THEN ROLLBACK; ELSE COMMIT; END IF;
    END LOOP;
    RAISE INFO 'still % of %, while the request is %', mine, org, requesting_user_id();
END $$;
SET request.jwt.claims = '{"sub":"user_red","o":{"id":"org_paint"}}';
CALL keeps(requesting_user_id(), requesting_claim('o', 'id'));

-- an immutable-looking use: defaults, generated expressions, arrays and aggregates hold copies
SET request.jwt.claims = '{"sub":"user_a"}';
CREATE TEMP TABLE copies AS SELECT requesting_user_id() AS id, ARRAY[requesting_user_id()] AS ids, max(requesting_user_id()) AS most;
SET request.jwt.claims = '{"sub":"user_b"}';
INSERT INTO copies SELECT requesting_user_id(), array_agg(requesting_user_id()), min(requesting_user_id()) FROM generate_series(1, 2);
SELECT * FROM copies;

-- what was replaced is freed at the end of the transaction
CREATE FUNCTION kept_bytes() RETURNS bigint LANGUAGE sql AS $$ SELECT sum(used_bytes)::bigint FROM pg_backend_memory_contexts WHERE name = 'clerk_rls values' $$;
SELECT kept_bytes() AS before \gset
BEGIN;
DO $$ BEGIN
    FOR i IN 1..2000 LOOP
        PERFORM set_config('request.jwt.claims', format('{"sub":"user_%s","o":{"id":"org_%1$s"}}', i), true);
        PERFORM requesting_user_id(), requesting_claim('o', 'id'), requesting_claims();
    END LOOP;
END $$;
SELECT kept_bytes() - :before > 100000 AS grows_within_the_transaction;
COMMIT;
SELECT requesting_user_id(), requesting_claim('o', 'id'), requesting_claims() IS NULL AS no_claims;
SELECT kept_bytes() - :before < 2000 AS freed_after_it;
BEGIN;
DO $$ BEGIN
    FOR i IN 1..2000 LOOP
        PERFORM set_config('request.jwt.claims', format('{"sub":"user_%s"}', i), true);
        PERFORM requesting_user_id();
    END LOOP;
END $$;
ROLLBACK;
SELECT requesting_user_id(), kept_bytes() - :before < 2000 AS freed_after_rollback;

-- what is kept until the end of the transaction has a limit, however large the values and however many the changes
CREATE PROCEDURE change_claims(changes int, size int) LANGUAGE plpgsql AS $$ BEGIN
    FOR i IN 1..changes LOOP
        PERFORM set_config('request.jwt.claims', json_build_object('sub', 'user_' || i, 'pad', repeat('x', size) || i, 'list', ARRAY[i, size])::text, true);
        PERFORM requesting_user_id(), requesting_claims(), requesting_claim('pad'), requesting_claim_json('pad'), requesting_claim_json('list');
    END LOOP;
END $$;
BEGIN;
CALL change_claims(500, 60000);
SELECT kept_bytes() - :before > 1000000 AS grows_at_first, kept_bytes() - :before < 2000000 AS no_further, requesting_user_id(), length(requesting_claim('pad')), requesting_claim_json('list');
CALL change_claims(3000, 100);
SELECT kept_bytes() - :before < 2000000 AS no_further, requesting_user_id(), length(requesting_claim('pad')), requesting_claim_json('list');
-- beyond it, what the executor holds stays as it was as well: scan keys, cursors, arguments
SET ROLE authenticated;
SET LOCAL request.jwt.claims = '{"sub":"user_red"}';
EXPLAIN (COSTS OFF) SELECT body FROM notes;
DO $$
DECLARE
    note record;
    rows int := 0;
    others int := 0;
BEGIN
    FOR note IN SELECT user_id FROM notes LOOP
        rows := rows + 1;
        others := others + (note.user_id <> 'user_red')::int;
        PERFORM set_config('request.jwt.claims', format('{"sub":"user_%s"}', rows), true);
        PERFORM requesting_user_id() || requesting_claim('sub') || repeat('x', 200);
    END LOOP;
    RAISE INFO '% rows, % of others, now %', rows, others, requesting_user_id();
END $$;
SET LOCAL request.jwt.claims = '{"sub":"user_1","o":{"id":"org_1"},"org_id":"org_1","org_role":"r","org_permissions":["org:p:1"]}';
DECLARE by_claim CURSOR FOR SELECT n FROM tenants WHERE org_id = requesting_claim('o', 'id');
DECLARE by_uuid CURSOR FOR SELECT n FROM tenants WHERE user_uuid = requesting_user_uuid();
DECLARE by_permissions CURSOR FOR SELECT n FROM tenants WHERE roles = requesting_org_permissions();
MOVE 1 IN by_claim;
MOVE 1 IN by_uuid;
MOVE 1 IN by_permissions;
CALL change_claims(100, 100);
SET LOCAL request.jwt.claims = '{"sub":"user_2","o":{"id":"org_2"},"org_id":"org_2","org_role":"r","org_permissions":["org:p:2"]}';
SELECT requesting_claim('o', 'id'), requesting_user_id(), requesting_user_uuid(), requesting_org_permissions();
\set QUIET off
MOVE ALL IN by_claim;
MOVE ALL IN by_uuid;
MOVE ALL IN by_permissions;
\set QUIET on
-- each row of a scan, and both calls of one row
SELECT count(*), min(requesting_user_id()), max(requesting_claim('o', 'id')), bool_and(requesting_user_id() || requesting_org_id() = 'user_2org_2') FROM tenants;
SELECT requesting_user_id() = requesting_user_id() AS same, ARRAY[requesting_user_id(), requesting_claim('sub')], set_config('request.jwt.claims', '{"sub":"user_3"}', true), requesting_user_id();
COMMIT;
RESET ROLE;
SELECT requesting_user_id(), requesting_claims() IS NULL AS no_claims;
SELECT kept_bytes() - :before < 70000 AS freed_after_it;

-- a procedure that ends transactions has the limit too, and its arguments stay
CREATE PROCEDURE keeps_much(mine text, org text) LANGUAGE plpgsql AS $$
DECLARE
    before bigint := kept_bytes();
BEGIN
    FOR i IN 1..40 LOOP
        CALL change_claims(20, 60000);
        IF i = 30 THEN CALL keeps(requesting_user_id(), requesting_claim('pad', 'none')); END IF;
        COMMIT;
    END LOOP;
    RAISE INFO 'still % of %, within the limit: %', mine, org, kept_bytes() - before < 2000000;
END $$;
SET request.jwt.claims = '{"sub":"user_red","o":{"id":"org_paint"}}';
CALL keeps_much(requesting_user_id(), requesting_claim('o', 'id'));
SELECT kept_bytes() - :before < 200000 AS freed_after_it;
