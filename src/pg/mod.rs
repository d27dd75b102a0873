//! The only place that speaks to Postgres in its own terms, and the only one with unsafe code.

pub mod answers;
mod arguments;
mod call_site;
pub mod claim_paths;
pub mod clock;
pub mod datums;
pub mod encoding;
pub mod exports;
mod functions;
pub mod generation;
pub mod guc;
pub mod identity_setting;
pub mod issuer_table;
pub mod loading;
pub mod log_tag;
pub mod parse_tree;
pub mod record;
pub mod recovery;
pub mod request_settings;
pub mod server_log;
pub mod session;
pub mod settings;
mod spi;
pub mod subtransaction;
pub mod transaction;
pub mod values;
