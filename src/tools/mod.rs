//! The tools of operators: what policies mean and give, and acting as somebody. They decide no row.

pub mod access;
pub mod expressions;
pub mod persona;
