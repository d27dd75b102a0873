//! Who is signed in: the request's claims or a verified token, and nobody where either is in doubt.

pub mod audit;
pub mod authentication;
pub mod issuers;
mod log_tag;
pub mod request_identity;
pub mod tokens;
pub mod verified_identity;
pub mod whoami;
