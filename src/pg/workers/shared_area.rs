//! What the processes of the server tell the keys' worker, and what the worker and its visitors tell each other.
//!
//! The area is of a fixed size, in shared memory, and holds plain bytes: no pointers of a process. It exists only
//! where the library is in `shared_preload_libraries`; without it every function here does nothing.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use clerk_rls_core::jwks::Cooldown;
use clerk_rls_core::limits::{MAX_ISSUER_BYTES, MAX_JWKS_BYTES};
use pgrx::prelude::*;
use pgrx::{pg_sys, PGRXSharedMemory, PgLwLock, PgSharedMemoryInitialization};

/// How many databases can wait for a visit by name. With more, every database is visited.
const MAX_WAITING: usize = 64;
/// How many issuers can be in their cooldown at the same time. An unknown kid of a further one causes no fetch.
const MAX_REQUESTS: usize = 128;
/// A set of keys as a JSON string, in which a quote takes two bytes, and what is said about it.
const MAX_MESSAGE_BYTES: usize = 2 * MAX_JWKS_BYTES + 32 * 1024;

/// Bytes of a bounded length.
#[derive(Clone, Copy)]
struct Bytes<const N: usize> {
    length: usize,
    bytes: [u8; N],
}

impl<const N: usize> Bytes<N> {
    const EMPTY: Self = Self {
        length: 0,
        bytes: [0; N],
    };

    fn get(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// Whether there was room.
    fn set(&mut self, content: &[u8]) -> bool {
        match self.bytes.get_mut(..content.len()) {
            Some(place) => {
                place.copy_from_slice(content);
                self.length = content.len();
                true
            }
            None => {
                self.length = 0;
                false
            }
        }
    }
}

/// An issuer of which a backend has met an unknown key.
#[derive(Clone, Copy)]
struct Request {
    /// 0: the place is free.
    database: u32,
    /// Seconds.
    at: i64,
    /// No visitor has taken it yet.
    open: bool,
    issuer: Bytes<MAX_ISSUER_BYTES>,
}

struct Area {
    /// 0: none has started.
    worker: i32,
    every_database: bool,
    waiting: [u32; MAX_WAITING],
    requests: [Request; MAX_REQUESTS],
    /// From the worker to a visitor, or back.
    message: Bytes<MAX_MESSAGE_BYTES>,
    message_is_reply: bool,
}

// SAFETY: integers, booleans and arrays of them, of a fixed size.
unsafe impl PGRXSharedMemory for Area {}

impl Area {
    const NEW: Self = Self {
        worker: 0,
        every_database: false,
        waiting: [0; MAX_WAITING],
        requests: [Request {
            database: 0,
            at: 0,
            open: false,
            issuer: Bytes::EMPTY,
        }; MAX_REQUESTS],
        message: Bytes::EMPTY,
        message_is_reply: false,
    };

