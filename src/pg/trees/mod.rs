//! Parse trees, from the catalogs or from queries that are analyzed but never run.

pub mod literals;
pub mod parse_tree;
