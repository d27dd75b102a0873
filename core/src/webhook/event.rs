//! An event: what a verified delivery says has happened.
//!
//! Invariant: an event is made from a [`Delivery`] alone, so that nothing is recorded which the provider
//! has not signed. A type that is not known here is no error: providers add types, and a sender repeats
//! a delivery that is refused.

use super::delivery::Delivery;
use super::event_error::{EventError, EventFault};
use super::fields::Fields;
use super::json_text::JsonText;
use super::membership::MembershipRecord;
use super::organization::OrganizationRecord;
use super::session::SessionRecord;
use super::user::UserRecord;

/// Below it a timestamp of an envelope is in seconds: as milliseconds it would be before March 1973.
const MIN_MILLISECONDS: i64 = 100_000_000_000;

/// An event of a provider
/// ([Clerk](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml)).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// The type as the provider names it, such as `user.created`.
    pub kind: String,
    /// The ID of the provider's instance, `ins_…`: development and production are two instances.
    pub instance_id: Option<String>,
    /// When the event happened, in milliseconds since 1970.
    pub occurred_at: Option<i64>,
    /// What has changed.
    pub change: Change,
}

/// What has changed, with the record after the change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// `user.created` or `user.updated`.
    User(Box<UserRecord>),
    /// `user.deleted`.
    UserDeleted {
        /// The user's ID.
        id: String,
    },
    /// `session.created`, `.pending`, `.ended`, `.removed` or `.revoked`.
    Session(SessionRecord),
    /// `organization.created` or `organization.updated`.
    Organization(OrganizationRecord),
    /// `organization.deleted`.
    OrganizationDeleted {
        /// The organization's ID.
        id: String,
    },
    /// `organizationMembership.created`, `.updated` or `.deleted`.
    Membership(MembershipRecord),
    /// Any other type, whose data is not read.
    Unknown,
}

impl Event {
    /// Reads the body of a delivery: an envelope with `object` (`event`), `type`, `timestamp`,
    /// `instance_id` and `data`.
    ///
    /// A `timestamp` below 10^11 is in seconds, as in Clerk's own examples; from there on it is in
    /// milliseconds. The times in `data` are always in milliseconds.
    ///
    /// # Errors
    /// [`EventError`] where the body is not such an object, or the data of a known type is malformed.
    pub fn parse(delivery: &Delivery) -> Result<Event, EventError> {
        let envelope = Fields::of(delivery.body())?;
        if envelope.id("object")? != "event" {
            return Err(envelope.fault(EventFault::NotAnEvent, "object"));
        }
        let kind = envelope.id("type")?;
        Ok(Event {
            instance_id: envelope.optional_id("instance_id")?,
            occurred_at: envelope.optional_time("timestamp")?.map(milliseconds),
            change: Change::read(&kind, &envelope)?,
            kind,
        })
    }
}

impl Change {
    fn read(kind: &str, envelope: &Fields<'_>) -> Result<Change, EventError> {
        let data = || envelope.object("data");
        Ok(match kind {
            "user.created" | "user.updated" => Change::User(Box::new(UserRecord::read(&data()?)?)),
            "user.deleted" => Change::UserDeleted {
                id: data()?.id("id")?,
            },
            "session.created" | "session.pending" | "session.ended" | "session.removed"
            | "session.revoked" => Change::Session(SessionRecord::read(&data()?)?),
            "organization.created" | "organization.updated" => {
                Change::Organization(OrganizationRecord::read(&data()?)?)
            }
            "organization.deleted" => Change::OrganizationDeleted {
                id: data()?.id("id")?,
            },
            "organizationMembership.created" | "organizationMembership.updated" => {
                Change::Membership(MembershipRecord::read(&data()?, false)?)
            }
            "organizationMembership.deleted" => Change::Membership(MembershipRecord::read(&data()?, true)?),
            _ => Change::Unknown,
        })
    }

    /// The record as a JSON object with the names of columns as keys: that of [`UserRecord::to_json`],
    /// [`SessionRecord::to_json`], [`OrganizationRecord::to_json`] or [`MembershipRecord::to_json`]; `user_id` or `org_id`
    /// alone where it is deleted; `{}` where the type is unknown.
    pub fn to_json(&self) -> String {
        match self {
            Change::User(user) => user.to_json(),
            Change::UserDeleted { id } => JsonText::new().value("user_id", id.as_str()).finish(),
            Change::Session(session) => session.to_json(),
            Change::Organization(organization) => organization.to_json(),
            Change::OrganizationDeleted { id } => JsonText::new().value("org_id", id.as_str()).finish(),
            Change::Membership(membership) => membership.to_json(),
            Change::Unknown => JsonText::new().finish(),
        }
    }
}

fn milliseconds(timestamp: i64) -> i64 {
    if timestamp < MIN_MILLISECONDS {
        timestamp * 1000
    } else {
        timestamp
    }
}
