//! Reads the table of memberships, and detects changes to it.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::pg::settings::generation;
use crate::pg::tables::keyed_table::KeyedTable;

/// This backend has looked for the table.
static IN_USE: AtomicBool = AtomicBool::new(false);
/// 0 if there is no such table; any change of the catalogs can create it.
static TABLE: AtomicU32 = AtomicU32::new(0);

/// The positions of columns.
const USER_ID: usize = 0;
const ORG_ID: usize = 1;
const ROLE: usize = 2;
const PERMISSIONS: usize = 3;
const DELETED_AT: usize = 4;
const TYPES: [pg_sys::Oid; 5] = [
    pg_sys::TEXTOID,
    pg_sys::TEXTOID,
    pg_sys::TEXTOID,
    pg_sys::TEXTARRAYOID,
    pg_sys::TIMESTAMPTZOID,
];

/// A membership that has not ended.
pub struct CurrentMembership {
    pub org_id: String,
    pub role: Option<String>,
    pub permissions: Vec<String>,
}

/// The memberships of a user, sorted by organization; none if there is no such table.
pub fn of_user(user_id: &str) -> Vec<CurrentMembership> {
    IN_USE.store(true, Relaxed);
    let Some(table) = KeyedTable::open(c"memberships", c"memberships_pkey", &TYPES, &TABLE) else {
        return Vec::new();
    };
    let memberships = table.rows(&[(USER_ID, user_id)], |row| {
        if !row.is_null(DELETED_AT) {
            return None;
        }
        Some(CurrentMembership {
            org_id: row.text(ORG_ID)?,
            role: row.text(ROLE),
            permissions: row.texts(PERMISSIONS),
        })
    });
    let mut memberships: Vec<_> = memberships.into_iter().flatten().collect();
    memberships.sort_unstable_by(|a, b| a.org_id.cmp(&b.org_id));
    memberships
}

/// Learns of changes that other sessions have committed. PostgreSQL does so by itself when a transaction begins, and
/// when it locks a table.
pub fn learn_of_changes() {
    // SAFETY: called inside a transaction; the callbacks of this library change only its own variables.
    unsafe { pg_sys::AcceptInvalidationMessages() };
}

/// Called once, when the library is loaded.
pub fn register_callback() {
    // SAFETY: the callback lives as long as the library, which PostgreSQL never unloads.
    unsafe { pg_sys::CacheRegisterRelcacheCallback(Some(table_invalidated), pg_sys::Datum::null()) };
}

#[pg_guard]
extern "C-unwind" fn table_invalidated(_arg: pg_sys::Datum, table: pg_sys::Oid) {
    let known = TABLE.load(Relaxed);
    // An invalid OID stands for all tables.
    if IN_USE.load(Relaxed) && (known == 0 || table.to_u32() == known || table == pg_sys::InvalidOid) {
        generation::changed();
    }
}
