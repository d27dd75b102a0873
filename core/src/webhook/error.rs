//! Why a delivery, or a secret, is refused.
//!
//! Invariant: one reason, one variant, and no text holds a byte of the secret, of the body or of a
//! header: anybody can send a request, and would write into the server's log.

use crate::limits::{
    MAX_WEBHOOK_BODY_BYTES, MAX_WEBHOOK_HEADERS_BYTES, MAX_WEBHOOK_ID_BYTES, MAX_WEBHOOK_SECRETS,
    MAX_WEBHOOK_SECRET_BYTES, MAX_WEBHOOK_SIGNATURES, MIN_WEBHOOK_SECRET_BYTES, WEBHOOK_TOLERANCE_SECONDS,
};
use std::fmt;

/// Why a delivery, or a secret, is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookError {
    /// The secret is empty, `whsec_` left off.
    SecretEmpty,
    /// The secret is not standard base64 with padding.
    SecretNotBase64,
    /// The secret has fewer than [`MIN_WEBHOOK_SECRET_BYTES`] bytes.
    SecretTooShort {
        /// Its length in bytes, decoded.
        bytes: usize,
    },
    /// The secret has more than [`MAX_WEBHOOK_SECRET_BYTES`] bytes.
    SecretTooLong,
    /// No secret is given.
    NoSecrets,
    /// More than [`MAX_WEBHOOK_SECRETS`] secrets are given.
    TooManySecrets,
    /// The headers are longer than [`MAX_WEBHOOK_HEADERS_BYTES`].
    HeadersTooLarge,
    /// The headers are not a JSON object.
    HeadersNotAnObject,
    /// A header is missing.
    HeaderMissing {
        /// Its name.
        name: &'static str,
    },
    /// A header is given twice.
    HeaderTwice {
        /// Its name.
        name: &'static str,
    },
    /// A header is empty, or holds only spaces.
    HeaderBlank {
        /// Its name.
        name: &'static str,
    },
    /// A header is not a string.
    HeaderNotText {
        /// Its name.
        name: &'static str,
    },
    /// The ID is longer than [`MAX_WEBHOOK_ID_BYTES`], or has a dot or a character that is not visible ASCII.
    IdMalformed,
    /// The timestamp is not a number of seconds in decimal digits.
    TimestampMalformed,
    /// The timestamp is more than [`WEBHOOK_TOLERANCE_SECONDS`] ago.
    TooOld {
        /// Seconds since the timestamp.
        seconds: i64,
    },
    /// The timestamp is more than [`WEBHOOK_TOLERANCE_SECONDS`] from now.
    InFuture {
        /// Seconds until the timestamp.
        seconds: i64,
    },
    /// The signature header has more than [`MAX_WEBHOOK_SIGNATURES`] entries.
    TooManySignatures,
    /// No entry of the signature header has version `v1`.
    NoSignature,
    /// No signature is that of a secret over this ID, timestamp and body.
    SignatureMismatch,
    /// The body is longer than [`MAX_WEBHOOK_BODY_BYTES`].
    BodyTooLarge,
    /// The body is signed, and is not UTF-8.
    BodyNotUtf8,
}

