//! The functions that SQL calls.
//!
//! Arguments are read from PostgreSQL's calling convention, and results are returned to it. The readers are
//! called for every row, so this floor also keeps their answers.

mod answers;
mod arguments;
mod call_site;
mod claim_paths;
mod export;
mod identity_functions;
mod named_arguments;
mod organizations;
pub mod readers;
mod revocation_functions;
mod tool_functions;
mod webhook_functions;
pub mod worker_functions;
