//! Looks up whether the user is a member of the organization of the claims.

use clerk_rls_core::Identity;

use crate::pg::tables::membership_table::{MembershipTable, Moment};

/// The identity, with the role and the permissions that the table has, if the operator wants them checked.
///
/// Without a membership the organization does not count, and neither does it if the table cannot be read.
pub fn applied_to(identity: Identity) -> Identity {
    if !identity.checks_membership() || !identity.names_organization() {
        return identity;
    }
    let found = match (identity.user_id(), identity.org_id()) {
        (Some(user_id), Some(org_id)) => MembershipTable::open()
            .and_then(|table| table.memberships(user_id, Some(org_id), true, Moment::Now).pop()),
        _ => None,
    };
    identity.with_membership(found.map(|found| found.membership))
}
