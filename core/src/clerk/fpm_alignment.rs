//! Which features a Clerk token's `fpm` masks are aligned with.
//!
//! Invariant: the default grants only what every reading grants. Upstream contradicts itself, so a
//! choice is needed: clerk/javascript (`packages/shared/src/jwtPayloadParser.ts`) aligns with the
//! organisation's features alone, the documentation and the Python, Ruby and Java SDKs with all of
//! `fea`. They differ only where a `u:` feature stands before an organisation's.

use std::fmt;
use std::str::FromStr;

/// How `fpm` is aligned with `fea`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FpmAlignment {
    /// Only permissions that both other readings give.
    #[default]
    Strict,
    /// With the organisation's features, as Clerk's JavaScript SDK does.
    Sdk,
    /// With the whole of `fea`, as Clerk's documentation says.
    Docs,
}

impl FpmAlignment {
    /// Every alignment with the name it has in settings.
    pub const NAMES: [(&'static str, FpmAlignment); 3] = [
        ("strict", FpmAlignment::Strict),
        ("sdk", FpmAlignment::Sdk),
        ("docs", FpmAlignment::Docs),
    ];

    /// The name it has in settings.
    pub fn as_str(self) -> &'static str {
        match self {
            FpmAlignment::Strict => "strict",
            FpmAlignment::Sdk => "sdk",
            FpmAlignment::Docs => "docs",
        }
    }
}

/// A name that is no [`FpmAlignment`]'s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownFpmAlignment;

impl UnknownFpmAlignment {
    /// The sentence for an error's hint.
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
