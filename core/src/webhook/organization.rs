//! An organization as Clerk describes one.
//!
//! Invariant: `private_metadata` is the backend's alone and is not kept.

use super::event_error::EventError;
use super::fields::Fields;
use super::json_text::JsonText;

/// An organization: `data` of `organization.created` and `organization.updated`, and an element of the
/// list of organizations
/// ([Clerk](https://github.com/clerk/openapi-specs/blob/main/bapi/2026-05-12.yml)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationRecord {
    /// Clerk's ID, `org_…`.
    pub id: String,
    /// The name.
    pub name: String,
    /// The slug; an instance can do without slugs.
    pub slug: Option<String>,
    /// The URL of the logo.
    pub image_url: Option<String>,
    /// The public metadata, a JSON object as Clerk wrote it.
    pub public_metadata: String,
    /// How many members the organization may have; 0 is no limit.
    pub max_allowed_memberships: Option<i64>,
    /// When the organization was created, in milliseconds since 1970.
    pub created_at: Option<i64>,
    /// When the organization was last changed, in milliseconds since 1970.
    pub updated_at: i64,
}

impl OrganizationRecord {
    pub(crate) fn read(fields: &Fields<'_>) -> Result<OrganizationRecord, EventError> {
        Ok(OrganizationRecord {
            id: fields.id("id")?,
            name: fields.required("name", fields.text("name")?)?,
            slug: fields.text("slug")?,
            image_url: fields.text("image_url")?,
            public_metadata: fields.metadata("public_metadata")?,
            max_allowed_memberships: fields.count("max_allowed_memberships")?,
            created_at: fields.optional_time("created_at")?,
            updated_at: fields.time("updated_at")?,
        })
    }

    /// The organization as a JSON object with the columns of the table of organizations as keys:
    /// `org_id`, `name`, `slug`, `image_url`, `public_metadata` (an object), `max_allowed_memberships`,
    /// `created_at` and `updated_at` (milliseconds since 1970).
    pub fn to_json(&self) -> String {
        JsonText::new()
            .value("org_id", self.id.as_str())
            .value("name", self.name.as_str())
            .text("slug", &self.slug)
            .text("image_url", &self.image_url)
            .raw("public_metadata", &self.public_metadata)
            .value("max_allowed_memberships", self.max_allowed_memberships)
            .value("created_at", self.created_at)
            .value("updated_at", self.updated_at)
            .finish()
    }
}
