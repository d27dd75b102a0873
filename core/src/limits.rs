//! Every bound on what comes from outside, in one place.
//!
//! Invariant: work and memory spent on one set of claims are at most proportional to these numbers,
//! whoever wrote the claims. In trusted mode that is any SQL, so a bound is a defence and not a
//! courtesy. Each constant says what happens beyond it.

/// Length of a set of claims in bytes; longer is refused before a byte is read.
///
/// A session token travels in a cookie, which browsers cut at 4 kB, and large claims are measured
/// here at 8 kB; PostgreSQL's own limit for a setting is 1 GB, which is no protection.
pub const MAX_CLAIMS_BYTES: usize = 64 * 1024;

/// Nesting of objects and arrays, the outermost object counted; deeper is refused.
pub const MAX_CLAIMS_DEPTH: usize = 32;

/// Keys of one object that are compared pairwise; more are sorted first.
///
/// Up to here comparing fingerprints is faster than sorting; beyond it 10,000 tiny keys would cost
/// 50 million comparisons.
pub const MAX_PAIRWISE_KEYS: usize = 32;

/// Length of a subject in bytes, after decoding; a longer one is nobody.
///
/// OpenID Connect Core 1.0 section 2: `sub` "MUST NOT exceed 255 ASCII characters in length".
pub const MAX_SUBJECT_BYTES: usize = 255;

/// Seconds that an expired set of claims is still honoured, for clocks that disagree.
///
/// Clerk's own verification allows 5 seconds (clerk/javascript, `packages/backend/src/jwt/verifyJwt.ts`).
pub const EXPIRY_LEEWAY_SECONDS: i64 = 5;

/// Largest NumericDate (RFC 7519 section 2): 2^53, up to which a double holds every whole second.
pub const MAX_NUMERIC_DATE: f64 = 9_007_199_254_740_992.0;

/// Length of a `clerk_rls.claim_map` in bytes; longer is refused.
pub const MAX_CLAIM_MAP_BYTES: usize = 8 * 1024;

/// Entries of `fea` that are aligned with `fpm`; later ones give no permissions.
pub const MAX_FEATURES: usize = 1024;

/// Entries of `o.per`; later ones are ignored, and so are the bits that stand for them.
pub const MAX_PERMISSION_NAMES: usize = 1024;

/// Decimal digits of one `fpm` mask, leading zeros apart: enough for [`MAX_PERMISSION_NAMES`] bits.
/// A longer mask counts as empty.
pub const MAX_MASK_DIGITS: usize = 309;

/// Length in bytes of a feature's or a permission's slug; a longer one keeps its place but gives nothing.
///
/// Without it 3,000 features times one permission name of 30 kB would be 90 MB.
pub const MAX_SLUG_BYTES: usize = 255;

/// Permissions decoded from `fea`, `o.per` and `o.fpm`; later ones are not granted.
pub const MAX_DECODED_PERMISSIONS: usize = 8192;
