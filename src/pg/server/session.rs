//! The session: its database role and its application name.

use std::ffi::CStr;

use pgrx::pg_sys;

/// The name of the current role, in the database encoding.
pub fn current_role_name() -> Vec<u8> {
    // SAFETY: the current role exists during the statement. With noerr = false, the function returns a
    // NUL-terminated string or raises an error.
    unsafe {
        let name = pg_sys::GetUserNameFromId(pg_sys::GetUserId(), false);
        CStr::from_ptr(name).to_bytes().to_vec()
    }
}

/// Whether Row Level Security does not apply to the current role, because it is a superuser or has BYPASSRLS.
pub fn bypasses_rls() -> bool {
    // SAFETY: called inside a transaction, as catalog look-ups require.
    unsafe { pg_sys::has_bypassrls_privilege(pg_sys::GetUserId()) }
}

/// Whether a superuser's session controls the running code: the session user is a superuser, whatever the
/// current role is, and no SECURITY DEFINER function or restricted operation is active.
pub fn is_superuser_session() -> bool {
    // SAFETY: reads variables of the backend, and looks up a role inside a transaction.
    unsafe {
        pg_sys::superuser_arg(pg_sys::GetSessionUserId())
            && !pg_sys::InLocalUserIdChange()
            && !pg_sys::InSecurityRestrictedOperation()
    }
}

/// The OID of this database.
pub fn database() -> u32 {
    // SAFETY: reads a variable of the backend.
    unsafe { pg_sys::MyDatabaseId }.to_u32()
}

/// Executes SET LOCAL ROLE, and raises its errors.
pub fn set_role(role: &CStr) {
    crate::pg::settings::guc::set_local(c"role", role);
}

/// The number of bytes to which PostgreSQL truncates `application_name`.
pub const MAX_APPLICATION_NAME_BYTES: usize = pg_sys::NAMEDATALEN as usize - 1;

/// The session's `application_name`.
pub fn application_name() -> String {
    // SAFETY: PostgreSQL always keeps a NUL-terminated string in this variable.
    let name = unsafe { CStr::from_ptr(pg_sys::application_name) };
    name.to_string_lossy().into_owned()
}
