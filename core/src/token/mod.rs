//! JSON Web Tokens: from the text that a client sends to claims that an issuer vouches for.
//!
//! Invariant: [`VerifiedToken`] has private fields and is made by [`verify`] alone. Time is an
//! argument, keys are given, nothing is fetched. After RFC 7515, 7517, 7518, 7519, 8037 and 8725;
//! where those leave a choice, the stricter one. Signatures are jsonwebtoken's on aws-lc; everything
//! around them (base64url, JSON, header, keys, claims, time) is here, since that crate checks less.
//!
//! ```
//! use clerk_rls_core::token::{jwk_from_secret, sign, verify, Algorithm, Issuer, IssuerRules, KeyRules, KeySet};
//! let jwk = jwk_from_secret("a secret of at least thirty-two bytes", Algorithm::HS256, None)?;
//! let token = sign(r#"{"sub":"user_1","exp":1060}"#, &jwk, "{}")?;
//!
//! let keys = KeySet::from_json(&jwk, &KeyRules { allow_secrets: true })?;
//! let issuer = Issuer::new(keys, IssuerRules::default())?;
//! let verified = verify(&token, &issuer, 1000)?;
//! assert_eq!(verified.claims().at(&["sub"]), Some("\"user_1\""));
//! assert_eq!(verify(&token, &issuer, 2000).unwrap_err().to_string(), "JWT has expired");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod algorithm;
mod base64url;
mod claim_checks;
mod compact;
mod der;
mod error;
mod header;
mod issuer;
mod jwk;
mod jwk_text;
mod key;
mod key_error;
mod key_set;
mod kind;
mod parsed;
mod pem;
mod public_key;
mod secret;
mod sign_error;
mod signing;
mod signing_key;
mod validity;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use error::TokenError;
pub use issuer::{Issuer, IssuerError, IssuerRules};
pub use key::Key;
pub use key_error::{IgnoredKey, KeyError, KeyFault};
pub use key_set::{KeyRules, KeySet};
pub use kind::{AcceptedTokens, TokenKind, UnknownTokenKind};
pub use parsed::{ParsedToken, VerifiedToken};
pub use pem::jwk_from_pem;
pub use secret::jwk_from_secret;
pub use sign_error::SignError;
pub use signing::sign;

/// Checks a token against its issuer at a second since 1970.
///
/// # Errors
/// The first reason found against it.
pub fn verify(token: &str, issuer: &Issuer, now: i64) -> Result<VerifiedToken, TokenError> {
    ParsedToken::parse(token)?.verify(issuer, now)
}

/// Header and claims of a token, which anybody may have written: nothing is verified, and tokens are
/// decoded that [`verify`] would refuse, such as unsigned ones.
///
/// # Errors
/// What is wrong with its form.
pub fn decode(token: &str) -> Result<(String, String), TokenError> {
    let compact = compact::Compact::parse(token.as_bytes())?;
    Ok((compact.header.text().to_owned(), compact.claims.text().to_owned()))
}

/// What follows a leading `Bearer` (RFC 6750 section 2.1; any case, RFC 9110 section 11.1); the text
/// itself where there is none.
pub fn strip_bearer(text: &str) -> &str {
    match text.split_at_checked("Bearer ".len()) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer ") => token.trim_start_matches(' '),
        _ => text,
    }
}
