//! `clerk_rls`: the identity layer of Row Level Security.
//!
//! What the claims of a request mean is decided in `clerk_rls_core`, which knows no Postgres; this
//! crate reads the settings that carry them, keeps the answers at hand for every row, and hands them
//! to SQL. All unsafe code lives in `pg`.

mod access;
mod audit;
mod authentication;
mod context;
mod error;
mod expressions;
mod issuers;
mod persona;
mod pg;
mod sql;
mod tokens;
mod verified_identity;
mod whoami;

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use pgrx::prelude::*;

pgrx::pg_module_magic!();

/// Runs once in each process that loads the library, before any function of it is called.
#[allow(non_snake_case)]
#[pg_guard]
pub extern "C-unwind" fn _PG_init() {
    pg::memory::hold_a_reserve();
    pg::loading::check();
    pg::settings::define();
    pg::request_settings::define(pg::settings::define_request_settings());
    pg::identity_setting::define();
    pg::guc::reserve_prefix();
    pg::issuer_table::listen();
    pg::transaction::listen();
}

/// Where `cargo pgrx test` asks for the server's settings.
#[cfg(test)]
pub mod pg_test {
    pub fn setup(_options: Vec<&str>) {}

    #[must_use]
    pub fn postgresql_conf_options() -> Vec<&'static str> {
        vec![]
    }
}
