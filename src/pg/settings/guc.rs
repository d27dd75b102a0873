//! Defines settings, and detects when a configured value is lost.
//!
//! A value that is set before the library is loaded waits in a placeholder. When the setting is defined,
//! PostgreSQL checks the value, and drops it with a WARNING if it is invalid, if its source was not permitted
//! to set it, or during a parallel operation. The built-in value is then in force instead of the operator's
//! choice, and it trusts more: with `PGOPTIONS='-c clerk_rls.identity_source=…'`, anybody could undo `ALTER
//! DATABASE … SET`. Therefore a lost value means that the configuration is unknown.

use std::ffi::{c_char, c_int, c_void, CStr, CString};
use std::ops::RangeInclusive;
use std::ptr;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU64};

use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::pg::settings::{generation, loading};

/// Incremented with each assignment to an operator setting.
static ASSIGNMENTS: AtomicU64 = AtomicU64::new(1);

/// The number of assignments to operator settings. If two numbers are equal, none has changed in between.
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
extern "C-unwind" fn number_assigned(_value: c_int, _extra: *mut c_void) {
    operator_setting_assigned();
}

#[pg_guard]
extern "C-unwind" fn bool_assigned(_value: bool, _extra: *mut c_void) {
    operator_setting_assigned();
}

/// The state of a setting's name.
#[derive(PartialEq)]
pub enum NameState {
    Undefined,
    /// Set, for example by `SET`, before any library defined the name.
    Placeholder,
    Defined,
}

/// The state of this name.
pub fn state_of(name: &CStr) -> NameState {
    // SAFETY: both functions take a NUL-terminated name, and with missing_ok an unknown name is not an error.
    // The flags come first because reading a superuser-only setting checks privileges, which is impossible
    // while a server starts.
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

/// Defines an operator setting by calling `define`, and reports if a configured value for it is lost.
fn define_and_check(name: &'static CStr, define: impl FnOnce()) {
    // Only a value with a reset value matters: losing a session's own SET leaves the operator's value in
    // force.
    let waiting = state_of(name) == NameState::Placeholder
        // SAFETY: the placeholder exists.
        && unsafe { !pg_sys::GetConfigOptionResetString(name.as_ptr()).is_null() };
    let before = assignments();
    define();
    // The built-in value counts as one assignment, an adopted value as a second one.
    if waiting && assignments() - before < 2 {
        loading::setting_was_refused(name);
    }
}

/// Who may set a setting.
#[derive(Clone, Copy)]
pub enum SetBy {
    /// Superusers, also for a role, a database or a session.
    Superuser,
    /// The configuration of the whole server alone; a reload is enough.
    Server,
}

impl SetBy {
    fn context(self) -> pg_sys::GucContext::Type {
        match self {
            Self::Superuser => pg_sys::GucContext::PGC_SUSET,
            Self::Server => pg_sys::GucContext::PGC_SIGHUP,
        }
    }
}

pub fn define_bool(
    name: &'static CStr,
    description: &'static CStr,
    value: &'static AtomicBool,
    set_by: SetBy,
) {
    // SAFETY: names and storage are static; an AtomicBool has the layout of a bool.
    define_and_check(name, || unsafe {
        pg_sys::DefineCustomBoolVariable(
            name.as_ptr(),
            description.as_ptr(),
            ptr::null(),
            value.as_ptr(),
            value.load(Relaxed),
            set_by.context(),
            0,
            None,
            Some(bool_assigned),
            None,
        );
    });
}

/// Defines a setting whose value is the position of its name in `names`.
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
    // SAFETY: as in `define_bool`; an AtomicI32 has the layout of an int. PostgreSQL keeps the options, so
    // they are leaked; a null name ends them.
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
            Some(number_assigned),
            None,
        );
    });
}

/// Defines a number of seconds, which can be written with another unit.
pub fn define_seconds(
    name: &'static CStr,
    description: &'static CStr,
    value: &'static AtomicI32,
    range: RangeInclusive<i32>,
    set_by: SetBy,
) {
    // SAFETY: as in `define_bool`; an AtomicI32 is an int in memory.
    define_and_check(name, || unsafe {
        pg_sys::DefineCustomIntVariable(
            name.as_ptr(),
            description.as_ptr(),
            ptr::null(),
            value.as_ptr(),
            value.load(Relaxed),
            *range.start(),
            *range.end(),
            set_by.context(),
            pg_sys::GUC_UNIT_S as c_int,
            None,
            Some(number_assigned),
            None,
        );
    });
}

/// Defines a text. One of the whole server is shown to superusers only.
pub fn define_string(
    name: &'static CStr,
    description: &'static CStr,
    value: &'static AtomicPtr<c_char>,
    check: pg_sys::GucStringCheckHook,
    set_by: SetBy,
) {
    let flags = match set_by {
        SetBy::Superuser => 0,
        SetBy::Server => pg_sys::GUC_SUPERUSER_ONLY,
    };
    // SAFETY: as in `define_bool`; an AtomicPtr has the layout of a pointer.
    define_and_check(name, || unsafe {
        pg_sys::DefineCustomStringVariable(
            name.as_ptr(),
            description.as_ptr(),
            ptr::null(),
            value.as_ptr(),
            c"".as_ptr(),
            set_by.context(),
            flags as c_int,
            check,
            Some(text_assigned),
            None,
        );
    });
}

/// Called once, when all settings are defined. Removes the placeholders with the prefix `clerk_rls` that no
/// definition has claimed, and refuses new ones.
pub fn reserve_prefix() {
    let prefix = c"clerk_rls";
    // SAFETY: the string is static and NUL-terminated.
    unsafe {
        #[cfg(not(feature = "pg14"))]
        pg_sys::MarkGUCPrefixReserved(prefix.as_ptr());
        #[cfg(feature = "pg14")]
        pg_sys::EmitWarningsOnPlaceholders(prefix.as_ptr());
    }
}

/// Executes SET LOCAL for a setting that any user may set, and raises its errors.
pub fn set_local(name: &CStr, value: &CStr) {
    // SAFETY: the strings are NUL-terminated, and errors become panics.
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

/// The bytes of a setting's value; `None` if it is null.
///
/// # Safety
/// `value` is null or NUL-terminated, and unchanged for `'a`.
pub unsafe fn bytes_at<'a>(value: *const c_char) -> Option<&'a [u8]> {
    // SAFETY: promised by the caller.
    (!value.is_null()).then(|| unsafe { CStr::from_ptr(value) }.to_bytes())
}
