//! The database that is measured: the extension, the guides' functions, three tables, and a database role
//! with a policy for each case.
//!
//! All cases that read use the same table. Separate tables, even filled and vacuumed alike, lie elsewhere
//! in memory, which alone changes a ratio by several hundredths.

use postgres::Client;

use crate::error::Result;
use crate::options::Options;
use crate::policies::{self, PolicyCase, SubjectKind};
use crate::server::Server;
use crate::session::Session;
use crate::users::{User, ORG_ID, OWNER_UUID, USER_ID};

const DATABASE: &str = "clerk_rls_bench";

/// `documents` is read. `inserts` and `updates` are written, and cleaned between the cases. Columns of
/// fixed width come first: such a row is the cheapest to read, which makes the policy's share of the cost
/// as large as it can be.
const TABLES: &str = "\
create table public.documents (
    id bigint not null,
    owner_uuid uuid not null,
    allowed boolean not null,
    user_id text not null,
    org_id text not null,
    org_role text not null
) with (autovacuum_enabled = false);
create table public.inserts (like public.documents including all) with (autovacuum_enabled = false);
create table public.updates (like public.documents including all) with (autovacuum_enabled = false);";

/// The function that the guides create, and `auth.uid()` as Supabase's migrations define it
/// (<https://github.com/supabase/auth>).
const GUIDES: &str = "\
create schema guide;
create function guide.requesting_user_id() returns text language sql stable as
$$ select nullif(current_setting('request.jwt.claims', true)::json->>'sub', '')::text $$;
create function guide.auth_uid() returns uuid language sql stable as
$$ select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb->>'sub'
)::uuid $$;
grant usage on schema guide to public;";

pub struct Fixture {
    pub server: Server,
    /// The user whom the constant policies name, and another one to alternate with.
    pub clerk_users: [User; 2],
    pub uuid_users: [User; 2],
    pub owner_cases: Vec<PolicyCase>,
    pub reader_cases: Vec<PolicyCase>,
}

impl Fixture {
    pub fn create(server: &Server, options: &Options) -> Result<Self> {
        let mut cluster = server.connect("")?;
        cluster.batch_execute(&format!("drop database if exists {DATABASE} with (force)"))?;
        cluster.batch_execute(&format!("create database {DATABASE}"))?;
        for role in ["anon", "authenticated", "service_role"] {
            create_role(&mut cluster, role)?;
        }

        let server = server.database(DATABASE);
        let mut client = server.connect("")?;
        client.batch_execute("create extension clerk_rls")?;
        client.batch_execute(GUIDES)?;
        client.batch_execute(TABLES)?;

        let clerk_users = [
            User::with_clerk_id(&mut client, 1)?,
            User::with_clerk_id(&mut client, 3)?,
        ];
        let uuid_users = [User::with_uuid(&mut client, 2)?, User::with_uuid(&mut client, 4)?];
        eprintln!("filling {} rows", options.rows);
        fill_documents(&mut client, options, &clerk_users)?;
        fill_updates(&mut client, options, &clerk_users[0], &uuid_users[0])?;

        let owner_cases = policies::owner_cases(&clerk_users[0], &uuid_users[0]);
        let reader_cases = policies::reader_cases(&clerk_users[0]);
        for table in ["documents", "inserts", "updates"] {
            client.batch_execute(&format!("alter table {table} enable row level security"))?;
            client.batch_execute(&format!("vacuum (freeze, analyze) {table}"))?;
        }
        for case in owner_cases.iter().chain(&reader_cases) {
            create_policies(&mut client, case)?;
        }
        Ok(Self {
            server,
            clerk_users,
            uuid_users,
            owner_cases,
            reader_cases,
        })
    }

    pub fn session(&self, settings: &str) -> Result<Session> {
        Session::open(&self.server, settings)
    }

    /// Another database, with nothing but the extension in it.
    pub fn database(&self, name: &str) -> Result<Server> {
        let mut client = self.server.connect("")?;
        client.batch_execute(&format!("drop database if exists {name} with (force)"))?;
        client.batch_execute(&format!("create database {name}"))?;
        let server = self.server.database(name);
        server.connect("")?.batch_execute("create extension clerk_rls")?;
        Ok(server)
    }

    pub fn user(&self, case: &PolicyCase) -> &User {
        &self.users(case)[0]
    }

    pub fn users(&self, case: &PolicyCase) -> &[User; 2] {
        match case.subject {
            SubjectKind::ClerkId => &self.clerk_users,
            SubjectKind::Uuid => &self.uuid_users,
        }
    }
}

/// A role without login, unless there is one.
pub fn create_role(client: &mut Client, role: &str) -> Result<()> {
    let existing = client.query_opt("select from pg_roles where rolname = $1", &[&role])?;
    if existing.is_none() {
        client.batch_execute(&format!("create role {role} nologin"))?;
    }
    Ok(())
}

fn create_policies(client: &mut Client, case: &PolicyCase) -> Result<()> {
    let PolicyCase { role, policy, .. } = case;
    create_role(client, role)?;
    client.batch_execute(&format!(
        "grant select, insert, update on documents, inserts, updates to {role}; \
         create policy {role} on documents to {role} using ({policy}) with check ({policy}); \
         create policy {role} on inserts to {role} using ({policy}) with check ({policy}); \
         create policy {role} on updates to {role} using ({policy}) with check ({policy})"
    ))?;
    Ok(())
}

fn fill_documents(client: &mut Client, options: &Options, clerk_users: &[User; 2]) -> Result<()> {
    let [first, second] = clerk_users;
    client.batch_execute(&format!(
        "insert into documents
         select n,
                case owner when {} then '{}'::uuid when {} then '{}'::uuid else {OWNER_UUID} end,
                n % 20 = 0, {USER_ID}, {ORG_ID},
                case when owner % 2 = 1 then 'org:admin' else 'org:member' end
         from (select n, n % {} as owner from generate_series(1, {}) n) row",
        first.number, first.owner_uuid, second.number, second.owner_uuid, options.users, options.rows,
    ))?;
    Ok(())
}

/// Every row belongs to both users, so that every case updates all rows.
fn fill_updates(client: &mut Client, options: &Options, clerk_user: &User, uuid_user: &User) -> Result<()> {
    client.batch_execute(&format!(
        "insert into updates select n, '{}', true, '{}', '{}', 'org:admin' from generate_series(1, {}) n",
        uuid_user.owner_uuid, clerk_user.subject, clerk_user.organization, options.batch,
    ))?;
    Ok(())
}
