//! A delivery whose signature is right.
//!
//! Invariant: the signature is checked before a byte of the body is parsed, and the time that takes
//! depends on the number of secrets and on the sizes, not on which secret or signature matches.

use super::error::WebhookError;
use super::headers::{Headers, SignedHeaders};
use super::secret::Secret;
use crate::limits::{
    MAX_WEBHOOK_BODY_BYTES, MAX_WEBHOOK_SECRETS, MAX_WEBHOOK_SIGNATURES, WEBHOOK_TOLERANCE_SECONDS,
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use std::fmt;

/// The version of a signature by HMAC-SHA256; `v1a` is Ed25519.
const VERSION: &str = "v1";

/// Length of a signature's base64: 32 bytes with padding.
const SIGNATURE_CHARACTERS: usize = 44;

/// A body that the holder of a secret has signed. Made by [`verify`] alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Delivery {
    id: String,
    timestamp: i64,
    body: String,
    secret_index: usize,
}

impl Delivery {
    /// The message's ID. Retries of one message have the same ID: record it, and handle it once.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// When this attempt was sent, in seconds since 1970. The event may have happened long before.
    pub fn timestamp(&self) -> i64 {
        self.timestamp
    }

    /// The body, as it was received.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Which of the secrets that [`verify`] was given has signed it, the first one being 0.
    pub fn secret_index(&self) -> usize {
        self.secret_index
    }
}

/// Shows nothing of the body, which holds personal data.
impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("id", &self.id)
            .field("timestamp", &self.timestamp)
            .field("secret_index", &self.secret_index)
            .finish_non_exhaustive()
    }
}

/// Checks that a body was signed with one of the secrets, at most [`WEBHOOK_TOLERANCE_SECONDS`] before or
/// after `now`, in seconds since 1970
/// ([Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#verifying-signatures)).
///
/// `body` is the request's body, byte for byte. During a rotation several secrets are active, and a
/// signature of any of them counts; the earliest in the list is reported where several match.
///
/// A valid delivery can be sent again within the tolerance: the caller refuses an ID that it has seen.
///
/// # Errors
/// The first reason found against it. No reason says which of several secrets was close.
pub fn verify(
    body: &[u8],
    headers: &Headers,
    secrets: &[Secret],
    now: i64,
) -> Result<Delivery, WebhookError> {
    if secrets.is_empty() {
        return Err(WebhookError::NoSecrets);
    }
    if secrets.len() > MAX_WEBHOOK_SECRETS {
        return Err(WebhookError::TooManySecrets);
    }
    if body.len() > MAX_WEBHOOK_BODY_BYTES {
        return Err(WebhookError::BodyTooLarge);
    }
    let headers = headers.signed()?;
    let timestamp = timestamp(headers.timestamp)?;
    check_time(timestamp, now)?;
    let signatures = signatures(headers.signature)?;
    let secret_index =
        matching_secret(body, headers, &signatures, secrets).ok_or(WebhookError::SignatureMismatch)?;
    let body = std::str::from_utf8(body).map_err(|_| WebhookError::BodyNotUtf8)?;
    Ok(Delivery {
        id: headers.id.to_owned(),
        timestamp,
        body: body.to_owned(),
        secret_index,
    })
}

/// Digits alone: `i64::from_str` takes a sign too.
fn timestamp(text: &str) -> Result<i64, WebhookError> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(WebhookError::TimestampMalformed);
    }
    text.parse().map_err(|_| WebhookError::TimestampMalformed)
}

fn check_time(timestamp: i64, now: i64) -> Result<(), WebhookError> {
    let age = now.saturating_sub(timestamp);
    if age > WEBHOOK_TOLERANCE_SECONDS {
        return Err(WebhookError::TooOld { seconds: age });
    }
    if age < -WEBHOOK_TOLERANCE_SECONDS {
        return Err(WebhookError::InFuture {
            seconds: age.saturating_neg(),
        });
    }
    Ok(())
}

/// The entries of version 1, decoded. One that is not base64 of its length decodes to nothing, which no
/// secret signs.
fn signatures(header: &str) -> Result<Vec<Vec<u8>>, WebhookError> {
    if header.split(' ').nth(MAX_WEBHOOK_SIGNATURES).is_some() {
        return Err(WebhookError::TooManySignatures);
    }
    let signatures: Vec<_> = header
        .split(' ')
        .filter_map(|entry| entry.split_once(','))
        .filter(|(version, _)| *version == VERSION)
        .map(|(_, encoded)| match encoded.len() {
            SIGNATURE_CHARACTERS => STANDARD.decode(encoded).unwrap_or_default(),
            _ => Vec::new(),
        })
        .collect();
    if signatures.is_empty() {
        return Err(WebhookError::NoSignature);
    }
    Ok(signatures)
}

/// Every secret is tried with every signature, also after a match.
fn matching_secret(
    body: &[u8],
    headers: SignedHeaders<'_>,
    signatures: &[Vec<u8>],
    secrets: &[Secret],
) -> Option<usize> {
    let mut matching = None;
    for (index, secret) in secrets.iter().enumerate() {
        let tag = secret.tag(headers.id, headers.timestamp, body);
        for signature in signatures {
            let equal = verify_slices_are_equal(tag.as_ref(), signature).is_ok();
            matching = matching.or(equal.then_some(index));
        }
    }
    matching
}
