-- Every reader, for each kind of token.
SET ROLE authenticated;
\x on

-- nobody: unset, empty, and PostgREST's anonymous request
SELECT * FROM readers;
SET request.jwt.claims = '';
SELECT * FROM readers;
SET request.jwt.claims = '{"role":"anon"}';
SELECT * FROM readers;

BEGIN; SELECT sign_in('v2') \g /dev/null
SELECT * FROM readers;
COMMIT;

BEGIN; SELECT sign_in('v1') \g /dev/null
SELECT * FROM readers;
COMMIT;

BEGIN; SELECT sign_in('template') \g /dev/null
SELECT * FROM readers;
COMMIT;

-- machines
SET request.jwt.claims = '{"sub":"mch_1","scopes":"read write"}';
SELECT user_id, user_uuid, machine_id, may_read FROM readers;
SET request.jwt.claims = '{"sub":"abc@clients","gty":"client-credentials"}';
SELECT user_id, machine_id FROM readers;
SET request.jwt.claims = '{"sub":"abc","client_id":"abc"}';
SELECT user_id, machine_id FROM readers;
-- an OAuth application that acts for a person is that person
SET request.jwt.claims = '{"sub":"user_red","client_id":"abc"}';
SELECT user_id, machine_id FROM readers;

-- impersonation
SET request.jwt.claims = '{"sub":"user_red","act":{"sub":"user_support","iss":"https://dashboard.clerk.com"}}';
SELECT user_id, actor_id FROM readers;

-- J26: a pending session is signed out
SET request.jwt.claims = '{"sub":"user_red","sid":"sess_1","sts":"pending","role":"authenticated"}';
SELECT * FROM readers;
SET request.jwt.claims = '{"sub":"user_red","sid":"sess_1","sts":"active"}';
SELECT user_id FROM readers;

-- J10: what is no subject
SELECT set_config('request.jwt.claims', claims, false) IS NOT NULL AS set, requesting_user_id(), requesting_user_uuid()
FROM (VALUES ('{}'), ('{"sub":""}'), ('{"sub":null}'), ('{"sub":7}'), ('{"sub":["user_red"]}'), ('{"sub":true}'),
    (format('{"sub":"%s"}', repeat('u', 256)))) AS bad (claims);

-- a subject that is a UUID is itself; any other has a UUIDv5
SET request.jwt.claims = '{"sub":"0B5C6E1E-5D4B-4C59-9C53-0C5A1A3B1F7D"}';
SELECT requesting_user_uuid(), requesting_user_uuid() = clerk_rls.user_uuid(requesting_user_id()) AS same;
SET request.jwt.claims = '{"sub":"user_red"}';
SELECT requesting_user_uuid(), requesting_user_uuid() = clerk_rls.user_uuid('user_red') AS same;
SELECT clerk_rls.user_uuid(NULL);

-- the legacy settings count where there are no claims, and only there
RESET request.jwt.claims;
SET request.jwt.claim.sub = 'user_legacy';
SET request.jwt.claim.role = 'authenticated';
SET request.jwt.claim.email = 'legacy@example.com';
SELECT user_id, role, email, org_id, has_claims FROM readers;
SET request.jwt.claims = '{"sub":"user_red"}';
SELECT user_id, role, email FROM readers;
SET request.jwt.claims = '';
SELECT user_id, role, email FROM readers;
SET request.jwt.claims = '{';
SELECT user_id, role, email FROM readers;
RESET request.jwt.claims;
SET request.jwt.claim.sub = '';
SELECT user_id, role, email FROM readers;
