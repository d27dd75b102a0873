//! The operator's settings: the source of the identity, and the rules for reading claims.

use std::cell::RefCell;
use std::ffi::{c_char, c_void};
use std::ptr;
use std::rc::Rc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr};

use clerk_rls_core::{ClaimMapError, FpmAlignment, Layout, Provider, Rules};
use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::pg::settings::guc::{
    assignments, bytes_at, define_bool, define_enum, define_seconds, define_string, SetBy,
};

static DEFINE_REQUEST_SETTINGS: AtomicBool = AtomicBool::new(true);
static REQUIRE_SESSION: AtomicBool = AtomicBool::new(false);
static ALLOW_PENDING: AtomicBool = AtomicBool::new(false);
static CHECK_EXPIRY: AtomicBool = AtomicBool::new(false);
static CHECK_REVOCATION: AtomicBool = AtomicBool::new(false);
static CHECK_MEMBERSHIP: AtomicBool = AtomicBool::new(false);
static REVOCATION_LIFETIME: AtomicI32 = AtomicI32::new(25 * 3600);
static IDENTITY_SOURCE: AtomicI32 = AtomicI32::new(0);
static AUDIT_LOG: AtomicI32 = AtomicI32::new(0);
static TAG_LOG: AtomicBool = AtomicBool::new(false);
static PROVIDER: AtomicI32 = AtomicI32::new(0);
static FPM_ALIGNMENT: AtomicI32 = AtomicI32::new(0);
static API_ROLES: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());
static CLAIM_MAP: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());

