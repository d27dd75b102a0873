-- requesting_user_has(): role, permission, feature, plan and reverification, as Clerk's has() decides.
SET ROLE authenticated;

-- never NULL; nothing asked and nobody signed in are false
SELECT requesting_user_has(), requesting_user_has(role => 'admin'), requesting_user_has(feature => 'projects');
SELECT requesting_user_has(role => NULL, permission => NULL);
BEGIN; SELECT sign_in('v2') \g /dev/null
SELECT requesting_user_has(), requesting_user_has(NULL, NULL, NULL, NULL, NULL);

SELECT role, requesting_user_has(role => role) FROM unnest(ARRAY['admin', 'org:admin', 'org:org:admin', 'member', 'Admin', '']) AS role;
SELECT p, requesting_user_has(permission => p) FROM unnest(ARRAY['org:repositories:read', 'repositories:read', 'org:repositories:delete', 'org:projects:revoke',
    'org:goldprofileborder:read', 'org:repositories:rea', 'ORG:repositories:read', '']) AS p;
SELECT f, requesting_user_has(feature => f) FROM unnest(ARRAY['repositories', 'o:repositories', 'org:repositories', 'organization:repositories', 'u:repositories', 'user:repositories',
    'projects', 'o:projects', 'u:projects', 'goldprofileborder', 'o:goldprofileborder', 'u:goldprofileborder', 'x:projects', 'missing', '']) AS f;
SELECT p, requesting_user_has(plan => p) FROM unnest(ARRAY['team', 'o:team', 'u:team', 'pro', 'u:pro', 'o:pro', 'free']) AS p;
-- all that is asked for must hold
SELECT requesting_user_has(role => 'admin', permission => 'org:repositories:read', feature => 'projects', plan => 'team') AS all_of_it,
    requesting_user_has(role => 'admin', permission => 'org:repositories:delete') AS not_the_permission, requesting_user_has(role => 'member', plan => 'team') AS not_the_role;
-- every mask of the token
SELECT requesting_org_permissions();
COMMIT;

-- a machine has nothing, and neither has a pending session
SET request.jwt.claims = '{"sub":"mch_1","org_id":"org_1","org_role":"admin","org_permissions":["org:tasks:read"]}';
SELECT requesting_user_has(role => 'admin'), requesting_user_has(permission => 'org:tasks:read');
SET request.jwt.claims = '{"sub":"user_red","sts":"pending","org_id":"org_1","org_role":"admin"}';
SELECT requesting_user_has(role => 'admin');
-- without an organization there is no role
SET request.jwt.claims = '{"sub":"user_red","org_role":"admin","org_permissions":["org:tasks:read"]}';
SELECT requesting_user_has(role => 'admin'), requesting_user_has(permission => 'org:tasks:read');

-- reverification: minutes since each factor, plus those since the token was issued
SELECT set_config('request.jwt.claims', format('{"sub":"user_red","iat":%s,"fva":%s}', extract(epoch FROM now())::bigint - since, fva), false) IS NOT NULL AS set, fva, since,
    requesting_user_has(reverification => 'strict_mfa') AS strict_mfa, requesting_user_has(reverification => 'strict') AS strict,
    requesting_user_has(reverification => 'moderate') AS moderate, requesting_user_has(reverification => 'lax') AS lax
FROM (VALUES (0, '[0,-1]'), (0, '[0,0]'), (0, '[-1,-1]'), (0, '[-1,5]'), (0, '[5,-1]'), (0, '[50,5]'), (0, '[5,50]'), (0, '[10,-1]'), (0, '[9,-1]'),
    (120, '[9,-1]'), (6000, '[0,0]'), (90000, '[0,0]'), (0, '[0]'), (0, '["0",0]'), (0, 'null')) AS ages (since, fva);
SET request.jwt.claims = '{"sub":"user_red","fva":[0,0]}';
SELECT requesting_user_has(reverification => 'lax') AS without_iat;

-- an unknown preset is a mistake in the policy, whoever asks
SELECT requesting_user_has(reverification => 'Strict');
\echo :LAST_ERROR_SQLSTATE
RESET request.jwt.claims;
SELECT requesting_user_has(reverification => '');
