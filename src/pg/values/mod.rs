//! Datums for SQL: their creation, their encoding and their lifetime.

pub mod datums;
pub mod encoding;
pub mod kept_values;
pub mod record;
pub mod recovery;
