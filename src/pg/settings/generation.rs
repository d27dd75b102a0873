//! The generation: a counter of changes to the claims, to the rules for reading them, and to the verified
//! identity.
//!
//! To find out whether anything has changed since the last row, a reader compares two integers. If another
//! extension owns a setting of the request, no hook increments the counter; then the counter is current only
//! after `request_settings::poll`.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Incremented with each change; never 0.
static GENERATION: AtomicU64 = AtomicU64::new(1);
/// The same number, or `POLLING`.
static UNPOLLED: AtomicU64 = AtomicU64::new(1);

const POLLING: u64 = u64::MAX;

/// The generation. Two equal generations mean that nothing has changed in between. If [`needs_polling`], it
/// is current only after a poll.
#[inline(always)]
pub fn generation() -> u64 {
    GENERATION.load(Relaxed)
}

/// The generation if it is current without polling, else a number that no generation has.
#[inline(always)]
pub fn unpolled_generation() -> u64 {
    UNPOLLED.load(Relaxed)
}

/// Whether another extension owns a setting of the request, so that its value must be compared on every call.
#[inline(always)]
pub fn needs_polling() -> bool {
    unpolled_generation() == POLLING
}

/// From now on, the generation is current only after a poll.
pub fn require_polling() {
    UNPOLLED.store(POLLING, Relaxed);
}

/// Counts a change of something that answers depend on.
pub fn changed() {
    // A load and a store are enough, because a backend has one thread.
    let next = generation() + 1;
    GENERATION.store(next, Relaxed);
    if !needs_polling() {
        UNPOLLED.store(next, Relaxed);
    }
}
