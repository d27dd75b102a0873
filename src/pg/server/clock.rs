//! The time of the current statement.
//!
//! Readers are STABLE: their results must not change within a statement. Expiry is therefore compared with
//! the start time of the client's statement, which parallel workers share.

use pgrx::pg_sys;

/// Microseconds since 2000-01-01, PostgreSQL's representation.
pub type Timestamp = pg_sys::TimestampTz;

const SECONDS_FROM_1970_TO_2000: i64 = 946_684_800;
const MICROSECONDS: i64 = 1_000_000;
/// The last second that a `timestamptz` can hold, counted from 1970.
const LAST_SECOND: f64 = 9_224_318_015_999.0;

/// The start time of the current statement.
#[inline(always)]
pub fn statement_start() -> Timestamp {
    // SAFETY: reads a variable of the backend, which is always valid; raises no error.
    unsafe { GetCurrentStatementStartTimestamp() }
}

extern "C" {
    // Declared here because the guard in pgrx's declaration costs more than the call, for every row.
    fn GetCurrentStatementStartTimestamp() -> pg_sys::TimestampTz;
}

/// The start time of the current statement, in whole seconds since 1970.
pub fn statement_start_seconds() -> i64 {
    whole_seconds(statement_start())
}

/// The current time, in whole seconds since 1970.
pub fn now_seconds() -> i64 {
    // SAFETY: only reads the clock.
    whole_seconds(unsafe { pg_sys::GetCurrentTimestamp() })
}

fn whole_seconds(time: Timestamp) -> i64 {
    time.div_euclid(MICROSECONDS) + SECONDS_FROM_1970_TO_2000
}

/// A timestamp in microseconds since 1970. `infinity` remains later than every other time.
pub fn microseconds_since_1970(time: Timestamp) -> i64 {
    time.saturating_add(SECONDS_FROM_1970_TO_2000 * MICROSECONDS)
}

/// A NumericDate (RFC 7519, section 2) as a timestamp; `None` if PostgreSQL cannot hold it.
pub fn from_numeric_date(seconds: f64) -> Option<Timestamp> {
    if !(0.0..=LAST_SECOND).contains(&seconds) {
        return None;
    }
    let whole = seconds.floor();
    let fraction = ((seconds - whole) * MICROSECONDS as f64).round() as i64;
    Some((whole as i64 - SECONDS_FROM_1970_TO_2000) * MICROSECONDS + fraction)
}
