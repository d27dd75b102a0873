//! `act_as()`: becoming somebody for the rest of a transaction, in tests and to explain what somebody sees.
//!
//! It sets what a request sets, the claims and the database role, so it takes no more rights than that.
//! Where only a verified token counts it takes a superuser instead. Nothing changes before everything
//! has been checked.

use std::ffi::{CStr, CString};
use std::rc::Rc;

use clerk_rls_core::{Claims, Persona, PersonaError, Rules};

use crate::error::Error;
use crate::identity::authentication;
use crate::identity::verified_identity::{self, SuperuserPersona};
use crate::pg::server::{clock, session};
use crate::pg::settings::operator_settings::IdentitySource;
use crate::pg::settings::{identity_setting, operator_settings, request_settings};
use crate::pg::values::encoding;

/// What `act_as()` is told about a person.
pub struct PersonaFields {
    pub user_id: Option<String>,
    pub org_id: Option<String>,
    pub org_role: Option<String>,
    pub permissions: Option<Vec<String>>,
}

/// Seconds until a person's claims expire, where expiry is checked.
const LIFETIME: i64 = 3600;

/// Becomes the person of these fields, with `extra_claims` over the claims of hers.
pub fn act_as(fields: PersonaFields, role: &CStr, extra_claims: &str) -> Result<(), Error> {
    let rules = rules();
    let persona = Persona {
        user_id: fields.user_id,
        org_id: fields.org_id,
        org_role: fields.org_role,
        permissions: fields.permissions,
        role: Some(name(role)?),
        session_id: rules.require_session.then(|| "sess_persona".to_owned()),
        expires_at: rules
            .check_expiry
            .then(|| clock::statement_start_seconds() + LIFETIME),
    };
    let claims = persona.claims(&rules, &parse(extra_claims)?)?;
    act_with_claims(claims, role)
}

/// Becomes whom these claims are about, just as they are.
pub fn act_as_claims(claims: &str, role: &CStr) -> Result<(), Error> {
    act_with_claims(parse(claims)?, role)
}

/// Becomes nobody, with the claims that PostgREST sets for a request without a token.
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
    // Of whoever it was before: a verified identity goes before the claims of the request.
    authentication::deauthenticate();
    set_request_claims(&text)?;
    if let Some(identity) = identity {
        identity_setting::set(&identity);
    }
    Ok(())
}

/// As the settings say; a verified identity is not asked for session and expiry again.
fn rules() -> Rc<Rules> {
    let rules = operator_settings::rules();
    match operator_settings::identity_source() {
        IdentitySource::RequestClaims => rules,
        IdentitySource::VerifiedToken => Rc::new(Rules {
            require_session: false,
            check_expiry: false,
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
