//! Detects ways of loading this library that leave the configuration unknown.
//!
//! PostgreSQL does not adopt settings during a parallel operation, and drops values that are invalid or were
//! not permitted. The built-in values would then be in force instead of the operator's choices, and they
//! trust more. Therefore the session ends. In a parallel worker that was already running, whose leader would
//! end with it, nobody is signed in instead. (A worker that is starting restores its leader's libraries
//! before its settings, so it needs no exception.)

use std::ffi::CStr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use pgrx::pg_sys;

use crate::error::Error;

static IN_RUNNING_WORKER: AtomicBool = AtomicBool::new(false);

/// Called once, when the library is loaded, before any setting is defined.
pub fn check() {
    // SAFETY: reads variables of the backend.
    let (starting, worker, parallel) = unsafe {
        (
            pg_sys::InitializingParallelWorker,
            pg_sys::ParallelWorkerNumber >= 0,
            pg_sys::IsInParallelMode(),
        )
    };
    if starting {
        return;
    }
    if worker {
        IN_RUNNING_WORKER.store(true, Relaxed);
    } else if parallel {
        Error::LoadedInParallelOperation.end_session();
    }
}

/// Reports that PostgreSQL refused a value that was set before the library was loaded.
pub fn setting_was_refused(name: &'static CStr) {
    if !configuration_is_unknown() {
        Error::RefusedSetting(name.to_str().unwrap_or_default()).end_session();
    }
}

/// Whether the configuration of this process is unknown, so that nobody is signed in.
pub fn configuration_is_unknown() -> bool {
    IN_RUNNING_WORKER.load(Relaxed)
}
