//! The kinds of Clerk token and their names.

use std::fmt;
use std::str::FromStr;

/// A kind of Clerk token, with the name that Clerk's `acceptsToken` and the option `accepts` use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A user's session token, or any token that has no other kind.
    Session,
    /// A token from a JWT template. It names no session and outlives the session in which it was created.
    Template,
    /// An access token that a user granted to an OAuth client. The user is the requesting user.
    OAuth,
    /// A machine's own token. No user is involved.
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

/// The error for a name that no [`TokenKind`] has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownTokenKind;

impl UnknownTokenKind {
    /// The hint that lists the available names.
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
