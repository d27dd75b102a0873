//! The database role that is asking, and becoming another one.

use std::ffi::CStr;

use pgrx::pg_sys;

/// The name of the current role, in the database's encoding.
pub fn current_role_name() -> Vec<u8> {
    // SAFETY: the current role exists for the duration of the statement, and with noerr = false the
    // result is a NUL-terminated string, or an error was raised.
    unsafe {
        let name = pg_sys::GetUserNameFromId(pg_sys::GetUserId(), false);
        CStr::from_ptr(name).to_bytes().to_vec()
    }
}

/// Row Level Security does not apply to the current role at all: superuser or BYPASSRLS.
pub fn bypasses_rls() -> bool {
    // SAFETY: looks the current role up in the catalog, inside a transaction as any function call is.
    unsafe { pg_sys::has_bypassrls_privilege(pg_sys::GetUserId()) }
}

/// Whether what runs now was chosen by a superuser's session: its own user is a superuser, whatever role it
/// has taken on, and no function with rights of its own stands in between.
pub fn is_superuser_session() -> bool {
    // SAFETY: reads variables of the backend and looks a role up, inside a transaction.
    unsafe {
        pg_sys::superuser_arg(pg_sys::GetSessionUserId())
            && !pg_sys::InLocalUserIdChange()
            && !pg_sys::InSecurityRestrictedOperation()
    }
}

/// SET LOCAL ROLE, with its errors.
pub fn set_role(role: &CStr) {
    crate::pg::settings::guc::set_local(c"role", role);
}

/// How many bytes PostgreSQL keeps of a session's `application_name`.
pub const MAX_APPLICATION_NAME_BYTES: usize = pg_sys::NAMEDATALEN as usize - 1;

/// The session's `application_name`.
pub fn application_name() -> String {
    // SAFETY: the variable of a setting that always has a value.
    let name = unsafe { CStr::from_ptr(pg_sys::application_name) };
    name.to_string_lossy().into_owned()
}
