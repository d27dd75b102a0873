//! JSON Web Tokens: from the text that a client sends to claims that the issuer signed.
//!
//! [`verify`] checks a token against an [`Issuer`], which is a [`KeySet`] with the operator's
//! [`IssuerRules`]. [`ParsedToken`] does the same in two steps, for callers that look up the issuer by the
//! token. [`sign`], [`jwk_from_pem`] and [`jwk_from_secret`] create tokens and keys.
//!
//! Invariant: only verification creates a [`VerifiedToken`], whose fields are private. The time is an
//! argument, the keys are given, and nothing is fetched. The rules are those of RFC
//! [7515](https://www.rfc-editor.org/rfc/rfc7515), [7517](https://www.rfc-editor.org/rfc/rfc7517),
//! [7518](https://www.rfc-editor.org/rfc/rfc7518), [7519](https://www.rfc-editor.org/rfc/rfc7519),
//! [8037](https://www.rfc-editor.org/rfc/rfc8037) and [8725](https://www.rfc-editor.org/rfc/rfc8725); where
//! they leave a choice, the stricter option applies. The crate jsonwebtoken computes signatures with aws-lc;
//! base64url, JSON, header, keys, claims and times are checked here, because jsonwebtoken checks less.
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

mod accepted_tokens;
mod algorithm;
mod base64url;
mod bearer;
mod claim_checks;
mod clerk_kind;
mod compact;
mod der;
mod error;
mod header;
mod issuer;
mod issuer_error;
mod json_fact;
mod jwk;
mod jwk_text;
mod key;
mod key_error;
mod key_fault;
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

pub use accepted_tokens::AcceptedTokens;
pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use bearer::strip_bearer;
pub use compact::decode;
pub use error::TokenError;
pub use issuer::{Issuer, IssuerRules};
pub use issuer_error::IssuerError;
pub use key::Key;
pub use key_error::{IgnoredKey, KeyError};
pub use key_fault::KeyFault;
pub use key_set::{KeyRules, KeySet};
pub use kind::{TokenKind, UnknownTokenKind};
pub use parsed::{verify, ParsedToken, VerifiedToken};
pub use pem::jwk_from_pem;
pub use secret::jwk_from_secret;
pub use sign_error::SignError;
pub use signing::sign;
