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
    "../sql/personas.sql",
    name = "personas",
    requires = ["authentication"]
);
extension_sql_file!(
    "../sql/expressions.sql",
    name = "expressions",
    requires = ["personas"]
);
extension_sql_file!(
    "../sql/access/policies.sql",
    name = "access_policies",
    requires = ["expressions"]
);
extension_sql_file!(
    "../sql/access/explain.sql",
    name = "access_explain",
    requires = ["access_policies"]
);
extension_sql_file!(
    "../sql/access/matrix.sql",
    name = "access_matrix",
    requires = ["access_explain"]
);
extension_sql_file!(
    "../sql/protection/statements.sql",
    name = "protection_statements",
    requires = ["access_matrix"]
);
extension_sql_file!(
    "../sql/protection/protect.sql",
    name = "protection_protect",
    requires = ["protection_statements"]
);
extension_sql_file!(
    "../sql/published_secrets.sql",
    name = "published_secrets",
    requires = ["protection_protect"]
);
extension_sql_file!(
    "../sql/lint/reach.sql",
    name = "lint_reach",
    requires = ["published_secrets"]
);
extension_sql_file!(
    "../sql/lint/inspection.sql",
    name = "lint_inspection",
    requires = ["lint_reach"]
);
extension_sql_file!(
    "../sql/adoption.sql",
    name = "adoption",
    requires = ["lint_inspection"]
);
extension_sql_file!(
    "../sql/auth_compat.sql",
    name = "auth_compat",
    requires = ["adoption"]
);
extension_sql_file!(
    "../sql/lint/tables.sql",
    name = "lint_tables",
    requires = ["auth_compat"]
);
extension_sql_file!(
    "../sql/lint/views.sql",
    name = "lint_views",
    requires = ["lint_tables"]
);
extension_sql_file!(
    "../sql/lint/grants.sql",
    name = "lint_grants",
    requires = ["lint_views"]
);
extension_sql_file!(
    "../sql/lint/permissive_policies.sql",
    name = "lint_permissive_policies",
    requires = ["lint_grants"]
);
extension_sql_file!(
    "../sql/lint/policies.sql",
    name = "lint_policies",
    requires = ["lint_permissive_policies"]
);
extension_sql_file!(
    "../sql/lint/claims.sql",
    name = "lint_claims",
    requires = ["lint_policies"]
);
extension_sql_file!(
    "../sql/lint/owner_columns.sql",
    name = "lint_owner_columns",
    requires = ["lint_claims"]
);
extension_sql_file!(
    "../sql/lint/lint.sql",
    name = "lint_lint",
    requires = ["lint_owner_columns"]
);
extension_sql_file!(
    "../sql/doctor/library_version.sql",
    name = "doctor_library_version",
    requires = ["lint_lint"]
);
extension_sql_file!(
    "../sql/doctor/server.sql",
    name = "doctor_server",
    requires = ["doctor_library_version"]
);
extension_sql_file!(
    "../sql/doctor/settings.sql",
    name = "doctor_settings",
    requires = ["doctor_server"]
);
extension_sql_file!(
    "../sql/doctor/issuers.sql",
    name = "doctor_issuers",
    requires = ["doctor_settings"]
);
extension_sql_file!(
    "../sql/doctor/grants.sql",
    name = "doctor_grants",
    requires = ["doctor_issuers"]
);
extension_sql_file!(
    "../sql/doctor/logging.sql",
    name = "doctor_logging",
    requires = ["doctor_grants"]
);
extension_sql_file!(
    "../sql/doctor/doctor.sql",
    name = "doctor_doctor",
    requires = ["doctor_logging"]
);
extension_sql_file!("../sql/privileges.sql", name = "privileges", finalize);
