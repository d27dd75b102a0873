//! Webhooks: from the body of a request to an event that the provider has signed.
//!
//! Invariant: [`Delivery`] has private fields and is made by [`verify`] alone, and an [`Event`] is made
//! from a delivery alone. Time is an argument and secrets are given. The signature is that of
//! [Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md)
//! as [Svix](https://docs.svix.com/receiving/verifying-payloads/how-manual) sends it for Clerk; the
//! events are [Clerk's](https://clerk.com/docs/guides/development/webhooks/overview). The provider's
//! lists hold the same records; those are as trustworthy as their source.
//!
//! ```
//! use clerk_rls_core::webhook::{verify, Change, Event, Headers, Secret};
//! let secret = Secret::parse("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")?;
//! let body = br#"{"object":"event","type":"user.deleted","timestamp":1000000,"data":{"id":"user_1"}}"#;
//! let signature = secret.sign("msg_1", 1000, body);
//!
//! let headers = Headers::new([("svix-id", "msg_1"), ("svix-timestamp", "1000"), ("svix-signature", &signature)])?;
//! let delivery = verify(body, &headers, &[secret], 1060)?;
//! let event = Event::parse(&delivery)?;
//! assert_eq!(event.change, Change::UserDeleted { id: "user_1".to_owned() });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod delivery;
mod error;
mod event;
mod event_error;
mod fields;
mod headers;
mod json_text;
mod list;
mod membership;
mod object;
mod organization;
mod secret;
mod session;
mod user;

pub use delivery::{verify, Delivery};
pub use error::WebhookError;
pub use event::{Change, Event};
pub use event_error::{EventError, EventFault};
pub use headers::Headers;
pub use list::{memberships_from_list, organizations_from_list, users_from_list};
pub use membership::MembershipRecord;
pub use organization::OrganizationRecord;
pub use secret::Secret;
pub use session::SessionRecord;
pub use user::UserRecord;
