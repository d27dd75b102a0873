//! What happens when there is no more memory.
//!
//! Rust ends the process when an allocation fails, and a backend that aborts takes every session of the server
//! with it. An allocator must not unwind either, so it cannot raise an ERROR. Instead each process holds a reserve:
//!
//! - When an allocation of Rust fails, the reserve is released and the call goes on. What a call allocates for
//!   claims and tokens is bounded far below the reserve.
//! - When Postgres is out of memory within one of our calls, the reserve is released too: pgrx allocates a copy of
//!   that error, and a failure there would end in a PANIC.
//! - The next call fills the reserve again before it does anything. Where that fails, it raises ERROR 53200.
//!
//! If the released reserve is not enough, the session ends with FATAL 53200, alone. It takes an argument of
//! megabytes to get there, such as a set of keys for `jwt_verify()`, which is parsed before it is measured.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::{c_char, c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering::Relaxed};

use pgrx::pg_sys;
use pgrx::{PgLogLevel, PgSqlErrorCode};

/// Nothing writes to it, so it takes addresses and no pages. The claims that take most, 64 kB with 7,750 names,
/// take 0.9 MB while they are read; 8,192 permissions take 0.7 MB, and as much again as an array.
const RESERVE: Layout = match Layout::from_size_align(3 << 20, 16) {
    Ok(layout) => layout,
    Err(_) => Layout::new::<u8>(),
};

static HELD: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());

/// The session is being ended from within the allocator, so our own state may be half-way through a change.
static ENDING: AtomicBool = AtomicBool::new(false);

/// The system's allocator, with a reserve.
struct ReservingAllocator;

// The unit tests of cargo run without a Postgres that could end the session.
#[cfg_attr(not(test), global_allocator)]
#[cfg_attr(test, expect(dead_code))]
static ALLOCATOR: ReservingAllocator = ReservingAllocator;

// SAFETY: everything is the system allocator's work; what fails is tried a second time, or does not return.
unsafe impl GlobalAlloc for ReservingAllocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: promised by the caller.
        or_retry_with_reserve(|| unsafe { System.alloc(layout) })
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: promised by the caller.
        or_retry_with_reserve(|| unsafe { System.alloc_zeroed(layout) })
    }

    #[inline]
    unsafe fn realloc(&self, start: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: promised by the caller; where it fails, the old block stays as it was.
        or_retry_with_reserve(|| unsafe { System.realloc(start, layout, size) })
    }

    #[inline]
    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        // SAFETY: promised by the caller.
        unsafe { System.dealloc(start, layout) }
    }
}

#[inline(always)]
fn or_retry_with_reserve(allocate: impl Fn() -> *mut u8) -> *mut u8 {
    let start = allocate();
    if start.is_null() {
        return retry_with_reserve(&allocate);
    }
    start
}

#[cold]
#[inline(never)]
fn retry_with_reserve(allocate: &dyn Fn() -> *mut u8) -> *mut u8 {
    release();
    let start = allocate();
    if start.is_null() {
        end_session();
    }
    start
}

/// Gives the reserve back to malloc, for the call in hand or for the report of its error.
fn release() {
    let reserve = HELD.swap(ptr::null_mut(), Relaxed);
    if !reserve.is_null() {
        // SAFETY: `fill` has allocated it with this layout.
        unsafe { System.dealloc(reserve, RESERVE) };
    }
}

fn fill() -> bool {
    // SAFETY: the layout has a size.
    let reserve = unsafe { System.alloc(RESERVE) };
    HELD.store(reserve, Relaxed);
    !reserve.is_null()
}

/// Called once, when the library is loaded.
pub fn allocate_reserve() {
    // A process that cannot have it gets the error at its first call.
    fill();
}

/// Calls `work` with the reserve at hand. An ERROR if the reserve was used and cannot be filled again.
///
/// # Safety
/// No frame of Rust between Postgres and `work` has anything to drop, for an error jumps over them all.
// Out of line, so that a row whose answer is ready pays nothing for it.
#[cold]
#[inline(never)]
pub unsafe fn with_reserve<R>(work: impl FnOnce() -> R) -> R {
    if HELD.load(Relaxed).is_null() && !fill() {
        // SAFETY: promised by the caller.
        unsafe { report(PgLogLevel::ERROR) };
    }
    // SAFETY: Postgres takes the callback off the stack where an error leaves this frame.
    unsafe {
        let mut callback = pg_sys::ErrorContextCallback {
            previous: pg_sys::error_context_stack,
            callback: Some(at_error),
            arg: ptr::null_mut(),
        };
        pg_sys::error_context_stack = &mut callback;
        let result = work();
        pg_sys::error_context_stack = callback.previous;
        result
    }
}

/// Called for each error that is raised within `with_reserve`, before it jumps.
unsafe extern "C-unwind" fn at_error(_arg: *mut c_void) {
    // SAFETY: called by Postgres while it reports an error.
    if unsafe { geterrcode() } == PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY as c_int {
        release();
    }
}

/// Whether the session is being ended from within the allocator. A callback of Postgres must do nothing then.
pub fn session_is_ending() -> bool {
    ENDING.load(Relaxed)
}

extern "C-unwind" {
    // Not by way of pgrx, which turns errors into panics and allocates for them.
    fn geterrcode() -> c_int;
    fn errstart(level: c_int, domain: *const c_char) -> bool;
    fn errcode(sqlstate: c_int) -> c_int;
    fn errmsg(format: *const c_char, ...) -> c_int;
    fn errdetail(format: *const c_char, ...) -> c_int;
    fn errfinish(file: *const c_char, line: c_int, function: *const c_char);
}

/// # Safety
/// Where the level is ERROR, as for `with_reserve`.
#[cold]
#[inline(never)]
unsafe fn report(level: PgLogLevel) {
    // SAFETY: as Postgres's own macro does it, with strings that end with NUL and have no percent sign.
    unsafe {
        if errstart(level as c_int, ptr::null()) {
            errcode(PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY as c_int);
            errmsg(c"out of memory".as_ptr());
            errdetail(c"Failed in a function of clerk_rls.".as_ptr());
            errfinish(c"memory.rs".as_ptr(), 0, c"clerk_rls".as_ptr());
        }
    }
}

fn end_session() -> ! {
    // The report may lack memory itself. Then there is no way out but this.
    if !ENDING.swap(true, Relaxed) {
        // SAFETY: FATAL leaves by exit() and not by a jump, so that no frame is unwound.
        unsafe { report(PgLogLevel::FATAL) };
    }
    std::process::abort()
}
