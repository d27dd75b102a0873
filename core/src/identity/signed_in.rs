//! Decides whether a set of claims signs somebody in.

use super::rules::Rules;
use super::signed_out::SignedOut;
use super::subject::is_machine;
use crate::claims::Claims;
use crate::field::Field;
use crate::json::number::numeric_date;
use crate::json::string::json_string;
use crate::limits::MAX_SUBJECT_BYTES;
use crate::lookup::{Lookup, Unusable};

/// The subject that is signed in.
#[derive(Debug)]
pub(super) struct SignedIn {
    /// The subject, with the issuer's prefix.
    pub(super) text: String,
    pub(super) is_machine: bool,
    /// The second since 1970 from which the subject is signed out; `None` where expiry is not checked.
    pub(super) deadline: Option<i64>,
}

/// The subject that is signed in, or the reason why nobody is.
pub(super) fn signed_in(claims: &Claims, rules: &Rules) -> Result<SignedIn, SignedOut> {
    let text = subject(claims, rules)?;
    match claims.top("sts").map(json_string) {
        None => {}
        Some(status) => match status.as_deref() {
            Some("active") => {}
            Some("pending") if rules.allow_pending => {}
            Some("pending") => return Err(SignedOut::SessionPending),
            _ => return Err(SignedOut::SessionStatusUnknown),
        },
    }
    if rules.require_session {
        let (Lookup::Text(_), _) = rules.layout.text(Field::SessionId, claims) else {
            return Err(SignedOut::SessionMissing {
                claim: rules.layout.label(Field::SessionId),
            });
        };
        if claims.top("client_id").is_some() {
            return Err(SignedOut::SessionOfClient);
        }
    }
    let deadline = if rules.check_expiry {
        Some(deadline(claims, rules.expiry_leeway)?)
    } else {
        None
    };
    let is_machine = rules.is_machines || is_machine(&text, claims);
    if rules.check_revocation {
        check_is_revocable(claims, rules, is_machine)?;
    }
    let text = match rules.subject_prefix.as_str() {
        "" => text,
        prefix => [prefix, &text].concat(),
    };
    Ok(SignedIn {
        text,
        is_machine,
        deadline,
    })
}

fn subject(claims: &Claims, rules: &Rules) -> Result<String, SignedOut> {
    let (found, path) = rules.layout.text(Field::UserId, claims);
    let claim = || match path {
        Some(path) => path.label(),
        None => rules.layout.label(Field::UserId).unwrap_or_default(),
    };
    match found {
        Lookup::Text(text) if text.len() <= MAX_SUBJECT_BYTES => Ok(text),
        Lookup::Text(_) => Err(SignedOut::SubjectTooLong { claim: claim() }),
        Lookup::Absent => Err(SignedOut::SubjectMissing { claim: claim() }),
        Lookup::Unusable(Unusable::NotText) => Err(SignedOut::SubjectNotText { claim: claim() }),
        Lookup::Unusable(Unusable::Empty) => Err(SignedOut::SubjectEmpty { claim: claim() }),
        Lookup::Unusable(Unusable::WithoutPrefix) => Err(SignedOut::SubjectWithoutPrefix { claim: claim() }),
        Lookup::Unusable(Unusable::Several) => Err(SignedOut::SubjectAmbiguous { claim: claim() }),
    }
}

/// Claims that a revocation could not match are refused.
fn check_is_revocable(claims: &Claims, rules: &Rules, is_machine: bool) -> Result<(), SignedOut> {
    let issued_at = claims.top("iat").ok_or(SignedOut::IssuedAtMissing)?;
    numeric_date(issued_at).ok_or(SignedOut::IssuedAtInvalid)?;
    if let Some(claim) = rules.layout.label(Field::SessionId).filter(|_| !is_machine) {
        let (Lookup::Text(_), _) = rules.layout.text(Field::SessionId, claims) else {
            return Err(SignedOut::RevocableSessionMissing { claim });
        };
    }
    Ok(())
}

fn deadline(claims: &Claims, leeway: i64) -> Result<i64, SignedOut> {
    let raw = claims.top("exp").ok_or(SignedOut::ExpiryMissing)?;
    let expiry = numeric_date(raw).ok_or(SignedOut::ExpiryInvalid)?;
    // At most 2^53, so the conversion is exact.
    Ok((expiry.floor() as i64).saturating_add(leeway))
}
