//! PostgreSQL: settings, tables, values, parse trees, the backend, and confinement. Together with `entry`,
//! the only place with unsafe code.

pub mod confined;
pub mod server;
pub mod settings;
pub mod tables;
pub mod trees;
pub mod values;
pub mod workers;
