//! The SQL of the extension `clerk_rls`, each file after those whose objects it uses.
//!
//! The SQL of `clerk_rls_tools` is put together by `scripts/tools-sql`.

use pgrx::prelude::*;

extension_sql_file!("../sql/identity/readers.sql", name = "readers", bootstrap);
extension_sql_file!("../sql/identity/whoami.sql", name = "whoami");
extension_sql_file!("../sql/identity/tokens.sql", name = "tokens");
extension_sql_file!("../sql/identity/issuers.sql", name = "issuers");
extension_sql_file!(
    "../sql/identity/revocations.sql",
    name = "revocations",
    requires = ["issuers"]
);
extension_sql_file!("../sql/identity/authentication.sql", name = "authentication");
extension_sql_file!(
    "../sql/revoke.sql",
    name = "revoke",
    requires = [
        "readers",
        "whoami",
        "tokens",
        "issuers",
        "revocations",
        "authentication"
    ]
);
extension_sql_file!("../sql/identity/grants.sql", name = "grants", finalize);
