//! The one way in which code that is not ours runs: policies, defaults, filters, and whatever types, operators,
//! functions and views these use.
//!
//! Such code runs as the owner of its table or as a persona, inside of a security-restricted operation, in which
//! PostgreSQL refuses to change the role and to leave anything behind in the session. The settings that it changes
//! are taken back when the guard ends. What is only asked runs in a
//! [subtransaction](super::subtransaction::rolled_back), too.

use std::ffi::{c_int, CStr};

use pgrx::pg_sys;

use crate::error::Error;
use crate::pg::confined::locked_cursors::LockedCursors;
use crate::pg::settings::guc;
use crate::pg::tables::acting_as::{current_user, owner_of, owner_of_schema, ActingAs};
use crate::pg::tables::spi::Connection;

/// As whom code that is not ours runs, for as long as it lives, with a search path of its own.
pub struct Confined {
    _user: ActingAs,
    level: c_int,
}

impl Confined {
    /// The current user, who cannot become another.
    pub fn as_current_user(path: &CStr) -> Self {
        Self::acting_as(ActingAs::restricted(current_user(), 0), path)
    }

    /// The owner of a table, whom no policy keeps from a row, to read the table in the name of the current user, who
    /// must have the owner's rights, as a superuser has. The table is to be [locked](lock_table).
    pub fn as_owner_reading(table: pg_sys::Oid, path: &CStr) -> Result<Self, Error> {
        let owner = authorized_owner(table)?;
        // Who owns the schema can rename it, and put another table where this one was found by its name.
        let renamer = owner_of_schema(table).ok_or(Error::Argument("target"))?;
        // SAFETY: looks roles up in the catalogs, inside of a transaction.
        if !unsafe { pg_sys::has_privs_of_role(renamer, owner) } {
            return Err(Error::SchemaOfAnother);
        }
        let flags = pg_sys::SECURITY_LOCAL_USERID_CHANGE | pg_sys::SECURITY_NOFORCE_RLS;
        Ok(Self::acting_as(ActingAs::restricted(owner, flags), path))
    }

    fn acting_as(user: ActingAs, path: &CStr) -> Self {
        // SAFETY: ended by drop, and by Postgres after an error.
        let level = unsafe { pg_sys::NewGUCNestLevel() };
        guc::set_local(c"search_path", path);
        Self { _user: user, level }
    }
}

impl Drop for Confined {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: a level that is the innermost one again. As after an error, so that every change is taken
            // back, whether it was to be local or not.
            unsafe { pg_sys::AtEOXact_GUC(false, self.level) };
        }
    }
}

/// Holds a table to the end of the transaction, so that it keeps its name and its rows their types. The current user
/// must have the owner's rights.
pub fn lock_table(table: pg_sys::Oid) -> Result<(), Error> {
    authorized_owner(table)?;
    // SAFETY: takes a lock in a transaction.
    unsafe { pg_sys::LockRelationOid(table, pg_sys::AccessShareLock as pg_sys::LOCKMODE) };
    Ok(())
}

fn authorized_owner(table: pg_sys::Oid) -> Result<pg_sys::Oid, Error> {
    let owner = owner_of(table).ok_or(Error::Argument("target"))?;
    // SAFETY: looks roles up in the catalogs, inside of a transaction.
    match unsafe { pg_sys::has_privs_of_role(current_user(), owner) } {
        true => Ok(owner),
        false => Err(Error::NotTheOwner),
    }
}

/// Executes a statement about a table as the table's owner, whose rights the current user must have. `expected`: who
/// owned the table when the statement was written; the name may be another table's by now.
pub fn execute_as_owner(table: pg_sys::Oid, statement: &CStr, expected: Option<&CStr>) -> Result<(), Error> {
    let owner = authorized_owner(table)?;
    // SAFETY: looks a NUL-terminated name up, without an error for an unknown one.
    if expected.is_some_and(|name| owner != unsafe { pg_sys::get_role_oid(name.as_ptr(), true) }) {
        return Err(Error::AnotherOwner);
    }
    let locked = LockedCursors::lock_all();
    let done = {
        let _owner = Confined::acting_as(ActingAs::user(owner), c"pg_catalog, pg_temp");
        let _spi = Connection::open();
        // SAFETY: connected to SPI; the statement is NUL-terminated, and errors are reported as such.
        unsafe { pg_sys::SPI_execute(statement.as_ptr(), false, 0) }
    };
    if done < 0 {
        return Err(Error::Argument("statement"));
    }
    // What is fetched from a cursor runs as the one who fetches.
    match locked.are_unchanged() {
        true => Ok(()),
        false => Err(Error::CursorLeftOpen),
    }
}
