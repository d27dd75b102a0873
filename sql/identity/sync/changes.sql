-- Every backend learns of changes of the memberships, on which requesting_org_ids() and clerk_rls.check_membership
-- depend.

-- In C, because it runs for each row of a large list. ENABLE ALWAYS and for each row, as for clerk_rls.revocations.
CREATE FUNCTION clerk_rls.memberships_changed() RETURNS trigger
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'memberships_changed';
COMMENT ON FUNCTION clerk_rls.memberships_changed() IS
'Makes every backend look memberships up again once the transaction has committed. A trigger function: ERROR 0A000 if '
'it is called by anything else.';
CREATE TRIGGER memberships_changed AFTER INSERT OR UPDATE OR DELETE ON clerk_rls.memberships
    FOR EACH ROW EXECUTE FUNCTION clerk_rls.memberships_changed();
CREATE TRIGGER memberships_truncated AFTER TRUNCATE ON clerk_rls.memberships
    FOR EACH STATEMENT EXECUTE FUNCTION clerk_rls.memberships_changed();
ALTER TABLE clerk_rls.memberships
    ENABLE ALWAYS TRIGGER memberships_changed, ENABLE ALWAYS TRIGGER memberships_truncated;
