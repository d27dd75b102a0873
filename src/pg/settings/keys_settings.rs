//! The settings of the worker that fetches public keys.
//!
//! They belong to the whole server, because one worker serves all its databases.

use std::ffi::c_char;
use std::ptr;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr};

use clerk_rls_core::jwks::FetchSchedule;

use crate::pg::settings::guc::{bytes_at, define_bool, define_seconds, define_string, SetBy};

const DAY: i32 = 86_400;

static WORKER: AtomicBool = AtomicBool::new(true);
static REFRESH_INTERVAL: AtomicI32 = AtomicI32::new(3600);
static MAX_AGE: AtomicI32 = AtomicI32::new(DAY);
static COOLDOWN: AtomicI32 = AtomicI32::new(60);
static TIMEOUT: AtomicI32 = AtomicI32::new(10);
static PROXY: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());
static CA_FILE: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());

/// Called once, when the library is loaded.
pub fn define() {
    define_bool(
        c"clerk_rls.keys_worker",
        c"Starts the worker that fetches public keys, with shared_preload_libraries. Read when the server starts.",
        &WORKER,
        // A setting of PGC_POSTMASTER cannot be defined by a library that is loaded later.
        SetBy::Server,
    );
    let seconds =
        |name, description, value, range| define_seconds(name, description, value, range, SetBy::Server);
    seconds(
        c"clerk_rls.jwks_refresh_interval",
        c"How often the public keys of an issuer are fetched.",
        &REFRESH_INTERVAL,
        1..=30 * DAY,
    );
    seconds(
        c"clerk_rls.jwks_max_age",
        c"How long fetched keys are valid after the last successful fetch; -1: forever.",
        &MAX_AGE,
        -1..=365 * DAY,
    );
    seconds(
        c"clerk_rls.jwks_cooldown",
        c"How long no unknown kid causes another fetch of an issuer's keys after one has.",
        &COOLDOWN,
        1..=DAY,
    );
    seconds(
        c"clerk_rls.jwks_timeout",
        c"How long a fetch of keys may take, with all its requests.",
        &TIMEOUT,
        1..=60,
    );
    let text = |name, description, value| define_string(name, description, value, None, SetBy::Server);
    text(
        c"clerk_rls.jwks_proxy",
        c"URL of the HTTP proxy through which keys are fetched; empty: none.",
        &PROXY,
    );
    text(
        c"clerk_rls.jwks_ca_file",
        c"File of PEM certificates that are trusted beside the system's when keys are fetched.",
        &CA_FILE,
    );
}

/// Whether the worker is to run.
pub fn worker_is_wanted() -> bool {
    WORKER.load(Relaxed)
}

/// When to fetch, and how long keys are valid.
pub fn schedule() -> FetchSchedule {
    FetchSchedule {
        interval: REFRESH_INTERVAL.load(Relaxed).into(),
        max_age: MAX_AGE.load(Relaxed).into(),
    }
}

/// Seconds.
pub fn cooldown() -> i64 {
    COOLDOWN.load(Relaxed).into()
}

/// Seconds.
pub fn timeout() -> i64 {
    TIMEOUT.load(Relaxed).into()
}

/// The URL of the proxy, if there is one.
pub fn proxy() -> Option<String> {
    text(&PROXY)
}

/// The path of the file of certificates, if there is one.
pub fn ca_file() -> Option<String> {
    text(&CA_FILE)
}

fn text(setting: &AtomicPtr<c_char>) -> Option<String> {
    // SAFETY: Postgres keeps a NUL-terminated string or null in the storage it was given.
    let bytes = unsafe { bytes_at(setting.load(Relaxed)) }.filter(|bytes| !bytes.is_empty())?;
    Some(String::from_utf8_lossy(bytes).into_owned())
}
