//! The only place that speaks to Postgres in its own terms, and the only one with unsafe code.

pub mod answers;
mod arguments;
mod call_site;
pub mod claim_paths;
pub mod clock;
pub mod datums;
pub mod encoding;
pub mod exports;
pub mod loading;
pub mod record;
pub mod recovery;
pub mod session;
pub mod settings;
pub mod values;
