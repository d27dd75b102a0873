//! Claims whose content the user chooses. A policy must not trust them.

/// The names of claims that the user can write: Clerk's
/// [unsafe metadata](https://clerk.com/docs/guides/users/extending#unsafe-metadata) and Supabase's
/// [user metadata](https://supabase.com/docs/guides/auth/managing-user-data), the latter also by its column.
pub(crate) const USER_WRITTEN_CLAIMS: [&str; 4] = [
    "user_metadata",
    "unsafe_metadata",
    "unsafeMetadata",
    "raw_user_meta_data",
];
