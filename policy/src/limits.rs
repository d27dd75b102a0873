//! Every bound on parse trees, in one place.
//!
//! Invariant: the time and memory spent on one policy are at most proportional to these numbers, whatever its
//! author wrote. A tree that exceeds a bound is [`Unreadable`](crate::Unreadable).

/// Maximum length of a parse tree in bytes.
pub const MAX_TREE_BYTES: usize = 4 * 1024 * 1024;
/// Maximum nesting of brackets in a parse tree.
pub const MAX_TREE_DEPTH: usize = 600;
/// Maximum number of nodes in an expression, including the bodies of the functions that it calls.
pub const MAX_EXPRESSION_NODES: usize = 5_000;
/// Maximum depth of calls from one SQL function to another. A deeper call counts as a function without a
/// known body.
pub const MAX_CALL_DEPTH: usize = 8;
/// Maximum number of steps to decide whether an expression is always true. Examining a part takes one step,
/// and another for every 32 bytes of its text.
pub const MAX_STEPS: usize = 200_000;
