//! The functions of `clerk_rls` behind webhooks and lists.

use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::entry::arguments::Arguments;
use crate::entry::export::export_guarded;
use crate::entry::named_arguments::{required, statement, text_list};
use crate::error::Error;
use crate::pg::confined::confinement;
use crate::pg::values::datums;
use crate::webhooks::events;

export_guarded!(validate_webhook_secret, pg_finfo_validate_webhook_secret, arguments => (|| {
    events::validate_secret(&required(arguments.text(0), "secret")?)?;
    Ok(None)
})());

export_guarded!(verified_event, pg_finfo_verified_event, arguments => (|| {
    let body = required(arguments.text(0), "body")?;
    let headers = required(arguments.json(1), "headers")?;
    let secrets = text_list(arguments, 2, "secrets")?.unwrap_or_default();
    Ok(Some(jsonb(&events::verified(&body, &headers, &secrets)?)?))
})());

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
