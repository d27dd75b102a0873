//! Lines in the server log.

use std::ffi::CString;

use pgrx::pg_sys;

extern "C-unwind" {
    // Declared here because pgrx's reports cannot hide the statement.
    fn errstart(level: std::ffi::c_int, domain: *const std::ffi::c_char) -> bool;
    fn errmsg_internal(format: *const std::ffi::c_char, ...) -> std::ffi::c_int;
    fn errdetail_internal(format: *const std::ffi::c_char, ...) -> std::ffi::c_int;
    fn errhidestmt(hide: bool) -> std::ffi::c_int;
    fn errhidecontext(hide: bool) -> std::ffi::c_int;
    fn errfinish(file: *const std::ffi::c_char, line: std::ffi::c_int, function: *const std::ffi::c_char);
}

/// Writes an ASCII line and an optional detail, neither of which clients can see. The statement, which may
/// contain a token, is not logged with them.
pub fn write(line: &str, detail: Option<&str>) {
    let Ok(line) = CString::new(line) else { return };
    let Ok(detail) = detail.map(CString::new).transpose() else {
        return;
    };
    let report = || {
        // SAFETY: the calls that make up a report, in the required order, with NUL-terminated strings.
        // Nothing in this closure has a destructor, so an interrupt may leave it.
        unsafe {
            if errstart(pg_sys::LOG_SERVER_ONLY as _, std::ptr::null()) {
                errmsg_internal(c"%s".as_ptr(), line.as_ptr());
                if let Some(detail) = &detail {
                    errdetail_internal(c"%s".as_ptr(), detail.as_ptr());
                }
                errhidestmt(true);
                errhidecontext(true);
                errfinish(c"server_log.rs".as_ptr(), 0, c"clerk_rls".as_ptr());
            }
        }
    };
    // SAFETY: `report` neither panics nor owns anything. A report checks for interrupts when it is finished;
    // the guard turns a cancel request into a panic, so that it does not jump over frames of the callers.
    unsafe { pg_sys::ffi::pg_guard_ffi_boundary(report) };
}
