//! Events that the provider has signed, and the records of its lists, as JSON for the SQL that writes them.

use clerk_rls_core::limits::MAX_WEBHOOK_SECRETS;
use clerk_rls_core::webhook::{self, Change, Event, Headers, Secret, WebhookError};
use serde_json::{json, Value};

use crate::error::Error;
use crate::pg::server::clock;

/// Checks that texts are signing secrets, and that they are no more than a delivery is checked against.
pub fn validate_secrets(secrets: &[String]) -> Result<(), Error> {
    for secret in secrets {
        Secret::parse(secret)?;
    }
    match secrets.len() > MAX_WEBHOOK_SECRETS {
        true => Err(WebhookError::TooManySecrets.into()),
        false => Ok(()),
    }
}

/// The signature header of a body that is sent at this second since 1970.
pub fn signature(body: &str, secret: &str, message_id: &str, sent_at: &str) -> Result<String, Error> {
    let sent_at = sent_at.parse().map_err(|_| WebhookError::TimestampMalformed)?;
    Ok(Secret::parse(secret)?.sign(message_id, sent_at, body.as_bytes()))
}

/// The event in a body that one of these secrets has signed: a JSON object with the ID of the message, the
/// position of the secret (from 1), the type, the time in milliseconds, the kind of change and its record.
pub fn verified(body: &str, headers: &str, secrets: &[String]) -> Result<String, Error> {
    let secrets = secrets.iter().map(|secret| Secret::parse(secret));
    let secrets = secrets.collect::<Result<Vec<_>, _>>()?;
    let headers = Headers::from_json(headers)?;
    let delivery = webhook::verify(body.as_bytes(), &headers, &secrets, clock::now_seconds())?;
    let event = Event::parse(&delivery)?;
    let record: Value = serde_json::from_str(&event.change.to_json()).map_err(|_| Error::Argument("body"))?;
    let event = json!({
        "message_id": delivery.id(),
        "secret": delivery.secret_index() + 1,
        "type": event.kind,
        "occurred_at": event.occurred_at,
        "change": name(&event.change),
        "record": record,
    });
    Ok(event.to_string())
}

/// The records of a list of users, organizations or memberships, as a JSON array.
pub fn records_of_list(kind: &str, list: &str) -> Result<String, Error> {
    let records: Vec<String> = match kind {
        "users" => to_json(webhook::users_from_list(list)?, webhook::UserRecord::to_json),
        "organizations" => to_json(
            webhook::organizations_from_list(list)?,
            webhook::OrganizationRecord::to_json,
        ),
        "memberships" => to_json(
            webhook::memberships_from_list(list)?,
            webhook::MembershipRecord::to_json,
        ),
        _ => return Err(Error::Argument("kind")),
    };
    Ok(format!("[{}]", records.join(",")))
}

fn to_json<T>(records: Vec<T>, record: fn(&T) -> String) -> Vec<String> {
    records.iter().map(record).collect()
}

/// What `clerk_rls.apply_change()` distinguishes.
fn name(change: &Change) -> &'static str {
    match change {
        Change::User(_) => "user",
        Change::UserDeleted { .. } => "user_deleted",
        Change::Session(_) => "session",
        Change::Organization(_) => "organization",
        Change::OrganizationDeleted { .. } => "organization_deleted",
        Change::Membership(_) => "membership",
        _ => "unknown",
    }
}
