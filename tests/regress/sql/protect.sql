-- In one mode alone: nothing here depends on how the library is loaded.
-- clerk_rls.protect() and clerk_rls.unprotect().
\set SHOW_CONTEXT never
-- Runs each statement as whoever asks, undoes it, and tells what came of it.
CREATE FUNCTION try(VARIADIC statements text[]) RETURNS TABLE (statement text, result text) LANGUAGE plpgsql AS $$
DECLARE
    rows bigint;
    hint text;
BEGIN
    FOREACH statement IN ARRAY statements LOOP
        BEGIN
            EXECUTE statement;
            GET DIAGNOSTICS rows = ROW_COUNT;
            RAISE SQLSTATE 'UNDO0';
        EXCEPTION
            WHEN SQLSTATE 'UNDO0' THEN result := rows || CASE rows WHEN 1 THEN ' row' ELSE ' rows' END;
            WHEN OTHERS THEN
                GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
                result := SQLSTATE || ' ' || SQLERRM || coalesce(' | ' || nullif(hint, ''), '');
        END;
        RETURN NEXT;
    END LOOP;
END $$;
-- The owners of the rows that one sees.
CREATE FUNCTION owners(target regclass, owner_column name) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    seen text;
BEGIN
    EXECUTE format('SELECT string_agg(DISTINCT %I::text, '' '' ORDER BY %1$I::text) FROM %s', owner_column, target) INTO seen;
    RETURN seen;
END $$;
CREATE VIEW policies AS SELECT p.polrelid::regclass AS "table", p.polname AS policy, p.polcmd AS command, p.polpermissive AS permissive,
    pg_get_expr(p.polqual, p.polrelid) AS "using", pg_get_expr(p.polwithcheck, p.polrelid) AS "check", obj_description(p.oid, 'pg_policy') AS comment
    FROM pg_policy AS p WHERE p.polname NOT IN ('own', 'of_members') ORDER BY 1, 2;
CREATE FUNCTION closed(target regclass) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(', ', CASE WHEN relrowsecurity THEN 'enabled' END, CASE WHEN relforcerowsecurity THEN 'forced' END) FROM pg_class WHERE oid = target $$;

--- a table with data: what is run, in order, is what dry_run has said

CREATE TABLE tasks (id serial PRIMARY KEY, body text);
INSERT INTO tasks (body) VALUES ('before');
SET request.jwt.claims = '{"sub":"user_of_the_operator"}';
BEGIN;
CREATE TEMP TABLE planned ON COMMIT PRESERVE ROWS AS SELECT * FROM clerk_rls.protect('tasks', dry_run => true) WITH ORDINALITY AS p (statement, n);
COMMIT;
\pset format unaligned
\pset tuples_only on
SELECT statement FROM planned ORDER BY n;
\pset tuples_only off
\pset format aligned
SELECT count(*), bool_and(p.statement = r.statement) AS same FROM planned AS p FULL JOIN clerk_rls.protect('tasks') WITH ORDINALITY AS r (statement, n) USING (n);
-- dry_run writes nothing and takes no lock that anybody waits for; neither does a second call
CREATE TABLE untouched (body text);
BEGIN;
SELECT count(*) AS statements FROM clerk_rls.protect('untouched', dry_run => true);
SELECT count(*) AS statements FROM clerk_rls.protect('tasks');
SELECT count(*) AS statements FROM clerk_rls.unprotect('tasks', dry_run => true);
SELECT count(*) AS statements FROM clerk_rls.unprotect('notes');
SELECT pg_current_xact_id_if_assigned() IS NULL AS nothing_written,
    NOT EXISTS (SELECT FROM pg_locks WHERE pid = pg_backend_pid() AND mode NOT IN ('AccessShareLock', 'ExclusiveLock')) AS no_lock;
COMMIT;
SELECT closed('untouched') AS untouched, closed('tasks') AS tasks;
SELECT * FROM policies;
-- rows that were there belong to nobody, though the operator had claims
SELECT body, user_id FROM tasks;
INSERT INTO tasks (body, user_id) VALUES ('red', 'user_red'), ('blue', 'user_blue');
RESET request.jwt.claims;

--- owner user: each command, for each who asks

PREPARE each_command AS SELECT * FROM try(
    'SELECT * FROM tasks',
    'INSERT INTO tasks (body) VALUES (''new'')',
    'INSERT INTO tasks (body, user_id) VALUES (''forged'', ''user_blue'')',
    'INSERT INTO tasks (body, user_id) VALUES (''nobody''''s'', NULL)',
    'UPDATE tasks SET body = body || ''!''',
    'UPDATE tasks SET body = ''taken'' WHERE user_id IS DISTINCT FROM requesting_user_id()',
    'UPDATE tasks SET user_id = ''user_blue'' WHERE body = ''red''',
    'UPDATE tasks SET user_id = NULL WHERE body = ''red''',
    'DELETE FROM tasks',
    'TRUNCATE tasks');
SET ROLE authenticated;
SET request.jwt.claims = '{"sub":"user_red"}';
EXECUTE each_command;
SELECT owners('tasks', 'user_id');
SET request.jwt.claims = '{"sub":"user_blue"}';
SELECT owners('tasks', 'user_id');
-- authenticated, and nobody: the row without an owner is not theirs
SET request.jwt.claims = '{"role":"authenticated"}';
EXECUTE each_command;
RESET ROLE;
SET ROLE anon;
SET request.jwt.claims = '{"sub":"user_red"}';
SELECT * FROM try('SELECT * FROM tasks', 'INSERT INTO tasks (body) VALUES (''new'')', 'SELECT nextval(''tasks_id_seq'')');
-- nor with the privilege: no policy is for anon
RESET ROLE;
GRANT ALL ON tasks TO anon;
SET ROLE anon;
EXECUTE each_command;
RESET ROLE;
REVOKE ALL ON tasks FROM anon;

--- the index serves the policy

