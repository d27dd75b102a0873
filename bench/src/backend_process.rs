//! What Linux says about one server process: its CPU time and its memory.
//!
//! CPU time instead of elapsed time, because the machine is shared: time during
//! which others ran does not count. `schedstat` has nanoseconds where
//! `/proc/PID/stat` has ticks of 10 ms.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;

#[derive(Clone, Copy)]
pub struct BackendProcess {
    pid: i32,
}

impl BackendProcess {
    /// Refuses a process that is not a server process of this machine, as
    /// happens when the server is elsewhere or in another PID namespace.
    pub fn local(pid: i32) -> Result<Self> {
        let command = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        if !command.starts_with("postgres") {
            return Err(format!("process {pid} is not a PostgreSQL backend here: the benchmark needs a server on the same machine").into());
        }
        Ok(Self { pid })
    }

    /// CPU time so far. Waits until the process sleeps: the kernel brings the
    /// counter of a running process up to date only at its next tick.
    pub fn cpu_time(self) -> Result<Duration> {
        let deadline = Instant::now() + Duration::from_secs(2);
        while !self.sleeps()? {
            if Instant::now() > deadline {
                return Err(format!("backend {} does not come to rest", self.pid).into());
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

    /// Private memory in KiB. Shared buffers are left out: a backend's share of
    /// them grows with the pages it has touched and says nothing about a leak.
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
        // The state follows the command's name, which may itself hold blanks.
        let (_, fields) = stat.rsplit_once(") ").ok_or("unreadable /proc/PID/stat")?;
        Ok(fields.starts_with('S'))
    }
}
