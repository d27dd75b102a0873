//! A memory reserve, so that running out of memory ends one call and not the server.
//!
//! Rust aborts the process when an allocation fails, and PostgreSQL then restarts every session. An allocator
//! must not unwind, so it cannot raise an ERROR either. Therefore each process holds a reserve:
//!
//! - When an allocation in Rust fails, the reserve is released and the call continues. The memory that a call
//!   needs for claims and tokens is bounded far below the size of the reserve.
//! - When PostgreSQL runs out of memory within a call of this library, the reserve is released too: pgrx
//!   allocates a copy of the error, and a failure there would end in a PANIC.
//! - The next call fills the reserve again before it does anything else. If that fails, it raises ERROR
//!   53200.
//!
//! If the released reserve is not enough, the session alone ends with FATAL 53200. This takes an argument of
//! several megabytes, such as a key set for `jwt_verify()`, which is parsed before its size is checked.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::{c_char, c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering::Relaxed};

use pgrx::pg_sys;
use pgrx::{PgLogLevel, PgSqlErrorCode};

/// Nothing writes to the reserve, so it takes address space but no pages. The most expensive claims (64 kB
/// with 7,750 names) take 0.9 MB while they are read; 8,192 permissions take 0.7 MB, and the same again as an
/// array.
const RESERVE: Layout = match Layout::from_size_align(3 << 20, 16) {
    Ok(layout) => layout,
    Err(_) => Layout::new::<u8>(),
};

static HELD: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());

/// The allocator is ending the session, so state of this library may be half-changed.
static ENDING: AtomicBool = AtomicBool::new(false);

/// The system allocator, with the reserve.
struct ReservingAllocator;

// Cargo's unit tests run without a PostgreSQL server that could end the session.
#[cfg_attr(not(test), global_allocator)]
#[cfg_attr(test, expect(dead_code))]
static ALLOCATOR: ReservingAllocator = ReservingAllocator;

// SAFETY: all memory comes from the system allocator. A failed allocation is retried once, and if it fails
// again the call does not return.
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
        // SAFETY: promised by the caller; a failed realloc leaves the old block unchanged, so it can be
        // retried.
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

/// Returns the reserve to malloc, for the current call or for the report of its error.
fn release() {
    let reserve = HELD.swap(ptr::null_mut(), Relaxed);
    if !reserve.is_null() {
        // SAFETY: `fill` allocated the block with this layout.
        unsafe { System.dealloc(reserve, RESERVE) };
    }
}

fn fill() -> bool {
    // SAFETY: the layout has a nonzero size.
    let reserve = unsafe { System.alloc(RESERVE) };
    HELD.store(reserve, Relaxed);
    !reserve.is_null()
}

/// Called once, when the library is loaded.
pub fn allocate_reserve() {
    // If this fails, the first call raises the error.
    fill();
}

/// Calls `work` with the reserve filled. Raises an ERROR if the reserve was used and cannot be filled again.
///
/// # Safety
/// No Rust frame between PostgreSQL and `work` owns anything to drop, because an error jumps over all of
/// them.
// Not inlined, so that a call whose answer is kept pays nothing.
#[cold]
#[inline(never)]
pub unsafe fn with_reserve<R>(work: impl FnOnce() -> R) -> R {
    if HELD.load(Relaxed).is_null() && !fill() {
        // SAFETY: promised by the caller.
        unsafe { report(PgLogLevel::ERROR) };
    }
    // SAFETY: PostgreSQL resets error_context_stack when an error leaves this frame.
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

/// Called for each error that is raised within `with_reserve`, before PostgreSQL jumps.
unsafe extern "C-unwind" fn at_error(_arg: *mut c_void) {
    // SAFETY: PostgreSQL calls this while it reports an error, as geterrcode requires.
    if unsafe { geterrcode() } == PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY as c_int {
        release();
    }
}

/// Whether the allocator is ending the session. PostgreSQL's callbacks must then do nothing.
pub fn session_is_ending() -> bool {
    ENDING.load(Relaxed)
}

extern "C-unwind" {
    // Declared here because pgrx turns errors into panics and allocates memory for them.
    fn geterrcode() -> c_int;
    fn errstart(level: c_int, domain: *const c_char) -> bool;
    fn errcode(sqlstate: c_int) -> c_int;
    fn errmsg(format: *const c_char, ...) -> c_int;
    fn errdetail(format: *const c_char, ...) -> c_int;
    fn errfinish(file: *const c_char, line: c_int, function: *const c_char);
}

/// # Safety
/// If the level is ERROR, as for `with_reserve`.
#[cold]
#[inline(never)]
unsafe fn report(level: PgLogLevel) {
    // SAFETY: the same calls as in the macro ereport, with NUL-terminated strings without percent signs.
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
    // The report itself may lack memory; then only abort remains.
    if !ENDING.swap(true, Relaxed) {
        // SAFETY: FATAL leaves through exit() and not by a jump, so no frame is skipped.
        unsafe { report(PgLogLevel::FATAL) };
    }
    std::process::abort()
}
