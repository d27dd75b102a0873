//! Why an event, or a list of records, is refused.
//!
//! Invariant: an error names the field and never its value, which is personal data.

use crate::limits::{MAX_LIST_BYTES, MAX_LIST_RECORDS, MAX_RECORD_PERMISSIONS, MAX_WEBHOOK_BODY_BYTES};
use std::fmt;

/// Why an event, or a list of records, is refused: the rule, and the field that broke it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventError {
    fault: EventFault,
    field: Option<String>,
    /// From 1; `None` where the input is an event.
    record: Option<usize>,
}

/// The rule that an event or a record breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventFault {
    /// The text is not JSON.
    NotJson,
    /// The event, or a record of a list, is not an object.
    NotAnObject,
    /// The list is neither an array nor an object with an array `data`.
    NotAList,
    /// The list is longer than [`MAX_LIST_BYTES`].
    ListTooLarge,
    /// The list has more than [`MAX_LIST_RECORDS`] records.
    TooManyRecords,
    /// A record of a list is longer than [`MAX_WEBHOOK_BODY_BYTES`].
    RecordTooLarge,
    /// A field that the record needs is missing or null.
    Missing,
    /// A field stands twice in its object.
    Twice,
    /// A field has another type than the provider documents.
    WrongType,
    /// An ID, a role or a similar text is empty.
    Empty,
    /// A text is longer than its limit.
    TooLong {
        /// The limit in bytes.
        bytes: usize,
    },
    /// A membership has more than [`MAX_RECORD_PERMISSIONS`] permissions.
    TooManyPermissions,
    /// A text contains the character U+0000, which PostgreSQL cannot store.
    NulCharacter,
    /// A text contains half a surrogate pair, or metadata is nested too deeply or has a number out of range.
    Unreadable,
    /// A time is before 1970, after the year 9999, or has a fraction.
    TimeOutOfRange,
    /// A count is negative or has a fraction.
    CountOutOfRange,
    /// `object` of the envelope is not `event`.
    NotAnEvent,
}

impl EventFault {
    pub(crate) fn of(self, field: impl Into<String>) -> EventError {
        EventError {
            field: Some(field.into()),
            ..self.into()
        }
    }
}

impl From<EventFault> for EventError {
    fn from(fault: EventFault) -> EventError {
        EventError {
            fault,
            field: None,
            record: None,
        }
    }
}

impl EventError {
    pub(crate) fn in_record(mut self, number: usize) -> EventError {
        self.record = Some(number);
        self
    }

    /// The rule.
    pub fn fault(&self) -> EventFault {
        self.fault
    }

    /// The path of the field in the event, such as `data.organization.id`, or in the record of a list,
    /// such as `organization.id`. `None` where the whole text is refused.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// The number of the record in its list, from 1; `None` for an event.
    pub fn record(&self) -> Option<usize> {
        self.record
    }

    /// Which record, and the limit, in sentences.
    pub fn detail(&self) -> Option<String> {
        let mut sentences = Vec::new();
        sentences.extend(
            self.record
                .map(|number| format!("It is record {number} of the list.")),
        );
        sentences.extend(match self.fault {
            EventFault::ListTooLarge => Some(format!("A list has at most {MAX_LIST_BYTES} bytes.")),
            EventFault::TooManyRecords => Some(format!("A list has at most {MAX_LIST_RECORDS} records.")),
            EventFault::RecordTooLarge => {
                Some(format!("A record has at most {MAX_WEBHOOK_BODY_BYTES} bytes."))
            }
            EventFault::TooLong { bytes } => Some(format!("At most {bytes} bytes are accepted.")),
            EventFault::TooManyPermissions => Some(format!(
                "A membership has at most {MAX_RECORD_PERMISSIONS} permissions."
            )),
            EventFault::TimeOutOfRange => {
                Some("A time is a whole number of milliseconds from 1970 to the year 9999.".to_owned())
            }
            _ => None,
        });
        (!sentences.is_empty()).then(|| sentences.join(" "))
    }

    /// What to do.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self.fault {
            EventFault::NotAList => {
                "Pass the response of the provider's list endpoint: an array, or an object with an array \"data\"."
            }
            EventFault::ListTooLarge | EventFault::TooManyRecords => "Pass the list in several parts.",
            EventFault::NulCharacter => "Remove the character at the provider: PostgreSQL cannot store it.",
            _ => return None,
        })
    }
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.fault {
            EventFault::NotJson => "JSON is malformed",
            EventFault::NotAnObject => "JSON is not an object",
            EventFault::NotAList => "JSON is not a list of records",
            EventFault::ListTooLarge => "list of records is too large",
            EventFault::TooManyRecords => "list has too many records",
            EventFault::RecordTooLarge => "record is too large",
            EventFault::Missing => "is missing",
            EventFault::Twice => "is given twice",
            EventFault::WrongType => "has the wrong type",
            EventFault::Empty => "is empty",
            EventFault::TooLong { .. } => "is too long",
            EventFault::TooManyPermissions => "has too many elements",
            EventFault::NulCharacter => "contains the character \\u0000",
            EventFault::Unreadable => "cannot be stored as JSON or text",
            EventFault::TimeOutOfRange => "is not a valid time in milliseconds",
            EventFault::CountOutOfRange => "is not a valid count",
            EventFault::NotAnEvent => "is not \"event\"",
        };
        match &self.field {
            Some(field) => write!(f, "field \"{field}\" {text}"),
            None => f.write_str(text),
        }
    }
}

impl std::error::Error for EventError {}
