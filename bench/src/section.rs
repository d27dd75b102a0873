//! The names of the sections, as `--only` takes them.

use crate::error::Result;

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
    Revocations,
    Organizations,
    Webhooks,
    Pgcrypto,
    AuthenticateMemory,
}

impl Section {
    pub const ALL: [Self; 17] = [
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
        Self::Revocations,
        Self::Organizations,
        Self::Webhooks,
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
            Self::Revocations => "revocations",
            Self::Organizations => "organizations",
            Self::Webhooks => "webhooks",
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
}
