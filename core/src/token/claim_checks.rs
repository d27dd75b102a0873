//! What the claims of a signed token must say (RFC 7519 section 4.1, RFC 8725 section 3.8 to 3.10).
//!
//! Invariant: runs after the signature, in Clerk's own order (tokens.md section 1). A claim that is
//! asked for and missing is refused, never passed over.

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

/// `iss` of claims, verified or not.
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

/// `sub` where it is there, and the subject where the provider keeps it.
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

/// `azp`, which must be there in the token of a front end. OAuth clients and machines have no origin that
/// it could name, and are accepted by their kind or not at all.
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

/// The session's status and, where it is asked for and the token is of a kind that has one, that there
/// is one.
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
