//! `clerk_rls.jwks_fetches`, for the visitors of the keys' worker.
//!
//! A visitor is a superuser in a database of anybody's, so it looks before it reads: the table and the two functions
//! that it calls must be members of the extension, and it acts as the table's owner.

use std::ffi::{c_int, CStr};

use pgrx::pg_sys;

use crate::pg::tables::acting_as::ActingAs;
use crate::pg::tables::spi::Connection;
use crate::pg::values::{datums, encoding};

/// The OID of the table, where the extension has it and the functions.
const FIND: &CStr = c"SELECT t.oid::pg_catalog.text \
    FROM pg_catalog.pg_extension AS e \
    JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass \
        AND d.refobjid = e.oid AND d.deptype = 'e' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
    JOIN pg_catalog.pg_class AS t ON t.oid = d.objid AND t.relname = 'jwks_fetches' AND t.relkind = 'r' \
    JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace AND n.nspname = 'clerk_rls' \
    WHERE e.extname = 'clerk_rls' AND (SELECT pg_catalog.count(*) \
        FROM pg_catalog.pg_depend AS f \
        WHERE f.refclassid = d.refclassid AND f.refobjid = e.oid AND f.deptype = 'e' \
            AND f.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass \
            AND f.objid = ANY (ARRAY[pg_catalog.to_regprocedure('clerk_rls.next_jwks_fetch(text[],boolean)'), \
                pg_catalog.to_regprocedure('clerk_rls.store_jwks(text,text,text,text,jsonb,text,timestamptz,interval)')])) = 2";

const NEXT: &CStr = c"SELECT clerk_rls.next_jwks_fetch($1, $2::pg_catalog.bool)::pg_catalog.text";

const STORE: &CStr = c"SELECT clerk_rls.store_jwks($1, $2, $3, $4, $5::pg_catalog.jsonb, $6, \
    $7::pg_catalog.timestamptz, $8::pg_catalog.float8 OPERATOR(pg_catalog.*) '1 second'::pg_catalog.interval)";

/// What a fetch has brought, for `store_jwks()`.
pub struct Stored<'a> {
    pub issuer: &'a str,
    pub jwks_url: Option<&'a str>,
    pub url: Option<&'a str>,
    pub etag: Option<&'a str>,
    pub jwks: Option<&'a str>,
    pub error: Option<&'a str>,
    /// When the fetch was due, as `next_jwks_fetch()` has said.
    pub due: &'a str,
    /// Seconds until the next fetch.
    pub pause: i64,
}

/// The table of the extension in this database.
pub struct FetchTable(pg_sys::Oid);

impl FetchTable {
    /// `None` where the extension is not installed, or in a version without the table.
    pub fn find() -> Option<Self> {
        let oid = in_transaction(|| query(FIND, &[], &[]))?;
        Some(Self(pg_sys::Oid::from(oid.parse::<u32>().ok()?)))
    }

    /// The answer of `next_jwks_fetch()`.
    pub fn next(&self, wanted: &[String], first: bool) -> Option<String> {
        in_transaction(|| {
            let _owner = ActingAs::owner_of(self.0)?;
            let wanted = datums::text_array(wanted)?;
            let first = datums::text(if first { "true" } else { "false" });
            query(
                NEXT,
                &[pg_sys::TEXTARRAYOID, pg_sys::TEXTOID],
                &[Some(wanted), first],
            )
        })
    }

    /// The answer of `store_jwks()`.
    pub fn store(&self, result: &Stored) -> Option<String> {
        in_transaction(|| {
            let _owner = ActingAs::owner_of(self.0)?;
            let pause = result.pause.to_string();
            let arguments = [
                Some(result.issuer),
                result.jwks_url,
                result.url,
                result.etag,
                result.jwks,
                result.error,
                Some(result.due),
                Some(pause.as_str()),
            ];
            let arguments = arguments.map(|argument| argument.and_then(datums::text));
            query(STORE, &[pg_sys::TEXTOID; 8], &arguments)
        })
    }
}

/// The name of this database.
pub fn database_name() -> String {
    in_transaction(|| query(c"SELECT pg_catalog.current_database()::pg_catalog.text", &[], &[]))
        .unwrap_or_default()
}

fn in_transaction<T>(work: impl FnOnce() -> T) -> T {
    // SAFETY: a visitor is in no transaction; an error ends the process, and the transaction with it.
    unsafe {
        pg_sys::SetCurrentStatementStartTimestamp();
        pg_sys::StartTransactionCommand();
        pg_sys::PushActiveSnapshot(pg_sys::GetTransactionSnapshot());
        let result = work();
        pg_sys::PopActiveSnapshot();
        pg_sys::CommitTransactionCommand();
        result
    }
}

/// The first column of the first row, as text.
fn query(sql: &CStr, types: &[pg_sys::Oid], arguments: &[Option<Vec<u8>>]) -> Option<String> {
    let _spi = Connection::open();
    let mut types = types.to_vec();
    let mut values: Vec<pg_sys::Datum> = Vec::new();
    let mut nulls: Vec<std::ffi::c_char> = Vec::new();
    for argument in arguments {
        let bytes = argument.as_ref();
        values.push(bytes.map_or(pg_sys::Datum::null(), |bytes| pg_sys::Datum::from(bytes.as_ptr())));
        nulls.push(bytes.map_or(b'n', |_| b' ') as std::ffi::c_char);
    }
    // SAFETY: as many types, values and null flags as the statement has parameters; the values point into
    // `arguments`; the row is read before the connection that owns it ends.
    unsafe {
        let done = pg_sys::SPI_execute_with_args(
            sql.as_ptr(),
            types.len() as c_int,
            types.as_mut_ptr(),
            values.as_mut_ptr(),
            nulls.as_ptr(),
            false,
            1,
        );
        if done != pg_sys::SPI_OK_SELECT as c_int || pg_sys::SPI_processed == 0 {
            return None;
        }
        let rows = &*pg_sys::SPI_tuptable;
        let text = pg_sys::SPI_getvalue(*rows.vals, rows.tupdesc, 1);
        if text.is_null() {
            return None;
        }
        let utf8 = encoding::to_utf8(CStr::from_ptr(text).to_bytes())?.into_owned();
        String::from_utf8(utf8).ok()
    }
}