SET ROLE authenticated;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT * FROM tasks;
RESET enable_seqscan;
RESET enable_bitmapscan;
RESET ROLE;

--- owner org

CREATE TABLE documents (title text);
SELECT count(*) AS statements FROM clerk_rls.protect('documents', owner => 'org', write_permission => 'org:documents:manage');
INSERT INTO documents VALUES ('paint', 'org_paint'), ('wood', 'org_wood'), ('nobody''s', NULL);
PREPARE write_documents AS SELECT * FROM try('INSERT INTO documents (title) VALUES (''new'')', 'INSERT INTO documents VALUES (''forged'', ''org_wood'')',
    'UPDATE documents SET title = ''changed''', 'UPDATE documents SET org_id = ''org_wood''', 'DELETE FROM documents');
SET ROLE authenticated;
-- with the permission, without it, and without an organization
SET request.jwt.claims = '{"sub":"user_red","v":2,"fea":"o:documents","o":{"id":"org_paint","rol":"admin","per":"manage","fpm":"1"}}';
SELECT owners('documents', 'org_id');
EXECUTE write_documents;
SET request.jwt.claims = '{"sub":"user_blue","org_id":"org_paint","org_role":"org:member","org_permissions":["org:documents:read"]}';
SELECT owners('documents', 'org_id');
EXECUTE write_documents;
SET request.jwt.claims = '{"sub":"user_red"}';
SELECT owners('documents', 'org_id');
EXECUTE write_documents;
RESET ROLE;

--- owner member_orgs: the rows of every organization of the user, by the memberships

INSERT INTO clerk_rls.memberships (org_id, user_id, role, permissions, updated_at) VALUES
    ('org_paint', 'user_red', 'org:admin', '{org:pages:manage}', now()), ('org_wood', 'user_red', 'org:member', '{org:pages:read}', now()),
    ('org_wood', 'user_blue', 'org:admin', '{org:pages:manage}', now());
CREATE TABLE pages (title text);
SELECT clerk_rls.protect('pages', owner => 'member_orgs');
SELECT count(*) AS statements FROM clerk_rls.protect('pages', owner => 'member_orgs');
INSERT INTO pages VALUES ('paint', 'org_paint'), ('wood', 'org_wood'), ('stone', 'org_stone'), ('nobody''s', NULL);
PREPARE write_pages AS SELECT * FROM try('INSERT INTO pages (title) VALUES (''new'')', 'INSERT INTO pages VALUES (''to wood'', ''org_wood'')', 'INSERT INTO pages VALUES (''forged'', ''org_stone'')',
    'UPDATE pages SET title = ''changed''', 'UPDATE pages SET org_id = ''org_wood''', 'UPDATE pages SET org_id = ''org_stone''', 'DELETE FROM pages');
SET ROLE authenticated;
SET request.jwt.claims = '{"sub":"user_red","org_id":"org_paint"}';
SELECT owners('pages', 'org_id');
EXECUTE write_pages;
-- an organization that the memberships do not have, and none
SET request.jwt.claims = '{"sub":"user_red","org_id":"org_stone","org_role":"org:admin"}';
SELECT owners('pages', 'org_id');
EXECUTE write_pages;
SET request.jwt.claims = '{"sub":"user_green"}';
SELECT owners('pages', 'org_id');
EXECUTE write_pages;
RESET request.jwt.claims;
SELECT owners('pages', 'org_id');
RESET ROLE;
-- with a permission, in the organization of the row
SELECT clerk_rls.protect('pages', owner => 'member_orgs', write_permission => 'org:pages:manage');
SELECT count(*) AS statements FROM clerk_rls.protect('pages', owner => 'member_orgs', write_permission => 'org:pages:manage');
SET ROLE authenticated;
SET request.jwt.claims = '{"sub":"user_red","org_id":"org_wood","org_permissions":["org:pages:manage"]}';
SELECT owners('pages', 'org_id');
EXECUTE write_pages;
RESET request.jwt.claims;
RESET ROLE;
-- another column, of type varchar; lint knows the owner
ALTER TABLE pages ADD team varchar(40);
SELECT count(*) AS statements FROM clerk_rls.protect('pages', 'member_orgs', 'team', write_permission => 'org:pages:manage');
SELECT polname, pg_get_expr(polqual, polrelid) AS reads, pg_get_expr(polwithcheck, polrelid) AS writes FROM pg_policy WHERE polrelid = 'pages'::regclass ORDER BY 1;
SELECT count(*) AS statements FROM clerk_rls.protect('pages', 'member_orgs', 'team', write_permission => 'org:pages:manage');
SELECT rule, finding FROM clerk_rls.lint() WHERE object::text LIKE '%pages%';
SELECT clerk_rls.unprotect('pages');
DROP TABLE pages;
DELETE FROM clerk_rls.memberships;

--- owner user_or_org: the active organization's rows, else one's own

CREATE TABLE files (name text);
SELECT count(*) AS statements FROM clerk_rls.protect('files', 'user_or_org', write_permission => 'org:files:manage');
INSERT INTO files VALUES ('mine', 'user_red'), ('ours', 'org_paint'), ('theirs', 'user_blue'), ('nobody''s', NULL);
PREPARE write_files AS SELECT * FROM try('INSERT INTO files (name) VALUES (''new'')', 'INSERT INTO files VALUES (''to myself'', ''user_red'')', 'INSERT INTO files VALUES (''to us'', ''org_paint'')',
    'UPDATE files SET name = ''changed''', 'UPDATE files SET owner_id = ''user_red''', 'UPDATE files SET owner_id = ''org_paint''', 'DELETE FROM files');
