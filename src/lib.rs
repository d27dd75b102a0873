//! `clerk_rls`: the identity layer of Row Level Security.
//!
//! The crate `clerk_rls_core` decides what the claims of a request mean, and `clerk_rls_policy` reads
//! policies; neither depends on PostgreSQL. This crate connects them to the server. It has four floors, and
//! imports run downwards only: `entry` (functions that SQL calls), `tools` (`clerk_rls_tools`) and `webhooks`, `identity`
//! (the requesting user) and `pg` (PostgreSQL). Unsafe code is in `entry` and `pg` only.

mod entry;
mod error;
mod identity;
mod keys;
mod pg;
mod sql;
mod tools;
mod webhooks;

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use pgrx::prelude::*;

use crate::pg::{server, settings, tables};

pgrx::pg_module_magic!();

/// Runs once in each process that loads the library, before any of its functions is called.
#[allow(non_snake_case)]
#[pg_guard]
pub extern "C-unwind" fn _PG_init() {
    server::memory::allocate_reserve();
    settings::loading::check();
    settings::operator_settings::define();
    settings::request_settings::define(settings::operator_settings::define_request_settings());
    settings::identity_setting::define();
    settings::keys_settings::define();
    settings::guc::reserve_prefix();
    tables::issuer_table::register_callback();
    tables::revocation_table::register_callback();
    tables::membership_table::register_callback();
    server::transaction::register_callback();
    entry::worker_functions::register();
}

/// The hooks through which `cargo pgrx test` reads the server configuration.
#[cfg(test)]
pub mod pg_test {
    pub fn setup(_options: Vec<&str>) {}

    #[must_use]
    pub fn postgresql_conf_options() -> Vec<&'static str> {
        vec![]
    }
}
