//! Revocation: under which keys of the revocation list claims are looked up, and what an entry means for them.
//!
//! Invariant: doubt refuses. An entry for one issuer also counts for claims that name no issuer, and a cut-off
//! also counts for claims that do not say when they were issued.

use std::fmt;

const MICROSECONDS: i128 = 1_000_000;

/// What an entry of the revocation list is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationKind {
    /// A session, with all tokens that name it.
    Session,
    /// A single token.
    Token,
    /// The tokens of a user that were issued up to a time.
    User,
    /// The tokens of a user in an organization that were issued up to a time.
    Membership,
}

impl RevocationKind {
    /// The name in the revocation list.
    pub fn as_str(self) -> &'static str {
        match self {
            RevocationKind::Session => "session",
            RevocationKind::Token => "token",
            RevocationKind::User => "user",
            RevocationKind::Membership => "membership",
        }
    }
}

/// Where to look in the revocation list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationKey {
    /// What the entry is about.
    pub kind: RevocationKind,
    /// The ID of the session, token or user.
    pub subject: String,
    /// The ID of the organization of a membership; otherwise empty.
    pub org_id: String,
}

/// An entry that was found under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationEntry {
    /// The issuer whose tokens it counts for; empty: those of every issuer.
    pub issuer: String,
    /// Microseconds since 1970. Tokens issued up to this time are refused; `None`: all of them.
    pub not_before: Option<i64>,
}

/// What claims say that an entry of the revocation list can match.
#[derive(Clone, Debug, PartialEq)]
pub struct Revocable {
    pub(super) issuer: Option<String>,
    /// Seconds since 1970.
    pub(super) issued_at: Option<f64>,
    pub(super) keys: Vec<RevocationKey>,
}

impl Revocable {
    /// The keys to look up, at most five.
    pub fn keys(&self) -> &[RevocationKey] {
        &self.keys
    }

    /// What an entry that was found under `key` means; `None` if it does not apply.
    pub fn revoked_by(&self, key: &RevocationKey, entry: &RevocationEntry) -> Option<Revoked> {
        let other_issuer = |issuer: &String| !entry.issuer.is_empty() && *issuer != entry.issuer;
        if self.issuer.as_ref().is_some_and(other_issuer) {
            return None;
        }
        let revoked = match key.kind {
            RevocationKind::Session => return Some(Revoked::Session),
            RevocationKind::Token => return Some(Revoked::Token),
            RevocationKind::User => Revoked::User,
            RevocationKind::Membership => Revoked::Membership,
        };
        match (entry.not_before, self.issued_at) {
            (None, _) => Some(revoked),
            (Some(_), None) => Some(Revoked::Undated),
            (Some(not_before), Some(issued_at)) => {
                (microseconds(issued_at) <= i128::from(not_before)).then_some(revoked)
            }
        }
    }
}

/// A NumericDate in microseconds, rounded to the nearest. That is exact for a date of up to six decimal places,
/// although its double is not, and rounding a longer one can only refuse it.
fn microseconds(date: f64) -> i128 {
    let whole = date.floor();
    let fraction = ((date - whole) * MICROSECONDS as f64).round();
    whole as i128 * MICROSECONDS + fraction as i128
}

/// Why a token or claims are refused. The text is that of the error for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// The session was revoked.
    Session,
    /// The token itself was revoked.
    Token,
    /// The user's tokens that were issued up to a time were revoked; or those of the actor, who acts as the user.
    User,
    /// The user's tokens in this organization that were issued up to a time were revoked.
    Membership,
    /// Tokens that were issued up to a time were revoked, and this one does not say when it was issued.
    Undated,
}

impl Revoked {
    /// What helps the user.
    pub fn hint(self) -> &'static str {
        match self {
            Revoked::Session | Revoked::User => "Sign in again.",
            Revoked::Token => "Request a new token and retry.",
            Revoked::Membership => "Request a new token: the membership has ended or its role has changed.",
            Revoked::Undated => "Let the issuer add iat to its tokens.",
        }
    }

    /// The reason, in the words of `whoami()`.
    pub(super) fn problem(self) -> &'static str {
        match self {
            Revoked::Session => "the session was revoked",
            Revoked::Token => "the token was revoked",
            Revoked::User => "the user was revoked: sign in again",
            Revoked::Membership => "the membership was revoked: request a new token",
            Revoked::Undated => "the claims have no iat to compare with a revocation",
        }
    }
}

impl fmt::Display for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Revoked::Session => "JWT session was revoked",
            Revoked::Token => "JWT was revoked",
            Revoked::User => "JWT user was revoked",
            Revoked::Membership => "JWT membership was revoked",
            Revoked::Undated => "JWT has no iat to compare with a revocation",
        })
    }
}