SET ROLE authenticated;
SET request.jwt.claims = '{"sub":"user_red"}';
SELECT owners('files', 'owner_id');
EXECUTE write_files;
SET request.jwt.claims = '{"sub":"user_red","org_id":"org_paint","org_role":"org:admin","org_permissions":["org:files:manage"]}';
SELECT owners('files', 'owner_id');
EXECUTE write_files;
SET request.jwt.claims = '{"sub":"user_red","org_id":"org_paint","org_role":"org:member","org_permissions":[]}';
SELECT owners('files', 'owner_id');
EXECUTE write_files;
SET request.jwt.claims = '{"role":"authenticated"}';
SELECT owners('files', 'owner_id');
EXECUTE write_files;
RESET ROLE;

--- columns that are there: varchar, uuid, domains, and defaults that stay

CREATE DOMAIN user_text AS text;
CREATE DOMAIN user_varchar AS varchar(64);
CREATE DOMAIN user_of_domain AS user_varchar CHECK (value <> '');
CREATE DOMAIN user_uuid AS uuid;
CREATE TABLE of_varchar (user_id varchar);
CREATE TABLE of_varchar_64 (user_id varchar(64) NOT NULL DEFAULT requesting_user_id());
CREATE TABLE of_text_domain (user_id user_text);
CREATE TABLE of_varchar_domain (user_id user_varchar);
CREATE TABLE of_domain_of_domain (user_id user_of_domain);
CREATE TABLE of_uuid (user_id uuid);
CREATE TABLE of_uuid_domain (user_id user_uuid);
CREATE TABLE of_collate_c (user_id text COLLATE "C");
CREATE TABLE of_permission (user_id varchar);
SELECT r.name, count(s.statement) AS statements FROM unnest(ARRAY['of_varchar', 'of_varchar_64', 'of_text_domain', 'of_varchar_domain', 'of_domain_of_domain', 'of_uuid', 'of_uuid_domain', 'of_collate_c']::regclass[]) AS r (name), LATERAL clerk_rls.protect(r.name) AS s (statement) GROUP BY 1 ORDER BY r.name::text COLLATE "C";
SELECT count(*) FROM clerk_rls.protect('of_permission', write_permission => 'org:O''Brien "x" %s:é');
-- each is written as PostgreSQL prints it: a second call has nothing to run
SELECT count(*) AS statements FROM unnest(ARRAY['of_varchar', 'of_varchar_64', 'of_text_domain', 'of_varchar_domain', 'of_domain_of_domain', 'of_uuid', 'of_uuid_domain', 'of_collate_c']::regclass[]) AS r (name), LATERAL clerk_rls.protect(r.name);
SELECT count(*) AS statements FROM clerk_rls.protect('of_permission', write_permission => 'org:O''Brien "x" %s:é');
SET quote_all_identifiers = on;
SELECT count(*) AS statements FROM clerk_rls.protect('of_permission', write_permission => 'org:O''Brien "x" %s:é');
SELECT clerk_rls.protection_statements('of_permission', 'user', NULL, 'authenticated', '{select}', NULL, true) AS statements;
SELECT clerk_rls.protection_removals('of_permission', ARRAY(SELECT oid FROM pg_policy WHERE polrelid = 'of_permission'::regclass), clerk_rls.protection_indexes('of_permission')) AS statements;
RESET quote_all_identifiers;
SELECT "table", "using" FROM policies WHERE "table"::text LIKE 'of\_%' AND policy = 'clerk_rls_delete';
SET ROLE authenticated;
SET request.jwt.claims = '{"sub":"user_red"}';
SELECT * FROM try('INSERT INTO of_varchar DEFAULT VALUES', 'INSERT INTO of_varchar_64 DEFAULT VALUES', 'INSERT INTO of_text_domain DEFAULT VALUES', 'INSERT INTO of_varchar_domain DEFAULT VALUES',
    'INSERT INTO of_domain_of_domain DEFAULT VALUES', 'INSERT INTO of_uuid DEFAULT VALUES', 'INSERT INTO of_uuid_domain DEFAULT VALUES', 'INSERT INTO of_uuid VALUES (gen_random_uuid())', 'INSERT INTO of_collate_c DEFAULT VALUES');
RESET ROLE;
INSERT INTO of_uuid VALUES (clerk_rls.user_uuid('user_red')), (clerk_rls.user_uuid('user_blue')), (NULL);
SET ROLE authenticated;
SELECT user_id = clerk_rls.user_uuid('user_red') AS mine FROM of_uuid;
RESET ROLE;
-- a default that the operator has set stays, and the policy refuses what it would slip in
CREATE TABLE of_default (body text, user_id text DEFAULT 'user_blue');
SELECT s FROM clerk_rls.protect('of_default') AS s WHERE s LIKE '%DEFAULT%';
SET ROLE authenticated;
SELECT * FROM try('INSERT INTO of_default (body) VALUES (''x'')', 'INSERT INTO of_default VALUES (''x'', ''user_red'')');
RESET ROLE;

-- nor does one that was right for another owner
CREATE TABLE of_another (owner_id text DEFAULT requesting_user_id());
SELECT count(*) AS statements FROM clerk_rls.protect('of_another', 'user_or_org', dry_run => true);
SELECT count(*) AS statements FROM clerk_rls.protect('of_another', 'org', 'owner_id', dry_run => true);
SELECT count(*) AS statements FROM clerk_rls.protect('of_another', 'user', 'owner_id', dry_run => true);
SELECT count(*) AS statements FROM clerk_rls.protect('of_another', 'org', 'owner_id', commands => '{select}', dry_run => true);
ALTER TABLE of_another ALTER owner_id SET DEFAULT coalesce(requesting_org_id(), requesting_user_id());
SELECT count(*) AS statements FROM clerk_rls.protect('of_another', 'user', 'owner_id', dry_run => true);

--- indexes that are there count, others do not

