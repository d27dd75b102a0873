//! Events that arrive repeated, reordered and more than once, while the backends that apply them are killed. At the
//! end the tables must say what the provider knows: nothing is lost, nothing is half applied, and nothing that was
//! deleted is back.

use std::collections::{BTreeMap, VecDeque};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::Mutex;
use std::time::Duration;

use crate::application::{self, Faults, CONNECTIONS};
use crate::database;
use crate::events::{Event, Provider};
use crate::sender::Sender;
use crate::tap::report;
use crate::Result;

/// An event arrives before or after so many others at most.
const REORDERED_BY: usize = 200;
/// Every tenth event is sent twice.
const SENT_TWICE: usize = 10;
/// The time between two backends that are killed.
const KILL_EVERY: Duration = Duration::from_secs(2);

pub fn run(count: usize) -> Result<()> {
    let mut provider = Provider::default();
    let messages: Vec<Event> = (0..count).map(|_| provider.change()).collect();
    let twice: Vec<Event> = messages.iter().step_by(SENT_TWICE).cloned().collect();

    let sender = Sender::new(application::serve(Faults { before: 5, after: 5 })?)?;
    let queue = Mutex::new(reordered(&messages));
    let (done, failures, mut kills) = (AtomicBool::new(false), Mutex::new(Vec::new()), 0);
    std::thread::scope(|scope| -> Result<()> {
        let workers: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                scope.spawn(|| {
                    while let Some(event) = next(&queue) {
                        if let (Err(error), Ok(mut failures)) = (sender.send(&event), failures.lock()) {
                            failures.push(error.to_string());
                        }
                    }
                })
            })
            .collect();
        let killer = scope.spawn(|| kill_backends(&done));
        for worker in workers {
            worker.join().map_err(|_| "a sender has panicked")?;
        }
        done.store(true, Relaxed);
        kills = killer.join().map_err(|_| "the killer has panicked")?;
        Ok(())
    })?;
    for event in &twice {
        sender.send(event)?;
    }

    let failures = failures.into_inner()?;
    report("every event was accepted in the end", &failures.join("\n"))?;
    report("the users are those of the provider", &users(&provider)?)?;
    report(
        "the organizations are those of the provider",
        &organizations(&provider)?,
    )?;
    report(
        "the memberships are those of the provider",
        &memberships(&provider)?,
    )?;
    println!(
        "# {count} events in {} requests, {kills} backends killed",
        sender.attempts()
    );
    Ok(())
}

fn next(queue: &Mutex<VecDeque<Event>>) -> Option<Event> {
    queue.lock().ok()?.pop_front()
}

fn reordered(messages: &[Event]) -> VecDeque<Event> {
    let mut ordered: Vec<_> = messages
        .iter()
        .enumerate()
        .map(|(position, event)| (position + fastrand::usize(..=REORDERED_BY), event))
        .collect();
    ordered.sort_by_key(|(position, _)| *position);
    ordered.into_iter().map(|(_, event)| event.clone()).collect()
}

/// Kills a backend of the application again and again; how many.
fn kill_backends(done: &AtomicBool) -> usize {
    let mut killed = 0;
    let mut waited = Duration::ZERO;
    let step = Duration::from_millis(50);
    while !done.load(Relaxed) {
        std::thread::sleep(step);
        waited += step;
        if waited >= KILL_EVERY {
            waited = Duration::ZERO;
            killed += usize::from(kill_one().unwrap_or(false));
        }
    }
    killed
}

/// Kills a backend while it executes a statement, if one does.
fn kill_one() -> Result<bool> {
    let mut client = database::connect_as_superuser()?;
    for _ in 0..200 {
        let busy = client.query_opt(
            "SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND state = 'active' LIMIT 1",
            &[&database::APPLICATION],
        )?;
        if let Some(row) = busy {
            let pid: i32 = row.get(0);
            return Ok(Command::new("kill")
                .args(["-9", &pid.to_string()])
                .status()?
                .success());
        }
    }
    Ok(false)
}

fn users(provider: &Provider) -> Result<String> {
    let wanted = provider
        .users
        .iter()
        .map(|(id, user)| (id.clone(), format!("{} {}", user.username, user.banned)))
        .collect();
    difference(
        "SELECT user_id, format('%s %s', username, CASE WHEN banned THEN 'true' ELSE 'false' END)
        FROM clerk_rls.users WHERE deleted_at IS NULL",
        &wanted,
    )
}

fn organizations(provider: &Provider) -> Result<String> {
    let wanted = provider.organizations.clone();
    difference(
        "SELECT org_id, name FROM clerk_rls.organizations WHERE deleted_at IS NULL",
        &wanted,
    )
}

fn memberships(provider: &Provider) -> Result<String> {
    let wanted = provider
        .memberships
        .iter()
        .map(|((user, organization), membership)| {
            (format!("{user} {organization}"), membership.role.to_owned())
        })
        .collect();
    difference(
        "SELECT user_id || ' ' || org_id, role FROM clerk_rls.memberships WHERE deleted_at IS NULL",
        &wanted,
    )
}

/// What a query of two columns returns otherwise than it should, a line each.
fn difference(query: &str, wanted: &BTreeMap<String, String>) -> Result<String> {
    let rows = database::connect_as_superuser()?.query(query, &[])?;
    let found: BTreeMap<String, String> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let lost = wanted
        .iter()
        .filter(|(id, value)| found.get(*id) != Some(value))
        .map(|(id, value)| format!("{id}: wanted {value}, found {:?}", found.get(id)));
    let back = found
        .keys()
        .filter(|id| !wanted.contains_key(*id))
        .map(|id| format!("{id}: is there, but was deleted"));
    Ok(lost.chain(back).collect::<Vec<_>>().join("\n"))
}
