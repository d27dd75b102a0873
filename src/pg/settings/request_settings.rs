//! The settings that carry the claims of a request.
//!
//! This library defines `request.jwt.claims` as a real setting, in place of the placeholder that PostgreSQL
//! creates for an unknown name: a real setting has an assign hook, which counts each change.
//!
//! Another extension may already have defined the name. Then the setting stays with that extension, and its
//! bytes are compared on each call. Comparing its address would not be enough, because a freed address can
//! return with other bytes.

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

/// A setting that carries claims of the request.
pub struct RequestSetting {
    name: &'static CStr,
    description: &'static CStr,
    /// PostgreSQL's storage of the value, if this library defined the setting.
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

/// The claims of PostgREST: one JSON object.
pub static CLAIMS: RequestSetting = RequestSetting::new(
    c"request.jwt.claims",
    c"The claims of the current request, as JSON.",
);
/// The claims of PostgREST up to version 8: one setting for each claim.
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

/// Called once, when the library is loaded. A setting that this library does not define is polled.
pub fn define(defined_here: bool) {
    for setting in REQUEST_SETTINGS {
        // A second definition would be an ERROR, and FATAL under shared_preload_libraries.
        if !defined_here || state_of(setting.name) == NameState::Defined {
            require_polling();
            continue;
        }
        // SAFETY: names and storage are static; an AtomicPtr has the layout of a pointer.
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
    // Declared here because the guard in pgrx's declaration costs more than the look-up.
    fn GetConfigOption(name: *const c_char, missing_ok: bool, restrict: bool) -> *const c_char;
}

thread_local! {
    /// The values of other owners' settings at the last poll, in the order of `REQUEST_SETTINGS`.
    static SEEN: RefCell<[Vec<u8>; 4]> = const { RefCell::new([const { Vec::new() }; 4]) };
}

impl RequestSetting {
    /// The name of the setting.
    pub fn name(&self) -> &'static str {
        self.name.to_str().unwrap_or_default()
    }

    /// Calls `read` with the value in the database encoding. An empty value counts as unset, because
    /// PostgREST's settings become empty when its transaction ends.
    ///
    /// `read` must not change a setting, because that would free the bytes.
    pub fn with<R>(&self, read: impl FnOnce(Option<&[u8]>) -> R) -> R {
        let value = if self.defined_here.load(Relaxed) {
            self.value.load(Relaxed).cast_const()
        } else {
            // SAFETY: the name is NUL-terminated; with missing_ok, the function returns null for an unknown
            // name.
            unsafe { GetConfigOption(self.name.as_ptr(), true, false) }
        };
        // SAFETY: the value of a setting is null or NUL-terminated, and valid until the setting changes.
        // `read` does not change it.
        read(unsafe { bytes_at(value) }.filter(|bytes| !bytes.is_empty()))
    }
}

/// Sets the claims of the request, in the database encoding, until the end of this transaction. Legacy claims
/// are emptied, because other functions may read them first.
pub fn set_claims(claims: &CStr) {
    set_local(CLAIMS.name, claims);
    for legacy in [&LEGACY_SUB, &LEGACY_ROLE, &LEGACY_EMAIL] {
        if legacy.with(|value| value.is_some()) {
            set_local(legacy.name, c"");
        }
    }
}

/// The value of a request setting that no library defines, in UTF-8; `None` if it is unset or cannot be
/// converted.
pub fn request_value(name: &CStr) -> Option<Vec<u8>> {
    // SAFETY: as in `RequestSetting::with`.
    let value = unsafe { bytes_at(GetConfigOption(name.as_ptr(), true, false)) }?;
    Some(crate::pg::values::encoding::to_utf8(value)?.into_owned())
}

/// Stands for all values that are too large. No setting has this value, because it contains a NUL.
const TOO_LARGE: &[u8] = b"\0";

/// Compares the settings that other extensions own, and increments the generation if one has changed. Legacy
/// settings are compared only when there are no claims, because they count only then.
pub fn poll() {
    SEEN.with_borrow_mut(|seen| {
        for (setting, seen) in REQUEST_SETTINGS.iter().zip(seen) {
            let present = setting.with(|value| {
                let value = value.unwrap_or_default();
                // Claims that are too large need not be distinguished, because all of them are refused.
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
