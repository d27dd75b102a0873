//! Readings of a backend's memory while it serves requests.

use crate::backend_process::BackendProcess;
use crate::error::Result;
use crate::report::{target_text, verdict_text, Table, Target};

/// Growth in KiB, from the first reading to the last, that still counts as none. malloc and the caches
/// settle within it; a leak of one byte a request exceeds it.
const MAX_GROWTH: f64 = 512.0;

pub fn table(title: &str, unit: &'static str) -> Table {
    Table::new(
        title,
        &[
            unit,
            "private memory, KiB",
            "growth since the first reading",
            "target",
            "verdict",
        ],
    )
}

/// Sends `messages` messages, and reads the backend's memory after a hundredth, a tenth and all of them.
pub fn measure_memory(
    table: &mut Table,
    process: BackendProcess,
    messages: u32,
    requests_in_a_message: u32,
    mut send: impl FnMut(u32) -> Result<()>,
) -> Result<()> {
    let readings = [messages.div_ceil(100), messages.div_ceil(10), messages];
    let mut sent = 0;
    let mut first_reading = None;
    for (position, reading) in readings.into_iter().enumerate() {
        while sent < reading {
            send(sent)?;
            sent += 1;
        }
        let memory = process.private_memory()? as f64;
        let growth = memory - *first_reading.get_or_insert(memory);
        let target = (position > 0).then_some(Target::AtMost(MAX_GROWTH));
        table.row(vec![
            (u64::from(sent) * u64::from(requests_in_a_message)).to_string(),
            format!("{memory}"),
            format!("{growth}"),
            target_text(target),
            verdict_text(target, growth),
        ]);
    }
    Ok(())
}
