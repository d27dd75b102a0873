//! The settings in which a request carries its claims.
//!
//! `request.jwt.claims` is defined here, as a real setting and not as the placeholder that Postgres
//! makes of an unknown name, for one reason: a real setting has an assign hook, which counts the change.
//!
//! Another extension may have defined the name already. Then the setting stays with its owner, and its
//! bytes (never its address, which can come back with other bytes) are compared at each call.

use std::cell::RefCell;
use std::ffi::{c_char, c_int, c_void, CStr};
use std::ptr;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicPtr};

use clerk_rls_core::limits::MAX_CLAIMS_BYTES;
use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::pg::settings::generation::{changed, require_polling};
use crate::pg::settings::guc::{bytes_at, set_local, state_of, NameState};

/// A setting in which a request carries claims.
pub struct RequestSetting {
    name: &'static CStr,
    description: &'static CStr,
    /// Where Postgres keeps the value, when the setting is defined here.
    value: AtomicPtr<c_char>,
    defined_here: AtomicBool,
}

impl RequestSetting {
    const fn new(name: &'static CStr, description: &'static CStr) -> Self {
        Self {
            name,
            description,
            value: AtomicPtr::new(ptr::null_mut()),
            defined_here: AtomicBool::new(false),
        }
    }
}

/// PostgREST's claims: one JSON object.
pub static CLAIMS: RequestSetting = RequestSetting::new(
    c"request.jwt.claims",
    c"The claims of the current request, as JSON.",
);
/// PostgREST's claims up to version 8, one setting each.
pub static LEGACY_SUB: RequestSetting =
    RequestSetting::new(c"request.jwt.claim.sub", c"The subject of the current request.");
pub static LEGACY_ROLE: RequestSetting = RequestSetting::new(
    c"request.jwt.claim.role",
    c"The role claim of the current request.",
);
pub static LEGACY_EMAIL: RequestSetting = RequestSetting::new(
    c"request.jwt.claim.email",
    c"The email claim of the current request.",
);

static REQUEST_SETTINGS: [&RequestSetting; 4] = [&CLAIMS, &LEGACY_SUB, &LEGACY_ROLE, &LEGACY_EMAIL];

#[pg_guard]
extern "C-unwind" fn assigned(_value: *const c_char, _extra: *mut c_void) {
    changed();
}

/// Called once, when the library is loaded. Settings that are not defined here are polled.
pub fn define(defined_here: bool) {
    for setting in REQUEST_SETTINGS {
        // A second definition would be an ERROR, and FATAL under shared_preload_libraries.
        if !defined_here || state_of(setting.name) == NameState::Defined {
            require_polling();
            continue;
        }
        // SAFETY: names and storage are static; an AtomicPtr is a pointer in memory.
        unsafe {
            pg_sys::DefineCustomStringVariable(
                setting.name.as_ptr(),
                setting.description.as_ptr(),
                ptr::null(),
                setting.value.as_ptr(),
                c"".as_ptr(),
                pg_sys::GucContext::PGC_USERSET,
                (pg_sys::GUC_NO_SHOW_ALL | pg_sys::GUC_NOT_IN_SAMPLE) as c_int,
                None,
                Some(assigned),
                None,
            );
        }
        setting.defined_here.store(true, Relaxed);
    }
}

extern "C" {
    // Not by way of pgrx, whose guard against errors costs more than the look-up.
    fn GetConfigOption(name: *const c_char, missing_ok: bool, restrict: bool) -> *const c_char;
}

thread_local! {
    /// What the settings of other owners held when they were last looked at, in the order of REQUEST_SETTINGS.
    static SEEN: RefCell<[Vec<u8>; 4]> = const { RefCell::new([const { Vec::new() }; 4]) };
}

impl RequestSetting {
    /// The name, as in SQL.
    pub fn name(&self) -> &'static str {
        self.name.to_str().unwrap_or_default()
    }

    /// Calls `read` with the value in the database's encoding. Unset and empty are one: PostgREST's
    /// settings become empty, not unset, when its transaction ends.
    ///
    /// `read` must not change a setting, for the bytes would go away beneath it.
    pub fn with<R>(&self, read: impl FnOnce(Option<&[u8]>) -> R) -> R {
        let value = if self.defined_here.load(Relaxed) {
            self.value.load(Relaxed).cast_const()
        } else {
            // SAFETY: a NUL-terminated name; missing_ok gives null for an unknown one, and no error.
            unsafe { GetConfigOption(self.name.as_ptr(), true, false) }
        };
        // SAFETY: the value of a setting is a NUL-terminated string or null, and stays until the
        // setting changes.
        read(unsafe { bytes_at(value) }.filter(|bytes| !bytes.is_empty()))
    }
}

/// Sets the claims of the request, in the database's encoding, to the end of this transaction. Legacy claims,
/// which functions of others may look at first, are emptied.
pub fn set_claims(claims: &CStr) {
    set_local(CLAIMS.name, claims);
    for legacy in [&LEGACY_SUB, &LEGACY_ROLE, &LEGACY_EMAIL] {
        if legacy.with(|value| value.is_some()) {
            set_local(legacy.name, c"");
        }
    }
}

/// A setting of the request that is nobody's, in UTF-8; `None` when it is unset or cannot be read.
pub fn request_value(name: &CStr) -> Option<Vec<u8>> {
    // SAFETY: as in `RequestSetting::with`.
    let value = unsafe { bytes_at(GetConfigOption(name.as_ptr(), true, false)) }?;
    Some(crate::pg::values::encoding::to_utf8(value)?.into_owned())
}

/// No value of a setting: it has a NUL.
const TOO_LARGE: &[u8] = b"\0";

/// Looks at the settings that belong to somebody else, and raises the generation when one of them has
/// changed. The legacy ones count only where there are no claims, so they are looked at only then.
pub fn poll() {
    SEEN.with_borrow_mut(|seen| {
        for (setting, seen) in REQUEST_SETTINGS.iter().zip(seen) {
            let present = setting.with(|value| {
                let value = value.unwrap_or_default();
                // Claims that are too large are all alike: they are refused for their size.
                let value = if value.len() > MAX_CLAIMS_BYTES {
                    TOO_LARGE
                } else {
                    value
                };
                if !setting.defined_here.load(Relaxed) && seen != value {
                    seen.clear();
                    seen.extend_from_slice(value);
                    changed();
                }
                !value.is_empty()
            });
            if present && ptr::eq(*setting, &CLAIMS) {
                return;
            }
        }
    });
}
