-- In one mode alone: nothing here depends on how the library is loaded.
-- doctor(): for each check a state that it finds, the fix that it offers, and nothing found after it.
-- How the library is loaded and which release of PostgreSQL runs are looked at apart.
\pset format unaligned
\pset tuples_only on
REVOKE CREATE ON SCHEMA public FROM PUBLIC; -- PostgreSQL 14 grants it
CREATE VIEW findings AS SELECT * FROM clerk_rls.doctor() WHERE "check" NOT IN ('preload', 'server_version', 'server_end_of_life');

-- Runs bad, shows what is found that was not before, runs the fix (or undo, where a person has to decide), and
-- shows what is found after that.
CREATE FUNCTION cure(bad text, undo text DEFAULT NULL) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    before jsonb := (SELECT jsonb_agg(to_jsonb(f)) FROM findings f);
    f record;
BEGIN
    EXECUTE bad;
    FOR f IN SELECT * FROM findings g WHERE NOT coalesce(before @> jsonb_build_array(to_jsonb(g)), false) LOOP
        RETURN NEXT format('%s %s: %s', f.level, f."check", replace(f.finding, (SELECT default_version FROM pg_available_extensions WHERE name = 'clerk_rls'), 'this one'));
        RETURN NEXT '    ' || f.fix;
        IF undo IS NULL THEN
            EXECUTE f.fix;
        END IF;
    END LOOP;
    EXECUTE coalesce(undo, '');
    RETURN QUERY SELECT format('STILL %s: %s', g."check", g.finding) FROM findings g WHERE NOT coalesce(before @> jsonb_build_array(to_jsonb(g)), false);
END $$;

