//! What the expression of an RLS policy means, read from its parse tree without running it.
//!
//! PostgreSQL stores the expressions of
//! [policies](https://www.postgresql.org/docs/current/ddl-rowsecurity.html) as parse trees. This crate reads
//! such a tree into an expression in which the many ways to write a claim are one:
//! `current_setting('request.jwt.claims')::json ->> 'sub'`, the same inside a SQL function, in a sub-select,
//! or inside `nullif`. It knows no PostgreSQL server: the caller implements [`Catalog`], which looks up
//! functions, operators and types by OID. Nothing is evaluated, so no user-defined function runs.
//!
//! Begin with two functions: [`inspect`] reports facts about a policy, such as when it is true, which columns
//! it compares with the requesting user, and which claims it reads; [`rewrite()`] suggests replacements for
//! parts of a policy. The modules follow the same way: `tree` reads the text, `expression` gives it a
//! meaning, `truth`, `ownership` and `claim_reads` answer single questions, and `facts` and `rewrite` combine
//! the answers.

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
pub use rewrite::{calls_only_known_functions, rewrite, Purpose, Replacement};
pub use tree::{in_sub_select, literals, value_of};
pub use unreadable::Unreadable;
