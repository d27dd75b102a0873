//! The top-level transaction: the user to whom it is bound, and its end.

use std::cell::{Cell, RefCell};
use std::ffi::{c_void, CStr};

use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::pg::server::memory;
use crate::pg::values::kept_values;
use crate::pg::workers::{background, shared_area};

thread_local! {
    /// The name of the first identity that this top-level transaction authenticated.
    static OWNER: RefCell<Option<String>> = const { RefCell::new(None) };
    /// The issuers have changed in this transaction.
    static WAKES_KEYS_WORKER: Cell<bool> = const { Cell::new(false) };
}

/// Makes the keys' worker look at this database when the transaction has committed: before, it would see nothing.
pub fn wake_keys_worker_at_commit() {
    WAKES_KEYS_WORKER.set(!background::is_visitor());
}

/// Binds the transaction to this identity, and returns whether it is bound to it now. Rolling back a
/// savepoint does not undo this: it closes cursors, but state that functions kept for the first user remains.
pub fn bind_to(identity: &str) -> bool {
    OWNER.with_borrow_mut(|owner| owner.get_or_insert_with(|| identity.to_owned()) == identity)
}

/// Warns if no transaction block is active, because a local setting then lasts for one statement only.
pub fn warn_outside_transaction_block(what: &CStr) {
    // SAFETY: the string is NUL-terminated.
    unsafe { pg_sys::WarnNoTransactionBlock(true, what.as_ptr()) };
}

/// Called once, when the library is loaded.
pub fn register_callback() {
    // SAFETY: the callback lives as long as the library, which PostgreSQL never unloads.
    unsafe { pg_sys::RegisterXactCallback(Some(at_event), std::ptr::null_mut()) };
}

#[pg_guard]
extern "C-unwind" fn at_event(event: pg_sys::XactEvent::Type, _arg: *mut c_void) {
    use pg_sys::XactEvent::*;
    if memory::session_is_ending() {
        return;
    }
    let ended = matches!(
        event,
        XACT_EVENT_COMMIT
            | XACT_EVENT_ABORT
            | XACT_EVENT_PREPARE
            | XACT_EVENT_PARALLEL_COMMIT
            | XACT_EVENT_PARALLEL_ABORT
    );
    if !ended {
        return;
    }
    OWNER.set(None);
    if WAKES_KEYS_WORKER.take() && event == XACT_EVENT_COMMIT {
        // SAFETY: reads a variable of the backend.
        shared_area::want_visit(unsafe { pg_sys::MyDatabaseId }.to_u32());
    }
    // A procedure that ends transactions continues, and its arguments were not copied. (Only a background
    // worker that calls such a procedure through SPI has no portal; it must not pass a reader's result as an
    // argument.)
    // SAFETY: reads a variable of the backend.
    let inside_of_a_statement = unsafe { !pg_sys::ActivePortal.is_null() };
    if !inside_of_a_statement {
        kept_values::free_retired();
    }
}
