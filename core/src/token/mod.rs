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
