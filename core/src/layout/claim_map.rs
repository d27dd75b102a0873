//! The operator's map of single fields: `clerk_rls.claim_map` and an issuer's `claim_map`.
//!
//! Invariant: a map is taken whole or not at all, and everything in it is understood: a misspelt
//! member that were ignored would leave a policy reading another claim than its author believes.

use super::layout::Layout;
use crate::claim_path::ClaimPath;
use crate::claims::Claims;
use crate::claims_error::ClaimsError;
use crate::field::Field;
use crate::json::string::{decode, json_string};
use crate::json::value::{elements, is_array, is_object, members};
use crate::limits::MAX_CLAIM_MAP_BYTES;
use std::fmt;

/// Why a claim map is refused. Its texts may quote the map, which is the operator's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimMapError {
    /// Longer than [`MAX_CLAIM_MAP_BYTES`].
    TooLarge,
    /// No JSON object, or one with what claims may not hold either, such as a name twice.
    Malformed(ClaimsError),
    /// A key that is no field's name.
    UnknownField(String),
    /// A field's value is neither a path nor an object.
    NotAPlace(Field),
    /// A path is no array of strings.
    PathNotStrings(Field),
    /// A path without steps.
    PathEmpty(Field),
    /// An object without `path`.
    PathMissing(Field),
    /// An object's member that is none of `path`, `split` and `strip_prefix`.
    UnknownMember(Field),
    /// `split` is no string, or an empty one.
    SplitInvalid(Field),
    /// `strip_prefix` is no string, or an empty one.
    PrefixInvalid(Field),
}

/// How much of an unknown field's name a message quotes, in characters.
const QUOTED_CHARACTERS: usize = 40;

impl ClaimMapError {
    /// The sentences for an error's hint.
    pub fn hint(&self) -> &'static str {
        "Fields are user_id, org_id, org_slug, org_role, permissions, session_id, actor_id, role, email. \
         Example: {\"org_id\": [\"https://example.com/org\"], \
         \"permissions\": {\"path\": [\"scope\"], \"split\": \" \"}}."
    }
}

impl fmt::Display for ClaimMapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClaimMapError::TooLarge => write!(f, "claim map is longer than {MAX_CLAIM_MAP_BYTES} bytes"),
            ClaimMapError::Malformed(ClaimsError::NotAnObject) => {
                f.write_str("claim map is not a JSON object")
            }
            ClaimMapError::Malformed(ClaimsError::DuplicateKey) => {
                f.write_str("claim map contains a name twice in one object")
            }
            ClaimMapError::Malformed(_) => f.write_str("claim map is not valid JSON"),
            ClaimMapError::UnknownField(name) => {
                let quoted: String = name.chars().take(QUOTED_CHARACTERS).collect();
                write!(f, "unknown field \"{quoted}\" in claim map")
            }
            ClaimMapError::NotAPlace(field) => {
                write!(
                    f,
                    "claim map field \"{}\" is neither an array nor an object",
                    field.as_str()
                )
            }
            ClaimMapError::PathNotStrings(field) => {
                write!(
                    f,
                    "path of claim map field \"{}\" is not an array of strings",
                    field.as_str()
                )
            }
            ClaimMapError::PathEmpty(field) => {
                write!(f, "path of claim map field \"{}\" is empty", field.as_str())
            }
            ClaimMapError::PathMissing(field) => {
                write!(f, "claim map field \"{}\" has no path", field.as_str())
            }
            ClaimMapError::UnknownMember(field) => {
                write!(
                    f,
                    "claim map field \"{}\" has a member other than path, split, strip_prefix",
                    field.as_str()
                )
            }
            ClaimMapError::SplitInvalid(field) => {
                write!(
                    f,
                    "split of claim map field \"{}\" is not a string of at least one character",
                    field.as_str()
                )
            }
            ClaimMapError::PrefixInvalid(field) => write!(
                f,
                "strip_prefix of claim map field \"{}\" is not a string of at least one character",
                field.as_str()
            ),
        }
    }
}

impl std::error::Error for ClaimMapError {}

impl Layout {
    /// This layout with single fields found elsewhere. `json` is an object: a field's name to an
    /// array of keys, or to `{"path": [...], "split": " ", "strip_prefix": "..."}`. Nothing but
    /// spaces changes nothing.
    ///
    /// # Errors
    /// The first reason found against the map; the layout is then lost, as it was not what was asked for.
    pub fn with_claim_map(mut self, json: &str) -> Result<Layout, ClaimMapError> {
        if json.len() > MAX_CLAIM_MAP_BYTES {
            return Err(ClaimMapError::TooLarge);
        }
        if json.trim().is_empty() {
            return Ok(self);
        }
        let map = Claims::parse(json.as_bytes()).map_err(ClaimMapError::Malformed)?;
        for (name, value) in members(map.text()) {
            let name = decode(name).unwrap_or_default();
            let field = Field::NAMES
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, field)| *field);
            let Some(field) = field else {
                return Err(ClaimMapError::UnknownField(name.into_owned()));
            };
            self.map(field, place(field, value)?);
        }
        Ok(self)
    }
}

fn place(field: Field, raw: &str) -> Result<ClaimPath, ClaimMapError> {
    let mut place = ClaimPath {
        path: Vec::new(),
        split: None,
        strip_prefix: None,
    };
    if is_array(raw) {
        place.path = path(field, raw)?;
        return Ok(place);
    }
    if !is_object(raw) {
        return Err(ClaimMapError::NotAPlace(field));
    }
    for (name, value) in members(raw) {
        let text = || {
            json_string(value)
                .filter(|text| !text.is_empty())
                .map(|text| text.into_owned())
        };
        match decode(name).as_deref() {
            Some("path") => place.path = path(field, value)?,
            Some("split") => place.split = Some(text().ok_or(ClaimMapError::SplitInvalid(field))?),
            Some("strip_prefix") => {
                place.strip_prefix = Some(text().ok_or(ClaimMapError::PrefixInvalid(field))?);
            }
            _ => return Err(ClaimMapError::UnknownMember(field)),
        }
    }
    if place.path.is_empty() {
        return Err(ClaimMapError::PathMissing(field));
    }
    Ok(place)
}

fn path(field: Field, raw: &str) -> Result<Vec<String>, ClaimMapError> {
    if !is_array(raw) {
        return Err(ClaimMapError::PathNotStrings(field));
    }
    let steps: Option<Vec<String>> = elements(raw)
        .map(|step| json_string(step).map(|text| text.into_owned()))
        .collect();
    match steps {
        None => Err(ClaimMapError::PathNotStrings(field)),
        Some(steps) if steps.is_empty() => Err(ClaimMapError::PathEmpty(field)),
        Some(steps) => Ok(steps),
    }
}
