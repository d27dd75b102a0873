//! The end of each JSON token, by grammar alone ([RFC 8259](https://www.rfc-editor.org/rfc/rfc8259) sections
//! 2, 3, 6 and 7).
//!
//! Invariant: a function takes a position and returns one behind it, or refuses. Positions are arguments
//! rather than fields so that they stay in registers, which makes the scan measurably faster.

use super::string::{escape, plain_end};
use crate::claims_error::ClaimsError;

/// The first position from `at` that is not whitespace.
#[inline]
pub(crate) fn space_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(at) {
        at += 1;
    }
    at
}

/// The position behind the closing quote of a string whose first character is at `at`, and whether the string
/// contains an escape.
#[inline]
pub(crate) fn string_end(bytes: &[u8], at: usize) -> Result<(usize, bool), ClaimsError> {
    let stop = plain_end(bytes, at);
    if bytes.get(stop) == Some(&b'"') {
        return Ok((stop + 1, false));
    }
    escaped_string_end(bytes, stop).map(|end| (end, true))
}

#[inline(never)]
fn escaped_string_end(bytes: &[u8], mut at: usize) -> Result<usize, ClaimsError> {
    loop {
        match bytes.get(at) {
            Some(b'"') => return Ok(at + 1),
            Some(b'\\') => (_, at) = escape(bytes, at)?,
            _ => return Err(ClaimsError::NotJson),
        }
        at = plain_end(bytes, at);
    }
}

/// The position behind a number that begins at `at`. A number too large for a double, such as 1e400, is valid
/// here; only a reader of that claim refuses it.
#[inline]
pub(crate) fn number_end(bytes: &[u8], mut at: usize) -> Result<usize, ClaimsError> {
    if bytes.get(at) == Some(&b'-') {
        at += 1;
    }
    at = match bytes.get(at) {
        Some(b'0') => at + 1,
        _ => digits_end(bytes, at)?,
    };
    if bytes.get(at) == Some(&b'.') {
        at = digits_end(bytes, at + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1;
        if let Some(b'+' | b'-') = bytes.get(at) {
            at += 1;
        }
        at = digits_end(bytes, at)?;
    }
    Ok(at)
}

#[inline]
fn digits_end(bytes: &[u8], start: usize) -> Result<usize, ClaimsError> {
    let mut at = start;
    while bytes.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    if at == start {
        return Err(ClaimsError::NotJson);
    }
    Ok(at)
}

/// The position behind `word`, which must begin at `at`.
pub(crate) fn word_end(bytes: &[u8], at: usize, word: &[u8]) -> Result<usize, ClaimsError> {
    if bytes.get(at..).is_some_and(|rest| rest.starts_with(word)) {
        Ok(at + word.len())
    } else {
        Err(ClaimsError::NotJson)
    }
}