-- The same for what only newer versions of PostgreSQL have: whether it was found and is gone.
CREATE FUNCTION cured(since int, named text, level text, bad text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    found boolean;
    fixes text;
BEGIN
    IF current_setting('server_version_num')::int < since THEN
        RETURN true;
    END IF;
    EXECUTE bad;
    SELECT every(f.level = cured.level), string_agg(f.fix, E'\n') INTO found, fixes FROM findings f WHERE f."check" = named;
    EXECUTE coalesce(fixes, '');
    RETURN coalesce(found, false) AND NOT EXISTS (SELECT FROM findings f WHERE f."check" = named);
END $$;

-- a healthy installation
CREATE DATABASE regress_doctor_healthy;
\c regress_doctor_healthy
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
CREATE EXTENSION clerk_rls_tools CASCADE;
ALTER DATABASE regress_doctor_healthy SET session_preload_libraries = 'clerk_rls';
\c
SELECT count(*) FROM clerk_rls.doctor() WHERE "check" !~ '^server_';
-- one that verifies tokens
SELECT clerk_rls.add_issuer('https://clerk.example.com', authorized_parties => '{https://app.example.com}',
    jwks => '{"kty":"OKP","crv":"Ed25519","kid":"ed1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}');
ALTER DATABASE regress_doctor_healthy SET clerk_rls.identity_source = 'verified_token';
\c
SELECT count(*) FROM clerk_rls.doctor() WHERE "check" !~ '^server_';
BEGIN;
SET LOCAL request.jwt.claims = '{"sub":"user_red"}';
SELECT count(*) FROM clerk_rls.doctor() WHERE "check" !~ '^server_';
COMMIT;
\c regress_doctor
DROP DATABASE regress_doctor_healthy;
-- the one that the tests begin with is healthy too
SELECT level, "check", finding, fix FROM findings;

-- who may ask
SET ROLE authenticated;
SELECT * FROM clerk_rls.doctor();
SELECT * FROM clerk_rls.doctor_issuers();
SELECT clerk_rls.security_floor(150000), clerk_rls.library_version();
SELECT clerk_rls.configured_setting(0, 'session_preload_libraries');
RESET ROLE;
CREATE ROLE watcher NOLOGIN;
GRANT EXECUTE ON FUNCTION clerk_rls.doctor() TO watcher;
SET ROLE watcher;
SELECT level, "check" FROM clerk_rls.doctor() WHERE "check" NOT IN ('preload', 'server_version', 'server_end_of_life');
SELECT * FROM clerk_rls.issuer_secrets;
RESET ROLE;
DROP OWNED BY watcher;
DROP ROLE watcher;
SELECT clerk_rls.library_version() = (SELECT extversion FROM pg_extension WHERE extname = 'clerk_rls');

-- server_version, server_end_of_life: the floor of each major version
SELECT v, f.level, f."check", f.finding
FROM unnest('{140000,140023,140024,140025,150018,150019,150020,150021,160014,160015,160016,170000,170010,170011,180000,180004,180005,180006,180007,190000,190001}'::int[]) v
    LEFT JOIN LATERAL clerk_rls.security_floor(v) f ON true ORDER BY v, f."check" COLLATE "C" DESC;

-- preload: the element of a list, for everybody, and for a role with a list of its own
CREATE VIEW preload AS SELECT finding, fix, current_setting('shared_preload_libraries') ~ 'clerk_rls' AS shared FROM clerk_rls.doctor() WHERE "check" = 'preload';
CREATE FUNCTION preload(libraries text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE 'ALTER DATABASE regress_doctor SET session_preload_libraries = ' || libraries;
    answer := (SELECT fix FROM preload);
    EXECUTE coalesce(answer, '');
    RETURN CASE WHEN EXISTS (SELECT FROM preload) THEN 'STILL ' ELSE '' END
        -- where everybody has it already, there is nothing to be found
        || coalesce(answer, CASE WHEN current_setting('shared_preload_libraries') ~ 'clerk_rls' THEN 'shared' ELSE 'preloaded' END);
END $$;
SELECT count(*) = 2 OR every(r IN ('shared', 'preloaded')) AND count(DISTINCT r) = 1 AS preloaded FROM unnest(ARRAY[preload('''clerk_rls'''), preload('auto_explain, ''$libdir/clerk_rls''')]) r;
SELECT CASE WHEN answer = 'shared' THEN wanted ELSE answer END FROM (VALUES
    (preload(''''''), $$ALTER DATABASE regress_doctor SET session_preload_libraries = 'clerk_rls';$$),
    (preload('auto_explain'), $$ALTER DATABASE regress_doctor SET session_preload_libraries = 'auto_explain', 'clerk_rls';$$),
    (preload('auto_explain, not_clerk_rls, clerk_rls_too'), $$ALTER DATABASE regress_doctor SET session_preload_libraries = 'auto_explain', 'not_clerk_rls', 'clerk_rls_too', 'clerk_rls';$$)
) v (answer, wanted);
ALTER DATABASE regress_doctor SET session_preload_libraries = 'clerk_rls';
ALTER ROLE authenticator IN DATABASE regress_doctor SET session_preload_libraries = 'auto_explain';
SELECT count(*) = 1 OR current_setting('shared_preload_libraries') ~ 'clerk_rls', bool_and(finding ~ 'for role authenticator') IS NOT FALSE FROM preload;
DO $$ BEGIN EXECUTE coalesce((SELECT fix FROM preload), ''); END $$;
SELECT count(*) FROM preload;
ALTER ROLE authenticator IN DATABASE regress_doctor RESET ALL;
\c
SELECT count(*) FROM preload;
-- a list of this session's own is nobody else's
\setenv PGOPTIONS '-c session_preload_libraries='
\c
SELECT count(*) FROM preload;
\setenv PGOPTIONS

-- extension_version, library_version
SELECT cure($$UPDATE pg_extension SET extversion = '0.0.9' WHERE extname = 'clerk_rls'$$, $$UPDATE pg_extension SET extversion = clerk_rls.library_version() WHERE extname = 'clerk_rls'$$);
SELECT cure($$UPDATE pg_extension SET extversion = '0.10.0' WHERE extname = 'clerk_rls'$$, $$UPDATE pg_extension SET extversion = clerk_rls.library_version() WHERE extname = 'clerk_rls'$$);

-- P5, secrets_published: all tables, one by name
SET client_min_messages = error; -- wal_level
SELECT cure('CREATE PUBLICATION "every Thing" FOR ALL TABLES WITH (publish = ''insert, delete'', publish_via_partition_root = true)');
SELECT tablename FROM pg_publication_tables WHERE pubname = 'every Thing' ORDER BY tablename COLLATE "C";
SELECT puballtables, pubinsert, pubupdate, pubdelete, pubtruncate, pubviaroot FROM pg_publication;
DROP PUBLICATION "every Thing";
SELECT cure('CREATE PUBLICATION by_name FOR TABLE notes, clerk_rls.issuers, clerk_rls.issuer_secrets, clerk_rls.webhook_secrets');
SELECT tablename FROM pg_publication_tables ORDER BY tablename COLLATE "C";
DROP PUBLICATION by_name;
-- by their schema, and both ways at once
SELECT cured(150000, 'secrets_published', 'error', 'CREATE PUBLICATION by_schema FOR TABLES IN SCHEMA clerk_rls, public');
SELECT cured(150000, 'secrets_published', 'error', 'CREATE PUBLICATION both_ways FOR TABLES IN SCHEMA clerk_rls, TABLE clerk_rls.issuer_secrets, notes');
SELECT count(*) FROM pg_publication_tables WHERE schemaname = 'clerk_rls';
DROP PUBLICATION IF EXISTS by_schema, both_ways;
RESET client_min_messages;

-- no_issuer, claims_beside_tokens, identity_source_overridden
SELECT cure('DELETE FROM clerk_rls.issuers; ALTER DATABASE regress_doctor SET clerk_rls.identity_source = ''verified_token''',
    $$ALTER DATABASE regress_doctor RESET clerk_rls.identity_source; SELECT clerk_rls.add_issuer('https://clerk.example.com'); SELECT clerk_rls.set_secret('https://clerk.example.com', repeat('s', 32))$$);
SELECT fix FROM findings WHERE "check" = 'claims_beside_tokens' \gexec
SELECT "check" FROM findings WHERE "check" = 'claims_beside_tokens';
SELECT cure('ALTER ROLE authenticator SET clerk_rls.identity_source = ''request_claims''; ALTER ROLE authenticator IN DATABASE regress_doctor SET clerk_rls.identity_source = ''request_claims''');
SELECT setconfig FROM pg_db_role_setting WHERE setrole <> 0;

-- issuers
SELECT cure($$SELECT clerk_rls.add_issuer('https://no-keys.example.com', subject_prefix => 'n:', authorized_parties => '{https://app.example.com}')$$, $$SELECT clerk_rls.remove_issuer('https://no-keys.example.com')$$);
SELECT cure($$SELECT clerk_rls.add_issuer('https://it''s.example.com', jwks_url => 'https://jwks.example.com/keys', subject_prefix => 'n:', authorized_parties => '{https://app.example.com}')$$, $$SELECT clerk_rls.remove_issuer('https://it''s.example.com')$$);
SELECT clerk_rls.add_issuer('https://keys.example.com', subject_prefix => 'k:', authorized_parties => '{https://app.example.com}',
    jwks => '{"kty":"OKP","crv":"Ed25519","kid":"ed1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}');
CREATE FUNCTION set_again() RETURNS text LANGUAGE sql AS $$ SELECT $t$UPDATE clerk_rls.issuers SET jwks_updated_at = now(), jwks_url = NULL WHERE subject_prefix = 'k:'; UPDATE clerk_rls.issuer_secrets SET updated_at = now()$t$ $$;
SELECT cure($$UPDATE clerk_rls.issuers SET jwks_updated_at = now() - '23 hours'::interval WHERE subject_prefix = 'k:'$$, set_again());
SELECT cure($$UPDATE clerk_rls.issuers SET jwks_updated_at = now() - '25 hours'::interval WHERE subject_prefix = 'k:'$$, set_again());
SELECT cure($$UPDATE clerk_rls.issuers SET jwks_updated_at = now() - '25 hours'::interval, jwks_url = 'https://keys.example.com/jwks' WHERE subject_prefix = 'k:'$$, set_again());
SELECT cure($$UPDATE clerk_rls.issuers SET jwks_updated_at = now() - '8 days'::interval WHERE subject_prefix = 'k:'$$, set_again());
SELECT cure($$UPDATE clerk_rls.issuers SET jwks_updated_at = now() - '8 days'::interval, jwks_url = 'https://keys.example.com/jwks' WHERE subject_prefix = 'k:'$$, set_again());
SELECT cure($$UPDATE clerk_rls.issuers SET jwks_updated_at = now() - '91 days'::interval WHERE subject_prefix = 'k:'$$, set_again());
SELECT cure($$UPDATE clerk_rls.issuers SET jwks_updated_at = NULL WHERE subject_prefix = 'k:'$$, set_again());
SELECT cure($$UPDATE clerk_rls.issuer_secrets SET updated_at = now() - '364 days'::interval$$, set_again());
SELECT cure($$UPDATE clerk_rls.issuer_secrets SET updated_at = now() - '366 days'::interval$$, set_again());
SELECT cure($$UPDATE clerk_rls.issuers SET subject_prefix = '' WHERE subject_prefix = 'k:'$$, $$UPDATE clerk_rls.issuers SET subject_prefix = 'k:' WHERE issuer = 'https://keys.example.com'$$);
SELECT cure($$UPDATE clerk_rls.issuers SET leeway = '60 seconds' WHERE subject_prefix = 'k:'$$);
SELECT cure($$UPDATE clerk_rls.issuers SET leeway = '61 seconds' WHERE subject_prefix = 'k:'$$);
SELECT issuer, leeway FROM clerk_rls.issuers ORDER BY issuer;
SELECT cure($$UPDATE clerk_rls.issuers SET authorized_parties = NULL WHERE subject_prefix = 'k:'$$, $$UPDATE clerk_rls.issuers SET authorized_parties = '{https://app.example.com}' WHERE subject_prefix = 'k:'$$);
SELECT cure($$UPDATE clerk_rls.issuers SET authorized_parties = NULL, provider = 'auth0' WHERE subject_prefix = 'k:'$$, $$UPDATE clerk_rls.issuers SET authorized_parties = '{https://app.example.com}', provider = 'clerk' WHERE subject_prefix = 'k:'$$);

-- issuers_granted: tables, columns, everybody, and the roles that read and write everything
CREATE ROLE "odd ""role" NOLOGIN;
SELECT cure('GRANT SELECT ON clerk_rls.issuers TO "odd ""role"');
SELECT cure('GRANT SELECT, INSERT ON clerk_rls.issuers TO "odd ""role"');
SELECT cure('GRANT SELECT (issuer), UPDATE (jwks) ON clerk_rls.issuers TO PUBLIC');
SELECT cure('GRANT SELECT ON clerk_rls.issuer_secrets TO "odd ""role", authenticated');
SELECT cure('GRANT SELECT (key) ON clerk_rls.issuer_secrets TO anon');
SELECT cure('GRANT pg_read_all_data, pg_write_all_data TO "odd ""role"');
SELECT cure('DELETE FROM clerk_rls.issuer_secrets; GRANT pg_read_all_data TO "odd ""role"',
    $$REVOKE pg_read_all_data FROM "odd ""role"; SELECT clerk_rls.set_secret('https://clerk.example.com', repeat('s', 32))$$);
SELECT cure($$DELETE FROM clerk_rls.issuer_secrets; SELECT clerk_rls.add_webhook_secret('whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD', 'https://clerk.example.com'); GRANT pg_read_all_data TO "odd ""role"; GRANT SELECT ON clerk_rls.webhook_secrets TO "odd ""role"$$,
    $$REVOKE pg_read_all_data FROM "odd ""role"; REVOKE ALL ON clerk_rls.webhook_secrets FROM "odd ""role"; DELETE FROM clerk_rls.webhook_secrets; SELECT clerk_rls.set_secret('https://clerk.example.com', repeat('s', 32))$$);
-- function_granted
SELECT cure('GRANT EXECUTE ON FUNCTION clerk_rls.jwt_sign TO authenticated; GRANT EXECUTE ON FUNCTION clerk_rls.set_secret TO PUBLIC; GRANT EXECUTE ON FUNCTION clerk_rls.doctor TO anon');
SELECT cure('GRANT EXECUTE ON FUNCTION clerk_rls.doctor TO "odd ""role"', 'REVOKE EXECUTE ON FUNCTION clerk_rls.doctor FROM "odd ""role"');
SELECT cure('GRANT EXECUTE ON FUNCTION requesting_user_id TO authenticated');
-- trigger_disabled
SELECT cure('ALTER TABLE clerk_rls.issuers DISABLE TRIGGER issuers_changed; ALTER TABLE clerk_rls.issuer_secrets ENABLE TRIGGER check_secret, ENABLE REPLICA TRIGGER issuers_truncated');
SELECT cure('ALTER TABLE clerk_rls.issuers DISABLE TRIGGER ALL', 'ALTER TABLE clerk_rls.issuers ENABLE TRIGGER ALL, ENABLE ALWAYS TRIGGER check_issuer, ENABLE ALWAYS TRIGGER issuers_changed, ENABLE ALWAYS TRIGGER issuers_truncated');
SELECT cure('ALTER TABLE clerk_rls.revocations ENABLE TRIGGER revocations_changed, DISABLE TRIGGER revocations_truncated');
SELECT cure('DROP TRIGGER check_issuer ON clerk_rls.issuers',
    'CREATE TRIGGER check_issuer BEFORE INSERT OR UPDATE ON clerk_rls.issuers FOR EACH ROW EXECUTE FUNCTION clerk_rls.check_issuer(); ALTER TABLE clerk_rls.issuers ENABLE ALWAYS TRIGGER check_issuer');
-- schema_create
SELECT cure('GRANT CREATE ON SCHEMA public TO PUBLIC, authenticated');
SELECT cure('GRANT CREATE ON SCHEMA clerk_rls TO "odd ""role"');
SELECT cure('GRANT CREATE ON SCHEMA public TO "odd ""role"', 'REVOKE CREATE ON SCHEMA public FROM "odd ""role"');
-- default_privileges
CREATE SCHEMA "hidden one";
SELECT cure('ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, TRUNCATE ON TABLES TO authenticated; ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, DELETE ON TABLES TO anon, PUBLIC');
SELECT cure('ALTER DEFAULT PRIVILEGES IN SCHEMA "hidden one" GRANT ALL ON TABLES TO anon', 'ALTER DEFAULT PRIVILEGES IN SCHEMA "hidden one" REVOKE ALL ON TABLES FROM anon');
SELECT cure('ALTER DEFAULT PRIVILEGES FOR ROLE "odd ""role" IN SCHEMA "hidden one" GRANT INSERT ON TABLES TO anon; GRANT USAGE ON SCHEMA "hidden one" TO anon');
SELECT cure('ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO PUBLIC');
SELECT cure('ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO anon; ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO anon; ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO service_role');
ALTER DEFAULT PRIVILEGES REVOKE ALL ON SCHEMAS FROM anon;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON FUNCTIONS FROM anon;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM service_role;

-- claims_stored: for everybody, for a role; and in the configuration file
SELECT cure($$ALTER DATABASE regress_doctor SET request.jwt.claims = '{"sub":"user_red"}'; ALTER ROLE authenticator SET request.jwt.claim.sub = 'user_red'; ALTER ROLE ALL SET request.jwt = 'x'; ALTER ROLE "odd ""role" IN DATABASE regress_doctor SET request.headers = '{}'$$);
SELECT cure($$ALTER DATABASE regress_doctor SET request.jwt.claims = ''; ALTER DATABASE regress_doctor SET request.method = 'GET'$$);
ALTER DATABASE regress_doctor RESET request.jwt.claims;
ALTER SYSTEM SET clerk_rls.audit_log = 'all';
SELECT count(*) FROM findings WHERE "check" ~ '^(claims_|setting_)';
-- a name of three parts is a syntax error in that file
SET request.jwt = '';
ALTER SYSTEM SET request.jwt = 'x';
SELECT level, finding ~ 'is stored in postgresql\.auto\.conf, line \d+:', fix FROM findings WHERE "check" = 'claims_stored';
SELECT fix FROM findings WHERE "check" = 'claims_stored' \gexec
SELECT count(*) FROM findings WHERE "check" ~ '^(claims_|setting_)';
ALTER SYSTEM RESET ALL;
-- claims_in_session: set for a session, and for a transaction
SET request.jwt.claims = '{"sub":"user_red"}';
SELECT level, "check", finding, fix FROM findings WHERE "check" ~ '^claims_in';
SELECT fix FROM findings WHERE "check" = 'claims_in_session' \gexec
BEGIN;
SET LOCAL request.jwt.claims = '{"sub":"user_red"}';
SELECT count(*) FROM findings WHERE "check" ~ '^claims_in';
COMMIT;
SELECT count(*) FROM findings WHERE "check" ~ '^claims_in';

-- setting_unknown, setting_refused: as they can be stored where the library is not loaded
CREATE FUNCTION store(role regrole, settings text[]) RETURNS void LANGUAGE sql AS
$$ INSERT INTO pg_db_role_setting SELECT oid, role, settings FROM pg_database WHERE datname = current_database() $$;
SELECT cure($$SELECT store('anon', '{clerk_rls.identity_sorce=verified_token}')$$);
SELECT cure($$SELECT store('anon', '{clerk_rls.provider=clark}')$$);
SELECT cure($$SELECT store('anon', '{clerk_rls.claim_map=[]}')$$);
SELECT cure($$SELECT store('anon', '{clerk_rls.require_session=perhaps}')$$);
SELECT cure($$SELECT store('anon', '{clerk_rls.identity=x}')$$);
SELECT cure($$SELECT store('anon', '{clerk_rls.require_session=on,"clerk_rls.claim_map={\"user_id\": [\"userId\"]}",clerk_rls.provider=logto}')$$, 'ALTER ROLE anon IN DATABASE regress_doctor RESET ALL');
SHOW clerk_rls.require_session;
-- parameter_granted
SELECT cured(150000, 'parameter_granted', 'error', 'GRANT SET ON PARAMETER clerk_rls.identity_source TO authenticated');
SELECT cured(150000, 'parameter_granted', 'error', 'GRANT ALTER SYSTEM, SET ON PARAMETER clerk_rls.claim_map TO PUBLIC, "odd ""role"');

-- log_parameters and others: what would write tokens
SELECT cure('ALTER DATABASE regress_doctor SET log_statement = ''all''');
SELECT cure('ALTER DATABASE regress_doctor RESET log_parameter_max_length; ALTER DATABASE regress_doctor SET log_statement = ''mod''');
SELECT cure('ALTER DATABASE regress_doctor RESET log_parameter_max_length; ALTER DATABASE regress_doctor SET log_statement = ''ddl''');
SELECT cure('ALTER DATABASE regress_doctor SET log_min_duration_statement = 0');
SELECT cure('ALTER DATABASE regress_doctor RESET log_parameter_max_length; ALTER DATABASE regress_doctor SET log_min_duration_statement = ''1s''');
SELECT cure('ALTER DATABASE regress_doctor RESET log_min_duration_statement; ALTER DATABASE regress_doctor RESET log_statement; ALTER DATABASE regress_doctor RESET log_parameter_max_length');
SELECT cure('ALTER DATABASE regress_doctor SET log_min_duration_sample = 0; ALTER DATABASE regress_doctor SET log_statement_sample_rate = 0');
SELECT cure('ALTER DATABASE regress_doctor SET log_statement_sample_rate = 0.1');
SELECT cure('ALTER DATABASE regress_doctor RESET log_min_duration_sample; ALTER DATABASE regress_doctor SET log_transaction_sample_rate = 0.01; ALTER DATABASE regress_doctor SET log_parameter_max_length = ''64B''');
SELECT cure('ALTER DATABASE regress_doctor RESET log_transaction_sample_rate; ALTER DATABASE regress_doctor SET log_parameter_max_length_on_error = -1');
SELECT cure('ALTER DATABASE regress_doctor SET debug_print_rewritten = on; ALTER ROLE authenticator SET debug_print_plan = on');
SELECT cure('ALTER DATABASE regress_doctor SET debug_print_plan = on');
-- for a role alone; a superuser's statements are no requests
SELECT cure('ALTER ROLE authenticator SET log_statement = ''all''; ALTER ROLE postgres IN DATABASE regress_doctor SET log_statement = ''all''');
-- a role's own value stays when everybody's is mended
SELECT cure('ALTER DATABASE regress_doctor RESET log_parameter_max_length; ALTER DATABASE regress_doctor SET log_statement = ''all''; ALTER ROLE authenticator IN DATABASE regress_doctor SET log_parameter_max_length = -1');
ALTER DATABASE regress_doctor RESET log_statement;
SELECT cure('ALTER ROLE authenticator RESET ALL; ALTER ROLE postgres IN DATABASE regress_doctor RESET ALL; ALTER ROLE authenticator IN DATABASE regress_doctor RESET ALL');
DO $$ BEGIN LOAD 'auto_explain'; EXCEPTION WHEN undefined_file THEN NULL; END $$; -- a server may be without contrib
SELECT cure('ALTER DATABASE regress_doctor SET auto_explain.log_parameter_max_length = 0', '') WHERE current_setting('server_version_num')::int >= 160000;
SELECT cure('ALTER DATABASE regress_doctor SET auto_explain.log_min_duration = ''1s''; ALTER ROLE authenticator SET auto_explain.log_verbose = on');
SELECT cure('ALTER DATABASE regress_doctor SET auto_explain.log_verbose = on');
-- the parameters, which older versions do not log
SELECT cured(160000, 'auto_explain_parameters', 'warning', 'ALTER DATABASE regress_doctor RESET auto_explain.log_parameter_max_length');
SELECT count(*) FROM findings WHERE "check" ~ '^auto_explain';
SELECT cure('ALTER DATABASE regress_doctor SET pgaudit.log = ''read''');
SELECT cure('ALTER DATABASE regress_doctor SET pgaudit.log_parameter = on');

DROP OWNED BY "odd ""role";
DROP ROLE "odd ""role";
ALTER DATABASE regress_doctor RESET ALL;
ALTER ROLE authenticator RESET ALL;
ALTER ROLE authenticator IN DATABASE regress_doctor RESET ALL;
SELECT setconfig FROM pg_db_role_setting WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()));
