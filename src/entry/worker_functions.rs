//! Where the processes of the keys' worker begin, and what SQL asks of it.

use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::entry::arguments::Arguments;
use crate::entry::export::{export, export_guarded};
use crate::error::Error;
use crate::keys::{visitor, worker};
use crate::pg::server::{memory, transaction};
use crate::pg::workers::{background, shared_area};

/// Called once, when the library is loaded.
pub fn register() {
    background::register(c"clerk_rls_keys_worker");
}

#[doc(hidden)]
#[no_mangle]
#[pg_guard]
pub extern "C-unwind" fn clerk_rls_keys_worker(_argument: pg_sys::Datum) {
    worker::run(c"clerk_rls_keys_visitor");
}

#[doc(hidden)]
#[no_mangle]
#[pg_guard]
pub extern "C-unwind" fn clerk_rls_keys_visitor(argument: pg_sys::Datum) {
    visitor::run(pg_sys::Oid::from(argument.value() as u32));
}

export!(keys_worker_is_running, pg_finfo_keys_worker_is_running, fcinfo => {
    #[pg_guard]
    unsafe extern "C-unwind" fn guarded(_fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
        pg_sys::Datum::from(shared_area::worker_is_running())
    }
    memory::with_reserve(move || guarded(fcinfo))
});

export_guarded!(wake_keys_worker, pg_finfo_wake_keys_worker, _arguments => {
    transaction::wake_keys_worker_at_commit();
    Ok(None)
});
