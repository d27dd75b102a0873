//! The SQL of the extension, in the order in which it is executed.

use pgrx::prelude::*;

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
extension_sql_file!(
    "../sql/lint_reach.sql",
    name = "lint_reach",
    requires = ["expressions"]
);
extension_sql_file!(
    "../sql/lint_inspection.sql",
    name = "lint_inspection",
    requires = ["lint_reach"]
);
extension_sql_file!(
    "../sql/adoption.sql",
    name = "adoption",
    requires = ["lint_inspection"]
);
extension_sql_file!(
    "../sql/lint_tables.sql",
    name = "lint_tables",
    requires = ["adoption"]
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
    "../sql/lint_policies.sql",
    name = "lint_policies",
    requires = ["lint_permissive_policies"]
);
extension_sql_file!(
    "../sql/lint_claims.sql",
    name = "lint_claims",
    requires = ["lint_policies"]
);
extension_sql_file!(
    "../sql/lint_owner_columns.sql",
    name = "lint_owner_columns",
    requires = ["lint_claims"]
);
extension_sql_file!(
    "../sql/lint.sql",
    name = "lint",
    requires = ["lint_owner_columns"]
);
extension_sql_file!("../sql/privileges.sql", name = "privileges", finalize);