    fn want(&mut self, database: u32) {
        if self.waiting.contains(&database) {
            return;
        }
        match self.waiting.iter_mut().find(|place| **place == 0) {
            Some(place) => *place = database,
            None => self.every_database = true,
        }
    }
}

// SAFETY: no other name of shared memory begins with our prefix.
static AREA: PgLwLock<Area> = unsafe { PgLwLock::new(c"clerk_rls keys") };
static EXISTS: AtomicBool = AtomicBool::new(false);

/// A hook of Postgres that was there before ours.
type Hook = Option<unsafe extern "C-unwind" fn()>;

#[cfg(not(feature = "pg14"))]
static mut FORMER_REQUEST_HOOK: Hook = None;
static mut FORMER_STARTUP_HOOK: Hook = None;

/// Asks for the shared memory; called once, while `shared_preload_libraries` are loaded.
pub fn request() {
    // SAFETY: the process that starts the server has one thread; each former hook is called by ours.
    unsafe {
        #[cfg(feature = "pg14")]
        PgSharedMemoryInitialization::on_shmem_request(&AREA);
        #[cfg(not(feature = "pg14"))]
        {
            FORMER_REQUEST_HOOK = pg_sys::shmem_request_hook;
            pg_sys::shmem_request_hook = Some(at_request);
        }
        FORMER_STARTUP_HOOK = pg_sys::shmem_startup_hook;
        pg_sys::shmem_startup_hook = Some(at_startup);
    }
}

#[cfg(not(feature = "pg14"))]
#[pg_guard]
unsafe extern "C-unwind" fn at_request() {
    // SAFETY: called by Postgres as this hook.
    unsafe {
        if let Some(former) = FORMER_REQUEST_HOOK {
            pg_sys::ffi::pg_guard_ffi_boundary(|| former());
        }
        PgSharedMemoryInitialization::on_shmem_request(&AREA);
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn at_startup() {
    // SAFETY: called by Postgres as this hook, in the process whose children inherit the area.
    unsafe {
        if let Some(former) = FORMER_STARTUP_HOOK {
            pg_sys::ffi::pg_guard_ffi_boundary(|| former());
        }
        PgSharedMemoryInitialization::on_shmem_startup(&AREA, Area::NEW);
    }
    EXISTS.store(true, Relaxed);
}

/// Called by the worker when it starts.
pub fn announce_worker() {
    if EXISTS.load(Relaxed) {
        // SAFETY: reads a variable of the process.
        AREA.exclusive().worker = unsafe { pg_sys::MyProcPid };
    }
}

/// Whether the worker is running.
pub fn worker_is_running() -> bool {
    if !EXISTS.load(Relaxed) {
        return false;
    }
    let worker = AREA.share().worker;
    // SAFETY: looks a process up under a lock of its own.
    worker != 0 && unsafe { !pg_sys::BackendPidGetProc(worker).is_null() }
}

fn wake(worker: i32) {
    if worker == 0 {
        return;
    }
    // SAFETY: a process that ends in between leaves a latch of the server, which is woken for nothing.
    unsafe {
        let process = pg_sys::BackendPidGetProc(worker);
        if !process.is_null() {
            pg_sys::SetLatch(&raw mut (*process).procLatch);
        }
    }
}

/// Something has changed in this database: the worker visits it.
pub fn want_visit(database: u32) {
    if !EXISTS.load(Relaxed) {
        return;
    }
    let worker = {
        let mut area = AREA.exclusive();
        area.want(database);
        area.worker
    };
    wake(worker);
}

/// A token has named a key that an issuer of this database does not have, or the issuer has none. The first one
/// causes a fetch; until the cooldown has passed, no other one does.
pub fn want_keys(database: u32, issuer: &str, now: i64, cooldown: i64) {
    if !EXISTS.load(Relaxed) || issuer.len() > MAX_ISSUER_BYTES {
        return;
    }
    let is_it = |request: &Request| request.database == database && request.issuer.get() == issuer.as_bytes();
    let rests = |request: &Request| !Cooldown::since(request.at).allows(now, cooldown);
    {
        // The common case of many unknown keys takes the lock that others can share.
        let area = AREA.share();
        if area.worker == 0
            || area
                .requests
                .iter()
                .any(|request| is_it(request) && rests(request))
        {
            return;
        }
    }
    let worker = {
        let mut area = AREA.exclusive();
        let known = area.requests.iter().position(is_it);
        let free = || area.requests.iter().position(|request| request.database == 0);
        let rested = || {
            area.requests
                .iter()
                .position(|request| !request.open && !rests(request))
        };
        let Some(place) = known.or_else(free).or_else(rested) else {
            return;
        };
        let Some(request) = area.requests.get_mut(place) else {
            return;
        };
        if known.is_some() && rests(request) {
            return;
        }
        request.database = database;
        request.at = now;
        request.open = true;
        request.issuer.set(issuer.as_bytes());
        area.want(database);
        area.worker
    };
    wake(worker);
}

/// The issuers of this database whose keys are wanted; each is returned once.
pub fn take_wanted_issuers(database: u32) -> Vec<String> {
    let mut area = AREA.exclusive();
    let open = area
        .requests
        .iter_mut()
        .filter(|request| request.open && request.database == database);
    open.map(|request| {
        request.open = false;
        String::from_utf8_lossy(request.issuer.get()).into_owned()
    })
    .collect()
}

/// The databases that wait for a visit.
pub enum Waiting {
    These(Vec<u32>),
    All,
}

/// Empties the list.
pub fn take_waiting() -> Waiting {
    let mut area = AREA.exclusive();
    let these = area
        .waiting
        .iter()
        .copied()
        .filter(|database| *database != 0)
        .collect();
    area.waiting = [0; MAX_WAITING];
    if std::mem::take(&mut area.every_database) {
        Waiting::All
    } else {
        Waiting::These(these)
    }
}

/// Leaves a message for the next visitor; whether there was room for it.
pub fn leave_message(message: &[u8]) -> bool {
    let mut area = AREA.exclusive();
    area.message_is_reply = false;
    area.message.set(message)
}

/// What the worker has left for this visitor.
pub fn take_message() -> Vec<u8> {
    let mut area = AREA.exclusive();
    let message = area.message.get().to_vec();
    area.message.length = 0;
    message
}

/// The visitor's answer.
pub fn reply(message: &[u8]) {
    let mut area = AREA.exclusive();
    area.message_is_reply = area.message.set(message);
}

/// The answer of the visitor that has left, if it got that far.
pub fn take_reply() -> Option<Vec<u8>> {
    let mut area = AREA.exclusive();
    let reply = area.message_is_reply.then(|| area.message.get().to_vec());
    area.message.length = 0;
    area.message_is_reply = false;
    reply
}
