//! The lists that a provider's API returns: the records as they are today, for a first import and for
//! deliveries that never arrived.
//!
//! Invariant: the list's size and its number of records are checked before a record is read, and one
//! malformed record refuses the whole list: a list that is complete in part would delete the rest.

use super::event_error::{EventError, EventFault};
use super::fields::Fields;
use super::membership::MembershipRecord;
use super::organization::OrganizationRecord;
use super::user::UserRecord;
use crate::limits::{MAX_LIST_BYTES, MAX_LIST_RECORDS, MAX_WEBHOOK_BODY_BYTES};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Reads a list of users: an array, or an object with an array `data`
/// ([Clerk](https://github.com/clerk/openapi-specs/blob/main/bapi/2026-05-12.yml)).
///
/// # Errors
/// [`EventError`], with the number of the record that is malformed.
pub fn users_from_list(json: &str) -> Result<Vec<UserRecord>, EventError> {
    read(json, UserRecord::read)
}

/// Reads a list of organizations: an array, or an object with an array `data`
/// ([Clerk](https://github.com/clerk/openapi-specs/blob/main/bapi/2026-05-12.yml)).
///
/// # Errors
/// [`EventError`], with the number of the record that is malformed.
pub fn organizations_from_list(json: &str) -> Result<Vec<OrganizationRecord>, EventError> {
    read(json, OrganizationRecord::read)
}

/// Reads a list of memberships, of one organization or of the whole instance: an array, or an object
/// with an array `data`
/// ([Clerk](https://github.com/clerk/openapi-specs/blob/main/bapi/2026-05-12.yml)).
///
/// # Errors
/// [`EventError`], with the number of the record that is malformed.
pub fn memberships_from_list(json: &str) -> Result<Vec<MembershipRecord>, EventError> {
    read(json, |fields| MembershipRecord::read(fields, false))
}

fn read<T>(json: &str, record: impl Fn(&Fields<'_>) -> Result<T, EventError>) -> Result<Vec<T>, EventError> {
    let read = |raw: &RawValue| {
        if raw.get().len() > MAX_WEBHOOK_BODY_BYTES {
            return Err(EventFault::RecordTooLarge.into());
        }
        record(&Fields::of(raw.get())?)
    };
    records(json)?
        .into_iter()
        .enumerate()
        .map(|(index, raw)| read(raw).map_err(|error| error.in_record(index + 1)))
        .collect()
}

/// The records, unread.
fn records(json: &str) -> Result<Vec<&RawValue>, EventError> {
    if json.len() > MAX_LIST_BYTES {
        return Err(EventFault::ListTooLarge.into());
    }
    let raw: &RawValue = serde_json::from_str(json).map_err(|_| EventFault::NotJson)?;
    let array = match raw.get().as_bytes().first() {
        Some(b'[') => raw,
        Some(b'{') => {
            let page: Page<'_> = serde_json::from_str(raw.get()).map_err(|_| EventFault::NotJson)?;
            if page.twice {
                return Err(EventFault::Twice.of("data"));
            }
            page.data.ok_or(EventFault::NotAList)?
        }
        _ => return Err(EventFault::NotAList.into()),
    };
    let records: Records<'_> = serde_json::from_str(array.get()).map_err(|_| EventFault::NotAList)?;
    if records.more {
        return Err(EventFault::TooManyRecords.into());
    }
    Ok(records.raw)
}

/// An object with the array `data`. Its other members, the total count among them, are not kept.
struct Page<'a> {
    data: Option<&'a RawValue>,
    twice: bool,
}

impl<'de> Deserialize<'de> for Page<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Page<'de>, D::Error> {
        deserializer.deserialize_map(PageMembers)
    }
}

struct PageMembers;

impl<'de> Visitor<'de> for PageMembers {
    type Value = Page<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Page<'de>, A::Error> {
        let mut page = Page {
            data: None,
            twice: false,
        };
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            if name == "data" {
                page.twice |= page.data.is_some();
                page.data = Some(value);
            }
        }
        Ok(page)
    }
}

/// At most [`MAX_LIST_RECORDS`] elements of an array: each one kept takes memory.
struct Records<'a> {
    raw: Vec<&'a RawValue>,
    more: bool,
}

impl<'de> Deserialize<'de> for Records<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Records<'de>, D::Error> {
        deserializer.deserialize_seq(Elements)
    }
}

struct Elements;

impl<'de> Visitor<'de> for Elements {
    type Value = Records<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Records<'de>, A::Error> {
        let mut records = Records {
            raw: Vec::new(),
            more: false,
        };
        while records.raw.len() < MAX_LIST_RECORDS {
            match array.next_element()? {
                Some(raw) => records.raw.push(raw),
                None => return Ok(records),
            }
        }
        while array.next_element::<IgnoredAny>()?.is_some() {
            records.more = true;
        }
        Ok(records)
    }
}
