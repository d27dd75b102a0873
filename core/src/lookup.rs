//! The result of looking up one value in claims.

use crate::json::string::json_string;
use crate::json::value::is_null;

/// What one claim contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    Absent,
    Unusable(Unusable),
    Text(String),
}

/// Why a claim is not a single text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unusable {
    NotText,
    Empty,
    WithoutPrefix,
    Several,
}

impl Lookup {
    pub(crate) fn text(self) -> Option<String> {
        match self {
            Lookup::Text(text) => Some(text),
            Lookup::Absent | Lookup::Unusable(_) => None,
        }
    }

    /// The content of a raw value, without splitting or stripping it.
    pub(crate) fn of(raw: Option<&str>) -> Lookup {
        match raw {
            None => Lookup::Absent,
            Some(raw) if is_null(raw) => Lookup::Absent,
            Some(raw) => match json_string(raw) {
                None => Lookup::Unusable(Unusable::NotText),
                Some(text) if text.is_empty() => Lookup::Unusable(Unusable::Empty),
                Some(text) => Lookup::Text(text.into_owned()),
            },
        }
    }
}
