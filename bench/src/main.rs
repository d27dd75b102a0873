//! Measures what row level security costs when clerk_rls answers "who is asking?".
//!
//! The unit of truth is the CPU time of the server process, and the yardstick is
//! the same policy with a constant in it: the limit that no function can beat. For a token
//! it is the bare check of its signature.
//! Timing never decides the exit code; a count that differs from the constant's
//! does, because then the program measured something else.

mod arms;
mod backend_process;
mod claims;
mod fixture;
mod options;
mod report;
mod rounds;
mod sections;
mod server;
mod session;
mod signer;
mod thread_time;

use std::error::Error;
use std::process::ExitCode;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

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
    fixture.print_header(&options)?;
    for section in &options.sections {
        eprintln!("measuring {}", section.name());
        section.run(&fixture, &options)?;
    }
    Ok(())
}

/// The `postgres` crate says "db error" and keeps the server's words in the source.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
