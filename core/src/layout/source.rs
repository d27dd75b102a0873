//! Where one field of a layout is looked up.
//!
//! What no path can express (Clerk's two versions, Keycloak's three shapes) is a source of its own, not a flag.

use crate::claim_path::ClaimPath;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ClaimSources {
    /// The first that is there decides.
    First(Vec<ClaimSource>),
    /// What all of them give together; lists only.
    All(Vec<ClaimSource>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ClaimSource {
    Path(ClaimPath),
    /// Version 2's `o` and `fea`, or version 1's `org_*`.
    Clerk,
    /// `organization`: a name, one name in an array, or an object with one member.
    KeycloakOrganization,
    /// `resource_access.*.roles`.
    KeycloakClientRoles,
}
