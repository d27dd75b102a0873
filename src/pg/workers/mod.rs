//! The processes that keep keys up to date, and what they share.

pub mod background;
pub mod child_process;
pub mod databases;
pub mod shared_area;
