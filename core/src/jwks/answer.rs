//! Whether an answer can replace the keys that are there.

use super::fetch_error::FetchError;
use crate::limits::MAX_JWKS_BYTES;
use crate::token::{KeyRules, KeySet};

/// The answer as a JWK Set, checked like a set that an operator adds: public keys alone, and at least one that
/// verifies tokens. So an answer that is refused never replaces anything.
///
/// # Errors
/// The first rule that is broken.
pub fn check(answer: &[u8]) -> Result<&str, FetchError> {
    if answer.len() > MAX_JWKS_BYTES {
        return Err(FetchError::TooLarge);
    }
    let text = std::str::from_utf8(answer).map_err(|_| FetchError::NotText)?;
    KeySet::from_json(text, &KeyRules::default()).map_err(FetchError::Keys)?;
    Ok(text)
}
