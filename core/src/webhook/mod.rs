//! Webhooks: from the body of a request to a delivery that the provider has signed.
//!
//! Invariant: [`Delivery`] has private fields and is made by [`verify`] alone. Time is an argument and secrets are given. The signature is that of
//! [Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md)
//! as [Svix](https://docs.svix.com/receiving/verifying-payloads/how-manual) sends it for Clerk.
//!
//! ```
//! use clerk_rls_core::webhook::{verify, Headers, Secret};
//! let secret = Secret::parse("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")?;
//! let body = br#"{"object":"event","type":"user.deleted","timestamp":1000000,"data":{"id":"user_1"}}"#;
//! let signature = secret.sign("msg_1", 1000, body);
//!
//! let headers = Headers::new([("svix-id", "msg_1"), ("svix-timestamp", "1000"), ("svix-signature", &signature)])?;
//! let delivery = verify(body, &headers, &[secret], 1060)?;
//! assert_eq!(delivery.id(), "msg_1");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod delivery;
mod error;
mod headers;
mod object;
mod secret;

pub use delivery::{verify, Delivery};
pub use error::WebhookError;
pub use headers::Headers;
pub use secret::Secret;
