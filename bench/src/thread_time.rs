//! CPU time of this thread, for measurements without a server.

use std::fs;
use std::thread;
use std::time::Duration;

use crate::error::Result;

/// The CPU time that this thread spends on `work`.
pub fn cpu_time<T>(work: impl FnOnce() -> Result<T>) -> Result<(Duration, T)> {
    let before = so_far()?;
    let result = work()?;
    Ok((so_far()? - before, result))
}

/// Sleeps first: the kernel updates the counter of a thread that goes to sleep at once, and that of a running
/// thread only at its next tick.
fn so_far() -> Result<Duration> {
    thread::sleep(Duration::from_micros(1));
    let schedstat = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = schedstat
        .split_ascii_whitespace()
        .next()
        .ok_or("empty schedstat")?
        .parse()?;
    Ok(Duration::from_nanos(nanoseconds))
}
