//! The secret that a provider signs its webhooks with.
//!
//! Invariant: a secret is never written out again, and is long enough not to be guessed from a delivery.

use super::error::WebhookError;
use crate::limits::{MAX_WEBHOOK_SECRET_BYTES, MIN_WEBHOOK_SECRET_BYTES};
use aws_lc_rs::hmac::{Context, Key, Tag, HMAC_SHA256};
use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use std::fmt;

/// What a secret may begin with.
const PREFIX: &str = "whsec_";

/// Length of the longest secret's base64.
const MAX_TEXT_BYTES: usize = MAX_WEBHOOK_SECRET_BYTES.div_ceil(3) * 4;

/// An endpoint's signing secret. Its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Secret {
    key: Key,
}

impl Secret {
    /// Reads a secret as the provider's dashboard shows it: standard base64 with padding, with or
    /// without a leading `whsec_`
    /// ([Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme)).
    ///
    /// # Errors
    /// [`WebhookError::SecretEmpty`], [`SecretNotBase64`](WebhookError::SecretNotBase64),
    /// [`SecretTooShort`](WebhookError::SecretTooShort) below [`MIN_WEBHOOK_SECRET_BYTES`] bytes and
    /// [`SecretTooLong`](WebhookError::SecretTooLong) above [`MAX_WEBHOOK_SECRET_BYTES`].
    pub fn parse(text: &str) -> Result<Secret, WebhookError> {
        let encoded = text.strip_prefix(PREFIX).unwrap_or(text);
        if encoded.is_empty() {
            return Err(WebhookError::SecretEmpty);
        }
        // Before the decoding, whose work is proportional to it.
        if encoded.len() > MAX_TEXT_BYTES {
            return Err(WebhookError::SecretTooLong);
        }
        let bytes = STANDARD
            .decode(encoded)
            .map_err(|_| WebhookError::SecretNotBase64)?;
        if bytes.len() < MIN_WEBHOOK_SECRET_BYTES {
            return Err(WebhookError::SecretTooShort { bytes: bytes.len() });
        }
        if bytes.len() > MAX_WEBHOOK_SECRET_BYTES {
            return Err(WebhookError::SecretTooLong);
        }
        Ok(Secret {
            key: Key::new(HMAC_SHA256, &bytes),
        })
    }

    /// The entry of a signature header for a body, `v1,` and base64: for tests and for senders.
    ///
    /// `id` identifies the message and `timestamp` is the second since 1970 at which it is sent.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let tag = self.tag(id, &timestamp.to_string(), body);
        format!("v1,{}", STANDARD.encode(tag))
    }

    /// HMAC-SHA256 over `id.timestamp.body`. The timestamp is the header's own text: a number that is
    /// written out again may have lost its leading zeros.
    pub(crate) fn tag(&self, id: &str, timestamp: &str, body: &[u8]) -> Tag {
        let mut context = Context::with_key(&self.key);
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            context.update(part);
        }
        context.sign()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
