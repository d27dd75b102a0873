//! The databases of the server, read by a process that is connected to none.

use std::ffi::c_int;

use pgrx::pg_sys;

/// What `datconnlimit` says of a database that a failed DROP DATABASE has left.
const INVALID_DATABASE: i32 = -2;

/// The databases that one can connect to.
pub fn connectable() -> Vec<u32> {
    let mut found = Vec::new();
    // SAFETY: in no transaction, so that one can begin; the scan reads rows of a shared catalog with a snapshot of
    // its own, each before the next, and everything is closed in the reverse order.
    unsafe {
        pg_sys::SetCurrentStatementStartTimestamp();
        pg_sys::StartTransactionCommand();
        let catalog = pg_sys::table_open(pg_sys::DatabaseRelationId, pg_sys::AccessShareLock as c_int);
        let scan = pg_sys::table_beginscan_catalog(catalog, 0, std::ptr::null_mut());
        loop {
            let row = pg_sys::heap_getnext(scan, pg_sys::ScanDirection::ForwardScanDirection);
            if row.is_null() {
                break;
            }
            let database = pg_sys::heap_tuple_get_struct::<pg_sys::FormData_pg_database>(row);
            if (*database).datallowconn && (*database).datconnlimit != INVALID_DATABASE {
                found.push((*database).oid.to_u32());
            }
        }
        pg_sys::table_endscan(scan);
        pg_sys::table_close(catalog, pg_sys::AccessShareLock as c_int);
        pg_sys::CommitTransactionCommand();
    }
    found
}
