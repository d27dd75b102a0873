//! Which kinds of token an issuer accepts.

use super::issuer_error::IssuerError;
use super::kind::TokenKind;
use crate::layout::Provider;

/// What is accepted of an issuer's tokens beside what their `typ` rules out for all: logout tokens, DPoP
/// proofs and the like are refused always (RFC 8725 section 3.11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AcceptedTokens {
    /// Clerk's tokens of these kinds.
    Clerk(Vec<TokenKind>),
    /// Another provider's tokens. Its machines are accepted as machines.
    Other {
        /// Whether OAuth access tokens (`typ` = `at+jwt`, RFC 9068) are.
        access_tokens: bool,
    },
}

impl Default for AcceptedTokens {
    fn default() -> AcceptedTokens {
        AcceptedTokens::Clerk(vec![TokenKind::Session])
    }
}

impl AcceptedTokens {
    /// What a provider's users carry. Logto, Auth0 and Keycloak issue `at+jwt` to them, and a generic
    /// issuer may; the others' session tokens are plain.
    pub fn of_provider(provider: Provider) -> AcceptedTokens {
        match provider {
            Provider::Clerk => AcceptedTokens::default(),
            Provider::Logto | Provider::Auth0 | Provider::Keycloak | Provider::Generic => {
                AcceptedTokens::Other { access_tokens: true }
            }
            Provider::Supabase | Provider::Supertokens | Provider::Firebase => {
                AcceptedTokens::Other { access_tokens: false }
            }
        }
    }

    /// What an operator has chosen of a provider's tokens.
    ///
    /// # Errors
    /// [`IssuerError::KindsEmpty`]; and [`IssuerError::KindsOfOtherProvider`] for any choice but the
    /// default where tokens have no kind, for an operator who asks for machines alone must not get users.
    pub fn chosen(provider: Provider, kinds: Vec<TokenKind>) -> Result<AcceptedTokens, IssuerError> {
        match AcceptedTokens::of_provider(provider) {
            AcceptedTokens::Clerk(_) if kinds.is_empty() => Err(IssuerError::KindsEmpty),
            AcceptedTokens::Clerk(_) => Ok(AcceptedTokens::Clerk(kinds)),
            other if kinds == [TokenKind::Session] => Ok(other),
            AcceptedTokens::Other { .. } => Err(IssuerError::KindsOfOtherProvider),
        }
    }

    /// Whatever an issuer may sign.
    pub fn all() -> AcceptedTokens {
        AcceptedTokens::Clerk(TokenKind::NAMES.iter().map(|(_, kind)| *kind).collect())
    }
}
