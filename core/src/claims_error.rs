//! Why a text is no set of claims.
//!
//! Invariant: one reason, one variant, and no text holds a byte of the claims, for they may be
//! secret and a message reaches the server's log.

use std::fmt;

/// Why a text is refused as a set of claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimsError {
    /// Longer than [`MAX_CLAIMS_BYTES`](crate::limits::MAX_CLAIMS_BYTES).
    TooLarge,
    /// Not UTF-8 (RFC 8259 section 8.1).
    NotUtf8,
    /// Not one JSON value (RFC 8259), or something stands behind it; a byte order mark counts.
    NotJson,
    /// JSON, but not an object (RFC 7519 section 4).
    NotAnObject,
    /// Nested deeper than [`MAX_CLAIMS_DEPTH`](crate::limits::MAX_CLAIMS_DEPTH).
    TooDeep,
    /// `\u0000` in a name or a string: PostgreSQL's `text` cannot hold it.
    NulCharacter,
    /// Half a surrogate pair, which is no character (RFC 8259 section 8.2).
    LoneSurrogate,
    /// A name twice in one object, at any level. RFC 7519 section 4 lets a parser take the last
    /// or refuse; two parsers that choose differently see two different people, so it is refused.
    DuplicateKey,
}

impl fmt::Display for ClaimsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ClaimsError::TooLarge => "claims are larger than 65536 bytes",
            ClaimsError::NotUtf8 => "claims are not valid UTF-8",
            ClaimsError::NotJson => "claims are not valid JSON",
            ClaimsError::NotAnObject => "claims are not a JSON object",
            ClaimsError::TooDeep => "claims are nested too deeply",
            ClaimsError::NulCharacter => "claims contain the character \\u0000",
            ClaimsError::LoneSurrogate => "claims contain half a surrogate pair",
            ClaimsError::DuplicateKey => "claims contain a name twice in one object",
        })
    }
}

impl std::error::Error for ClaimsError {}
