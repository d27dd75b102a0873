//! Every error that a user can meet, and its SQLSTATE: one reason, one variant, one table.
//!
//! Texts follow PostgreSQL's error style guide: the message in lower case without a full stop, the
//! hint in sentences. None holds a byte of a token, a key or the claims.

use clerk_rls_core::UnknownReverification;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{PgLogLevel, PgSqlErrorCode};

/// Why a function refuses to answer.
#[derive(Debug)]
pub enum Error {
    /// `reverification` names none of Clerk's presets.
    UnknownReverification(UnknownReverification),
}

impl Error {
    fn sqlstate(&self) -> PgSqlErrorCode {
        match self {
            Self::UnknownReverification(_) => PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::UnknownReverification(error) => error.to_string(),
        }
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::UnknownReverification(error) => error.hint(),
        }
    }

    /// Reports the error to Postgres, which ends the statement.
    pub fn raise(self) -> ! {
        ErrorReport::new(self.sqlstate(), self.message(), "clerk_rls")
            .set_hint(self.hint())
            .report(PgLogLevel::ERROR);
        unreachable!("a report at level ERROR does not return")
    }
}
