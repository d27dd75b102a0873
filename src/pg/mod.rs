//! PostgreSQL in its own terms. Unsafe code stands here and in `entry`, and nowhere else.

pub mod confined;
pub mod server;
pub mod settings;
pub mod tables;
pub mod trees;
pub mod values;
