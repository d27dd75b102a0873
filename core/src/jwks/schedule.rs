//! When to fetch an issuer's keys.
//!
//! All times are seconds since any fixed point; `now` is an argument. Randomness is an argument too, from 0 to 255,
//! so that many servers that start together do not fetch together.

use crate::limits::FIRST_RETRY_SECONDS;

/// When to fetch again, and how long keys count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchSchedule {
    /// Seconds between two successful fetches.
    pub interval: i64,
    /// Seconds after the last successful fetch during which keys count; negative: forever.
    pub max_age: i64,
}

impl FetchSchedule {
    /// When to fetch after a success: after nine to eleven tenths of the interval.
    pub fn after_success(&self, now: i64, random: u8) -> i64 {
        now + self.jittered(self.interval, random)
    }

    /// When to fetch after a failure, the `failures`-th in a row: after [`FIRST_RETRY_SECONDS`], twice that for each
    /// further failure, and never later than after a success.
    pub fn after_failure(&self, now: i64, failures: u32, random: u8) -> i64 {
        let doubled = failures.saturating_sub(1).min(20);
        let pause = FIRST_RETRY_SECONDS << doubled;
        now + self.jittered(pause.min(self.interval), random)
    }

    /// Whether keys that were confirmed at this time still count.
    pub fn keys_count(&self, confirmed: i64, now: i64) -> bool {
        self.max_age < 0 || now <= confirmed.saturating_add(self.max_age)
    }

    fn jittered(&self, seconds: i64, random: u8) -> i64 {
        let seconds = seconds.max(1);
        let spread = seconds / 10;
        (seconds - spread + 2 * spread * i64::from(random) / 255).max(1)
    }
}

/// One fetch for any number of tokens with an unknown key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cooldown {
    /// When an unknown key last caused a fetch.
    last: Option<i64>,
}

impl Cooldown {
    /// A cooldown that began at this time.
    pub fn since(last: i64) -> Cooldown {
        Cooldown { last: Some(last) }
    }

    /// Whether an unknown key causes a fetch now. A clock that was set back causes one too.
    pub fn allows(&self, now: i64, seconds: i64) -> bool {
        self.last.is_none_or(|last| now < last || now - last >= seconds)
    }
}
