//! The functions of `clerk_rls` behind webhooks and lists.

use clerk_rls_core::limits::MAX_WEBHOOK_BODY_BYTES;
use clerk_rls_core::webhook::WebhookError;
use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::entry::arguments::Arguments;
use crate::entry::export::export_guarded;
use crate::entry::named_arguments::{required, statement, text_list};
use crate::error::Error;
use crate::identity::audit;
use crate::pg::confined::confinement;
use crate::pg::values::datums;
use crate::webhooks::events;

export_guarded!(validate_webhook_secrets, pg_finfo_validate_webhook_secrets, arguments => (|| {
    events::validate_secrets(&text_list(arguments, 0, "secrets")?.unwrap_or_default())?;
    Ok(None)
})());

export_guarded!(webhook_signature, pg_finfo_webhook_signature, arguments => (|| {
    let body = required(arguments.text(0), "body")?;
    let secret = required(arguments.text(1), "secret")?;
    let message_id = required(arguments.text(2), "message_id")?;
    let sent_at = required(arguments.text(3), "sent_at")?;
    Ok(datums::text(&events::signature(&body, &secret, &message_id, &sent_at)?))
})());

export_guarded!(verified_event, pg_finfo_verified_event, arguments => {
    event(arguments).inspect_err(audit::refused_webhook)
});

fn event(arguments: Arguments) -> Result<Option<Vec<u8>>, Error> {
    // A body that is too long is refused before any byte of it is fetched. In the database encoding it may be
    // longer than in UTF-8; its exact length is checked there.
    if arguments.is_longer_than(0, 2 * MAX_WEBHOOK_BODY_BYTES) {
        return Err(WebhookError::BodyTooLarge.into());
    }
    let body = required(arguments.text(0), "body")?;
    let headers = required(arguments.text(1), "headers")?;
    let secrets = text_list(arguments, 2, "secrets")?.unwrap_or_default();
    Ok(Some(jsonb(&events::verified(&body, &headers, &secrets)?)?))
}

export_guarded!(records_of_list, pg_finfo_records_of_list, arguments => (|| {
    let kind = required(arguments.text(0), "kind")?;
    let list = required(arguments.json(1), "list")?;
    Ok(Some(jsonb(&events::records_of_list(&kind, &list)?)?))
})());

export_guarded!(query_as_owner, pg_finfo_query_as_owner, arguments => (|| {
    let query = statement(arguments, 1, "query")?;
    let records = required(arguments.json(2), "records")?;
    let result = confinement::query_as_owner(arguments.oid(0), &query, &records)?;
    Ok(result.and_then(|result| datums::jsonb(&result)))
})());

fn jsonb(json: &str) -> Result<Vec<u8>, Error> {
    datums::jsonb(json).ok_or(Error::InexpressibleWebhook)
}
