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

/// The digits of [`MAX_NUMERIC_DATE`]: the double of 2^53 + 1 is 2^53 too, its digits are others.
pub const MAX_NUMERIC_DATE_DIGITS: &str = "9007199254740992";

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

/// Length of a token in bytes, `Bearer` left off; longer is refused before a byte is read or copied.
///
/// A session token travels in a cookie of 4 kB; a template's reaches 8 kB as JSON, which is 11 kB here.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// Length of a `kid` in bytes, in a key and in a token; longer is refused.
pub const MAX_KID_BYTES: usize = 256;

/// Length of a JWK or a JWK Set in bytes; longer is refused.
///
/// [`MAX_KEYS_PER_SET`] keys of 2,048 bits with a certificate each, as most issuers publish them.
pub const MAX_JWKS_BYTES: usize = 256 * 1024;

/// Keys of one issuer; more are refused. Issuers publish one to five, and rotate one at a time.
pub const MAX_KEYS_PER_SET: usize = 128;

/// Keys of a set that are named when they are passed over; of more, their number is told.
pub const MAX_IGNORED_KEYS_TOLD: usize = 8;

/// Length of a PEM text in bytes; longer is refused. A certificate for 8,192 bits has about 3 kB.
pub const MAX_PEM_BYTES: usize = 32 * 1024;

/// Length of a shared secret in bytes; longer is refused. HMAC hashes what is longer than 128.
pub const MAX_SECRET_BYTES: usize = 1024;

/// Length of a shared secret's base64 in bytes; longer is refused before it is decoded.
pub const MAX_SECRET_TEXT_BYTES: usize = 2 * MAX_SECRET_BYTES;

/// Bits of an RSA modulus; fewer are refused (RFC 7518 section 3.3).
pub const MIN_RSA_BITS: usize = 2048;

/// Bits of an RSA modulus; more are refused, for the time to verify grows with the square.
pub const MAX_RSA_BITS: usize = 8192;

/// Length of an RSA exponent in bytes; longer is refused, for the time to verify grows with it.
pub const MAX_RSA_EXPONENT_BYTES: usize = 4;

/// Length of an issuer's name in bytes; longer is refused when it is added.
pub const MAX_ISSUER_BYTES: usize = 1024;

/// Names in an issuer's list of audiences or authorized parties; more are refused.
pub const MAX_NAMES_PER_LIST: usize = 64;

/// Length of such a name in bytes; longer is refused.
pub const MAX_NAME_BYTES: usize = 1024;

/// Seconds of an issuer's leeway; more is refused. RFC 7519 section 4.1.4: "usually no more than a
/// few minutes".
pub const MAX_LEEWAY_SECONDS: i64 = 300;
