//! The SQL of the extension `clerk_rls`, each file after those whose objects it uses.
//!
//! These macros serve `cargo pgrx test`. An installation has what `scripts/extension-sql` puts together for both
//! extensions, and tests/schema checks that the two are the same.

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
extension_sql_file!("../sql/identity/keys.sql", name = "keys", requires = ["issuers"]);
extension_sql_file!("../sql/identity/authentication.sql", name = "authentication");
extension_sql_file!("../sql/identity/sync/tables.sql", name = "sync_tables");
extension_sql_file!(
    "../sql/identity/sync/changes.sql",
    name = "sync_changes",
    requires = ["sync_tables"]
);
extension_sql_file!(
    "../sql/identity/sync/revocations.sql",
    name = "sync_revocations",
    requires = ["revocations"]
);
extension_sql_file!(
    "../sql/identity/sync/writes.sql",
    name = "sync_writes",
    requires = ["sync_tables", "sync_revocations"]
);
extension_sql_file!(
    "../sql/identity/sync/deletions.sql",
    name = "sync_deletions",
    requires = ["sync_writes"]
);
extension_sql_file!(
    "../sql/identity/sync/records.sql",
    name = "sync_records",
    requires = ["issuers"]
);
extension_sql_file!(
    "../sql/identity/sync/webhooks.sql",
    name = "sync_webhooks",
    requires = ["sync_deletions", "sync_records"]
);
extension_sql_file!(
    "../sql/identity/sync/exposure.sql",
    name = "sync_exposure",
    requires = ["sync_webhooks"]
);
extension_sql_file!(
    "../sql/identity/sync/backfill.sql",
    name = "sync_backfill",
    requires = ["sync_deletions", "sync_records"]
);
extension_sql_file!(
    "../sql/revoke.sql",
    name = "revoke",
    requires = [
        "readers",
        "whoami",
        "tokens",
        "issuers",
        "revocations",
        "keys",
        "authentication",
        "sync_changes",
        "sync_exposure",
        "sync_backfill"
    ]
);
extension_sql_file!("../sql/identity/grants.sql", name = "grants", finalize);
