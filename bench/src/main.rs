//! Measures the cost of Row Level Security with the readers and `authenticate()` of clerk_rls.
//!
//! The unit is the CPU time of the server process. The baseline of a reader is the same policy with a
//! constant, the limit that no function can beat; the baseline of `authenticate()` is the check of the
//! token's signature alone.
//!
//! A slow result does not fail the program. A row count that differs from the baseline's does, because the
//! program then measured something else.
//!
//! Imports point downwards only: `sections` → `fixture` → `policies`, `session`, `signer` → `rounds`,
//! `claims`, `server` → `error`.

mod backend_process;
mod claims;
mod error;
mod fixture;
mod header;
mod options;
mod policies;
mod report;
mod rounds;
mod section;
mod sections;
mod server;
mod session;
mod signer;
mod thread_time;
mod users;

use std::process::ExitCode;

use error::{with_causes, Result};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("clerk_rls_bench: {}", with_causes(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let Some(options) = options::Options::from_arguments(std::env::args().skip(1))? else {
        println!("{}", options::USAGE);
        return Ok(());
    };
    let server = server::Server::from_environment();
    let fixture = fixture::Fixture::create(&server, &options)?;
    header::print(&fixture, &options)?;
    for section in &options.sections {
        eprintln!("measuring {}", section.name());
        sections::run(*section, &fixture, &options)?;
    }
    Ok(())
}
