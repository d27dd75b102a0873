-- J24: which kinds of token an issuer accepts, and who is asking then.
CREATE FUNCTION kind_token(issuer text, header jsonb, claims jsonb) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$
    SELECT clerk_rls.jwt_sign(jsonb_build_object('iss', issuer, 'exp', floor(extract(epoch FROM clock_timestamp())) + 60) || claims,
        clerk_rls.jwk_from_secret(repeat('k', 32), 'HS256'), header) $$;
-- Who is asking with a token, or why it is refused.
CREATE FUNCTION asking(token text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    PERFORM clerk_rls.authenticate(token);
    RETURN concat_ws(' ', 'user ' || requesting_user_id(), 'machine ' || requesting_machine_id(), 'session ' || requesting_session_id())
        || coalesce(', rows of ' || (SELECT string_agg(DISTINCT user_id, ' ') FROM notes), '');
EXCEPTION WHEN invalid_authorization_specification THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', SQLERRM, nullif(hint, ''));
END $$;
CREATE TABLE kinds (kind text, header jsonb, claims jsonb);
INSERT INTO kinds VALUES
('1 session', '{"cat":"cl_B7d4PD111AAA"}', '{"sub":"user_red","sid":"sess_1"}'),
('2 session without cat or sid', '{}', '{"sub":"user_red"}'),
('3 session, pending', '{"cat":"cl_B7d4PD111AAA"}', '{"sub":"user_red","sid":"sess_1","sts":"pending"}'),
('4 template', '{"cat":"cl_B7d4PD222AAA"}', '{"sub":"user_red"}'),
('5 oauth', '{"typ":"at+jwt"}', '{"sub":"user_red","client_id":"client_1","scope":"profile"}'),
('6 machine by cat', '{"cat":"cl_B7d4PD333AAA"}', '{"sub":"mch_1"}'),
('7 machine by cat with the name of a user', '{"cat":"cl_B7d4PD333AAA"}', '{"sub":"user_red"}'),
('8 machine by sub', '{}', '{"sub":"mch_1"}'),
('9 machine, the client itself', '{"typ":"at+jwt"}', '{"sub":"client_1","client_id":"client_1"}');
GRANT SELECT ON kinds TO authenticated;
SELECT clerk_rls.add_issuer('https://' || i.name || '.example.com', subject_prefix => '', accepts => i.accepts, allow_pending => i.pending, require_session => i.session)
FROM (VALUES ('template', '{session,template}'::text[], NULL, NULL), ('oauth', '{oauth}', false, NULL), ('machine', '{machine}', NULL, NULL), ('all', '{session,template,oauth,machine}', true, NULL),
    ('sessions', '{session,template,oauth,machine}', NULL, true)) AS i (name, accepts, pending, session);
SELECT clerk_rls.add_issuer('https://default.example.com', subject_prefix => '');
SELECT clerk_rls.add_issuer('https://null.example.com', subject_prefix => '', accepts => NULL, allow_pending => NULL);
SELECT clerk_rls.add_issuer('https://' || provider || '.example.com', subject_prefix => '', provider => provider) FROM unnest('{auth0,supabase}'::text[]) AS provider;
SELECT clerk_rls.set_secret(issuer, repeat('k', 32)) FROM clerk_rls.issuers WHERE issuer NOT IN ('https://clerk.example.com', 'https://ed25519.example.com');
SELECT issuer, allow_pending, accepts FROM clerk_rls.issuers ORDER BY issuer;
SET ROLE authenticated;

-- by default a session's token alone, and none that is pending
BEGIN; SELECT kind, asking(kind_token('https://default.example.com', header, claims)) FROM kinds ORDER BY kind; COMMIT;
BEGIN; SELECT kind, asking(kind_token('https://null.example.com', header, claims)) FROM kinds WHERE kind < '5' ORDER BY kind; COMMIT;
BEGIN; SELECT kind, asking(kind_token('https://template.example.com', header, claims)) FROM kinds ORDER BY kind; COMMIT;
-- the user of an OAuth token is the user
BEGIN; SELECT kind, asking(kind_token('https://oauth.example.com', header, claims)) FROM kinds ORDER BY kind; COMMIT;
-- a machine is a machine, whatever its name, and never a user
BEGIN; SELECT kind, asking(kind_token('https://machine.example.com', header, claims)) FROM kinds WHERE kind < '7' ORDER BY kind; COMMIT;
BEGIN; SELECT kind, asking(kind_token('https://machine.example.com', header, claims)) FROM kinds WHERE kind > '7' AND kind < '8'; COMMIT;
BEGIN; SELECT kind, asking(kind_token('https://machine.example.com', header, claims)) FROM kinds WHERE kind > '9'; COMMIT;
-- a pending session where it is allowed; its identity lasts as any other
BEGIN;
SELECT clerk_rls.authenticate(kind_token('https://all.example.com', header, claims)) FROM kinds WHERE kind = '3 session, pending';
SELECT requesting_user_id(), requesting_claim('sts'), source, problem FROM clerk_rls.whoami();
SELECT count(*) FROM notes;
COMMIT;
-- the user and the machine of one name are two: one transaction has one of them
BEGIN;
SELECT asking(kind_token('https://all.example.com', header, claims)) FROM kinds WHERE kind IN ('1 session', '7 machine by cat with the name of a user') ORDER BY kind;
COMMIT;
-- require_session is asked of sessions
BEGIN; SELECT kind, asking(kind_token('https://sessions.example.com', header, claims)) FROM kinds WHERE kind < '6' ORDER BY kind; COMMIT;
-- a machine by its header alone is one in a parallel worker, too
RESET ROLE;
SET ROLE authenticated;
BEGIN;
SELECT clerk_rls.authenticate(kind_token('https://machine.example.com', header, claims)) FROM kinds WHERE kind = '7 machine by cat with the name of a user';
SELECT set_config(name, 'regress', true) AS parallel FROM pg_settings WHERE name IN ('debug_parallel_query', 'force_parallel_mode');
SELECT requesting_user_id(), requesting_machine_id(), count(*) FROM notes;
COMMIT;

-- other providers' tokens have no kinds: users and machines as ever, at+jwt where users carry it
BEGIN; SELECT kind, asking(kind_token('https://auth0.example.com', header, claims)) FROM kinds WHERE kind < '7' AND kind NOT LIKE '3%' ORDER BY kind; COMMIT;
BEGIN; SELECT asking(kind_token('https://auth0.example.com', '{}', '{"sub":"x@clients"}')); COMMIT;
BEGIN; SELECT kind, asking(kind_token('https://supabase.example.com', header, claims)) FROM kinds WHERE kind < '7' AND kind NOT LIKE '3%' ORDER BY kind; COMMIT;

-- a change of accepts counts from the next authentication on, and is checked like an issuer that is added
RESET ROLE;
SELECT kind_token('https://template.example.com', header, claims) AS template FROM kinds WHERE kind = '4 template' \gset
BEGIN; SELECT asking(:'template'); COMMIT;
UPDATE clerk_rls.issuers SET accepts = '{session}' WHERE issuer = 'https://template.example.com';
BEGIN; SELECT asking(:'template'); COMMIT;
\set VERBOSITY terse
UPDATE clerk_rls.issuers SET accepts = '{sessions}' WHERE issuer = 'https://template.example.com';
UPDATE clerk_rls.issuers SET accepts = '{}' WHERE issuer = 'https://template.example.com';
UPDATE clerk_rls.issuers SET accepts = '{session,oauth}' WHERE issuer = 'https://auth0.example.com';
