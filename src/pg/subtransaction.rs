//! Work that leaves nothing behind, not even its errors.

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr;

use pgrx::pg_sys;
use pgrx::pg_sys::panic::CaughtError;
use pgrx::prelude::*;

/// Does `work` in a subtransaction that is rolled back in any case: settings, locks and caches are then as
/// they were. An error in it is no answer; what the server raises to end the statement goes on, once nothing
/// is left open that somebody who catches it would not know of.
pub fn discarded<T>(work: impl FnOnce() -> Option<T> + UnwindSafe + RefUnwindSafe) -> Option<T> {
    let result = {
        // SAFETY: the memory context, the resource owner and the user of the caller are restored, as
        // everybody has to who opens an internal subtransaction.
        unsafe {
            let context = pg_sys::CurrentMemoryContext;
            let owner = pg_sys::CurrentResourceOwner;
            pg_sys::BeginInternalSubTransaction(ptr::null());
            pg_sys::MemoryContextSwitchTo(context);
            let result = PgTryBuilder::new(|| Ok(work()))
                .catch_others(|error| match is_interrupt(&error) {
                    true => Err(Box::new(error)),
                    false => Ok(None),
                })
                .execute();
            pg_sys::RollbackAndReleaseCurrentSubTransaction();
            pg_sys::MemoryContextSwitchTo(context);
            pg_sys::CurrentResourceOwner = owner;
            result
        }
    };
    result.unwrap_or_else(|interrupt| interrupt.rethrow())
}

/// A cancelled query, a timeout, a lack of memory. Told by where it is raised, for anybody can raise any
/// SQLSTATE in a function of their own.
fn is_interrupt(error: &CaughtError) -> bool {
    match error {
        CaughtError::PostgresError(report) => {
            report.function_name() == Some("ProcessInterrupts")
                || report.sql_error_code() == PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY
        }
        CaughtError::ErrorReport(_) | CaughtError::RustPanic { .. } => false,
    }
}
