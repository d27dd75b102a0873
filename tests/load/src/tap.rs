//! Results as lines of TAP.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::Result;

static NUMBER: AtomicUsize = AtomicUsize::new(1);

/// The test has passed if there is no problem. If there is one, the program ends.
pub fn report(name: &str, problem: &str) -> Result<()> {
    let number = NUMBER.fetch_add(1, Relaxed);
    if problem.is_empty() {
        println!("ok {number} - {name}");
        return Ok(());
    }
    println!("not ok {number} - {name}\n{problem}");
    Err(format!("not ok: {name}").into())
}
