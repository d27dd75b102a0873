//! The memory of the server's processes that no other process shares.

use std::collections::BTreeMap;

use super::reader;
use crate::database;
use crate::Result;

/// Kilobytes, by process ID.
pub type Memory = BTreeMap<i32, u64>;

/// Growth in kilobytes that is no leak: caches fill.
const MAX_GROWTH: u64 = 1024;

/// The memory of the readers' backends and of the keys' worker.
pub fn measure() -> Result<Memory> {
    let rows = database::connect_as_superuser()?.query(
        "SELECT pid FROM pg_stat_activity
        WHERE application_name = $1 OR backend_type = 'clerk_rls keys' AND datname IS NULL",
        &[&reader::NAME],
    )?;
    let mut memory = Memory::new();
    for row in rows {
        let process: i32 = row.get(0);
        let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let kilobytes = line
            .and_then(|line| line.split_whitespace().next())
            .ok_or("no RssAnon")?;
        memory.insert(process, kilobytes.parse()?);
    }
    Ok(memory)
}

/// What has grown by more than a tenth and a megabyte, a line each.
pub fn growth(before: &Memory, after: &Memory) -> String {
    let grown = before.iter().filter_map(|(process, before)| {
        let after = after.get(process)?;
        (*after > before + before / 10 + MAX_GROWTH)
            .then(|| format!("process {process}: {before} kB, then {after} kB"))
    });
    grown.collect::<Vec<_>>().join("\n")
}
