//! The worker that stays: it knows which database to visit when, and has keys fetched.

use std::collections::{HashMap, HashSet};
use std::ffi::{c_long, CStr};

use clerk_rls_core::jwks::FetchError;
use clerk_rls_core::limits::MAX_JWKS_BYTES;
use pgrx::pg_sys;

use crate::keys::fetch::fetch;
use crate::keys::http::Client;
use crate::keys::job::{Done, Errand, Job, Outcome, Reply};
use crate::pg::server::{clock, server_log};
use crate::pg::settings::keys_settings;
use crate::pg::workers::shared_area::Waiting;
use crate::pg::workers::{background, child_process, databases, shared_area};

/// After so many jobs of one database, the others get their turn.
const MAX_JOBS_IN_A_ROW: usize = 8;
/// Seconds until a visit that came to nothing is tried again.
const RETRY_SECONDS: i64 = 30;
/// The longest wait, in seconds.
const LONGEST_WAIT: i64 = 3600;
/// A set of keys as a JSON string, in which a quote takes two bytes, and what is said about it.
const MAX_RESULT_BYTES: usize = 2 * MAX_JWKS_BYTES + 16 * 1024;

/// When to visit which database.
#[derive(Default)]
struct Visits {
    due: HashMap<u32, i64>,
    /// The databases that were visited since the worker started.
    seen: HashSet<u32>,
    /// When all databases are visited next: one that was copied from a template tells nobody.
    all: i64,
    told_of_no_place: bool,
}

/// Runs in a process of its own, until that is ended. `visitor` is the exported function of a visitor.
pub fn run(visitor: &'static CStr) {
    background::begin();
    let mut visits = Visits::default();
    loop {
        background::process_signals();
        let now = clock::now_seconds();
        match shared_area::take_waiting() {
            Waiting::All => visits.all = now,
            Waiting::These(databases) => visits
                .due
                .extend(databases.into_iter().map(|database| (database, now))),
        }
        if visits.all <= now {
            visits.due = databases::connectable()
                .into_iter()
                .map(|database| (database, now))
                .collect();
            visits.all = now + keys_settings::schedule().interval.max(RETRY_SECONDS);
        }
        let next = visits
            .due
            .iter()
            .min_by_key(|(_, at)| **at)
            .map(|(database, at)| (*database, *at));
        match next {
            Some((database, at)) if at <= now => visits.serve(visitor, database),
            _ => {
                let next = next.map_or(visits.all, |(_, at)| at.min(visits.all));
                background::wait((next - now).clamp(1, LONGEST_WAIT) as c_long * 1000);
            }
        }
    }
}

impl Visits {
    /// Does what is due in a database, and remembers when to come again.
    fn serve(&mut self, visitor: &CStr, database: u32) {
        let mut done: Option<Done> = None;
        for count in 0.. {
            let errand = Errand {
                first: !self.seen.contains(&database),
                done: done.take(),
            };
            shared_area::leave_message(&serde_json::to_vec(&errand).unwrap_or_default());
            let now = clock::now_seconds();
            let Some(reply) = self.visit(visitor, database) else {
                self.due.insert(database, now + RETRY_SECONDS);
                return;
            };
            self.seen.insert(database);
            match reply.job {
                Some(job) if count < MAX_JOBS_IN_A_ROW => done = Some(has_fetched(job)),
                // Behind the databases that have waited longer.
                Some(_) => {
                    self.due.insert(database, now);
                    return;
                }
                None => {
                    match reply.seconds {
                        Some(seconds) => self.due.insert(database, now + seconds.max(1)),
                        None => self.due.remove(&database),
                    };
                    return;
                }
            }
        }
    }

    /// `None` if the visit came to nothing.
    fn visit(&mut self, visitor: &CStr, database: u32) -> Option<Reply> {
        // A visitor to a database that is gone would write a line about it to the log.
        if !databases::connectable().contains(&database) {
            return Some(Reply::default());
        }
        match background::visit(visitor, pg_sys::Oid::from(database)) {
            background::Visit::Ended => {
                self.told_of_no_place = false;
                serde_json::from_slice(&shared_area::take_reply()?).ok()
            }
            background::Visit::NoPlace => {
                if !std::mem::replace(&mut self.told_of_no_place, true) {
                    server_log::write(
                        "the keys' worker has no free background process",
                        Some("Keys are fetched when there is one. Consider a greater max_worker_processes."),
                    );
                }
                None
            }
        }
    }
}

/// Has a child process do the job.
fn has_fetched(job: Job) -> Done {
    let seconds = keys_settings::timeout();
    let (proxy, ca_file) = (keys_settings::proxy(), keys_settings::ca_file());
    let work = || {
        let client = Client::new(seconds as u64, proxy.as_deref(), ca_file.as_deref());
        let outcome = client.and_then(|client| fetch(&job, &client));
        let outcome = Outcome::from(outcome);
        serde_json::to_vec(&outcome).unwrap_or_default()
    };
    // A second more for the child to say that the time is over.
    let result = child_process::run(work, seconds as u32 + 1, MAX_RESULT_BYTES);
    let outcome = result.and_then(|result| serde_json::from_slice(&result).ok());
    let outcome = outcome.unwrap_or_else(|| Outcome::from(Err(FetchError::Process)));
    Done { job, outcome }
}
