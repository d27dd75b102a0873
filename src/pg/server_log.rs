//! Lines in the server's log.

use std::ffi::CString;

use pgrx::pg_sys;

extern "C-unwind" {
    // pgrx keeps these two to its own reports, which cannot hide the statement.
    fn errstart(level: std::ffi::c_int, domain: *const std::ffi::c_char) -> bool;
    fn errfinish(file: *const std::ffi::c_char, line: std::ffi::c_int, function: *const std::ffi::c_char);
}

/// Writes a line that clients never see. The statement, which may hold a token, is not logged with it.
pub fn write(line: &str) {
    let Ok(line) = CString::new(super::encoding::from_utf8(line).unwrap_or_default().into_owned()) else {
        return;
    };
    // SAFETY: the calls that make a report, in their order, with NUL-terminated strings; a report at
    // this level returns.
    unsafe {
        if errstart(pg_sys::LOG_SERVER_ONLY as _, std::ptr::null()) {
            pg_sys::errmsg_internal(c"%s".as_ptr(), line.as_ptr());
            pg_sys::errhidestmt(true);
            pg_sys::errhidecontext(true);
            errfinish(c"server_log.rs".as_ptr(), 0, c"clerk_rls".as_ptr());
        }
    }
}
