//! The count of changes: of the claims, of how they are read, of the verified identity.
//!
//! "Has anything changed since the last row?" is the comparison of two integers. Where a setting of the
//! request belongs to another extension there is no hook that counts; then the count tells nothing
//! before `request_settings::poll` was called.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Rises with every change; 0 is never reached.
static GENERATION: AtomicU64 = AtomicU64::new(1);
/// The same, or `POLLING`.
static UNPOLLED: AtomicU64 = AtomicU64::new(1);

const POLLING: u64 = u64::MAX;

/// Two equal generations: nothing has changed in between. While `needs_polling`, as of the last poll.
#[inline(always)]
pub fn generation() -> u64 {
    GENERATION.load(Relaxed)
}

/// The generation, if it is certain without asking anybody; else one that nothing ever had.
#[inline(always)]
pub fn unpolled_generation() -> u64 {
    UNPOLLED.load(Relaxed)
}

/// Some setting of the request belongs to another extension, and must be looked at on every call.
#[inline(always)]
pub fn needs_polling() -> bool {
    unpolled_generation() == POLLING
}

/// From now on, the count is not certain.
pub fn require_polling() {
    UNPOLLED.store(POLLING, Relaxed);
}

/// Something that an answer depends on has changed.
pub fn changed() {
    // A load and a store, not an atomic addition: a backend has one thread.
    let next = generation() + 1;
    GENERATION.store(next, Relaxed);
    if !needs_polling() {
        UNPOLLED.store(next, Relaxed);
    }
}
