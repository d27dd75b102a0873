//! Reads the tables of issuers and their secrets, and detects changes to them.
//!
//! The rows are read as the tables' owner, because application roles have no rights to them, and with the
//! latest snapshot. With its own snapshot, a REPEATABLE READ transaction that learns of a change would read
//! the old keys again, and the backend would keep a revoked key after the transaction's end.

use std::cell::Cell;
use std::ffi::{c_int, CStr};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::error::Error;
use crate::pg::tables::acting_as::ActingAs;
use crate::pg::tables::spi::Connection;
use crate::pg::values::datums;

/// Incremented with each change of the tables that this backend learns of.
static GENERATION: AtomicU64 = AtomicU64::new(1);
static ISSUERS: AtomicU32 = AtomicU32::new(0);
static SECRETS: AtomicU32 = AtomicU32::new(0);

const ISSUER_ROW: &CStr =
    c"SELECT (pg_catalog.to_jsonb(i) OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object(
        'leeway', pg_catalog.floor(pg_catalog.extract('epoch', i.leeway))::pg_catalog.int8,
        'secret', s.key,
        'keys_confirmed_at', CASE WHEN f.keys_of OPERATOR(pg_catalog.=) i.jwks_updated_at
            THEN pg_catalog.floor(pg_catalog.extract('epoch', f.last_success))::pg_catalog.int8 END))::pg_catalog.text
    FROM clerk_rls.issuers AS i
        LEFT JOIN clerk_rls.issuer_secrets AS s ON s.issuer OPERATOR(pg_catalog.=) i.issuer
        LEFT JOIN clerk_rls.jwks_fetches AS f ON f.issuer OPERATOR(pg_catalog.=) i.issuer
    WHERE i.issuer OPERATOR(pg_catalog.=) $1";

thread_local! {
    static PLAN: Cell<pg_sys::SPIPlanPtr> = const { Cell::new(std::ptr::null_mut()) };
}

/// The generation of the issuers. If two generations are equal, the issuers have not changed in between.
pub fn generation() -> u64 {
    // SAFETY: called inside a transaction; processes pending invalidation messages, as taking a lock does.
    unsafe { pg_sys::AcceptInvalidationMessages() };
    GENERATION.load(Relaxed)
}

/// Called once, when the library is loaded.
pub fn register_callback() {
    // SAFETY: the callback lives as long as the library, which PostgreSQL never unloads.
    unsafe { pg_sys::CacheRegisterRelcacheCallback(Some(table_invalidated), pg_sys::Datum::null()) };
}

#[pg_guard]
extern "C-unwind" fn table_invalidated(_arg: pg_sys::Datum, table: pg_sys::Oid) {
    let table = table.to_u32();
    // 0 stands for all tables.
    if table == 0 || table == ISSUERS.load(Relaxed) || table == SECRETS.load(Relaxed) {
        GENERATION.store(GENERATION.load(Relaxed) + 1, Relaxed);
    }
}

/// The row and the secret of an issuer as a JSON object; `None` if there is no such issuer.
pub fn read(issuer: &str) -> Option<String> {
    let issuer = datums::text(issuer)?;
    let table = table(c"issuers", &ISSUERS);
    remember_secrets_table();
    let _owner = ActingAs::owner_of(table).unwrap_or_else(|| Error::NotInstalled.raise());
    let _spi = Connection::open();
    let mut argument = pg_sys::Datum::from(issuer.as_ptr());
    // SAFETY: the plan has one parameter of type text, which lives in `issuer`. The result, a single text
    // column, is read before the connection that owns it ends.
    unsafe {
        let found = pg_sys::SPI_execute_snapshot(
            plan(),
            &mut argument,
            std::ptr::null(),
            pg_sys::GetLatestSnapshot(),
            std::ptr::null_mut(),
            true,
            false,
            1,
        );
        if found != pg_sys::SPI_OK_SELECT as c_int || pg_sys::SPI_processed == 0 {
            return None;
        }
        let rows = &*pg_sys::SPI_tuptable;
        let text = pg_sys::SPI_getvalue(*rows.vals, rows.tupdesc, 1);
        if text.is_null() {
            return None;
        }
        let utf8 = crate::pg::values::encoding::to_utf8(CStr::from_ptr(text).to_bytes())?.into_owned();
        String::from_utf8(utf8).ok()
    }
}

fn remember_secrets_table() {
    table(c"issuer_secrets", &SECRETS);
}

/// The OID of a table of the extension, which is also stored for `table_invalidated`.
fn table(name: &CStr, kept: &AtomicU32) -> pg_sys::Oid {
    // SAFETY: the names are NUL-terminated; called inside a transaction, as catalog look-ups require.
    let oid = unsafe {
        let schema = pg_sys::get_namespace_oid(c"clerk_rls".as_ptr(), true);
        pg_sys::get_relname_relid(name.as_ptr(), schema)
    };
    kept.store(oid.to_u32(), Relaxed);
    oid
}

fn plan() -> pg_sys::SPIPlanPtr {
    PLAN.with(|kept| {
        if kept.get().is_null() {
            // SAFETY: connected to SPI; a kept plan lives as long as the backend.
            unsafe {
                let mut types = [pg_sys::TEXTOID];
                let plan = pg_sys::SPI_prepare(ISSUER_ROW.as_ptr(), 1, types.as_mut_ptr());
                pg_sys::SPI_keepplan(plan);
                kept.set(plan);
            }
        }
        kept.get()
    })
}
