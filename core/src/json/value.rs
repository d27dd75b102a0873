//! Raw JSON values, read in place: members, elements, and one step of a path.
//!
//! Invariant: every function takes a text that [`scanner`](super::scanner) accepted, or a value from such a
//! text, and returns values from it. Nothing is checked again: for any other text the result is meaningless,
//! but the functions never panic and always end.

use super::string::{decode, json_string, plain_end};

/// The members of an object, each as its name between the quotes and its raw value; none for any other value.
pub(crate) fn members(raw: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut items = Items::new(raw, b'{');
    std::iter::from_fn(move || {
        let name = items.next_value()?;
        let value = items.next_value()?;
        Some((name.strip_prefix('"')?.strip_suffix('"')?, value))
    })
}

/// The elements of an array; none for any other value.
pub(crate) fn elements(raw: &str) -> impl Iterator<Item = &str> {
    let mut items = Items::new(raw, b'[');
    std::iter::from_fn(move || items.next_value())
}

/// The strings among the elements of an array.
pub(crate) fn string_elements(raw: &str) -> impl Iterator<Item = String> + '_ {
    elements(raw).filter_map(|element| json_string(element).map(|text| text.into_owned()))
}

/// The member with a name.
pub(crate) fn member<'a>(raw: &'a str, name: &str) -> Option<&'a str> {
    members(raw)
        .find(|(found, _)| is_name(found, name))
        .map(|(_, value)| value)
}

/// A name is decoded before it is compared: `\u0069d` in the text is `id`, not the six characters of the
/// escape.
fn is_name(found: &str, name: &str) -> bool {
    if found.contains('\\') {
        decode(found).is_some_and(|decoded| decoded == name)
    } else {
        found == name
    }
}

/// One step of a path, with the meaning of PostgreSQL's `jsonb #> text[]`: a name in an object, a position in
/// an array, counted from the end if negative.
pub(crate) fn step<'a>(raw: &'a str, step: &str) -> Option<&'a str> {
    match raw.as_bytes().first() {
        Some(b'{') => member(raw, step),
        Some(b'[') => {
            let position = position(step)?;
            let distance = usize::try_from(position.unsigned_abs()).ok()?;
            if position >= 0 {
                return elements(raw).nth(distance);
            }
            let count = elements(raw).count();
            elements(raw).nth(count.checked_sub(distance)?)
        }
        _ => None,
    }
}

/// A position in an array as PostgreSQL's `strtoint` reads it (`jsonb_get_element` in
/// [`jsonfuncs.c`](https://github.com/postgres/postgres/blob/master/src/backend/utils/adt/jsonfuncs.c)):
/// whitespace in front and a plus sign are allowed.
fn position(step: &str) -> Option<i32> {
    step.trim_start_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}'])
        .parse()
        .ok()
}

/// Whether a raw value is null. The first byte decides; the same holds for objects and arrays.
pub(crate) fn is_null(raw: &str) -> bool {
    raw.starts_with('n')
}

pub(crate) fn is_object(raw: &str) -> bool {
    raw.starts_with('{')
}

pub(crate) fn is_array(raw: &str) -> bool {
    raw.starts_with('[')
}

/// The values in a container, names included.
struct Items<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Items<'a> {
    fn new(raw: &'a str, opening: u8) -> Items<'a> {
        let at = if raw.as_bytes().first() == Some(&opening) {
            1
        } else {
            raw.len()
        };
        Items { text: raw, at }
    }

    fn next_value(&mut self) -> Option<&'a str> {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\t' | b'\n' | b'\r' | b',' | b':') = bytes.get(self.at) {
            self.at += 1;
        }
        let start = self.at;
        self.at = value_end(bytes, start);
        self.text.get(start..self.at).filter(|value| !value.is_empty())
    }
}

/// The end of the value that begins at `start`; `start` itself if no value begins there.
fn value_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    let mut depth = 0_usize;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = string_end(bytes, at + 1),
            b'{' | b'[' => {
                depth += 1;
                at += 1;
                continue;
            }
            b'}' | b']' => {
                if depth == 0 {
                    return at;
                }
                depth -= 1;
                at += 1;
            }
            b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' => {
                at += 1;
                continue;
            }
            _ => at = scalar_end(bytes, at),
        }
        if depth == 0 {
            return at;
        }
    }
    at
}

fn string_end(bytes: &[u8], mut at: usize) -> usize {
    loop {
        at = plain_end(bytes, at);
        match bytes.get(at) {
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
            None => return bytes.len(),
        }
    }
}

fn scalar_end(bytes: &[u8], start: usize) -> usize {
    // At least one byte, so that a text that was never accepted cannot cause an endless loop.
    let mut at = start + 1;
    while bytes
        .get(at)
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.'))
    {
        at += 1;
    }
    at
}
