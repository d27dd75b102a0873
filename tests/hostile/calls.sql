-- The calls of the operator, a superuser, about whatever the attacker has left, written down in guard.calls. The
-- operator's own words must not be the hole: names in here are PostgreSQL's.
\set QUIET on
SET search_path = pg_catalog;
SET client_min_messages = error;

CREATE TABLE guard.calls (n int GENERATED ALWAYS AS IDENTITY, part int DEFAULT 1, call text);
INSERT INTO guard.calls (call)
SELECT format(c.call, t.relation, t.oid, quote_literal(format('SELECT t FROM %s AS t LIMIT 2', t.relation)),
    quote_literal(format('ALTER TABLE %s ALTER COLUMN id SET DEFAULT 1', t.relation)))
FROM (
    SELECT c.oid, c.oid::regclass::text AS relation, c.relname FROM pg_class AS c
    WHERE c.relnamespace IN ('m'::regnamespace, 'public'::regnamespace) AND c.relkind IN ('r', 'p', 'v', 'm') ORDER BY c.relkind, c.relname
) AS t, (VALUES
    ('SELECT * FROM clerk_rls.explain_access(%1$L, ''id = 1'', ''{"sub":"user_red"}'')'),
    ('SELECT * FROM clerk_rls.explain_access(%1$L, ''id = 1'', ''{"sub":"user_red"}'', ''INSERT'')'),
    ('SELECT * FROM clerk_rls.explain_access(%1$L, ''id = 1 AND user_id = ''''user_red'''''', ''{"sub":"user_red"}'', ''UPDATE'')'),
    ('SELECT * FROM clerk_rls.explain_access(%1$L, ''user_id IN (''''user_red'''', ''''x'''') AND (id, user_id) IS DISTINCT FROM (2, ''''x'''')'', NULL, ''DELETE'', ''anon'')'),
    ('SELECT * FROM clerk_rls.explain_access(%1$L, ''d = ''''x'''''', ''{"sub":"user_red"}'')'),
    ('SELECT * FROM clerk_rls.access_matrix(''{"red": {"user_id": "user_red"}, "visitor": null, "mallory": {"user_id": "user_x", "role": "mallory"}}'', ARRAY[%1$L::regclass])'),
    ('SELECT * FROM clerk_rls.rows_of_table(NULL::%1$s[], %2$s, %3$s, ''m, pg_catalog'')'),
    ('SELECT clerk_rls.owner_columns(%2$s), clerk_rls.owner_condition(%2$s), clerk_rls.held_privileges(''{authenticated}''::regrole[]::oid[], %2$s, ''{SELECT}''), clerk_rls.revoke_statements(''{authenticated}''::regrole[]::oid[], %2$s, ''{SELECT}'')'),
    ('SELECT clerk_rls.protect(%1$L, dry_run => true)'),
    ('SELECT clerk_rls.protect(%1$L, ''user_or_org'', ''user_id'', write_permission => ''org:a:b'', dry_run => true)'),
    ('SELECT clerk_rls.unprotect(%1$L, dry_run => true)'),
    ('SELECT clerk_rls.as_owner(%2$s, %4$s)')
) AS c (call)
-- A body with a literal is looked into, and asked once.
WHERE t.relname NOT LIKE 'literal%' OR c.call NOT LIKE '%explain_access%' OR c.call LIKE '%IS DISTINCT FROM%';
INSERT INTO guard.calls (call)
SELECT format(c.call, p.oid, p.polrelid)
FROM pg_policy AS p, (VALUES
    ('SELECT clerk_rls.policy_definition(%1$s), clerk_rls.closed_policy(%1$s)'),
    ('SELECT clerk_rls.rewritten_policy(%1$s, ''native_readers'')'), ('SELECT clerk_rls.rewritten_policy(%1$s, ''trusted_metadata'')'),
    ('SELECT clerk_rls.rewritten_policy(%1$s, ''split_keys'')'), ('SELECT clerk_rls.rewritten_policy(%1$s, ''user_ids'')'),
    ('SELECT clerk_rls.inspect_expression(p.polqual, p.polrelid), clerk_rls.identity_expressions(p.polqual, p.polrelid), clerk_rls.policy_sql(p.polqual, p.polrelid, ''{"plain":true}'') FROM pg_policy AS p WHERE oid = %1$s')
) AS c (call);
INSERT INTO guard.calls (call)
SELECT format(c.call, f.oid, f.oid::regprocedure)
FROM pg_proc AS f, (VALUES
    ('SELECT clerk_rls.inspect_function(%1$s)'), ('SELECT * FROM clerk_rls.adoptable_reader(%1$s)'), ('SELECT clerk_rls.adopt(%2$L, dry_run => true)')
) AS c (call)
WHERE f.pronamespace IN ('m'::regnamespace, 'public'::regnamespace) AND f.prokind <> 'a';
-- Trees of all kinds, with names of tables that they do not belong to, too.
INSERT INTO guard.calls (call) SELECT format('SELECT clerk_rls.inspect_expression(x.%2$I, x.%3$I), clerk_rls.rewrite_expression(x.%2$I, x.%3$I, %4$L), clerk_rls.inspect_expression(x.%2$I, ''public.ours''::regclass) FROM %1$I AS x WHERE x.%3$I IN (SELECT oid FROM pg_class WHERE relnamespace = ''m''::regnamespace)', tree.catalog, tree.name, tree.relation, purpose)
FROM (VALUES ('pg_attrdef', 'adbin', 'adrelid'), ('pg_constraint', 'conbin', 'conrelid'), ('pg_index', 'indexprs', 'indrelid'), ('pg_index', 'indpred', 'indrelid'),
    ('pg_policy', 'polqual', 'polrelid'), ('pg_policy', 'polwithcheck', 'polrelid'), ('pg_partitioned_table', 'partexprs', 'partrelid'),
    ('pg_rewrite', 'ev_action', 'ev_class'), ('pg_trigger', 'tgqual', 'tgrelid'), ('pg_class', 'relpartbound', 'oid')) AS tree (catalog, name, relation),
    unnest('{native_readers,trusted_metadata,split_keys,user_ids}'::text[]) AS purpose;
INSERT INTO guard.calls (call) VALUES
    ('SELECT * FROM clerk_rls.lint()'), ('SELECT * FROM clerk_rls.doctor()'), ('SELECT clerk_rls.migrate_auth_uid(dry_run => true)'),
    ('SELECT clerk_rls.install_auth_compat(dry_run => true)'), ('SELECT clerk_rls.library_version(), clerk_rls.whoami(), clerk_rls.user_uuid(''user_red'')'),
    ('SELECT clerk_rls.set_secret(''https://hostile.example'', repeat(''s'', 32))'), ('SELECT clerk_rls.remove_issuer(''https://hostile.example'')'),
    ('SELECT clerk_rls.next_jwks_fetch(''{}'', true), clerk_rls.store_jwks(''https://second.example'', NULL, NULL, NULL, ''{}'', NULL, now(), ''1 hour'')'), ('SELECT clerk_rls.refresh_jwks()'), ('SELECT clerk_rls.wake_keys_worker(), clerk_rls.keys_worker_is_running(), clerk_rls.postgrest_config(), clerk_rls.notify_postgrest()'),
    ('UPDATE clerk_rls.issuers SET jwks_url = ''https://second.example/keys'''), ('TABLE clerk_rls.jwks_status'),
    ('SELECT clerk_rls.add_issuer(''https://second.example'', subject_prefix => ''second:'')'), ('SELECT clerk_rls.jwk_from_pem(''x'', ''RS256'')'), ('SELECT clerk_rls.set_jwks(''https://second.example'', ''{}'')'), ('SELECT clerk_rls.ignored_keys(''{"keys":[]}'')'),
    ('SELECT clerk_rls.jwt_decode(clerk_rls.jwt_sign(''{"sub":"x"}'', clerk_rls.jwk_from_secret(repeat(''s'', 32), ''HS256'')))'),
    ('SELECT clerk_rls.jwt_verify(clerk_rls.jwt_sign(''{"sub":"x","exp":9999999999}'', clerk_rls.jwk_from_secret(repeat(''s'', 32), ''HS256'')), clerk_rls.jwk_from_secret(repeat(''s'', 32), ''HS256''))'),
    ('SELECT clerk_rls.authenticate(''x'')'), ('SELECT clerk_rls.pre_request()'), ('SELECT clerk_rls.deauthenticate()'),
    ('SELECT clerk_rls.invalidate_issuers(''clerk_rls.issuers''::regclass)'),
    ('TRUNCATE clerk_rls.issuers CASCADE'), ('SELECT clerk_rls.arrays_overlap(''[1]'', ''[1]''), clerk_rls.identifiers_in_list(''a, "b"'')'),
    ('SELECT clerk_rls.revoke_session(''sess_1'', ''https://second.example''), clerk_rls.revoke_token(''x''), clerk_rls.revoke_user(''user_x''), clerk_rls.revoke_membership(''user_x'', ''org_1'')'),
    ('SELECT clerk_rls.add_revocation(''session'', ''x'', '''', NULL, NULL, ''x''), clerk_rls.revocation_lifetime(), clerk_rls.prune_revocations()'),
    ('BEGIN; SET LOCAL clerk_rls.check_revocation = on; SET LOCAL request.jwt.claims = ''{"sub":"user_x","sid":"s","iat":1}''; SELECT requesting_user_id(), count(*) FROM ours; ROLLBACK'),
    ('TRUNCATE clerk_rls.revocations'),
    ('BEGIN; SET LOCAL request.jwt.claims = ''{"sub":"user_red"}''; SELECT requesting_org_ids(), requesting_org_ids(role => ''admin'', permission => ''org:x:y''), count(*) FROM ours; ROLLBACK'),
    ('BEGIN; SET LOCAL clerk_rls.check_membership = on; SET LOCAL request.jwt.claims = ''{"sub":"user_red","org_id":"org_1"}''; SELECT requesting_org_id(), clerk_rls.whoami(), count(*) FROM ours; ROLLBACK'),
    ('BEGIN; SELECT clerk_rls.act_as(''user_red'', role => ''authenticated''); SELECT requesting_user_id(), count(*) FROM ours; ROLLBACK'),
    ('BEGIN; SELECT clerk_rls.act_as_claims(''{"sub":"user_red"}''), clerk_rls.whoami(); ROLLBACK'),
    ('BEGIN; SELECT clerk_rls.act_as_anonymous(), clerk_rls.whoami(); ROLLBACK');

-- Webhooks and lists, about tables that the attacker owns, and with the attacker's triggers; then without those.
CREATE FUNCTION guard.deliver(id text, type text, data text) RETURNS json LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT clerk_rls.receive_webhook_raw(b, clerk_rls.sign_webhook(b, 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD', id))
    FROM (SELECT json_build_object('object', 'event', 'type', type, 'data', data::json)::text) AS s (b) $$;
INSERT INTO guard.calls (call) VALUES ('SELECT clerk_rls.add_webhook_secret(''whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'')');
INSERT INTO guard.calls (call)
SELECT c.call FROM generate_series(1, 2) AS round, (VALUES
    (1, 'SELECT guard.deliver(''msg_1'', ''user.created'', ''{"id":"user_red","updated_at":1}'')'),
    (2, 'SELECT guard.deliver(''msg_2'', ''organization.created'', ''{"id":"org_1","name":"Paint","updated_at":1}'')'),
    (3, 'SELECT guard.deliver(''msg_3'', ''organizationMembership.created'', ''{"id":"m1","role":"admin","organization":{"id":"org_1"},"public_user_data":{"user_id":"user_red"},"created_at":1,"updated_at":1}'')'),
    (4, 'SELECT guard.deliver(''msg_4'', ''user.updated'', ''{"id":"user_red","updated_at":2}'')'),
    (6, 'SELECT * FROM clerk_rls.backfill_users(''[{"id":"user_red","updated_at":3},{"id":"user_blue","updated_at":3}]'', true)'),
    (7, 'SELECT * FROM clerk_rls.backfill_organizations(''[{"id":"org_2","name":"Brush","updated_at":3}]'', true)'),
    (8, 'SELECT * FROM clerk_rls.backfill_memberships(''[{"id":"m2","role":"admin","organization":{"id":"org_2"},"public_user_data":{"user_id":"user_red"},"created_at":1,"updated_at":3}]'', true)'),
    (9, 'SELECT clerk_rls.apply_change(NULL, ''membership'', ''{"user_id":"user_red","org_id":"org_2","membership_id":"m2","deleted":true}'', 4)'),
    (10, 'SELECT guard.deliver(''msg_5'', ''user.deleted'', ''{"id":"user_red"}''), guard.deliver(''msg_6'', ''organization.deleted'', ''{"id":"org_1"}'')'),
    (11, 'SELECT guard.deliver(''msg_7'', ''session.revoked'', ''{"id":"sess_1","user_id":"user_red","status":"revoked","updated_at":1}'')'),
    (12, 'BEGIN; SELECT set_config(''request.headers'', clerk_rls.sign_webhook(''{"object":"event","type":"x"}'', ''whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'', ''msg_8'')::text, true); SELECT clerk_rls.receive_webhook(''{"object":"event","type":"x"}''); COMMIT'),
    (13, 'SELECT clerk_rls.expose_webhook()'), (14, 'SELECT clerk_rls.expose_webhook(''m'', ''clerk_webhook'')'), (15, 'SELECT clerk_rls.prune_webhook_events()'),
    (16, 'ALTER TABLE clerk_rls.users DISABLE TRIGGER USER'), (17, 'ALTER TABLE clerk_rls.organizations DISABLE TRIGGER USER')
) AS c (n, call) ORDER BY round, c.n;
INSERT INTO guard.calls (call) VALUES ('SELECT clerk_rls.remove_webhook_secret(''whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'')');

-- In earnest.
INSERT INTO guard.calls (part, call)
SELECT 3, format(c.call, r.oid::regclass, quote_literal(format('ALTER TABLE %s ALTER COLUMN id SET DEFAULT 1; SELECT m.attack(''execute_as_owner'')', r.oid::regclass)))
FROM pg_class AS r, (VALUES ('SELECT clerk_rls.protect(%1$L)'), ('SELECT clerk_rls.unprotect(%1$L)'), ('SELECT clerk_rls.protect(%1$L, column_name => ''id'')'),
    ('SELECT clerk_rls.execute_as_owner(%1$L, %2$s)')) AS c (call)
WHERE r.relnamespace = 'm'::regnamespace AND r.relkind IN ('r', 'p') ORDER BY r.relname, c.call DESC;
INSERT INTO guard.calls (part, call) VALUES (3, 'SELECT clerk_rls.migrate_auth_uid()');
INSERT INTO guard.calls (part, call)
SELECT 3, format('SELECT clerk_rls.adopt(%L)', f.oid::regprocedure) FROM pg_proc AS f WHERE f.pronamespace = 'm'::regnamespace AND f.prokind = 'f';
INSERT INTO guard.calls (part, call) VALUES (3, 'SELECT clerk_rls.install_auth_compat()');