CREATE TABLE indexed (a text, user_id text, b text);
CREATE INDEX partial ON indexed (user_id) WHERE a IS NULL;
CREATE INDEX expression ON indexed (lower(user_id));
CREATE INDEX second ON indexed (a, user_id);
CREATE INDEX hashed ON indexed USING hash (user_id);
CREATE INDEX included ON indexed (a) INCLUDE (user_id);
CREATE INDEX collated ON indexed (user_id COLLATE "POSIX");
CREATE TABLE indexed_user_id_idx ();
SELECT s FROM clerk_rls.protect('indexed', dry_run => true) AS s WHERE s LIKE '%INDEX%';
CREATE INDEX good ON indexed (user_id, a DESC);
SELECT s FROM clerk_rls.protect('indexed', dry_run => true) AS s WHERE s LIKE '%INDEX%';
CREATE TABLE invalid (user_id text) PARTITION BY LIST (user_id);
CREATE TABLE invalid_rest PARTITION OF invalid DEFAULT;
CREATE INDEX only_here ON ONLY invalid (user_id);
SELECT s FROM clerk_rls.protect('invalid') AS s WHERE s LIKE 'CREATE INDEX%';
-- names that would be too long, and then the same
CREATE TABLE parent_of_long_names (user_id text);
CREATE TABLE a_name_that_is_nearly_as_long_as_postgresql_lets_a_name_be__1 () INHERITS (parent_of_long_names);
CREATE TABLE a_name_that_is_nearly_as_long_as_postgresql_lets_a_name_be__2 () INHERITS (parent_of_long_names);
SELECT s FROM clerk_rls.protect('parent_of_long_names') AS s WHERE s LIKE 'CREATE INDEX%';
CREATE TABLE üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü (user_id text);
SELECT s FROM clerk_rls.protect('üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü') AS s WHERE s LIKE '%INDEX%';

--- other arguments change what protect() made, and that alone

CREATE TABLE changing (id serial, body text);
GRANT SELECT ON changing TO authenticated;
CREATE POLICY mine ON changing AS RESTRICTIVE TO authenticated USING (body <> 'secret');
SELECT count(*) AS statements FROM clerk_rls.protect('changing');
\pset format unaligned
\pset tuples_only on
\echo commands
SELECT clerk_rls.protect('changing', commands => '{SELECT,Insert,select}');
\echo write_permission
SELECT clerk_rls.protect('changing', commands => '{select,insert}', write_permission => 'org:x:y');
\echo role
SELECT clerk_rls.protect('changing', commands => '{select,insert}', role => 'anon');
\echo owner
SELECT clerk_rls.protect('changing', 'org', role => 'anon', commands => '{select}');
\echo public
SELECT clerk_rls.protect('changing', 'org', role => 'public', commands => '{select}');
SELECT clerk_rls.protect('changing', 'org', role => 'public', commands => '{select}');
\echo the defaults
SELECT clerk_rls.protect('changing');
SELECT clerk_rls.protect('changing');
SELECT polname FROM pg_policy WHERE polrelid = 'changing'::regclass ORDER BY 1;
-- what somebody has altered is mended
\echo mended
ALTER POLICY clerk_rls_select ON changing USING (true);
ALTER POLICY clerk_rls_insert ON changing TO anon, authenticated;
ALTER POLICY clerk_rls_delete ON changing RENAME TO renamed;
DROP POLICY clerk_rls_update ON changing;
REVOKE DELETE ON changing FROM authenticated;
ALTER TABLE changing DISABLE ROW LEVEL SECURITY;
DROP INDEX changing_user_id_idx;
ALTER TABLE changing ALTER user_id DROP DEFAULT;
SELECT clerk_rls.protect('changing');
SELECT clerk_rls.protect('changing');
-- what somebody has put in their place, mark and all
\echo replaced
DROP POLICY clerk_rls_select ON changing;
CREATE POLICY clerk_rls_select ON changing AS RESTRICTIVE FOR SELECT TO authenticated USING (user_id = requesting_user_id());
COMMENT ON POLICY clerk_rls_select ON changing IS 'clerk_rls.protect() made this policy.';
DROP POLICY clerk_rls_delete ON changing;
CREATE POLICY clerk_rls_delete ON changing TO authenticated USING (user_id = requesting_user_id());
COMMENT ON POLICY clerk_rls_delete ON changing IS 'clerk_rls.protect() made this policy.';
SELECT clerk_rls.protect('changing');
-- what the new role held through the old one goes with it, and is granted to the new one
\echo member
CREATE ROLE staff NOLOGIN;
CREATE ROLE manager NOLOGIN IN ROLE staff;
CREATE TABLE through (user_id text);
SELECT count(*) FROM clerk_rls.protect('through', role => 'staff', commands => '{select}');
SELECT clerk_rls.protect('through', role => 'manager', commands => '{select}');
SELECT clerk_rls.protect('through', role => 'manager', commands => '{select}');
\echo nothing to grant
SELECT clerk_rls.protect('through', role => 'staff', commands => '{select}');
SELECT clerk_rls.unprotect('through');
GRANT SELECT ON through TO staff;
SELECT clerk_rls.protect('through', role => 'manager', commands => '{select}');
DROP TABLE through;
DROP ROLE staff, manager;
-- force => false leaves FORCE where it is, a restrictive policy shows nothing that is worth a warning
SELECT clerk_rls.protect('changing', force => false);
SELECT count(*) FROM clerk_rls.unprotect('changing');
\pset tuples_only off
\pset format aligned

--- grants: only what the role lacks, and what it holds is not ours to take back

CREATE TABLE granted (body text);
GRANT SELECT (body), INSERT ON granted TO authenticated;
GRANT DELETE ON granted TO PUBLIC;
SELECT s FROM clerk_rls.protect('granted') AS s WHERE s ~ '^GRANT|POLICY.* granted ';
PREPARE held AS SELECT string_agg(privilege_type, ' ' ORDER BY privilege_type) AS "table", (SELECT string_agg(privilege_type, ' ') FROM pg_attribute, aclexplode(attacl) WHERE attrelid = 'granted'::regclass) AS columns
    FROM pg_class, aclexplode(relacl) WHERE oid = 'granted'::regclass AND grantee = 'authenticated'::regrole;
