//! The only error of this crate.

/// A parse tree is malformed or exceeds the bounds of [`limits`](crate::limits).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;
