//! Background workers: the one that stays, and the visitors that it starts.
//!
//! The worker that stays is connected to no database, so that it never stands in the way of DROP DATABASE or of
//! CREATE DATABASE ... TEMPLATE. What has to be done in a database is done by a visitor, a process that is there for
//! some milliseconds.

use std::ffi::{c_char, c_int, c_long, CStr};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use pgrx::bgworkers::BackgroundWorker;
use pgrx::pg_sys;

use crate::pg::settings::keys_settings;
use crate::pg::workers::shared_area;

/// After how many seconds the worker is started again if it has ended.
const RESTART_SECONDS: c_int = 5;
/// After how many milliseconds a visitor is ended, if a lock or the disk holds it up.
const VISIT_MILLISECONDS: c_long = 30_000;
/// How long a visitor waits for a lock.
const LOCK_TIMEOUT: &CStr = c"5s";

extern "C-unwind" {
    // pgrx wraps these, and a wrapper is no signal handler.
    fn SignalHandlerForConfigReload(signal: c_int);
    fn die(signal: c_int);
}

static IS_VISITOR: AtomicBool = AtomicBool::new(false);

/// Whether this process is a visitor, whose own changes need no visit.
pub fn is_visitor() -> bool {
    IS_VISITOR.load(Relaxed)
}

fn worker(function: &CStr, name: &CStr) -> pg_sys::BackgroundWorker {
    let mut worker = pg_sys::BackgroundWorker {
        bgw_flags: (pg_sys::BGWORKER_SHMEM_ACCESS | pg_sys::BGWORKER_BACKEND_DATABASE_CONNECTION) as c_int,
        // Not on a standby before it is promoted, which could write nothing.
        bgw_start_time: pg_sys::BgWorkerStartTime::BgWorkerStart_RecoveryFinished,
        ..Default::default()
    };
    copy(&mut worker.bgw_name, name);
    copy(&mut worker.bgw_type, c"clerk_rls keys");
    copy(&mut worker.bgw_library_name, c"clerk_rls");
    copy(&mut worker.bgw_function_name, function);
    worker
}

fn copy<const N: usize>(place: &mut [c_char; N], text: &CStr) {
    let bytes = text.to_bytes().iter().take(N - 1);
    for (place, byte) in place.iter_mut().zip(bytes) {
        *place = *byte as c_char;
    }
}

/// Registers the worker where the server starts with the library; not during `pg_upgrade`.
pub fn register(function: &CStr) {
    // SAFETY: reads variables of the process; a complete struct, which Postgres copies.
    unsafe {
        let starting = pg_sys::process_shared_preload_libraries_in_progress && !pg_sys::IsBinaryUpgrade;
        if !starting || !keys_settings::worker_is_wanted() {
            return;
        }
        shared_area::request();
        let mut worker = worker(function, c"clerk_rls keys");
        worker.bgw_restart_time = RESTART_SECONDS;
        pg_sys::RegisterBackgroundWorker(&mut worker);
    }
}

/// What the worker that stays does first.
pub fn begin() {
    handle_signals();
    BackgroundWorker::connect_worker_to_spi(None, None);
    shared_area::announce_worker();
}

/// What a visitor does first. It ends here if there is no such database any more.
pub fn begin_visit(database: pg_sys::Oid) {
    IS_VISITOR.store(true, Relaxed);
    handle_signals();
    BackgroundWorker::connect_worker_to_spi_by_oid(Some(database), None);
    for (name, value) in [
        // ALTER DATABASE and ALTER ROLE may have set anything.
        (c"search_path", c"pg_catalog, pg_temp"),
        (c"default_transaction_isolation", c"read committed"),
        (c"default_transaction_read_only", c"off"),
        (c"session_replication_role", c"origin"),
        (c"standard_conforming_strings", c"on"),
        (c"lock_timeout", LOCK_TIMEOUT),
    ] {
        // SAFETY: NUL-terminated strings; errors are reported as such.
        unsafe {
            pg_sys::SetConfigOption(
                name.as_ptr(),
                value.as_ptr(),
                pg_sys::GucContext::PGC_SUSET,
                pg_sys::GucSource::PGC_S_SESSION,
            );
        }
    }
}

