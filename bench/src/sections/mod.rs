//! What is measured, one module for each question.

mod authenticate;
mod authenticate_memory;
mod fallback;
mod index;
mod issuers;
mod memory;
mod parallel;
mod pgcrypto;
mod readers;
mod refresh;
mod repeated;
mod seq;
mod writes;

use crate::fixture::Fixture;
use crate::options::Options;
use crate::Result;

#[derive(Clone, Copy)]
pub enum Section {
    Seq,
    Index,
    Insert,
    Update,
    Parallel,
    Readers,
    Refresh,
    Fallback,
    Memory,
    Authenticate,
    Repeated,
    Issuers,
    Pgcrypto,
    AuthenticateMemory,
}

/// Every arm scans the whole table in one process. The index section's indexes
/// stay in place, so plans that would use them are switched off.
const SCAN_SETTINGS: &str = "-c jit=off -c max_parallel_workers_per_gather=0 \
    -c enable_indexscan=off -c enable_indexonlyscan=off -c enable_bitmapscan=off";

/// Tokens make a backend look issuers up, which is to be done as everywhere.
const TOKEN_SETTINGS: &str = "-c jit=off";

impl Section {
    pub const ALL: [Self; 14] = [
        Self::Seq,
        Self::Index,
        Self::Insert,
        Self::Update,
        Self::Parallel,
        Self::Readers,
        Self::Refresh,
        Self::Fallback,
        Self::Memory,
        Self::Authenticate,
        Self::Repeated,
        Self::Issuers,
        Self::Pgcrypto,
        Self::AuthenticateMemory,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Seq => "seq",
            Self::Index => "index",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Parallel => "parallel",
            Self::Readers => "readers",
            Self::Refresh => "refresh",
            Self::Fallback => "fallback",
            Self::Memory => "memory",
            Self::Authenticate => "authenticate",
            Self::Repeated => "repeated",
            Self::Issuers => "issuers",
            Self::Pgcrypto => "pgcrypto",
            Self::AuthenticateMemory => "authenticate-memory",
        }
    }

    pub fn from_name(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|section| section.name() == name)
            .ok_or_else(|| format!("unknown section {name}").into())
    }

    pub fn run(self, fixture: &Fixture, options: &Options) -> Result<()> {
        match self {
            Self::Seq => seq::run(fixture, options),
            Self::Index => index::run(fixture, options),
            Self::Insert => writes::run(&writes::INSERT, fixture, options),
            Self::Update => writes::run(&writes::UPDATE, fixture, options),
            Self::Parallel => parallel::run(fixture, options),
            Self::Readers => readers::run(fixture, options),
            Self::Refresh => refresh::run(fixture, options),
            Self::Fallback => fallback::run(fixture, options),
            Self::Memory => memory::run(fixture, options),
            Self::Authenticate => authenticate::run(fixture, options),
            Self::Repeated => repeated::run(fixture, options),
            Self::Issuers => issuers::run(fixture, options),
            Self::Pgcrypto => pgcrypto::run(fixture, options),
            Self::AuthenticateMemory => authenticate_memory::run(fixture, options),
        }
    }
}
