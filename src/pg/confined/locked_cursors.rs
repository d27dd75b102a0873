//! The caller's cursors while code that is not ours runs.

use std::ffi::{CStr, CString};

use pgrx::pg_sys;

use crate::pg::tables::spi::Connection;

/// The session's cursors, which nobody can fetch from or close for as long as this lives: their queries run as the
/// one who fetches, and another cursor could come in the place of one that was closed.
pub struct LockedCursors {
    names: Vec<CString>,
    portals: Vec<pg_sys::Portal>,
}

impl LockedCursors {
    /// All cursors that are open now.
    pub fn lock_all() -> Self {
        let names = cursors();
        let mut portals = Vec::new();
        for name in &names {
            // SAFETY: a portal of this name, or null.
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

    /// Whether no cursor was opened or closed since.
    pub fn are_unchanged(&self) -> bool {
        self.names == cursors()
    }
}

impl Drop for LockedCursors {
    fn drop(&mut self) {
        for portal in &self.portals {
            // SAFETY: Postgres drops no portal that is active.
            unsafe { (**portal).status = pg_sys::PortalStatus::PORTAL_READY };
        }
    }
}

/// The names of the session's cursors.
fn cursors() -> Vec<CString> {
    let _spi = Connection::open();
    // SAFETY: a query of our own for the names of cursors; the result is read before the connection ends.
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
