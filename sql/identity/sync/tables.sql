-- Users, organizations and memberships as the identity provider has them, kept by its webhooks and lists.
--
-- A row whose deleted_at is set is a tombstone: it holds the ID, so that a late event does not bring the user back and
-- foreign keys of an application stay valid, and nothing else that the provider knew. A list may have lacked a user by
-- mistake, so a tombstone that only a list has caused (deleted_by_list) gives way to newer records.

CREATE TABLE clerk_rls.users (
    user_id text PRIMARY KEY CHECK (user_id <> '' AND length(user_id) <= 320),
    user_uuid uuid NOT NULL UNIQUE GENERATED ALWAYS AS (clerk_rls.user_uuid(user_id)) STORED,
    issuer text,
    external_id text,
    email text,
    email_verified boolean NOT NULL DEFAULT false,
    phone text,
    username text,
    first_name text,
    last_name text,
    image_url text,
    public_metadata jsonb NOT NULL DEFAULT '{}',
    banned boolean NOT NULL DEFAULT false,
    locked boolean NOT NULL DEFAULT false,
    created_at timestamptz,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    deleted_by_list boolean NOT NULL DEFAULT false,
    CHECK (deleted_at IS NOT NULL OR NOT deleted_by_list)
);
COMMENT ON TABLE clerk_rls.users IS
'The users of the identity provider. Written by receive_webhook() and backfill_users() alone; a user reads her own '
'row. An application may reference user_id or user_uuid in foreign keys.';
COMMENT ON COLUMN clerk_rls.users.user_id IS
'As requesting_user_id() returns it, with the subject_prefix of the issuer.';
COMMENT ON COLUMN clerk_rls.users.user_uuid IS 'As requesting_user_uuid() returns it, for uuid owner columns.';
COMMENT ON COLUMN clerk_rls.users.issuer IS
'The issuer of the webhook secret or the list that wrote the row last; NULL where none was named.';
COMMENT ON COLUMN clerk_rls.users.email IS
'The primary e-mail address, or NULL. Two users may have the same one for a moment.';
COMMENT ON COLUMN clerk_rls.users.updated_at IS
'When the provider changed the user last. An older event changes nothing.';
COMMENT ON COLUMN clerk_rls.users.deleted_at IS 'When the user was deleted; the rest of the row is empty then.';
COMMENT ON COLUMN clerk_rls.users.deleted_by_list IS
'Whether the user was only missing in a complete list. A newer record, or the next complete list, brings the user '
'back.';

CREATE TABLE clerk_rls.organizations (
    org_id text PRIMARY KEY CHECK (org_id <> '' AND length(org_id) <= 255),
    issuer text,
    name text,
    slug text,
    image_url text,
    public_metadata jsonb NOT NULL DEFAULT '{}',
    max_allowed_memberships bigint,
    created_at timestamptz,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    deleted_by_list boolean NOT NULL DEFAULT false,
    CHECK (deleted_at IS NOT NULL OR NOT deleted_by_list)
);
COMMENT ON TABLE clerk_rls.organizations IS
'The organizations of the identity provider. Written by receive_webhook() and backfill_organizations() alone; a user '
'reads those that she is a member of.';
COMMENT ON COLUMN clerk_rls.organizations.org_id IS 'As requesting_org_id() returns it.';

-- No foreign keys: events arrive in any order, a membership before its organization too.
CREATE TABLE clerk_rls.memberships (
    org_id text NOT NULL CHECK (org_id <> '' AND length(org_id) <= 255),
    user_id text NOT NULL CHECK (user_id <> '' AND length(user_id) <= 320),
    issuer text,
    membership_id text,
    role text,
    permissions text[] NOT NULL DEFAULT '{}',
    created_at timestamptz,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    deleted_by_list boolean NOT NULL DEFAULT false,
    CHECK (deleted_at IS NOT NULL OR NOT deleted_by_list),
    -- The user first: requesting_org_ids() looks up the organizations of one user.
    PRIMARY KEY (user_id, org_id)
);
CREATE INDEX memberships_org_id_idx ON clerk_rls.memberships (org_id);
COMMENT ON TABLE clerk_rls.memberships IS
'Who is a member of which organization. Written by receive_webhook() and backfill_memberships() alone; a user reads '
'her own memberships.';
COMMENT ON COLUMN clerk_rls.memberships.role IS 'With the prefix org:, as requesting_org_role() returns it.';
COMMENT ON COLUMN clerk_rls.memberships.permissions IS 'The permissions of the role, as org:feature:permission.';

-- Clients read their own rows and write none. grants.sql has the privileges.
ALTER TABLE clerk_rls.users ENABLE ROW LEVEL SECURITY;
ALTER TABLE clerk_rls.organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE clerk_rls.memberships ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON clerk_rls.users FOR SELECT
    USING (user_id = @extschema@.requesting_user_id() AND deleted_at IS NULL);
CREATE POLICY own ON clerk_rls.memberships FOR SELECT
    USING (user_id = @extschema@.requesting_user_id() AND deleted_at IS NULL);
-- The condition on the user counts where the policy of memberships does not: for the owner of that table.
CREATE POLICY of_members ON clerk_rls.organizations FOR SELECT
    USING (deleted_at IS NULL AND org_id IN (
        SELECT m.org_id FROM clerk_rls.memberships AS m
        WHERE m.user_id = @extschema@.requesting_user_id() AND m.deleted_at IS NULL));

SELECT pg_catalog.pg_extension_config_dump('clerk_rls.users', '');
SELECT pg_catalog.pg_extension_config_dump('clerk_rls.organizations', '');
SELECT pg_catalog.pg_extension_config_dump('clerk_rls.memberships', '');
