//! The tables of the extension.

pub mod acting_as;
pub mod issuer_table;
pub mod spi;
