//! The functions of sql/identity/revocations.sql, and the triggers by which every backend learns of changes.

use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::entry::arguments::Arguments;
use crate::entry::export::{export, export_guarded};
use crate::error::Error;
use crate::pg::server::memory;
use crate::pg::settings::operator_settings;
use crate::pg::tables::changed_table;
use crate::pg::values::datums;

export_guarded!(revocation_lifetime, pg_finfo_revocation_lifetime, _arguments => {
    Ok(Some(datums::interval(operator_settings::revocation_lifetime().into())))
});

export!(revocations_changed, pg_finfo_revocations_changed, fcinfo => {
    memory::with_reserve(move || announce_change(fcinfo))
});

export!(memberships_changed, pg_finfo_memberships_changed, fcinfo => {
    memory::with_reserve(move || announce_change(fcinfo))
});

#[pg_guard]
unsafe extern "C-unwind" fn announce_change(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
    // SAFETY: the exported functions, the only callers, pass the current call.
    match unsafe { changed_table::of_trigger(fcinfo) } {
        Some(table) => changed_table::announce(table),
        None => Error::NotATrigger.raise(),
    }
    pg_sys::Datum::null()
}
