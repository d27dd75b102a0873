//! Random bytes of the operating system.

use std::ffi::c_void;

use pgrx::pg_sys;

/// Fills the bytes; whether there was randomness.
pub fn fill(bytes: &mut [u8]) -> bool {
    // SAFETY: as many writable bytes as the length says.
    unsafe { pg_sys::pg_strong_random(bytes.as_mut_ptr().cast::<c_void>(), bytes.len()) }
}
