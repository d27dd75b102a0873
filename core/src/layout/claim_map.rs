//! The claim map, with which an operator moves single fields to other claims.
//!
//! Invariant: a map is applied as a whole or not at all, and every part of it must be valid. If a misspelled
//! member were ignored, a policy would read another claim than its author believes.

use super::layout::Layout;
use crate::claim_path::ClaimPath;
use crate::claims::Claims;
use crate::claims_error::ClaimsError;
use crate::field::Field;
use crate::json::string::{decode, json_string};
use crate::json::value::{elements, is_array, is_object, members};
use crate::limits::MAX_CLAIM_MAP_BYTES;
use std::fmt;

/// Why a claim map is refused. Messages may quote the map, because the operator wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimMapError {
    /// The map is longer than [`MAX_CLAIM_MAP_BYTES`].
    TooLarge,
    /// The map is not a JSON object, or violates a rule that claims must follow too, such as unique names.
    Malformed(ClaimsError),
    /// A key is not the name of a field.
    UnknownField(String),
    /// The value of a field is neither a path nor an object.
    NotAPath(Field),
    /// A path is not an array of strings.
    PathNotStrings(Field),
    /// A path has no steps.
    PathEmpty(Field),
    /// An object has no member `path`.
    PathMissing(Field),
    /// An object has a member other than `path`, `split` and `strip_prefix`.
    UnknownMember(Field),
    /// `split` is not a string, or is empty.
    SplitInvalid(Field),
    /// `strip_prefix` is not a string, or is empty.
    PrefixInvalid(Field),
}

/// The number of characters of an unknown field name that a message quotes.
const QUOTED_CHARACTERS: usize = 40;

impl ClaimMapError {
    /// The hint: the names of the fields and an example.
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
            ClaimMapError::NotAPath(field) => {
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
    /// Moves fields to the claims that a map names. `json` is an object whose keys are field names and whose
    /// values are arrays of keys, or objects such as `{"path": [...], "split": " ", "strip_prefix": "..."}`.
    /// An empty text changes nothing.
    ///
    /// # Errors
    /// The first reason to refuse the map. The layout is consumed, because it would not be the one that was
    /// asked for.
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
            self.map(field, claim_path(field, value)?);
        }
        Ok(self)
    }
}

fn claim_path(field: Field, raw: &str) -> Result<ClaimPath, ClaimMapError> {
    let mut claim_path = ClaimPath {
        path: Vec::new(),
        split: None,
        strip_prefix: None,
    };
    if is_array(raw) {
        claim_path.path = path(field, raw)?;
        return Ok(claim_path);
    }
    if !is_object(raw) {
        return Err(ClaimMapError::NotAPath(field));
    }
    for (name, value) in members(raw) {
        let text = || {
            json_string(value)
                .filter(|text| !text.is_empty())
                .map(|text| text.into_owned())
        };
        match decode(name).as_deref() {
            Some("path") => claim_path.path = path(field, value)?,
            Some("split") => claim_path.split = Some(text().ok_or(ClaimMapError::SplitInvalid(field))?),
            Some("strip_prefix") => {
                claim_path.strip_prefix = Some(text().ok_or(ClaimMapError::PrefixInvalid(field))?);
            }
            _ => return Err(ClaimMapError::UnknownMember(field)),
        }
    }
    if claim_path.path.is_empty() {
        return Err(ClaimMapError::PathMissing(field));
    }
    Ok(claim_path)
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
