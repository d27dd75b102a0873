//! A user's membership in an organization as Clerk describes one.
//!
//! Invariant: a role always has its prefix `org:`, as the readers of a token's role return it.

use super::event_error::{EventError, EventFault};
use super::fields::Fields;
use super::json_text::JsonText;

/// What a role begins with.
const PREFIX: &str = "org:";

/// A membership: `data` of `organizationMembership.created`, `.updated` and `.deleted`, and an element
/// of the list of memberships
/// ([Clerk](https://github.com/clerk/openapi-specs/blob/main/bapi/2026-05-12.yml)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembershipRecord {
    /// Clerk's ID of the membership, `orgmem_…`. A user who leaves an organization and joins again has
    /// another one.
    pub id: String,
    /// The ID of the organization.
    pub org_id: String,
    /// The ID of the user.
    pub user_id: String,
    /// The role, with its prefix `org:`.
    pub role: String,
    /// The permissions of the role as Clerk sends them, `org:feature:permission`.
    pub permissions: Vec<String>,
    /// When the user joined, in milliseconds since 1970.
    pub created_at: Option<i64>,
    /// When the membership was last changed, in milliseconds since 1970. A deletion does not change it.
    pub updated_at: i64,
    /// Whether the membership has ended: the event was `organizationMembership.deleted`.
    pub deleted: bool,
}

impl MembershipRecord {
    pub(crate) fn read(fields: &Fields<'_>, deleted: bool) -> Result<MembershipRecord, EventError> {
        let role = fields.id("role")?;
        let role = role.strip_prefix(PREFIX).unwrap_or(&role);
        if role.is_empty() {
            return Err(fields.fault(EventFault::Empty, "role"));
        }
        Ok(MembershipRecord {
            id: fields.id("id")?,
            org_id: fields.object("organization")?.id("id")?,
            user_id: fields.object("public_user_data")?.id("user_id")?,
            role: [PREFIX, role].concat(),
            permissions: fields.permissions("permissions")?,
            created_at: fields.optional_time("created_at")?,
            updated_at: fields.time("updated_at")?,
            deleted,
        })
    }

    /// The membership as a JSON object with the columns of the table of memberships as keys:
    /// `membership_id`, `org_id`, `user_id`, `role`, `permissions` (an array), `created_at` and
    /// `updated_at` (milliseconds since 1970), and `deleted`.
    pub fn to_json(&self) -> String {
        JsonText::new()
            .value("membership_id", self.id.as_str())
            .value("org_id", self.org_id.as_str())
            .value("user_id", self.user_id.as_str())
            .value("role", self.role.as_str())
            .value("permissions", self.permissions.as_slice())
            .value("created_at", self.created_at)
            .value("updated_at", self.updated_at)
            .value("deleted", self.deleted)
            .finish()
    }
}
