//! The top-level transaction: whose it is, and its end.

use std::cell::RefCell;
use std::ffi::{c_void, CStr};

use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::pg::server::memory;
use crate::pg::values::kept_values;

thread_local! {
    /// The name of the first identity that this top-level transaction has authenticated.
    static OWNER: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Makes the transaction this identity's, unless it already is another's; whether it is this one's now. A savepoint
/// that was rolled back has still claimed the transaction: its cursors are gone, but what its functions kept is not.
pub fn bind_to(identity: &str) -> bool {
    OWNER.with_borrow_mut(|owner| owner.get_or_insert_with(|| identity.to_owned()) == identity)
}

/// Warns when what follows lasts for one statement only.
pub fn warn_outside_transaction_block(what: &CStr) {
    // SAFETY: a NUL-terminated string.
    unsafe { pg_sys::WarnNoTransactionBlock(true, what.as_ptr()) };
}

/// Called once, when the library is loaded.
pub fn register_callback() {
    // SAFETY: the callback lives as long as the library, which Postgres never unloads.
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
    // A procedure that ends transactions goes on, and its arguments were not copied. (A background worker
    // that calls one through SPI alone has no portal; it must not pass a reader's result as an argument.)
    // SAFETY: reads a variable of the backend.
    let inside_of_a_statement = unsafe { !pg_sys::ActivePortal.is_null() };
    if !inside_of_a_statement {
        kept_values::free_retired();
    }
}
