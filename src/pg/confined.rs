//! The one way in which code that is not ours runs: policies, defaults, filters, and whatever types, operators,
//! functions and views these use.
//!
//! Such code runs as the owner of its table or as a persona, inside of a security-restricted operation, in which
//! PostgreSQL refuses to change the role and to leave anything behind in the session. The settings that it changes
//! are taken back when the guard ends. What is only asked runs in a
//! [subtransaction](super::subtransaction::rolled_back), too.

use std::ffi::{c_char, c_int, CStr};
use std::ptr;

use pgrx::{pg_sys, varlena};

use super::shut_cursors::ShutCursors;
use super::spi::Connection;
use super::{datums, guc};
use crate::error::Error;

/// Another user's rights, for as long as it lives, and a security-restricted operation around them. It does not
/// take settings back: no code but ours runs in it.
pub struct ActingAs {
    user: pg_sys::Oid,
    context: c_int,
}

impl ActingAs {
    /// The rights of a user.
    pub fn user(user: pg_sys::Oid) -> Self {
        Self::restricted(user, pg_sys::SECURITY_LOCAL_USERID_CHANGE)
    }

    /// The rights of a table's owner; `None` where there is no such table.
    pub fn owner_of(table: pg_sys::Oid) -> Option<Self> {
        owner_of(table).map(Self::user)
    }

    fn restricted(user: pg_sys::Oid, flags: u32) -> Self {
        let (mut former_user, mut context) = (pg_sys::InvalidOid, 0);
        let flags = (flags | pg_sys::SECURITY_RESTRICTED_OPERATION) as c_int;
        // SAFETY: the former user and context are restored by drop, and by Postgres after an error.
        unsafe {
            pg_sys::GetUserIdAndSecContext(&mut former_user, &mut context);
            pg_sys::SetUserIdAndSecContext(user, context | flags);
        }
        Self {
            user: former_user,
            context,
        }
    }
}

impl Drop for ActingAs {
    fn drop(&mut self) {
        // SAFETY: what was in force before.
        unsafe { pg_sys::SetUserIdAndSecContext(self.user, self.context) };
    }
}

fn owner_of(table: pg_sys::Oid) -> Option<pg_sys::Oid> {
    // SAFETY: a cached row of pg_class, or null; it is read before it is released.
    unsafe {
        let cache = pg_sys::SysCacheIdentifier::RELOID as c_int;
        let row = pg_sys::SearchSysCache1(cache, pg_sys::Datum::from(table));
        if row.is_null() {
            return None;
        }
        let owner = (*pg_sys::heap_tuple_get_struct::<pg_sys::FormData_pg_class>(row)).relowner;
        pg_sys::ReleaseSysCache(row);
        Some(owner)
    }
}

/// Who owns the schema of a table; for one of the database's owner, that role.
fn owner_of_schema(table: pg_sys::Oid) -> Option<pg_sys::Oid> {
    // SAFETY: cached rows, or null; each is read before it is released.
    unsafe {
        let cache = pg_sys::SysCacheIdentifier::NAMESPACEOID as c_int;
        let schema = pg_sys::get_rel_namespace(table);
        let row = pg_sys::SearchSysCache1(cache, pg_sys::Datum::from(schema));
        if row.is_null() {
            return None;
        }
        let owner = (*pg_sys::heap_tuple_get_struct::<pg_sys::FormData_pg_namespace>(row)).nspowner;
        pg_sys::ReleaseSysCache(row);
        if owner != pg_sys::Oid::from(pg_sys::ROLE_PG_DATABASE_OWNER) {
            return Some(owner);
        }
        let cache = pg_sys::SysCacheIdentifier::DATABASEOID as c_int;
        let row = pg_sys::SearchSysCache1(cache, pg_sys::Datum::from(pg_sys::MyDatabaseId));
        if row.is_null() {
            return None;
        }
        let owner = (*pg_sys::heap_tuple_get_struct::<pg_sys::FormData_pg_database>(row)).datdba;
        pg_sys::ReleaseSysCache(row);
        Some(owner)
    }
}

fn current_user() -> pg_sys::Oid {
    // SAFETY: reads a variable of the backend.
    unsafe { pg_sys::GetUserId() }
}

/// As whom code that is not ours runs, for as long as it lives, with a search path of its own.
pub struct Confined {
    _user: ActingAs,
    level: c_int,
}

impl Confined {
    /// The current user, who cannot become another.
    pub fn oneself(path: &CStr) -> Self {
        Self::acting(ActingAs::restricted(current_user(), 0), path)
    }

    /// The owner of a table, whom no policy keeps from a row, to read the table in the name of the current user, who
    /// must have the owner's rights, as a superuser has. The table is to be [held](hold).
    pub fn reader_of(table: pg_sys::Oid, path: &CStr) -> Result<Self, Error> {
        let owner = owner_whose_rights_one_has(table)?;
        // Who owns the schema can rename it, and put another table where this one was found by its name.
        let renamer = owner_of_schema(table).ok_or(Error::Argument("target"))?;
        // SAFETY: looks roles up in the catalogs, inside of a transaction.
        if !unsafe { pg_sys::has_privs_of_role(renamer, owner) } {
            return Err(Error::SchemaOfAnother);
        }
        let flags = pg_sys::SECURITY_LOCAL_USERID_CHANGE | pg_sys::SECURITY_NOFORCE_RLS;
        Ok(Self::acting(ActingAs::restricted(owner, flags), path))
    }

