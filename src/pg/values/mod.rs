//! Datums that SQL gets: made, converted to the database's encoding, kept.

pub mod datums;
pub mod encoding;
pub mod kept_values;
pub mod record;
pub mod recovery;
