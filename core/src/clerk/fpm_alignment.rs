//! Which features the `fpm` masks of a Clerk token belong to.
//!
//! Invariant: the default grants only what both readings grant. Clerk's own sources disagree: [the JavaScript
//! SDK](https://github.com/clerk/javascript/blob/main/packages/shared/src/jwtPayloadParser.ts) aligns the
//! masks with the features of the organization only; [the
//! documentation](https://clerk.com/docs/guides/sessions/session-tokens) and the Python, Ruby and Java SDKs
//! align them with all of `fea`. The results differ only where a `u:` feature precedes an organization's
//! feature.

use std::fmt;
use std::str::FromStr;

/// How `fpm` is aligned with `fea`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FpmAlignment {
    /// Grants only the permissions that both other readings grant.
    #[default]
    Strict,
    /// Aligns the masks with the organization's features, as Clerk's JavaScript SDK does.
    Sdk,
    /// Aligns the masks with all of `fea`, as Clerk's documentation says.
    Docs,
}

impl FpmAlignment {
    /// Every alignment with its name in the setting `clerk_rls.fpm_alignment`.
    pub const NAMES: [(&'static str, FpmAlignment); 3] = [
        ("strict", FpmAlignment::Strict),
        ("sdk", FpmAlignment::Sdk),
        ("docs", FpmAlignment::Docs),
    ];

    /// The name of the alignment in the setting.
    pub fn as_str(self) -> &'static str {
        match self {
            FpmAlignment::Strict => "strict",
            FpmAlignment::Sdk => "sdk",
            FpmAlignment::Docs => "docs",
        }
    }
}

/// The error for a name that no [`FpmAlignment`] has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownFpmAlignment;

impl UnknownFpmAlignment {
    /// The hint that lists the available names.
    pub fn hint(&self) -> &'static str {
        "Available alignments: strict, sdk, docs."
    }
}

impl fmt::Display for UnknownFpmAlignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown alignment of fpm")
    }
}

impl std::error::Error for UnknownFpmAlignment {}

impl FromStr for FpmAlignment {
    type Err = UnknownFpmAlignment;

    fn from_str(name: &str) -> Result<FpmAlignment, UnknownFpmAlignment> {
        FpmAlignment::NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, alignment)| *alignment)
            .ok_or(UnknownFpmAlignment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alignment_is_found_by_the_name_it_prints() {
        for (name, alignment) in FpmAlignment::NAMES {
            assert_eq!(name.parse(), Ok(alignment));
            assert_eq!(alignment.as_str(), name);
            assert!(UnknownFpmAlignment.hint().contains(name));
        }
        assert_eq!("Strict".parse::<FpmAlignment>(), Err(UnknownFpmAlignment));
    }
}
