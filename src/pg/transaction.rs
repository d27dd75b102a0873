//! The top-level transaction: whose it is, and its end.

use std::cell::RefCell;
use std::ffi::{c_void, CStr};

use pgrx::pg_sys;
use pgrx::prelude::*;

use super::{memory, values};
use crate::verified_identity::Subject;

thread_local! {
    /// The issuer and the subject that this top-level transaction has authenticated first.
    static OWNER: RefCell<Option<(String, Subject)>> = const { RefCell::new(None) };
}

/// Makes the transaction this subject's, or tells that it is another's. A savepoint that was rolled
/// back has still claimed it: its cursors are gone, but what its functions kept is not.
pub fn belongs_to(issuer: &str, subject: &Subject) -> bool {
    OWNER.with_borrow_mut(|owner| match owner {
        Some((known_issuer, known_subject)) => known_issuer == issuer && known_subject == subject,
        None => {
            *owner = Some((issuer.to_owned(), subject.clone()));
            true
        }
    })
}

/// Warns when what follows lasts for one statement only.
pub fn warn_outside_of_a_block(what: &CStr) {
    // SAFETY: a NUL-terminated string.
    unsafe { pg_sys::WarnNoTransactionBlock(true, what.as_ptr()) };
}

/// Called once, when the library is loaded.
pub fn listen() {
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
        values::free_retired();
    }
}
