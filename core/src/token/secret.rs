//! Shared secrets for HMAC, given as text or as base64.
//!
//! Invariant: a secret is at least as long as the hash of its algorithm ([RFC 7518 section
//! 3.2](https://www.rfc-editor.org/rfc/rfc7518#section-3.2)), because a short secret can be guessed offline
//! from a single token; and a public key is never accepted as a secret, because everyone who knows an
//! issuer's PEM file could then sign.

use super::algorithm::Algorithm;
use super::base64url;
use super::jwk::check_kid;
use super::jwk_text::JwkText;
use super::key_error::KeyError;
use super::key_fault::KeyFault;
use crate::limits::{MAX_SECRET_BYTES, MAX_SECRET_TEXT_BYTES};

/// The prefix of a secret that is given as base64.
const BASE64_PREFIX: &str = "base64:";

/// Converts a shared secret to a JWK.
///
/// The secret is the UTF-8 bytes of the text, like Supabase's JWT secret. If the text begins with `base64:`,
/// the secret is the decoded rest, in the standard or the URL-safe alphabet, with or without padding.
///
/// # Errors
/// [`KeyFault::AlgorithmOfOtherKeyType`] for any algorithm but HS256, HS384 and HS512; otherwise the rule
/// that the secret or the kid breaks.
pub fn jwk_from_secret(secret: &str, algorithm: Algorithm, kid: Option<&str>) -> Result<String, KeyError> {
    if !algorithm.is_hmac() {
        return Err(KeyFault::AlgorithmOfOtherKeyType.into());
    }
    if let Some(kid) = kid {
        check_kid(kid)?;
    }
    let decoded;
    let bytes = match secret.strip_prefix(BASE64_PREFIX) {
        None => secret.as_bytes(),
        Some(encoded) => {
            // Checked before decoding, whose work is proportional to the length.
            if encoded.len() > MAX_SECRET_TEXT_BYTES {
                return Err(KeyFault::SecretTooLong.into());
            }
            decoded = base64url::decode_either(encoded).ok_or(KeyFault::SecretNotBase64)?;
            &decoded
        }
    };
    check_secret(bytes, algorithm)?;
    Ok(JwkText::new(algorithm, kid).bytes("k", bytes).finish())
}

pub(crate) fn check_secret(secret: &[u8], algorithm: Algorithm) -> Result<(), KeyFault> {
    if secret.len() > MAX_SECRET_BYTES {
        return Err(KeyFault::SecretTooLong);
    }
    if secret.trim_ascii_start().starts_with(b"-----BEGIN ") {
        return Err(KeyFault::SecretIsPem);
    }
    let bytes = secret.len();
    if bytes < algorithm.min_secret_bytes() {
        return Err(KeyFault::SecretTooShort { algorithm, bytes });
    }
    Ok(())
}
