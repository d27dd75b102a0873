//! Where one field is looked up.
//!
//! Formats that no path can express (Clerk's two token versions, Keycloak's three shapes) are sources of
//! their own.

use crate::claim_path::ClaimPath;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ClaimSources {
    /// The first source that exists decides.
    First(Vec<ClaimSource>),
    /// The values of all sources together; only for lists.
    All(Vec<ClaimSource>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ClaimSource {
    Path(ClaimPath),
    /// `o` and `fea` of version 2, or `org_*` of version 1.
    Clerk,
    /// `organization`: a name, an array of one name, or an object with one member.
    KeycloakOrganization,
    /// `resource_access.*.roles`.
    KeycloakClientRoles,
}
