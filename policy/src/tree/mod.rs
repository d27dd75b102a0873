//! Parse trees as PostgreSQL prints them.

pub mod literals;
mod node;
mod select;
pub(crate) mod type_oids;

pub(crate) use node::{Node, Record};
pub(crate) use select::only_value;
pub use select::{in_sub_select, value_of};
