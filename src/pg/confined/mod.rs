//! Code of other users, confined: it runs as the table's owner or as a persona, in a security-restricted
//! operation, in a subtransaction that is rolled back where only its result is wanted.

pub mod confinement;
pub mod cursor;
pub mod locked_cursors;
pub mod subtransaction;
