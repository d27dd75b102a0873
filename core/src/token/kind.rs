//! The kinds of Clerk token, by the names that operators give them.

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
