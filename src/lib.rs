//! `clerk_rls`: the identity layer of Row Level Security.
//!
//! What the claims of a request mean is decided in `clerk_rls_core`, which knows no Postgres; this
//! crate reads the settings that carry them, keeps the answers at hand for every row, and hands them
//! to SQL. All unsafe code lives in `pg`.

mod entry;
mod error;
mod identity;
mod pg;
mod sql;
mod tools;

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use pgrx::prelude::*;

use crate::pg::{server, settings, tables};

pgrx::pg_module_magic!();

/// Runs once in each process that loads the library, before any function of it is called.
#[allow(non_snake_case)]
#[pg_guard]
pub extern "C-unwind" fn _PG_init() {
    server::memory::allocate_reserve();
    settings::loading::check();
    settings::operator_settings::define();
    settings::request_settings::define(settings::operator_settings::define_request_settings());
    settings::identity_setting::define();
    settings::guc::reserve_prefix();
    tables::issuer_table::register_callback();
    server::transaction::register_callback();
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