EXECUTE held;
-- what somebody has revoked since is granted, and then it is ours
REVOKE INSERT ON granted FROM authenticated;
SELECT clerk_rls.protect('granted');
REVOKE INSERT ON granted FROM authenticated;
SELECT clerk_rls.protect('granted');
SELECT s FROM clerk_rls.unprotect('granted') AS s WHERE s LIKE 'REVOKE%';
EXECUTE held;
-- sequences of serial columns, by their marks; an identity column needs none
CREATE TABLE serials (a serial, b serial, c int GENERATED ALWAYS AS IDENTITY, body text);
ALTER SEQUENCE serials_b_seq RENAME TO "b, USAGE ON SEQUENCE serials_a_seq";
GRANT USAGE ON SEQUENCE serials_a_seq TO authenticated;
SELECT s FROM clerk_rls.protect('serials') AS s WHERE s ~ 'SEQUENCE';
SET ROLE authenticated;
SELECT * FROM try('INSERT INTO serials (body) VALUES (''x'')');
RESET ROLE;
SELECT s FROM clerk_rls.unprotect('serials') AS s WHERE s ~ 'SEQUENCE';

--- partitioned tables: the parent's policies through the parent, nobody directly

CREATE TABLE events (at int, user_id text) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10);
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (30) PARTITION BY RANGE (at);
CREATE TABLE events_2_1 PARTITION OF events_2 FOR VALUES FROM (10) TO (20);
CREATE FOREIGN DATA WRAPPER nothing;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing;
CREATE FOREIGN TABLE events_foreign PARTITION OF events FOR VALUES FROM (90) TO (99) SERVER nowhere;
INSERT INTO events VALUES (1, 'user_red'), (2, 'user_blue'), (11, 'user_red'), (12, NULL);
GRANT ALL ON events_1, events_2, events_2_1 TO authenticated;
SELECT clerk_rls.protect('events', commands => '{select,insert}');
SELECT count(*) AS statements FROM clerk_rls.protect('events', commands => '{select,insert}');
ALTER TABLE events DETACH PARTITION events_foreign;
SET ROLE authenticated;
SELECT * FROM events ORDER BY at;
SELECT * FROM try('INSERT INTO events (at) VALUES (3)', 'INSERT INTO events VALUES (13, ''user_blue'')', 'SELECT * FROM events_1', 'SELECT * FROM events_2', 'SELECT * FROM events_2_1', 'INSERT INTO events_1 VALUES (4, ''user_red'')', 'DELETE FROM events_2_1');
RESET ROLE;
-- a partition that comes later is closed by the next call
CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM (30) TO (40);
SELECT clerk_rls.protect('events', commands => '{select,insert}');
-- a partition protected directly is a table like any
SELECT clerk_rls.protect('events_1', commands => '{select}');
SET ROLE authenticated;
SELECT * FROM events_1;
RESET ROLE;
SELECT clerk_rls.unprotect('events_1');
-- its index, once it is part of the parent's, stays
CREATE TABLE logs (user_id text) PARTITION BY LIST (user_id);
CREATE TABLE logs_rest PARTITION OF logs DEFAULT;
SELECT count(*) AS statements FROM clerk_rls.protect('logs_rest', commands => '{select}');
SELECT count(*) AS statements FROM clerk_rls.protect('logs', commands => '{select}');
SELECT clerk_rls.unprotect('logs_rest');
SELECT clerk_rls.unprotect('logs');
-- a child's own policies are seen by whoever asks the child
CREATE POLICY direct ON events_1 USING (true);
SELECT count(*) AS statements FROM clerk_rls.protect('events', commands => '{select,insert}');
DROP POLICY direct ON events_1;
-- no column of its own
CREATE TABLE by_day (at int) PARTITION BY RANGE (at);
CREATE TABLE by_day_1 PARTITION OF by_day FOR VALUES FROM (0) TO (10);
SELECT clerk_rls.protect('by_day_1');
SELECT clerk_rls.unprotect('events');
SELECT r, closed(r) FROM unnest(ARRAY['events', 'events_1', 'events_2', 'events_2_1', 'events_3']::regclass[]) AS r;
SET ROLE authenticated;
SELECT * FROM try('SELECT * FROM events', 'SELECT * FROM events_1', 'SELECT * FROM events_2_1');
RESET ROLE;

--- inheritance: an index for each child too, and a child's default stays

CREATE TABLE vehicles (name text);
CREATE TABLE cars () INHERITS (vehicles);
CREATE TABLE vans () INHERITS (cars);
INSERT INTO vehicles VALUES ('bike');
INSERT INTO vans VALUES ('van');
SELECT clerk_rls.protect('vehicles', commands => '{select}');
SELECT count(*) AS statements FROM clerk_rls.protect('vehicles', commands => '{select}');
UPDATE vehicles SET user_id = 'user_red';
GRANT SELECT ON cars, vans TO authenticated;
SET ROLE authenticated;
SELECT tableoid::regclass, * FROM vehicles ORDER BY name;
SELECT * FROM try('SELECT * FROM cars', 'SELECT * FROM ONLY vehicles', 'SELECT * FROM vans');
RESET ROLE;
-- a child that is protected by itself keeps its index when the parent is let go
SELECT count(*) AS statements FROM clerk_rls.protect('vans', commands => '{select}');
SELECT clerk_rls.unprotect('vehicles');
SELECT clerk_rls.unprotect('vans');
ALTER TABLE vehicles ALTER user_id DROP DEFAULT;
ALTER TABLE cars ALTER user_id SET DEFAULT 'its own';
SELECT s FROM clerk_rls.protect('vehicles') AS s WHERE s LIKE '%DEFAULT%';
SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'cars'::regclass;

--- unprotect takes back what protect() made, and leaves the table closed

