//! The time of the current statement.
//!
//! Readers are STABLE: within one statement they must not change their minds. So an expiry is looked
//! at with the time at which the client's statement began, which parallel workers share.

use pgrx::pg_sys;

/// Microseconds since 2000-01-01, as Postgres counts them.
pub type Timestamp = pg_sys::TimestampTz;

const SECONDS_FROM_1970_TO_2000: i64 = 946_684_800;
const MICROSECONDS: i64 = 1_000_000;
/// The last second that a `timestamptz` can hold, from 1970.
const LAST_SECOND: f64 = 9_224_318_015_999.0;

/// When the current statement began.
#[inline(always)]
pub fn statement_start() -> Timestamp {
    // SAFETY: reads a variable of the backend; valid at any time, and no error is possible.
    unsafe { GetCurrentStatementStartTimestamp() }
}

extern "C" {
    // Not by way of pgrx, whose guard against errors costs more than the reading, for every row.
    fn GetCurrentStatementStartTimestamp() -> pg_sys::TimestampTz;
}

/// When the current statement began, in whole seconds since 1970.
pub fn statement_start_seconds() -> i64 {
    whole_seconds(statement_start())
}

/// The time now, in whole seconds since 1970.
pub fn now_seconds() -> i64 {
    // SAFETY: reads the clock.
    whole_seconds(unsafe { pg_sys::GetCurrentTimestamp() })
}

fn whole_seconds(time: Timestamp) -> i64 {
    time.div_euclid(MICROSECONDS) + SECONDS_FROM_1970_TO_2000
}

/// A NumericDate (RFC 7519 section 2) as a timestamp; `None` outside what Postgres can hold.
pub fn from_numeric_date(seconds: f64) -> Option<Timestamp> {
    if !(0.0..=LAST_SECOND).contains(&seconds) {
        return None;
    }
    let whole = seconds.floor();
    let fraction = ((seconds - whole) * MICROSECONDS as f64).round() as i64;
    Some((whole as i64 - SECONDS_FROM_1970_TO_2000) * MICROSECONDS + fraction)
}
