//! Defining settings, and noticing when a value that was meant for one is lost.
//!
//! A value that was set before the library was loaded waits in a placeholder. Postgres checks it when
//! the setting is defined, and drops it with a WARNING where it is malformed, where whoever set it may
//! not, or where a parallel operation is going on. What is in force then is not what the operator
//! chose but the built-in value, which trusts more: `PGOPTIONS='-c clerk_rls.identity_source=…'` of
//! anybody would undo `ALTER DATABASE … SET`. So a lost value makes the configuration unknown.

use std::ffi::{c_char, c_int, c_void, CStr, CString};
use std::ptr;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU64};

use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::pg::settings::{generation, loading};

/// Rises with every assignment to a setting of the operator's.
static ASSIGNMENTS: AtomicU64 = AtomicU64::new(1);

/// Equal counts: no setting of the operator's has changed.
pub fn assignments() -> u64 {
    ASSIGNMENTS.load(Relaxed)
}

fn operator_setting_assigned() {
    ASSIGNMENTS.store(assignments() + 1, Relaxed);
    generation::changed();
}

#[pg_guard]
extern "C-unwind" fn text_assigned(_value: *const c_char, _extra: *mut c_void) {
    operator_setting_assigned();
}

#[pg_guard]
extern "C-unwind" fn enum_assigned(_value: c_int, _extra: *mut c_void) {
    operator_setting_assigned();
}

#[pg_guard]
extern "C-unwind" fn bool_assigned(_value: bool, _extra: *mut c_void) {
    operator_setting_assigned();
}

/// What Postgres has under a name.
#[derive(PartialEq)]
pub enum NameState {
    Undefined,
    /// Made by `SET` and the like before anybody defined the name.
    Placeholder,
    Defined,
}

/// What Postgres has under this name.
pub fn state_of(name: &CStr) -> NameState {
    // SAFETY: both functions take a NUL-terminated name and, with missing_ok, report no error for an
    // unknown one. The flags are looked at first because reading a superuser-only setting checks
    // privileges, which a starting server cannot do.
    unsafe {
        let flags = pg_sys::GetConfigOptionFlags(name.as_ptr(), true) as u32;
        if flags & pg_sys::GUC_CUSTOM_PLACEHOLDER != 0 {
            return NameState::Placeholder;
        }
        if flags & pg_sys::GUC_SUPERUSER_ONLY != 0 {
            return NameState::Defined;
        }
        let mut found = ptr::null();
        pg_sys::GetConfigOptionByName(name.as_ptr(), &mut found, true);
        if found.is_null() {
            NameState::Undefined
        } else {
            NameState::Defined
        }
    }
}

/// Defines a setting of the operator's by `define`, and tells when a value for it is lost.
fn define_and_check(name: &'static CStr, define: impl FnOnce()) {
    // A session's own SET has no value to reset to: losing it leaves the operator's in force.
    let waiting = state_of(name) == NameState::Placeholder
        // SAFETY: the placeholder exists.
        && unsafe { !pg_sys::GetConfigOptionResetString(name.as_ptr()).is_null() };
    let before = assignments();
    define();
    // The built-in value is assigned once; a value that is adopted, once more.
    if waiting && assignments() - before < 2 {
        loading::setting_was_refused(name);
    }
}

pub fn define_bool(name: &'static CStr, description: &'static CStr, value: &'static AtomicBool) {
    // SAFETY: names and storage are static; an AtomicBool is a bool in memory.
    define_and_check(name, || unsafe {
        pg_sys::DefineCustomBoolVariable(
            name.as_ptr(),
            description.as_ptr(),
            ptr::null(),
            value.as_ptr(),
            value.load(Relaxed),
            pg_sys::GucContext::PGC_SUSET,
            0,
            None,
            Some(bool_assigned),
            None,
        );
    });
}

/// The value is the position of its name.
pub fn define_enum(
    name: &'static CStr,
    description: &'static CStr,
    value: &'static AtomicI32,
    names: &[&str],
) {
    let entry = |name, val| pg_sys::config_enum_entry {
        name,
        val,
        hidden: false,
    };
    let options: Vec<_> = names
        .iter()
        .filter_map(|name| CString::new(*name).ok())
        .zip(0..)
        .map(|(name, val)| entry(name.into_raw().cast_const(), val))
        .chain([entry(ptr::null(), 0)])
        .collect();
    // SAFETY: as in `define_bool`; Postgres keeps the options, so they are given away for good, and
    // they end with a null name.
    define_and_check(name, || unsafe {
        pg_sys::DefineCustomEnumVariable(
            name.as_ptr(),
            description.as_ptr(),
            ptr::null(),
            value.as_ptr(),
            value.load(Relaxed),
            options.leak().as_ptr(),
            pg_sys::GucContext::PGC_SUSET,
            0,
            None,
            Some(enum_assigned),
            None,
        );
    });
}

pub fn define_string(
    name: &'static CStr,
    description: &'static CStr,
    value: &'static AtomicPtr<c_char>,
    check: pg_sys::GucStringCheckHook,
) {
    // SAFETY: as in `define_bool`; an AtomicPtr is a pointer in memory.
    define_and_check(name, || unsafe {
        pg_sys::DefineCustomStringVariable(
            name.as_ptr(),
            description.as_ptr(),
            ptr::null(),
            value.as_ptr(),
            c"".as_ptr(),
            pg_sys::GucContext::PGC_SUSET,
            0,
            check,
            Some(text_assigned),
            None,
        );
    });
}

/// Called once, when everything is defined: it removes the placeholders of our prefix that no definition
/// has claimed, and refuses new ones.
pub fn reserve_prefix() {
    let prefix = c"clerk_rls";
    // SAFETY: a static NUL-terminated string.
    unsafe {
        #[cfg(not(feature = "pg14"))]
        pg_sys::MarkGUCPrefixReserved(prefix.as_ptr());
        #[cfg(feature = "pg14")]
        pg_sys::EmitWarningsOnPlaceholders(prefix.as_ptr());
    }
}

/// SET LOCAL of a setting that anybody may set, with its errors.
pub fn set_local(name: &CStr, value: &CStr) {
    // SAFETY: NUL-terminated strings, and errors are reported as such.
    unsafe {
        pg_sys::set_config_option(
            name.as_ptr(),
            value.as_ptr(),
            pg_sys::GucContext::PGC_USERSET,
            pg_sys::GucSource::PGC_S_SESSION,
            pg_sys::GucAction::GUC_ACTION_LOCAL,
            true,
            0,
            false,
        );
    }
}

/// The bytes of a setting's value; `None` when there is none.
///
/// # Safety
/// `value` is null or NUL-terminated, and unchanged for `'a`.
pub unsafe fn bytes_at<'a>(value: *const c_char) -> Option<&'a [u8]> {
    // SAFETY: promised by the caller.
    (!value.is_null()).then(|| unsafe { CStr::from_ptr(value) }.to_bytes())
}
