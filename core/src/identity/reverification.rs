//! How recently a user must have verified a factor: Clerk's presets for
//! [reverification](https://clerk.com/docs/guides/secure/reverification).

use std::fmt;
use std::str::FromStr;

/// The age of a factor that the user does not have, in Clerk's claim `fva`.
const NO_FACTOR: i64 = -1;

/// How recently the user must have verified a factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reverification {
    /// Both factors within 10 minutes; the first alone where the user has no second.
    StrictMfa,
    /// The second factor within 10 minutes; the first where the user has no second.
    Strict,
    /// The second factor within 60 minutes; the first where the user has no second.
    Moderate,
    /// The second factor within 1440 minutes; the first where the user has no second.
    Lax,
}

impl Reverification {
    /// Every preset with its name.
    pub const NAMES: [(&'static str, Reverification); 4] = [
        ("strict_mfa", Reverification::StrictMfa),
        ("strict", Reverification::Strict),
        ("moderate", Reverification::Moderate),
        ("lax", Reverification::Lax),
    ];

    /// Whether the factors of a session were verified recently enough. `first` and `second` are the minutes
    /// between the verification of each factor and the issue of the token, [`NO_FACTOR`] if the user does not
    /// have the factor. `since_issue` is the age of the token in seconds.
    pub(super) fn is_met_by(self, first: i64, second: i64, since_issue: i64) -> bool {
        // The limit and the claim are in minutes, so whole seconds compare as whole minutes would.
        let is_fresh = |minutes: i64| {
            let age = minutes.saturating_mul(60).saturating_add(since_issue);
            age < self.after_minutes() * 60
        };
        match (self, first, second) {
            (_, NO_FACTOR, NO_FACTOR) => false,
            (Reverification::StrictMfa, NO_FACTOR, _) => false,
            (Reverification::StrictMfa, first, NO_FACTOR) => is_fresh(first),
            (Reverification::StrictMfa, first, second) => is_fresh(first) && is_fresh(second),
            (_, first, NO_FACTOR) => is_fresh(first),
            (_, _, second) => is_fresh(second),
        }
    }

    fn after_minutes(self) -> i64 {
        match self {
            Reverification::StrictMfa | Reverification::Strict => 10,
            Reverification::Moderate => 60,
            Reverification::Lax => 1440,
        }
    }
}

/// The error for a name that no [`Reverification`] has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownReverification;

impl UnknownReverification {
    /// The hint that lists the available names.
    pub fn hint(&self) -> &'static str {
        "Available presets: strict_mfa, strict, moderate, lax."
    }
}

impl fmt::Display for UnknownReverification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown reverification preset")
    }
}

impl std::error::Error for UnknownReverification {}

impl FromStr for Reverification {
    type Err = UnknownReverification;

    fn from_str(name: &str) -> Result<Reverification, UnknownReverification> {
        Reverification::NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, preset)| *preset)
            .ok_or(UnknownReverification)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_found_by_its_name() {
        for (name, preset) in Reverification::NAMES {
            assert_eq!(name.parse(), Ok(preset));
            assert!(UnknownReverification.hint().contains(name));
        }
        assert_eq!("paranoid".parse::<Reverification>(), Err(UnknownReverification));
    }
}
