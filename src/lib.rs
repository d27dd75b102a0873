//! `clerk_rls`: the identity layer of Row Level Security.
//!
//! What the claims of a request mean is decided in `clerk_rls_core`, which knows no Postgres; this
//! crate reads the settings that carry them, keeps the answers at hand for every row, and hands them
//! to SQL. All unsafe code lives in `pg`.

mod audit;
mod authentication;
mod context;
mod error;
mod expressions;
mod issuers;
mod pg;
mod tokens;
mod verified_identity;
mod whoami;

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use pgrx::prelude::*;

pgrx::pg_module_magic!();

extension_sql_file!("../sql/readers.sql", name = "readers", bootstrap);
extension_sql_file!("../sql/whoami.sql", name = "whoami", requires = ["readers"]);
extension_sql_file!("../sql/tokens.sql", name = "tokens", requires = ["whoami"]);
extension_sql_file!("../sql/issuers.sql", name = "issuers", requires = ["tokens"]);
extension_sql_file!(
    "../sql/authentication.sql",
    name = "authentication",
    requires = ["issuers"]
);
extension_sql_file!(
    "../sql/expressions.sql",
    name = "expressions",
    requires = ["authentication"]
);
extension_sql_file!("../sql/adoption.sql", name = "adoption", requires = ["expressions"]);
    "../sql/lint_reach.sql",
    name = "lint_reach",
    requires = ["authentication"]
);
extension_sql_file!(
    "../sql/lint_tables.sql",
    name = "lint_tables",
    requires = ["lint_reach"]
);
extension_sql_file!(
    "../sql/lint_views.sql",
    name = "lint_views",
    requires = ["lint_tables"]
);
extension_sql_file!(
    "../sql/lint_grants.sql",
    name = "lint_grants",
    requires = ["lint_views"]
);
extension_sql_file!(
    "../sql/lint_permissive_policies.sql",
    name = "lint_permissive_policies",
    requires = ["lint_grants"]
);
extension_sql_file!(
    "../sql/lint.sql",
    name = "lint",
    requires = ["lint_permissive_policies"]
);
extension_sql_file!("../sql/privileges.sql", name = "privileges", finalize);

/// Runs once in each process that loads the library, before any function of it is called.
#[allow(non_snake_case)]
#[pg_guard]
pub extern "C-unwind" fn _PG_init() {
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
