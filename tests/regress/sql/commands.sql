-- The ways in and out of a table, all under the same policy.
SET ROLE authenticated;
BEGIN; SELECT sign_in('v2') \g /dev/null

-- the column default, and WITH CHECK
INSERT INTO notes (body) VALUES ('red 3') RETURNING body, user_id;
SAVEPOINT s;
INSERT INTO notes (body, user_id) VALUES ('forged', 'user_blue');
ROLLBACK TO s;
UPDATE notes SET user_id = 'user_blue';
ROLLBACK TO s;
UPDATE notes SET body = 'taken' WHERE user_id = 'user_blue' RETURNING body;
DELETE FROM notes WHERE user_id = 'user_blue' RETURNING body;
UPDATE notes SET body = body || '!' RETURNING body;
DELETE FROM notes WHERE body = 'red 3!' RETURNING body;

-- ON CONFLICT: another's row is not updated, and not seen
SELECT sign_in('v2') \g /dev/null
INSERT INTO notes (id, body) VALUES (1, 'red again') ON CONFLICT (id) DO UPDATE SET body = excluded.body RETURNING body;
SAVEPOINT s;
INSERT INTO notes (id, body) VALUES (3, 'mine now') ON CONFLICT (id) DO UPDATE SET body = excluded.body;
ROLLBACK TO s;
INSERT INTO notes (id, body) VALUES (3, 'mine now') ON CONFLICT DO NOTHING RETURNING body;

-- MERGE
MERGE INTO notes USING (VALUES (1, 'merged'), (3, 'merged')) AS new (id, body) ON notes.id = new.id AND notes.user_id = requesting_user_id()
    WHEN MATCHED THEN UPDATE SET body = new.body;
SELECT id, body FROM notes ORDER BY id;
SAVEPOINT s;
MERGE INTO notes USING (VALUES (90, 'user_blue')) AS new (id, who) ON notes.id = new.id
    WHEN NOT MATCHED THEN INSERT (id, body, user_id) VALUES (new.id, 'forged', new.who);
ROLLBACK TO s;

-- P12: COPY TO gives one's own, COPY FROM is checked, row_security = off is an error
COPY notes TO STDOUT;
COPY (SELECT body FROM notes) TO STDOUT;
SAVEPOINT s;
SET LOCAL row_security = off;
SELECT * FROM notes;
ROLLBACK TO s;
SET LOCAL row_security = off;
COPY notes TO STDOUT;
ROLLBACK TO s;
COMMIT;
RESET ROLE;
CREATE TABLE inbox (body text, user_id text DEFAULT requesting_user_id());
ALTER TABLE inbox ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON inbox TO authenticated USING (user_id = requesting_user_id());
GRANT ALL ON inbox TO authenticated;
SET ROLE authenticated;
SET request.jwt.claims = '{"sub":"user_blue"}';
\copy inbox (body) FROM '/dev/null'
SELECT * FROM inbox;
RESET request.jwt.claims;
\copy inbox (body) FROM '/dev/null'
SELECT * FROM inbox;

-- anon: no policy is for it
RESET ROLE;
SET ROLE anon;
SET request.jwt.claims = '{"sub":"user_red","role":"authenticated"}';
SELECT requesting_user_id(), count(*) FROM notes;
INSERT INTO notes (body) VALUES ('anonymous');

-- partitions: through the parent, the parent's policy; a child without one is open
RESET ROLE;
CREATE TABLE events (at date, user_id text DEFAULT requesting_user_id()) PARTITION BY RANGE (at);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE by_user (user_id text DEFAULT requesting_user_id(), n int) PARTITION BY LIST (user_id);
CREATE TABLE by_user_red PARTITION OF by_user FOR VALUES IN ('user_red');
CREATE TABLE by_user_blue PARTITION OF by_user FOR VALUES IN ('user_blue');
INSERT INTO events VALUES ('2025-06-01', 'user_red'), ('2026-06-01', 'user_red'), ('2026-07-01', 'user_blue');
INSERT INTO by_user VALUES ('user_red', 1), ('user_blue', 2);
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON events TO authenticated USING (user_id = requesting_user_id());
ALTER TABLE by_user ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON by_user TO authenticated USING (user_id = requesting_user_id());
GRANT ALL ON events, by_user TO authenticated;
SET ROLE authenticated;
SET request.jwt.claims = '{"sub":"user_red"}';
SELECT * FROM events ORDER BY at;
INSERT INTO events (at) VALUES ('2026-08-01') RETURNING *;
INSERT INTO events VALUES ('2026-08-01', 'user_blue');
SELECT * FROM by_user;
INSERT INTO by_user (n) VALUES (3) RETURNING tableoid::regclass, *;
-- pruned when the query starts, not when it is planned: another user may come
EXPLAIN (COSTS OFF) SELECT * FROM by_user;
SELECT * FROM events_2025;

-- P11: views: with the rights of the owner, all; security_invoker, one's own
RESET ROLE;
CREATE VIEW notes_of_all AS SELECT * FROM notes;
CREATE VIEW notes_of_mine WITH (security_invoker) AS SELECT * FROM notes;
CREATE VIEW notes_by_name AS SELECT * FROM notes WHERE user_id = requesting_user_id();
GRANT SELECT ON notes_of_all, notes_of_mine, notes_by_name TO authenticated;
SET ROLE authenticated;
SELECT (SELECT count(*) FROM notes_of_all) AS of_all, (SELECT count(*) FROM notes_of_mine) AS of_mine, (SELECT count(*) FROM notes_by_name) AS by_name;

-- membership by EXISTS, the function inside of the subquery
RESET ROLE;
CREATE TABLE members (project int, user_id text);
INSERT INTO members VALUES (1, 'user_red'), (2, 'user_blue'), (2, 'user_red'), (3, 'user_blue');
CREATE TABLE projects (id int, name text);
INSERT INTO projects VALUES (1, 'one'), (2, 'two'), (3, 'three');
ALTER TABLE members ENABLE ROW LEVEL SECURITY;
ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON members TO authenticated USING (user_id = requesting_user_id());
CREATE POLICY member ON projects TO authenticated USING (EXISTS (SELECT FROM members m WHERE m.project = projects.id AND m.user_id = requesting_user_id()));
GRANT SELECT ON members, projects TO authenticated;
SET ROLE authenticated;
SELECT * FROM projects ORDER BY id;
SET request.jwt.claims = '{"sub":"user_blue"}';
SELECT * FROM projects ORDER BY id;
SET request.jwt.claims = '';
SELECT * FROM projects ORDER BY id;
