//! Lines in the server's log.

use std::ffi::CString;

use pgrx::pg_sys;

extern "C-unwind" {
    // pgrx's own reports cannot hide the statement.
    fn errstart(level: std::ffi::c_int, domain: *const std::ffi::c_char) -> bool;
    fn errmsg_internal(format: *const std::ffi::c_char, ...) -> std::ffi::c_int;
    fn errdetail_internal(format: *const std::ffi::c_char, ...) -> std::ffi::c_int;
    fn errhidestmt(hide: bool) -> std::ffi::c_int;
    fn errhidecontext(hide: bool) -> std::ffi::c_int;
    fn errfinish(file: *const std::ffi::c_char, line: std::ffi::c_int, function: *const std::ffi::c_char);
}

/// Writes a line of ASCII that clients never see, and a detail. The statement, which may hold a token, is not
/// logged with it.
pub fn write(line: &str, detail: Option<&str>) {
    let Ok(line) = CString::new(line) else { return };
    let Ok(detail) = detail.map(CString::new).transpose() else {
        return;
    };
    let report = || {
        // SAFETY: the calls that make a report, in their order, with NUL-terminated strings. Nothing
        // in here has a destructor, so that an interrupt may leave it.
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
    // SAFETY: `report` neither panics nor owns anything. A report looks for interrupts when it is done:
    // a cancelled statement must become a panic here, and not jump over the frames of our callers.
    unsafe { pg_sys::ffi::pg_guard_ffi_boundary(report) };
}
