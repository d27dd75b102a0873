//! What a policy can require of the user: Clerk's
//! [`has()`](https://clerk.com/docs/guides/secure/authorization-checks).
//!
//! Invariant: the user must have everything that is required; an empty requirement is never met; and what
//! cannot be decided counts as missing. The source is
//! [`authorization.ts`](https://github.com/clerk/javascript/blob/main/packages/shared/src/authorization.ts)
//! in Clerk's SDK, with one difference: the age of a verification grows with the age of the token, because a
//! database reads a claim later than a request handler does.

use super::identity::Identity;
use super::reverification::Reverification;
use crate::clerk::{satisfies, satisfies_without_organization, without_org_prefix};
use crate::json::number::pair_of_ages;

/// What is required of the user. `None` requires nothing; an empty string is never met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requirement<'a> {
    /// A role in the organization, with or without `org:`.
    pub role: Option<&'a str>,
    /// A permission, with or without `org:`.
    pub permission: Option<&'a str>,
    /// A feature: `o:x`, `org:x` or `organization:x` of the organization, `u:x` or `user:x` of the user, `x`
    /// of either.
    pub feature: Option<&'a str>,
    /// A plan, written like a feature.
    pub plan: Option<&'a str>,
    /// A recent verification of the user.
    pub reverification: Option<Reverification>,
}

impl Identity {
    /// Whether the user has everything that is required at the time `now`, in seconds since 1970. Always
    /// false for an empty requirement, for a machine, and from the [deadline](Identity::deadline) on.
    pub fn has(&self, required: &Requirement<'_>, now: i64) -> bool {
        let user = self.user_id().is_some();
        let expired = self.deadline().is_some_and(|deadline| now >= deadline);
        user && !expired && required.is_met_by(self, now)
    }
}

impl Requirement<'_> {
    /// Whether a signed-in user has everything that is required.
    pub(crate) fn is_met_by(&self, user: &Identity, now: i64) -> bool {
        let answers = [
            self.role.map(|role| has_role(user, role)),
            self.permission.map(|permission| has_permission(user, permission)),
            self.feature.map(|feature| has_element(user, "fea", feature)),
            self.plan.map(|plan| has_element(user, "pla", plan)),
            self.reverification.map(|preset| is_verified(user, preset, now)),
        ];
        let mut required = answers.into_iter().flatten().peekable();
        required.peek().is_some() && required.all(|is_met| is_met)
    }
}

fn has_role(user: &Identity, required: &str) -> bool {
    if user.rules().layout.role_needs_organization() && user.org_id().is_none() {
        return false;
    }
    let name = without_org_prefix(required);
    user.roles().iter().any(|role| without_org_prefix(role) == name)
}

fn has_permission(user: &Identity, required: &str) -> bool {
    let layout = &user.rules().layout;
    if layout.permission_needs_organization() && user.org_id().is_none() {
        return false;
    }
    let name = without_org_prefix(required);
    if name.is_empty() {
        return false;
    }
    let held = user.org_permissions().unwrap_or_default();
    if layout.permissions_are_clerks() {
        held.iter()
            .any(|permission| permission.strip_prefix("org:") == Some(name))
    } else {
        held.iter()
            .any(|permission| without_org_prefix(permission) == name)
    }
}

fn has_element(user: &Identity, claim: &str, required: &str) -> bool {
    let satisfies = match user.is_no_member() {
        true => satisfies_without_organization,
        false => satisfies,
    };
    user.claim_text(claim)
        .is_some_and(|list| satisfies(&list, required))
}

fn is_verified(user: &Identity, preset: Reverification, now: i64) -> bool {
    let ages = user
        .claims()
        .and_then(|claims| claims.top("fva"))
        .and_then(pair_of_ages);
    let (Some((first, second)), Some(issued_at)) = (ages, user.issued_at()) else {
        return false;
    };
    // A token issued in the future counts as issued now.
    let since_issue = now.saturating_sub(issued_at.floor() as i64).max(0);
    preset.is_met_by(first, second, since_issue)
}
