//! How this library was loaded, as far as it leaves the configuration unknown.
//!
//! Postgres refuses to adopt settings while a parallel operation is going on, and drops what is
//! malformed or was set by somebody who may not. The operator's choices are not in force then, and the
//! built-in ones trust more. So the session ends; in a worker that was running already, whose leader
//! would end with it, nobody is signed in. (A worker that is starting restores the leader's libraries
//! first and its settings after; all is well there.)

use std::ffi::CStr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use pgrx::pg_sys;

use crate::error::Error;

static IN_RUNNING_WORKER: AtomicBool = AtomicBool::new(false);

/// Called once, when the library is loaded, before anything is defined.
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

/// A value that was set before the library was loaded was refused.
pub fn setting_was_refused(name: &'static CStr) {
    if !configuration_is_unknown() {
        Error::RefusedSetting(name.to_str().unwrap_or_default()).end_session();
    }
}

/// The configuration of this process is unknown: nobody is signed in.
pub fn configuration_is_unknown() -> bool {
    IN_RUNNING_WORKER.load(Relaxed)
}
