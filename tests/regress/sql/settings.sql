-- Settings: who may set them, what they refuse, and where they may be set.

-- wrong values are refused when they are set, with a hint
SELECT requesting_user_id();
SET clerk_rls.provider = 'clark';
SET clerk_rls.fpm_alignment = 'loose';
SET clerk_rls.require_session = 'perhaps';
SET clerk_rls.claim_map = 'user_id';
SET clerk_rls.claim_map = '["userId"]';
SET clerk_rls.claim_map = '{"user": ["userId"]}';
SET clerk_rls.claim_map = '{"user_id": "userId"}';
SET clerk_rls.claim_map = '{"user_id": []}';
SET clerk_rls.claim_map = '{"user_id": [1]}';
SET clerk_rls.claim_map = '{"permissions": {"split": " "}}';
SET clerk_rls.claim_map = '{"permissions": {"path": ["scope"], "glue": " "}}';
SET clerk_rls.claim_map = '{"user_id": ["a"], "user_id": ["b"]}';
DO $$
DECLARE
    why text;
BEGIN
    PERFORM set_config('clerk_rls.claim_map', '{"user_id": ["' || repeat('x', 9000) || '"]}', false);
EXCEPTION WHEN invalid_parameter_value THEN
    GET STACKED DIAGNOSTICS why = PG_EXCEPTION_DETAIL;
    RAISE INFO '%', why;
END $$;
ALTER DATABASE regress_settings SET clerk_rls.claim_map = 'nonsense';
SET clerk_rls.no_such_setting = 1;
SHOW clerk_rls.provider;
SHOW clerk_rls.claim_map;
SET clerk_rls.claim_map = '';

-- only a superuser says how claims are read; anybody may make a request
SET ROLE authenticated;
SET clerk_rls.provider = 'logto';
SET clerk_rls.claim_map = '{"user_id": ["other"]}';
SET clerk_rls.require_session = off;
SET clerk_rls.allow_pending = on;
SET clerk_rls.check_expiry = off;
SET clerk_rls.fpm_alignment = 'sdk';
SET clerk_rls.define_request_settings = off;
SET request.jwt.claims = '{"sub":"user_red"}';
SELECT requesting_user_id();
RESET ROLE;

-- require_session
SET clerk_rls.require_session = on;
DO $$
DECLARE
    request text;
BEGIN
    FOREACH request IN ARRAY ARRAY['{"sub":"user_red","sid":"sess_1"}', '{"sub":"user_red"}', '{"sub":"user_red","sid":""}', '{"sub":"user_red","sid":7}', '{"sub":"user_red","sid":"sess_1","client_id":"oauth"}'] LOOP
        PERFORM set_config('request.jwt.claims', request, false);
        RAISE INFO '% | % | %', request, requesting_user_id(), (SELECT problem FROM clerk_rls.whoami());
    END LOOP;
END $$;
RESET clerk_rls.require_session;
SELECT requesting_user_id();

-- allow_pending
SET request.jwt.claims = '{"sub":"user_red","sts":"pending"}';
SELECT requesting_user_id(), problem FROM clerk_rls.whoami();
SET clerk_rls.allow_pending = on;
SELECT requesting_user_id(), problem FROM clerk_rls.whoami();
SET request.jwt.claims = '{"sub":"user_red","sts":"else"}';
SELECT requesting_user_id(), problem FROM clerk_rls.whoami();
RESET clerk_rls.allow_pending;

-- fpm_alignment: where the two published readings differ, the default grants what both grant
SET request.jwt.claims = '{"sub":"user_red","v":2,"fea":"o:reservations,u:dashboard,uo:support-chat,o:impersonation","o":{"id":"org_1","rol":"admin","per":"read,manage","fpm":"2,3"}}';
SELECT requesting_org_permissions(), requesting_user_has(permission => 'org:support-chat:read');
SET clerk_rls.fpm_alignment = 'sdk';
SELECT requesting_org_permissions(), requesting_user_has(permission => 'org:support-chat:read');
SET clerk_rls.fpm_alignment = 'docs';
SELECT requesting_org_permissions(), requesting_user_has(permission => 'org:support-chat:read');
RESET clerk_rls.fpm_alignment;

-- ALTER DATABASE and ALTER ROLE: in force from the next connection on, whenever the library is loaded
ALTER DATABASE regress_settings SET clerk_rls.claim_map = '{"user_id": ["userId"]}';
ALTER DATABASE regress_settings SET clerk_rls.require_session = on;
ALTER DATABASE regress_settings SET request.jwt.claims = '{"userId":"from_the_database","sid":"s","sub":"sub"}';
\c
SELECT requesting_user_id();
SET request.jwt.claims = '{"userId":"user_red"}';
SELECT requesting_user_id(), problem FROM clerk_rls.whoami();
RESET request.jwt.claims;
SELECT requesting_user_id();
ALTER DATABASE regress_settings RESET ALL;

-- G3, G4: in trusted mode, what a role sets for itself counts for the request, never for how it is read
\c - authenticator
ALTER ROLE authenticator SET clerk_rls.allow_pending = on;
ALTER ROLE authenticator SET clerk_rls.claim_map = '{"user_id": ["other"]}';
\c -
SET request.jwt.claims = '{"sub":"user_red","other":"user_blue"}';
SELECT requesting_user_id();
SET request.jwt.claims = '{"sub":"user_red","sts":"pending"}';
SELECT requesting_user_id();
\c - postgres
ALTER ROLE authenticator RESET ALL;
