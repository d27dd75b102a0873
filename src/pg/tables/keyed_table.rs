//! Rows of a table of the extension, found by its primary key in the way in which PostgreSQL reads its own catalogs:
//! with a snapshot taken at that moment, without a plan and without checking privileges.
//!
//! This also works in parallel workers, on standbys, and in readers that are called where the statement has no
//! snapshot. What is read is never older than the last change that this backend has learned of.

use std::ffi::{c_char, c_int, CStr};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use pgrx::pg_sys;

use crate::pg::values::{datums, encoding};

/// An open table, closed on drop.
pub struct KeyedTable {
    relation: pg_sys::Relation,
    key: pg_sys::Oid,
}

/// The columns of a row.
pub struct KeyedRow {
    values: Vec<pg_sys::Datum>,
    nulls: Vec<bool>,
}

impl KeyedTable {
    /// Opens a table of the schema `clerk_rls`, whose first columns have these types. `None` if there is no such
    /// table, or if its columns are others: the extension is not installed in this database, or an older version of
    /// it is. `known` gets the table's OID.
    pub fn open(name: &CStr, key: &CStr, types: &[pg_sys::Oid], known: &AtomicU32) -> Option<Self> {
        // SAFETY: catalog look-ups by NUL-terminated names, inside a transaction; the table is closed by drop, and
        // by PostgreSQL after an error.
        unsafe {
            let schema = pg_sys::get_namespace_oid(c"clerk_rls".as_ptr(), true);
            let named = |name: &CStr| pg_sys::get_relname_relid(name.as_ptr(), schema);
            let table = named(name);
            known.store(table.to_u32(), Relaxed);
            if table == pg_sys::InvalidOid {
                return None;
            }
            let relation = pg_sys::table_open(table, pg_sys::AccessShareLock as pg_sys::LOCKMODE);
            let table = Self {
                relation,
                key: named(key),
            };
            table.begins_with(types).then_some(table)
        }
    }

    /// What `read` makes of the rows whose columns have these texts. The columns are the first of the primary key, and
    /// have the collation "C", which `ScanKeyInit` assumes.
    pub fn rows<T>(&self, search: &[(usize, &str)], mut read: impl FnMut(&KeyedRow) -> T) -> Vec<T> {
        let texts: Option<Vec<_>> = search.iter().map(|(_, text)| datums::text(text)).collect();
        // No row contains text that the database encoding cannot represent.
        let Some(texts) = texts else {
            return Vec::new();
        };
        let mut found = Vec::new();
        // SAFETY: the search keys are texts that outlive the scan, for columns of that type; each row is read before
        // the next one is fetched. Without a snapshot, the scan takes the latest one.
        unsafe {
            let mut keys = vec![std::mem::zeroed::<pg_sys::ScanKeyData>(); search.len()];
            for ((entry, (column, _)), text) in keys.iter_mut().zip(search).zip(&texts) {
                pg_sys::ScanKeyInit(
                    entry,
                    *column as pg_sys::AttrNumber + 1,
                    pg_sys::BTEqualStrategyNumber as pg_sys::StrategyNumber,
                    pg_sys::Oid::from(pg_sys::F_TEXTEQ),
                    pg_sys::Datum::from(text.as_ptr()),
                );
            }
            let scan = pg_sys::systable_beginscan(
                self.relation,
                self.key,
                self.key != pg_sys::InvalidOid,
                std::ptr::null_mut(),
                keys.len() as c_int,
                keys.as_mut_ptr(),
            );
            loop {
                let row = pg_sys::systable_getnext(scan);
                if row.is_null() {
                    break;
                }
                found.push(read(&self.columns(row)));
            }
            pg_sys::systable_endscan(scan);
        }
        found
    }

    /// # Safety
    /// `row` is a row of this table.
    unsafe fn columns(&self, row: pg_sys::HeapTuple) -> KeyedRow {
        // SAFETY: guaranteed by the caller; there are as many places as columns.
        unsafe {
            let columns = (*self.relation).rd_att;
            let count = (*columns).natts as usize;
            let mut values = vec![pg_sys::Datum::null(); count];
            let mut nulls = vec![true; count];
            pg_sys::heap_deform_tuple(row, columns, values.as_mut_ptr(), nulls.as_mut_ptr());
            KeyedRow { values, nulls }
        }
    }

    fn begins_with(&self, types: &[pg_sys::Oid]) -> bool {
        // SAFETY: an open relation has a descriptor with as many attributes as it says.
        unsafe {
            let columns = (*self.relation).rd_att;
            (*columns).natts as usize >= types.len()
                && types
                    .iter()
                    .enumerate()
                    .all(|(position, type_)| pg_sys::SPI_gettypeid(columns, position as c_int + 1) == *type_)
        }
    }
}

impl Drop for KeyedTable {
    fn drop(&mut self) {
        // After an error, PostgreSQL closes the table.
        if !std::thread::panicking() {
            // SAFETY: opened by `open`.
            unsafe { pg_sys::table_close(self.relation, pg_sys::AccessShareLock as pg_sys::LOCKMODE) };
        }
    }
}

impl KeyedRow {
    /// Whether a column is NULL.
    pub fn is_null(&self, column: usize) -> bool {
        self.nulls[column]
    }

    /// The datum of a column, by value; meaningless if it is NULL.
    pub fn value(&self, column: usize) -> usize {
        self.values[column].value()
    }

    /// The text of a column of type `text`; `None` if it is NULL or cannot be converted to UTF-8.
    pub fn text(&self, column: usize) -> Option<String> {
        // SAFETY: `open` has looked at the type; the row is still there.
        (!self.nulls[column]).then(|| unsafe { utf8(self.values[column]) })?
    }

    /// The elements of a column of type `text[]`, without those that are NULL or cannot be converted to UTF-8.
    pub fn texts(&self, column: usize) -> Vec<String> {
        if self.nulls[column] {
            return Vec::new();
        }
        let (mut elements, mut nulls, mut count) = (std::ptr::null_mut(), std::ptr::null_mut(), 0);
        // SAFETY: `open` has looked at the type; deconstruct_array writes `count` elements and null flags, which point
        // into the detoasted array.
        unsafe {
            let array =
                pg_sys::pg_detoast_datum(self.values[column].cast_mut_ptr()).cast::<pg_sys::ArrayType>();
            pg_sys::deconstruct_array(
                array,
                pg_sys::TEXTOID,
                -1,
                false,
                pg_sys::TYPALIGN_INT as c_char,
                &mut elements,
                &mut nulls,
                &mut count,
            );
            (0..count as usize)
                .filter(|i| !*nulls.add(*i))
                .filter_map(|i| utf8(*elements.add(i)))
                .collect()
        }
    }
}

/// # Safety
/// `text` is a datum of type `text`.
unsafe fn utf8(text: pg_sys::Datum) -> Option<String> {
    // SAFETY: guaranteed by the caller; text_to_cstring returns a new NUL-terminated string.
    unsafe {
        let text = pg_sys::text_to_cstring(text.cast_mut_ptr());
        let utf8 = encoding::to_utf8(CStr::from_ptr(text).to_bytes()).map(|utf8| utf8.into_owned());
        pg_sys::pfree(text.cast());
        String::from_utf8(utf8?).ok()
    }
}
