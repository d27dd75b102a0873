//! What a user is in an organization, according to a list of memberships instead of the claims.

use crate::clerk::without_org_prefix;

/// The role and the permissions of a member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Membership {
    role: Option<String>,
    permissions: Vec<String>,
}

impl Membership {
    /// A membership with a role, with or without `org:`, and permissions.
    pub fn new(role: Option<String>, mut permissions: Vec<String>) -> Membership {
        permissions.sort_unstable();
        permissions.dedup();
        Membership { role, permissions }
    }

    /// Whether the member has this role, with or without `org:`. Nobody has a role without a name.
    pub fn has_role(&self, required: &str) -> bool {
        let name = without_org_prefix(required);
        !name.is_empty() && self.role.as_deref().map(without_org_prefix) == Some(name)
    }

    /// Whether the member has this permission, with or without `org:`. Nobody has one without a name.
    pub fn has_permission(&self, required: &str) -> bool {
        let name = without_org_prefix(required);
        let held = |permission: &String| without_org_prefix(permission) == name;
        !name.is_empty() && self.permissions.iter().any(held)
    }

    pub(super) fn role(&self) -> Option<&str> {
        self.role.as_deref()
    }

    pub(super) fn permissions(&self) -> &[String] {
        &self.permissions
    }
}

/// What is known about the membership in the organization of the claims.
#[derive(Debug)]
pub(super) enum MembershipCheck {
    /// Nobody has asked: the claims count.
    NotAsked,
    /// There is no membership, so the claims about the organization do not count.
    NoMember,
    /// The role and the permissions of the membership replace those of the claims.
    Member(Membership),
}
