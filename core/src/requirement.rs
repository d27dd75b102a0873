//! What a person is asked to have: Clerk's `has()`.
//!
//! Invariant: everything asked for must be had, asking for nothing is never met, and what cannot be
//! decided is not had. Source: clerk/javascript, `packages/shared/src/authorization.ts`; the age of a
//! verification grows with the token's age here, because a claim in a database is read later than in
//! a request.

use crate::clerk::scoped_list;
use crate::identity::{without_prefix, Identity};
use crate::json::number::pair_of_ages;
use std::fmt;
use std::str::FromStr;

/// What is asked; `None` is not asked, an empty string is asked and never had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requirement<'a> {
    /// A role in the organisation, with or without `org:`.
    pub role: Option<&'a str>,
    /// A permission, with or without `org:`.
    pub permission: Option<&'a str>,
    /// A feature: `o:x`, `org:x`, `organization:x`, `u:x`, `user:x`, or `x` for either.
    pub feature: Option<&'a str>,
    /// A plan, written like a feature.
    pub plan: Option<&'a str>,
    /// A recent verification of the person.
    pub reverification: Option<Reverification>,
}

impl Requirement<'_> {
    /// Whether a person who is signed in has all of it at a second since 1970.
    pub(crate) fn is_met_by(&self, person: &Identity, now: i64) -> bool {
        let answers = [
            self.role.map(|role| has_role(person, role)),
            self.permission
                .map(|permission| has_permission(person, permission)),
            self.feature.map(|feature| has_element(person, "fea", feature)),
            self.plan.map(|plan| has_element(person, "pla", plan)),
            self.reverification.map(|preset| is_verified(person, preset, now)),
        ];
        let mut asked = answers.into_iter().flatten().peekable();
        asked.peek().is_some() && asked.all(|had| had)
    }
}

fn has_role(person: &Identity, asked: &str) -> bool {
    if person.rules().layout.role_needs_organization() && person.org_id().is_none() {
        return false;
    }
    let name = without_prefix(asked);
    person.roles().iter().any(|role| without_prefix(role) == name)
}

fn has_permission(person: &Identity, asked: &str) -> bool {
    let layout = &person.rules().layout;
    if layout.permission_needs_organization() && person.org_id().is_none() {
        return false;
    }
    let name = without_prefix(asked);
    if name.is_empty() {
        return false;
    }
    let held = person.org_permissions().unwrap_or_default();
    if layout.permissions_are_clerks() {
        held.iter()
            .any(|permission| permission.strip_prefix("org:") == Some(name))
    } else {
        held.iter().any(|permission| without_prefix(permission) == name)
    }
}

fn has_element(person: &Identity, claim: &str, asked: &str) -> bool {
    person
        .claim_text(claim)
        .is_some_and(|list| scoped_list::satisfies(&list, asked))
}

/// A preset of Clerk's reverification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reverification {
    /// Both factors within 10 minutes.
    StrictMfa,
    /// The second factor within 10 minutes.
    Strict,
    /// The second factor within 60 minutes.
    Moderate,
    /// The second factor within 1440 minutes.
    Lax,
}

impl Reverification {
    /// Every preset with Clerk's name for it.
    pub const NAMES: [(&'static str, Reverification); 4] = [
        ("strict_mfa", Reverification::StrictMfa),
        ("strict", Reverification::Strict),
        ("moderate", Reverification::Moderate),
        ("lax", Reverification::Lax),
    ];

    fn after_minutes(self) -> i64 {
        match self {
            Reverification::StrictMfa | Reverification::Strict => 10,
            Reverification::Moderate => 60,
            Reverification::Lax => 1440,
        }
    }
}

/// A factor that the person does not have, in `fva`.
const NO_FACTOR: i64 = -1;

fn is_verified(person: &Identity, preset: Reverification, now: i64) -> bool {
    let ages = person
        .claims()
        .and_then(|claims| claims.top("fva"))
        .and_then(pair_of_ages);
    let (Some((first, second)), Some(issued_at)) = (ages, person.issued_at()) else {
        return false;
    };
    // Whole seconds compare as whole minutes would: the limit and the claim are in minutes. A token
    // from the future is as old as one from now.
    let since_issue = now.saturating_sub(issued_at.floor() as i64).max(0);
    let is_fresh = |minutes: i64| {
        let age = minutes.saturating_mul(60).saturating_add(since_issue);
        age < preset.after_minutes() * 60
    };
    match (preset, first, second) {
        (_, NO_FACTOR, NO_FACTOR) => false,
        (Reverification::StrictMfa, NO_FACTOR, _) => false,
        (Reverification::StrictMfa, first, NO_FACTOR) => is_fresh(first),
        (Reverification::StrictMfa, first, second) => is_fresh(first) && is_fresh(second),
        (_, first, NO_FACTOR) => is_fresh(first),
        (_, _, second) => is_fresh(second),
    }
}

/// A name that is no [`Reverification`]'s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownReverification;

impl UnknownReverification {
    /// The sentence for an error's hint.
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
