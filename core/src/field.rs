//! The fields that a layout can find in claims, and their names in a claim map.

/// What a layout locates; each is a key of the claim map under [`Field::as_str`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The subject.
    UserId,
    /// The active organisation or tenant.
    OrgId,
    /// Its readable name.
    OrgSlug,
    /// Roles in it; a string or an array of strings.
    OrgRole,
    /// Permissions; a string or an array of strings.
    Permissions,
    /// The session.
    SessionId,
    /// Who acts as the subject.
    ActorId,
    /// The `role` reader's value, mostly the database role.
    Role,
    /// The e-mail address.
    Email,
}

impl Field {
    /// How many fields there are.
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

    /// The field's name in a claim map.
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
