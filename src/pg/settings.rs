//! The settings that carry the claims and those that say how to read them.
//!
//! `request.jwt.claims` is defined here, as a real setting and not as the placeholder that Postgres
//! makes of an unknown name, for one reason: a real setting has an assign hook. The hook counts a
//! generation, and "has anything changed since the last row?" becomes the comparison of two integers.
//!
//! Another extension may have defined the name already. Then the setting stays with its owner, and its
//! bytes (never its address, which can come back with other bytes) are compared at each call.

use std::cell::RefCell;
use std::ffi::{c_char, c_int, c_void, CStr, CString};
use std::ptr;
use std::rc::Rc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU64};

use clerk_rls_core::{FpmAlignment, Layout, Provider, Rules};
use pgrx::pg_sys;
use pgrx::prelude::*;

/// A setting in which a request carries claims.
pub struct RequestSetting {
    name: &'static CStr,
    description: &'static CStr,
    /// Where Postgres keeps the value, when the setting is ours.
    value: AtomicPtr<c_char>,
    ours: AtomicBool,
}

impl RequestSetting {
    const fn new(name: &'static CStr, description: &'static CStr) -> Self {
        Self {
            name,
            description,
            value: AtomicPtr::new(ptr::null_mut()),
            ours: AtomicBool::new(false),
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

static REQUEST: [&RequestSetting; 4] = [&CLAIMS, &LEGACY_SUB, &LEGACY_ROLE, &LEGACY_EMAIL];

static DEFINE_REQUEST_SETTINGS: AtomicBool = AtomicBool::new(true);
static REQUIRE_SESSION: AtomicBool = AtomicBool::new(false);
static ALLOW_PENDING: AtomicBool = AtomicBool::new(false);
static CHECK_EXPIRY: AtomicBool = AtomicBool::new(false);
static IDENTITY_SOURCE: AtomicI32 = AtomicI32::new(0);
static AUDIT_LOG: AtomicI32 = AtomicI32::new(0);
static TAG_LOG: AtomicBool = AtomicBool::new(false);
static PROVIDER: AtomicI32 = AtomicI32::new(0);
static FPM_ALIGNMENT: AtomicI32 = AtomicI32::new(0);
static CLAIM_MAP: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());

/// Where the identity comes from.
#[derive(Clone, Copy, Default, PartialEq)]
pub enum IdentitySource {
    /// From `authenticate()`, and where nobody did from the claims that the request set.
    #[default]
    RequestClaims,
    /// From `authenticate()` alone.
    VerifiedToken,
}

const IDENTITY_SOURCES: [(&str, IdentitySource); 2] = [
    ("request_claims", IdentitySource::RequestClaims),
    ("verified_token", IdentitySource::VerifiedToken),
];

/// Which authentications are logged.
#[derive(Clone, Copy, Default, PartialEq)]
pub enum AuditLog {
    #[default]
    Off,
    Failures,
    All,
}

const AUDIT_LOGS: [(&str, AuditLog); 3] = [
    ("off", AuditLog::Off),
    ("failures", AuditLog::Failures),
    ("all", AuditLog::All),
];

/// Rises with every change of any setting above; 0 is never reached.
static GENERATION: AtomicU64 = AtomicU64::new(1);
/// Rises with every change of a setting that says how to read claims.
static RULES_GENERATION: AtomicU64 = AtomicU64::new(1);
/// The same, or `UNSETTLED` when it tells nothing before `poll` was called.
static SETTLED: AtomicU64 = AtomicU64::new(1);

const UNSETTLED: u64 = u64::MAX;

/// Two equal generations: nothing has changed in between. While `must_poll`, as of the last `poll`.
#[inline(always)]
pub fn generation() -> u64 {
    GENERATION.load(Relaxed)
}

/// The generation, if it is certain without asking anybody; else one that nothing ever had.
#[inline(always)]
pub fn settled_generation() -> u64 {
    SETTLED.load(Relaxed)
}

/// Some request setting belongs to another extension, and must be looked at on every call.
#[inline(always)]
pub fn must_poll() -> bool {
    settled_generation() == UNSETTLED
}

/// Something that an answer depends on has changed.
pub fn changed() {
    // A load and a store, not an atomic addition: a backend has one thread.
    let next = generation() + 1;
    GENERATION.store(next, Relaxed);
    if !must_poll() {
        SETTLED.store(next, Relaxed);
    }
}

#[pg_guard]
extern "C-unwind" fn claims_assigned(_value: *const c_char, _extra: *mut c_void) {
    changed();
}

#[pg_guard]
extern "C-unwind" fn text_rule_assigned(_value: *const c_char, _extra: *mut c_void) {
    rule_changed();
}

#[pg_guard]
extern "C-unwind" fn enum_rule_assigned(_value: c_int, _extra: *mut c_void) {
    rule_changed();
}

#[pg_guard]
extern "C-unwind" fn bool_rule_assigned(_value: bool, _extra: *mut c_void) {
    rule_changed();
}

fn rule_changed() {
    RULES_GENERATION.store(RULES_GENERATION.load(Relaxed) + 1, Relaxed);
    changed();
}

/// Called once, when the library is loaded.
pub fn define() {
    define_bool(
        c"clerk_rls.define_request_settings",
        c"Defines request.jwt.claims for speed. Read when the library is loaded.",
        &DEFINE_REQUEST_SETTINGS,
    );
    define_bool(
        c"clerk_rls.require_session",
        c"Signs out claims without a session ID, and those of an OAuth client.",
        &REQUIRE_SESSION,
    );
    define_bool(
        c"clerk_rls.allow_pending",
        c"Lets a pending session (sts = pending) count as signed in.",
        &ALLOW_PENDING,
    );
    define_bool(
        c"clerk_rls.check_expiry",
        c"Signs out claims whose exp has passed, or that have none.",
        &CHECK_EXPIRY,
    );
    define_bool(
        c"clerk_rls.tag_log",
        c"Appends the user's ID to application_name for the rest of the transaction.",
        &TAG_LOG,
    );
    define_enum(
        c"clerk_rls.identity_source",
        c"Where the identity comes from; verified_token ignores request.jwt.claims.",
        &IDENTITY_SOURCE,
        &IDENTITY_SOURCES.map(|(name, _)| name),
    );
    define_enum(
        c"clerk_rls.audit_log",
        c"Which calls of authenticate() are logged.",
        &AUDIT_LOG,
        &AUDIT_LOGS.map(|(name, _)| name),
    );
    define_enum(
        c"clerk_rls.provider",
        c"Where the claims of a request lie: the layout of this provider.",
        &PROVIDER,
        &Provider::NAMES.map(|(name, _)| name),
    );
    define_enum(
        c"clerk_rls.fpm_alignment",
        c"How Clerk's permission masks are aligned with the list of features.",
        &FPM_ALIGNMENT,
        &FpmAlignment::NAMES.map(|(name, _)| name),
    );
    define_string(
        c"clerk_rls.claim_map",
        c"JSON object of fields that lie elsewhere than clerk_rls.provider says.",
        &CLAIM_MAP,
        pg_sys::GucContext::PGC_SUSET,
        0,
        Some(claim_map_is_valid),
        text_rule_assigned,
    );
    let define_ours = DEFINE_REQUEST_SETTINGS.load(Relaxed);
    for setting in REQUEST {
        if define_ours && !is_taken(setting.name) {
            define_string(
                setting.name,
                setting.description,
                &setting.value,
                pg_sys::GucContext::PGC_USERSET,
                (pg_sys::GUC_NO_SHOW_ALL | pg_sys::GUC_NOT_IN_SAMPLE) as c_int,
                None,
                claims_assigned,
            );
            setting.ours.store(true, Relaxed);
        } else {
            SETTLED.store(UNSETTLED, Relaxed);
        }
    }
}

/// Where the identity comes from.
pub fn identity_source() -> IdentitySource {
    chosen(&IDENTITY_SOURCE, &IDENTITY_SOURCES)
}

/// Which authentications are logged.
pub fn audit_log() -> AuditLog {
    chosen(&AUDIT_LOG, &AUDIT_LOGS)
}

/// Whether the user's ID is put where the operator's logs show it.
pub fn tag_log() -> bool {
    TAG_LOG.load(Relaxed)
}

/// Whether somebody else has defined this setting. A mere placeholder, made by `SET` before the
/// library was loaded, is adopted by a definition and does not count.
fn is_taken(name: &CStr) -> bool {
    // A second definition would be an ERROR, and FATAL under shared_preload_libraries.
    // SAFETY: both functions take a NUL-terminated name and, with missing_ok, report no error for an
    // unknown one. The flags are looked at first because reading a superuser-only setting checks
    // privileges, which a starting server cannot do.
    unsafe {
        let flags = pg_sys::GetConfigOptionFlags(name.as_ptr(), true) as u32;
        if flags & pg_sys::GUC_CUSTOM_PLACEHOLDER != 0 {
            return false;
        }
        if flags & pg_sys::GUC_SUPERUSER_ONLY != 0 {
            return true;
        }
        let mut found = ptr::null();
        pg_sys::GetConfigOptionByName(name.as_ptr(), &mut found, true);
        !found.is_null()
    }
}

fn define_bool(name: &'static CStr, description: &'static CStr, value: &'static AtomicBool) {
    // SAFETY: names and storage are static; an AtomicBool is a bool in memory.
    unsafe {
        pg_sys::DefineCustomBoolVariable(
            name.as_ptr(),
            description.as_ptr(),
            ptr::null(),
            value.as_ptr(),
            value.load(Relaxed),
            pg_sys::GucContext::PGC_SUSET,
            0,
            None,
            Some(bool_rule_assigned),
            None,
        );
    }
}

fn define_enum(name: &'static CStr, description: &'static CStr, value: &'static AtomicI32, names: &[&str]) {
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
    unsafe {
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
            Some(enum_rule_assigned),
            None,
        );
    }
}

fn define_string(
    name: &'static CStr,
    description: &'static CStr,
    value: &'static AtomicPtr<c_char>,
    context: pg_sys::GucContext::Type,
    flags: c_int,
    check: pg_sys::GucStringCheckHook,
    assigned: unsafe extern "C-unwind" fn(*const c_char, *mut c_void),
) {
    // SAFETY: as in `define_bool`; an AtomicPtr is a pointer in memory.
    unsafe {
        pg_sys::DefineCustomStringVariable(
            name.as_ptr(),
            description.as_ptr(),
            ptr::null(),
            value.as_ptr(),
            c"".as_ptr(),
            context,
            flags,
            check,
            Some(assigned),
            None,
        );
    }
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

#[pg_guard]
unsafe extern "C-unwind" fn claim_map_is_valid(
    value: *mut *mut c_char,
    _extra: *mut *mut c_void,
    _source: pg_sys::GucSource::Type,
) -> bool {
    // SAFETY: Postgres passes the address of the candidate, a NUL-terminated string or null.
    let candidate = unsafe { bytes_at(*value) };
    let error = match read_claim_map(candidate.unwrap_or_default(), Provider::default()) {
        Ok(_) => return true,
        Err(error) => error,
    };
    // SAFETY: Postgres reads these two strings right after the hook, in the memory context in which
    // it called it.
    unsafe {
        pg_sys::GUC_check_errdetail_string = palloc_string(&sentence(&error.to_string()));
        pg_sys::GUC_check_errhint_string = palloc_string(error.hint());
    }
    false
}

fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).chain(['.']).collect())
        .unwrap_or_default()
}

