//! Why a persona cannot be expressed as claims.

use crate::claims_error::ClaimsError;
use crate::field::Field;
use std::fmt;

/// Why a persona cannot be expressed as claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonaError {
    /// The layout has no claim for the field.
    Nowhere(Field),
    /// Another field occupies the claim.
    Taken(Field),
    /// The field belongs to a user, but the persona has none.
    WithoutUser(Field),
    /// The readers would return something else.
    Inexpressible(Field),
    /// The additional claims, or all claims together, are not valid.
    Claims(ClaimsError),
}

impl PersonaError {
    /// What to do.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            PersonaError::Nowhere(_) => {
                "Map the field to a claim with clerk_rls.claim_map, or pass the claim itself in claims."
            }
            PersonaError::Taken(_) => "clerk_rls.claim_map maps two fields to one claim.",
            PersonaError::WithoutUser(_) => "Pass user_id, or pass the whole identity in claims.",
            PersonaError::Inexpressible(Field::UserId) => {
                "A user ID has 1 to 255 bytes and is not a machine's. For a machine, pass the subject in claims."
            }
            PersonaError::Inexpressible(_) => {
                "A value cannot be empty, and cannot contain the separator of clerk_rls.claim_map."
            }
            PersonaError::Claims(_) => return None,
        })
    }
}

impl fmt::Display for PersonaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PersonaError::Nowhere(field) => {
                write!(
                    f,
                    "the tokens of this provider have no claim for {}",
                    field.as_str()
                )
            }
            PersonaError::Taken(field) => {
                write!(
                    f,
                    "the claim for {} is already used by another field",
                    field.as_str()
                )
            }
            PersonaError::WithoutUser(field) => {
                write!(f, "{} is given without a user", field.as_str())
            }
            PersonaError::Inexpressible(field) => {
                write!(f, "claims cannot express the value of {}", field.as_str())
            }
            PersonaError::Claims(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for PersonaError {}

impl From<ClaimsError> for PersonaError {
    fn from(error: ClaimsError) -> PersonaError {
        PersonaError::Claims(error)
    }
}
