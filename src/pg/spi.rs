//! Queries of our own, and as whom they run.

use std::ffi::{c_char, c_int, CStr, CString};

use pgrx::pg_sys;

use super::arguments::Arguments;
use super::{datums, guc};
use crate::error::Error;

/// A connection to SPI, for as long as it lives.
pub struct Connection;

impl Connection {
    pub fn open() -> Self {
        // SAFETY: ended by drop.
        unsafe { pg_sys::SPI_connect() };
        Self
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // An error has ended the connection already, or will.
        if !std::thread::panicking() {
            // SAFETY: opened by `open`.
            unsafe { pg_sys::SPI_finish() };
        }
    }
}

/// Another user's rights, or fewer of one's own, for as long as it lives.
pub struct ActingAs {
    user: pg_sys::Oid,
    context: c_int,
}

impl ActingAs {
    /// The rights of a user, and a security-restricted operation around them.
    pub fn user(user: pg_sys::Oid) -> Self {
        Self::restricted(Some(user), pg_sys::SECURITY_LOCAL_USERID_CHANGE)
    }

    /// The rights of a table's owner; `None` where there is no such table.
    pub fn owner_of(table: pg_sys::Oid) -> Option<Self> {
        // SAFETY: a cached row of pg_class, or null; it is read before it is released.
        let owner = unsafe {
            let cache = pg_sys::SysCacheIdentifier::RELOID as c_int;
            let row = pg_sys::SearchSysCache1(cache, pg_sys::Datum::from(table));
            if row.is_null() {
                return None;
            }
            let owner = (*pg_sys::heap_tuple_get_struct::<pg_sys::FormData_pg_class>(row)).relowner;
            pg_sys::ReleaseSysCache(row);
            owner
        };
        Some(Self::user(owner))
    }

    /// The same user, who cannot become another: a function that is called in here cannot go back to the
    /// session's own role, as it could after SET ROLE.
    pub fn oneself() -> Self {
        Self::restricted(None, 0)
    }

    fn restricted(other: Option<pg_sys::Oid>, flags: u32) -> Self {
        let (mut user, mut context) = (pg_sys::InvalidOid, 0);
        let flags = (flags | pg_sys::SECURITY_RESTRICTED_OPERATION) as c_int;
        // SAFETY: the former user and context are restored by drop, and by Postgres after an error.
        unsafe {
            pg_sys::GetUserIdAndSecContext(&mut user, &mut context);
            pg_sys::SetUserIdAndSecContext(other.unwrap_or(user), context | flags);
        }
        Self { user, context }
    }
}

impl Drop for ActingAs {
    fn drop(&mut self) {
        // SAFETY: what was in force before.
        unsafe { pg_sys::SetUserIdAndSecContext(self.user, self.context) };
    }
}

/// A setting for as long as it lives, for this process alone.
struct Setting {
    level: c_int,
}

impl Setting {
    fn search_path(path: &CStr) -> Self {
        // SAFETY: ended by drop, and by Postgres after an error.
        let level = unsafe { pg_sys::NewGUCNestLevel() };
        guc::set_local(c"search_path", path);
        Self { level }
    }
}

impl Drop for Setting {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: a level that is the innermost one again.
            unsafe { pg_sys::AtEOXact_GUC(true, self.level) };
        }
    }
}

/// Executes a statement about a table with its owner's rights: what the owner has written there may be read
/// again by the owner's code.
pub fn execute_as_owner(table: pg_sys::Oid, statement: &CStr) -> Result<(), Error> {
    let _owner = ActingAs::owner_of(table).ok_or(Error::Argument("target"))?;
    let _spi = Connection::open();
    // SAFETY: connected to SPI; the statement is NUL-terminated, and errors are reported as such.
    unsafe { pg_sys::SPI_execute(statement.as_ptr(), false, 0) };
    Ok(())
}

/// The first column of the first row of a query that changes nothing, as text in the database's encoding.
/// Arguments of the call in hand: the query, its parameter `$1` of whatever type it has, a search_path.
pub fn confined_query(arguments: Arguments) -> Result<Option<Vec<u8>>, Error> {
    let text = |index, name| {
        let bytes = arguments.text_bytes(index);
        let text = bytes.and_then(|bytes| CString::new(bytes).ok());
        text.ok_or(Error::Argument(name))
    };
    let (query, path) = (text(0, "query")?, text(2, "search_path")?);
    let (mut datum, mut type_oid) = (arguments.datum(1), arguments.type_of(1));
    let null = [if arguments.is_null(1) { b'n' } else { b' ' } as c_char];
    let _confined = ActingAs::oneself();
    let _path = Setting::search_path(&path);
    let _spi = Connection::open();
    // SAFETY: the query and its only parameter live as long as the call, and the result is read before
    // the connection that owns it ends.
    unsafe {
        let done = pg_sys::SPI_execute_with_args(
            query.as_ptr(),
            1,
            &mut type_oid,
            &mut datum,
            null.as_ptr(),
            true,
            1,
        );
        if done != pg_sys::SPI_OK_SELECT as c_int || pg_sys::SPI_processed == 0 {
            return Ok(None);
        }
        let rows = &*pg_sys::SPI_tuptable;
        let text = pg_sys::SPI_getvalue(*rows.vals, rows.tupdesc, 1);
        Ok((!text.is_null()).then(|| datums::text_of_bytes(CStr::from_ptr(text).to_bytes())))
    }
}
