//! The three headers of a webhook.
//!
//! Invariant: a header that is given twice is refused, since a proxy and this server could each read
//! another one.

use super::error::WebhookError;
use super::object::Object;
use crate::limits::{MAX_WEBHOOK_HEADERS_BYTES, MAX_WEBHOOK_ID_BYTES};

/// Svix's own names, and those of Standard Webhooks: ID, timestamp, signature.
const FAMILIES: [[&str; 3]; 2] = [
    ["svix-id", "svix-timestamp", "svix-signature"],
    ["webhook-id", "webhook-timestamp", "webhook-signature"],
];

/// The headers of a request that say who sent it; all others are left out.
///
/// No `Debug`: an ID and a signature are the sender's words.
#[derive(Clone, Default)]
pub struct Headers {
    values: [[Option<String>; 3]; 2],
}

/// The headers of one family, none of them blank.
#[derive(Clone, Copy)]
pub(crate) struct SignedHeaders<'a> {
    pub(crate) id: &'a str,
    pub(crate) timestamp: &'a str,
    pub(crate) signature: &'a str,
}

impl Headers {
    /// Takes the headers of a request as names and values. Names are compared in any case.
    ///
    /// # Errors
    /// [`WebhookError::HeaderTwice`] where a header of a webhook is given twice.
    pub fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Headers, WebhookError> {
        let mut headers = Headers::default();
        for (name, value) in pairs {
            if let Some((known, slot)) = headers.slot(name) {
                fill(known, slot, value.to_owned())?;
            }
        }
        Ok(headers)
    }

    /// Takes the headers of a request as a JSON object of strings, as PostgREST passes them in the
    /// setting `request.headers`
    /// ([PostgREST](https://docs.postgrest.org/en/stable/references/transactions.html#request-headers-cookies-and-jwt-claims)).
    /// Other headers may have values of any type.
    ///
    /// # Errors
    /// [`WebhookError::HeadersTooLarge`], [`HeadersNotAnObject`](WebhookError::HeadersNotAnObject),
    /// [`HeaderTwice`](WebhookError::HeaderTwice) and [`HeaderNotText`](WebhookError::HeaderNotText).
    pub fn from_json(json: &str) -> Result<Headers, WebhookError> {
        if json.len() > MAX_WEBHOOK_HEADERS_BYTES {
            return Err(WebhookError::HeadersTooLarge);
        }
        let object = Object::parse(json).ok_or(WebhookError::HeadersNotAnObject)?;
        let mut headers = Headers::default();
        for name in &object.repeated {
            if let Some((name, _)) = headers.slot(name) {
                return Err(WebhookError::HeaderTwice { name });
            }
        }
        for (name, raw) in object.members() {
            if let Some((known, slot)) = headers.slot(name) {
                let value =
                    serde_json::from_str(raw).map_err(|_| WebhookError::HeaderNotText { name: known })?;
                fill(known, slot, value)?;
            }
        }
        Ok(headers)
    }

    /// The family whose three headers are there; Svix's before the other.
    ///
    /// A family that is there in part names what is missing.
    pub(crate) fn signed(&self) -> Result<SignedHeaders<'_>, WebhookError> {
        let mut missing = None;
        for (names, values) in FAMILIES.iter().zip(&self.values) {
            match values {
                [Some(id), Some(timestamp), Some(signature)] => {
                    for (name, value) in names.iter().zip([id, timestamp, signature]) {
                        if value.trim().is_empty() {
                            return Err(WebhookError::HeaderBlank { name });
                        }
                    }
                    check_id(id)?;
                    return Ok(SignedHeaders {
                        id,
                        timestamp,
                        signature,
                    });
                }
                [None, None, None] => {}
                _ => {
                    let absent = names.iter().zip(values).find(|(_, value)| value.is_none());
                    missing = missing.or(absent.map(|(name, _)| *name));
                }
            }
        }
        Err(WebhookError::HeaderMissing {
            name: missing.unwrap_or("svix-id"),
        })
    }

    /// Where the value of a webhook's header is kept, with the name in lower case.
    fn slot(&mut self, name: &str) -> Option<(&'static str, &mut Option<String>)> {
        let names = FAMILIES.iter().flatten();
        names
            .zip(self.values.iter_mut().flatten())
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(known, slot)| (*known, slot))
    }
}

fn fill(name: &'static str, slot: &mut Option<String>, value: String) -> Result<(), WebhookError> {
    if slot.is_some() {
        return Err(WebhookError::HeaderTwice { name });
    }
    *slot = Some(value);
    Ok(())
}

/// A dot would let one signed text be read as two deliveries: `a.1` sent at `2` is signed like `a` sent
/// at `1` with a body that begins with `2.`.
fn check_id(id: &str) -> Result<(), WebhookError> {
    let allowed = |byte: u8| byte.is_ascii_graphic() && byte != b'.';
    if id.len() > MAX_WEBHOOK_ID_BYTES || !id.bytes().all(allowed) {
        return Err(WebhookError::IdMalformed);
    }
    Ok(())
}
