//! A set of claims: a JSON object that has been checked as a whole and indexed at its top level.
//!
//! Invariant: no name occurs twice in any object, no string contains NUL or half a surrogate pair, and length
//! and depth are bounded. The value owns its text and stores positions in it, so that a claim is decoded only
//! when it is read: most requests read one claim out of fifteen.

use crate::claims_error::ClaimsError;
use crate::json::member::{Member, Names};
use crate::json::scanner::scan;
use crate::json::string::encode;
use crate::json::value::step;
use crate::limits::MAX_CLAIMS_BYTES;

/// A JWT Claims Set ([RFC 7519 section 4](https://www.rfc-editor.org/rfc/rfc7519#section-4)).
#[derive(Clone, Debug)]
pub struct Claims {
    text: String,
    decoded_names: String,
    members: Vec<Member>,
}

impl Claims {
    /// Checks a text and parses it as claims. Whitespace around the object is removed.
    ///
    /// # Errors
    /// The first reason to refuse the text; [`ClaimsError::TooLarge`] before anything is read.
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

    /// Builds claims from PostgREST's [legacy
    /// settings](https://docs.postgrest.org/en/v11/references/configuration.html#db-use-legacy-gucs)
    /// `request.jwt.claim.sub`, `.role` and `.email`. An empty value counts as absent, because PostgreSQL
    /// leaves `''` in such a setting after a transaction.
    ///
    /// # Errors
    /// See [`Claims::parse`].
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

    /// The text of the object, without whitespace around it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The raw JSON at a path, with the meaning of PostgreSQL's [`jsonb #>
    /// text[]`](https://www.postgresql.org/docs/current/functions-json.html): object keys match exactly,
    /// arrays are indexed by position (negative positions count from the end), and an empty path is the whole
    /// object. A JSON null at the path is `Some("null")`; a path that does not exist is `None`.
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

    /// The raw JSON of a top-level claim.
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
