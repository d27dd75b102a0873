//! Every bound on input, in one place.
//!
//! Invariant: the work and memory spent on one set of claims are at most proportional to these numbers,
//! whoever wrote the claims. Any SQL can set the claims of a request, so these bounds are part of the
//! defense. Each constant says what happens when the bound is exceeded.

/// Maximum length of a set of claims in bytes. Longer claims are refused before any byte is read.
///
/// A session token travels in a cookie, which browsers cut at 4 kB; large claims reach 8 kB. PostgreSQL's own
/// limit for a setting is 1 GB.
pub const MAX_CLAIMS_BYTES: usize = 64 * 1024;

/// Maximum nesting of objects and arrays, counting the outermost object. Deeper claims are refused.
pub const MAX_CLAIMS_DEPTH: usize = 32;

/// Maximum number of keys in one object that are compared pairwise. More keys are sorted first.
///
/// Below this number, comparing fingerprints is faster than sorting; above it, 10,000 small keys would cost
/// 50 million comparisons.
pub const MAX_PAIRWISE_KEYS: usize = 32;

/// Maximum length of a subject in bytes, after decoding. Nobody is signed in with a longer subject.
///
/// Source: [OpenID Connect Core 1.0 section
/// 2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken), which limits `sub` to 255 ASCII
/// characters.
pub const MAX_SUBJECT_BYTES: usize = 255;

/// Seconds after `exp` during which claims are still accepted, because clocks differ.
///
/// Clerk's SDK allows the same 5 seconds
/// ([`verifyJwt.ts`](https://github.com/clerk/javascript/blob/main/packages/backend/src/jwt/verifyJwt.ts)).
pub const EXPIRY_LEEWAY_SECONDS: i64 = 5;

/// Maximum NumericDate ([RFC 7519 section 2](https://www.rfc-editor.org/rfc/rfc7519#section-2)): 2^53, up to
/// which a double represents every whole second.
pub const MAX_NUMERIC_DATE: f64 = 9_007_199_254_740_992.0;

/// The digits of [`MAX_NUMERIC_DATE`]. 2^53 + 1 has the same double as 2^53, but different digits.
pub const MAX_NUMERIC_DATE_DIGITS: &str = "9007199254740992";

/// Maximum length of a claim map in bytes. A longer map is refused.
pub const MAX_CLAIM_MAP_BYTES: usize = 8 * 1024;

/// Maximum number of `fea` entries that are aligned with `fpm`. Later entries give no permissions.
pub const MAX_FEATURES: usize = 1024;

/// Maximum number of `o.per` entries. Later entries, and the mask bits that stand for them, are ignored.
pub const MAX_PERMISSION_NAMES: usize = 1024;

/// Maximum number of decimal digits in one `fpm` mask, without leading zeros: enough for
/// [`MAX_PERMISSION_NAMES`] bits. A longer mask counts as empty.
pub const MAX_MASK_DIGITS: usize = 309;

/// Maximum length of the slug of a feature or permission in bytes. A longer slug keeps its position but gives
/// no permission.
///
/// Without this bound, 3,000 features times one permission name of 30 kB would produce 90 MB.
pub const MAX_SLUG_BYTES: usize = 255;

/// Maximum number of permissions decoded from `fea`, `o.per` and `o.fpm`. Later permissions are not granted.
pub const MAX_DECODED_PERMISSIONS: usize = 8192;

/// Maximum length of a token in bytes, without `Bearer`. A longer token is refused before any byte is read or
/// copied.
///
/// A session token travels in a cookie of 4 kB. A template's claims reach 8 kB, which become 11 kB in a
/// token.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// Maximum length of a `kid` in bytes, in keys and in tokens. A longer one is refused.
pub const MAX_KID_BYTES: usize = 256;

/// Maximum length of a JWK or JWK Set in bytes. A longer one is refused.
///
/// This is enough for [`MAX_KEYS_PER_SET`] keys of 2,048 bits with a certificate each, as most issuers
/// publish them.
pub const MAX_JWKS_BYTES: usize = 256 * 1024;

/// Maximum number of keys of one issuer. A larger set is refused. Issuers publish one to five keys and rotate
/// one at a time.
pub const MAX_KEYS_PER_SET: usize = 128;

/// Maximum number of ignored keys that a message lists. Of the others, only the number is reported.
pub const MAX_IGNORED_KEYS_LISTED: usize = 8;

/// Maximum length of a PEM text in bytes. A longer text is refused. A certificate of an 8,192-bit key has
/// about 3 kB.
pub const MAX_PEM_BYTES: usize = 32 * 1024;

/// Maximum length of a shared secret in bytes. A longer secret is refused. HMAC hashes any key longer than
/// 128 bytes.
pub const MAX_SECRET_BYTES: usize = 1024;

/// Maximum length of a base64-encoded secret in bytes. A longer text is refused before it is decoded.
pub const MAX_SECRET_TEXT_BYTES: usize = 2 * MAX_SECRET_BYTES;

