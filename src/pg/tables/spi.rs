//! Connections to SPI, PostgreSQL's interface for queries.

use pgrx::pg_sys;

/// A connection to SPI, which ends when it is dropped.
pub struct Connection;

impl Connection {
    pub fn open() -> Self {
        // SAFETY: drop ends the connection.
        unsafe { pg_sys::SPI_connect() };
        Self
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // During a panic, PostgreSQL's error handling ends the connection.
        if !std::thread::panicking() {
            // SAFETY: `open` opened the connection.
            unsafe { pg_sys::SPI_finish() };
        }
    }
}
