//! Work in a process of its own, for what must not happen in a process of the server: it reads what strangers send,
//! starts threads, waits for networks.
//!
//! The child is a fork without the server's shared memory: it detaches from that before anything else, and calls
//! nothing of Postgres afterwards. However it dies, by a signal, an abort or for lack of memory, no other process is
//! concerned. It dies with its parent, and by an alarm of its own when the time is over. Its parent goes on answering
//! signals and barriers.

use std::ffi::{c_int, c_long};
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::pg::workers::background;

/// The child of this process, to be killed with it; 0: none.
static CHILD: AtomicI32 = AtomicI32::new(0);
static KILLS_AT_EXIT: AtomicBool = AtomicBool::new(false);

extern "C" {
    // Not bound by pgrx. Postgres calls it in children that need no shared memory.
    fn PGSharedMemoryDetach();
}

#[pg_guard]
unsafe extern "C-unwind" fn kill_child_at_exit(_code: c_int, _arg: pg_sys::Datum) {
    kill_child();
}

fn kill_child() {
    let child = CHILD.swap(0, Relaxed);
    if child > 0 {
        // SAFETY: a child of this process that nobody has waited for, so that its number is still its own.
        unsafe {
            libc::kill(child, libc::SIGKILL);
            libc::waitpid(child, std::ptr::null_mut(), 0);
        }
    }
}

/// What `work` returns, executed in a process of its own; `None` if that has ended without a result, or did not end in
/// time, or if the result has more than `limit` bytes.
pub fn run(work: impl FnOnce() -> Vec<u8>, seconds: u32, limit: usize) -> Option<Vec<u8>> {
    if !KILLS_AT_EXIT.swap(true, Relaxed) {
        // SAFETY: the callback lives as long as the library, which Postgres never unloads.
        unsafe { pg_sys::on_proc_exit(Some(kill_child_at_exit), pg_sys::Datum::null()) };
    }
    let mut ends = [0 as c_int; 2];
    // SAFETY: a place for two file descriptors.
    if unsafe { libc::pipe(ends.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: the descriptors are new, and owned by these two alone.
    let (from_child, to_parent) = unsafe { (File::from_raw_fd(ends[0]), File::from_raw_fd(ends[1])) };
    // SAFETY: this process has one thread. The signals wait until the child has put its own handlers in place: those
    // of the parent would touch shared memory.
    let child = unsafe {
        let (mut all, mut former) = (std::mem::zeroed(), std::mem::zeroed());
        libc::sigfillset(&mut all);
        libc::sigprocmask(libc::SIG_SETMASK, &all, &mut former);
        let parent = libc::getpid();
        let child = libc::fork();
        if child == 0 {
            be_the_child(work, to_parent, parent, seconds);
        }
        libc::sigprocmask(libc::SIG_SETMASK, &former, std::ptr::null_mut());
        child
    };
    if child < 0 {
        return None;
    }
    CHILD.store(child, Relaxed);
    drop(to_parent);
    let result = read(from_child, Duration::from_secs(u64::from(seconds) + 1), limit);
    kill_child();
    result
}

fn read(mut from_child: File, time: Duration, limit: usize) -> Option<Vec<u8>> {
    let fd = from_child.as_raw_fd();
    // SAFETY: an open file.
    unsafe { libc::fcntl(fd, libc::F_SETFL, libc::O_NONBLOCK) };
    let (end, mut result, mut chunk) = (Instant::now() + time, Vec::new(), [0; 16 * 1024]);
    loop {
        let left = end.checked_duration_since(Instant::now())?;
        if !background::wait_for(left.as_millis() as c_long + 1, Some(fd)) {
            continue;
        }
        match from_child.read(&mut chunk) {
            Ok(0) => return (!result.is_empty()).then_some(result),
            Ok(read) => result.extend_from_slice(chunk.get(..read)?),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(_) => return None,
        }
        if result.len() > limit {
            return None;
        }
    }
}

/// # Safety
/// Called in a new child alone, with all signals blocked.
unsafe fn be_the_child(
    work: impl FnOnce() -> Vec<u8>,
    mut to_parent: File,
    parent: c_int,
    seconds: u32,
) -> ! {
    // SAFETY: calls of the operating system, and one of Postgres that takes shared memory away from this process;
    // nothing of Postgres is called afterwards. _exit runs no handler of the parent.
    unsafe {
        for signal in 1..32 {
            libc::signal(signal, libc::SIG_DFL);
        }
        libc::signal(libc::SIGPIPE, libc::SIG_IGN);
        #[cfg(target_os = "linux")]
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        if libc::getppid() != parent {
            libc::_exit(1);
        }
        libc::alarm(seconds + 1);
        let mut none = std::mem::zeroed();
        libc::sigemptyset(&mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &none, std::ptr::null_mut());
        PGSharedMemoryDetach();
        // Files and sockets of the server.
        let most = libc::sysconf(libc::_SC_OPEN_MAX).clamp(256, 4096) as c_int;
        for fd in (3..most).filter(|fd| *fd != to_parent.as_raw_fd()) {
            libc::close(fd);
        }
        let done = catch_unwind(AssertUnwindSafe(|| to_parent.write_all(&work()).is_ok()));
        libc::_exit(if matches!(done, Ok(true)) { 0 } else { 1 });
    }
}
