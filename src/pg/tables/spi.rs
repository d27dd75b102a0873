//! Connections to SPI, PostgreSQL's interface for queries.

use pgrx::pg_sys;

/// A connection to SPI, for as long as it lives.
pub struct Connection;

impl Connection {
    pub fn open() -> Self {
        // SAFETY: ended by drop.
        unsafe { pg_sys::SPI_connect() };
        Self
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // An error has ended the connection already, or will.
        if !std::thread::panicking() {
            // SAFETY: opened by `open`.
            unsafe { pg_sys::SPI_finish() };
        }
    }
}
