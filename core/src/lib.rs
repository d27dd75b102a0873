//! Who is asking, by the claims of a JWT.
//!
//! The part of the PostgreSQL extension `clerk_rls` that knows no Postgres, no clock and no I/O:
//! [`Claims`] is a checked text, [`Rules`] say where a provider keeps what and what counts as signed
//! in, [`Identity`] is the answer. Signatures are verified in [`token`], and nowhere else: claims that
//! come another way are as trustworthy as whoever brings them.
//!
//! ```
//! use clerk_rls_core::{Claims, Identity, Rules};
//! let claims = Claims::parse(br#"{"sub":"user_1","v":2,"o":{"id":"org_1","rol":"admin"}}"#)?;
//! let identity = Identity::new(claims, Rules::default().into());
//! assert_eq!(identity.user_id(), Some("user_1"));
//! assert_eq!(identity.org_role(), Some("org:admin"));
//! # Ok::<(), clerk_rls_core::ClaimsError>(())
//! ```

#![forbid(unsafe_code)]
#![deny(missing_docs, clippy::indexing_slicing)]

mod claim_path;
mod claims;
mod claims_error;
mod clerk;
mod field;
mod identity;
mod json;
mod layout;
pub mod limits;
mod lookup;
pub mod token;

pub use claims::Claims;
pub use claims_error::ClaimsError;
pub use clerk::{FpmAlignment, UnknownFpmAlignment};
pub use field::Field;
pub use identity::{subject_uuid, SUBJECT_NAMESPACE};
pub use identity::{Identity, Requirement, Reverification, Rules, SignedOut, UnknownReverification};
pub use identity::{Persona, PersonaError};
pub use json::string::json_string;
pub use layout::{ClaimMapError, Layout, Provider, UnknownProvider};
