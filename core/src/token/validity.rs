//! When a token is valid (RFC 7519 sections 4.1.4 to 4.1.6), in whole seconds.
//!
//! Invariant: fractions are rounded against the token, `exp` down and `nbf` and `iat` up, so that the
//! second a reader is told as the expiry is the one the token was checked with. With a leeway of L,
//! at `now` a token is expired when `exp <= now - L`, and early when `nbf > now + L` or `iat > now + L`,
//! which are Clerk's own comparisons (tokens.md section 1).

use super::error::TokenError;
use crate::claims::Claims;
use crate::json::number::numeric_date;

/// The times of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) expires_at: i64,
    pub(crate) not_before: Option<i64>,
    pub(crate) issued_at: Option<i64>,
}

impl Validity {
    pub(crate) fn read(claims: &Claims) -> Result<Validity, TokenError> {
        let expiry = claims.top("exp").ok_or(TokenError::ExpiryMissing)?;
        // At most 2^53, where the conversion is exact.
        let rounded_up = |raw: &str| numeric_date(raw).map(|date| date.ceil() as i64);
        Ok(Validity {
            expires_at: numeric_date(expiry).ok_or(TokenError::ExpiryInvalid)?.floor() as i64,
            not_before: match claims.top("nbf") {
                None => None,
                Some(raw) => Some(rounded_up(raw).ok_or(TokenError::NotBeforeInvalid)?),
            },
            issued_at: match claims.top("iat") {
                None => None,
                Some(raw) => Some(rounded_up(raw).ok_or(TokenError::IssuedAtInvalid)?),
            },
        })
    }

    pub(crate) fn check(&self, leeway: i64, now: i64) -> Result<(), TokenError> {
        if self.expires_at <= now.saturating_sub(leeway) {
            return Err(TokenError::Expired {
                seconds: now.saturating_sub(self.expires_at),
            });
        }
        let horizon = now.saturating_add(leeway);
        if let Some(start) = self.not_before.filter(|start| *start > horizon) {
            return Err(TokenError::NotYetValid {
                seconds: start.saturating_sub(now),
            });
        }
        if let Some(issued) = self.issued_at.filter(|issued| *issued > horizon) {
            return Err(TokenError::IssuedInFuture {
                seconds: issued.saturating_sub(now),
            });
        }
        Ok(())
    }
}
