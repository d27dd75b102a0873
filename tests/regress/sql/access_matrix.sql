-- In one mode alone: nothing here depends on how the library is loaded.
-- access_matrix(): who can do what, as a snapshot.
\set SHOW_CONTEXT never
\set people '{"red": {"user_id": "user_red"}, "blue": {"user_id": "user_blue", "org_id": "org_paint", "org_role": "admin"}, "visitor": null, "service": {"role": "service_role"}}'
GRANT SELECT, UPDATE (body) ON notes TO service_role;
SELECT * FROM clerk_rls.access_matrix(:'people', '{notes}');
SELECT current_user, requesting_user_id(), count(*) FROM notes;

-- what it says is what happens: every command of every persona on every row, done and rolled back
CREATE TABLE tasks (id int PRIMARY KEY, user_id text, org_id text, archived boolean NOT NULL DEFAULT false);
INSERT INTO tasks VALUES (1, 'user_red', 'org_paint'), (2, 'user_blue', 'org_paint'), (3, 'user_blue', NULL), (4, NULL, 'org_ink');
INSERT INTO tasks VALUES (5, 'user_red', 'org_paint', true);
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
GRANT ALL ON tasks TO authenticated;
GRANT SELECT ON tasks TO anon;
CREATE POLICY own ON tasks TO authenticated USING (user_id = requesting_user_id());
CREATE POLICY "the org's" ON tasks FOR SELECT TO authenticated USING (org_id = requesting_org_id());
CREATE POLICY sharing ON tasks FOR INSERT TO authenticated WITH CHECK (org_id = requesting_org_id() AND requesting_user_has(role => 'admin'));
CREATE POLICY editing ON tasks FOR UPDATE TO authenticated USING (org_id = requesting_org_id());
CREATE POLICY living ON tasks AS RESTRICTIVE USING (NOT archived);
CREATE POLICY keeping ON tasks AS RESTRICTIVE FOR DELETE TO authenticated USING (id <> 2);
CREATE TABLE members (user_id text, org_id text);
INSERT INTO members VALUES ('user_red', 'org_paint'), ('user_blue', 'org_ink');
ALTER TABLE members ENABLE ROW LEVEL SECURITY;
CREATE POLICY self ON members FOR SELECT TO authenticated USING (user_id = requesting_user_id());
GRANT SELECT, DELETE ON members TO authenticated;
CREATE TABLE boards (id int PRIMARY KEY, org_id text);
INSERT INTO boards VALUES (1, 'org_paint'), (2, 'org_ink');
ALTER TABLE boards ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION is_any_member(org text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$ SELECT EXISTS (SELECT FROM public.members AS m WHERE m.org_id = org AND m.user_id = public.requesting_user_id()) $$;
CREATE POLICY of_members ON boards TO authenticated USING (EXISTS (SELECT FROM members WHERE members.org_id = boards.org_id));
CREATE POLICY by_definer ON boards FOR INSERT TO authenticated WITH CHECK (is_any_member(org_id));
GRANT ALL ON boards TO authenticated;
CREATE TABLE events (id int, user_id text) PARTITION BY LIST (id);
CREATE TABLE events_1 (user_id text, id int);
ALTER TABLE events ATTACH PARTITION events_1 FOR VALUES IN (1);
CREATE TABLE events_2 PARTITION OF events DEFAULT;
INSERT INTO events VALUES (1, 'user_red'), (2, 'user_blue'), (3, 'user_red');
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON events USING (user_id = requesting_user_id());
GRANT ALL ON events TO authenticated;
CREATE SCHEMA "the ""Schema""";
GRANT USAGE ON SCHEMA "the ""Schema""" TO authenticated;
CREATE TABLE "the ""Schema"""."O'Brien; drop" (gone int, "O'Brien; drop" int, "user id" text);
ALTER TABLE "the ""Schema"""."O'Brien; drop" DROP COLUMN gone;
INSERT INTO "the ""Schema"""."O'Brien; drop" VALUES (1, 'user_red'), (2, 'user_blue');
ALTER TABLE "the ""Schema"""."O'Brien; drop" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own; drop" ON "the ""Schema"""."O'Brien; drop" USING ("user id" = requesting_user_id());
GRANT ALL ON "the ""Schema"""."O'Brien; drop" TO authenticated;
CREATE TABLE plain (id int);
INSERT INTO plain VALUES (1), (2);
GRANT SELECT, DELETE ON plain TO anon;

CREATE FUNCTION reality(persona jsonb, target regclass, command text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    all_rows tid[];
    parts oid[];
    columns text;
    copies text[];
    done bigint;
    total bigint := 0;
    i int;
BEGIN
    EXECUTE format('SELECT array_agg(ctid), array_agg(tableoid), array_agg(t::text) FROM %s t', target) INTO all_rows, parts, copies;
    columns := (SELECT string_agg(format('%1$I = %1$I', attname), ', ') FROM pg_attribute
        WHERE attrelid = target AND attnum > 0 AND NOT attisdropped AND has_column_privilege(clerk_rls.role_of_persona(persona), attrelid, attnum, 'UPDATE'));
    -- keys would be in the way of copies
    EXECUTE (SELECT coalesce(string_agg(format('ALTER TABLE %s DROP CONSTRAINT %I', target, conname), '; '), 'SELECT') FROM pg_constraint WHERE conrelid = target AND contype = 'p');
    PERFORM clerk_rls.act_as_persona(persona);
    IF command = 'SELECT' THEN
        EXECUTE format('SELECT count(*) FROM %s', target) INTO total;
        RETURN total;
    END IF;
    FOR i IN 1 .. cardinality(all_rows) LOOP
        BEGIN
            EXECUTE CASE command
                WHEN 'INSERT' THEN format('INSERT INTO %1$s SELECT (%2$L::%1$s).*', target, copies[i])
                WHEN 'UPDATE' THEN format('UPDATE %s SET %s WHERE ctid = %L AND tableoid = %s', target, coalesce(columns, 'none = 1'), all_rows[i], parts[i])
                ELSE format('DELETE FROM %s WHERE ctid = %L AND tableoid = %s', target, all_rows[i], parts[i]) END;
            GET DIAGNOSTICS done = ROW_COUNT;
            total := total + done;
        EXCEPTION WHEN insufficient_privilege OR undefined_column THEN
            NULL;
        END;
    END LOOP;
    RETURN total;
EXCEPTION WHEN insufficient_privilege THEN
    RETURN 0;
END $$;
CREATE FUNCTION tried(persona jsonb, target regclass, command text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    total bigint;
BEGIN
    total := reality(persona, target, command);
    RAISE SQLSTATE 'TRY00';
EXCEPTION WHEN SQLSTATE 'TRY00' THEN
    RETURN total;
END $$;
SELECT m.*, tried(:'people'::jsonb -> m.persona, m.target::regclass, m.command) AS tried
FROM clerk_rls.access_matrix(:'people', '{tasks,members,boards,events,plain,"\"the \"\"Schema\"\"\".\"O''Brien; drop\""}') m;
SELECT count(*) AS cells, count(*) FILTER (WHERE m.rows <> tried(:'people'::jsonb -> m.persona, m.target::regclass, m.command)) AS wrong
FROM clerk_rls.access_matrix(:'people', '{notes,tasks,members,boards,events,plain}') m;

-- a big table is read in batches, and wide rows in smaller ones
CREATE TABLE big (id int, user_id text, filling text);
ALTER TABLE big ALTER filling SET STORAGE EXTERNAL;
INSERT INTO big SELECT i, CASE i % 3 WHEN 0 THEN 'user_red' ELSE 'user_blue' END, CASE WHEN i <= 20 THEN repeat('x', 1000000) END FROM generate_series(1, 3500) i;
ALTER TABLE big ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON big USING (user_id = requesting_user_id());
GRANT ALL ON big TO authenticated;
SELECT * FROM clerk_rls.access_matrix('{"red": {"user_id": "user_red"}, "blue": {"user_id": "user_blue"}}', '{big}');
TRUNCATE big;
SELECT * FROM clerk_rls.access_matrix('{"red": {"user_id": "user_red"}}', '{big}');
DROP TABLE big;

-- an error in a policy is a problem, and the rest goes on
CREATE FUNCTION auth_uid() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT (current_setting('request.jwt.claims')::json ->> 'sub')::uuid $$;
CREATE TABLE books (id int, user_id uuid DEFAULT auth_uid());
INSERT INTO books VALUES (1, '00000000-0000-0000-0000-000000000001');
ALTER TABLE books ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON books TO authenticated USING (user_id = auth_uid());
CREATE POLICY adding ON books AS RESTRICTIVE FOR INSERT TO authenticated WITH CHECK (id > 0);
GRANT ALL ON books TO authenticated;
CREATE FUNCTION write() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN DELETE FROM notes; RETURN true; END $$;
CREATE FUNCTION escape() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('role', 'none', true); RAISE WARNING 'escaped'; RETURN true; END $$;
CREATE TABLE traps (id int);
INSERT INTO traps VALUES (1);
ALTER TABLE traps ENABLE ROW LEVEL SECURITY;
CREATE POLICY writing ON traps FOR SELECT USING (write());
CREATE POLICY escaping ON traps FOR INSERT WITH CHECK (escape());
CREATE POLICY secret ON traps FOR UPDATE USING (EXISTS (SELECT FROM clerk_rls.issuer_secrets));
GRANT ALL ON traps TO authenticated;
SELECT * FROM clerk_rls.access_matrix('{"uuid": {"user_id": "00000000-0000-0000-0000-000000000001"}, "red": {"user_id": "user_red"}}', '{books,traps}');
SELECT count(*), current_user, requesting_user_id() FROM notes GROUP BY 2;

-- personas: whole claims, a pending session, permissions, another role
SELECT persona, rows FROM clerk_rls.access_matrix('{"claims": {"claims": {"sub": "user_red"}}, "pending": {"user_id": "user_red", "claims": {"sts": "pending"}}, "nobody": {}, "anon": {"user_id": "user_red", "role": "anon"}, "nulls": {"user_id": "user_blue", "org_id": null, "permissions": null}}', '{notes}') WHERE command = 'SELECT';
SELECT * FROM clerk_rls.access_matrix('{}', '{notes}');
SELECT * FROM clerk_rls.access_matrix(:'people', '{}');
SELECT count(*) FROM clerk_rls.access_matrix(:'people', '{notes,notes}');
SELECT * FROM clerk_rls.access_matrix('{"red": {"user": "user_red"}}', '{}');
SELECT * FROM clerk_rls.access_matrix('{"red": {"user_id": 7}}', '{}');
SELECT * FROM clerk_rls.access_matrix('{"red": {"user_id": "user_red", "permissions": "a"}}', '{}');
SELECT * FROM clerk_rls.access_matrix('{"red": {"user_id": "user_red", "claims": []}}', '{}');
SELECT * FROM clerk_rls.access_matrix('{"red": "user_red"}', '{}');
SELECT * FROM clerk_rls.access_matrix('{"red": {"user_id": ""}}', '{}');
SELECT * FROM clerk_rls.access_matrix('{"red": {"user_id": "user_red", "role": "nosuch"}}', '{}');
SELECT * FROM clerk_rls.access_matrix('["red"]', '{}');
SELECT * FROM clerk_rls.access_matrix(NULL, '{}');
SELECT * FROM clerk_rls.access_matrix('{}', NULL);
SELECT * FROM clerk_rls.access_matrix('{}', '{NULL}');
SELECT * FROM clerk_rls.access_matrix('{}', '{readers}');

-- identity, role and settings stay as they were
BEGIN;
SELECT clerk_rls.act_as('user_blue', role => 'none');
SELECT sum(rows) FROM clerk_rls.access_matrix(:'people', '{notes}');
SELECT current_user, requesting_user_id(), current_setting('transaction_read_only') AS read_only, current_setting('row_security') AS row_security, current_setting('search_path') AS search_path;
INSERT INTO notes (body) VALUES ('written') RETURNING user_id;
ROLLBACK;

-- privileges
SET ROLE authenticated;
SELECT * FROM clerk_rls.access_matrix('{}', '{notes}');
RESET ROLE;
CREATE ROLE developer NOLOGIN;
GRANT EXECUTE ON FUNCTION clerk_rls.access_matrix, clerk_rls.access_matrix_with_path, clerk_rls.matrix_of_table, clerk_rls.count_cells,
    clerk_rls.act_as_persona TO developer;
GRANT authenticated TO developer;
SET SESSION AUTHORIZATION developer;
SELECT * FROM clerk_rls.access_matrix('{"red": {"user_id": "user_red"}}', '{notes}');
SELECT * FROM clerk_rls.access_matrix('{"visitor": null}', '{}');
RESET SESSION AUTHORIZATION;
ALTER TABLE notes OWNER TO developer;
SET SESSION AUTHORIZATION developer;
SELECT * FROM clerk_rls.access_matrix('{"red": {"user_id": "user_red"}}', '{notes}');
RESET SESSION AUTHORIZATION;
ALTER TABLE notes OWNER TO postgres;
DROP OWNED BY developer;
DROP ROLE developer;

-- verified_token
ALTER DATABASE regress_access_matrix SET clerk_rls.identity_source = 'verified_token';
\c
\set SHOW_CONTEXT never
SELECT * FROM clerk_rls.access_matrix('{"red": {"user_id": "user_red"}, "visitor": null}', '{notes,tasks}') WHERE allowed;
GRANT EXECUTE ON FUNCTION clerk_rls.access_matrix, clerk_rls.access_matrix_with_path, clerk_rls.act_as_persona TO authenticator;
\c - authenticator
SELECT * FROM clerk_rls.access_matrix('{"red": {"user_id": "user_red"}}', '{}');
