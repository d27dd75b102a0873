//! The organizations of the requesting user, by the table of memberships and not by a token.

use clerk_rls_core::{without_org_prefix, Identity};

use crate::pg::tables::membership_table;

/// The IDs of the organizations in which the user has the role and the permission, where they are given. `None` if the
/// identity is not a user.
pub fn org_ids(identity: &Identity, role: Option<&str>, permission: Option<&str>) -> Option<Vec<String>> {
    let is = |wanted: Option<&str>, name: &str| {
        wanted.is_none_or(|wanted| without_org_prefix(wanted) == without_org_prefix(name))
    };
    let memberships = membership_table::of_user(identity.user_id()?).into_iter();
    let fitting = memberships.filter(|membership| {
        (role.is_none() || membership.role.as_deref().is_some_and(|name| is(role, name)))
            && (permission.is_none() || membership.permissions.iter().any(|name| is(permission, name)))
    });
    Some(fitting.map(|membership| membership.org_id).collect())
}
