//! When a token is valid ([RFC 7519 section 4.1.4](https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4),
//! [RFC 7519 section 4.1.5](https://www.rfc-editor.org/rfc/rfc7519#section-4.1.5), [RFC 7519 section
//! 4.1.6](https://www.rfc-editor.org/rfc/rfc7519#section-4.1.6)), in whole seconds.
//!
//! Invariant: fractions shorten the validity: `exp` is rounded down, `nbf` and `iat` are rounded up. The
//! reported expiry is therefore the one that was checked. With a leeway of L, a token is expired when `exp <=
//! now - L` and early when `nbf > now + L` or `iat > now + L`, as in Clerk's SDK.

use super::error::TokenError;
use crate::claims::Claims;
use crate::json::number::numeric_date;

/// The times of a token in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) expires_at: i64,
    pub(crate) not_before: Option<i64>,
    pub(crate) issued_at: Option<i64>,
}

impl Validity {
    pub(crate) fn read(claims: &Claims) -> Result<Validity, TokenError> {
        let expiry = claims.top("exp").ok_or(TokenError::ExpiryMissing)?;
        // The value is at most 2^53, so the conversion is exact.
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
