//! The path to a claim, and how the value at the path becomes text.
//!
//! Invariant: only strings are values. A claim that exists but cannot be used is distinguished from a missing
//! claim, because the first path that exists decides: if an unusable claim were skipped, a malformed claim
//! could select another identity.

use crate::claims::Claims;
use crate::json::string::json_string;
use crate::json::value::{is_array, is_null, string_elements};
use crate::lookup::{Lookup, Unusable};

/// A path of keys, and how the text at its end becomes a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClaimPath {
    pub(crate) path: Vec<String>,
    /// The separator between several values in one string.
    pub(crate) split: Option<String>,
    /// The prefix that a value must have, and that is removed from it.
    pub(crate) strip_prefix: Option<String>,
}

impl ClaimPath {
    pub(crate) fn at(path: &[&str]) -> ClaimPath {
        ClaimPath {
            path: path.iter().map(|step| (*step).to_owned()).collect(),
            split: None,
            strip_prefix: None,
        }
    }

    pub(crate) fn split(self, separator: &str) -> ClaimPath {
        ClaimPath {
            split: Some(separator.to_owned()),
            ..self
        }
    }

    pub(crate) fn strip_prefix(self, prefix: &str) -> ClaimPath {
        ClaimPath {
            strip_prefix: Some(prefix.to_owned()),
            ..self
        }
    }

    /// The name of the path in messages.
    pub(crate) fn label(&self) -> String {
        self.path.join(".")
    }

    /// The single text at this path. An array is not a text, except where a prefix selects one of its
    /// elements, as in Logto's `aud`.
    pub(crate) fn text(&self, claims: &Claims) -> Lookup {
        let raw = claims.at_path(&self.path);
        if self.split.is_none() && self.strip_prefix.is_none() {
            return Lookup::of(raw);
        }
        match raw {
            Some(raw) if is_array(raw) && self.strip_prefix.is_none() => Lookup::Unusable(Unusable::NotText),
            _ => self.only(raw),
        }
    }

    fn only(&self, raw: Option<&str>) -> Lookup {
        let Some(raw) = raw.filter(|raw| !is_null(raw)) else {
            return Lookup::Absent;
        };
        let Some(values) = self.values(raw) else {
            return Lookup::Unusable(Unusable::NotText);
        };
        let mut values = values.into_iter();
        match (values.next(), values.next()) {
            (Some(only), None) => Lookup::Text(only),
            (Some(_), Some(_)) => Lookup::Unusable(Unusable::Several),
            (None, _) if self.strip_prefix.is_some() => Lookup::Unusable(Unusable::WithoutPrefix),
            (None, _) => Lookup::Unusable(Unusable::Empty),
        }
    }

    /// All texts at this path. `None` if the claim does not exist; empty if it is neither a string nor an
    /// array.
    pub(crate) fn texts(&self, claims: &Claims) -> Option<Vec<String>> {
        let raw = claims.at_path(&self.path).filter(|raw| !is_null(raw))?;
        Some(self.values(raw).unwrap_or_default())
    }

    /// The distinct values of a string or array, without empty ones; `None` for other JSON.
    fn values(&self, raw: &str) -> Option<Vec<String>> {
        let texts: Vec<String> = if is_array(raw) {
            string_elements(raw).collect()
        } else {
            let text = json_string(raw)?;
            match &self.split {
                Some(separator) => text.split(separator.as_str()).map(str::to_owned).collect(),
                None => vec![text.into_owned()],
            }
        };
        let stripped = texts.into_iter().filter_map(|text| match &self.strip_prefix {
            Some(prefix) => text.strip_prefix(prefix.as_str()).map(str::to_owned),
            None => Some(text),
        });
        let mut values: Vec<String> = stripped.filter(|text| !text.is_empty()).collect();
        values.sort_unstable();
        values.dedup();
        Some(values)
    }
}