fn palloc_string(text: &str) -> *mut c_char {
    let text: String = text.chars().filter(|c| *c != '\0').collect();
    // SAFETY: `text` is readable for its length; the copy ends with a NUL.
    unsafe { pg_sys::pnstrdup(text.as_ptr().cast(), text.len()) }
}

fn read_claim_map(claim_map: &[u8], provider: Provider) -> Result<Layout, clerk_rls_core::ClaimMapError> {
    let text = super::encoding::to_utf8(claim_map).unwrap_or_default();
    Layout::preset(provider).with_claim_map(&String::from_utf8_lossy(&text))
}

thread_local! {
    static RULES: RefCell<(u64, Rc<Rules>)> = RefCell::new((0, Rc::default()));
    /// What the settings of other owners held when they were last looked at, in the order of REQUEST.
    static SEEN: RefCell<[Vec<u8>; 4]> = const { RefCell::new([const { Vec::new() }; 4]) };
}

/// How to read claims, as the settings say now.
pub fn rules() -> Rc<Rules> {
    let current = RULES_GENERATION.load(Relaxed);
    RULES.with_borrow_mut(|(generation, rules)| {
        if *generation != current {
            *rules = Rc::new(read_rules());
            *generation = current;
        }
        Rc::clone(rules)
    })
}

