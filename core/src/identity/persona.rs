//! Personas: made-up users for tests, expressed as claims.
//!
//! Invariant: the readers return exactly the fields of the persona, or the claims are refused. This is
//! checked by reading the claims back: a test whose persona silently lacks an organization would pass for the
//! wrong reason.

use super::identity::Identity;
use super::persona_error::PersonaError;
use super::rules::Rules;
use crate::claims::Claims;
use crate::clerk::without_org_prefix;
use crate::field::Field;
use crate::json::string::decode;
use crate::json::value::members;
use crate::layout::{JsonValue, Unwritable};
use std::rc::Rc;

/// A user to be expressed as claims. For a field that is `None` the readers return NULL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Persona {
    /// The ID of the user, who is not a machine.
    pub user_id: Option<String>,
    /// The active organization.
    pub org_id: Option<String>,
    /// The role in the organization, with or without `org:`.
    pub org_role: Option<String>,
    /// The permissions as the provider writes them; `org:feature:permission` for Clerk.
    pub permissions: Option<Vec<String>>,
    /// The database role. It is left out if another field occupies its claim.
    pub role: Option<String>,
    /// The session, for rules that require one.
    pub session_id: Option<String>,
    /// `iat` in seconds since 1970, for rules that check revocation.
    pub issued_at: Option<i64>,
    /// `exp` in seconds since 1970, for rules that check it.
    pub expires_at: Option<i64>,
}

impl Persona {
    /// The claims from which these rules read this user. A member of `more` replaces the claim of the same
    /// name; its effect on the user is not checked.
    ///
    /// # Errors
    /// The first field that the readers would not return as given.
    pub fn claims(&self, rules: &Rc<Rules>, more: &Claims) -> Result<Claims, PersonaError> {
        let mut claims = JsonValue::Object(Vec::new());
        for (field, texts) in self.fields() {
            if field != Field::UserId && self.user_id.is_none() {
                return Err(PersonaError::WithoutUser(field));
            }
            rules
                .layout
                .write(field, &texts, &mut claims)
                .map_err(|reason| match reason {
                    Unwritable::Nowhere => PersonaError::Nowhere(field),
                    Unwritable::Taken => PersonaError::Taken(field),
                })?;
        }
        for (name, time) in [("iat", self.issued_at), ("exp", self.expires_at)] {
            if let Some(time) = time {
                // If a field occupies the claim, reading the claims back reports it.
                let _ = claims.put(&[name], JsonValue::Number(time));
            }
        }
        let composed = match self.with_role(&claims, rules) {
            Some(composed) => composed,
            None => self.read_back(&claims, rules)?,
        };
        merge(&composed, more)
    }

    fn fields(&self) -> Vec<(Field, Vec<String>)> {
        let one = |text: &Option<String>| text.clone().map(|text| vec![text]);
        let session = self.session_id.clone().filter(|_| self.user_id.is_some());
        [
            (Field::UserId, one(&self.user_id)),
            (Field::OrgId, one(&self.org_id)),
            (Field::OrgRole, one(&self.org_role)),
            (Field::Permissions, self.permissions.clone()),
            (Field::SessionId, one(&session)),
        ]
        .into_iter()
        .filter_map(|(field, texts)| Some((field, texts?)))
        .collect()
    }

    /// The claims with the database role, unless its claim has another meaning as well.
    fn with_role(&self, claims: &JsonValue, rules: &Rc<Rules>) -> Option<Claims> {
        let role = self.role.clone()?;
        let mut claims = claims.clone();
        rules.layout.write(Field::Role, &[role], &mut claims).ok()?;
        self.read_back(&claims, rules).ok()
    }

    /// The claims, if every reader returns the persona's field.
    fn read_back(&self, claims: &JsonValue, rules: &Rc<Rules>) -> Result<Claims, PersonaError> {
        let mut json = String::new();
        claims.write(&mut json);
        let claims = Claims::parse(json.as_bytes())?;
        let identity = Identity::new(claims.clone(), Rc::clone(rules));
        let role = self
            .org_role
            .as_deref()
            .map(|role| ["org:", without_org_prefix(role)].concat());
        let permissions = self.permissions.clone().map(|mut permissions| {
            permissions.sort_unstable();
            permissions.dedup();
            permissions
        });
        let answers = [
            (
                Field::UserId,
                identity.user_id() == self.user_id.as_deref() && identity.machine_id().is_none(),
            ),
            (Field::OrgId, identity.org_id() == self.org_id.as_deref()),
            (Field::OrgRole, identity.org_role() == role.as_deref()),
            (
                Field::Permissions,
                self.has_permissions(&identity, permissions.as_deref()),
            ),
        ];
        match answers.into_iter().find(|(_, is_right)| !is_right) {
            Some((field, _)) => Err(PersonaError::Inexpressible(field)),
            None => Ok(claims),
        }
    }

    /// Version 1 of Clerk's claims without permissions has an empty list.
    fn has_permissions(&self, identity: &Identity, given: Option<&[String]>) -> bool {
        let found = identity.org_permissions();
        found == given || given.is_none() && found.is_some_and(<[String]>::is_empty)
    }
}

/// Merges two objects. Where both have a name, the member of `over` wins.
fn merge(under: &Claims, over: &Claims) -> Result<Claims, PersonaError> {
    if members(over.text()).next().is_none() {
        return Ok(under.clone());
    }
    let mut json = String::from("{");
    let kept =
        members(under.text()).filter(|(name, _)| decode(name).is_none_or(|name| over.top(&name).is_none()));
    for (name, value) in kept.chain(members(over.text())) {
        if json.len() > 1 {
            json.push(',');
        }
        json.push('"');
        json.push_str(name);
        json.push_str("\":");
        json.push_str(value);
    }
    json.push('}');
    Ok(Claims::parse(json.as_bytes())?)
}
