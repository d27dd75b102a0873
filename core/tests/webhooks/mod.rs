//! Signed deliveries for the tests of webhooks.

// Each test file uses some of it.
#![allow(dead_code)]

use clerk_rls_core::webhook::{verify, Delivery, Headers, Secret, WebhookError};

/// The second at which the tests' webhooks are sent.
pub const SENT: i64 = 1_750_000_000;

pub const ID: &str = "msg_2xKJ0mPqRsTuVwXyZ01234567";

/// Throwaway secrets of 24 bytes.
pub const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u";
pub const OTHER_SECRET: &str = "whsec_bm1sa2ppaGdmZWRjYmE5ODc2NTQzMjEw";

pub fn secret() -> Secret {
    Secret::parse(SECRET).unwrap()
}

pub fn other_secret() -> Secret {
    Secret::parse(OTHER_SECRET).unwrap()
}

/// Svix's headers with a signature that need not be right.
pub fn headers(timestamp: &str, signature: &str) -> Headers {
    Headers::new([
        ("svix-id", ID),
        ("svix-timestamp", timestamp),
        ("svix-signature", signature),
    ])
    .unwrap()
}

/// Headers for a body, signed by [`secret`] at [`SENT`].
pub fn signed(body: &[u8]) -> Headers {
    headers(&SENT.to_string(), &secret().sign(ID, SENT, body))
}

/// The verdict on a body with headers, at the second it was sent.
pub fn verdict(body: &[u8], headers: &Headers) -> Result<Delivery, WebhookError> {
    verify(body, headers, &[secret()], SENT)
}
