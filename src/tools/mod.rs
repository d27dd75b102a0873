//! The tools for operators: the meaning and the effect of policies, and personas. They never decide about a
//! row.

pub mod access;
pub mod expressions;
pub mod persona;
