//! Protects the caller's cursors while code of other users runs.

use std::ffi::{CStr, CString};

use pgrx::pg_sys;

use crate::pg::tables::spi::Connection;

/// The session's cursors, from which nothing can fetch and which nothing can close while this value lives. A
/// cursor's query runs as the role that fetches, and a closed cursor could be replaced by another with the
/// same name.
pub struct LockedCursors {
    names: Vec<CString>,
    portals: Vec<pg_sys::Portal>,
}

impl LockedCursors {
    /// Locks all open cursors.
    pub fn lock_all() -> Self {
        let names = cursors();
        let mut portals = Vec::new();
        for name in &names {
            // SAFETY: the name is NUL-terminated; GetPortalByName returns a portal or null.
            unsafe {
                let portal = pg_sys::GetPortalByName(name.as_ptr());
                if !portal.is_null() && (*portal).status == pg_sys::PortalStatus::PORTAL_READY {
                    (*portal).status = pg_sys::PortalStatus::PORTAL_ACTIVE;
                    portals.push(portal);
                }
            }
        }
        Self { names, portals }
    }

    /// Whether no cursor has been opened or closed since.
    pub fn are_unchanged(&self) -> bool {
        self.names == cursors()
    }
}

impl Drop for LockedCursors {
    fn drop(&mut self) {
        for portal in &self.portals {
            // SAFETY: PostgreSQL does not drop an active portal, so the pointers are still valid.
            unsafe { (**portal).status = pg_sys::PortalStatus::PORTAL_READY };
        }
    }
}

/// The names of the session's cursors.
fn cursors() -> Vec<CString> {
    let _spi = Connection::open();
    // SAFETY: the query is a constant with one column of type text, never null; the result is read before the
    // connection that owns it ends.
    unsafe {
        pg_sys::SPI_execute(
            c"SELECT c.name FROM pg_catalog.pg_cursors AS c ORDER BY c.name USING OPERATOR(pg_catalog.<)"
                .as_ptr(),
            false,
            0,
        );
        let found = &*pg_sys::SPI_tuptable;
        let names = (0..pg_sys::SPI_processed as usize).map(|row| {
            let name = pg_sys::SPI_getvalue(*found.vals.add(row), found.tupdesc, 1);
            CStr::from_ptr(name).to_owned()
        });
        names.collect()
    }
}
