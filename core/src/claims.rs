//! A set of claims: a JSON object, checked as a whole and indexed at its top level.
//!
//! Invariant: a value of this type holds no name twice, no NUL, no half surrogate, and is bounded in
//! length and depth. It owns its text and keeps positions in it, so that nothing is decoded before it
//! is asked for: most requests ask for one claim out of fifteen.

use crate::claims_error::ClaimsError;
use crate::json::member::{Member, Names};
use crate::json::scanner::scan;
use crate::json::string::encode;
use crate::json::value::step;
use crate::limits::MAX_CLAIMS_BYTES;

/// A JWT Claims Set (RFC 7519 section 4).
#[derive(Clone, Debug)]
pub struct Claims {
    text: String,
    decoded_names: String,
    members: Vec<Member>,
}

impl Claims {
    /// Checks a text and takes it as claims.
    ///
    /// # Errors
    /// The first reason found against it; [`ClaimsError::TooLarge`] before anything is read.
    pub fn parse(bytes: &[u8]) -> Result<Claims, ClaimsError> {
        if bytes.len() > MAX_CLAIMS_BYTES {
            return Err(ClaimsError::TooLarge);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| ClaimsError::NotUtf8)?;
        let text = text.trim_matches([' ', '\t', '\n', '\r']);
        let outline = scan(text)?;
        if !outline.is_object {
            return Err(ClaimsError::NotAnObject);
        }
        Ok(Claims {
            text: text.to_owned(),
            decoded_names: outline.decoded,
            members: outline.members,
        })
    }

    /// The object that PostgREST's legacy settings `request.jwt.claim.sub`, `.role` and `.email`
    /// would have come from. A setting that is empty counts as absent, as PostgREST leaves `''`
    /// behind after a transaction.
    ///
    /// # Errors
    /// As [`Claims::parse`].
    pub fn from_legacy(
        sub: Option<&str>,
        role: Option<&str>,
        email: Option<&str>,
    ) -> Result<Claims, ClaimsError> {
        let present = [("sub", sub), ("role", role), ("email", email)]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.filter(|text| !text.is_empty())?)));
        if present.clone().map(|(_, value)| value.len()).sum::<usize>() > MAX_CLAIMS_BYTES {
            return Err(ClaimsError::TooLarge);
        }
        let mut json = String::from("{");
        for (name, value) in present {
            if json.len() > 1 {
                json.push(',');
            }
            encode(name, &mut json);
            json.push(':');
            encode(value, &mut json);
        }
        json.push('}');
        Claims::parse(json.as_bytes())
    }

    /// The object as it came, without spaces around it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The raw JSON at a path, which means what PostgreSQL's `jsonb #> text[]` means: names of
    /// objects exact, arrays by position and negative from the end, an empty path the whole. A JSON
    /// null at the end is `Some("null")`.
    pub fn at<'a>(&'a self, path: &[&str]) -> Option<&'a str> {
        self.at_path(path)
    }

    pub(crate) fn at_path<'a, S: AsRef<str>>(&'a self, path: &[S]) -> Option<&'a str> {
        let Some((first, rest)) = path.split_first() else {
            return Some(&self.text);
        };
        rest.iter()
            .try_fold(self.top(first.as_ref())?, |raw, next| step(raw, next.as_ref()))
    }

    /// The raw JSON of a claim at the top level.
    #[inline]
    pub(crate) fn top(&self, name: &str) -> Option<&str> {
        let names = Names {
            text: self.text.as_bytes(),
            decoded: self.decoded_names.as_bytes(),
        };
        let member = names.find(&self.members, name)?;
        self.text.get(member.value_start..member.value_end)
    }
}
