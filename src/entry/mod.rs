//! Where SQL comes in: arguments from Postgres's calling convention, answers back into it.

mod answers;
mod arguments;
mod call_site;
mod claim_paths;
mod export;
mod identity_functions;
mod named_arguments;
pub mod readers;
mod tool_functions;
