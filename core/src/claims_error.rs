//! Why a text is refused as claims.
//!
//! Invariant: each reason has its own variant, and no message contains any part of the claims, because claims
//! may be secret and messages reach the server's log.

use std::fmt;

/// Why a text is refused as a set of claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimsError {
    /// The text is longer than [`MAX_CLAIMS_BYTES`](crate::limits::MAX_CLAIMS_BYTES).
    TooLarge,
    /// The text is not UTF-8 ([RFC 8259 section 8.1](https://www.rfc-editor.org/rfc/rfc8259#section-8.1)).
    NotUtf8,
    /// The text is not exactly one JSON value ([RFC 8259](https://www.rfc-editor.org/rfc/rfc8259)). A byte
    /// order mark is refused too.
    NotJson,
    /// The text is JSON, but not an object ([RFC 7519 section
    /// 4](https://www.rfc-editor.org/rfc/rfc7519#section-4)).
    NotAnObject,
    /// The nesting is deeper than [`MAX_CLAIMS_DEPTH`](crate::limits::MAX_CLAIMS_DEPTH).
    TooDeep,
    /// A name or string contains `\u0000`, which PostgreSQL's type `text` cannot store.
    NulCharacter,
    /// A string contains half a surrogate pair, which is not a character ([RFC 8259 section
    /// 8.2](https://www.rfc-editor.org/rfc/rfc8259#section-8.2)).
    LoneSurrogate,
    /// An object contains a name twice, at any level. [RFC 7519 section
    /// 4](https://www.rfc-editor.org/rfc/rfc7519#section-4) allows a parser to use the last one or to refuse.
    /// Two parsers that choose differently would see two different users, so the claims are refused.
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
