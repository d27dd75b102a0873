//! The fields that a layout finds in claims, and their names in a claim map.

/// What a layout finds in claims. Each field is a key of the claim map, see [`Field::as_str`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The ID of the user or machine.
    UserId,
    /// The active organization or tenant.
    OrgId,
    /// The readable name of the organization.
    OrgSlug,
    /// The roles in the organization: a string or an array of strings.
    OrgRole,
    /// The permissions: a string or an array of strings.
    Permissions,
    /// The session.
    SessionId,
    /// The actor: who acts as the user (impersonation).
    ActorId,
    /// The value of the reader `requesting_role()`, usually the database role.
    Role,
    /// The email address.
    Email,
}

impl Field {
    /// The number of fields.
    pub(crate) const COUNT: usize = 9;

    /// Every field with its name in a claim map, in the order of the variants.
    pub const NAMES: [(&'static str, Field); Field::COUNT] = [
        ("user_id", Field::UserId),
        ("org_id", Field::OrgId),
        ("org_slug", Field::OrgSlug),
        ("org_role", Field::OrgRole),
        ("permissions", Field::Permissions),
        ("session_id", Field::SessionId),
        ("actor_id", Field::ActorId),
        ("role", Field::Role),
        ("email", Field::Email),
    ];

    /// The name of the field in a claim map.
    pub fn as_str(self) -> &'static str {
        Field::NAMES
            .iter()
            .find(|(_, field)| *field == self)
            .map_or("", |(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_the_order_of_their_fields() {
        for (position, (name, field)) in Field::NAMES.into_iter().enumerate() {
            assert_eq!(field as usize, position);
            assert_eq!(field.as_str(), name);
        }
    }
}
