-- In one mode alone: nothing here depends on how the library is loaded.
-- The provider's lists repair what webhooks have missed.
\set SHOW_CONTEXT never
SELECT clerk_rls.remove_issuer('https://ed25519.example.com');
CREATE FUNCTION person(id text, at bigint, email text DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('id', id, 'updated_at', at, 'created_at', 1, 'email_addresses', CASE WHEN email IS NULL THEN '[]' ELSE
        jsonb_build_array(jsonb_build_object('id', 'e_' || id, 'email_address', email)) END, 'primary_email_address_id', 'e_' || id) $$;
CREATE FUNCTION member(id text, person text, org text, at int, role text DEFAULT 'org:member', joined int DEFAULT 1) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('id', id, 'role', role, 'organization', jsonb_build_object('id', org), 'public_user_data', jsonb_build_object('user_id', person),
        'created_at', joined, 'updated_at', at) $$;
CREATE VIEW written AS SELECT user_id, email, extract(epoch FROM updated_at) * 1000 AS at, deleted_at IS NOT NULL AS deleted, deleted_by_list AS by_list FROM clerk_rls.users ORDER BY user_id;
CREATE VIEW members AS SELECT user_id, org_id, membership_id AS id, role, extract(epoch FROM updated_at) * 1000 AS at, deleted_at IS NOT NULL AS deleted, deleted_by_list AS by_list FROM clerk_rls.memberships ORDER BY user_id, org_id;

SELECT * FROM clerk_rls.backfill_users(jsonb_build_array(person('user_red', 10, 'red@example.com'), person('user_blue', 10, 'blue@example.com'), person('user_grey', 10)));
-- twice, older, newer, a page as the API returns it, two versions of one user
SELECT * FROM clerk_rls.backfill_users(jsonb_build_object('data', jsonb_build_array(person('user_red', 10, 'red@example.com'), person('user_blue', 9, 'old@example.com'), person('user_grey', 11, 'grey@example.com'),
    person('user_new', 5, 'first@example.com'), person('user_new', 6, 'second@example.com'), person('user_new', 4, 'zeroth@example.com')), 'total_count', 6));
SELECT * FROM written;
-- two users exchange their addresses
SELECT * FROM clerk_rls.backfill_users(jsonb_build_array(person('user_red', 12, 'blue@example.com'), person('user_blue', 12, 'red@example.com')));
SELECT user_id, email FROM written;
SELECT * FROM clerk_rls.backfill_users('[]'), clerk_rls.backfill_users('{"data":[]}') AS page;

-- complete: who is missing is deleted, but a row that is newer than the list
SELECT clerk_rls.apply_change(NULL, 'user', jsonb_build_object('user_id', 'user_later', 'email_verified', false, 'public_metadata', '{}'::jsonb, 'banned', false, 'locked', false, 'updated_at', 100), NULL);
SELECT clerk_rls.apply_change(NULL, 'user_deleted', '{"user_id":"user_gone"}', 3);
SELECT * FROM clerk_rls.backfill_memberships(jsonb_build_array(member('m1', 'user_grey', 'org_1', 5), member('m2', 'user_red', 'org_1', 5)));
SELECT * FROM clerk_rls.backfill_users('[]', complete => true);
SELECT * FROM clerk_rls.backfill_users(jsonb_build_array(person('user_red', 12, 'blue@example.com'), person('user_blue', 12, 'red@example.com'), person('user_gone', 20, 'gone@example.com')), true);
SELECT * FROM written;
SELECT * FROM members;
-- a list that lacked users by mistake: the next complete one brings them back, with their memberships, and not whom an event has deleted
SELECT * FROM clerk_rls.backfill_users(jsonb_build_array(person('user_red', 12, 'blue@example.com'), person('user_grey', 11, 'grey@example.com'), person('user_gone', 20, 'gone@example.com')));
SELECT * FROM clerk_rls.backfill_users(jsonb_build_array(person('user_red', 12, 'blue@example.com'), person('user_blue', 12, 'red@example.com'), person('user_grey', 11, 'grey@example.com'), person('user_gone', 20, 'gone@example.com'), person('user_later', 100)), true);
SELECT * FROM clerk_rls.backfill_memberships(jsonb_build_array(member('m1', 'user_grey', 'org_1', 5), member('m2', 'user_red', 'org_1', 5)), true);
SELECT * FROM written;
SELECT * FROM members;
-- so does an event that is newer than the mistake, and no older one
SELECT * FROM clerk_rls.backfill_users(jsonb_build_array(person('user_red', 101)), true);
SELECT clerk_rls.apply_change(NULL, 'user', jsonb_build_object('user_id', 'user_blue', 'email_verified', false, 'public_metadata', '{}'::jsonb, 'banned', false, 'locked', false, 'updated_at', 102), NULL),
    clerk_rls.apply_change(NULL, 'user', jsonb_build_object('user_id', 'user_grey', 'email_verified', false, 'public_metadata', '{}'::jsonb, 'banned', false, 'locked', false, 'updated_at', 100000 + floor(extract(epoch FROM now()) * 1000)::bigint), NULL);
SELECT user_id, deleted, by_list FROM written;
-- the event that was missed comes after all: the deletion is final
SELECT clerk_rls.apply_change(NULL, 'user_deleted', '{"user_id":"user_blue"}', 103);
SELECT * FROM clerk_rls.backfill_users(jsonb_build_array(person('user_red', 101), person('user_blue', 12), person('user_grey', 200)), true);
SELECT user_id, deleted, by_list FROM written;

-- a row that becomes newer than the list while the list is read: neither question nor deletion takes it
SELECT clerk_rls.missing_users('{"records":[],"issuer":null,"updated_at":100}') @> '[{"user_id":"user_red"}]' AS older,
    clerk_rls.missing_users('{"records":[],"issuer":null,"updated_at":101}') @> '[{"user_id":"user_red"}]' AS newer;
SELECT clerk_rls.delete_users('[{"user_id":"user_red","updated_at":100,"deleted_at":1000,"deleted_by_list":true}]');

-- memberships: of all organizations
SELECT * FROM clerk_rls.backfill_organizations('[{"id":"org_1","name":"Paint","updated_at":1},{"id":"org_2","name":"Brush","updated_at":1},{"id":"org_3","name":"Wall","updated_at":2}]');
SELECT * FROM clerk_rls.backfill_memberships(jsonb_build_array(member('m2', 'user_red', 'org_1', 6, 'admin'), member('m3', 'user_red', 'org_2', 6), member('m4', 'user_red', 'org_3', 6), member('m5', 'user_blue', 'org_2', 6)));
SELECT * FROM clerk_rls.backfill_memberships(jsonb_build_array(member('m2', 'user_red', 'org_1', 7, 'viewer'), member('m4', 'user_red', 'org_3', 6)), true);
SELECT * FROM members;
-- joined again, as a list and not an event says
SELECT * FROM clerk_rls.backfill_memberships(jsonb_build_array(member('m6', 'user_red', 'org_2', 8, 'viewer', 8)));
SELECT * FROM clerk_rls.backfill_organizations('[{"id":"org_1","name":"Paint","updated_at":1},{"id":"org_3","name":"Walls","updated_at":3}]', true);
SELECT * FROM members;
SELECT org_id, name, deleted_at IS NOT NULL AS deleted, deleted_by_list FROM clerk_rls.organizations ORDER BY org_id;
SELECT * FROM clerk_rls.backfill_organizations('[{"id":"org_1","name":"Paint","updated_at":1},{"id":"org_2","name":"Brush","updated_at":1},{"id":"org_3","name":"Walls","updated_at":3}]', true);
SELECT * FROM clerk_rls.backfill_memberships(jsonb_build_array(member('m6', 'user_red', 'org_2', 8, 'viewer', 8)));
SELECT * FROM clerk_rls.backfill_memberships(jsonb_build_array(member('m7', 'user_red', 'org_2', 9, 'viewer', 9)));
SELECT * FROM members WHERE org_id = 'org_2';

-- one malformed record refuses the list
SELECT clerk_rls.backfill_users(jsonb_build_array(person('user_x', 1), person('user_y', 1), '{"id":"user_z"}'));
SELECT clerk_rls.backfill_organizations('[{"id":"org_x","updated_at":1}]'), clerk_rls.backfill_memberships('[{"id":"m"}]');
SELECT clerk_rls.backfill_memberships('[{"id":"m"}]');
SELECT clerk_rls.backfill_users('{"users":[]}');
SELECT clerk_rls.backfill_users('"x"');
SELECT clerk_rls.backfill_users('[1]');
SELECT clerk_rls.backfill_users(NULL);
SELECT clerk_rls.backfill_memberships('[]', NULL);
SELECT clerk_rls.records_of_list('robots', '[]');
SELECT count(*) FROM clerk_rls.users WHERE user_id ~ '_[xyz]$';
-- the errors of the provider are no lists
SELECT clerk_rls.backfill_users('{"errors":[{"code":"authorization_invalid"}]}', true);

-- the lists of two issuers
SELECT clerk_rls.add_issuer('https://second.example.com', subject_prefix => 'second:');
SELECT clerk_rls.backfill_users(jsonb_build_array(person('user_same', 1)));
SELECT clerk_rls.backfill_users(jsonb_build_array(person('user_same', 1)), issuer => 'https://foreign.example.com');
SELECT * FROM clerk_rls.backfill_users(jsonb_build_array(person('user_same', 1000)), true, 'https://second.example.com');
SELECT * FROM clerk_rls.backfill_users(jsonb_build_array(person('user_red', 1000), person('user_grey', 10000000000)), true, 'https://clerk.example.com') \gx
SELECT * FROM clerk_rls.backfill_users(jsonb_build_array(person('user_other', 2000)), true, 'https://second.example.com') \gx
SELECT user_id, issuer, deleted_at IS NOT NULL AS deleted FROM clerk_rls.users ORDER BY user_id;

-- many, in one statement
SELECT clerk_rls.remove_issuer('https://second.example.com');
SELECT inserted, updated FROM clerk_rls.backfill_users((SELECT jsonb_agg(person('many_' || n, 1, n || '@example.com')) FROM generate_series(1, 5000) AS n));
SELECT * FROM clerk_rls.backfill_memberships((SELECT jsonb_agg(member('mm' || n, 'many_' || n, 'org_many', 1)) FROM generate_series(1, 5000) AS n));
SELECT inserted, updated, unchanged FROM clerk_rls.backfill_users((SELECT jsonb_agg(person('many_' || n, 1 + n % 2, n || '@example.com')) FROM generate_series(1, 5000) AS n));
SELECT clerk_rls.apply_change(NULL, 'organization_deleted', '{"org_id":"org_many"}', 5);
SELECT count(*) FROM members WHERE org_id = 'org_many' AND deleted;
