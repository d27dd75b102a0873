//! A JSON object whose members are read one by one.
//!
//! Invariant: a member's value is its text, unread. Types are checked where a field is asked for, so
//! that the error names the field; serde's own errors quote values.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::btree_map::{BTreeMap, Entry};
use std::fmt;

/// The members of an object.
pub(crate) struct Object<'a> {
    members: BTreeMap<String, &'a RawValue>,
    /// Names that stand more than once in the object.
    pub(crate) repeated: Vec<String>,
}

impl<'a> Object<'a> {
    /// `None` where the text is not a JSON object.
    pub(crate) fn parse(json: &'a str) -> Option<Object<'a>> {
        serde_json::from_str(json).ok()
    }

    /// The text of a member; `None` where it is missing or null.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        let raw = self.members.get(name)?.get();
        (raw != "null").then_some(raw)
    }

    /// Names and values, in the order of the names.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.members.iter().map(|(name, raw)| (name.as_str(), raw.get()))
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object<'de>, D::Error> {
        deserializer.deserialize_map(ObjectMembers)
    }
}

struct ObjectMembers;

impl<'de> Visitor<'de> for ObjectMembers {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut object = Object {
            members: BTreeMap::new(),
            repeated: Vec::new(),
        };
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            match object.members.entry(name) {
                Entry::Occupied(entry) => object.repeated.push(entry.key().clone()),
                Entry::Vacant(entry) => {
                    entry.insert(value);
                }
            }
        }
        Ok(object)
    }
}