/// Minimum size of an RSA modulus in bits ([RFC 7518 section
/// 3.3](https://www.rfc-editor.org/rfc/rfc7518#section-3.3)). A shorter modulus is refused.
pub const MIN_RSA_BITS: usize = 2048;

/// Maximum size of an RSA modulus in bits. A longer modulus is refused, because the time to verify grows with
/// the square of its size.
pub const MAX_RSA_BITS: usize = 8192;

/// Maximum length of an RSA exponent in bytes. A longer exponent is refused, because the time to verify grows
/// with its length.
pub const MAX_RSA_EXPONENT_BYTES: usize = 4;

/// Maximum length of an issuer's name in bytes. A longer name is refused when the issuer is added.
pub const MAX_ISSUER_BYTES: usize = 1024;

/// Maximum number of names in an issuer's list of audiences or authorized parties. A longer list is refused.
pub const MAX_NAMES_PER_LIST: usize = 64;

/// Maximum length of an audience or authorized party in bytes. A longer one is refused.
pub const MAX_NAME_BYTES: usize = 1024;

/// Maximum leeway of an issuer in seconds. A larger leeway is refused. [RFC 7519 section
/// 4.1.4](https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4) suggests no more than a few minutes.
pub const MAX_LEEWAY_SECONDS: i64 = 300;

/// Length of a webhook's body in bytes; longer is refused before its signature is computed.
///
/// Svix, which delivers Clerk's webhooks, sends up to about 350 kB (`server/svix-server/src/v1/endpoints/message.rs`
/// in svix/svix-webhooks).
pub const MAX_WEBHOOK_BODY_BYTES: usize = 384 * 1024;

/// Length of a request's headers as JSON in bytes; longer is refused before it is parsed.
pub const MAX_WEBHOOK_HEADERS_BYTES: usize = 64 * 1024;

/// Length of a delivery's ID in bytes; longer is refused. Svix's IDs have 31 characters.
pub const MAX_WEBHOOK_ID_BYTES: usize = 255;

/// Entries of a signature header; more are refused before a signature is computed. A sender signs once
/// for each secret that is active during a rotation.
pub const MAX_WEBHOOK_SIGNATURES: usize = 32;

/// Secrets that one delivery is checked against; more are refused. The body is hashed once for each.
pub const MAX_WEBHOOK_SECRETS: usize = 16;

/// Length of a webhook's secret in bytes, decoded; a shorter one is refused.
///
/// Standard Webhooks asks for 24 to 64 bytes, and Svix refuses shorter ones. A short secret
/// can be guessed offline from a single delivery.
pub const MIN_WEBHOOK_SECRET_BYTES: usize = 24;

/// Length of a webhook's secret in bytes, decoded; a longer one is refused. Svix accepts 75.
pub const MAX_WEBHOOK_SECRET_BYTES: usize = 256;

/// Seconds between a delivery's timestamp and now, in either direction; beyond it the delivery is
/// refused. Svix's libraries and those of Standard Webhooks allow 5 minutes.
pub const WEBHOOK_TOLERANCE_SECONDS: i64 = 300;

/// Length in bytes of an ID in a provider's record, and of an event's type; a longer one is refused.
pub const MAX_RECORD_ID_BYTES: usize = 255;

/// Length in bytes of any other text in a provider's record: names, addresses, URLs; longer is refused.
pub const MAX_RECORD_TEXT_BYTES: usize = 4096;

/// Length in bytes of a record's public metadata as JSON; longer is refused. Clerk allows 8 kB.
pub const MAX_RECORD_METADATA_BYTES: usize = 64 * 1024;

/// Permissions of one membership; more are refused.
pub const MAX_RECORD_PERMISSIONS: usize = 1024;

/// Milliseconds since 1970 in a provider's record; more are refused: the last of the year 9999.
pub const MAX_RECORD_MILLISECONDS: i64 = 253_402_300_799_999;

/// Length of a list of records in bytes; longer is refused before it is parsed. PostgreSQL's `jsonb`
/// holds arrays of at most this size.
pub const MAX_LIST_BYTES: usize = 256 * 1024 * 1024;

/// Records in one list; more are refused before the first one is read.
pub const MAX_LIST_RECORDS: usize = 1_000_000;

/// Maximum length of a URL in bytes that is fetched or saved. A longer one is refused.
pub const MAX_URL_BYTES: usize = 2048;

/// Maximum number of redirects that are followed until the keys are found. With more, the fetch fails.
pub const MAX_REDIRECTS: usize = 3;

/// Maximum length of an entity tag in bytes that is remembered for a conditional request. A longer one is forgotten.
pub const MAX_ETAG_BYTES: usize = 256;

/// Seconds until the first retry of a failed fetch of keys. Each further failure doubles them.
pub const FIRST_RETRY_SECONDS: i64 = 15;
