//! CPU time of this thread, for what is measured without a server.

use std::fs;
use std::thread;
use std::time::Duration;

use crate::Result;

/// CPU time that this thread spent on `work`.
pub fn cpu_time<T>(work: impl FnOnce() -> Result<T>) -> Result<(Duration, T)> {
    let before = so_far()?;
    let result = work()?;
    Ok((so_far()? - before, result))
}

/// Sleeps first: the kernel brings the counter of a running thread up to date only at its next tick,
/// and that of one that goes to sleep at once.
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
