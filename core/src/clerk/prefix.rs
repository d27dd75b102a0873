//! The prefix `org:` of Clerk's role and permission names.

/// A role or permission name without its `org:` prefix, however often the prefix is repeated.
pub(crate) fn without_org_prefix(name: &str) -> &str {
    name.trim_start_matches("org:")
}
