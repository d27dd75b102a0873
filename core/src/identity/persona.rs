//! A person who is made up: the claims that a token of hers would have.
//!
//! Invariant: what was asked for is what the readers answer, for every field, or it is an error. That
//! is not argued but tried: the claims are read back before they are handed out. A test whose person
//! silently lacks an organization would pass for the wrong reason.

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

/// Who is to be asking. `None`: the readers answer NULL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Persona {
    /// The subject, a person.
    pub user_id: Option<String>,
    /// The active organization.
    pub org_id: Option<String>,
    /// The role in it, with or without `org:`.
    pub org_role: Option<String>,
    /// Permissions as the provider spells them, with Clerk `org:feature:permission`.
    pub permissions: Option<Vec<String>>,
    /// The database role; left out where the claims have no place that is free for it.
    pub role: Option<String>,
    /// The session, where the rules require one.
    pub session_id: Option<String>,
    /// `exp`, a second since 1970, where the rules check it.
    pub expires_at: Option<i64>,
}

impl Persona {
    /// The claims in which these rules find this person, with `more` over them: a member of `more`
    /// replaces the one of its name, and what it changes about the person is its author's affair.
    ///
    /// # Errors
    /// The first field that would not be answered as it was given.
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
        if let Some(expiry) = self.expires_at {
            // Where a field lies in exp, reading back tells.
            let _ = claims.put(&["exp"], JsonValue::Number(expiry));
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

    /// The claims with the database role in them, unless its place means something else as well.
    fn with_role(&self, claims: &JsonValue, rules: &Rc<Rules>) -> Option<Claims> {
        let role = self.role.clone()?;
        let mut claims = claims.clone();
        rules.layout.write(Field::Role, &[role], &mut claims).ok()?;
        self.read_back(&claims, rules).ok()
    }

    /// The claims, if every reader answers what was asked for.
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

    /// An organization of Clerk's version 1 without permissions has the empty list.
    fn has_permissions(&self, identity: &Identity, asked: Option<&[String]>) -> bool {
        let found = identity.org_permissions();
        found == asked || asked.is_none() && found.is_some_and(<[String]>::is_empty)
    }
}

/// One object of two; where both have a name, that of `over`.
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
