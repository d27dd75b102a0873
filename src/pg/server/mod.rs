//! The backend: its clock, memory, log, session and transaction.

pub mod clock;
pub mod memory;
pub mod random;
pub mod server_log;
pub mod session;
pub mod transaction;
