//! Where an issuer's public keys are published, and when to fetch them.
//!
//! This module decides; it fetches nothing and reads no clock. [`KeysUrl`] says which addresses may be fetched,
//! [`discovery`] finds the address of the keys in an issuer's discovery document, [`FetchSchedule`] says when to fetch,
//! and [`check`] whether the answer can replace the keys that are there.
//!
//! Invariant: every address comes from the operator or from a document that the operator's issuer publishes. A
//! token never supplies one.

mod answer;
pub mod discovery;
mod fetch_error;
mod schedule;
mod url;

pub use answer::check;
pub use fetch_error::FetchError;
pub use schedule::{Cooldown, FetchSchedule};
pub use url::{KeysUrl, UrlError};
