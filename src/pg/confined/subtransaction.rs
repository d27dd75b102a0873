//! Subtransactions that are always rolled back.

use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe};
use std::ptr;

use pgrx::pg_sys;
use pgrx::pg_sys::panic::CaughtError;
use pgrx::prelude::*;

/// An error that ended the work in a subtransaction.
pub struct Failure(Box<CaughtError>);

impl Failure {
    /// The error's primary message.
    pub fn message(&self) -> String {
        match &*self.0 {
            CaughtError::PostgresError(report) | CaughtError::ErrorReport(report) => {
                report.message().to_owned()
            }
            CaughtError::RustPanic { ereport, .. } => ereport.message().to_owned(),
        }
    }

    /// Raises the error again.
    pub fn rethrow(self) -> ! {
        self.0.rethrow()
    }
}

/// Does `work` in a subtransaction that is rolled back in any case.
///
/// Settings, role, rights, locks and caches are then as before, and a returned value must outlive the
/// subtransaction. Errors that end the statement, such as a cancel request, are raised again after the
/// rollback.
pub fn rolled_back<T>(work: impl FnOnce() -> T) -> Result<T, Failure> {
    let work = AssertUnwindSafe(work);
    // SAFETY: the caller's memory context, resource owner and user are restored, as PostgreSQL requires after
    // an internal subtransaction. The user comes last because undoing the setting `role` changes it.
    let result = unsafe {
        let context = pg_sys::CurrentMemoryContext;
        let owner = pg_sys::CurrentResourceOwner;
        let (mut user, mut security) = (pg_sys::InvalidOid, 0);
        pg_sys::GetUserIdAndSecContext(&mut user, &mut security);
        pg_sys::BeginInternalSubTransaction(ptr::null());
        pg_sys::MemoryContextSwitchTo(context);
        let result = PgTryBuilder::new(move || Ok({ work }.0()))
            .catch_others(|error| Err(Box::new(error)))
            .execute();
        pg_sys::RollbackAndReleaseCurrentSubTransaction();
        pg_sys::MemoryContextSwitchTo(context);
        pg_sys::CurrentResourceOwner = owner;
        pg_sys::SetUserIdAndSecContext(user, security);
        result
    };
    match result {
        Ok(done) => Ok(done),
        Err(error) if is_interrupt(&error) => error.rethrow(),
        Err(error) => Err(Failure(error)),
    }
}

/// Like [`rolled_back`], with `None` for an error.
pub fn discarded<T>(work: impl FnOnce() -> Option<T> + UnwindSafe + RefUnwindSafe) -> Option<T> {
    rolled_back(work).ok().flatten()
}

/// Whether the error is a cancel request, a timeout or a lack of memory. The place that raised it decides,
/// because any function can raise any SQLSTATE.
fn is_interrupt(error: &CaughtError) -> bool {
    match error {
        CaughtError::PostgresError(report) => {
            report.function_name() == Some("ProcessInterrupts")
                || report.sql_error_code() == PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY
                    && ["mcxt.c", "aset.c", "memory.rs"]
                        .iter()
                        .any(|file| report.file().ends_with(file))
        }
        CaughtError::ErrorReport(_) | CaughtError::RustPanic { .. } => false,
    }
}
