//! Which kinds of token an issuer accepts.

use super::issuer_error::IssuerError;
use super::kind::TokenKind;
use crate::layout::Provider;

/// Which tokens of an issuer are accepted. Tokens whose `typ` names another purpose, such as logout tokens
/// and DPoP proofs, are always refused ([RFC 8725 section
/// 3.11](https://www.rfc-editor.org/rfc/rfc8725#section-3.11)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AcceptedTokens {
    /// Clerk's tokens of these kinds.
    Clerk(Vec<TokenKind>),
    /// Another provider's tokens. Machine tokens are accepted and identify a machine.
    Other {
        /// Whether OAuth access tokens (`typ` = `at+jwt`, [RFC 9068 section
        /// 2.1](https://www.rfc-editor.org/rfc/rfc9068#section-2.1)) are accepted.
        access_tokens: bool,
    },
}

impl Default for AcceptedTokens {
    fn default() -> AcceptedTokens {
        AcceptedTokens::Clerk(vec![TokenKind::Session])
    }
}

impl AcceptedTokens {
    /// The tokens that a provider's users present. Logto, Auth0 and Keycloak issue `at+jwt` to users, and a
    /// generic issuer may; the session tokens of the others are plain JWTs.
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

    /// The tokens that an operator accepts of a provider.
    ///
    /// # Errors
    /// [`IssuerError::KindsEmpty`] for an empty list. [`IssuerError::KindsOfOtherProvider`] for any list but
    /// the default if the provider's tokens have no kind: an operator who asks for machines only must not get
    /// users.
    pub fn chosen(provider: Provider, kinds: Vec<TokenKind>) -> Result<AcceptedTokens, IssuerError> {
        match AcceptedTokens::of_provider(provider) {
            AcceptedTokens::Clerk(_) if kinds.is_empty() => Err(IssuerError::KindsEmpty),
            AcceptedTokens::Clerk(_) => Ok(AcceptedTokens::Clerk(kinds)),
            other if kinds == [TokenKind::Session] => Ok(other),
            AcceptedTokens::Other { .. } => Err(IssuerError::KindsOfOtherProvider),
        }
    }

    /// Every token that an issuer may sign.
    pub fn all() -> AcceptedTokens {
        AcceptedTokens::Clerk(TokenKind::NAMES.iter().map(|(_, kind)| *kind).collect())
    }
}
