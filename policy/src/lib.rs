//! What an expression of a policy says about who is asking.
//!
//! PostgreSQL keeps policies as parse trees. `build` reads such a tree into an `Expression`, in which
//! the many spellings of a claim are one: `current_setting('request.jwt.claims')::json ->> 'sub'`, the same
//! inside of a SQL function, in a sub-select, with `nullif` around it. What follows from it is found out
//! below: when it is true (`truth`), which columns it ties to the asker (`ownership`), which claims it
//! reads and how (`claim_reads`), and how it could be written better (`rewrite`).
//!
//! Nothing is evaluated: no function that somebody else has defined runs.

#![forbid(unsafe_code)]
#![deny(missing_docs, clippy::indexing_slicing)]

mod catalog;
mod claim_reads;
mod expression;
mod facts;
pub mod limits;
mod ownership;
mod rewrite;
pub mod search_path;
mod tree;
mod truth;
mod unreadable;

#[cfg(test)]
mod tests;

pub use catalog::{Catalog, Function};
pub use expression::UserDependence;
pub use facts::{inspect, inspect_function, FunctionInspection, Inspection};
pub use rewrite::{calls_nobody_else, rewrite, Purpose, Replacement};
pub use tree::{in_sub_select, literals, value_of};
pub use unreadable::Unreadable;
