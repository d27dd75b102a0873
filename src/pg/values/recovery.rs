//! Turns errors that PostgreSQL raises about *data* into `None`.
//!
//! The content of a token must never make a policy end a query with an error. Only the listed SQLSTATEs are
//! caught; all other errors, such as a cancel request or a lack of memory, are raised. The guarded code only
//! computes, so there is no transaction state to roll back.

use std::panic::AssertUnwindSafe;

use pgrx::{PgSqlErrorCode, PgTryBuilder};

const DATA_ERRORS: [PgSqlErrorCode; 7] = [
    PgSqlErrorCode::ERRCODE_CHARACTER_NOT_IN_REPERTOIRE,
    PgSqlErrorCode::ERRCODE_UNTRANSLATABLE_CHARACTER,
    // Raised for a \u escape beyond ASCII in a SQL_ASCII database.
    PgSqlErrorCode::ERRCODE_FEATURE_NOT_SUPPORTED,
    PgSqlErrorCode::ERRCODE_INVALID_TEXT_REPRESENTATION,
    PgSqlErrorCode::ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
    PgSqlErrorCode::ERRCODE_PROGRAM_LIMIT_EXCEEDED,
    PgSqlErrorCode::ERRCODE_STATEMENT_TOO_COMPLEX,
];

/// The result of `compute`; `None` if PostgreSQL refuses the data.
pub fn none_on_data_error<R>(compute: impl FnOnce() -> R) -> Option<R> {
    let attempt = PgTryBuilder::new(AssertUnwindSafe(|| Some(compute())));
    DATA_ERRORS
        .iter()
        .fold(attempt, |attempt, code| attempt.catch_when(*code, |_| None))
        .execute()
}
