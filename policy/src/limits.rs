//! Every bound on the trees of others, in one place.
//!
//! Invariant: the time and memory spent on one policy are at most proportional to these numbers, whatever its author wrote.

/// Bytes of a parse tree that is looked at.
pub const MAX_TREE_BYTES: usize = 4 * 1024 * 1024;
/// Brackets that a parse tree may be inside of.
pub const MAX_TREE_DEPTH: usize = 600;
/// Nodes of an expression, the bodies of the functions that it calls included.
pub const MAX_EXPRESSION_NODES: usize = 5_000;
/// Functions that may call one another.
pub const MAX_CALL_DEPTH: usize = 8;
/// Steps to find out whether an expression is always true: a part that is looked at, or 32 bytes of its
/// spelling. Beyond it the expression counts as one that cannot be read.
pub const MAX_STEPS: usize = 200_000;
