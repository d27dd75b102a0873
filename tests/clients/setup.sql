-- Runs after tests/regress/setup.sql. An application without PostgREST: its server connects as app, which has no
-- privileges, and switches to the role authenticated in each transaction.
CREATE ROLE app LOGIN NOINHERIT;
GRANT authenticated TO app;

CREATE TABLE tasks (
    name text NOT NULL,
    user_id text NOT NULL DEFAULT requesting_user_id()
);
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON tasks TO authenticated USING (user_id = requesting_user_id());
GRANT SELECT, INSERT ON tasks TO authenticated;
INSERT INTO tasks VALUES ('Buy red paint', 'user_red'), ('Buy blue paint', 'user_blue'), ('Buy a frame', 'ed:user_red');

SELECT format('ALTER DATABASE %I SET clerk_rls.identity_source = ''verified_token''', current_database()) \gexec
