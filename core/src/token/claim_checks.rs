//! The checks of a signed token's claims ([RFC 7519 section
//! 4.1](https://www.rfc-editor.org/rfc/rfc7519#section-4.1), [RFC 8725 section
//! 3.8](https://www.rfc-editor.org/rfc/rfc8725#section-3.8)).
//!
//! Invariant: the checks run after the signature, in the order of Clerk's SDK. A required claim that is
//! missing is refused, never skipped.

use super::error::TokenError;
use super::issuer::IssuerRules;
use super::kind::TokenKind;
use crate::claims::Claims;
use crate::field::Field;
use crate::json::string::json_string;
use crate::json::value::{elements, is_array};
use crate::limits::MAX_SUBJECT_BYTES;
use crate::lookup::{Lookup, Unusable};
use std::borrow::Cow;

/// The claim `iss` of verified or unverified claims.
pub(crate) fn issuer(claims: &Claims) -> Result<Cow<'_, str>, TokenError> {
    let raw = claims.top("iss").ok_or(TokenError::IssuerMissing)?;
    json_string(raw)
        .filter(|name| !name.is_empty())
        .ok_or(TokenError::IssuerInvalid)
}

pub(crate) fn check_issuer(claims: &Claims, rules: &IssuerRules) -> Result<(), TokenError> {
    match &rules.issuer {
        Some(expected) if issuer(claims)? != *expected => Err(TokenError::IssuerMismatch {
            expected: expected.clone(),
        }),
        _ => Ok(()),
    }
}

/// Checks `sub`, if it exists, and the claim in which the provider keeps the user ID.
pub(crate) fn check_subject(claims: &Claims, rules: &IssuerRules) -> Result<(), TokenError> {
    if let Some(raw) = claims.top("sub") {
        let subject = json_string(raw).ok_or(TokenError::SubjectInvalid)?;
        if subject.is_empty() {
            return Err(TokenError::SubjectEmpty);
        }
        if subject.len() > MAX_SUBJECT_BYTES {
            return Err(TokenError::SubjectTooLong);
        }
    }
    if !rules.require_subject {
        return Ok(());
    }
    match rules.layout.text(Field::UserId, claims).0 {
        Lookup::Text(subject) if subject.len() > MAX_SUBJECT_BYTES => Err(TokenError::SubjectTooLong),
        Lookup::Text(_) => Ok(()),
        Lookup::Absent => Err(TokenError::SubjectMissing),
        Lookup::Unusable(Unusable::Empty) => Err(TokenError::SubjectEmpty),
        Lookup::Unusable(_) => Err(TokenError::SubjectInvalid),
    }
}

pub(crate) fn check_audience(claims: &Claims, rules: &IssuerRules) -> Result<(), TokenError> {
    let Some(expected) = &rules.audience else {
        return Ok(());
    };
    let raw = claims.top("aud").ok_or(TokenError::AudienceMissing)?;
    let named: Option<Vec<Cow<'_, str>>> = if is_array(raw) {
        elements(raw).map(json_string).collect()
    } else {
        json_string(raw).map(|audience| vec![audience])
    };
    let named = named.ok_or(TokenError::AudienceInvalid)?;
    if named.iter().any(|audience| is_among(audience, expected)) {
        Ok(())
    } else {
        Err(TokenError::AudienceMismatch {
            expected: expected.clone(),
        })
    }
}

/// Checks `azp`, which a front end's token must contain. OAuth clients and machines have no origin for it to
/// name; they are accepted by their kind, or not at all.
pub(crate) fn check_authorized_party(
    claims: &Claims,
    kind: Option<TokenKind>,
    rules: &IssuerRules,
) -> Result<(), TokenError> {
    let Some(expected) = &rules.authorized_parties else {
        return Ok(());
    };
    let raw = match (claims.top("azp"), kind) {
        (Some(raw), _) => raw,
        (None, Some(TokenKind::OAuth | TokenKind::Machine)) => return Ok(()),
        (None, _) => return Err(TokenError::AuthorizedPartyMissing),
    };
    let party = json_string(raw).ok_or(TokenError::AuthorizedPartyInvalid)?;
    if is_among(&party, expected) {
        Ok(())
    } else {
        Err(TokenError::AuthorizedPartyMismatch {
            expected: expected.clone(),
        })
    }
}

/// Checks the status of the session and, where a session is required and the kind of token has one, that the
/// token names it.
pub(crate) fn check_session(
    claims: &Claims,
    kind: Option<TokenKind>,
    rules: &IssuerRules,
) -> Result<(), TokenError> {
    if let Some(raw) = claims.top("sts") {
        match json_string(raw).as_deref() {
            Some("active") => {}
            Some("pending") if rules.allow_pending => {}
            Some("pending") => return Err(TokenError::SessionPending),
            _ => return Err(TokenError::SessionStatusUnknown),
        }
    }
    if !rules.require_session || kind.is_some_and(|kind| kind != TokenKind::Session) {
        return Ok(());
    }
    let (Lookup::Text(_), _) = rules.layout.text(Field::SessionId, claims) else {
        return Err(TokenError::SessionMissing);
    };
    if claims.top("client_id").is_some() {
        return Err(TokenError::SessionOfClient);
    }
    Ok(())
}

fn is_among(name: &str, list: &[String]) -> bool {
    list.iter().any(|known| known == name)
}
