//! The identity of a request, decided from the claims of a JWT.
//!
//! The extension `clerk_rls` uses this crate for everything that can be decided without PostgreSQL: parsing
//! claims strictly, finding the user, the organization and the permissions in the tokens of each provider,
//! and verifying signatures. The crate does no I/O, reads no clock and contains no `unsafe` code: the current
//! time and the keys are arguments.
//!
//! Begin with three types: [`Claims`] is a checked JSON object, [`Rules`] are the operator's choices, and
//! [`Identity`] answers what policies ask. [`Layout`] says which claim of which [`Provider`] holds which
//! [`Field`]. [`token`] verifies signatures; claims that do not come from [`token::verify`] are only as
//! trustworthy as their source. [`limits`] lists every bound on input.
//!
//! ```
//! use clerk_rls_core::{Claims, Identity, Rules};
//! let claims = Claims::parse(br#"{"sub":"user_1","v":2,"o":{"id":"org_1","rol":"admin"}}"#)?;
//! let identity = Identity::new(claims, Rules::default().into());
//! assert_eq!(identity.user_id(), Some("user_1"));
//! assert_eq!(identity.org_role(), Some("org:admin"));
//! # Ok::<(), clerk_rls_core::ClaimsError>(())
//! ```
//!
//! Modules import only modules further down this list:
//!
//! - `jwks`: where an issuer publishes its keys, and when to fetch them;
//! - `token`: keys, issuers, verifying and signing tokens;
//! - `identity`: who is signed in, what a policy can require of a user, revocation, personas for tests;
//! - `layout`: the claims of each provider, and claim maps;
//! - `clerk`: Clerk's own claim formats;
//! - `claim_path`, `lookup`, `field`: finding one value in claims;
//! - `claims`: a checked JSON object;
//! - `json`: reading JSON strictly;
//! - `claims_error`, `limits`: errors and bounds.

#![forbid(unsafe_code)]
#![deny(missing_docs, clippy::indexing_slicing)]

mod claim_path;
mod claims;
mod claims_error;
mod clerk;
mod field;
mod identity;
mod json;
pub mod jwks;
mod layout;
pub mod limits;
mod lookup;
pub mod token;
pub mod webhook;

pub use claims::Claims;
pub use claims_error::ClaimsError;
pub use clerk::{FpmAlignment, UnknownFpmAlignment};
pub use field::Field;
pub use identity::{subject_uuid, SUBJECT_NAMESPACE};
pub use identity::{
    Identity, Membership, Requirement, Reverification, Rules, SignedOut, UnknownReverification,
};
pub use identity::{Persona, PersonaError};
pub use identity::{Revocable, RevocationEntry, RevocationKey, RevocationKind, Revoked};
pub use json::string::json_string;
pub use layout::{ClaimMapError, Layout, Provider, UnknownProvider};
