//! Claims out of fields: a layout read backwards, for people who are made up in tests.
//!
//! Invariant: what is written for a field lies where the layout looks first, and nothing is written
//! over something else. Whether it is then read as it was meant is for the caller to see, by reading it.

use super::{Field, Layout, Source, Sources};
use crate::identity::without_prefix;
use crate::json::string::encode;
use crate::place::Place;
use crate::provider::Provider;

/// A JSON value that is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Text(String),
    List(Vec<String>),
    Number(i64),
    Object(Vec<(String, Node)>),
}

/// Why a field cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unwritable {
    /// The layout finds the field nowhere.
    Nowhere,
    /// Another value is there already.
    Taken,
}

impl Node {
    /// Puts a value at a path of names. An array that a path counts in may be an object too: a reader
    /// takes the position for a name there.
    pub(crate) fn put<S: AsRef<str>>(&mut self, path: &[S], value: Node) -> Result<(), Unwritable> {
        let Node::Object(members) = self else {
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
                    member = Node::Object(vec![(name.as_ref().to_owned(), member)]);
                }
                members.push((first.to_owned(), member));
                Ok(())
            }
        }
    }

    /// Appends the value as JSON.
    pub(crate) fn write(&self, json: &mut String) {
        match self {
            Node::Text(text) => encode(text, json),
            Node::Number(number) => json.push_str(&number.to_string()),
            Node::List(texts) => {
                json.push('[');
                for (position, text) in texts.iter().enumerate() {
                    if position > 0 {
                        json.push(',');
                    }
                    encode(text, json);
                }
                json.push(']');
            }
            Node::Object(members) => {
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
    pub(crate) fn write(&self, field: Field, texts: &[String], claims: &mut Node) -> Result<(), Unwritable> {
        let (Sources::First(sources) | Sources::All(sources)) = self.of(field);
        // Providers that name several roles do so in an array.
        let is_list = field == Field::Permissions
            || field == Field::OrgRole && matches!(self.provider, Provider::Keycloak | Provider::Supertokens);
        match sources.first() {
            Some(Source::Place(place)) => claims.put(&place.path, place.value(texts, is_list)),
            Some(Source::Clerk) => {
                // The names of version 1, which say in one claim what version 2 folds into masks.
                let (name, value) = match (field, texts) {
                    (Field::Permissions, texts) => ("org_permissions", Node::List(texts.to_vec())),
                    (Field::OrgId, [id]) => ("org_id", Node::Text(id.clone())),
                    (Field::OrgRole, [role]) => {
                        ("org_role", Node::Text(["org:", without_prefix(role)].concat()))
                    }
                    _ => return Err(Unwritable::Nowhere),
                };
                claims.put(&[name], value)
            }
            Some(Source::KeycloakOrganization) => claims.put(&["organization"], Node::List(texts.to_vec())),
            Some(Source::KeycloakClientRoles) | None => Err(Unwritable::Nowhere),
        }
    }
}

impl Place {
    /// The value from which these texts are read here.
    fn value(&self, texts: &[String], is_list: bool) -> Node {
        let prefix = self.strip_prefix.as_deref().unwrap_or_default();
        let mut texts = texts.iter().map(|text| [prefix, text].concat());
        match &self.split {
            Some(separator) => Node::Text(texts.collect::<Vec<_>>().join(separator)),
            None if is_list => Node::List(texts.collect()),
            None => Node::Text(texts.next().unwrap_or_default()),
        }
    }
}
