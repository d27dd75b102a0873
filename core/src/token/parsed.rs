//! The stages of a token: parsed, then verified.
//!
//! Invariant: the order of the checks is that of Clerk's SDK: form and header, key, signature, claims. Only
//! `verify` in this module creates a [`VerifiedToken`], so claims without a valid signature cannot become
//! one.

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

/// A token that is well-formed but not verified.
pub struct ParsedToken<'a> {
    compact: Compact<'a>,
    header: TokenHeader,
}

impl<'a> ParsedToken<'a> {
    /// Splits and decodes a token. A leading `Bearer` must be removed first, see
    /// [`strip_bearer`](super::strip_bearer).
    ///
    /// # Errors
    /// [`TokenError::TooLong`] before any byte is read; otherwise the reason why the form or the header is
    /// refused.
    pub fn parse<T: AsRef<[u8]> + ?Sized>(token: &'a T) -> Result<ParsedToken<'a>, TokenError> {
        let compact = Compact::parse(token.as_ref())?;
        let header = TokenHeader::read(&compact.header)?;
        Ok(ParsedToken { compact, header })
    }

    /// The unverified claim `iss`. Use it only to look up the issuer.
    ///
    /// # Errors
    /// [`TokenError::IssuerMissing`] or [`TokenError::IssuerInvalid`].
    pub fn issuer(&self) -> Result<Cow<'_, str>, TokenError> {
        issuer(&self.compact.claims)
    }

    /// The unverified header.
    pub fn header_json(&self) -> &str {
        self.compact.header.text()
    }

    /// The unverified claims.
    pub fn claims_json(&self) -> &str {
        self.compact.claims.text()
    }

    /// Verifies the token against its issuer at the time `now`, in seconds since 1970.
    ///
    /// # Errors
    /// The first reason to refuse the token.
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
        let key = issuer.keys().selected_by(self.header.kid.as_deref())?;
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

    /// The checks that need only the header.
    fn check_type(&self, accepted: &AcceptedTokens) -> Result<(), TokenError> {
        let access_tokens = match accepted {
            // Whose token it is depends on the claims.
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

    /// The kind of a Clerk token, if the issuer accepts it; `None` for any other token.
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

/// The claims of a token that its issuer signed and that was valid when it was verified.
#[derive(Clone, Debug)]
pub struct VerifiedToken {
    claims: Claims,
    validity: Validity,
    is_machines: bool,
}

impl VerifiedToken {
    /// The claims.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The claims, moved out of the token.
    pub fn into_claims(self) -> Claims {
        self.claims
    }

    /// Whether this is a machine's token from Clerk. Its header may say so where its claims do not.
    pub fn is_machines(&self) -> bool {
        self.is_machines
    }

    /// `exp` in seconds since 1970, rounded down; the leeway is not added.
    pub fn expires_at(&self) -> i64 {
        self.validity.expires_at
    }

    /// `nbf` in seconds since 1970, rounded up.
    pub fn not_before(&self) -> Option<i64> {
        self.validity.not_before
    }

    /// `iat` in seconds since 1970, rounded up.
    pub fn issued_at(&self) -> Option<i64> {
        self.validity.issued_at
    }

    /// Checks the times of a verified token again, at the time `now` in seconds since 1970.
    ///
    /// # Errors
    /// [`TokenError::Expired`], [`TokenError::NotYetValid`] or [`TokenError::IssuedInFuture`].
    pub fn recheck_time(&self, issuer: &Issuer, now: i64) -> Result<(), TokenError> {
        self.validity.check(issuer.rules().leeway, now)
    }
}

/// Verifies a token against its issuer at the time `now`, in seconds since 1970.
///
/// # Errors
/// The first reason to refuse the token.
pub fn verify(token: &str, issuer: &Issuer, now: i64) -> Result<VerifiedToken, TokenError> {
    ParsedToken::parse(token)?.verify(issuer, now)
}
