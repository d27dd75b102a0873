//! Claims out of fields: a layout read backwards, for people who are made up in tests.
//!
//! Invariant: what is written for a field lies where the layout looks first, and nothing is written
//! over something else. Whether it is then read as it was meant is for the caller to see, by reading it.

use super::layout::Layout;
use super::provider::Provider;
use super::source::{ClaimSource, ClaimSources};
use crate::claim_path::ClaimPath;
use crate::clerk::without_org_prefix;
use crate::field::Field;
use crate::json::string::encode;

/// A JSON value that is being written.
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
    /// The layout finds the field nowhere.
    Nowhere,
    /// Another value is there already.
    Taken,
}

impl JsonValue {
    /// Puts a value at a path of names. An array that a path counts in may be an object too: a reader
    /// takes the position for a name there.
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
    /// Writes a field with one text, or the list of permissions, where it is looked for first.
    pub(crate) fn write(
        &self,
        field: Field,
        texts: &[String],
        claims: &mut JsonValue,
    ) -> Result<(), Unwritable> {
        let (ClaimSources::First(sources) | ClaimSources::All(sources)) = self.of(field);
        // Providers that name several roles do so in an array.
        let is_list = field == Field::Permissions
            || field == Field::OrgRole && matches!(self.provider, Provider::Keycloak | Provider::Supertokens);
        match sources.first() {
            Some(ClaimSource::Path(place)) => claims.put(&place.path, place.value(texts, is_list)),
            Some(ClaimSource::Clerk) => {
                // The names of version 1, which say in one claim what version 2 folds into masks.
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
    /// The value from which these texts are read here.
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
