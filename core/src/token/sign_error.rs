//! Why a token is not signed.
//!
//! Invariant: like those of [`TokenError`](super::TokenError), messages contain no part of the key or the
//! claims.

use super::json_fact::json_fact;
use super::key_error::KeyError;
use crate::claims_error::ClaimsError;
use crate::limits::MAX_TOKEN_BYTES;
use std::fmt;

/// Why a token is not signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignError {
    /// The key is refused.
    Key(KeyError),
    /// The key is a public key.
    KeyIsPublic,
    /// The claims are not a strict JSON object.
    Claims(ClaimsError),
    /// The extra header is not a strict JSON object.
    Header(ClaimsError),
    /// The extra header contradicts the key, or has a member that is not allowed.
    HeaderMember {
        /// The member's name: `alg`, `kid`, `crit` or `b64`.
        name: &'static str,
    },
    /// The token would be longer than [`MAX_TOKEN_BYTES`].
    TooLong,
    /// The crypto library failed.
    SignatureFailed,
}

impl SignError {
    /// The reason with its names and numbers, as a sentence.
    pub fn detail(&self) -> Option<String> {
        Some(match self {
            SignError::Key(error) => return error.detail(),
            SignError::Claims(reason) => json_fact("claims set", *reason),
            SignError::Header(reason) => json_fact("header", *reason),
            SignError::HeaderMember { name } => format!("The member is \"{name}\"."),
            SignError::TooLong => format!("A token has at most {MAX_TOKEN_BYTES} bytes."),
            SignError::KeyIsPublic | SignError::SignatureFailed => return None,
        })
    }

    /// What to do.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            SignError::Key(error) => return error.hint(),
            SignError::KeyIsPublic => "Pass the private JWK, with its member \"d\".",
            SignError::HeaderMember { .. } => "Omit the member: alg and kid come from the key.",
            _ => return None,
        })
    }
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SignError::Key(error) => return error.fmt(f),
            SignError::KeyIsPublic => "a public key cannot sign",
            SignError::Claims(_) => "claims to sign are malformed",
            SignError::Header(_) => "header to sign is malformed",
            SignError::HeaderMember { .. } => "header to sign has a member that is not allowed",
            SignError::TooLong => "JWT would be too long",
            SignError::SignatureFailed => "JWT could not be signed",
        })
    }
}

impl std::error::Error for SignError {}

impl From<KeyError> for SignError {
    fn from(error: KeyError) -> SignError {
        SignError::Key(error)
    }
}
