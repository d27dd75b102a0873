//! Acting with the rights of another user, and whose a table and its schema are.

use std::ffi::c_int;

use pgrx::pg_sys;

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

    pub fn restricted(user: pg_sys::Oid, flags: u32) -> Self {
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

pub fn owner_of(table: pg_sys::Oid) -> Option<pg_sys::Oid> {
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
pub fn owner_of_schema(table: pg_sys::Oid) -> Option<pg_sys::Oid> {
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

pub fn current_user() -> pg_sys::Oid {
    // SAFETY: reads a variable of the backend.
    unsafe { pg_sys::GetUserId() }
}
