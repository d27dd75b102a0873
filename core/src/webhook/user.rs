//! A user as Clerk describes one.
//!
//! Invariant: only what the user's own application may see is kept. `private_metadata` is the backend's
//! alone, and `unsafe_metadata` is written by the user, so nothing may rest on it.

use super::event_error::{EventError, EventFault};
use super::fields::Fields;
use super::json_text::JsonText;

/// A user: `data` of `user.created` and `user.updated`, and an element of the list of users
/// ([Clerk](https://github.com/clerk/openapi-specs/blob/main/bapi/2026-05-12.yml)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRecord {
    /// Clerk's ID, `user_…`.
    pub id: String,
    /// The application's own ID of the user.
    pub external_id: Option<String>,
    /// The primary e-mail address.
    pub email: Option<String>,
    /// Whether the primary e-mail address is verified; false where there is none.
    pub email_verified: bool,
    /// The primary phone number.
    pub phone: Option<String>,
    /// The username.
    pub username: Option<String>,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// The URL of the user's picture.
    pub image_url: Option<String>,
    /// The public metadata, a JSON object as Clerk wrote it.
    pub public_metadata: String,
    /// Whether the user is banned.
    pub banned: bool,
    /// Whether the user is locked out after failed sign-ins.
    pub locked: bool,
    /// When the user was created, in milliseconds since 1970.
    pub created_at: Option<i64>,
    /// When the user was last changed, in milliseconds since 1970.
    pub updated_at: i64,
}

impl UserRecord {
    pub(crate) fn read(fields: &Fields<'_>) -> Result<UserRecord, EventError> {
        let email = Address::primary(
            fields,
            "primary_email_address_id",
            "email_addresses",
            "email_address",
        )?;
        let phone = Address::primary(fields, "primary_phone_number_id", "phone_numbers", "phone_number")?;
        Ok(UserRecord {
            id: fields.id("id")?,
            external_id: fields.text("external_id")?,
            email_verified: email.as_ref().is_some_and(|email| email.verified),
            email: email.map(|email| email.text),
            phone: phone.map(|phone| phone.text),
            username: fields.text("username")?,
            first_name: fields.text("first_name")?,
            last_name: fields.text("last_name")?,
            image_url: fields.text("image_url")?,
            public_metadata: fields.metadata("public_metadata")?,
            banned: fields.flag("banned")?,
            locked: fields.flag("locked")?,
            created_at: fields.optional_time("created_at")?,
            updated_at: fields.time("updated_at")?,
        })
    }

    /// The user as a JSON object with the columns of the table of users as keys: `user_id`,
    /// `external_id`, `email`, `email_verified`, `phone`, `username`, `first_name`, `last_name`,
    /// `image_url`, `public_metadata` (an object), `banned`, `locked`, `created_at` and `updated_at`
    /// (milliseconds since 1970).
    pub fn to_json(&self) -> String {
        JsonText::new()
            .value("user_id", self.id.as_str())
            .text("external_id", &self.external_id)
            .text("email", &self.email)
            .value("email_verified", self.email_verified)
            .text("phone", &self.phone)
            .text("username", &self.username)
            .text("first_name", &self.first_name)
            .text("last_name", &self.last_name)
            .text("image_url", &self.image_url)
            .raw("public_metadata", &self.public_metadata)
            .value("banned", self.banned)
            .value("locked", self.locked)
            .value("created_at", self.created_at)
            .value("updated_at", self.updated_at)
            .finish()
    }
}

/// An e-mail address or a phone number.
struct Address {
    text: String,
    verified: bool,
}

impl Address {
    /// The element of a list whose `id` is the primary one. There is none where the list is empty, the
    /// primary ID is null, or the ID is that of an address which has been removed.
    fn primary(
        fields: &Fields<'_>,
        primary: &str,
        list: &str,
        text: &str,
    ) -> Result<Option<Address>, EventError> {
        let primary = fields.optional_id(primary)?;
        let addresses = fields.objects(list)?;
        let Some(primary) = primary else {
            return Ok(None);
        };
        for address in addresses {
            if address.optional_id("id")?.as_ref() != Some(&primary) {
                continue;
            }
            let found = address.required(text, address.text(text)?)?;
            if found.is_empty() {
                return Err(address.fault(EventFault::Empty, text));
            }
            let status = match address.optional_object("verification")? {
                None => None,
                Some(verification) => verification.text("status")?,
            };
            return Ok(Some(Address {
                text: found,
                verified: status.as_deref() == Some("verified"),
            }));
        }
        Ok(None)
    }
}
