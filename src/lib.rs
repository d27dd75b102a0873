//! `clerk_rls`: the identity layer of Row Level Security.
//!
//! What the claims of a request mean is decided in `clerk_rls_core`, which knows no Postgres; this
//! crate reads the settings that carry them, keeps the answers at hand for every row, and hands them
//! to SQL. All unsafe code lives in `pg`.

mod context;
mod error;
mod pg;
mod whoami;

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use pgrx::prelude::*;

pgrx::pg_module_magic!();

extension_sql_file!("../sql/readers.sql", name = "readers", bootstrap);
extension_sql_file!("../sql/whoami.sql", name = "whoami", requires = ["readers"]);

/// Runs once in each process that loads the library, before any function of it is called.
#[allow(non_snake_case)]
#[pg_guard]
pub extern "C-unwind" fn _PG_init() {
    pg::loading::note();
    pg::settings::define();
    pg::values::free_at_transaction_end();
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
