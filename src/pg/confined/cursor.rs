//! Reads rows of a table in batches and passes them to queries, without looking into their types.

use std::ffi::{c_char, c_int, CStr};
use std::ptr;

use pgrx::{pg_sys, varlena};

use crate::error::Error;
use crate::pg::tables::spi::Connection;
use crate::pg::values::datums;

/// An array of a table's rows.
#[derive(Clone, Copy)]
pub struct RowArray {
    array: pg_sys::Datum,
    array_type: pg_sys::Oid,
}

impl RowArray {
    /// # Safety
    /// `array` is a datum of this array type and lives as long as the value is used.
    pub unsafe fn of(array: pg_sys::Datum, array_type: pg_sys::Oid) -> Self {
        Self { array, array_type }
    }

    /// Frees an array that [`Cursor::fetch`] returned. No copy of it may be used afterwards.
    pub fn free(self) {
        // SAFETY: `Cursor::fetch` allocated the array, and nobody else uses it.
        unsafe { pg_sys::pfree(self.array.cast_mut_ptr()) };
    }

    /// A copy of the datum.
    pub fn datum_bytes(self) -> Vec<u8> {
        // SAFETY: see `of` and `Cursor::fetch`: the datum is a varlena that is neither compressed nor out of
        // line.
        unsafe {
            let array = self.array.cast_mut_ptr::<pg_sys::varlena>();
            std::slice::from_raw_parts(array.cast::<u8>(), varlena::varsize_any(array)).to_vec()
        }
    }
}

/// The first column of the first row of a read-only query, as text in the database encoding. `$1` in the
/// query stands for the rows. Must be called within [`Confined`](super::confinement::Confined).
pub fn first_value(query: &CStr, mut rows: RowArray) -> Option<Vec<u8>> {
    let _spi = Connection::open();
    // SAFETY: the query and its only parameter live as long as the call; the result is read before the
    // connection that owns it ends.
    unsafe {
        let done = pg_sys::SPI_execute_with_args(
            query.as_ptr(),
            1,
            &mut rows.array_type,
            &mut rows.array,
            [b' ' as c_char].as_ptr(),
            true,
            1,
        );
        if done != pg_sys::SPI_OK_SELECT as c_int || pg_sys::SPI_processed == 0 {
            return None;
        }
        let found = &*pg_sys::SPI_tuptable;
        let text = pg_sys::SPI_getvalue(*found.vals, found.tupdesc, 1);
        (!text.is_null()).then(|| CStr::from_ptr(text).to_bytes().to_vec())
    }
}

/// A query that is read a batch of rows at a time.
pub struct Cursor {
    portal: pg_sys::Portal,
    array_type: pg_sys::Oid,
    row_type: pg_sys::Oid,
    /// The memory context of the fetched rows.
    home: pg_sys::MemoryContext,
    _spi: Connection,
}

impl Cursor {
    /// Opens a query, which must be a single SELECT of one column with rows of this table. Must be called
    /// within [`Confined`](super::confinement::Confined).
    pub fn open(query: &CStr, table: pg_sys::Oid, array_type: pg_sys::Oid) -> Result<Self, Error> {
        // SAFETY: called inside a transaction, as catalog look-ups require.
        let (row_type, of_table) = unsafe {
            (
                pg_sys::get_element_type(array_type),
                pg_sys::get_rel_type_id(table),
            )
        };
        if row_type == pg_sys::InvalidOid || row_type != of_table {
            return Err(Error::Argument("rows"));
        }
        // SAFETY: the query is NUL-terminated and has no parameters; its errors become panics. The portal
        // belongs to the connection, which lives as long as the cursor.
        unsafe {
            let home = pg_sys::CurrentMemoryContext;
            let spi = Connection::open();
            let portal = pg_sys::SPI_cursor_open_with_args(
                ptr::null(),
                query.as_ptr(),
                0,
                ptr::null_mut(),
                ptr::null_mut(),
                ptr::null(),
                true,
                0,
            );
            let columns = (*portal).tupDesc;
            if columns.is_null() || (*columns).natts != 1 || pg_sys::SPI_gettypeid(columns, 1) != row_type {
                return Err(Error::Argument("query"));
            }
            // An active portal can be neither fetched from nor closed by SQL.
            (*portal).status = pg_sys::PortalStatus::PORTAL_ACTIVE;
            Ok(Self {
                portal,
                array_type,
                row_type,
                home,
                _spi: spi,
            })
        }
    }

    /// The next rows and their number: at most `max_rows`, and no more once they take `max_bytes` bytes. Must be
    /// called within [`Confined`](super::confinement::Confined).
    pub fn fetch(&self, max_rows: usize, max_bytes: usize) -> (RowArray, usize) {
        let (mut count, mut size) = (0, 0);
        // SAFETY: the portal lives as long as the cursor. A row is passed by reference, and is copied into
        // the array before it is freed.
        unsafe {
            let (array_type, row_type) = (self.array_type, self.row_type);
            let mut building = pg_sys::initArrayResult(row_type, self.home, true);
            (*self.portal).status = pg_sys::PortalStatus::PORTAL_READY;
            while count < max_rows && size < max_bytes {
                pg_sys::SPI_cursor_fetch(self.portal, true, 1);
                if pg_sys::SPI_processed == 0 {
                    break;
                }
                let found = &*pg_sys::SPI_tuptable;
                let mut is_null = false;
                let row = pg_sys::SPI_getbinval(*found.vals, found.tupdesc, 1, &mut is_null);
                if !is_null {
                    size += varlena::varsize_any(row.cast_mut_ptr());
                }
                building = pg_sys::accumArrayResult(building, row, is_null, row_type, self.home);
                count += 1;
                pg_sys::SPI_freetuptable(pg_sys::SPI_tuptable);
            }
            (*self.portal).status = pg_sys::PortalStatus::PORTAL_ACTIVE;
            let array = pg_sys::makeArrayResult(building, self.home);
            (RowArray { array, array_type }, count)
        }
    }
}

/// Calls a function of `clerk_rls` with one `jsonb` argument, and ignores the result.
pub fn perform(call: &CStr, json: &str) -> Result<(), Error> {
    let argument = datums::jsonb(json).ok_or(Error::Argument("personas"))?;
    let _spi = Connection::open();
    // SAFETY: the call has one parameter of type jsonb, which lives as long as the call.
    unsafe {
        pg_sys::SPI_execute_with_args(
            call.as_ptr(),
            1,
            &mut pg_sys::JSONBOID.clone(),
            &mut pg_sys::Datum::from(argument.as_ptr()),
            [b' ' as c_char].as_ptr(),
            false,
            0,
        );
    }
    Ok(())
}
