//! Reads the table of memberships, and detects changes to it.
//!
//! Rows are found as those of the table of revocations are: in the way in which PostgreSQL reads its own catalogs,
//! without a plan and without checking privileges. An application may own the table, so nothing about it is taken for
//! granted but its name: without the columns there are no memberships, and without the index it is read to its end.

use std::ffi::{c_int, CStr};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use clerk_rls_core::Membership;
use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::pg::settings::generation;
use crate::pg::values::{datums, encoding};

/// Incremented with each change of the table that this backend learns of.
static GENERATION: AtomicU64 = AtomicU64::new(1);
/// 0 until this backend has asked.
static TABLE: AtomicU32 = AtomicU32::new(0);

/// The columns that are read, and their types.
const COLUMNS: [(&CStr, pg_sys::Oid); 5] = [
    (c"user_id", pg_sys::TEXTOID),
    (c"org_id", pg_sys::TEXTOID),
    (c"role", pg_sys::TEXTOID),
    (c"permissions", pg_sys::TEXTARRAYOID),
    (c"deleted_at", pg_sys::TIMESTAMPTZOID),
];
const USER_ID: usize = 0;
const ORG_ID: usize = 1;
const ROLE: usize = 2;
const PERMISSIONS: usize = 3;
const DELETED_AT: usize = 4;

/// The generation of the memberships. If two generations are equal, the memberships have not changed in between, as
/// far as this backend has learned.
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
    let (table, asked) = (table.to_u32(), TABLE.load(Relaxed));
    // 0 stands for all tables.
    if asked != 0 && (table == 0 || table == asked) {
        GENERATION.store(GENERATION.load(Relaxed) + 1, Relaxed);
        generation::changed();
    }
}

/// Learns of the changes that other sessions have committed.
pub fn accept_changes() {
    // SAFETY: called inside a transaction; processes pending invalidation messages, as taking a lock does.
    unsafe { pg_sys::AcceptInvalidationMessages() };
}

/// Which memberships count.
#[derive(Clone, Copy, PartialEq)]
pub enum Moment {
    /// Those that are committed now, and this transaction's own.
    Now,
    /// Those that the statement sees, so that all processes of a parallel query have the same. A transaction that
    /// keeps its first snapshot would not learn that a membership has ended: there it is as `Now`.
    OfStatement,
}

/// Whether this process takes part in a parallel query.
pub fn is_parallel() -> bool {
    // SAFETY: reads a variable of the backend.
    unsafe { pg_sys::IsInParallelMode() }
}

/// A row that counts.
pub struct FoundMembership {
    /// A `text` datum.
    pub org_id: Vec<u8>,
    /// Empty unless it was asked for.
    pub membership: Membership,
}

/// The open table, closed on drop.
pub struct MembershipTable {
    relation: pg_sys::Relation,
    /// The position of each of `COLUMNS`, counted from 1.
    positions: [c_int; COLUMNS.len()],
    /// The index on user and organization, and the collations of its columns.
    key: Option<(pg_sys::Oid, [pg_sys::Oid; 2])>,
}

impl MembershipTable {
    /// Opens the table. `None` if there is no such table, or if its columns are others.
    pub fn open() -> Option<Self> {
        // SAFETY: catalog look-ups by NUL-terminated names, inside a transaction; the table is closed by drop, and by
        // PostgreSQL after an error.
        unsafe {
            let schema = pg_sys::get_namespace_oid(c"clerk_rls".as_ptr(), true);
            let named = |name: &CStr| pg_sys::get_relname_relid(name.as_ptr(), schema);
            let table = named(c"memberships");
            TABLE.store(table.to_u32(), Relaxed);
            if !is_of_kind(table, pg_sys::RELKIND_RELATION) {
                return None;
            }
            let relation = pg_sys::table_open(table, pg_sys::AccessShareLock as pg_sys::LOCKMODE);
            let mut table = Self {
                relation,
                positions: [0; COLUMNS.len()],
                key: None,
            };
            let columns = (*relation).rd_att;
            for (position, (name, type_)) in table.positions.iter_mut().zip(COLUMNS) {
                *position = pg_sys::SPI_fnumber(columns, name.as_ptr());
                if *position <= 0 || pg_sys::SPI_gettypeid(columns, *position) != type_ {
                    return None;
                }
            }
            table.key = table.usable_key(named(c"memberships_pkey"));
            Some(table)
        }
    }

