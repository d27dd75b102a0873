-- Who may execute what: sql/revoke.sql has taken everything from everybody before.
--
-- act_as() takes no more rights than SET LOCAL. protect(), unprotect() and the functions that they and
-- explain_access() are made of run with the caller's rights and read the catalogs, which everybody can.

GRANT EXECUTE ON FUNCTION
    clerk_rls.qualified_reader(text),
    clerk_rls.role_of_persona(jsonb),
    clerk_rls.steps_of_command(text),
    clerk_rls.applicable_policies(oid, text, oid),
    clerk_rls.combined_policy(oid, text, oid, int[]),
    clerk_rls.missing_privileges(oid, text, oid),
    clerk_rls.exemption_from_policies(oid, oid),
    clerk_rls.role_of_name(name),
    clerk_rls.table_of_rows(regclass),
    clerk_rls.path_of_policies(text),
    clerk_rls.columns_of_policy(oid),
    clerk_rls.is_value(text, text),
    clerk_rls.command_of_access(text),
    clerk_rls.act_as(text, text, text, text[], name, jsonb),
    clerk_rls.act_as_claims(jsonb, name),
    clerk_rls.act_as_anonymous(name),
    clerk_rls.other_permissive_policies(regclass, oid, text[]),
    clerk_rls.warn_of_gaps(regclass, text, name, name, text[], boolean),
    clerk_rls.lock_for_protection(regclass),
    clerk_rls.protect(regclass, text, name, name, text[], text, boolean, boolean),
    clerk_rls.unprotect(regclass, boolean),
    clerk_rls.protected_tables(regclass),
    clerk_rls.protection_grants(regclass),
    clerk_rls.protection_indexes(regclass),
    clerk_rls.protection_removals(regclass, oid[], oid[]),
    clerk_rls.protection_statements(regclass, text, name, name, text[], text, boolean),
    clerk_rls.unprotection_statements(regclass)
TO PUBLIC;
