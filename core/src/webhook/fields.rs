//! The fields of a provider's record, read with their types and limits.
//!
//! Invariant: whatever is returned fits a column of PostgreSQL: no U+0000, no half surrogate pair,
//! nothing longer than its limit, no time that `timestamptz` cannot hold. A null counts as missing.

use super::event_error::{EventError, EventFault};
use super::object::Object;
use crate::limits::{
    MAX_RECORD_ID_BYTES, MAX_RECORD_METADATA_BYTES, MAX_RECORD_MILLISECONDS, MAX_RECORD_PERMISSIONS,
    MAX_RECORD_TEXT_BYTES,
};
use serde_json::value::RawValue;
use serde_json::Value;

/// An object and the path to it.
pub(crate) struct Fields<'a> {
    object: Object<'a>,
    /// Empty, or ends with a dot.
    path: String,
}

impl<'a> Fields<'a> {
    /// The fields of a text that is not known to be JSON.
    pub(crate) fn of(json: &'a str) -> Result<Fields<'a>, EventError> {
        let raw: &RawValue = serde_json::from_str(json).map_err(|_| EventFault::NotJson)?;
        if !raw.get().starts_with('{') {
            return Err(EventFault::NotAnObject.into());
        }
        Fields::at(raw.get(), String::new()).ok_or(EventFault::NotJson.into())
    }

    fn at(raw: &'a str, path: String) -> Option<Fields<'a>> {
        let object = Object::parse(raw)?;
        Some(Fields { object, path })
    }

    /// The value of a field, `None` where it is missing or null.
    fn raw(&self, name: &str) -> Result<Option<&'a str>, EventError> {
        if self.object.repeated.iter().any(|repeated| repeated == name) {
            return Err(self.fault(EventFault::Twice, name));
        }
        Ok(self.object.get(name))
    }

    pub(crate) fn fault(&self, fault: EventFault, name: &str) -> EventError {
        fault.of(format!("{}{name}", self.path))
    }

    /// A value where it is needed.
    pub(crate) fn required<T>(&self, name: &str, value: Option<T>) -> Result<T, EventError> {
        value.ok_or_else(|| self.fault(EventFault::Missing, name))
    }

    fn string(&self, name: &str, bytes: usize) -> Result<Option<String>, EventError> {
        let Some(raw) = self.raw(name)? else {
            return Ok(None);
        };
        string(raw, bytes)
            .map(Some)
            .map_err(|fault| self.fault(fault, name))
    }

    /// A name, an address or a URL, which may be empty.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, EventError> {
        self.string(name, MAX_RECORD_TEXT_BYTES)
    }

    /// A text that identifies something, and so is not empty.
    pub(crate) fn optional_id(&self, name: &str) -> Result<Option<String>, EventError> {
        match self.string(name, MAX_RECORD_ID_BYTES)? {
            Some(id) if id.is_empty() => Err(self.fault(EventFault::Empty, name)),
            id => Ok(id),
        }
    }

    pub(crate) fn id(&self, name: &str) -> Result<String, EventError> {
        self.required(name, self.optional_id(name)?)
    }

