//! Writes fields as claims, for personas in tests.
//!
//! Invariant: a field is written where the layout looks first, and nothing is overwritten. The caller reads
//! the claims back to check that they have the intended meaning.

use super::layout::Layout;
use super::provider::Provider;
use super::source::{ClaimSource, ClaimSources};
use crate::claim_path::ClaimPath;
use crate::clerk::without_org_prefix;
use crate::field::Field;
use crate::json::string::encode;

/// A JSON value to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum JsonValue {
    Text(String),
    List(Vec<String>),
    Number(i64),
    Object(Vec<(String, JsonValue)>),
}

/// Why a field cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unwritable {
    /// The layout has no claim for the field.
    Nowhere,
    /// Another value already occupies the claim.
    Taken,
}

impl JsonValue {
    /// Puts a value at a path of names. Arrays on the path are written as objects: a reader accepts a
    /// position as a name.
    pub(crate) fn put<S: AsRef<str>>(&mut self, path: &[S], value: JsonValue) -> Result<(), Unwritable> {
        let JsonValue::Object(members) = self else {
            return Err(Unwritable::Taken);
        };
        let Some((first, rest)) = path.split_first() else {
            return Err(Unwritable::Taken);
        };
        let first = first.as_ref();
        match members.iter_mut().find(|(name, _)| name == first) {
            Some((_, there)) if rest.is_empty() && *there == value => Ok(()),
            Some((_, there)) => there.put(rest, value),
            None => {
                let mut member = value;
                for name in rest.iter().rev() {
                    member = JsonValue::Object(vec![(name.as_ref().to_owned(), member)]);
                }
                members.push((first.to_owned(), member));
                Ok(())
            }
        }
    }

    /// Appends the value as JSON.
    pub(crate) fn write(&self, json: &mut String) {
        match self {
            JsonValue::Text(text) => encode(text, json),
            JsonValue::Number(number) => json.push_str(&number.to_string()),
            JsonValue::List(texts) => {
                json.push('[');
                for (position, text) in texts.iter().enumerate() {
                    if position > 0 {
                        json.push(',');
                    }
                    encode(text, json);
                }
                json.push(']');
            }
            JsonValue::Object(members) => {
                json.push('{');
                for (position, (name, value)) in members.iter().enumerate() {
                    if position > 0 {
                        json.push(',');
                    }
                    encode(name, json);
                    json.push(':');
                    value.write(json);
                }
                json.push('}');
            }
        }
    }
}

impl Layout {
    /// Writes a field to the claim that the layout reads first.
    pub(crate) fn write(
        &self,
        field: Field,
        texts: &[String],
        claims: &mut JsonValue,
    ) -> Result<(), Unwritable> {
        let (ClaimSources::First(sources) | ClaimSources::All(sources)) = self.of(field);
        // These providers put several roles into an array.
        let is_list = field == Field::Permissions
            || field == Field::OrgRole && matches!(self.provider, Provider::Keycloak | Provider::Supertokens);
        match sources.first() {
            Some(ClaimSource::Path(claim_path)) => {
                claims.put(&claim_path.path, claim_path.value(texts, is_list))
            }
            Some(ClaimSource::Clerk) => {
                // Version 1 has a single claim for what version 2 encodes as masks.
                let (name, value) = match (field, texts) {
                    (Field::Permissions, texts) => ("org_permissions", JsonValue::List(texts.to_vec())),
                    (Field::OrgId, [id]) => ("org_id", JsonValue::Text(id.clone())),
                    (Field::OrgRole, [role]) => (
                        "org_role",
                        JsonValue::Text(["org:", without_org_prefix(role)].concat()),
                    ),
                    _ => return Err(Unwritable::Nowhere),
                };
                claims.put(&[name], value)
            }
            Some(ClaimSource::KeycloakOrganization) => {
                claims.put(&["organization"], JsonValue::List(texts.to_vec()))
            }
            Some(ClaimSource::KeycloakClientRoles) | None => Err(Unwritable::Nowhere),
        }
    }
}

impl ClaimPath {
    /// The value from which this path reads the given texts.
    fn value(&self, texts: &[String], is_list: bool) -> JsonValue {
        let prefix = self.strip_prefix.as_deref().unwrap_or_default();
        let mut texts = texts.iter().map(|text| [prefix, text].concat());
        match &self.split {
            Some(separator) => JsonValue::Text(texts.collect::<Vec<_>>().join(separator)),
            None if is_list => JsonValue::List(texts.collect()),
            None => JsonValue::Text(texts.next().unwrap_or_default()),
        }
    }
}
