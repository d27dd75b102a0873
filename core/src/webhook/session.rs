//! A session as Clerk describes one.
//!
//! Invariant: the session's own fields are kept, and not the user that Clerk sends with them: the
//! user's events are where the user changes.

use super::event_error::EventError;
use super::fields::Fields;
use super::json_text::JsonText;

/// A session: `data` of `session.created`, `session.pending`, `session.ended`, `session.removed` and
/// `session.revoked`
/// ([Clerk](https://github.com/clerk/openapi-specs/blob/main/bapi/2026-05-12.yml)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// Clerk's ID, `sess_…`, the claim `sid`.
    pub id: String,
    /// The ID of the user whose session it is.
    pub user_id: String,
    /// `active`, `pending`, `ended`, `expired`, `removed`, `abandoned`, `replaced`, `revoked`, or a
    /// status that Clerk adds later.
    pub status: String,
    /// When the session expires, in milliseconds since 1970.
    pub expire_at: Option<i64>,
    /// When the session is abandoned, in milliseconds since 1970.
    pub abandon_at: Option<i64>,
    /// When the session was last changed, in milliseconds since 1970.
    pub updated_at: i64,
}

impl SessionRecord {
    pub(crate) fn read(fields: &Fields<'_>) -> Result<SessionRecord, EventError> {
        Ok(SessionRecord {
            id: fields.id("id")?,
            user_id: fields.id("user_id")?,
            status: fields.id("status")?,
            expire_at: fields.optional_time("expire_at")?,
            abandon_at: fields.optional_time("abandon_at")?,
            updated_at: fields.time("updated_at")?,
        })
    }

    /// The session as a JSON object: `session_id`, `user_id`, `status`, `expire_at`, `abandon_at` and
    /// `updated_at` (milliseconds since 1970).
    pub fn to_json(&self) -> String {
        JsonText::new()
            .value("session_id", self.id.as_str())
            .value("user_id", self.user_id.as_str())
            .value("status", self.status.as_str())
            .value("expire_at", self.expire_at)
            .value("abandon_at", self.abandon_at)
            .value("updated_at", self.updated_at)
            .finish()
    }
}
