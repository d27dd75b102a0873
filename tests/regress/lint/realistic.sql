-- The database of an app for teams, as it should be: 27 tables in four schemas, of which clients see two. lint() has
-- nothing to say about it, and lint_schema.sql spoils it in one place at a time.
CREATE ROLE lint_app NOLOGIN;                 -- owns the schema; migrations run as it
CREATE ROLE lint_definer NOLOGIN BYPASSRLS;   -- owns what must see all rows, and cannot log in
CREATE ROLE lint_reports NOLOGIN BYPASSRLS;   -- for SET ROLE, from the role of the reporting tool
CREATE ROLE lint_metabase LOGIN NOINHERIT;
CREATE ROLE lint_worker LOGIN;
GRANT lint_reports TO lint_metabase;

CREATE SCHEMA app AUTHORIZATION lint_app;
CREATE SCHEMA reference AUTHORIZATION lint_app;
CREATE SCHEMA private AUTHORIZATION lint_app;
CREATE SCHEMA analytics AUTHORIZATION lint_app;
GRANT USAGE ON SCHEMA app, reference TO anon, authenticated, lint_worker, lint_definer, lint_reports;
GRANT USAGE ON SCHEMA private TO lint_worker, lint_definer;
GRANT USAGE ON SCHEMA analytics TO lint_reports;
ALTER DEFAULT PRIVILEGES FOR ROLE lint_app REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE lint_app GRANT SELECT ON TABLES TO lint_reports;
SET ROLE lint_app;

-- Organizations and people come from Clerk, through a webhook: clients only read them.
CREATE TABLE app.organizations (id text PRIMARY KEY, name text NOT NULL, slug text NOT NULL UNIQUE, created_at timestamptz NOT NULL DEFAULT now());
CREATE POLICY active ON app.organizations FOR SELECT TO authenticated USING (id = requesting_org_id());
GRANT SELECT ON app.organizations TO authenticated;

CREATE TABLE app.memberships (
    org_id text NOT NULL REFERENCES app.organizations,
    user_id text NOT NULL,
    role text NOT NULL DEFAULT 'org:member',
    PRIMARY KEY (org_id, user_id)
);
CREATE INDEX ON app.memberships (user_id);
CREATE POLICY own ON app.memberships FOR SELECT TO authenticated USING (user_id = requesting_user_id() OR org_id = requesting_org_id());
GRANT SELECT ON app.memberships TO authenticated;

