//! Webhooks, revocations and rotations while users read. Each row that a user sees, or does not see, must have been
//! right at some moment of the request; each token that is accepted or refused too. The memory of the processes must
//! not grow.

mod history;
mod memory;
mod reader;
mod world;
mod writers;

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::application::{self, Faults};
use crate::database;
use crate::events::Provider;
use crate::sender::Sender;
use crate::tap::report;
use crate::Result;

const READERS: usize = 4;

/// `provider` is the URL of the identity provider.
pub fn run(seconds: u64, provider: &str) -> Result<()> {
    let issuer = format!("{provider}/soak");
    let (world, sender) = (
        world::World::default(),
        Sender::new(application::serve(Faults::default())?)?,
    );
    let mut events = Provider::default();
    prepare(&mut events, &sender, &issuer)?;

    let mut measured = Vec::new();
    std::thread::scope(|scope| {
        let (world, issuer, events) = (&world, issuer.as_str(), &mut events);
        let control = format!("{provider}/control/soak");
        scope.spawn(|| {
            watch(
                world,
                "webhooks",
                writers::change_memberships(world, events, &sender),
            )
        });
        scope.spawn(|| watch(world, "revocation", writers::revoke_sessions(world)));
        scope.spawn(move || watch(world, "rotation", writers::rotate_keys(world, &control)));
        for _ in 0..READERS {
            scope.spawn(|| watch(world, "reader", reader::run(world, issuer)));
        }
        let start = Instant::now();
        for at in [seconds / 4, seconds] {
            while !world.is_over() && start.elapsed() < Duration::from_secs(at) {
                std::thread::sleep(Duration::from_millis(100));
            }
            match memory::measure() {
                Ok(memory) => measured.push(memory),
                Err(error) => world.report(format!("memory: {error}")),
            }
        }
        world.end();
    });

    let count = |counter: &AtomicUsize| counter.load(Relaxed);
    let counts = &world.counts;
    println!(
        "# {} events, {} revocations, {} rotations, {} reads, {} refusals",
        count(&counts.events),
        count(&counts.revocations),
        count(&counts.rotations),
        count(&counts.reads),
        count(&counts.refusals),
    );
    report("every row and every refusal was right", &world.problems())?;
    let enough = count(&counts.reads) > 100 && count(&counts.refusals) > 0 && count(&counts.events) > 20;
    report(
        "users have read, and tokens were refused",
        if enough { "" } else { "too few" },
    )?;
    let (Some(before), Some(after)) = (measured.first(), measured.last()) else {
        return Err("the memory was not measured".into());
    };
    println!("# kilobytes of each process at a quarter of the time: {before:?}, at the end: {after:?}");
    report("the processes have not grown", &memory::growth(before, after))
}

/// An error of one thread ends the soak.
fn watch(world: &world::World, name: &str, result: Result<()>) {
    if let Err(error) = result {
        world.report(format!("{name}: {error}"));
    }
}

fn prepare(events: &mut Provider, sender: &Sender, issuer: &str) -> Result<()> {
    database::connect_as_superuser()?.batch_execute(&format!(
        "CREATE EXTENSION clerk_rls;
        SELECT clerk_rls.add_webhook_secret('{secret}');
        SELECT clerk_rls.add_issuer('{issuer}');
        CREATE ROLE authenticated NOLOGIN;
        CREATE ROLE app LOGIN NOINHERIT;
        GRANT authenticated TO app;
        CREATE TABLE documents AS SELECT 'org_' || o AS org_id, d AS number
            FROM generate_series(0, {organizations}) AS o, generate_series(1, 20) AS d;
        CREATE TABLE notes AS SELECT 'user_' || u AS user_id, n AS number
            FROM generate_series(0, {users}) AS u, generate_series(1, 20) AS n;
        ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
        ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
        CREATE POLICY members ON documents TO authenticated USING (org_id = ANY (requesting_org_ids()));
        CREATE POLICY own ON notes TO authenticated USING (user_id = requesting_user_id());
        GRANT SELECT ON documents, notes TO authenticated;",
        secret = crate::sender::SECRET,
        organizations = world::ORGANIZATIONS - 1,
        users = world::USERS - 1,
    ))?;
    for number in 0..world::USERS {
        sender.send(&events.add_user(&world::user(number)))?;
    }
    for number in 0..world::ORGANIZATIONS {
        sender.send(&events.add_organization(&world::organization(number)))?;
    }
    Ok(())
}