CREATE TABLE let_go (id serial, body text);
SELECT count(*) AS statements FROM clerk_rls.protect('let_go');
INSERT INTO let_go (body, user_id) VALUES ('red', 'user_red');
CREATE TEMP TABLE planned_back AS SELECT * FROM clerk_rls.unprotect('let_go', dry_run => true) WITH ORDINALITY AS p (statement, n);
SELECT statement FROM planned_back ORDER BY n;
SELECT count(*), bool_and(p.statement = r.statement) AS same FROM planned_back AS p FULL JOIN clerk_rls.unprotect('let_go') WITH ORDINALITY AS r (statement, n) USING (n);
SELECT count(*) AS statements FROM clerk_rls.unprotect('let_go');
SELECT closed('let_go'), (SELECT count(*) FROM pg_policy WHERE polrelid = 'let_go'::regclass) AS policies, (SELECT relacl FROM pg_class WHERE oid = 'let_go'::regclass) = acldefault('r', 'postgres'::regrole) AS default_acl,
    (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'let_go'::regclass AND adnum = 3) AS "default", (SELECT user_id FROM let_go) AS data;
GRANT ALL ON let_go TO authenticated;
SET ROLE authenticated;
SELECT * FROM try('SELECT * FROM let_go', 'INSERT INTO let_go VALUES (7, ''x'')');
RESET ROLE;
-- nothing made, nothing to do: not even where the operator has policies of their own
SELECT count(*) AS statements FROM clerk_rls.unprotect('notes');
SELECT count(*) AS statements FROM clerk_rls.unprotect('untouched');
-- a copy bears the index's mark, and was never closed
CREATE TABLE a_copy (LIKE tasks INCLUDING ALL);
SELECT clerk_rls.unprotect('a_copy');
-- not open either where somebody has disabled it since, or has other policies
SELECT count(*) AS statements FROM clerk_rls.protect('let_go');
ALTER TABLE let_go DISABLE ROW LEVEL SECURITY;
CREATE POLICY "every body" ON let_go USING (true);
SELECT s FROM clerk_rls.unprotect('let_go') AS s LIMIT 1;
SELECT closed('let_go');

--- names that contain SQL

CREATE SCHEMA "My App";
CREATE ROLE "web-user" NOLOGIN;
CREATE TABLE "My App"."O'Brien; drop" ("id;" serial, "it's ""mine""" text);
CREATE TABLE "My App"."x); DROP TABLE notes; --" ("user_id = user_id OR true --" text);
SELECT clerk_rls.protect('"My App"."O''Brien; drop"', column_name => 'it''s "mine"', role => 'web-user');
SELECT count(*) AS statements FROM clerk_rls.protect('"My App"."O''Brien; drop"', column_name => 'it''s "mine"', role => 'web-user');
GRANT USAGE ON SCHEMA "My App" TO "web-user";
SELECT count(*) AS statements FROM clerk_rls.protect('"My App"."x); DROP TABLE notes; --"', column_name => 'user_id = user_id OR true --', role => 'web-user', write_permission => ''') OR (''''=''');
SELECT count(*) AS statements FROM clerk_rls.protect('"My App"."x); DROP TABLE notes; --"', column_name => 'user_id = user_id OR true --', role => 'web-user', write_permission => ''') OR (''''=''');
INSERT INTO "My App"."O'Brien; drop" ("it's ""mine""") VALUES ('user_red'), ('user_blue');
INSERT INTO "My App"."x); DROP TABLE notes; --" VALUES ('user_red'), ('user_blue');
SET ROLE "web-user";
SELECT owners('"My App"."O''Brien; drop"', 'it''s "mine"'), owners('"My App"."x); DROP TABLE notes; --"', 'user_id = user_id OR true --');
SELECT * FROM try('INSERT INTO "My App"."O''Brien; drop" DEFAULT VALUES', 'UPDATE "My App"."x); DROP TABLE notes; --" SET "user_id = user_id OR true --" = DEFAULT');
RESET ROLE;
SELECT clerk_rls.unprotect('"My App"."O''Brien; drop"');
SELECT count(*) AS notes FROM notes;

--- an owner who is no superuser, FORCE and its absence

CREATE ROLE app_owner NOLOGIN;
CREATE SCHEMA app AUTHORIZATION app_owner;
GRANT USAGE ON SCHEMA app TO authenticated;
SET ROLE app_owner;
CREATE TABLE app.orders (id serial, body text);
INSERT INTO app.orders (body) VALUES ('before');
SELECT count(*) AS statements FROM clerk_rls.protect('app.orders');
SELECT count(*) AS statements FROM clerk_rls.protect('app.orders');
-- forced: the owner sees what everybody sees
SELECT count(*) AS rows FROM app.orders;
SET request.jwt.claims = '{"sub":"user_red"}';
SELECT * FROM try('INSERT INTO app.orders (body) VALUES (''by the owner'')');
SET ROLE authenticated;
SELECT * FROM try('INSERT INTO app.orders (body) VALUES (''new'')', 'SELECT * FROM app.orders');
SET ROLE app_owner;
SELECT clerk_rls.unprotect('app.orders');
-- forced already: the owner is subject to the policies, and needs no warning
SELECT count(*) AS statements FROM clerk_rls.protect('app.orders', force => false, role => 'app_owner', dry_run => true);
CREATE TABLE app.unforced (body text);
INSERT INTO app.unforced VALUES ('before');
SELECT count(*) AS statements FROM clerk_rls.protect('app.unforced', force => false, role => 'app_owner');
SELECT closed('app.unforced'), count(*) AS rows FROM app.unforced;
-- another's table is refused, in PostgreSQL's words, and nothing has changed; dry_run may be read by anybody
SELECT * FROM try('SELECT clerk_rls.protect(''documents'', ''org'')', 'SELECT clerk_rls.protect(''tasks'', force => false, commands => ''{select}'')', 'SELECT clerk_rls.unprotect(''tasks'')', 'SELECT clerk_rls.lock_for_protection(''tasks'')', 'SELECT clerk_rls.protect(''tasks'', commands => ''{select}'', dry_run => true)');
SET ROLE authenticated;
SELECT * FROM try('SELECT clerk_rls.unprotect(''tasks'')', 'SELECT clerk_rls.protect(''tasks'', role => ''public'')');
RESET ROLE;
-- an owner without CREATE on the schema cannot make an index: then nothing is made
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
CREATE TABLE half (body text);
ALTER TABLE half OWNER TO app_owner;
SET ROLE app_owner;
SELECT * FROM try('SELECT clerk_rls.protect(''half'')');
SELECT closed('half'), count(*) AS columns FROM pg_attribute WHERE attrelid = 'half'::regclass AND attnum > 0;
RESET ROLE;

