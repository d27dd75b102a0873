//! `act_as()`: makes the rest of a transaction a request of another user, for tests and to explain access.
//!
//! It sets only what a request sets, the claims and the database role, so it needs no more rights. If only
//! verified tokens count, it needs a superuser instead. Nothing changes before all checks have passed.

use std::ffi::{CStr, CString};
use std::rc::Rc;

use clerk_rls_core::{Claims, Field, Persona, PersonaError, Rules};

use crate::error::Error;
use crate::identity::authentication;
use crate::identity::verified_identity::{self, SuperuserPersona};
use crate::pg::server::{clock, session};
use crate::pg::settings::operator_settings::IdentitySource;
use crate::pg::settings::{identity_setting, operator_settings, request_settings};
use crate::pg::values::encoding;

/// The arguments of `act_as()` that describe a persona.
pub struct PersonaFields {
    pub user_id: Option<String>,
    pub org_id: Option<String>,
    pub org_role: Option<String>,
    pub permissions: Option<Vec<String>>,
}

/// The seconds until a persona's claims expire, if expiry is checked.
const LIFETIME: i64 = 3600;

/// Acts as the persona with these fields. `extra_claims` overrides claims of the persona.
pub fn act_as(fields: PersonaFields, role: &CStr, extra_claims: &str) -> Result<(), Error> {
    let rules = rules();
    let needs_session = rules.require_session || rules.check_revocation && rules.layout.has(Field::SessionId);
    let persona = Persona {
        user_id: fields.user_id,
        org_id: fields.org_id,
        org_role: fields.org_role,
        permissions: fields.permissions,
        role: Some(name(role)?),
        session_id: needs_session.then(|| "sess_persona".to_owned()),
        issued_at: rules.check_revocation.then(clock::statement_start_seconds),
        expires_at: rules
            .check_expiry
            .then(|| clock::statement_start_seconds() + LIFETIME),
    };
    let claims = persona.claims(&rules, &parse(extra_claims)?)?;
    act_with_claims(claims, role)
}

/// Acts as the user of these claims, which are used unchanged.
pub fn act_as_claims(claims: &str, role: &CStr) -> Result<(), Error> {
    act_with_claims(parse(claims)?, role)
}

/// Acts as a request without a token, with the claims that PostgREST sets for it.
pub fn act_as_anonymous(role: &CStr) -> Result<(), Error> {
    let claims = serde_json::json!({ "role": name(role)? }).to_string();
    session::set_role(role);
    authentication::deauthenticate();
    set_request_claims(&claims)
}

fn act_with_claims(claims: Claims, role: &CStr) -> Result<(), Error> {
    let text = claims.text().to_owned();
    let identity = match operator_settings::identity_source() {
        IdentitySource::RequestClaims => None,
        IdentitySource::VerifiedToken => {
            let persona = SuperuserPersona::of(claims)?;
            Some(verified_identity::write_synthetic(&persona).ok_or(Error::Argument("claims"))?)
        }
    };
    session::set_role(role);
    // The previous verified identity must go, because it takes precedence over the claims of the request.
    authentication::deauthenticate();
    set_request_claims(&text)?;
    if let Some(identity) = identity {
        identity_setting::set(&identity);
    }
    Ok(())
}

/// The rules of the settings. For a verified identity, session and expiry are not checked again.
fn rules() -> Rc<Rules> {
    let rules = operator_settings::rules();
    match operator_settings::identity_source() {
        IdentitySource::RequestClaims => rules,
        IdentitySource::VerifiedToken => Rc::new(Rules {
            require_session: false,
            check_expiry: false,
            check_revocation: false,
            ..Rules::clone(&rules)
        }),
    }
}

fn parse(claims: &str) -> Result<Claims, Error> {
    Ok(Claims::parse(claims.as_bytes()).map_err(PersonaError::Claims)?)
}

fn name(role: &CStr) -> Result<String, Error> {
    let utf8 = encoding::to_utf8(role.to_bytes()).and_then(|utf8| String::from_utf8(utf8.into_owned()).ok());
    utf8.ok_or(Error::Argument("role"))
}

fn set_request_claims(claims: &str) -> Result<(), Error> {
    let claims = encoding::from_utf8(claims).and_then(|claims| CString::new(claims.into_owned()).ok());
    request_settings::set_claims(&claims.ok_or(Error::Argument("claims"))?);
    Ok(())
}
