//! Reads the table of revocations, and detects changes to it.
//!
//! Rows are found by the primary key: see [`keyed_table`](super::keyed_table).

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use clerk_rls_core::{RevocationEntry, RevocationKey};
use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::pg::server::clock;
use crate::pg::settings::{generation, operator_settings};
use crate::pg::tables::keyed_table::KeyedTable;

/// Incremented with each change of the table that this backend learns of.
static GENERATION: AtomicU64 = AtomicU64::new(1);
static TABLE: AtomicU32 = AtomicU32::new(0);

/// The positions of columns.
const KIND: usize = 0;
const SUBJECT: usize = 1;
const ORG_ID: usize = 2;
const ISSUER: usize = 3;
const NOT_BEFORE: usize = 4;
const TYPES: [pg_sys::Oid; 5] = [
    pg_sys::TEXTOID,
    pg_sys::TEXTOID,
    pg_sys::TEXTOID,
    pg_sys::TEXTOID,
    pg_sys::TIMESTAMPTZOID,
];

/// The generation of the revocations. If two generations are equal, the revocations have not changed in between,
/// as far as this backend has learned.
pub fn generation() -> u64 {
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
    if table == 0 || table == TABLE.load(Relaxed) {
        GENERATION.store(GENERATION.load(Relaxed) + 1, Relaxed);
        if operator_settings::check_revocation() {
            generation::changed();
        }
    }
}

/// The open table.
pub struct RevocationTable(KeyedTable);

impl RevocationTable {
    /// Opens the table. `None` if there is no such table, or if its columns are others.
    pub fn open() -> Option<Self> {
        KeyedTable::open(c"revocations", c"revocations_pkey", &TYPES, &TABLE).map(Self)
    }

    /// The entries under a key, at most one for each issuer.
    pub fn entries(&self, key: &RevocationKey) -> Vec<RevocationEntry> {
        let search = [
            (KIND, key.kind.as_str()),
            (SUBJECT, &key.subject),
            (ORG_ID, &key.org_id),
        ];
        self.0.rows(&search, |row| RevocationEntry {
            // An issuer that cannot be read must not make the entry ineffective: it counts for every issuer.
            issuer: row.text(ISSUER).unwrap_or_default(),
            not_before: (!row.is_null(NOT_BEFORE))
                .then(|| clock::microseconds_since_1970(row.value(NOT_BEFORE) as clock::Timestamp)),
        })
    }
}
