//! The requesting user: read from the claims of the request or from a verified token.
//!
//! In every case of doubt, nobody is signed in.

pub mod audit;
pub mod authentication;
pub mod issuers;
mod log_tag;
mod membership;
pub mod request_identity;
mod revocation;
pub mod tokens;
pub mod verified_identity;
pub mod whoami;
