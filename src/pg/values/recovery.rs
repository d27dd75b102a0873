//! Turns an error that Postgres raises about *data* into "no value".
//!
//! A policy must never end a query because of what stands in a token. Only the listed SQLSTATEs are
//! swallowed: a cancelled statement, a lack of memory and everything else go on as they are. The code
//! that runs in here only computes, so there is no state of the transaction to roll back.

use std::panic::AssertUnwindSafe;

use pgrx::{PgSqlErrorCode, PgTryBuilder};

const DATA_ERRORS: [PgSqlErrorCode; 7] = [
    PgSqlErrorCode::ERRCODE_CHARACTER_NOT_IN_REPERTOIRE,
    PgSqlErrorCode::ERRCODE_UNTRANSLATABLE_CHARACTER,
    // A \u escape beyond ASCII in a database of encoding SQL_ASCII.
    PgSqlErrorCode::ERRCODE_FEATURE_NOT_SUPPORTED,
    PgSqlErrorCode::ERRCODE_INVALID_TEXT_REPRESENTATION,
    PgSqlErrorCode::ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
    PgSqlErrorCode::ERRCODE_PROGRAM_LIMIT_EXCEEDED,
    PgSqlErrorCode::ERRCODE_STATEMENT_TOO_COMPLEX,
];

/// What `compute` returns, or `None` when Postgres refuses the data.
pub fn none_on_data_error<R>(compute: impl FnOnce() -> R) -> Option<R> {
    let attempt = PgTryBuilder::new(AssertUnwindSafe(|| Some(compute())));
    DATA_ERRORS
        .iter()
        .fold(attempt, |attempt, code| attempt.catch_when(*code, |_| None))
        .execute()
}
