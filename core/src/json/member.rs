//! Members of an object as positions in its text: finding one by name, and finding duplicates.
//!
//! Invariant: names are compared as decoded, so `"a"` and `"\u0061"` are the same name ([RFC 8259 section
//! 8.3](https://www.rfc-editor.org/rfc/rfc8259#section-8.3)). A fingerprint decides nearly every comparison,
//! so a list needs no hash table. Many names are sorted, so that 10,000 names cost an attacker as much as
//! they cost the server.

use crate::limits::MAX_PAIRWISE_KEYS;

/// The positions of a member's name and value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    name_start: usize,
    name_end: usize,
    /// The name contains escapes. Its positions refer to the decoded names, not to the text.
    decoded: bool,
    fingerprint: u64,
    pub(crate) value_start: usize,
    pub(crate) value_end: usize,
}

impl Member {
    /// A member whose name is in the text itself.
    #[inline]
    pub(crate) fn new(text: &[u8], start: usize, end: usize) -> Member {
        Member {
            name_start: start,
            name_end: end,
            decoded: false,
            fingerprint: fingerprint(text, start, end),
            value_start: 0,
            value_end: 0,
        }
    }

    /// A member whose name is among the decoded names.
    pub(crate) fn decoded(names: &[u8], start: usize, end: usize) -> Member {
        Member {
            decoded: true,
            ..Member::new(names, start, end)
        }
    }
}

/// The sources of names: the text of the claims, and the decoded form of names that contain escapes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) decoded: &'a [u8],
}

impl<'a> Names<'a> {
    #[inline]
    fn of(self, member: &Member) -> &'a [u8] {
        let source = if member.decoded { self.decoded } else { self.text };
        source.get(member.name_start..member.name_end).unwrap_or_default()
    }

    /// The member with a name.
    #[inline]
    pub(crate) fn find<'m>(self, members: &'m [Member], name: &str) -> Option<&'m Member> {
        let wanted = fingerprint(name.as_bytes(), 0, name.len());
        members
            .iter()
            .find(|member| member.fingerprint == wanted && self.of(member) == name.as_bytes())
    }

    /// Whether two members have the same name. A long list is reordered.
    #[inline]
    pub(crate) fn any_twice(self, members: &mut [Member]) -> bool {
        if members.len() > MAX_PAIRWISE_KEYS {
            members.sort_unstable_by(|a, b| {
                a.fingerprint
                    .cmp(&b.fingerprint)
                    .then_with(|| self.of(a).cmp(self.of(b)))
            });
            return members.windows(2).any(|pair| match pair {
                [a, b] => self.same(a, b),
                _ => false,
            });
        }
        members.iter().enumerate().any(|(count, member)| {
            members
                .iter()
                .take(count)
                .any(|earlier| self.same(earlier, member))
        })
    }

    #[inline]
    fn same(self, a: &Member, b: &Member) -> bool {
        a.fingerprint == b.fingerprint && self.of(a) == self.of(b)
    }
}

/// Equal for equal names, and different for most different names. A name of up to seven bytes is contained
/// completely, a longer one with its first and last eight bytes.
#[inline]
fn fingerprint(text: &[u8], start: usize, end: usize) -> u64 {
    let length = end.saturating_sub(start);
    let first = match text.get(start..).and_then(|rest| rest.first_chunk::<8>()) {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => text
            .get(start..end)
            .unwrap_or_default()
            .iter()
            .rev()
            .fold(0, |print, byte| print << 8 | u64::from(*byte)),
    };
    if length < 8 {
        return first & ((1 << (length * 8)) - 1) | (length as u64) << 56;
    }
    let last = text
        .get(..end)
        .and_then(|head| head.last_chunk::<8>())
        .map_or(0, |chunk| u64::from_le_bytes(*chunk));
    first ^ last.rotate_left(29) ^ (length as u64).rotate_left(56)
}
