//! JSON strings ([RFC 8259 section 7](https://www.rfc-editor.org/rfc/rfc8259#section-7)): finding the end,
//! decoding and encoding.
//!
//! Invariant: a decoded string never contains NUL and is never built from half a surrogate pair. Eight bytes
//! are examined at a time, because strings are nine tenths of a token's bytes.

use crate::claims_error::ClaimsError;
use std::borrow::Cow;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// The first position from `at` of a byte that needs attention: a quote, a backslash, a control character, or
/// the end of the input.
#[inline]
pub(crate) fn plain_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let quote = word ^ (ONES * b'"' as u64);
        let backslash = word ^ (ONES * b'\\' as u64);
        // A borrow can mark only a byte behind a real match, so the lowest mark is exact.
        let marks = ((quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash)
            | (word.wrapping_sub(ONES * 0x20) & !word))
            & HIGH_BITS;
        if marks != 0 {
            return at + (marks.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while bytes
        .get(at)
        .is_some_and(|byte| *byte >= 0x20 && *byte != b'"' && *byte != b'\\')
    {
        at += 1;
    }
    at
}

/// The character of the escape whose backslash is at `at`, and the position behind the escape.
pub(crate) fn escape(bytes: &[u8], at: usize) -> Result<(char, usize), ClaimsError> {
    let character = match bytes.get(at + 1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode_escape(bytes, at),
        _ => return Err(ClaimsError::NotJson),
    };
    Ok((character, at + 2))
}

fn unicode_escape(bytes: &[u8], at: usize) -> Result<(char, usize), ClaimsError> {
    let first = four_digits(bytes, at + 2)?;
    match first {
        0 => Err(ClaimsError::NulCharacter),
        0xD800..=0xDBFF => {
            if bytes.get(at + 6) != Some(&b'\\') || bytes.get(at + 7) != Some(&b'u') {
                return Err(ClaimsError::LoneSurrogate);
            }
            let second = four_digits(bytes, at + 8)?;
            if !(0xDC00..=0xDFFF).contains(&second) {
                return Err(ClaimsError::LoneSurrogate);
            }
            let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            let character = char::from_u32(code).ok_or(ClaimsError::LoneSurrogate)?;
            Ok((character, at + 12))
        }
        _ => {
            let character = char::from_u32(first).ok_or(ClaimsError::LoneSurrogate)?;
            Ok((character, at + 6))
        }
    }
}

fn four_digits(bytes: &[u8], at: usize) -> Result<u32, ClaimsError> {
    let digits = bytes
        .get(at..)
        .and_then(|rest| rest.first_chunk::<4>())
        .ok_or(ClaimsError::NotJson)?;
    digits.iter().try_fold(0, |value, digit| {
        let digit = char::from(*digit).to_digit(16).ok_or(ClaimsError::NotJson)?;
        Ok(value << 4 | digit)
    })
}

/// Decodes the text between a JSON string's quotes; borrowed when it contains no escape. `None` when it is
/// not valid there.
pub(crate) fn decode(inner: &str) -> Option<Cow<'_, str>> {
    let bytes = inner.as_bytes();
    let mut stop = plain_end(bytes, 0);
    if stop == bytes.len() {
        return Some(Cow::Borrowed(inner));
    }
    let mut decoded = String::with_capacity(inner.len());
    let mut from = 0;
    loop {
        decoded.push_str(inner.get(from..stop)?);
        if stop == bytes.len() {
            return Some(Cow::Owned(decoded));
        }
        if bytes.get(stop) != Some(&b'\\') {
            return None;
        }
        let (character, next) = escape(bytes, stop).ok()?;
        decoded.push(character);
        from = next;
        stop = plain_end(bytes, from);
    }
}

/// The text of a JSON string; `None` when `raw` is another JSON value, or not JSON.
///
/// ```
/// use clerk_rls_core::json_string;
/// assert_eq!(json_string(r#""caf\u00e9""#).as_deref(), Some("café"));
/// assert_eq!(json_string("7"), None);
/// ```
pub fn json_string(raw: &str) -> Option<Cow<'_, str>> {
    decode(raw.strip_prefix('"')?.strip_suffix('"')?)
}

/// Appends `text` as a JSON string.
pub(crate) fn encode(text: &str, json: &mut String) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            control if control < ' ' => {
                json.push_str("\\u00");
                for shift in [4, 0] {
                    let digit = (control as u32 >> shift) & 0xF;
                    json.extend(char::from_digit(digit, 16));
                }
            }
            other => json.push(other),
        }
    }
    json.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_ends_at_the_first_special_byte_wherever_it_stands() {
        for length in 0..40 {
            for special in [b'"', b'\\', 0x1f, 0x00, b'\n'] {
                let mut text = vec![b'a'; length];
                text.push(special);
                text.extend([b'"', 0xff, b'b']);
                assert_eq!(plain_end(&text, 0), length);
            }
            let high = vec![0xc3; length];
            assert_eq!(plain_end(&high, 0), length);
        }
        assert_eq!(plain_end(b"!#[]\x7f~ ", 0), 7);
    }

    #[test]
    fn a_string_is_decoded_and_anything_else_is_not_one() {
        assert_eq!(json_string(r#""""#).as_deref(), Some(""));
        assert_eq!(
            json_string(r#""\"\\\/\b\f\n\r\t""#).as_deref(),
            Some("\"\\/\u{8}\u{c}\n\r\t")
        );
        assert_eq!(json_string(r#""\ud83D\uDe00!""#).as_deref(), Some("😀!"));
        assert_eq!(json_string(r#""\\u0000""#).as_deref(), Some("\\u0000"));
        for other in [
            "",
            "\"",
            "a",
            "1",
            "null",
            "\"a\"b\"",
            "\"\\\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u+123\"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "\"\\udc00\"",
            "\"\n\"",
        ] {
            assert_eq!(json_string(other), None, "{other}");
        }
    }

    #[test]
    fn an_encoded_string_decodes_to_itself() {
        for text in ["", "user_1", "\"\\/\u{1}\n\u{1f}", "é😀\u{7f}\u{2028}"] {
            let mut json = String::new();
            encode(text, &mut json);
            assert_eq!(json_string(&json).as_deref(), Some(text));
        }
    }
}
