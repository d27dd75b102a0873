//! Who the requesting user is, and what the user has, according to claims.

mod identity;
mod membership;
mod persona;
mod persona_error;
mod requirement;
mod reverification;
mod revocation;
mod rules;
mod signed_in;
mod signed_out;
mod subject;

pub use identity::Identity;
pub use membership::Membership;
pub use persona::Persona;
pub use persona_error::PersonaError;
pub use requirement::Requirement;
pub use reverification::{Reverification, UnknownReverification};
pub use revocation::{Revocable, RevocationEntry, RevocationKey, RevocationKind, Revoked};
pub use rules::Rules;
pub use signed_out::SignedOut;
pub(crate) use subject::is_machine;
pub use subject::{subject_uuid, SUBJECT_NAMESPACE};