fn handle_signals() {
    let handle = |signal: u32, handler: unsafe extern "C-unwind" fn(c_int)| {
        // SAFETY: handlers of Postgres, which do no more than set flags and a latch.
        unsafe {
            #[cfg(not(feature = "pg18"))]
            pg_sys::pqsignal(signal as c_int, Some(handler));
            #[cfg(feature = "pg18")]
            pg_sys::pqsignal_be(signal as c_int, Some(handler));
        }
    };
    handle(pg_sys::SIGHUP, SignalHandlerForConfigReload);
    handle(pg_sys::SIGTERM, die);
    // SAFETY: the handlers are there.
    unsafe { pg_sys::BackgroundWorkerUnblockSignals() };
}

/// Does what the process was asked to do by signals: ends it, reads the configuration, passes a barrier.
pub fn process_signals() {
    // SAFETY: in no transaction; the handlers set the flags, which are cleared before their work is done.
    unsafe {
        if ptr::read_volatile(&raw const pg_sys::ProcDiePending) != 0 {
            // 1: started again, unless the server is shutting down.
            pg_sys::proc_exit(1);
        }
        if ptr::read_volatile(&raw const pg_sys::ConfigReloadPending) != 0 {
            ptr::write_volatile(&raw mut pg_sys::ConfigReloadPending, 0);
            pg_sys::ProcessConfigFile(pg_sys::GucContext::PGC_SIGHUP);
        }
    }
    pgrx::check_for_interrupts!();
}

/// Waits until there is something to do, or for this long. Ends the process if the server is gone.
pub fn wait(milliseconds: c_long) {
    wait_for(milliseconds, None);
}

/// As `wait`, or until something can be read from this file; whether it can.
pub fn wait_for(milliseconds: c_long, file: Option<c_int>) -> bool {
    let readable = if file.is_some() {
        pg_sys::WL_SOCKET_READABLE
    } else {
        0
    };
    let events = pg_sys::WL_LATCH_SET | pg_sys::WL_TIMEOUT | pg_sys::WL_EXIT_ON_PM_DEATH | readable;
    // SAFETY: the latch of this process, and a file that the caller has open.
    let happened = unsafe {
        let happened = pg_sys::WaitLatchOrSocket(
            pg_sys::MyLatch,
            events as c_int,
            file.unwrap_or(pg_sys::PGINVALID_SOCKET),
            milliseconds,
            pg_sys::PG_WAIT_EXTENSION,
        );
        pg_sys::ResetLatch(pg_sys::MyLatch);
        happened
    };
    process_signals();
    happened as u32 & readable != 0
}

/// How a visit went.
pub enum Visit {
    /// The visitor has left.
    Ended,
    /// There is no free place for a process (`max_worker_processes`).
    NoPlace,
}

/// Sends a visitor into a database, and waits until it has left.
pub fn visit(function: &CStr, database: pg_sys::Oid) -> Visit {
    let mut worker = worker(function, c"clerk_rls keys visitor");
    worker.bgw_restart_time = pg_sys::BGW_NEVER_RESTART;
    worker.bgw_main_arg = pg_sys::Datum::from(database);
    // SAFETY: reads a variable of the process; a complete struct, which Postgres copies; the handle that Postgres
    // returns is freed when it is no longer used.
    unsafe {
        worker.bgw_notify_pid = pg_sys::MyProcPid;
        let mut handle = ptr::null_mut();
        if !pg_sys::RegisterDynamicBackgroundWorker(&mut worker, &mut handle) {
            return Visit::NoPlace;
        }
        let mut left = VISIT_MILLISECONDS;
        loop {
            let mut pid = 0;
            let status = pg_sys::GetBackgroundWorkerPid(handle, &mut pid);
            if status == pg_sys::BgwHandleStatus::BGWH_STOPPED {
                break;
            }
            if left <= 0 {
                pg_sys::TerminateBackgroundWorker(handle);
            }
            wait(1000);
            left -= 1000;
        }
        pg_sys::pfree(handle.cast());
    }
    Visit::Ended
}
