//! From a parse tree to an [`Expression`], in which the many ways to write a claim are one.

mod builder;
mod calls;
mod constant;
mod expression;
mod procedural;
mod queries;
mod scope;
mod spelling;
mod user_written;

pub(crate) use builder::{of_function, of_policy, Policy};
pub use expression::UserDependence;
pub(crate) use expression::{Expression, Kind, Operands};
pub(crate) use procedural::mentions;
pub(crate) use user_written::USER_WRITTEN_CLAIMS;
