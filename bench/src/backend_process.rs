//! CPU time and memory of a server process, as Linux reports them.
//!
//! CPU time excludes the time in which other processes ran, unlike elapsed time. `schedstat` has it in
//! nanoseconds; `/proc/PID/stat` has ticks of 10 ms.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use crate::error::Result;

#[derive(Clone, Copy)]
pub struct BackendProcess {
    pid: i32,
}

impl BackendProcess {
    /// An error if the process is no server process of this machine, because the server runs elsewhere or in
    /// another PID namespace.
    pub fn local(pid: i32) -> Result<Self> {
        let command = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        if !command.starts_with("postgres") {
            return Err(format!("process {pid} is not a PostgreSQL backend of this machine: the server must run on the same machine").into());
        }
        Ok(Self { pid })
    }

    /// The CPU time so far. Waits until the process sleeps, because the kernel updates the counter of a
    /// running process only at its next tick.
    pub fn cpu_time(self) -> Result<Duration> {
        let deadline = Instant::now() + Duration::from_secs(2);
        while !self.sleeps()? {
            if Instant::now() > deadline {
                return Err(format!("backend {} does not become idle", self.pid).into());
            }
            thread::sleep(Duration::from_micros(20));
        }
        let schedstat = fs::read_to_string(format!("/proc/{}/schedstat", self.pid))?;
        let nanoseconds = schedstat
            .split_ascii_whitespace()
            .next()
            .ok_or("empty schedstat")?
            .parse()?;
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// Private memory in KiB. It excludes shared buffers, whose share grows with every page that the backend
    /// touches and shows no leak.
    pub fn private_memory(self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"))
            .ok_or("no RssAnon in /proc/PID/status")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    fn sleeps(self) -> Result<bool> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid))?;
        // The state follows the name of the command, which may contain spaces.
        let (_, fields) = stat.rsplit_once(") ").ok_or("unreadable /proc/PID/stat")?;
        Ok(fields.starts_with('S'))
    }
}
