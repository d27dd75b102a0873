//! What a visitor does in a database: it stores what was fetched, and looks for the next job.

use clerk_rls_core::jwks::FetchSchedule;
use pgrx::pg_sys;

use crate::keys::job::{Done, Errand, Outcome, Reply};
use crate::pg::server::{clock, server_log};
use crate::pg::settings::keys_settings;
use crate::pg::tables::fetch_table::{self, FetchTable, Stored};
use crate::pg::workers::{background, shared_area};

/// Runs in a process of its own.
pub fn run(database: pg_sys::Oid) {
    let errand: Errand = serde_json::from_slice(&shared_area::take_message()).unwrap_or_default();
    background::begin_visit(database);
    let mut reply = Reply::default();
    if let Some(table) = FetchTable::find() {
        if let Some(done) = &errand.done {
            store(&table, done);
        }
        let wanted = shared_area::take_wanted_issuers(database.to_u32());
        let next = table.next(&wanted, errand.first);
        reply = next
            .and_then(|next| serde_json::from_str(&next).ok())
            .unwrap_or_default();
    }
    shared_area::reply(&serde_json::to_vec(&reply).unwrap_or_default());
}

fn store(table: &FetchTable, done: &Done) {
    let schedule = keys_settings::schedule();
    let pause = pause(&schedule, done);
    let mut stored = Stored {
        issuer: &done.job.issuer,
        jwks_url: done.job.jwks_url.as_deref(),
        url: None,
        etag: None,
        jwks: None,
        error: None,
        due: &done.job.due,
        pause,
    };
    match &done.outcome {
        Outcome::Keys { url, etag, jwks } => {
            stored.url = Some(url);
            stored.etag = etag.as_deref();
            stored.jwks = Some(jwks);
        }
        Outcome::Unchanged { url } => stored.url = Some(url),
        Outcome::Failed(error) => stored.error = Some(error),
    }
    // Not more than once for a cause.
    let Some(outcome) = table.store(&stored) else {
        return;
    };
    let issuer = printable(&done.job.issuer);
    let database = printable(&fetch_table::database_name());
    let of = format!("the keys of issuer \"{issuer}\" in database \"{database}\"");
    match outcome.split_once(": ") {
        Some((_, error)) => {
            let detail = format!("The cause: {}.", printable(error));
            server_log::write(&format!("could not fetch {of}"), Some(&detail));
        }
        None if outcome == "replaced" => server_log::write(&format!("fetched {of}: they have changed"), None),
        None => server_log::write(&format!("fetched {of} again after a failure"), None),
    }
}

fn pause(schedule: &FetchSchedule, done: &Done) -> i64 {
    let now = clock::now_seconds();
    let random = random();
    let next = match &done.outcome {
        Outcome::Failed(_) => schedule.after_failure(now, done.job.failures.saturating_add(1), random),
        _ => schedule.after_success(now, random),
    };
    next - now
}

fn random() -> u8 {
    let mut byte = 0_u8;
    // Where there is no randomness, there is no jitter.
    if !crate::pg::server::random::fill(std::slice::from_mut(&mut byte)) {
        byte = 128;
    }
    byte
}

/// For the server's log, whose encoding is unknown.
fn printable(text: &str) -> String {
    let visible = |c: char| if (' '..='~').contains(&c) { c } else { '?' };
    text.chars().map(visible).collect()
}
