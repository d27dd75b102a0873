//! Where code of others runs: as its owner or as a persona, security-restricted, rolled back.

pub mod confinement;
pub mod cursor;
pub mod locked_cursors;
pub mod subtransaction;
