-- Where each provider keeps what, and clerk_rls.claim_map for the rest.
CREATE TABLE tokens (provider text, what text, claims text);
INSERT INTO tokens VALUES
('clerk', 'OAuth application', '{"iss":"https://clerk.example.com","sub":"user_red","client_id":"oa_1","scp":["profile","email"],"jti":"oat_1"}'),
('supabase', 'user', '{"iss":"https://x.supabase.co/auth/v1","sub":"0b5c6e1e-5d4b-4c59-9c53-0c5a1a3b1f7d","aud":"authenticated","role":"authenticated","email":"red@example.com","session_id":"9f0c2c4e","app_metadata":{"provider":"email"},"is_anonymous":false}'),
('logto', 'organization token', '{"iss":"https://x.logto.app/oidc","sub":"red","aud":"urn:logto:organization:org_1","scope":"read:tasks write:tasks","client_id":"app"}'),
('logto', 'organization_id', '{"sub":"red","organization_id":"org_1","scope":"read:tasks"}'),
('logto', 'own-minted', '{"userId":"red"}'),
('logto', 'machine', '{"sub":"m2m_app","client_id":"m2m_app","scope":"read:tasks"}'),
('supertokens', 'user', '{"sub":"red","rsub":"red","tId":"public","sessionHandle":"handle_1","st-role":{"v":["admin"],"t":1},"st-perm":{"v":["tasks:read","tasks:write"],"t":1}}'),
('supertokens', 'two roles', '{"sub":"red","tId":"public","st-role":{"v":["admin","editor"],"t":1}}'),
('auth0', 'user', '{"iss":"https://x.eu.auth0.com/","sub":"auth0|red","org_id":"org_1","permissions":["read:tasks"],"scope":"openid write:tasks"}'),
('auth0', 'machine', '{"sub":"abc@clients","azp":"abc","permissions":["read:tasks"]}'),
('keycloak', 'user', '{"sub":"red","sid":"s_1","organization":["paint"],"realm_access":{"roles":["admin"]},"resource_access":{"app":{"roles":["editor"]}},"scope":"openid read:tasks","email":"red@example.com"}'),
('keycloak', 'organization with id', '{"sub":"red","organization":{"paint":{"id":"org_1"}},"realm_access":{"roles":["admin"]}}'),
('firebase', 'user', '{"sub":"red","user_id":"red","firebase":{"tenant":"tenant_1","sign_in_provider":"password"},"role":"authenticated","email":"red@example.com"}'),
('generic', 'user', '{"sub":"red","org_id":"org_1","org_role":"admin","permissions":["tasks:read"],"sid":"s_1"}');

CREATE FUNCTION read_all() RETURNS TABLE (provider text, what text, user_id text, machine_id text, org_id text, org_role text, permissions text[], session_id text, reads boolean, admin boolean)
LANGUAGE plpgsql AS $$
DECLARE
    token record;
BEGIN
    FOR token IN SELECT * FROM tokens LOOP
        PERFORM set_config('clerk_rls.provider', token.provider, true), set_config('request.jwt.claims', token.claims, true);
        RETURN QUERY SELECT token.provider, token.what, requesting_user_id(), requesting_machine_id(), requesting_org_id(), requesting_org_role(), requesting_org_permissions(), requesting_session_id(),
            requesting_user_has(permission => 'read:tasks') OR requesting_user_has(permission => 'tasks:read'), requesting_user_has(role => 'admin');
    END LOOP;
END $$;
SELECT * FROM read_all();

-- claim_map overrides single fields; keys may hold dots and slashes
SET clerk_rls.provider = 'auth0';
SET clerk_rls.claim_map = '{"org_id": ["https://example.com/org"], "org_role": ["https://example.com/roles"], "permissions": {"path": ["app", "may.do"], "split": ","}, "email": ["contact", "mail"], "session_id": {"path": ["handle"], "strip_prefix": "sess:"}}';
SET request.jwt.claims = '{"sub":"auth0|red","org_id":"ignored","https://example.com/org":"org_1","https://example.com/roles":["admin"],"app":{"may.do":"read:tasks,write:tasks"},"contact":{"mail":"red@example.com"},"handle":"sess:1","scope":"delete:tasks"}';
SELECT requesting_user_id(), requesting_org_id(), requesting_org_role(), requesting_org_permissions(), requesting_email(), requesting_session_id();
SELECT requesting_user_has(permission => 'read:tasks'), requesting_user_has(permission => 'delete:tasks'), requesting_user_has(role => 'org:admin');

-- under clerk too, field by field
SET clerk_rls.provider = 'clerk';
SET clerk_rls.claim_map = '{"user_id": ["userId"]}';
SET request.jwt.claims = '{"sub":"user_sub","userId":"user_red","v":2,"o":{"id":"org_1","rol":"admin"}}';
SELECT requesting_user_id(), requesting_org_id(), requesting_org_role();
SET request.jwt.claims = '{"sub":"user_sub"}';
SELECT requesting_user_id(), problem FROM clerk_rls.whoami();
RESET clerk_rls.claim_map;
SELECT requesting_user_id();
