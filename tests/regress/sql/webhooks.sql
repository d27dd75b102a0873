-- In one mode alone: nothing here depends on how the library is loaded.
-- Webhooks: which are accepted, what they change, and what is left of what was refused.
\set VERBOSITY default
\set SHOW_CONTEXT never
\set secret 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'
\set second 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
CREATE FUNCTION deliver(id text, body text, sent_at timestamptz DEFAULT now(),
    secret text DEFAULT 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD') RETURNS text LANGUAGE sql AS $$
    SELECT clerk_rls.receive_webhook_raw(body, clerk_rls.sign_webhook(body, secret, id, sent_at)) ->> 'outcome' $$;
CREATE FUNCTION event(type text, data jsonb, seconds int DEFAULT 0) RETURNS text LANGUAGE sql AS $$
    SELECT jsonb_build_object('object', 'event', 'type', type, 'timestamp', 1700000000000 + seconds * 1000::bigint,
        'instance_id', 'ins_1', 'data', data || jsonb_build_object('updated_at', 1700000000000 + seconds * 1000::bigint))::text $$;
CREATE VIEW written AS SELECT user_id, issuer, email, email_verified AS verified, first_name,
    extract(epoch FROM updated_at)::bigint - 1700000000 AS updated, deleted_at IS NOT NULL AS deleted FROM clerk_rls.users ORDER BY user_id;
CREATE VIEW members AS SELECT user_id, org_id, membership_id, role, permissions,
    extract(epoch FROM updated_at)::bigint - 1700000000 AS updated, deleted_at IS NOT NULL AS deleted FROM clerk_rls.memberships ORDER BY user_id, org_id;

-- secrets
SELECT deliver('msg_1', event('user.created', '{"id":"user_red"}'));
SELECT clerk_rls.add_webhook_secret(:'secret');
SELECT clerk_rls.add_webhook_secret(:'secret', 'https://foreign.example.com');
SELECT clerk_rls.add_webhook_secret(:'secret', 'https://clerk.example.com');
SELECT clerk_rls.add_webhook_secret(NULL, 'https://clerk.example.com');
SELECT clerk_rls.add_webhook_secret('whsec_', 'https://clerk.example.com');
SELECT clerk_rls.add_webhook_secret('whsec_AAAA', 'https://clerk.example.com');
SELECT clerk_rls.add_webhook_secret('not base64', 'https://clerk.example.com');
SELECT clerk_rls.add_webhook_secret('whsec_' || encode(convert_to(repeat(n::text, 24), 'UTF8'), 'base64'), 'https://clerk.example.com')
FROM generate_series(1, 9) AS n \g /dev/null
SELECT clerk_rls.add_webhook_secret('whsec_' || encode(convert_to(repeat(n::text, 12), 'UTF8'), 'base64'), 'https://clerk.example.com')
FROM generate_series(11, 20) AS n \g /dev/null
SELECT count(*) FROM clerk_rls.webhook_secrets;
DELETE FROM clerk_rls.webhook_secrets WHERE secret NOT LIKE 'C2FV%';
-- with or without the prefix it is one secret
SELECT clerk_rls.remove_webhook_secret(substr(:'secret', 7));
SELECT clerk_rls.remove_webhook_secret(:'secret');
SELECT clerk_rls.add_webhook_secret(substr(:'secret', 7), 'https://clerk.example.com');
SELECT clerk_rls.add_webhook_secret(:'secret', 'https://clerk.example.com');
SELECT count(*), count(*) FILTER (WHERE secret LIKE 'whsec%') AS with_prefix FROM clerk_rls.webhook_secrets;

-- P23: what is refused. The answers are from the verification alone: none says a byte of the secret, and nothing is written.
SELECT regexp_replace(clerk_rls.sign_webhook('{}', :'secret', 'msg_1', 'epoch')::text, '1970.*', '') AS headers;
CREATE FUNCTION attempt(body text, headers jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text;
    detail text;
BEGIN
    RETURN clerk_rls.receive_webhook_raw(body, headers) ->> 'outcome';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL;
    RETURN format('%s: %s. %s', state, sqlerrm, regexp_replace(detail, '30[0-9] seconds', '30x seconds'));
END
$$;
SELECT event('user.created', '{"id":"user_red"}') AS body \gset
SELECT label, attempt(coalesce(bodies.body, :'body'), CASE WHEN headers = 'null' THEN NULL ELSE signed || headers END) AS result
FROM clerk_rls.sign_webhook(:'body', :'secret', 'msg_1') AS signed, (VALUES
    ('no signature', '{"svix-signature":""}'::jsonb, NULL),
    ('blank signature', '{"svix-signature":" "}', NULL),
    ('empty v1', '{"svix-signature":"v1,"}', NULL),
    ('short v1', '{"svix-signature":"v1,AAAA"}', NULL),
    ('v1a', jsonb_build_object('svix-signature', 'v1a' || substr(clerk_rls.webhook_signature(:'body', :'secret', 'msg_1', '0'), 3)), NULL),
    ('bare base64', jsonb_build_object('svix-signature', substr(clerk_rls.webhook_signature(:'body', :'secret', 'msg_1', '0'), 4)), NULL),
    ('signature of another time', jsonb_build_object('svix-signature', clerk_rls.webhook_signature(:'body', :'secret', 'msg_1', '0')), NULL),
    ('another ID', '{"svix-id":"msg_2"}', NULL),
    ('ID with a dot', '{"svix-id":"msg.1"}', NULL),
    ('number as a timestamp', '{"svix-timestamp":1}', NULL),
    ('signed timestamp', '{"svix-timestamp":"+1"}', NULL),
    ('33 signatures', jsonb_build_object('svix-signature', repeat('v1,AAAA ', 32) || 'v1,AAAA'), NULL),
    ('a header twice', '{"Svix-Id":"msg_1"}', NULL),
    ('body with a space', '{}', :'body' || ' '),
    ('body that was parsed and written again', '{}', replace(:'body', ': ', ':')),
    ('empty body', '{}', ''),
    ('body of another', '{}', '{}'),
    ('headers that are NULL', 'null', NULL)
) AS bodies (label, headers, body);
SELECT attempt(:'body', '[]'), attempt(:'body', '{}'), attempt(:'body', '"x"');
-- five minutes either way
SELECT seconds, attempt(:'body', clerk_rls.sign_webhook(:'body', :'secret', 'msg_' || seconds, clock_timestamp() + seconds * interval '1 second')) AS result
FROM unnest('{-302,302}'::int[]) AS seconds;
BEGIN;
SELECT seconds, attempt(event('email.created', '{}'), clerk_rls.sign_webhook(event('email.created', '{}'), :'secret', 'msg_' || seconds, clock_timestamp() + seconds * interval '1 second')) AS result
FROM unnest('{-290,290}'::int[]) AS seconds;
ROLLBACK;
-- signed, and malformed
SELECT label, attempt(body, clerk_rls.sign_webhook(body, :'secret', 'msg_1')) AS result FROM (VALUES
    ('no JSON', 'x'), ('an array', '[]'), ('no envelope', '{}'), ('another object', '{"object":"x","type":"user.created"}'),
    ('no data', '{"object":"event","type":"user.created"}'), ('no ID', event('user.created', '{}')),
    ('a number as an ID', event('user.created', '{"id":1}')), ('an empty ID', event('user.created', '{"id":""}')),
    ('no updated_at', '{"object":"event","type":"user.created","data":{"id":"user_red"}}'),
    ('a key twice', '{"object":"event","type":"user.created","type":"user.deleted","data":{"id":"user_red"}}'),
    ('an ID twice', '{"object":"event","type":"user.deleted","data":{"id":"user_red","id":"user_blue"}}'),
    ('NUL in a name', '{"object":"event","type":"user.created","data":{"id":"user_red","first_name":"\u0000","updated_at":1}}'),
    ('NUL in metadata', '{"object":"event","type":"user.created","data":{"id":"user_red","public_metadata":{"a":["\u0000"]},"updated_at":1}}'),
    ('half a surrogate', '{"object":"event","type":"user.created","data":{"id":"user_red","first_name":"\ud800","updated_at":1}}'),
    ('number out of range', '{"object":"event","type":"user.created","data":{"id":"user_red","public_metadata":{"a":1e400},"updated_at":1}}'),
    ('too long', repeat(' ', 384 * 1024 - 1) || '{}'),
    ('much too long', repeat(' ', 1024 * 1024))
) AS bodies (label, body);
-- nothing of all that was written
SELECT (SELECT count(*) FROM clerk_rls.webhook_events) AS events, (SELECT count(*) FROM clerk_rls.users) AS users;

-- a user, who may have no e-mail address
SELECT deliver('msg_1', event('user.created', '{"id":"user_red","first_name":"Red","private_metadata":{"a":1},"unsafe_metadata":{"b":1},"public_metadata":{"plan":"pro"},
    "email_addresses":[{"id":"e1","email_address":"other@example.com"},{"id":"e2","email_address":"red@example.com","verification":{"status":"verified"}}],"primary_email_address_id":"e2"}'));
SELECT deliver('msg_2', event('user.created', '{"id":"user_blue","email_addresses":[],"primary_email_address_id":null}'));
SELECT * FROM written;
SELECT user_uuid = clerk_rls.user_uuid('user_red') AS uuid, public_metadata, to_jsonb(u)::text ~ '"[ab]": 1' AS private FROM clerk_rls.users AS u WHERE user_id = 'user_red';
-- the same message again, and with another body that was signed for it
SELECT deliver('msg_1', event('user.created', '{"id":"user_red","first_name":"Again"}'));
SELECT attempt(event('user.created', '{"id":"user_red","first_name":"Again"}'), jsonb_build_object('webhook-id', h -> 'svix-id', 'webhook-timestamp', h -> 'svix-timestamp', 'Webhook-Signature', h -> 'svix-signature'))
FROM clerk_rls.sign_webhook(event('user.created', '{"id":"user_red","first_name":"Again"}'), :'secret', 'msg_1') AS h;
-- older, equal and newer
SELECT deliver('msg_3', event('user.updated', '{"id":"user_red","first_name":"Old"}', -1));
SELECT deliver('msg_4', event('user.updated', '{"id":"user_red","first_name":"Equal"}', 0));
SELECT deliver('msg_5', event('user.updated', '{"id":"user_red","first_name":"New","banned":true}', 2));
SELECT deliver('msg_6', event('user.updated', '{"id":"user_red","first_name":"New","banned":true}', 2));
SELECT deliver('msg_7', event('user.updated', '{"id":"user_red","first_name":"Late"}', 1));
SELECT * FROM written WHERE user_id = 'user_red';
-- other events are recorded
SELECT deliver('msg_8', event('session.ended', '{"id":"sess_1","user_id":"user_red","status":"ended"}', 3)), deliver('msg_9', event('email.created', '{}')),
    deliver('msg_10', '{"object":"event","type":"something.new"}');
SELECT message_id, event_type, occurred_at, outcome FROM clerk_rls.webhook_events ORDER BY received_at, length(message_id), message_id;

-- a deleted user stays deleted, and one whom nobody knew too
SELECT deliver('msg_11', '{"object":"event","type":"user.deleted","timestamp":1700000010000,"data":{"id":"user_red","deleted":true,"object":"user"}}');
SELECT deliver('msg_12', '{"object":"event","type":"user.deleted","data":{"id":"user_grey","deleted":true}}');
SELECT deliver('msg_13', '{"object":"event","type":"user.deleted","data":{"id":"user_grey","deleted":true}}');
SELECT deliver('msg_14', event('user.updated', '{"id":"user_red","first_name":"Back"}', 1000000)), deliver('msg_15', event('user.created', '{"id":"user_grey"}', 1000000000));
SELECT user_id, email, first_name, public_metadata, banned, deleted_at = '2023-11-14 22:13:30+00' AS then, deleted_by_list FROM clerk_rls.users WHERE deleted_at IS NOT NULL ORDER BY user_id;

-- memberships, in any order; a role has its prefix
CREATE FUNCTION member(id text, person text, org text, role text DEFAULT 'org:member', joined int DEFAULT 0) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('id', id, 'role', role, 'permissions', '["org:tasks:read"]'::jsonb, 'organization', jsonb_build_object('id', org),
        'public_user_data', jsonb_build_object('user_id', person), 'created_at', 1700000000000 + joined * 1000::bigint) $$;
SELECT deliver('msg_21', event('organizationMembership.created', member('m1', 'user_blue', 'org_1', 'admin')));
SELECT deliver('msg_22', event('organization.created', '{"id":"org_1","name":"Paint","slug":"paint","private_metadata":{"a":1}}'));
SELECT deliver('msg_23', event('organizationMembership.updated', member('m1', 'user_blue', 'org_1', 'org:viewer'), 5));
SELECT deliver('msg_24', event('organizationMembership.updated', member('m1', 'user_blue', 'org_1', 'org:admin'), 4));
SELECT * FROM members;
SELECT deliver('msg_22b', event('organization.updated', '{"id":"org_1","name":"Late","slug":"late"}', -1));
SELECT org_id, issuer, name, slug, public_metadata FROM clerk_rls.organizations;
-- removed, and a late update does not bring it back; she joins again, and the removal of before comes late
SELECT deliver('msg_25', event('organizationMembership.deleted', member('m1', 'user_blue', 'org_1', 'org:viewer'), 10));
SELECT deliver('msg_26', event('organizationMembership.updated', member('m1', 'user_blue', 'org_1', 'org:admin'), 20));
SELECT * FROM members;
-- within the second of the removal, whose event the provider may have made a moment later
SELECT deliver('msg_27', event('organizationMembership.created', member('m2', 'user_blue', 'org_1', 'org:member', 9), 9));
SELECT deliver('msg_28', event('organizationMembership.deleted', member('m1', 'user_blue', 'org_1', 'org:viewer'), 10));
SELECT * FROM members;
-- the removal comes before what it removes
SELECT deliver('msg_29', event('organizationMembership.deleted', member('m3', 'user_blue', 'org_2', 'org:member', 5), 30));
SELECT deliver('msg_30', event('organizationMembership.created', member('m3', 'user_blue', 'org_2', 'org:member', 5), 5));
SELECT deliver('msg_31', event('organizationMembership.created', member('m0', 'user_blue', 'org_2', 'org:member', 1), 1));
SELECT * FROM members WHERE org_id = 'org_2';
SELECT deliver('msg_32', event('organizationMembership.created', member('m4', 'user_blue', 'org_2', 'org:member', 31), 31));
SELECT * FROM members WHERE org_id = 'org_2';
-- the removal of a membership that followed, of which nothing else has come
SELECT deliver('msg_33', event('organizationMembership.deleted', member('m5', 'user_blue', 'org_2', 'org:member', 40), 41));
SELECT deliver('msg_34', event('organizationMembership.created', member('m5', 'user_blue', 'org_2', 'org:member', 40), 40));
SELECT * FROM members WHERE org_id = 'org_2';

-- with an organization its memberships end, with a user hers
SELECT deliver('msg_41', event('organizationMembership.created', member('m6', 'user_blue', 'org_3')));
SELECT deliver('msg_42', event('organization.deleted', '{"id":"org_1","deleted":true}', 50));
SELECT * FROM members;
SELECT deliver('msg_43', event('organization.updated', '{"id":"org_1","name":"Paint"}', 60));
SELECT deliver('msg_44', event('organizationMembership.created', member('m7', 'user_blue', 'org_1', 'org:admin', 70), 70));
SELECT deliver('msg_45', event('user.deleted', '{"id":"user_blue","deleted":true}', 80));
SELECT deliver('msg_46', event('organizationMembership.created', member('m8', 'user_blue', 'org_4', 'org:admin', 90), 90));
SELECT * FROM members;
SELECT org_id, name, deleted_at IS NOT NULL AS deleted FROM clerk_rls.organizations;

-- two secrets while one rotates; each reports the users of its issuer
SELECT clerk_rls.add_webhook_secret(:'second', 'https://ed25519.example.com');
SELECT deliver('msg_51', event('user.created', '{"id":"user_same"}'));
SELECT deliver('msg_52', event('user.created', '{"id":"user_same"}'), secret => :'second');
SELECT deliver('msg_53', event('organizationMembership.created', member('m9', 'user_same', 'org_9')), secret => :'second');
SELECT user_id, issuer FROM written WHERE user_id LIKE '%same';
SELECT user_id FROM members WHERE org_id = 'org_9';
-- Svix signs with each of them
SELECT attempt(:'body', a || jsonb_build_object('svix-signature', 'v1a,x ' || (b ->> 'svix-signature') || ' ' || (a ->> 'svix-signature')))
FROM clerk_rls.sign_webhook(:'body', :'secret', 'msg_54') AS a, clerk_rls.sign_webhook(:'body', 'whsec_' || repeat('B', 32), 'msg_54') AS b;
SELECT clerk_rls.remove_webhook_secret(:'second');
SELECT deliver('msg_55', event('user.created', '{"id":"user_same"}'), secret => :'second');
SELECT clerk_rls.remove_webhook_secret('whsec_unknown'), clerk_rls.remove_webhook_secret(NULL);
-- an issuer that is gone
SELECT clerk_rls.add_webhook_secret(:'second', 'https://ed25519.example.com');
BEGIN;
SELECT clerk_rls.remove_issuer('https://ed25519.example.com');
SELECT deliver('msg_56', event('user.created', '{"id":"user_same"}'), secret => :'second');
ROLLBACK;

-- through PostgREST
CREATE SCHEMA api;
GRANT USAGE ON SCHEMA api TO anon;
SELECT clerk_rls.expose_webhook('api', dry_run => true);
SELECT to_regproc('api.clerk_webhook') IS NULL AS not_yet;
SELECT clerk_rls.expose_webhook('api') \g /dev/null
SELECT clerk_rls.expose_webhook('api') \g /dev/null
SELECT p.provolatile, p.prosecdef, p.proconfig, p.proacl, p.proargnames FROM pg_proc AS p WHERE p.oid = 'api.clerk_webhook'::regproc;
BEGIN;
SET LOCAL ROLE anon;
SELECT set_config('request.headers', clerk_rls.sign_webhook(:'body', :'secret', 'msg_61')::text, true);
ROLLBACK;
CREATE FUNCTION headers(body text, id text) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$
    SELECT set_config('request.headers', (clerk_rls.sign_webhook(body, 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD', id) || '{"host":"api.example.com","x":1}')::text, true) $$;
SELECT event('user.created', '{"id":"user_green", "first_name":"Vert é"}') || E'\n' AS body \gset
BEGIN;
SELECT headers(:'body', 'msg_61') IS NOT NULL AS headers;
SET LOCAL ROLE anon;
SELECT api.clerk_webhook(:'body');
SELECT api.clerk_webhook(:'body');
SELECT api.clerk_webhook('{"object":"event"}');
COMMIT;
BEGIN;
SET LOCAL ROLE anon;
SELECT api.clerk_webhook(:'body');
ROLLBACK;
BEGIN;
SELECT headers(:'body', 'msg_61') IS NOT NULL AS headers;
SET LOCAL ROLE anon;
SELECT api.clerk_webhook(:'body');
SELECT api.clerk_webhook(NULL);
ROLLBACK;
BEGIN;
SELECT headers(:'body', 'msg_62') IS NOT NULL AS headers;
SET LOCAL ROLE anon;
SELECT api.clerk_webhook(:'body');
COMMIT;
SELECT * FROM written WHERE user_id = 'user_green';
-- headers that are no JSON, whose error must not quote them, and a header twice
BEGIN;
SET LOCAL request.headers = '{"authorization":"Bearer eyJhbGciOiJub25lIn0", svix-id';
SET LOCAL ROLE anon;
\set SHOW_CONTEXT always
SELECT api.clerk_webhook(:'body');
\set SHOW_CONTEXT never
ROLLBACK;
BEGIN;
SET LOCAL request.headers = '{"svix-id":"msg_1","svix-id":"msg_2"}';
SET LOCAL ROLE anon;
SELECT api.clerk_webhook(:'body');
ROLLBACK;
-- lint() and doctor() have nothing against it
SELECT rule, object FROM clerk_rls.lint() WHERE object ~ 'webhook|clerk_rls\.';
SELECT "check", finding FROM clerk_rls.doctor() WHERE finding ~ 'webhook';
-- nobody else, and nothing else
SET ROLE authenticated;
SELECT api.clerk_webhook('{}');
SELECT clerk_rls.receive_webhook('{}');
SET ROLE anon;
SELECT clerk_rls.receive_webhook_raw('{}', '{}');
SELECT clerk_rls.sign_webhook('{}', 'x', 'x'), clerk_rls.webhook_signature('', '', '', '');
SELECT clerk_rls.add_webhook_secret('x'), clerk_rls.remove_webhook_secret('x');
SELECT clerk_rls.expose_webhook();
SELECT clerk_rls.prune_webhook_events();
SELECT clerk_rls.verified_event('', '{}', '{}');
SELECT clerk_rls.receive_message('', '{}');
SELECT clerk_rls.apply_change(NULL, 'user_deleted', '{"user_id":"user_red"}', 1);
SELECT clerk_rls.backfill_users('[]'), clerk_rls.backfill_organizations('[]'), clerk_rls.backfill_memberships('[]'), clerk_rls.backfill('users', '[]', true, NULL);
SELECT clerk_rls.query_as_owner('clerk_rls.users', 'SELECT 1', '[]'), clerk_rls.write_records('clerk_rls.users', 'SELECT 1', '[]');
SELECT clerk_rls.write_users('[]'), clerk_rls.write_organizations('[]'), clerk_rls.write_memberships('[]');
SELECT clerk_rls.delete_users('[]'), clerk_rls.delete_organizations('[]'), clerk_rls.delete_memberships('[]');
TABLE clerk_rls.webhook_secrets;
TABLE clerk_rls.webhook_events;
RESET ROLE;

-- a function of somebody else is not replaced, nor one with other arguments
CREATE ROLE mallory;
GRANT CREATE, USAGE ON SCHEMA api TO mallory;
SET ROLE mallory;
CREATE FUNCTION api.taken(json) RETURNS json LANGUAGE sql AS 'SELECT $1';
COMMENT ON FUNCTION api.taken(json) IS 'Receives the webhooks of the identity provider. Made by clerk_rls.expose_webhook().';
CREATE FUNCTION api.overloaded(jsonb) RETURNS json LANGUAGE sql AS 'SELECT $1::json';
RESET ROLE;
CREATE FUNCTION api.my_own(json) RETURNS json LANGUAGE sql AS 'SELECT $1';
SELECT clerk_rls.expose_webhook('api', 'taken');
SELECT clerk_rls.expose_webhook('api', 'overloaded');
SELECT clerk_rls.expose_webhook('api', 'my_own');
SELECT clerk_rls.expose_webhook('api', role => 'mallory');
SELECT clerk_rls.expose_webhook('api', role => 'nobody');
SELECT clerk_rls.expose_webhook('missing');
SELECT clerk_rls.expose_webhook(NULL);
SELECT clerk_rls.expose_webhook('api', 'odd"; --', 'anon', true);
DROP OWNED BY mallory;
DROP ROLE mallory;

-- old messages
UPDATE clerk_rls.webhook_events SET received_at = now() - interval '40 days' WHERE message_id < 'msg_2';
SELECT clerk_rls.prune_webhook_events('1 day');
SELECT clerk_rls.prune_webhook_events(NULL);
SELECT clerk_rls.prune_webhook_events('50 days'), clerk_rls.prune_webhook_events(), clerk_rls.prune_webhook_events();
-- such a one may be sent again from the provider's dashboard, and changes nothing
SELECT deliver('msg_11', '{"object":"event","type":"user.deleted","timestamp":1700000010000,"data":{"id":"user_red","deleted":true,"object":"user"}}');

-- what an event takes away is revoked: sessions, users who were deleted, banned or locked, memberships
CREATE VIEW revoked AS SELECT kind, subject, org_id, issuer, not_before > now() - interval '1 minute' AS recent, reason FROM clerk_rls.revocations ORDER BY kind, subject, org_id;
TRUNCATE clerk_rls.revocations;
SELECT deliver('msg_100', event('session.removed', '{"id":"sess_2","user_id":"user_1","status":"removed"}', 1)),
    deliver('msg_101', event('session.created', '{"id":"sess_3","user_id":"user_1","status":"active"}', 1)),
    deliver('msg_102', event('user.created', '{"id":"user_1"}', 1)),
    deliver('msg_103', event('user.created', '{"id":"user_2","banned":true}', 1)),
    deliver('msg_104', event('user.updated', '{"id":"user_1","locked":true}', 2)),
    deliver('msg_105', event('user.deleted', '{"id":"user_3"}'));
SELECT * FROM revoked;
TRUNCATE clerk_rls.revocations;
-- an event that is older than the row revokes nothing, nor does one that changes something else
SELECT deliver('msg_106', event('user.updated', '{"id":"user_1","first_name":"One","locked":true}', 3)),
    deliver('msg_107', event('user.updated', '{"id":"user_1","banned":true}', 1));
SELECT * FROM revoked;
SELECT deliver('msg_110', event('organizationMembership.created', '{"id":"orgmem_7","role":"org:admin","organization":{"id":"org_7"},"public_user_data":{"user_id":"user_1"}}', 1));
SELECT * FROM revoked;
SELECT deliver('msg_111', event('organizationMembership.updated', '{"id":"orgmem_7","role":"org:member","organization":{"id":"org_7"},"public_user_data":{"user_id":"user_1"}}', 2)),
    deliver('msg_112', event('organizationMembership.deleted', '{"id":"orgmem_8","role":"org:member","organization":{"id":"org_8"},"public_user_data":{"user_id":"user_1"}}', 2));
SELECT * FROM revoked;
TRUNCATE clerk_rls.revocations;
SELECT deliver('msg_113', event('organization.deleted', '{"id":"org_7"}'));
SELECT * FROM revoked;
DROP VIEW revoked;


-- J18: other encodings. The signature is about UTF-8, in which PostgREST sends the body.
CREATE DATABASE regress_webhooks_latin1 TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C';
CREATE DATABASE regress_webhooks_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C';
\c regress_webhooks_latin1
SET client_encoding = 'UTF8';
CREATE EXTENSION clerk_rls;
SELECT clerk_rls.add_webhook_secret(:'secret');
\set body '{"object":"event","type":"user.created","data":{"id":"user_red","first_name":"R\\u00e9d é","updated_at":1}}'
SELECT clerk_rls.receive_webhook_raw(:'body', clerk_rls.sign_webhook(:'body', :'secret', 'msg_1'));
SELECT first_name, length(first_name) FROM clerk_rls.users;
-- what UTF-8 says, and LATIN1 does not
SELECT clerk_rls.webhook_signature('é', :'secret', 'msg_1', '1') = 'v1,pXjlrRAGcJotYzQPRJ5PpF8S1Bq5QEXPQ6z0c0+GRaI=' AS same;
\set body '{"object":"event","type":"user.created","data":{"id":"user_blue","first_name":"\\u0416","updated_at":1}}'
SELECT clerk_rls.receive_webhook_raw(:'body', clerk_rls.sign_webhook(:'body', :'secret', 'msg_2'));
SELECT count(*) FROM clerk_rls.webhook_events;
\c regress_webhooks_ascii
SET client_encoding = 'SQL_ASCII';
CREATE EXTENSION clerk_rls;
SELECT clerk_rls.add_webhook_secret(:'secret');
\set body '{"object":"event","type":"user.created","data":{"id":"user_red","first_name":"Réd","updated_at":1}}'
SELECT clerk_rls.receive_webhook_raw(:'body', clerk_rls.sign_webhook(:'body', :'secret', 'msg_1'));
SELECT first_name = 'Réd' AS same FROM clerk_rls.users;
