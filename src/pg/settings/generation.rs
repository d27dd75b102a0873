//! The count of changes: of the claims, of how they are read, of the verified identity.
//!
//! "Has anything changed since the last row?" is the comparison of two integers. Where a setting of the
//! request belongs to another extension there is no hook that counts; then the count tells nothing
//! before `request_settings::poll` was called.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Rises with every change; 0 is never reached.
static GENERATION: AtomicU64 = AtomicU64::new(1);
/// The same, or `UNSETTLED`.
static SETTLED: AtomicU64 = AtomicU64::new(1);

const UNSETTLED: u64 = u64::MAX;

/// Two equal generations: nothing has changed in between. While `must_poll`, as of the last poll.
#[inline(always)]
pub fn generation() -> u64 {
    GENERATION.load(Relaxed)
}

/// The generation, if it is certain without asking anybody; else one that nothing ever had.
#[inline(always)]
pub fn settled_generation() -> u64 {
    SETTLED.load(Relaxed)
}

/// Some setting of the request belongs to another extension, and must be looked at on every call.
#[inline(always)]
pub fn must_poll() -> bool {
    settled_generation() == UNSETTLED
}

/// From now on, the count is not certain.
pub fn unsettle() {
    SETTLED.store(UNSETTLED, Relaxed);
}

/// Something that an answer depends on has changed.
pub fn changed() {
    // A load and a store, not an atomic addition: a backend has one thread.
    let next = generation() + 1;
    GENERATION.store(next, Relaxed);
    if !must_poll() {
        SETTLED.store(next, Relaxed);
    }
}