CREATE TABLE app.profiles (
    user_id text PRIMARY KEY DEFAULT requesting_user_id(),
    display_name text NOT NULL,
    bio text,
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE POLICY own ON app.profiles TO authenticated USING (user_id = requesting_user_id()) WITH CHECK (user_id = requesting_user_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON app.profiles TO authenticated;

-- Rows of the active organization; writes need a permission.
CREATE TABLE app.projects (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    org_id text NOT NULL DEFAULT requesting_org_id() REFERENCES app.organizations,
    name text NOT NULL,
    archived boolean NOT NULL DEFAULT false,
    UNIQUE (org_id, name)
);
CREATE POLICY org_select ON app.projects FOR SELECT TO authenticated USING (org_id = requesting_org_id());
CREATE POLICY org_insert ON app.projects FOR INSERT TO authenticated WITH CHECK (org_id = requesting_org_id() AND requesting_user_has(permission => 'org:projects:manage'));
CREATE POLICY org_update ON app.projects FOR UPDATE TO authenticated
    USING (org_id = requesting_org_id() AND requesting_user_has(permission => 'org:projects:manage'))
    WITH CHECK (org_id = requesting_org_id() AND requesting_user_has(permission => 'org:projects:manage'));
CREATE POLICY org_delete ON app.projects FOR DELETE TO authenticated USING (org_id = requesting_org_id() AND requesting_user_has(permission => 'org:projects:manage'));
-- On top of them: what is not archived stays, and who deletes has just signed in again.
CREATE POLICY archived_first ON app.projects AS RESTRICTIVE FOR DELETE TO authenticated USING (archived);
CREATE POLICY strictly ON app.projects AS RESTRICTIVE FOR DELETE TO authenticated USING (requesting_user_has(reverification => 'strict'));
GRANT SELECT, INSERT, UPDATE, DELETE ON app.projects TO authenticated;

CREATE TABLE app.tasks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id text NOT NULL DEFAULT requesting_org_id(),
    project_id uuid NOT NULL REFERENCES app.projects ON DELETE CASCADE,
    title text NOT NULL,
    done boolean NOT NULL DEFAULT false,
    created_by text NOT NULL DEFAULT requesting_user_id()
);
CREATE INDEX ON app.tasks (org_id, done);
CREATE INDEX ON app.tasks (project_id);
CREATE INDEX ON app.tasks (created_by);
CREATE POLICY org_select ON app.tasks FOR SELECT TO authenticated USING (org_id = requesting_org_id());
CREATE POLICY org_insert ON app.tasks FOR INSERT TO authenticated WITH CHECK (
    org_id = requesting_org_id() AND created_by = requesting_user_id()
    AND EXISTS (SELECT 1 FROM app.projects AS p WHERE p.id = tasks.project_id AND p.org_id = tasks.org_id));
CREATE POLICY org_update ON app.tasks FOR UPDATE TO authenticated USING (org_id = requesting_org_id()) WITH CHECK (org_id = requesting_org_id());
CREATE POLICY org_delete ON app.tasks FOR DELETE TO authenticated USING (org_id = requesting_org_id());
-- Nobody changes who made it.
GRANT SELECT, INSERT, UPDATE (title, done, project_id), DELETE ON app.tasks TO authenticated;

-- Comments are one's own, and read by the organization.
CREATE TABLE app.comments (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    org_id text NOT NULL DEFAULT requesting_org_id(),
    task_id bigint NOT NULL REFERENCES app.tasks ON DELETE CASCADE,
    user_id text NOT NULL DEFAULT requesting_user_id(),
    body text NOT NULL
);
CREATE INDEX ON app.comments (org_id);
CREATE INDEX ON app.comments (user_id);
CREATE INDEX ON app.comments (task_id);
CREATE POLICY org_select ON app.comments FOR SELECT TO authenticated USING (org_id = requesting_org_id());
CREATE POLICY own_insert ON app.comments FOR INSERT TO authenticated WITH CHECK (org_id = requesting_org_id() AND user_id = requesting_user_id());
CREATE POLICY own_update ON app.comments FOR UPDATE TO authenticated
    USING (org_id = requesting_org_id() AND user_id = requesting_user_id()) WITH CHECK (org_id = requesting_org_id() AND user_id = requesting_user_id());
CREATE POLICY own_delete ON app.comments FOR DELETE TO authenticated USING (org_id = requesting_org_id() AND user_id = requesting_user_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON app.comments TO authenticated;

CREATE TABLE app.attachments (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    org_id text NOT NULL DEFAULT requesting_org_id(),
    task_id bigint NOT NULL REFERENCES app.tasks ON DELETE CASCADE,
    path text NOT NULL,
    UNIQUE (org_id, path)
);
CREATE INDEX ON app.attachments (task_id);
CREATE POLICY org ON app.attachments TO authenticated USING (org_id = requesting_org_id()) WITH CHECK (org_id = requesting_org_id());
GRANT SELECT, INSERT, DELETE ON app.attachments TO authenticated;

CREATE TABLE app.labels (
    id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    org_id text NOT NULL DEFAULT requesting_org_id(),
    name text NOT NULL
);
CREATE UNIQUE INDEX ON app.labels (org_id, lower(name));
CREATE POLICY org ON app.labels TO authenticated USING (org_id = requesting_org_id()) WITH CHECK (org_id = requesting_org_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON app.labels TO authenticated;

CREATE TABLE app.task_labels (
    org_id text NOT NULL DEFAULT requesting_org_id(),
    task_id bigint NOT NULL REFERENCES app.tasks ON DELETE CASCADE,
    label_id int NOT NULL REFERENCES app.labels ON DELETE CASCADE,
    PRIMARY KEY (org_id, task_id, label_id)
);
CREATE POLICY org ON app.task_labels TO authenticated USING (org_id = requesting_org_id()) WITH CHECK (org_id = requesting_org_id());
GRANT SELECT, INSERT, DELETE ON app.task_labels TO authenticated;

-- Money: read by the organization's admins, through the partitioned table alone.
CREATE TABLE app.invoices (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    org_id text NOT NULL,
    issued_on date NOT NULL,
    total numeric(12, 2) NOT NULL,
    PRIMARY KEY (id, issued_on)
) PARTITION BY RANGE (issued_on);
CREATE TABLE app.invoices_2025 PARTITION OF app.invoices FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE app.invoices_2026 PARTITION OF app.invoices FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX ON app.invoices (org_id);
CREATE POLICY admins ON app.invoices FOR SELECT TO authenticated USING (org_id = requesting_org_id() AND requesting_user_has(role => 'org:admin'));
GRANT SELECT ON app.invoices TO authenticated;

CREATE TABLE app.invoice_lines (
    id bigserial PRIMARY KEY,
    org_id text NOT NULL,
    invoice_id uuid NOT NULL,
    amount numeric(12, 2) NOT NULL
);
CREATE INDEX ON app.invoice_lines (org_id);
CREATE POLICY admins ON app.invoice_lines FOR SELECT TO authenticated USING (org_id = requesting_org_id() AND requesting_user_has(role => 'org:admin'));
GRANT SELECT ON app.invoice_lines TO authenticated;

-- What a person gets, and may mark as read.
CREATE TABLE app.notifications (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id text NOT NULL,
    message text NOT NULL,
    read_at timestamptz
);
CREATE INDEX ON app.notifications (user_id) WHERE read_at IS NULL;
CREATE INDEX ON app.notifications (user_id, id);
CREATE POLICY own_select ON app.notifications FOR SELECT TO authenticated USING (user_id = requesting_user_id());
CREATE POLICY own_update ON app.notifications FOR UPDATE TO authenticated USING (user_id = requesting_user_id()) WITH CHECK (user_id = requesting_user_id());
GRANT SELECT, UPDATE (read_at) ON app.notifications TO authenticated;

-- uuid owners
CREATE TABLE app.devices (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL DEFAULT requesting_user_uuid(),
    name text NOT NULL
);
CREATE INDEX ON app.devices (user_id);
CREATE POLICY own ON app.devices TO authenticated USING (user_id = requesting_user_uuid()) WITH CHECK (user_id = requesting_user_uuid());
GRANT SELECT, INSERT, UPDATE, DELETE ON app.devices TO authenticated;

CREATE TABLE app.bookmarks (
    user_id uuid NOT NULL DEFAULT requesting_user_uuid(),
    url text NOT NULL,
    PRIMARY KEY (user_id, url)
);
CREATE POLICY own ON app.bookmarks TO authenticated USING (user_id = requesting_user_uuid()) WITH CHECK (user_id = requesting_user_uuid());
GRANT SELECT, INSERT, DELETE ON app.bookmarks TO authenticated;

-- The organization's if one is active, else the person's.
CREATE TABLE app.preferences (
    owner_id text NOT NULL DEFAULT coalesce(requesting_org_id(), requesting_user_id()),
    key text NOT NULL,
    value jsonb NOT NULL,
    PRIMARY KEY (owner_id, key)
);
CREATE POLICY own ON app.preferences TO authenticated
    USING (owner_id = coalesce(requesting_org_id(), requesting_user_id())) WITH CHECK (owner_id = coalesce(requesting_org_id(), requesting_user_id()));
GRANT SELECT, INSERT, UPDATE, DELETE ON app.preferences TO authenticated;

-- Documents, shared one by one.
CREATE TABLE app.documents (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id text NOT NULL DEFAULT requesting_user_id(),
    body text NOT NULL
);
CREATE TABLE app.document_shares (
    document_id uuid NOT NULL REFERENCES app.documents ON DELETE CASCADE,
    user_id text NOT NULL DEFAULT requesting_user_id(),   -- who shares
    shared_with text NOT NULL,
    PRIMARY KEY (user_id, document_id, shared_with)
);
CREATE INDEX ON app.documents (user_id);
CREATE INDEX ON app.document_shares (shared_with);
CREATE POLICY own_or_shared ON app.documents FOR SELECT TO authenticated USING (
    user_id = requesting_user_id()
    OR EXISTS (SELECT 1 FROM app.document_shares AS s WHERE s.document_id = documents.id AND s.shared_with = requesting_user_id()));
CREATE POLICY own_insert ON app.documents FOR INSERT TO authenticated WITH CHECK (user_id = requesting_user_id());
CREATE POLICY own_update ON app.documents FOR UPDATE TO authenticated USING (user_id = requesting_user_id()) WITH CHECK (user_id = requesting_user_id());
CREATE POLICY own_delete ON app.documents FOR DELETE TO authenticated USING (user_id = requesting_user_id());
CREATE POLICY either_side ON app.document_shares FOR SELECT TO authenticated USING (user_id = requesting_user_id() OR shared_with = requesting_user_id());
CREATE POLICY own_insert ON app.document_shares FOR INSERT TO authenticated WITH CHECK (
    user_id = requesting_user_id() AND EXISTS (SELECT 1 FROM app.documents AS d WHERE d.id = document_shares.document_id AND d.user_id = requesting_user_id()));
CREATE POLICY own_delete ON app.document_shares FOR DELETE TO authenticated USING (user_id = requesting_user_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON app.documents TO authenticated;
GRANT SELECT, INSERT, DELETE ON app.document_shares TO authenticated;

-- Written by a trigger, read by admins.
CREATE TABLE app.audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    org_id text,
    actor text,
    change text NOT NULL
);
CREATE INDEX ON app.audit_log (org_id, at);
CREATE POLICY admins ON app.audit_log FOR SELECT TO authenticated USING (org_id = requesting_org_id() AND requesting_user_has(role => 'org:admin'));
GRANT SELECT ON app.audit_log TO authenticated;
GRANT INSERT ON app.audit_log TO lint_definer;

-- Closed: servers use it as a role of their own.
CREATE TABLE app.api_keys (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), org_id text NOT NULL, hash bytea NOT NULL UNIQUE);

-- Every table of this schema has Row Level Security, and its owner keeps to it too. Not the partitions: they are
-- reached through their parent.
DO $$
DECLARE
    protected regclass;
BEGIN
    FOR protected IN SELECT oid FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', protected);
    END LOOP;
END
$$;

-- The same for everybody who is signed in.
CREATE TABLE reference.countries (code text PRIMARY KEY, name text NOT NULL);
CREATE TABLE reference.currencies (code text PRIMARY KEY, digits int NOT NULL);
CREATE TABLE reference.plans (id text PRIMARY KEY, price numeric NOT NULL, currency text NOT NULL REFERENCES reference.currencies);
ALTER TABLE reference.countries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE reference.currencies ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE reference.plans ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY everybody ON reference.countries FOR SELECT TO authenticated USING (true);
CREATE POLICY everybody ON reference.currencies FOR SELECT TO authenticated USING (true);
CREATE POLICY everybody ON reference.plans FOR SELECT TO authenticated USING (true);
GRANT SELECT ON ALL TABLES IN SCHEMA reference TO authenticated;

-- For servers alone.
CREATE TABLE private.jobs (id bigserial PRIMARY KEY, task text NOT NULL, run_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE private.webhook_inbox (id text PRIMARY KEY, body jsonb NOT NULL);
CREATE TABLE private.settings (name text PRIMARY KEY, value text NOT NULL);
GRANT SELECT, INSERT, DELETE ON private.jobs TO lint_worker;
GRANT USAGE ON SEQUENCE private.jobs_id_seq TO lint_worker;

-- Views read as whoever asks; before PostgreSQL 15, as an owner to whom the policies apply.
SELECT CASE WHEN current_setting('server_version_num')::int >= 150000 THEN 'WITH (security_invoker = true)' ELSE '' END AS invoker \gset
CREATE VIEW app.open_tasks :invoker AS SELECT t.id, t.title, p.name AS project FROM app.tasks AS t JOIN app.projects AS p ON p.id = t.project_id WHERE NOT t.done;
CREATE VIEW app.open_tasks_of_project :invoker AS SELECT project, count(*) AS tasks FROM app.open_tasks GROUP BY project;
GRANT SELECT ON app.open_tasks, app.open_tasks_of_project TO authenticated;
CREATE VIEW reference.price_list AS SELECT id, price, digits FROM reference.plans JOIN reference.currencies ON code = currency;
-- Reports see all, in a schema that clients do not use.
CREATE MATERIALIZED VIEW analytics.tasks_of_day AS SELECT at::date AS day, count(*) AS tasks FROM app.audit_log GROUP BY 1;
CREATE VIEW analytics.revenue AS SELECT org_id, sum(total) AS total FROM app.invoices GROUP BY org_id;

-- Functions: as the caller where that will do; else with a pinned path, and for whom it is meant.
CREATE FUNCTION app.find_tasks(words text) RETURNS SETOF app.tasks LANGUAGE sql STABLE AS $$ SELECT * FROM app.tasks WHERE title ILIKE '%' || words || '%' $$;
GRANT EXECUTE ON FUNCTION app.find_tasks(text) TO authenticated;
CREATE FUNCTION private.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON app.profiles FOR EACH ROW EXECUTE FUNCTION private.touch();
CREATE FUNCTION private.log_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS $$
BEGIN
    INSERT INTO audit_log (org_id, actor, change) VALUES (coalesce(NEW.org_id, OLD.org_id), public.requesting_user_id(), TG_OP || ' ' || TG_TABLE_NAME);
    RETURN NULL;
END
$$;
CREATE TRIGGER log_change AFTER INSERT OR UPDATE OR DELETE ON app.tasks FOR EACH ROW EXECUTE FUNCTION private.log_change();
CREATE TRIGGER log_change AFTER INSERT OR UPDATE OR DELETE ON app.projects FOR EACH ROW EXECUTE FUNCTION private.log_change();
CREATE FUNCTION app.member_count() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER RETURN (SELECT count(*) FROM app.memberships WHERE org_id = requesting_org_id());
GRANT EXECUTE ON FUNCTION app.member_count() TO authenticated;
CREATE FUNCTION private.notify(user_id text, message text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO app.notifications (user_id, message) VALUES (notify.user_id, notify.message);
END
$$;
GRANT EXECUTE ON FUNCTION private.notify(text, text) TO lint_worker;
RESET ROLE;
ALTER FUNCTION private.log_change() OWNER TO lint_definer;
ALTER FUNCTION private.notify(text, text) OWNER TO lint_definer;
GRANT SELECT ON app.memberships TO lint_definer;
GRANT INSERT ON app.notifications TO lint_definer;
ALTER FUNCTION app.member_count() OWNER TO lint_definer;

-- To another server, without anything that could sign somebody in.
CREATE PUBLICATION lint_realtime FOR TABLE app.notifications, app.comments;
