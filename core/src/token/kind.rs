//! What a token was issued for: Clerk's kinds, and which of them an issuer accepts.
//!
//! Invariant: a kind is told from what the issuer signed, and every Clerk token has exactly one. Machines
//! come first: neither `typ` nor a user's name elsewhere in the token makes one a person's. Sources:
//! clerk/javascript, `packages/backend/src/tokens/{verify,machine}.ts`; RFC 9068 sections 2.1, 2.2.
//!
//! Other providers have no such kinds. Of theirs, `at+jwt` is accepted where it is what users carry.

use super::header::{Category, Header, TokenType};
use super::issuer::IssuerError;
use crate::claims::Claims;
use crate::json::string::json_string;
use crate::layout::{Field, Layout};
use crate::place::Finding;
use crate::provider::Provider;
use crate::subject::is_machine;
use std::fmt;
use std::str::FromStr;

/// A kind of Clerk token, by its name in Clerk's `acceptsToken` and in `accepts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A user's session, and any token that is of no other kind.
    Session,
    /// From a JWT template: it names no session, and outlives the one that it was made in.
    Template,
    /// An access token that a user has given to an OAuth client: the user is who is asking.
    OAuth,
    /// A machine's own: nobody is behind it.
    Machine,
}

impl TokenKind {
    /// Every kind with its name.
    pub const NAMES: [(&'static str, TokenKind); 4] = [
        ("session", TokenKind::Session),
        ("template", TokenKind::Template),
        ("oauth", TokenKind::OAuth),
        ("machine", TokenKind::Machine),
    ];

    /// The kind of a Clerk token.
    pub(crate) fn of_clerk(header: &Header, claims: &Claims, layout: &Layout) -> TokenKind {
        if header.category == Category::Machine
            || subjects(claims, layout).any(|name| is_machine(&name, claims))
        {
            return TokenKind::Machine;
        }
        match (header.token_type, header.category) {
            (TokenType::AccessToken, _) => TokenKind::OAuth,
            (_, Category::Template) => TokenKind::Template,
            _ => TokenKind::Session,
        }
    }
}

/// Who the token is about: `sub`, and the subject where a claim map keeps it.
fn subjects(claims: &Claims, layout: &Layout) -> impl Iterator<Item = String> {
    let sub = claims
        .top("sub")
        .and_then(json_string)
        .map(|sub| sub.into_owned());
    let mapped = match layout.text(Field::UserId, claims).0 {
        Finding::Text(subject) => Some(subject),
        _ => None,
    };
    sub.into_iter().chain(mapped)
}

/// A name that is no [`TokenKind`]'s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownTokenKind;

impl UnknownTokenKind {
    /// The sentence for an error's hint.
    pub fn hint(&self) -> &'static str {
        "Available kinds: session, template, oauth, machine."
    }
}

impl fmt::Display for UnknownTokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown kind of token")
    }
}

impl std::error::Error for UnknownTokenKind {}

impl FromStr for TokenKind {
    type Err = UnknownTokenKind;

    fn from_str(name: &str) -> Result<TokenKind, UnknownTokenKind> {
        TokenKind::NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, kind)| *kind)
            .ok_or(UnknownTokenKind)
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_exact_name_alone() {
        for (name, kind) in TokenKind::NAMES {
            assert_eq!(name.parse(), Ok(kind));
            assert!(UnknownTokenKind.hint().contains(name));
        }
        for name in ["", "Session", "session_token", "oauth_token", "m2m_token", "any"] {
            assert_eq!(name.parse::<TokenKind>(), Err(UnknownTokenKind), "{name}");
        }
    }
}
