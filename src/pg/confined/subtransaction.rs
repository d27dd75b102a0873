//! Work that leaves nothing behind, not even its errors.

use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe};
use std::ptr;

use pgrx::pg_sys;
use pgrx::pg_sys::panic::CaughtError;
use pgrx::prelude::*;

/// An error that ended some work, and no more than that.
pub struct Failure(Box<CaughtError>);

impl Failure {
    /// What went wrong.
    pub fn message(&self) -> String {
        match &*self.0 {
            CaughtError::PostgresError(report) | CaughtError::ErrorReport(report) => {
                report.message().to_owned()
            }
            CaughtError::RustPanic { ereport, .. } => ereport.message().to_owned(),
        }
    }

    /// Lets the error go on.
    pub fn rethrow(self) -> ! {
        self.0.rethrow()
    }
}

/// Does `work` in a subtransaction that is rolled back in any case: settings, the role, the rights, locks and
/// caches are then as they were, and what is returned has to live outside of it. What the server raises to end the
/// statement goes on, once nothing is left open that somebody who catches it would not know of.
pub fn rolled_back<T>(work: impl FnOnce() -> T) -> Result<T, Failure> {
    let work = AssertUnwindSafe(work);
    // SAFETY: the memory context, the resource owner and the user of the caller are restored, as everybody has to
    // who opens an internal subtransaction. The user last: taking back the setting of the role sets it, too.
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

/// The same where an error is no answer.
pub fn discarded<T>(work: impl FnOnce() -> Option<T> + UnwindSafe + RefUnwindSafe) -> Option<T> {
    rolled_back(work).ok().flatten()
}

/// A cancelled query, a timeout, a lack of memory. Told by where it is raised, for anybody can raise any SQLSTATE in
/// a function of their own.
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