--- temporary tables and those of quirky names

CREATE TEMP TABLE passing (body text);
SELECT s FROM clerk_rls.protect('passing', commands => '{delete}') AS s WHERE s LIKE 'CREATE%';
SELECT count(*) AS statements FROM clerk_rls.protect('passing', commands => '{delete}');
CREATE TABLE "select" ("user" text, "Table" text);
SELECT s FROM clerk_rls.protect('"select"', column_name => 'user', commands => '{delete}') AS s WHERE s LIKE 'CREATE%';
SELECT clerk_rls.protect('"select"', column_name => 'Table', commands => '{delete}');
SELECT count(*) AS statements FROM clerk_rls.protect('"select"', column_name => 'Table', commands => '{delete}');

--- what stays open is said

SET client_min_messages = warning;
CREATE TABLE shown (user_id text);
CREATE POLICY everybody ON shown USING (true);
CREATE POLICY "who inserts" ON shown FOR INSERT TO authenticated WITH CHECK (true);
CREATE POLICY of_anon ON shown TO anon USING (true);
CREATE POLICY narrow ON shown AS RESTRICTIVE USING (true);
SELECT count(*) FROM clerk_rls.protect('shown', commands => '{select}', dry_run => true);
SELECT count(*) FROM clerk_rls.protect('shown', dry_run => true);
SELECT count(*) FROM clerk_rls.protect('shown', role => 'public', dry_run => true);
-- what the role reaches already, stays reachable
GRANT SELECT, INSERT, UPDATE, DELETE ON shown TO PUBLIC;
SELECT count(*) FROM clerk_rls.protect('shown', commands => '{select}', dry_run => true);
SELECT count(*) FROM clerk_rls.protect('shown', dry_run => true);
SELECT count(*) FROM clerk_rls.protect('shown', role => 'public', dry_run => true);
SELECT count(*) FROM clerk_rls.protect('untouched', role => 'service_role', dry_run => true);
CREATE ROLE a_superuser SUPERUSER;
SELECT count(*) FROM clerk_rls.protect('untouched', role => 'a_superuser', dry_run => true);
DROP ROLE a_superuser;
RESET client_min_messages;

--- what is refused: SQLSTATE, message and hint

CREATE VIEW a_view AS SELECT * FROM tasks;
CREATE MATERIALIZED VIEW a_matview AS SELECT 1 AS x;
-- ICU's, or where the server is built without it one that only says so
DO $$
BEGIN
    CREATE COLLATION anycase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
EXCEPTION WHEN feature_not_supported THEN
    CREATE COLLATION anycase FROM "C";
    UPDATE pg_collation SET collisdeterministic = false WHERE oid = 'anycase'::regcollation;
END
$$;
CREATE DOMAIN bpchar_domain AS char(9);
CREATE TABLE odd (c char(9), n name, i int, j jsonb, a text[], d bpchar_domain, x text COLLATE anycase, u uuid, body text, g text GENERATED ALWAYS AS (lower(body)) STORED);
CREATE TABLE taken (user_id text);
CREATE POLICY clerk_rls_update ON taken FOR UPDATE USING (true);
\pset format unaligned
SELECT * FROM try(
    'SELECT clerk_rls.protect(NULL)', 'SELECT clerk_rls.protect(''tasks'', NULL)', 'SELECT clerk_rls.protect(''tasks'', role => NULL)', 'SELECT clerk_rls.protect(''tasks'', commands => NULL)',
    'SELECT clerk_rls.protect(''tasks'', force => NULL)', 'SELECT clerk_rls.protect(''tasks'', dry_run => NULL)', 'SELECT clerk_rls.unprotect(NULL)', 'SELECT clerk_rls.unprotect(''tasks'', NULL)',
    'SELECT clerk_rls.protect(1)', 'SELECT clerk_rls.unprotect(1)', 'SELECT clerk_rls.protect(''missing'')',
    'SELECT clerk_rls.protect(''a_view'')', 'SELECT clerk_rls.protect(''a_matview'')', 'SELECT clerk_rls.protect(''events_foreign'')', 'SELECT clerk_rls.protect(''tasks_id_seq'')',
    'SELECT clerk_rls.protect(''tasks'', ''team'')', 'SELECT clerk_rls.protect(''tasks'', column_name => '''')',
    'SELECT clerk_rls.protect(''tasks'', role => ''nobody'')', 'SELECT clerk_rls.protect(''tasks'', role => ''current_user'')',
    'SELECT clerk_rls.protect(''tasks'', commands => ''{}'')', 'SELECT clerk_rls.protect(''tasks'', commands => ''{select,NULL}'')', 'SELECT clerk_rls.protect(''tasks'', commands => ''{truncate}'')',
    'SELECT clerk_rls.protect(''tasks'', commands => ARRAY[''select TO anon USING (true); DROP TABLE notes; --''])',
    'SELECT clerk_rls.protect(''tasks'', write_permission => '''')', 'SELECT clerk_rls.protect(''tasks'', write_permission => ''x\'')',
    'SELECT clerk_rls.protect(''odd'', column_name => ''c'')', 'SELECT clerk_rls.protect(''odd'', column_name => ''n'')', 'SELECT clerk_rls.protect(''odd'', column_name => ''i'')', 'SELECT clerk_rls.protect(''odd'', column_name => ''j'')',
    'SELECT clerk_rls.protect(''odd'', column_name => ''a'')', 'SELECT clerk_rls.protect(''odd'', column_name => ''d'')', 'SELECT clerk_rls.protect(''odd'', column_name => ''x'')', 'SELECT clerk_rls.protect(''odd'', column_name => ''g'')',
    'SELECT clerk_rls.protect(''odd'', column_name => ''ctid'')', 'SELECT clerk_rls.protect(''odd'', ''org'', ''u'')', 'SELECT clerk_rls.protect(''odd'', ''user_or_org'', ''u'')',
    'SELECT clerk_rls.protect(''taken'')', 'SELECT clerk_rls.unprotect(''taken'')');