    fn acting(user: ActingAs, path: &CStr) -> Self {
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
pub fn hold(table: pg_sys::Oid) -> Result<(), Error> {
    owner_whose_rights_one_has(table)?;
    // SAFETY: takes a lock in a transaction.
    unsafe { pg_sys::LockRelationOid(table, pg_sys::AccessShareLock as pg_sys::LOCKMODE) };
    Ok(())
}

fn owner_whose_rights_one_has(table: pg_sys::Oid) -> Result<pg_sys::Oid, Error> {
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
    let owner = owner_whose_rights_one_has(table)?;
    // SAFETY: looks a NUL-terminated name up, without an error for an unknown one.
    if expected.is_some_and(|name| owner != unsafe { pg_sys::get_role_oid(name.as_ptr(), true) }) {
        return Err(Error::AnotherOwner);
    }
    let shut = ShutCursors::all();
    let done = {
        let _owner = Confined::acting(ActingAs::user(owner), c"pg_catalog, pg_temp");
        let _spi = Connection::open();
        // SAFETY: connected to SPI; the statement is NUL-terminated, and errors are reported as such.
        unsafe { pg_sys::SPI_execute(statement.as_ptr(), false, 0) }
    };
    if done < 0 {
        return Err(Error::Argument("statement"));
    }
    // What is fetched from a cursor runs as the one who fetches.
    match shut.are_all() {
        true => Ok(()),
        false => Err(Error::CursorLeftOpen),
    }
}

/// An array of a table's rows.
#[derive(Clone, Copy)]
pub struct Rows {
    array: pg_sys::Datum,
    array_type: pg_sys::Oid,
}

impl Rows {
    /// # Safety
    /// `array` is a datum of this array type, which lives as long as anybody uses it.
    pub unsafe fn of(array: pg_sys::Datum, array_type: pg_sys::Oid) -> Self {
        Self { array, array_type }
    }

    /// Gives the memory back; nobody uses the rows any more.
    pub fn free(self) {
        // SAFETY: memory of the cursor's that `Cursor::fetch` has taken.
        unsafe { pg_sys::pfree(self.array.cast_mut_ptr()) };
    }

    /// A copy of the whole datum.
    pub fn image(self) -> Vec<u8> {
        // SAFETY: a plain varlena, see `of` and `Cursor::fetch`.
        unsafe {
            let array = self.array.cast_mut_ptr::<pg_sys::varlena>();
            std::slice::from_raw_parts(array.cast::<u8>(), varlena::varsize_any(array)).to_vec()
        }
    }
}

/// The first column of the first row of a query that changes nothing, as text in the database's encoding. `$1` in
/// it is the rows. To be called in a [`Confined`].
pub fn first_value(query: &CStr, mut rows: Rows) -> Option<Vec<u8>> {
    let _spi = Connection::open();
    // SAFETY: the query and its only parameter live as long as the call, and the result is read before
    // the connection that owns it ends.
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

/// A query that is read a few rows of a table at a time.
pub struct Cursor {
    portal: pg_sys::Portal,
    array_type: pg_sys::Oid,
    row_type: pg_sys::Oid,
    /// Where the rows that were fetched live.
    home: pg_sys::MemoryContext,
    _spi: Connection,
}

impl Cursor {
    /// Opens a query, which must be a single SELECT of one column with rows of this table. To be called in a
    /// [`Confined`].
    pub fn open(query: &CStr, table: pg_sys::Oid, array_type: pg_sys::Oid) -> Result<Self, Error> {
        // SAFETY: looks types up in the catalogs.
        let (row_type, of_table) = unsafe {
            (
                pg_sys::get_element_type(array_type),
                pg_sys::get_rel_type_id(table),
            )
        };
        if row_type == pg_sys::InvalidOid || row_type != of_table {
            return Err(Error::Argument("rows"));
        }
        // SAFETY: the query is NUL-terminated and has no parameters; errors are reported as such.
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
            // Nobody else fetches from it.
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

    /// The next rows, at most so many, and no more once they take so many bytes; and how many they are. To be
    /// called in a [`Confined`].
    pub fn fetch(&self, most: usize, bytes: usize) -> (Rows, usize) {
        let (mut count, mut size) = (0, 0);
        // SAFETY: the portal lives as long as the cursor; a row is a datum by reference, copied into the array
        // before the row is freed.
        unsafe {
            let (array_type, row_type) = (self.array_type, self.row_type);
            let mut building = pg_sys::initArrayResult(row_type, self.home, true);
            (*self.portal).status = pg_sys::PortalStatus::PORTAL_READY;
            while count < most && size < bytes {
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
            (Rows { array, array_type }, count)
        }
    }
}

/// Calls a function of ours with one `jsonb` argument, without a result.
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
