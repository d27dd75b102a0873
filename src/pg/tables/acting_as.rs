//! Acting with the rights of another role, and the owners of tables and schemas.

use std::ffi::c_int;

use pgrx::pg_sys;

/// The rights of another role, in a security-restricted operation, until it is dropped. Changes of settings
/// are not undone; only code of this library runs in it.
pub struct ActingAs {
    user: pg_sys::Oid,
    context: c_int,
}

impl ActingAs {
    /// Acts as a role.
    pub fn user(user: pg_sys::Oid) -> Self {
        Self::restricted(user, pg_sys::SECURITY_LOCAL_USERID_CHANGE)
    }

    /// Acts as the owner of a table; `None` if the table does not exist.
    pub fn owner_of(table: pg_sys::Oid) -> Option<Self> {
        owner_of(table).map(Self::user)
    }

    pub fn restricted(user: pg_sys::Oid, flags: u32) -> Self {
        let (mut former_user, mut context) = (pg_sys::InvalidOid, 0);
        let flags = (flags | pg_sys::SECURITY_RESTRICTED_OPERATION) as c_int;
        // SAFETY: drop restores the former user and context, and PostgreSQL does after an error.
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
        // SAFETY: the user and the context were in force before.
        unsafe { pg_sys::SetUserIdAndSecContext(self.user, self.context) };
    }
}

pub fn owner_of(table: pg_sys::Oid) -> Option<pg_sys::Oid> {
    // SAFETY: the row is null or a cached row of pg_class, and is read before it is released.
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

/// The owner of a table's schema. If that is pg_database_owner, the owner of the database.
pub fn owner_of_schema(table: pg_sys::Oid) -> Option<pg_sys::Oid> {
    // SAFETY: each row is null or a cached row of its catalog, and is read before it is released.
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