    /// The memberships of a user, in one organization or in all, in the order of the organizations' bytes. The rights
    /// are read if asked for.
    pub fn memberships(
        &self,
        user_id: &str,
        org_id: Option<&str>,
        with_rights: bool,
        moment: Moment,
    ) -> Vec<FoundMembership> {
        // No row contains text that the database encoding cannot represent.
        let Some(user_id) = datums::text(user_id) else {
            return Vec::new();
        };
        let org_id = match org_id.map(datums::text) {
            None => None,
            Some(None) => return Vec::new(),
            Some(given) => given,
        };
        let wanted = [Some(&user_id), org_id.as_ref()];
        let mut found = Vec::new();
        // SAFETY: the search keys are texts that outlive the scan, for columns of that type; each row is read before
        // the next one is fetched. An active snapshot lives longer than the scan, and without one the scan takes the
        // latest.
        unsafe {
            let mut search = [std::mem::zeroed::<pg_sys::ScanKeyData>(); 2];
            let mut count = 0;
            for (column, text) in wanted.iter().enumerate() {
                let Some(text) = text else { continue };
                pg_sys::ScanKeyEntryInitialize(
                    &mut search[count],
                    0,
                    self.positions[column] as pg_sys::AttrNumber,
                    pg_sys::BTEqualStrategyNumber as pg_sys::StrategyNumber,
                    pg_sys::InvalidOid,
                    self.key
                        .map_or(pg_sys::C_COLLATION_OID, |(_, collations)| collations[column]),
                    pg_sys::Oid::from(pg_sys::F_TEXTEQ),
                    pg_sys::Datum::from(text.as_ptr()),
                );
                count += 1;
            }
            let scan = pg_sys::systable_beginscan(
                self.relation,
                self.key.map_or(pg_sys::InvalidOid, |(index, _)| index),
                self.key.is_some(),
                snapshot(moment),
                count as c_int,
                search.as_mut_ptr(),
            );
            loop {
                let row = pg_sys::systable_getnext(scan);
                if row.is_null() {
                    break;
                }
                found.extend(self.read(row, wanted, with_rights));
            }
            pg_sys::systable_endscan(scan);
        }
        found.sort_unstable_by(|a: &FoundMembership, b| {
            a.org_id[pg_sys::VARHDRSZ..].cmp(&b.org_id[pg_sys::VARHDRSZ..])
        });
        found
    }

    /// The membership of a row, unless it has ended.
    ///
    /// # Safety
    /// `row` is a row of this table.
    unsafe fn read(
        &self,
        row: pg_sys::HeapTuple,
        wanted: [Option<&Vec<u8>>; 2],
        with_rights: bool,
    ) -> Option<FoundMembership> {
        // SAFETY: guaranteed by the caller; `open` has looked at the types of the columns.
        unsafe {
            let columns = (*self.relation).rd_att;
            let count = (*columns).natts as usize;
            let mut values = vec![pg_sys::Datum::null(); count];
            let mut nulls = vec![true; count];
            pg_sys::heap_deform_tuple(row, columns, values.as_mut_ptr(), nulls.as_mut_ptr());
            let value = |column: usize| {
                let position = self.positions[column] as usize - 1;
                (!nulls[position]).then(|| values[position])
            };
            if value(DELETED_AT).is_some() {
                return None;
            }
            let text = |column: usize| value(column).map(|datum| datums::text_of_bytes(content(datum)));
            let org_id = text(ORG_ID)?;
            // The index may have a collation in which different texts are equal.
            if text(USER_ID).as_ref() != wanted[USER_ID]
                || wanted[ORG_ID].is_some_and(|wanted| *wanted != org_id)
            {
                return None;
            }
            let membership = match with_rights {
                true => Membership::new(
                    value(ROLE).and_then(|datum| utf8(content(datum))),
                    value(PERMISSIONS)
                        .map(|datum| elements(datum))
                        .unwrap_or_default(),
                ),
                false => Membership::default(),
            };
            Some(FoundMembership { org_id, membership })
        }
    }

