//! The measurements, one module for each question.

mod authenticate;
mod authenticate_memory;
mod fallback;
mod index;
mod issuers;
mod memory;
mod memory_readings;
mod organizations;
mod parallel;
mod pgcrypto;
mod readers;
mod refresh;
mod repeated;
mod revocations;
mod scan;
mod seq;
mod session_settings;
mod token_backend;
mod token_comparison;
mod token_statements;
mod webhook_backend;
mod webhooks;
mod writes;

use crate::error::Result;
use crate::fixture::Fixture;
use crate::options::Options;
use crate::section::Section;

pub fn run(section: Section, fixture: &Fixture, options: &Options) -> Result<()> {
    match section {
        Section::Seq => seq::run(fixture, options),
        Section::Index => index::run(fixture, options),
        Section::Insert => writes::run(&writes::INSERT, fixture, options),
        Section::Update => writes::run(&writes::UPDATE, fixture, options),
        Section::Parallel => parallel::run(fixture, options),
        Section::Readers => readers::run(fixture, options),
        Section::Refresh => refresh::run(fixture, options),
        Section::Fallback => fallback::run(fixture, options),
        Section::Memory => memory::run(fixture, options),
        Section::Authenticate => authenticate::run(fixture, options),
        Section::Repeated => repeated::run(fixture, options),
        Section::Issuers => issuers::run(fixture, options),
        Section::Revocations => revocations::run(fixture, options),
        Section::Organizations => organizations::run(fixture, options),
        Section::Webhooks => webhooks::run(fixture, options),
        Section::Pgcrypto => pgcrypto::run(fixture, options),
        Section::AuthenticateMemory => authenticate_memory::run(fixture, options),
    }
}
