//! Work that leaves nothing behind, not even its errors.

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr;

use pgrx::pg_sys;
use pgrx::prelude::*;

/// Does `work` in a subtransaction that is rolled back in any case: settings, locks and caches are then as
/// they were. An error in it is no answer; a cancelled query stays cancelled.
pub fn discarded<T>(work: impl FnOnce() -> Option<T> + UnwindSafe + RefUnwindSafe) -> Option<T> {
    // SAFETY: the memory context and the resource owner of the caller are restored, as every caller of
    // an internal subtransaction has to. What is rethrown aborts the transaction around it.
    unsafe {
        let context = pg_sys::CurrentMemoryContext;
        let owner = pg_sys::CurrentResourceOwner;
        pg_sys::BeginInternalSubTransaction(ptr::null());
        pg_sys::MemoryContextSwitchTo(context);
        let result = PgTryBuilder::new(work)
            .catch_when(PgSqlErrorCode::ERRCODE_QUERY_CANCELED, |cause| cause.rethrow())
            .catch_others(|_| None)
            .execute();
        pg_sys::RollbackAndReleaseCurrentSubTransaction();
        pg_sys::MemoryContextSwitchTo(context);
        pg_sys::CurrentResourceOwner = owner;
        result
    }
}