impl WebhookError {
    /// The reason with its names and numbers, as a sentence that the sender may read.
    pub fn detail(&self) -> Option<String> {
        Some(match self {
            WebhookError::SecretTooShort { bytes } => {
                format!("The secret has {bytes} bytes, and at least {MIN_WEBHOOK_SECRET_BYTES} are needed.")
            }
            WebhookError::SecretTooLong => {
                format!("A secret has at most {MAX_WEBHOOK_SECRET_BYTES} bytes.")
            }
            WebhookError::TooManySecrets => {
                format!("A delivery is checked against at most {MAX_WEBHOOK_SECRETS} secrets.")
            }
            WebhookError::HeadersTooLarge => {
                format!("The headers have at most {MAX_WEBHOOK_HEADERS_BYTES} bytes.")
            }
            WebhookError::HeaderMissing { name }
            | WebhookError::HeaderTwice { name }
            | WebhookError::HeaderBlank { name }
            | WebhookError::HeaderNotText { name } => format!("The header is \"{name}\"."),
            WebhookError::IdMalformed => format!(
                "An ID has 1 to {MAX_WEBHOOK_ID_BYTES} visible ASCII characters, and no dot among them."
            ),
            WebhookError::TimestampMalformed => {
                "A timestamp is a number of seconds since 1970, in decimal digits.".to_owned()
            }
            WebhookError::TooOld { seconds } => format!(
                "The webhook was sent {seconds} seconds ago, and at most {WEBHOOK_TOLERANCE_SECONDS} are accepted."
            ),
            WebhookError::InFuture { seconds } => format!(
                "The timestamp is {seconds} seconds from now, and at most {WEBHOOK_TOLERANCE_SECONDS} are accepted."
            ),
            WebhookError::TooManySignatures => {
                format!("A webhook has at most {MAX_WEBHOOK_SIGNATURES} signatures.")
            }
            WebhookError::BodyTooLarge => {
                format!("A webhook's body has at most {MAX_WEBHOOK_BODY_BYTES} bytes.")
            }
            _ => return None,
        })
    }

    /// What to do.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            WebhookError::SecretEmpty
            | WebhookError::SecretNotBase64
            | WebhookError::SecretTooShort { .. }
            | WebhookError::SecretTooLong => {
                "Copy the signing secret of the endpoint from the provider's dashboard; it begins with whsec_."
            }
            WebhookError::NoSecrets => "Add the signing secret of the endpoint.",
            WebhookError::TooManySecrets => "Remove the secrets that are no longer in use.",
            WebhookError::HeaderMissing { .. } => {
                "Pass the headers of the request with the body: svix-id, svix-timestamp and svix-signature."
            }
            WebhookError::TooOld { .. } | WebhookError::InFuture { .. } => {
                "Compare the clock of this server with the sender's; a replayed webhook is refused too."
            }
            WebhookError::NoSignature => "Only HMAC signatures (v1) are verified.",
            WebhookError::SignatureMismatch => {
                "Check that the secret is that of this endpoint, and that the body is passed byte for byte as it was received."
            }
            _ => return None,
        })
    }
}

impl fmt::Display for WebhookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WebhookError::SecretEmpty => "webhook secret is empty",
            WebhookError::SecretNotBase64 => "webhook secret is not valid base64",
            WebhookError::SecretTooShort { .. } => "webhook secret is too short",
            WebhookError::SecretTooLong => "webhook secret is too long",
            WebhookError::NoSecrets => "no webhook secret is configured",
            WebhookError::TooManySecrets => "too many webhook secrets are configured",
            WebhookError::HeadersTooLarge => "webhook headers are too large",
            WebhookError::HeadersNotAnObject => "webhook headers are not a JSON object",
            WebhookError::HeaderMissing { .. } => "webhook header is missing",
            WebhookError::HeaderTwice { .. } => "webhook header is given twice",
            WebhookError::HeaderBlank { .. } => "webhook header is blank",
            WebhookError::HeaderNotText { .. } => "webhook header is not a string",
            WebhookError::IdMalformed => "webhook ID is malformed",
            WebhookError::TimestampMalformed => "webhook timestamp is malformed",
            WebhookError::TooOld { .. } => "webhook timestamp is too old",
            WebhookError::InFuture { .. } => "webhook timestamp is in the future",
            WebhookError::TooManySignatures => "webhook has too many signatures",
            WebhookError::NoSignature => "webhook has no signature of version v1",
            WebhookError::SignatureMismatch => "webhook signature does not match",
            WebhookError::BodyTooLarge => "webhook body is too large",
            WebhookError::BodyNotUtf8 => "webhook body is not valid UTF-8",
        })
    }
}

impl std::error::Error for WebhookError {}
