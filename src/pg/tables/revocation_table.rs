//! Reads the table of revocations, and detects changes to it.
//!
//! Rows are found by the primary key, in the way in which PostgreSQL reads its own catalogs: with a snapshot
//! taken at that moment, without a plan and without checking privileges. This also works in parallel workers, on
//! standbys, and in readers that are called where the statement has no snapshot.

use std::ffi::{c_int, CStr};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use clerk_rls_core::{RevocationEntry, RevocationKey};
use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::pg::server::clock;
use crate::pg::settings::{generation, operator_settings};
use crate::pg::values::{datums, encoding};

/// Incremented with each change of the table that this backend learns of.
static GENERATION: AtomicU64 = AtomicU64::new(1);
static TABLE: AtomicU32 = AtomicU32::new(0);

/// The positions of columns. Those that are searched have the collation "C", which `ScanKeyInit` assumes.
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

/// The open table, as it is at that moment; closed on drop.
pub struct RevocationTable {
    relation: pg_sys::Relation,
    key: pg_sys::Oid,
    /// Taken once, because a token is looked up under several keys.
    snapshot: pg_sys::Snapshot,
}

impl RevocationTable {
    /// Opens the table. `None` if there is no such table, or if its columns are others: the extension is not
    /// installed in this database, or an older version of it is.
    pub fn open() -> Option<Self> {
        // SAFETY: catalog look-ups by NUL-terminated names, inside a transaction; the table is closed and the
        // snapshot released by drop, and by PostgreSQL after an error.
        unsafe {
            let schema = pg_sys::get_namespace_oid(c"clerk_rls".as_ptr(), true);
            let named = |name: &CStr| pg_sys::get_relname_relid(name.as_ptr(), schema);
            let table = named(c"revocations");
            TABLE.store(table.to_u32(), Relaxed);
            if table == pg_sys::InvalidOid {
                return None;
            }
            let relation = pg_sys::table_open(table, pg_sys::AccessShareLock as pg_sys::LOCKMODE);
            let table = Self {
                relation,
                key: named(c"revocations_pkey"),
                snapshot: pg_sys::RegisterSnapshot(pg_sys::GetCatalogSnapshot(table)),
            };
            table.has_its_columns().then_some(table)
        }
    }

    /// The entries under a key, at most one for each issuer.
    pub fn entries(&self, key: &RevocationKey) -> Vec<RevocationEntry> {
        let texts = [key.kind.as_str(), &key.subject, &key.org_id].map(datums::text);
        // No row contains text that the database encoding cannot represent.
        let [Some(kind), Some(subject), Some(org_id)] = texts else {
            return Vec::new();
        };
        let mut found = Vec::new();
        // SAFETY: the search keys are texts that outlive the scan, for columns of that type and in the order of the
        // index; each row is read before the next one is fetched.
        unsafe {
            let mut search = [std::mem::zeroed::<pg_sys::ScanKeyData>(); 3];
            for (entry, (column, text)) in
                search
                    .iter_mut()
                    .zip([(SUBJECT, &subject), (KIND, &kind), (ORG_ID, &org_id)])
            {
                pg_sys::ScanKeyInit(
                    entry,
                    column as pg_sys::AttrNumber + 1,
                    pg_sys::BTEqualStrategyNumber as pg_sys::StrategyNumber,
                    pg_sys::Oid::from(pg_sys::F_TEXTEQ),
                    pg_sys::Datum::from(text.as_ptr()),
                );
            }
            let scan = pg_sys::systable_beginscan(
                self.relation,
                self.key,
                self.key != pg_sys::InvalidOid,
                self.snapshot,
                search.len() as c_int,
                search.as_mut_ptr(),
            );
            loop {
                let row = pg_sys::systable_getnext(scan);
                if row.is_null() {
                    break;
                }
                found.push(self.entry(row));
            }
            pg_sys::systable_endscan(scan);
        }
        found
    }

    /// # Safety
    /// `row` is a row of this table.
    unsafe fn entry(&self, row: pg_sys::HeapTuple) -> RevocationEntry {
        // SAFETY: guaranteed by the caller; `has_its_columns` has looked at the types.
        unsafe {
            let columns = (*self.relation).rd_att;
            let count = (*columns).natts as usize;
            let mut values = vec![pg_sys::Datum::null(); count];
            let mut nulls = vec![true; count];
            pg_sys::heap_deform_tuple(row, columns, values.as_mut_ptr(), nulls.as_mut_ptr());
            let issuer = if nulls[ISSUER] {
                String::new()
            } else {
                let text = pg_sys::text_to_cstring(values[ISSUER].cast_mut_ptr());
                let issuer = encoding::to_utf8(CStr::from_ptr(text).to_bytes()).map(|utf8| utf8.into_owned());
                pg_sys::pfree(text.cast());
                // An issuer that cannot be read must not make the entry ineffective: it counts for every issuer.
                issuer
                    .and_then(|utf8| String::from_utf8(utf8).ok())
                    .unwrap_or_default()
            };
            RevocationEntry {
                issuer,
                not_before: (!nulls[NOT_BEFORE])
                    .then(|| clock::microseconds_since_1970(values[NOT_BEFORE].value() as clock::Timestamp)),
            }
        }
    }

    fn has_its_columns(&self) -> bool {
        // SAFETY: an open relation has a descriptor with as many attributes as it says.
        unsafe {
            let columns = (*self.relation).rd_att;
            (*columns).natts as usize >= TYPES.len()
                && TYPES
                    .iter()
                    .enumerate()
                    .all(|(position, type_)| pg_sys::SPI_gettypeid(columns, position as c_int + 1) == *type_)
        }
    }
}

impl Drop for RevocationTable {
    fn drop(&mut self) {
        // After an error, PostgreSQL closes the table and releases the snapshot.
        if !std::thread::panicking() {
            // SAFETY: opened and registered by `open`.
            unsafe {
                pg_sys::UnregisterSnapshot(self.snapshot);
                pg_sys::table_close(self.relation, pg_sys::AccessShareLock as pg_sys::LOCKMODE);
            }
        }
    }
}
