//! A token on its way: parsed, looked up by its issuer, verified.
//!
//! Invariant: the order is Clerk's: form and header, key, signature, then claims. Nobody but `verify`
//! in this module makes a [`VerifiedToken`], so claims that no signature vouches for can't become one.

use super::accepted_tokens::AcceptedTokens;
use super::claim_checks::{
    check_audience, check_authorized_party, check_issuer, check_session, check_subject, issuer,
};
use super::clerk_kind::clerk_kind;
use super::compact::Compact;
use super::error::TokenError;
use super::header::{Category, TokenHeader, TokenType};
use super::issuer::{Issuer, IssuerRules};
use super::kind::TokenKind;
use super::validity::Validity;
use crate::claims::Claims;
use std::borrow::Cow;

/// A token whose form is right and of which nothing is proven.
pub struct ParsedToken<'a> {
    compact: Compact<'a>,
    header: TokenHeader,
}

impl<'a> ParsedToken<'a> {
    /// Takes a token apart. It must stand alone: see [`strip_bearer`](super::strip_bearer).
    ///
    /// # Errors
    /// [`TokenError::TooLong`] before a byte is read; else what is wrong with form or header.
    pub fn parse<T: AsRef<[u8]> + ?Sized>(token: &'a T) -> Result<ParsedToken<'a>, TokenError> {
        let compact = Compact::parse(token.as_ref())?;
        let header = TokenHeader::read(&compact.header)?;
        Ok(ParsedToken { compact, header })
    }

    /// Who claims to have issued it: unverified, to look the issuer up and for nothing else.
    ///
    /// # Errors
    /// [`TokenError::IssuerMissing`], [`TokenError::IssuerInvalid`].
    pub fn issuer(&self) -> Result<Cow<'_, str>, TokenError> {
        issuer(&self.compact.claims)
    }

    /// The header as it came: unverified.
    pub fn header_json(&self) -> &str {
        self.compact.header.text()
    }

    /// The claims as they came: unverified.
    pub fn claims_json(&self) -> &str {
        self.compact.claims.text()
    }

    /// Checks the token against its issuer at a second since 1970.
    ///
    /// # Errors
    /// The first reason found against it.
    pub fn verify(self, issuer: &Issuer, now: i64) -> Result<VerifiedToken, TokenError> {
        let rules = issuer.rules();
        self.check_type(&rules.accepted)?;
        let algorithm = self.header.algorithm;
        if rules
            .algorithms
            .as_ref()
            .is_some_and(|allowed| !allowed.contains(&algorithm))
        {
            return Err(TokenError::AlgorithmNotAllowed);
        }
        let key = issuer.keys().meant_by(self.header.kid.as_deref())?;
        if key.algorithm() != algorithm {
            return Err(TokenError::AlgorithmOfOtherKey);
        }
        if !key.verifies(self.compact.signed, &self.compact.signature) {
            return Err(TokenError::SignatureInvalid);
        }
        let kind = self.check_kind(rules)?;
        let claims = self.compact.claims;
        check_issuer(&claims, rules)?;
        check_subject(&claims, rules)?;
        check_audience(&claims, rules)?;
        check_authorized_party(&claims, kind, rules)?;
        let validity = Validity::read(&claims)?;
        validity.check(rules.leeway, now)?;
        check_session(&claims, kind, rules)?;
        Ok(VerifiedToken {
            claims,
            validity,
            is_machines: kind == Some(TokenKind::Machine),
        })
    }

    /// What the header alone decides.
    fn check_type(&self, accepted: &AcceptedTokens) -> Result<(), TokenError> {
        let access_tokens = match accepted {
            // Whose it is, the claims tell.
            AcceptedTokens::Clerk(_) => true,
            AcceptedTokens::Other { access_tokens } => *access_tokens,
        };
        match self.header.token_type {
            TokenType::Jwt => {}
            TokenType::AccessToken if access_tokens => {}
            TokenType::AccessToken | TokenType::Other => return Err(TokenError::TypeNotAccepted),
        }
        match accepted {
            AcceptedTokens::Other { .. } if self.header.category == Category::Machine => {
                Err(TokenError::KindNotAccepted {
                    kind: TokenKind::Machine,
                })
            }
            _ => Ok(()),
        }
    }

    /// The kind of a Clerk token, if it is one of those that are accepted; `None` of any other token.
    fn check_kind(&self, rules: &IssuerRules) -> Result<Option<TokenKind>, TokenError> {
        let AcceptedTokens::Clerk(kinds) = &rules.accepted else {
            return Ok(None);
        };
        let kind = clerk_kind(&self.header, &self.compact.claims, &rules.layout);
        if kinds.contains(&kind) {
            Ok(Some(kind))
        } else {
            Err(TokenError::KindNotAccepted { kind })
        }
    }
}

/// The claims of a token that its issuer signed and that was valid when it was checked.
#[derive(Clone, Debug)]
pub struct VerifiedToken {
    claims: Claims,
    validity: Validity,
    is_machines: bool,
}

impl VerifiedToken {
    /// Its claims.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// Its claims, taken out.
    pub fn into_claims(self) -> Claims {
        self.claims
    }

    /// Whether it is a machine token of Clerk, for its header may say so and its claims not.
    pub fn is_machines(&self) -> bool {
        self.is_machines
    }

    /// `exp`, rounded down to a second since 1970; the leeway comes on top.
    pub fn expires_at(&self) -> i64 {
        self.validity.expires_at
    }

    /// `nbf`, rounded up.
    pub fn not_before(&self) -> Option<i64> {
        self.validity.not_before
    }

    /// `iat`, rounded up.
    pub fn issued_at(&self) -> Option<i64> {
        self.validity.issued_at
    }

    /// Checks the times again, for a token that was kept.
    ///
    /// # Errors
    /// [`TokenError::Expired`], [`TokenError::NotYetValid`] or [`TokenError::IssuedInFuture`].
    pub fn recheck_time(&self, issuer: &Issuer, now: i64) -> Result<(), TokenError> {
        self.validity.check(issuer.rules().leeway, now)
    }
}

/// Checks a token against its issuer at a second since 1970.
///
/// # Errors
/// The first reason found against it.
pub fn verify(token: &str, issuer: &Issuer, now: i64) -> Result<VerifiedToken, TokenError> {
    ParsedToken::parse(token)?.verify(issuer, now)
}