\pset format aligned
-- a refusal changes nothing, and a policy of that name for a command that is not asked for is left alone
SELECT closed('taken'), closed('odd');
SELECT count(*) AS statements FROM clerk_rls.protect('taken', commands => '{select}', dry_run => true);
SELECT count(*) AS notes FROM notes;

--- a failure on the way rolls all of it back; two operators do not interleave

CREATE TABLE failing (body text);
CREATE FUNCTION refuse_policies() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$;
CREATE EVENT TRIGGER refuse_policies ON ddl_command_end WHEN TAG IN ('CREATE POLICY') EXECUTE FUNCTION refuse_policies();
SELECT clerk_rls.protect('failing');
DROP EVENT TRIGGER refuse_policies;
SELECT closed('failing'), count(*) AS columns FROM pg_attribute WHERE attrelid = 'failing'::regclass AND attnum > 0;
BEGIN;
SELECT count(*) AS statements FROM clerk_rls.protect('failing');
\! psql -X -q -t -d regress_protect -c "SET lock_timeout = '100ms'" -c "SELECT clerk_rls.protect('failing', 'org')" 2>&1 | grep -o 'canceling statement due to lock timeout'
\! psql -X -q -At -d regress_protect -c "SELECT count(*) FROM clerk_rls.protect('tasks')"
ROLLBACK;
SELECT closed('failing');
-- whatever is run, the lock is there first
REVOKE INSERT ON tasks FROM authenticated;
BEGIN;
SELECT clerk_rls.protect('tasks');
SELECT mode FROM pg_locks WHERE relation = 'tasks'::regclass AND mode = 'AccessExclusiveLock';
COMMIT;
-- who has waited finds it done
BEGIN;
SELECT count(*) AS statements FROM clerk_rls.protect('failing');
\! psql -X -q -At -d regress_protect -c "SELECT count(*) FROM clerk_rls.protect('failing')" > "${TMPDIR:-/tmp}/regress_protect.$PPID.out" 2>&1 &
DO $$ BEGIN
    FOR i IN 1..1000 LOOP
        EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE relation = 'failing'::regclass AND NOT granted);
        PERFORM pg_sleep(0.01);
    END LOOP;
END $$;
COMMIT;
DO $$ BEGIN
    FOR i IN 1..1000 LOOP
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid());
        PERFORM pg_sleep(0.01);
    END LOOP;
END $$;
\! cat "${TMPDIR:-/tmp}/regress_protect.$PPID.out"; rm -f "${TMPDIR:-/tmp}/regress_protect.$PPID.out"

--- P2: whoever drops the extension with CASCADE drops the policies, and leaves the table closed

SET client_min_messages = warning;
BEGIN;
DROP EXTENSION clerk_rls CASCADE;
SELECT closed('tasks'), count(*) AS policies FROM pg_policy WHERE polrelid = 'tasks'::regclass;
SET LOCAL ROLE authenticated;
SELECT * FROM try('SELECT * FROM tasks', 'INSERT INTO tasks (body, user_id) VALUES (''x'', ''user_red'')');
ROLLBACK;
RESET client_min_messages;

--- marks survive pg_dump and restore

DROP TABLE odd; -- its collation cannot be restored everywhere
DROP COLLATION anycase;
CREATE DATABASE regress_protect_restored;
\! pg_dump -d regress_protect > "${TMPDIR:-/tmp}/regress_protect.$PPID.sql" && psql -X -q -d regress_protect_restored -v ON_ERROR_STOP=1 -f "${TMPDIR:-/tmp}/regress_protect.$PPID.sql" -o /dev/null; rm -f "${TMPDIR:-/tmp}/regress_protect.$PPID.sql"
\c regress_protect_restored
SELECT count(*) AS statements FROM clerk_rls.protect('tasks');
SELECT count(*) AS statements FROM clerk_rls.protect('documents', 'org', write_permission => 'org:documents:manage');
SELECT count(*) AS statements FROM clerk_rls.protect('files', 'user_or_org', write_permission => 'org:files:manage');
SELECT count(*) AS statements FROM clerk_rls.protect('of_permission', write_permission => 'org:O''Brien "x" %s:é');
SELECT clerk_rls.unprotect('tasks');
SELECT closed('tasks');

--- the extension in another schema

\c regress_protect
DROP DATABASE regress_protect_restored;
CREATE DATABASE regress_protect_elsewhere;
\c regress_protect_elsewhere
CREATE SCHEMA "100% %s";
CREATE EXTENSION clerk_rls SCHEMA "100% %s";
CREATE EXTENSION clerk_rls_tools;
CREATE TABLE tasks (body text);
SELECT s FROM clerk_rls.protect('tasks', 'user_or_org', write_permission => 'p') AS s WHERE s LIKE '%DEFAULT%' OR s LIKE 'CREATE POLICY%';
SELECT count(*) AS statements FROM clerk_rls.protect('tasks', 'user_or_org', write_permission => 'p');
\c regress_protect
DROP DATABASE regress_protect_elsewhere;
DROP SCHEMA "My App", app CASCADE;
DROP TABLE half;
DROP ROLE "web-user", app_owner;
