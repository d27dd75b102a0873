//! The protected setting that holds the verified identity of the current transaction.
//!
//! Only a setting is transactional, follows savepoints, reaches parallel workers and is cleared by DISCARD
//! ALL. The check hook below ensures that no SQL can write it. The hook accepts only the exact bytes that
//! `set` announces for one assignment, the value that a parallel worker restores from its leader, and no
//! value at all. PGC_SUSET alone is not enough: PostgreSQL would adopt a superuser's ALTER ROLE … SET, and
//! GRANT SET ON PARAMETER would let others set it.

use std::cell::RefCell;
use std::ffi::{c_char, c_int, c_void, CStr, CString};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed};

use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::pg::settings::generation;

const NAME: &CStr = c"clerk_rls.identity";

static VALUE: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());

thread_local! {
    /// The bytes that the check hook accepts. While they are announced, no code runs but the assignment.
    static ANNOUNCED: RefCell<Option<CString>> = const { RefCell::new(None) };
}

/// Called once, when the library is loaded. The hook refuses a value that SET, PGOPTIONS or ALTER ROLE left
/// under this name, with a WARNING.
pub fn define() {
    // SAFETY: names and storage are static; an AtomicPtr has the layout of a pointer.
    unsafe {
        pg_sys::DefineCustomStringVariable(
            NAME.as_ptr(),
            c"The verified identity of this transaction. Set by clerk_rls.authenticate(), or by \
              clerk_rls.act_as() for a superuser."
                .as_ptr(),
            ptr::null(),
            VALUE.as_ptr(),
            ptr::null(),
            pg_sys::GucContext::PGC_SUSET,
            // Not GUC_NO_RESET_ALL: RESET ALL and DISCARD ALL make the transaction anonymous.
            (pg_sys::GUC_NO_SHOW_ALL
                | pg_sys::GUC_NOT_IN_SAMPLE
                | pg_sys::GUC_DISALLOW_IN_FILE
                | pg_sys::GUC_SUPERUSER_ONLY) as c_int,
            Some(may_be_set),
            Some(assigned),
            None,
        );
    }
}

/// Calls `read` with the identity of this transaction, if there is one.
pub fn with<R>(read: impl FnOnce(Option<&CStr>) -> R) -> R {
    let value = VALUE.load(Relaxed);
    // SAFETY: PostgreSQL keeps null or a NUL-terminated string here, which is valid until the setting
    // changes. `read` does not change it.
    read((!value.is_null()).then(|| unsafe { CStr::from_ptr(value) }))
}

/// Makes `identity` the identity of this transaction. It ends with the transaction, or when a savepoint is
/// rolled back.
pub fn set(identity: &CStr) {
    struct Announcement;
    impl Drop for Announcement {
        fn drop(&mut self) {
            ANNOUNCED.set(None);
        }
    }
    ANNOUNCED.set(Some(identity.to_owned()));
    let _announcement = Announcement;
    assign(identity.as_ptr());
}

/// Removes the identity for the rest of this transaction.
pub fn clear() {
    assign(ptr::null());
}

fn assign(value: *const c_char) {
    // SAFETY: the name is NUL-terminated; the value is NUL-terminated or null, which selects the reset value;
    // errors become panics.
    unsafe {
        pg_sys::set_config_option(
            NAME.as_ptr(),
            value,
            pg_sys::GucContext::PGC_SUSET,
            pg_sys::GucSource::PGC_S_SESSION,
            pg_sys::GucAction::GUC_ACTION_LOCAL,
            true,
            0,
            false,
        );
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn may_be_set(
    value: *mut *mut c_char,
    _extra: *mut *mut c_void,
    _source: pg_sys::GucSource::Type,
) -> bool {
    // SAFETY: PostgreSQL passes the address of the new value, which is null or NUL-terminated; the others are
    // variables of the backend. The message and the hint are allocated in the context that PostgreSQL
    // expects.
    unsafe {
        if (*value).is_null() || pg_sys::InitializingParallelWorker {
            return true;
        }
        let candidate = CStr::from_ptr(*value);
        if ANNOUNCED.with_borrow(|announced| announced.as_deref() == Some(candidate)) {
            return true;
        }
        pg_sys::GUC_check_errcode(PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE as c_int);
        pg_sys::GUC_check_errmsg_string = pg_sys::pstrdup(c"clerk_rls.identity cannot be set".as_ptr());
        pg_sys::GUC_check_errhint_string =
            pg_sys::pstrdup(c"Call clerk_rls.authenticate() with a token.".as_ptr());
    }
    false
}

#[pg_guard]
extern "C-unwind" fn assigned(_value: *const c_char, _extra: *mut c_void) {
    generation::changed();
}
