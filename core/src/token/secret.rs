//! Shared secrets for HMAC, as operators have them: text, or base64 of bytes.
//!
//! Invariant: a secret is at least as long as its algorithm's hash (RFC 7518 section 3.2), since a
//! short one is guessed offline from a single token, and a public key is never one: an issuer's PEM
//! file as a secret is the oldest forgery there is (J2).

use super::algorithm::Algorithm;
use super::base64url;
use super::jwk::check_kid;
use super::jwk_text::JwkText;
use super::key_error::KeyError;
use super::key_fault::KeyFault;
use crate::limits::{MAX_SECRET_BYTES, MAX_SECRET_TEXT_BYTES};

/// What a secret begins with that is base64 and not to be taken as it stands.
const BASE64_PREFIX: &str = "base64:";

/// A shared secret as a JWK.
///
/// The secret is the UTF-8 bytes of the text, as with Supabase's JWT secret. One that begins with
/// `base64:` is the bytes that the rest spells, in the standard or the URL-safe alphabet, with padding
/// or without.
///
/// # Errors
/// [`KeyFault::AlgorithmOfOtherKeyType`] for any algorithm but HS256, HS384 and HS512, and the rules
/// of a secret and of a kid.
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
            // Before the decoding, whose work is proportional to it.
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