/// The source of the identity.
#[derive(Clone, Copy, Default, PartialEq)]
pub enum IdentitySource {
    /// A verified token or, if the transaction has not authenticated one, the claims of the request.
    #[default]
    RequestClaims,
    /// A verified token only.
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

/// A session token lives a minute.
const MIN_REVOCATION_LIFETIME: i32 = 60;

/// Called once, when the library is loaded.
pub fn define() {
    let boolean = |name, description, value| define_bool(name, description, value, SetBy::Superuser);
    boolean(
        c"clerk_rls.define_request_settings",
        c"Defines request.jwt.claims, which makes the readers faster. Read when the library is loaded.",
        &DEFINE_REQUEST_SETTINGS,
    );
    boolean(
        c"clerk_rls.require_session",
        c"Treats claims without a session ID, and claims of an OAuth client, as signed out.",
        &REQUIRE_SESSION,
    );
    boolean(
        c"clerk_rls.allow_pending",
        c"Treats a pending session (sts = pending) as signed in.",
        &ALLOW_PENDING,
    );
    boolean(
        c"clerk_rls.check_expiry",
        c"Treats claims that have expired, or that have no exp, as signed out.",
        &CHECK_EXPIRY,
    );
    boolean(
        c"clerk_rls.check_revocation",
        c"Looks claims of the request up in clerk_rls.revocations; signs out those without iat or session.",
        &CHECK_REVOCATION,
    );
    boolean(
        c"clerk_rls.check_membership",
        c"Ignores claims about an organization that clerk_rls.memberships does not have for the user.",
        &CHECK_MEMBERSHIP,
    );
    define_seconds(
        c"clerk_rls.revocation_lifetime",
        c"How long a revocation is kept: longer than any token lives.",
        &REVOCATION_LIFETIME,
        MIN_REVOCATION_LIFETIME..=i32::MAX,
        SetBy::Superuser,
    );
    boolean(
        c"clerk_rls.tag_log",
        c"Appends the user's ID to application_name for the rest of the transaction.",
        &TAG_LOG,
    );
    define_enum(
        c"clerk_rls.identity_source",
        c"Selects the source of the identity; verified_token ignores request.jwt.claims.",
        &IDENTITY_SOURCE,
        &IDENTITY_SOURCES.map(|(name, _)| name),
    );
    define_enum(
        c"clerk_rls.audit_log",
        c"Selects which calls of authenticate() are logged.",
        &AUDIT_LOG,
        &AUDIT_LOGS.map(|(name, _)| name),
    );
    define_enum(
        c"clerk_rls.provider",
        c"Selects the provider whose tokens carry the claims of a request.",
        &PROVIDER,
        &Provider::NAMES.map(|(name, _)| name),
    );
    define_enum(
        c"clerk_rls.fpm_alignment",
        c"Selects how Clerk's permission masks are aligned with the list of features.",
        &FPM_ALIGNMENT,
        &FpmAlignment::NAMES.map(|(name, _)| name),
    );
    define_string(
        c"clerk_rls.claim_map",
        c"Sets the claims of single fields, as a JSON object that overrides the layout of clerk_rls.provider.",
        &CLAIM_MAP,
        Some(claim_map_is_valid),
        SetBy::Superuser,
    );
    // Read by SQL, in clerk_rls.api_roles().
    define_string(
        c"clerk_rls.api_roles",
        c"Sets the roles of client requests for the linter, which detects them if this is empty.",
        &API_ROLES,
        None,
        SetBy::Superuser,
    );
}

/// Whether this library defines `request.jwt.claims`.
pub fn define_request_settings() -> bool {
    DEFINE_REQUEST_SETTINGS.load(Relaxed)
}

/// The source of the identity.
pub fn identity_source() -> IdentitySource {
    chosen(&IDENTITY_SOURCE, &IDENTITY_SOURCES)
}

/// Which authentications are logged.
pub fn audit_log() -> AuditLog {
    chosen(&AUDIT_LOG, &AUDIT_LOGS)
}

/// Whether the claims of the request are looked up in the table of revocations.
pub fn check_revocation() -> bool {
    CHECK_REVOCATION.load(Relaxed)
}

/// The number of seconds that a revocation is kept.
pub fn revocation_lifetime() -> i32 {
    REVOCATION_LIFETIME.load(Relaxed)
}

/// Whether the user's ID is appended to `application_name`.
pub fn tag_log() -> bool {
    TAG_LOG.load(Relaxed)
}

#[pg_guard]
unsafe extern "C-unwind" fn claim_map_is_valid(
    value: *mut *mut c_char,
    _extra: *mut *mut c_void,
    _source: pg_sys::GucSource::Type,
) -> bool {
    // SAFETY: PostgreSQL passes the address of the new value, which is null or NUL-terminated.
    let candidate = unsafe { bytes_at(*value) };
    let error = match read_claim_map(candidate.unwrap_or_default(), Provider::default()) {
        Ok(_) => return true,
        Err(error) => error,
    };
    // SAFETY: PostgreSQL reads the two strings right after the hook, in the memory context in which it called
    // the hook.
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
    // SAFETY: `text` is readable for its length; pnstrdup appends a NUL.
    unsafe { pg_sys::pnstrdup(text.as_ptr().cast(), text.len()) }
}

/// A claim map is ASCII or UTF-8 in every database: it is also read where nothing can be converted, when a
/// server starts or reloads its configuration.
fn read_claim_map(claim_map: &[u8], provider: Provider) -> Result<Layout, ClaimMapError> {
    let claim_map = std::str::from_utf8(claim_map).unwrap_or("not UTF-8");
    Layout::preset(provider).with_claim_map(claim_map)
}

thread_local! {
    static RULES: RefCell<(u64, Rc<Rules>)> = RefCell::new((0, Rc::default()));
}

/// The current rules for reading claims.
pub fn rules() -> Rc<Rules> {
    let current = assignments();
    RULES.with_borrow_mut(|(generation, rules)| {
        if *generation != current {
            *rules = Rc::new(read_rules());
            *generation = current;
        }
        Rc::clone(rules)
    })
}

/// The current provider and claim map.
pub fn provider_and_claim_map() -> (Provider, String) {
    // SAFETY: PostgreSQL keeps null or a NUL-terminated string in this variable.
    let claim_map = unsafe { bytes_at(CLAIM_MAP.load(Relaxed)) }.unwrap_or_default();
    let provider = chosen(&PROVIDER, &Provider::NAMES);
    (provider, String::from_utf8_lossy(claim_map).into_owned())
}

fn read_rules() -> Rules {
    let provider = chosen(&PROVIDER, &Provider::NAMES);
    // SAFETY: PostgreSQL keeps null or a NUL-terminated string in this variable.
    let claim_map = unsafe { bytes_at(CLAIM_MAP.load(Relaxed)) }.unwrap_or_default();
    Rules {
        // The check hook accepts only valid maps.
        layout: read_claim_map(claim_map, provider).unwrap_or_else(|_| Layout::preset(provider)),
        fpm_alignment: chosen(&FPM_ALIGNMENT, &FpmAlignment::NAMES),
        require_session: REQUIRE_SESSION.load(Relaxed),
        allow_pending: ALLOW_PENDING.load(Relaxed),
        check_expiry: CHECK_EXPIRY.load(Relaxed),
        check_revocation: check_revocation(),
        check_membership: CHECK_MEMBERSHIP.load(Relaxed),
        ..Rules::default()
    }
}

/// The value of an enum setting, which is a position in the table with which it was defined.
fn chosen<T: Copy + Default>(setting: &AtomicI32, names: &[(&str, T)]) -> T {
    let position = usize::try_from(setting.load(Relaxed)).ok();
    position
        .and_then(|position| names.get(position))
        .map(|(_, value)| *value)
        .unwrap_or_default()
}