    /// The index, if it finds every row of a user.
    ///
    /// # Safety
    /// Called inside a transaction, with the table open.
    unsafe fn usable_key(&self, index: pg_sys::Oid) -> Option<(pg_sys::Oid, [pg_sys::Oid; 2])> {
        // SAFETY: guaranteed by the caller. An open index has a row of pg_index, with the position of each column, and
        // as many collations. It is closed before anything is returned.
        unsafe {
            if !is_of_kind(index, pg_sys::RELKIND_INDEX) {
                return None;
            }
            let opened = pg_sys::index_open(index, pg_sys::AccessShareLock as pg_sys::LOCKMODE);
            let row = &*(*opened).rd_index;
            let usable = row.indrelid == (*self.relation).rd_id
                && row.indisvalid
                && row.indnkeyatts >= 2
                && (*(*opened).rd_rel).relam == pg_sys::BTREE_AM_OID
                && pg_sys::RelationGetIndexPredicate(opened).is_null()
                && [USER_ID, ORG_ID].iter().all(|column| {
                    c_int::from(*row.indkey.values.as_ptr().add(*column)) == self.positions[*column]
                });
            let found = usable.then(|| {
                let collations = (*opened).rd_indcollation;
                (index, [*collations, *collations.add(1)])
            });
            pg_sys::index_close(opened, pg_sys::AccessShareLock as pg_sys::LOCKMODE);
            found
        }
    }
}

impl Drop for MembershipTable {
    fn drop(&mut self) {
        // After an error, PostgreSQL closes the table.
        if !std::thread::panicking() {
            // SAFETY: opened by `open`.
            unsafe { pg_sys::table_close(self.relation, pg_sys::AccessShareLock as pg_sys::LOCKMODE) };
        }
    }
}

/// The snapshot to read with; null: the latest one.
fn snapshot(moment: Moment) -> pg_sys::Snapshot {
    // SAFETY: reads variables of the backend, and the active snapshot if there is one.
    unsafe {
        let keeps_first = pg_sys::XactIsoLevel >= pg_sys::XACT_REPEATABLE_READ as c_int;
        match moment {
            Moment::OfStatement if !keeps_first && pg_sys::ActiveSnapshotSet() => pg_sys::GetActiveSnapshot(),
            _ => std::ptr::null_mut(),
        }
    }
}

fn is_of_kind(relation: pg_sys::Oid, kind: u8) -> bool {
    // SAFETY: called inside a transaction; an unknown relation has no kind.
    relation != pg_sys::InvalidOid && unsafe { pg_sys::get_rel_relkind(relation) } as u8 == kind
}

/// # Safety
/// The datum is a `text` that outlives the result.
unsafe fn content<'a>(datum: pg_sys::Datum) -> &'a [u8] {
    // SAFETY: promised by the caller; a detoasted copy lives as long as the current memory context.
    unsafe { pgrx::varlena::varlena_to_byte_slice(pg_sys::pg_detoast_datum_packed(datum.cast_mut_ptr())) }
}

/// The elements of a `text[]` that are not NULL.
///
/// # Safety
/// The datum is a `text[]` that outlives the call.
unsafe fn elements(datum: pg_sys::Datum) -> Vec<String> {
    let (mut elements, mut nulls, mut count) = (std::ptr::null_mut(), std::ptr::null_mut(), 0);
    // SAFETY: promised by the caller; deconstruct_array writes `count` elements and null flags.
    unsafe {
        pg_sys::deconstruct_array(
            pg_sys::pg_detoast_datum(datum.cast_mut_ptr()).cast(),
            pg_sys::TEXTOID,
            -1,
            false,
            pg_sys::TYPALIGN_INT as std::ffi::c_char,
            &mut elements,
            &mut nulls,
            &mut count,
        );
        (0..count as c_int as usize)
            .filter(|i| !*nulls.add(*i))
            .filter_map(|i| utf8(content(*elements.add(i))))
            .collect()
    }
}

/// Text that cannot be converted is no right.
fn utf8(bytes: &[u8]) -> Option<String> {
    let utf8 = encoding::to_utf8(bytes)?.into_owned();
    String::from_utf8(utf8).ok()
}
