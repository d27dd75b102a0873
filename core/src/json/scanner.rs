//! One strict pass over a JSON text that finds everything claims must not contain.
//!
//! Invariant: an [`Outline`] exists only for a text that is one JSON value of bounded depth, without
//! duplicate names, NUL or half surrogates. The pass keeps a stack of bounded size instead of recursing, so
//! that no text can exhaust the server's stack. The members of all open objects share one list: when an
//! object closes, its members are removed, and those of the outermost object remain as the index.

use super::lexer::{number_end, space_end, string_end, word_end};
use super::member::{Member, Names};
use super::string::decode;
use crate::claims_error::ClaimsError;
use crate::limits::MAX_CLAIMS_DEPTH;

/// The members of a typical token's outermost object. More members grow the list.
const USUAL_MEMBERS: usize = 24;

/// The result of a scan.
pub(crate) struct Outline {
    /// The members of the outermost object, in no particular order.
    pub(crate) members: Vec<Member>,
    /// The decoded form of names that contain escapes.
    pub(crate) decoded: String,
    /// Whether the outermost value is an object.
    pub(crate) is_object: bool,
}

/// Checks a whole text, which must not begin with whitespace.
pub(crate) fn scan(text: &str) -> Result<Outline, ClaimsError> {
    let mut scanner = Scanner {
        text,
        bytes: text.as_bytes(),
        members: Vec::with_capacity(USUAL_MEMBERS),
        decoded: String::new(),
        open: [Container::Array; MAX_CLAIMS_DEPTH],
        depth: 0,
    };
    let end = scanner.value()?;
    if space_end(scanner.bytes, end) != text.len() {
        return Err(ClaimsError::NotJson);
    }
    Ok(Outline {
        members: scanner.members,
        decoded: scanner.decoded,
        is_object: text.starts_with('{'),
    })
}

#[derive(Clone, Copy)]
enum Container {
    Array,
    /// With the position in `members` at which its members begin.
    Object(usize),
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    members: Vec<Member>,
    decoded: String,
    open: [Container; MAX_CLAIMS_DEPTH],
    depth: usize,
}

impl Scanner<'_> {
    /// The position behind the outermost value.
    fn value(&mut self) -> Result<usize, ClaimsError> {
        let bytes = self.bytes;
        let mut at = 0;
        loop {
            at = space_end(bytes, at);
            if self.depth == 1 {
                if let Some(member) = self.members.last_mut() {
                    member.value_start = at;
                }
            }
            at = match bytes.get(at) {
                Some(b'"') => string_end(bytes, at + 1)?.0,
                Some(b'-' | b'0'..=b'9') => number_end(bytes, at)?,
                Some(b'{') => {
                    self.push(Container::Object(self.members.len()))?;
                    at = space_end(bytes, at + 1);
                    if bytes.get(at) != Some(&b'}') {
                        at = self.name(at)?;
                        continue;
                    }
                    at
                }
                Some(b'[') => {
                    self.push(Container::Array)?;
                    at = space_end(bytes, at + 1);
                    if bytes.get(at) != Some(&b']') {
                        continue;
                    }
                    at
                }
                Some(b't') => word_end(bytes, at, b"true")?,
                Some(b'f') => word_end(bytes, at, b"false")?,
                Some(b'n') => word_end(bytes, at, b"null")?,
                _ => return Err(ClaimsError::NotJson),
            };
            // Close the containers that end after this value. An empty container is still open here. That is
            // harmless: the outermost has no member whose end could be set wrongly, and an inner one is
            // deeper than 1.
            loop {
                let Some(container) = self
                    .depth
                    .checked_sub(1)
                    .and_then(|top| self.open.get(top))
                    .copied()
                else {
                    return Ok(at);
                };
                if self.depth == 1 {
                    if let Some(member) = self.members.last_mut() {
                        member.value_end = at;
                    }
                }
                at = space_end(bytes, at);
                match (bytes.get(at), container) {
                    (Some(b','), Container::Object(_)) => {
                        at = self.name(space_end(bytes, at + 1))?;
                        break;
                    }
                    (Some(b','), Container::Array) => {
                        at += 1;
                        break;
                    }
                    (Some(b'}'), Container::Object(from)) => self.close_object(from)?,
                    (Some(b']'), Container::Array) => self.depth -= 1,
                    _ => return Err(ClaimsError::NotJson),
                }
                at += 1;
            }
        }
    }

    #[inline]
    fn push(&mut self, container: Container) -> Result<(), ClaimsError> {
        let slot = self.open.get_mut(self.depth).ok_or(ClaimsError::TooDeep)?;
        *slot = container;
        self.depth += 1;
        Ok(())
    }

    #[inline]
    fn close_object(&mut self, from: usize) -> Result<(), ClaimsError> {
        self.depth -= 1;
        let names = Names {
            text: self.bytes,
            decoded: self.decoded.as_bytes(),
        };
        let own = self.members.get_mut(from..).unwrap_or_default();
        if names.any_twice(own) {
            return Err(ClaimsError::DuplicateKey);
        }
        if self.depth > 0 {
            self.members.truncate(from);
        }
        Ok(())
    }

    /// The position behind the colon of a member whose name begins at `at`.
    #[inline]
    fn name(&mut self, at: usize) -> Result<usize, ClaimsError> {
        if self.bytes.get(at) != Some(&b'"') {
            return Err(ClaimsError::NotJson);
        }
        let start = at + 1;
        let (end, escaped) = string_end(self.bytes, start)?;
        let member = if escaped {
            self.decoded_member(start, end - 1)?
        } else {
            Member::new(self.bytes, start, end - 1)
        };
        self.members.push(member);
        let colon = space_end(self.bytes, end);
        if self.bytes.get(colon) != Some(&b':') {
            return Err(ClaimsError::NotJson);
        }
        Ok(colon + 1)
    }

    #[cold]
    fn decoded_member(&mut self, start: usize, end: usize) -> Result<Member, ClaimsError> {
        let name = self
            .text
            .get(start..end)
            .and_then(decode)
            .ok_or(ClaimsError::NotJson)?;
        let start = self.decoded.len();
        self.decoded.push_str(&name);
        Ok(Member::decoded(
            self.decoded.as_bytes(),
            start,
            self.decoded.len(),
        ))
    }
}
