//! When this library was loaded.
//!
//! A parallel worker restores the leader's libraries first and its settings after, so all is well
//! there. Loaded for the first time while a worker is already *running*, the library cannot learn how
//! it is configured: Postgres refuses to adopt settings during a parallel operation. Then it knows
//! nobody, for the lifetime of that worker. session_preload_libraries or shared_preload_libraries rule
//! this out.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use pgrx::pg_sys;

static TOO_LATE: AtomicBool = AtomicBool::new(false);

/// Called once, when the library is loaded.
pub fn note() {
    // SAFETY: reads two variables of the backend.
    let in_running_worker =
        unsafe { pg_sys::ParallelWorkerNumber >= 0 && !pg_sys::InitializingParallelWorker };
    TOO_LATE.store(in_running_worker, Relaxed);
}

/// The configuration of this process is unknown: nobody is signed in.
pub fn was_too_late() -> bool {
    TOO_LATE.load(Relaxed)
}
