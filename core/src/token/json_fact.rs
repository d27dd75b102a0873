//! A sentence that says what is wrong with the JSON of a token or key.

use crate::claims_error::ClaimsError;

/// Why a text is not a strict JSON object, as a sentence.
pub(crate) fn json_fact(what: &str, reason: ClaimsError) -> String {
    let fact = match reason {
        ClaimsError::TooLarge => "is too large",
        ClaimsError::NotUtf8 => "is not valid UTF-8",
        ClaimsError::NotJson => "is not valid JSON",
        ClaimsError::NotAnObject => "is not a JSON object",
        ClaimsError::TooDeep => "is nested too deeply",
        ClaimsError::NulCharacter => "contains the character \\u0000",
        ClaimsError::LoneSurrogate => "contains half a surrogate pair",
        ClaimsError::DuplicateKey => "contains a name twice in one object",
    };
    format!("The {what} {fact}.")
}
