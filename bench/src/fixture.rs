//! The database that is measured: the extension, the guides' functions, three
//! tables, and a role with a policy for every arm.
//!
//! One table serves all arms that read it. A table each would be filled and
//! vacuumed alike and still lie elsewhere in memory, which alone moves a ratio by
//! several hundredths.

use std::fs;

use postgres::Client;

use crate::arms::{self, Arm, ClaimsOf};
use crate::claims::{self, Size};
use crate::options::Options;
use crate::server::Server;
use crate::session::Session;
use crate::Result;

const DATABASE: &str = "clerk_rls_bench";

/// `documents` is read, `inserts` and `updates` are written and cleaned between
/// the arms. Columns of fixed width come first: the cheapest row to take apart,
/// so that the policy's share is as large as it can be.
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

/// What the guides tell people to create; Supabase's `auth.uid()` after its
/// migrations (supabase/auth).
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

/// An owner of rows, and how the claims name it.
#[derive(Clone)]
pub struct Person {
    pub number: u32,
    pub subject: String,
    pub organization: String,
    /// What stands in the uuid column of this person's rows.
    pub owner_uuid: String,
}

impl Person {
    pub fn claims(&self, size: Size) -> String {
        claims::session_token(size, &self.subject, &self.organization)
    }
}

pub struct Fixture {
    pub server: Server,
    /// The person whom the constant policies name, and one more to alternate with.
    pub clerk_users: [Person; 2],
    pub uuid_users: [Person; 2],
    pub owner_arms: Vec<Arm>,
    pub reader_arms: Vec<Arm>,
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

        let clerk_users = [clerk_user(&mut client, 1)?, clerk_user(&mut client, 3)?];
        let uuid_users = [uuid_user(&mut client, 2)?, uuid_user(&mut client, 4)?];
        eprintln!("filling {} rows", options.rows);
        fill_documents(&mut client, options, &clerk_users)?;
        fill_updates(&mut client, options, &clerk_users[0], &uuid_users[0])?;

        let owner_arms = arms::owner_arms(&clerk_users[0], &uuid_users[0]);
        let reader_arms = arms::reader_arms(&clerk_users[0]);
        for table in ["documents", "inserts", "updates"] {
            client.batch_execute(&format!("alter table {table} enable row level security"))?;
            client.batch_execute(&format!("vacuum (freeze, analyze) {table}"))?;
        }
        for arm in owner_arms.iter().chain(&reader_arms) {
            protect(&mut client, arm)?;
        }
        Ok(Self {
            server,
            clerk_users,
            uuid_users,
            owner_arms,
            reader_arms,
        })
    }

    pub fn session(&self, settings: &str) -> Result<Session> {
        Session::open(&self.server, settings)
    }

    /// A database of its own, with nothing but the extension in it.
    pub fn database(&self, name: &str) -> Result<Server> {
        let mut client = self.server.connect("")?;
        client.batch_execute(&format!("drop database if exists {name} with (force)"))?;
        client.batch_execute(&format!("create database {name}"))?;
        let server = self.server.database(name);
        server.connect("")?.batch_execute("create extension clerk_rls")?;
        Ok(server)
    }

    pub fn person(&self, arm: &Arm) -> &Person {
        &self.persons(arm)[0]
    }

    pub fn persons(&self, arm: &Arm) -> &[Person; 2] {
        match arm.claims {
            ClaimsOf::ClerkUser => &self.clerk_users,
            ClaimsOf::UuidUser => &self.uuid_users,
        }
    }

    pub fn print_header(&self, options: &Options) -> Result<()> {
        let mut client = self.server.connect("")?;
        let row = client.query_one(
            "select current_setting('server_version'), current_setting('shared_buffers'), \
             current_setting('shared_preload_libraries'), current_setting('debug_assertions'), \
             (select extversion from pg_extension where extname = 'clerk_rls'), \
             pg_table_size('documents') * 4 > setting::bigint * 8192 \
             from pg_settings where name = 'shared_buffers'",
            &[],
        )?;
        let preload: &str = row.get(2);
        let [small, large] = Size::BOTH.map(|size| self.clerk_users[0].claims(size).len());
        println!(
            "clerk_rls {} on PostgreSQL {}, {}; {} rows of {} owners, {} rounds; claims of {small} and {large} bytes; \
             shared_buffers {}, preloaded: {}.\n",
            row.get::<_, &str>(4),
            row.get::<_, &str>(0),
            processor()?,
            options.rows,
            options.users,
            options.rounds,
            row.get::<_, &str>(1),
            if preload.is_empty() { "nothing" } else { preload },
        );
        if row.get::<_, &str>(3) == "on" {
            println!("The server has assertions on: its times say nothing about a release.\n");
        }
        if row.get::<_, bool>(5) {
            println!(
                "The table is larger than a quarter of shared_buffers, so scans read it from the kernel's cache; \
                 with more shared_buffers the ratios are stricter.\n"
            );
        }
        Ok(())
    }
}

