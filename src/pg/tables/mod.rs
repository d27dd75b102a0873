//! Access to tables: the extension's own, and as which role.

pub mod acting_as;
pub mod changed_table;
pub mod fetch_table;
pub mod issuer_table;
pub mod membership_table;
pub mod revocation_table;
pub mod spi;
