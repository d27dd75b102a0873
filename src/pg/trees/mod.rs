//! Parse trees: of the catalogs, and of queries that are analyzed and never run.

pub mod literals;
pub mod parse_tree;