    /// True or false; false where it is missing.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, EventError> {
        match self.raw(name)? {
            Some("true") => Ok(true),
            Some("false") | None => Ok(false),
            Some(_) => Err(self.fault(EventFault::WrongType, name)),
        }
    }

    /// A whole number that is not negative.
    pub(crate) fn count(&self, name: &str) -> Result<Option<i64>, EventError> {
        self.number(name, i64::MAX, EventFault::CountOutOfRange)
    }

    /// Milliseconds since 1970.
    pub(crate) fn optional_time(&self, name: &str) -> Result<Option<i64>, EventError> {
        self.number(name, MAX_RECORD_MILLISECONDS, EventFault::TimeOutOfRange)
    }

    pub(crate) fn time(&self, name: &str) -> Result<i64, EventError> {
        self.required(name, self.optional_time(name)?)
    }

    fn number(&self, name: &str, max: i64, out_of_range: EventFault) -> Result<Option<i64>, EventError> {
        let Some(raw) = self.raw(name)? else {
            return Ok(None);
        };
        if !raw.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
            return Err(self.fault(EventFault::WrongType, name));
        }
        let number = raw.parse().ok().filter(|number| (0..=max).contains(number));
        number.map(Some).ok_or_else(|| self.fault(out_of_range, name))
    }

    /// A JSON object as it is written, `{}` where it is missing.
    pub(crate) fn metadata(&self, name: &str) -> Result<String, EventError> {
        let raw = self.raw(name)?.unwrap_or("{}");
        let fault = |fault| self.fault(fault, name);
        if !raw.starts_with('{') {
            return Err(fault(EventFault::WrongType));
        }
        if raw.len() > MAX_RECORD_METADATA_BYTES {
            return Err(fault(EventFault::TooLong {
                bytes: MAX_RECORD_METADATA_BYTES,
            }));
        }
        // The depth of what serde_json parses into values is bounded, 128.
        let value: Value = serde_json::from_str(raw).map_err(|_| fault(EventFault::Unreadable))?;
        if has_nul(&value) {
            return Err(fault(EventFault::NulCharacter));
        }
        Ok(raw.to_owned())
    }

    /// The names in an array of names, none of which is empty.
    pub(crate) fn permissions(&self, name: &str) -> Result<Vec<String>, EventError> {
        let elements = self.elements(name)?;
        if elements.len() > MAX_RECORD_PERMISSIONS {
            return Err(self.fault(EventFault::TooManyPermissions, name));
        }
        let permission = |raw: &RawValue| match string(raw.get(), MAX_RECORD_ID_BYTES)? {
            permission if permission.is_empty() => Err(EventFault::Empty),
            permission => Ok(permission),
        };
        let permissions: Result<_, _> = elements.into_iter().map(permission).collect();
        permissions.map_err(|fault| self.fault(fault, &format!("{name}[]")))
    }

    /// The elements of an array; none where it is missing.
    fn elements(&self, name: &str) -> Result<Vec<&'a RawValue>, EventError> {
        match self.raw(name)? {
            None => Ok(Vec::new()),
            Some(raw) => serde_json::from_str(raw).map_err(|_| self.fault(EventFault::WrongType, name)),
        }
    }

    /// The fields of an object in this one.
    pub(crate) fn optional_object(&self, name: &str) -> Result<Option<Fields<'a>>, EventError> {
        match self.raw(name)? {
            None => Ok(None),
            Some(raw) => self.nested(raw, name).map(Some),
        }
    }

    pub(crate) fn object(&self, name: &str) -> Result<Fields<'a>, EventError> {
        self.required(name, self.optional_object(name)?)
    }

    /// The fields of each object in an array; none where it is missing.
    pub(crate) fn objects(&self, name: &str) -> Result<Vec<Fields<'a>>, EventError> {
        let name_of_element = format!("{name}[]");
        let elements = self.elements(name)?.into_iter();
        elements
            .map(|raw| self.nested(raw.get(), &name_of_element))
            .collect()
    }

    fn nested(&self, raw: &'a str, name: &str) -> Result<Fields<'a>, EventError> {
        Fields::at(raw, format!("{}{name}.", self.path))
            .ok_or_else(|| self.fault(EventFault::WrongType, name))
    }
}

fn string(raw: &str, bytes: usize) -> Result<String, EventFault> {
    if !raw.starts_with('"') {
        return Err(EventFault::WrongType);
    }
    let text: String = serde_json::from_str(raw).map_err(|_| EventFault::Unreadable)?;
    if text.len() > bytes {
        return Err(EventFault::TooLong { bytes });
    }
    if text.contains('\0') {
        return Err(EventFault::NulCharacter);
    }
    Ok(text)
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(elements) => elements.iter().any(has_nul),
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| name.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