fn create_role(client: &mut Client, role: &str) -> Result<()> {
    let known = client.query_opt("select from pg_roles where rolname = $1", &[&role])?;
    if known.is_none() {
        client.batch_execute(&format!("create role {role} nologin"))?;
    }
    Ok(())
}

fn protect(client: &mut Client, arm: &Arm) -> Result<()> {
    let Arm { role, policy, .. } = arm;
    create_role(client, role)?;
    client.batch_execute(&format!(
        "grant select, insert, update on documents, inserts, updates to {role}; \
         create policy {role} on documents to {role} using ({policy}) with check ({policy}); \
         create policy {role} on inserts to {role} using ({policy}) with check ({policy}); \
         create policy {role} on updates to {role} using ({policy}) with check ({policy})"
    ))?;
    Ok(())
}

fn clerk_user(client: &mut Client, number: u32) -> Result<Person> {
    let mut person = person(client, number)?;
    let claims = person.claims(Size::Small);
    let mut transaction = client.transaction()?;
    transaction.execute("select set_config('request.jwt.claims', $1, true)", &[&claims])?;
    let uuid: Option<String> = transaction
        .query_one("select requesting_user_uuid()::text", &[])?
        .get(0);
    transaction.rollback()?;
    person.owner_uuid = uuid.ok_or("requesting_user_uuid() is NULL for a signed-in user")?;
    Ok(person)
}

fn uuid_user(client: &mut Client, number: u32) -> Result<Person> {
    let mut person = person(client, number)?;
    person.subject = person.owner_uuid.clone();
    Ok(person)
}

/// The same expressions that fill the table.
fn person(client: &mut Client, number: u32) -> Result<Person> {
    let row = client.query_one(
        &format!(
            "select {}, {}, ({})::text from (select $1::bigint as owner) person",
            USER_ID, ORG_ID, OWNER_UUID
        ),
        &[&i64::from(number)],
    )?;
    Ok(Person {
        number,
        subject: row.get(0),
        organization: row.get(1),
        owner_uuid: row.get(2),
    })
}

const USER_ID: &str = "'user_' || left(md5('user ' || owner), 27)";
const ORG_ID: &str = "'org_' || left(md5('organization ' || owner % 500), 27)";
const OWNER_UUID: &str = "md5('uuid ' || owner)::uuid";

fn fill_documents(client: &mut Client, options: &Options, clerk_users: &[Person; 2]) -> Result<()> {
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

/// All rows belong to both persons, so that every arm updates all of them.
fn fill_updates(
    client: &mut Client,
    options: &Options,
    clerk_user: &Person,
    uuid_user: &Person,
) -> Result<()> {
    client.batch_execute(&format!(
        "insert into updates select n, '{}', true, '{}', '{}', 'org:admin' from generate_series(1, {}) n",
        uuid_user.owner_uuid, clerk_user.subject, clerk_user.organization, options.batch,
    ))?;
    Ok(())
}

fn processor() -> Result<String> {
    let text = fs::read_to_string("/proc/cpuinfo")?;
    let model = text
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map(|rest| rest.trim_start_matches([' ', '\t', ':']).to_owned());
    let count = text.lines().filter(|line| line.starts_with("processor")).count();
    Ok(format!(
        "{count} × {}",
        model.unwrap_or_else(|| "unknown processor".to_owned())
    ))
}