fn read_rules() -> Rules {
    let provider = chosen(&PROVIDER, &Provider::NAMES);
    // SAFETY: Postgres keeps a NUL-terminated string or null in the storage it was given.
    let claim_map = unsafe { bytes_at(CLAIM_MAP.load(Relaxed)) }.unwrap_or_default();
    Rules {
        // The check hook has let through valid maps alone.
        layout: read_claim_map(claim_map, provider).unwrap_or_else(|_| Layout::preset(provider)),
        fpm_alignment: chosen(&FPM_ALIGNMENT, &FpmAlignment::NAMES),
        require_session: REQUIRE_SESSION.load(Relaxed),
        allow_pending: ALLOW_PENDING.load(Relaxed),
        check_expiry: CHECK_EXPIRY.load(Relaxed),
        ..Rules::default()
    }
}

/// The value of an enum setting: a position in the table that it was defined with.
fn chosen<T: Copy + Default>(setting: &AtomicI32, names: &[(&str, T)]) -> T {
    let position = usize::try_from(setting.load(Relaxed)).ok();
    position
        .and_then(|position| names.get(position))
        .map(|(_, value)| *value)
        .unwrap_or_default()
}

extern "C" {
    // Not by way of pgrx, whose guard against errors costs more than the look-up.
    fn GetConfigOption(name: *const c_char, missing_ok: bool, restrict: bool) -> *const c_char;
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
        let value = if self.ours.load(Relaxed) {
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

/// A setting of the request that is nobody's, in UTF-8; `None` when it is unset or cannot be read.
pub fn request_value(name: &CStr) -> Option<Vec<u8>> {
    // SAFETY: as in `RequestSetting::with`.
    let value = unsafe { bytes_at(GetConfigOption(name.as_ptr(), true, false)) }?;
    Some(super::encoding::to_utf8(value)?.into_owned())
}

/// Looks at the settings that belong to somebody else, and raises the generation when one of them has
/// changed. The legacy ones count only where there are no claims, so they are looked at only then.
pub fn poll() {
    SEEN.with_borrow_mut(|seen| {
        for (setting, seen) in REQUEST.iter().zip(seen) {
            let present = setting.with(|value| {
                let value = value.unwrap_or_default();
                if !setting.ours.load(Relaxed) && seen != value {
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

/// # Safety
/// `string` is null or NUL-terminated and unchanged for `'a`.
unsafe fn bytes_at<'a>(string: *const c_char) -> Option<&'a [u8]> {
    // SAFETY: promised by the caller.
    (!string.is_null()).then(|| unsafe { CStr::from_ptr(string) }.to_bytes())
}
