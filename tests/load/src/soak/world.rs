//! What the writers have done, for the readers to compare with.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::history::History;
use crate::Result;

pub const USERS: usize = 20;
pub const ORGANIZATIONS: usize = 10;

/// The worker notices within this time that an issuer has other keys: see the settings in tests/soak.
pub const KEYS_FOLLOW: Duration = Duration::from_secs(10);

pub fn user(number: usize) -> String {
    format!("user_{number}")
}

pub fn organization(number: usize) -> String {
    format!("org_{number}")
}

/// A private key of the issuer.
#[derive(Clone)]
pub struct Key {
    pub jwk: String,
    pub published: Instant,
    pub withdrawn: Option<Instant>,
}

/// A session of a user, by the user's number and its own.
pub type Session = (usize, usize);

#[derive(Default)]
pub struct World {
    /// Whether a user is a member of an organization, by their numbers.
    memberships: Mutex<HashMap<(usize, usize), History>>,
    /// Whether a session is revoked.
    sessions: Mutex<HashMap<Session, History>>,
    /// How many sessions each user has had.
    session_counts: Mutex<HashMap<usize, usize>>,
    /// The newest last.
    keys: Mutex<Vec<Key>>,
    over: AtomicBool,
    problems: Mutex<Vec<String>>,
    pub counts: Counts,
}

#[derive(Default)]
pub struct Counts {
    pub events: AtomicUsize,
    pub rotations: AtomicUsize,
    pub revocations: AtomicUsize,
    pub reads: AtomicUsize,
    pub refusals: AtomicUsize,
}

impl World {
    pub fn is_over(&self) -> bool {
        self.over.load(Relaxed)
    }

    pub fn end(&self) {
        self.over.store(true, Relaxed);
    }

    /// Something is wrong, which ends the soak.
    pub fn report(&self, problem: String) {
        locked(&self.problems).push(problem);
        self.end();
    }

    pub fn problems(&self) -> String {
        locked(&self.problems).join("\n")
    }

    /// Changes a membership by `change`, and returns its result.
    pub fn change_membership(
        &self,
        pair: (usize, usize),
        change: impl FnOnce(bool) -> Result<()>,
    ) -> Result<()> {
        let value = {
            let mut all = locked(&self.memberships);
            let history = all.entry(pair).or_default();
            let value = !history.last();
            history.start(value);
            value
        };
        change(value)?;
        locked(&self.memberships).entry(pair).or_default().end();
        Ok(())
    }

    pub fn may_have_been_member(
        &self,
        pair: (usize, usize),
        value: bool,
        from: Instant,
        to: Instant,
    ) -> bool {
        let mut all = locked(&self.memberships);
        all.entry(pair).or_default().may_have_been(value, from, to)
    }

    /// The current session of a user, or the one before.
    pub fn a_session(&self, user: usize) -> Session {
        let newest = locked(&self.session_counts).get(&user).copied().unwrap_or(0);
        (user, newest.saturating_sub(usize::from(fastrand::u32(..5) == 0)))
    }

    /// Ends the current session of a user by `revoke`, and begins another one.
    pub fn revoke_session(&self, user: usize, revoke: impl FnOnce(Session) -> Result<()>) -> Result<()> {
        let session = {
            let mut counts = locked(&self.session_counts);
            let count = counts.entry(user).or_default();
            *count += 1;
            (user, *count - 1)
        };
        locked(&self.sessions).entry(session).or_default().start(true);
        revoke(session)?;
        locked(&self.sessions).entry(session).or_default().end();
        Ok(())
    }

    pub fn may_have_been_revoked(&self, session: Session, value: bool, from: Instant, to: Instant) -> bool {
        let mut all = locked(&self.sessions);
        all.entry(session).or_default().may_have_been(value, from, to)
    }

    pub fn add_key(&self, jwk: String) {
        locked(&self.keys).push(Key {
            jwk,
            published: Instant::now(),
            withdrawn: None,
        });
    }

    /// All keys but the newest are no longer published.
    pub fn withdraw_old_keys(&self) {
        let mut keys = locked(&self.keys);
        let old = keys.len().saturating_sub(1);
        let now = Instant::now();
        for key in keys.iter_mut().take(old) {
            key.withdrawn.get_or_insert(now);
        }
        // The last two are enough: one that counts, and one that must not.
        let forgotten = keys.len().saturating_sub(2);
        keys.drain(..forgotten);
    }

    /// The newest key, or the one before.
    pub fn a_key(&self) -> Option<Key> {
        let keys = locked(&self.keys);
        let older = usize::from(fastrand::u32(..5) == 0);
        let position = keys.len().checked_sub(1)?.saturating_sub(older);
        keys.get(position).cloned()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A thread that has panicked ends the soak as a whole: see `run`.
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
