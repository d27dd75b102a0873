//! The only way in which code of other users runs: policies, column defaults, filters, and the types,
//! operators, functions and views that they use.
//!
//! Such code runs as the owner of its table or as a persona, in a security-restricted operation. In it,
//! PostgreSQL refuses to change the role and to leave anything behind in the session. Changes of settings are
//! undone when the guard is dropped. If only a result is wanted, the code also runs in a
//! [subtransaction](super::subtransaction::rolled_back).

use std::ffi::{c_char, c_int, CStr};

use pgrx::pg_sys;

use crate::error::Error;
use crate::pg::confined::locked_cursors::LockedCursors;
use crate::pg::settings::guc;
use crate::pg::tables::acting_as::{current_user, owner_of, owner_of_schema, ActingAs};
use crate::pg::tables::spi::Connection;
use crate::pg::values::{datums, encoding};

/// Runs code of other users as a given role and with a given search path, until it is dropped.
pub struct Confined {
    _user: ActingAs,
    level: c_int,
}

impl Confined {
    /// Runs code as the current user, who cannot become another.
    pub fn as_current_user(path: &CStr) -> Self {
        Self::acting_as(ActingAs::restricted(current_user(), 0), path)
    }

    /// Reads a table as its owner, to whom no policy applies. The current user must have the rights of the
    /// owner, as superusers do. The caller must have [locked](lock_table) the table.
    pub fn as_owner_reading(table: pg_sys::Oid, path: &CStr) -> Result<Self, Error> {
        let owner = authorized_owner(table)?;
        // The owner of the schema could rename it and put another table in its place, because the query finds
        // the table by its name.
        let renamer = owner_of_schema(table).ok_or(Error::Argument("target"))?;
        // SAFETY: called inside a transaction, as catalog look-ups require.
        if !unsafe { pg_sys::has_privs_of_role(renamer, owner) } {
            return Err(Error::SchemaOfAnother);
        }
        let flags = pg_sys::SECURITY_LOCAL_USERID_CHANGE | pg_sys::SECURITY_NOFORCE_RLS;
        Ok(Self::acting_as(ActingAs::restricted(owner, flags), path))
    }

    fn acting_as(user: ActingAs, path: &CStr) -> Self {
        // SAFETY: drop ends the level, and PostgreSQL does after an error.
        let level = unsafe { pg_sys::NewGUCNestLevel() };
        guc::set_local(c"search_path", path);
        Self { _user: user, level }
    }
}

impl Drop for Confined {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: all levels inside this one have ended. `false` (as after an error) undoes every change
            // of a setting, local or not.
            unsafe { pg_sys::AtEOXact_GUC(false, self.level) };
        }
    }
}

/// Locks a table until the end of the transaction, so that its name and its row type cannot change. The
/// current user must have the rights of the table's owner.
pub fn lock_table(table: pg_sys::Oid) -> Result<(), Error> {
    authorized_owner(table)?;
    // SAFETY: called inside a transaction, as locks require.
    unsafe { pg_sys::LockRelationOid(table, pg_sys::AccessShareLock as pg_sys::LOCKMODE) };
    Ok(())
}

fn authorized_owner(table: pg_sys::Oid) -> Result<pg_sys::Oid, Error> {
    let owner = owner_of(table).ok_or(Error::Argument("target"))?;
    // SAFETY: called inside a transaction, as catalog look-ups require.
    match unsafe { pg_sys::has_privs_of_role(current_user(), owner) } {
        true => Ok(owner),
        false => Err(Error::NotTheOwner),
    }
}

/// Executes a statement about a table as the table's owner. The current user must have the rights of the
/// owner. `expected` is the owner for whom the statement was generated: since then, the name may have gone to
/// another table.
pub fn execute_as_owner(table: pg_sys::Oid, statement: &CStr, expected: Option<&CStr>) -> Result<(), Error> {
    let owner = authorized_owner(table)?;
    // SAFETY: the name is NUL-terminated; with missing_ok, an unknown name is not an error.
    if expected.is_some_and(|name| owner != unsafe { pg_sys::get_role_oid(name.as_ptr(), true) }) {
        return Err(Error::AnotherOwner);
    }
    let locked = LockedCursors::lock_all();
    let done = {
        let _owner = Confined::acting_as(ActingAs::user(owner), c"pg_catalog, pg_temp");
        let _spi = Connection::open();
        // SAFETY: connected to SPI; the statement is NUL-terminated, and its errors become panics.
        unsafe { pg_sys::SPI_execute(statement.as_ptr(), false, 0) }
    };
    if done < 0 {
        return Err(Error::Argument("statement"));
    }
    // A query of a cursor runs as the role that fetches, so a cursor would carry the statement's code out of
    // confinement.
    match locked.are_unchanged() {
        true => Ok(()),
        false => Err(Error::CursorLeftOpen),
    }
}

/// Executes a query about a table as the table's owner, with JSON as its only parameter, a `jsonb`. Returns the
/// first column of the first row as JSON. The current user must have the rights of the owner, to whom no policy
/// applies. The query may write, so that triggers of the table run.
pub fn query_as_owner(table: pg_sys::Oid, query: &CStr, json: &str) -> Result<Option<String>, Error> {
    let owner = authorized_owner(table)?;
    let argument = datums::jsonb(json).ok_or(Error::InexpressibleWebhook)?;
    let locked = LockedCursors::lock_all();
    let value = {
        let flags = pg_sys::SECURITY_LOCAL_USERID_CHANGE | pg_sys::SECURITY_NOFORCE_RLS;
        let _owner = Confined::acting_as(ActingAs::restricted(owner, flags), c"pg_catalog, pg_temp");
        let _spi = Connection::open();
        // SAFETY: connected to SPI; the query is NUL-terminated and its parameter outlives the call. The
        // result is read before the connection that owns it ends.
        unsafe {
            let done = pg_sys::SPI_execute_with_args(
                query.as_ptr(),
                1,
                &mut pg_sys::JSONBOID.clone(),
                &mut pg_sys::Datum::from(argument.as_ptr()),
                [b' ' as c_char].as_ptr(),
                false,
                1,
            );
            if done != pg_sys::SPI_OK_SELECT as c_int {
                return Err(Error::Argument("query"));
            }
            first_text()
        }
    };
    match locked.are_unchanged() {
        true => Ok(value),
        false => Err(Error::CursorLeftOpen),
    }
}

/// The first column of the first row of the last query, in UTF-8.
///
/// # Safety
/// Connected to SPI, and the last query returned rows.
unsafe fn first_text() -> Option<String> {
    // SAFETY: promised by the caller; the text is a NUL-terminated string.
    unsafe {
        if pg_sys::SPI_processed == 0 {
            return None;
        }
        let found = &*pg_sys::SPI_tuptable;
        let text = pg_sys::SPI_getvalue(*found.vals, found.tupdesc, 1);
        if text.is_null() {
            return None;
        }
        let utf8 = encoding::to_utf8(CStr::from_ptr(text).to_bytes())?.into_owned();
        String::from_utf8(utf8).ok()
    }
}
