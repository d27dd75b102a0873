-- In one mode alone: nothing here depends on how the library is loaded.
-- The tables that webhooks fill: who reads them, and what an application may attach to them.
\set SHOW_CONTEXT never
SELECT clerk_rls.remove_issuer('https://ed25519.example.com');
SELECT * FROM clerk_rls.backfill_users('[{"id":"user_red","updated_at":1,"first_name":"Red"},{"id":"user_blue","updated_at":1},{"id":"user_grey","updated_at":1}]');
SELECT * FROM clerk_rls.backfill_organizations('{"data":[{"id":"org_1","name":"Paint","updated_at":1},{"id":"org_2","name":"Brush","updated_at":1},{"id":"org_3","name":"Wall","updated_at":1}],"total_count":3}');
CREATE FUNCTION member(id text, person text, org text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('id', id, 'role', 'org:member', 'organization', jsonb_build_object('id', org),
        'public_user_data', jsonb_build_object('user_id', person), 'created_at', 1, 'updated_at', 1) $$;
SELECT * FROM clerk_rls.backfill_memberships(jsonb_build_array(member('m1', 'user_red', 'org_1'), member('m2', 'user_red', 'org_2'), member('m3', 'user_blue', 'org_2'), member('m4', 'user_blue', 'org_3')));
CREATE FUNCTION deleted(id text) RETURNS text LANGUAGE sql AS $$
    SELECT clerk_rls.apply_change(NULL, CASE WHEN id LIKE 'user%' THEN 'user_deleted' ELSE 'organization_deleted' END,
        jsonb_build_object(CASE WHEN id LIKE 'user%' THEN 'user_id' ELSE 'org_id' END, id), 10) $$;
CREATE FUNCTION changed(id text, name text, at int) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s inserted, %s updated, %s deleted, %s unchanged', inserted, updated, deleted, unchanged)
    FROM clerk_rls.backfill_users(jsonb_build_array(jsonb_build_object('id', id, 'first_name', name, 'updated_at', at))) $$;

-- a user reads herself, her organizations and her memberships; nobody else's
CREATE FUNCTION visible() RETURNS text LANGUAGE sql AS $$
    SELECT format('%s, of %s: %s', (SELECT string_agg(user_id, ' ' ORDER BY user_id) FROM clerk_rls.users),
        (SELECT string_agg(org_id, ' ' ORDER BY org_id) FROM clerk_rls.organizations),
        (SELECT string_agg(user_id || '/' || org_id, ' ' ORDER BY user_id, org_id) FROM clerk_rls.memberships)) $$;
BEGIN;
SET LOCAL ROLE authenticated;
SELECT visible();
SET LOCAL request.jwt.claims = '{"sub":"user_red"}';
SELECT visible();
SET LOCAL request.jwt.claims = '{"sub":"user_blue"}';
SELECT visible();
SET LOCAL request.jwt.claims = '{"sub":"user_nobody"}';
SELECT visible();
SET LOCAL request.jwt.claims = '{"sub":"user_red"}';
INSERT INTO clerk_rls.users (user_id, updated_at) VALUES ('user_x', now());
ROLLBACK;
SET ROLE authenticated;
UPDATE clerk_rls.users SET banned = false;
DELETE FROM clerk_rls.memberships;
TRUNCATE clerk_rls.organizations;
RESET ROLE;
-- also after a deletion
BEGIN;
SELECT deleted('org_1');
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = '{"sub":"user_red"}';
SELECT visible();
RESET ROLE;
SELECT deleted('user_red');
SET LOCAL ROLE authenticated;
SELECT visible();
ROLLBACK;
-- whoever owns the memberships reads all of them, and yet only the user's organizations
CREATE ROLE app_owner;
BEGIN;
ALTER TABLE clerk_rls.memberships OWNER TO app_owner;
SET LOCAL ROLE app_owner;
SET LOCAL request.jwt.claims = '{"sub":"user_red"}';
SELECT visible();
ROLLBACK;

-- foreign keys of the application, to the text and to the uuid; deletion leaves a tombstone
CREATE TABLE books (title text, user_id text REFERENCES clerk_rls.users, user_uuid uuid REFERENCES clerk_rls.users (user_uuid) ON DELETE CASCADE);
INSERT INTO books VALUES ('Dune', 'user_red', clerk_rls.user_uuid('user_red'));
INSERT INTO books VALUES ('Emma', 'user_nobody', NULL);
INSERT INTO books VALUES ('Emma', NULL, clerk_rls.user_uuid('user_nobody'));
GRANT INSERT ON books TO authenticated;
BEGIN;
SET LOCAL ROLE authenticated;
INSERT INTO books VALUES ('Emma', 'user_blue', clerk_rls.user_uuid('user_blue'));
RESET ROLE;
SELECT deleted('user_red');
SELECT title, u.user_id, u.deleted_at IS NOT NULL AS deleted FROM books JOIN clerk_rls.users AS u USING (user_id) ORDER BY title;
ROLLBACK;
-- such a key is the owner's to allow
GRANT CREATE, USAGE ON SCHEMA public TO app_owner;
SET ROLE app_owner;
CREATE TABLE shelves (user_id text REFERENCES clerk_rls.users);
RESET ROLE;
GRANT REFERENCES ON clerk_rls.users TO app_owner;
SET ROLE app_owner;
CREATE TABLE shelves (user_id text REFERENCES clerk_rls.users);
RESET ROLE;
DROP TABLE books, shelves;
REVOKE REFERENCES ON clerk_rls.users FROM app_owner;

-- a trigger of the operator: it runs as the owner of the table, a superuser, and cannot leave anything behind
CREATE TABLE seen (n int GENERATED ALWAYS AS IDENTITY, word text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.seen (word) VALUES (format('%s of %s as %s in %s', TG_OP, NEW.user_id, current_user, current_setting('search_path')));
    PERFORM set_config('search_path', 'public', false), set_config('row_security', 'off', false);
    RETURN NEW;
END $$;
CREATE TRIGGER note BEFORE INSERT OR UPDATE ON clerk_rls.users FOR EACH ROW EXECUTE FUNCTION note();
SELECT changed('user_red', 'Rouge', 2), changed('user_new', 'New', 2), changed('user_red', 'Rouge', 2);
SELECT word FROM seen ORDER BY n;
SHOW search_path;
SHOW row_security;
SELECT deleted('user_new');
SELECT word FROM seen ORDER BY n DESC LIMIT 1;
-- it may not become another, nor open a cursor
CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN SET ROLE anon; RETURN NEW; END $$;
SELECT changed('user_red', 'Red', 3);
CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'DECLARE c CURSOR WITH HOLD FOR SELECT 1'; RETURN NEW; END $$;
SELECT changed('user_red', 'Red', 3);
-- one that raises: the message fails, nothing is written, and the sender tries again
CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the application says no to %', NEW.first_name; END $$;
SELECT clerk_rls.add_webhook_secret('whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD');
CREATE FUNCTION deliver(body text) RETURNS text LANGUAGE sql AS $$
    SELECT clerk_rls.receive_webhook_raw(body, clerk_rls.sign_webhook(body, 'whsec_C2FVsB' || 'QIhrscChlQIMV+b5sSYspob7oD', 'msg_1')) ->> 'outcome' $$;
SELECT deliver('{"object":"event","type":"user.updated","data":{"id":"user_red","first_name":"Red","updated_at":3}}');
SELECT first_name, (SELECT count(*) FROM clerk_rls.webhook_events) AS events FROM clerk_rls.users WHERE user_id = 'user_red';
ALTER TABLE clerk_rls.users DISABLE TRIGGER note;
SELECT deliver('{"object":"event","type":"user.updated","data":{"id":"user_red","first_name":"Red","updated_at":3}}');
ALTER TABLE clerk_rls.users ENABLE TRIGGER note;
-- one that leaves a row out, and one that changes it
CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
SELECT changed('user_red', 'Rosso', 4);
CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.first_name := upper(NEW.first_name); RETURN NEW; END $$;
SELECT changed('user_red', 'Rosso', 4);
SELECT first_name FROM clerk_rls.users WHERE user_id = 'user_red';
DROP TRIGGER note ON clerk_rls.users;
-- a deferred one would run after all this, as somebody else: PostgreSQL refuses it here
CREATE CONSTRAINT TRIGGER note AFTER UPDATE ON clerk_rls.users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note();
SELECT changed('user_red', 'Rojo', 5);
DROP TRIGGER note ON clerk_rls.users;

-- a trigger of another role would have the owner's rights, and is refused
CREATE ROLE mallory;
CREATE SCHEMA m AUTHORIZATION mallory;
GRANT TRIGGER ON clerk_rls.users TO mallory;
CREATE FUNCTION try() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    RETURN public.changed('user_red', 'Rojo', 5);
EXCEPTION WHEN insufficient_privilege THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN format('%s. %s', sqlerrm, detail);
END $$;
SET ROLE mallory;
CREATE FUNCTION m.ran() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING '% ran as %', TG_NAME, current_user; RETURN NEW; END $$;
CREATE TRIGGER invoker BEFORE INSERT ON clerk_rls.users FOR EACH ROW EXECUTE FUNCTION m.ran();
RESET ROLE;
SELECT changed('user_red', 'Rojo', 5);
-- SECURITY DEFINER changes nothing: its owner could take that back at any time, the trigger of before it for one
SET ROLE mallory;
ALTER FUNCTION m.ran() SECURITY DEFINER;
RESET ROLE;
SELECT try();
SET ROLE mallory;
CREATE FUNCTION m.first() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN ALTER FUNCTION m.ran() SECURITY INVOKER; RETURN NEW; END $$;
CREATE TRIGGER a_first BEFORE INSERT ON clerk_rls.users FOR EACH ROW EXECUTE FUNCTION m.first();
RESET ROLE;
SELECT try();
DROP TRIGGER invoker ON clerk_rls.users;
DROP TRIGGER a_first ON clerk_rls.users;
-- the condition of a trigger runs too, with its functions, operators and types
SET ROLE mallory;
CREATE FUNCTION m.condition(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'the condition ran as %', current_user; RETURN true; END $$;
CREATE TRIGGER condition BEFORE INSERT ON clerk_rls.users FOR EACH ROW WHEN (m.condition(NEW.email)) EXECUTE FUNCTION suppress_redundant_updates_trigger();
RESET ROLE;
SELECT try();
DROP TRIGGER condition ON clerk_rls.users;
SET ROLE mallory;
CREATE FUNCTION m.same(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN m.condition($1); END $$;
CREATE OPERATOR m.=== (FUNCTION = m.same, LEFTARG = text, RIGHTARG = text);
CREATE TRIGGER operator BEFORE INSERT ON clerk_rls.users FOR EACH ROW WHEN (NEW.email OPERATOR(m.===) 'x'::text) EXECUTE FUNCTION suppress_redundant_updates_trigger();
RESET ROLE;
SELECT try();
DROP TRIGGER operator ON clerk_rls.users;
SET ROLE mallory;
CREATE DOMAIN m.dom AS text CHECK (m.condition(VALUE));
CREATE TRIGGER type BEFORE INSERT ON clerk_rls.users FOR EACH ROW WHEN (NEW.user_id::m.dom IS NOT NULL) EXECUTE FUNCTION suppress_redundant_updates_trigger();
RESET ROLE;
SELECT try();
ALTER TABLE clerk_rls.users DISABLE TRIGGER type;
SELECT try();
DROP OWNED BY mallory CASCADE;

-- the table belongs to the application: everything runs as that role
ALTER TABLE clerk_rls.users OWNER TO app_owner;
ALTER TABLE clerk_rls.users FORCE ROW LEVEL SECURITY;
CREATE SCHEMA app AUTHORIZATION app_owner;
SET ROLE app_owner;
CREATE TABLE app.profiles (user_id text PRIMARY KEY REFERENCES clerk_rls.users, name text);
CREATE FUNCTION app.profile() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.profiles VALUES (NEW.user_id, NEW.first_name || ', by ' || current_user) ON CONFLICT (user_id) DO UPDATE SET name = excluded.name;
    RETURN NULL;
END $$;
CREATE TRIGGER profile AFTER INSERT OR UPDATE ON clerk_rls.users FOR EACH ROW WHEN (NEW.deleted_at IS NULL) EXECUTE FUNCTION app.profile();
RESET ROLE;
SELECT changed('user_red', 'Red', 6), changed('user_newest', 'Newest', 6);
SELECT deleted('user_newest');
SELECT * FROM app.profiles ORDER BY user_id;
-- a trigger of the operator has the rights of that role there
CREATE FUNCTION operators() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'it runs as %', current_user; RETURN NULL; END $$;
CREATE TRIGGER operators AFTER UPDATE ON clerk_rls.users FOR EACH ROW EXECUTE FUNCTION operators();
SELECT changed('user_red', 'Rouge', 7);
DROP TRIGGER operators ON clerk_rls.users;
-- and not that of a third one
CREATE ROLE mallory_2;
GRANT TRIGGER ON clerk_rls.users TO mallory_2;
CREATE SCHEMA m2 AUTHORIZATION mallory_2;
SET ROLE mallory_2;
CREATE FUNCTION m2.ran() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER ran BEFORE UPDATE ON clerk_rls.users FOR EACH ROW EXECUTE FUNCTION m2.ran();
RESET ROLE;
SELECT try();
DROP OWNED BY mallory_2 CASCADE;
-- a check of its owner runs while a query of the table is planned, too: never as a superuser
SET ROLE app_owner;
CREATE FUNCTION app.fixed(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
    IF current_user <> 'app_owner' THEN RAISE WARNING 'the check ran as %', current_user; END IF;
    RETURN $1;
END $$;
ALTER TABLE clerk_rls.users ADD CONSTRAINT fixed CHECK (username IS NULL OR username = app.fixed('x'));
RESET ROLE;
SET constraint_exclusion = on;
SELECT updated, deleted FROM clerk_rls.backfill_users('[{"id":"user_red","updated_at":8}]', true);
SELECT outcome FROM (SELECT clerk_rls.backfill_memberships(jsonb_build_array(member('m5', 'user_red', 'org_3')))::text) AS b (outcome);
-- nor a cast of its owner, when a column is read, written, or named in a revocation
BEGIN;
SET LOCAL constraint_exclusion = partition;
SET LOCAL ROLE app_owner;
ALTER TABLE clerk_rls.users DROP CONSTRAINT fixed;
CREATE TABLE app.ran_as (role name);
CREATE TYPE app.issuer AS ENUM ('x');
CREATE FUNCTION app.to_text(app.issuer) RETURNS text LANGUAGE plpgsql AS $$ BEGIN INSERT INTO app.ran_as VALUES (current_user); RETURN NULL; END $$;
CREATE FUNCTION app.from_text(text) RETURNS app.issuer LANGUAGE plpgsql AS $$ BEGIN INSERT INTO app.ran_as VALUES (current_user); RETURN enum_first(NULL::app.issuer); END $$;
CREATE CAST (app.issuer AS text) WITH FUNCTION app.to_text(app.issuer) AS IMPLICIT;
CREATE CAST (text AS app.issuer) WITH FUNCTION app.from_text(text) AS ASSIGNMENT;
ALTER TABLE clerk_rls.users ALTER issuer TYPE app.issuer USING 'x';
RESET ROLE;
TRUNCATE clerk_rls.revocations;
SELECT deleted('user_red');
SELECT kind, subject, org_id, issuer, reason FROM clerk_rls.revocations ORDER BY org_id NULLS FIRST;
SELECT role, count(*) > 1 AS several FROM app.ran_as GROUP BY role;
UPDATE clerk_rls.users SET locked = false;
UPDATE clerk_rls.users SET locked = true;
SELECT DISTINCT role FROM app.ran_as;
ROLLBACK;

-- P6: a dump has the rows, and neither secrets nor messages; the uuid of each user is computed again
RESET constraint_exclusion;
ALTER TABLE clerk_rls.users DROP CONSTRAINT fixed;
CREATE DATABASE regress_webhook_tables_restored;
\! pg_dump -d regress_webhook_tables > "${TMPDIR:-/tmp}/regress_wt.$PPID.sql" && psql -X -q -d regress_webhook_tables_restored -f "${TMPDIR:-/tmp}/regress_wt.$PPID.sql" -o /dev/null; grep -c 'C2FVsBQI' "${TMPDIR:-/tmp}/regress_wt.$PPID.sql"; rm -f "${TMPDIR:-/tmp}/regress_wt.$PPID.sql"
\c regress_webhook_tables_restored
SELECT user_id, first_name, user_uuid = clerk_rls.user_uuid(user_id) AS uuid, deleted_at IS NOT NULL AS deleted FROM clerk_rls.users ORDER BY user_id;
SELECT (SELECT count(*) FROM clerk_rls.memberships) AS memberships, (SELECT count(*) FROM clerk_rls.organizations) AS organizations,
    (SELECT count(*) FROM clerk_rls.webhook_secrets) AS secrets, (SELECT count(*) FROM clerk_rls.webhook_events) AS events, (SELECT count(*) FROM app.profiles) AS profiles;
-- the owner of a table of the extension is not in a dump, nor are the triggers on it
SELECT relowner::regrole, (SELECT count(*) FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal) AS triggers FROM pg_class AS c WHERE oid = 'clerk_rls.users'::regclass;
\c regress_webhook_tables
DROP DATABASE regress_webhook_tables_restored;
ALTER TABLE clerk_rls.users OWNER TO postgres;
DROP OWNED BY app_owner CASCADE;
DROP ROLE app_owner, mallory, mallory_2;
