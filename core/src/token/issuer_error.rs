//! Why an issuer's rules are refused.

use super::kind::UnknownTokenKind;
use crate::limits::{MAX_ISSUER_BYTES, MAX_LEEWAY_SECONDS, MAX_NAMES_PER_LIST, MAX_NAME_BYTES};
use std::fmt;

/// Why an issuer is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssuerError {
    /// The name is empty, longer than [`MAX_ISSUER_BYTES`], or contains control characters.
    NameInvalid,
    /// The leeway is negative or greater than [`MAX_LEEWAY_SECONDS`].
    LeewayOutOfRange {
        /// The refused leeway.
        seconds: i64,
    },
    /// The list of audiences, or a name in it, is empty or too long.
    AudienceInvalid,
    /// The list of authorized parties, or a name in it, is empty or too long.
    AuthorizedPartiesInvalid,
    /// The list of token kinds is empty.
    KindsEmpty,
    /// Token kinds are given for a provider whose tokens have none.
    KindsOfOtherProvider,
    /// The list of algorithms is empty.
    AlgorithmsEmpty,
    /// None of the keys is for an algorithm in the list.
    AlgorithmsWithoutKey,
}

impl IssuerError {
    /// The rule with its numbers, as a sentence.
    pub fn detail(&self) -> Option<String> {
        Some(match self {
            IssuerError::NameInvalid => {
                format!("The name must be a text of 1 to {MAX_ISSUER_BYTES} bytes without control characters.")
            }
            IssuerError::LeewayOutOfRange { seconds } => {
                format!("The leeway is {seconds} seconds; it must be 0 to {MAX_LEEWAY_SECONDS}.")
            }
            IssuerError::AudienceInvalid | IssuerError::AuthorizedPartiesInvalid => format!(
                "The list must contain 1 to {MAX_NAMES_PER_LIST} texts of 1 to {MAX_NAME_BYTES} bytes without control characters."
            ),
            IssuerError::KindsEmpty | IssuerError::AlgorithmsEmpty | IssuerError::AlgorithmsWithoutKey => {
                return None
            }
            IssuerError::KindsOfOtherProvider => "Only Clerk's tokens have a kind.".to_owned(),
        })
    }

    /// What to do.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            IssuerError::AudienceInvalid => "Use NULL to accept any audience.",
            IssuerError::AuthorizedPartiesInvalid => {
                "Use NULL to accept any authorized party."
            }
            IssuerError::KindsEmpty => UnknownTokenKind.hint(),
            IssuerError::KindsOfOtherProvider => {
                "Omit accepts. Machine tokens of this provider are accepted, and requesting_machine_id() returns their subject."
            }
            IssuerError::AlgorithmsEmpty | IssuerError::AlgorithmsWithoutKey => {
                "Use NULL to accept the algorithms of the keys."
            }
            IssuerError::NameInvalid | IssuerError::LeewayOutOfRange { .. } => return None,
        })
    }
}

impl fmt::Display for IssuerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            IssuerError::NameInvalid => "issuer name is malformed",
            IssuerError::LeewayOutOfRange { .. } => "leeway is out of range",
            IssuerError::AudienceInvalid => "list of audiences is malformed",
            IssuerError::AuthorizedPartiesInvalid => "list of authorized parties is malformed",
            IssuerError::KindsEmpty => "list of accepted kinds of token is empty",
            IssuerError::KindsOfOtherProvider => "tokens of the provider have no kinds",
            IssuerError::AlgorithmsEmpty => "list of algorithms is empty",
            IssuerError::AlgorithmsWithoutKey => "no key of the issuer is for an algorithm in the list",
        })
    }
}

impl std::error::Error for IssuerError {}
