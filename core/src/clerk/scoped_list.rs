//! Lists of `scope:slug` elements: the claims `fea` and `pla`.
//!
//! Invariant: scopes match exactly. `o`, `ou` and `uo` count for the organization, `u`, `ou` and `uo` for the
//! user, and any other scope for neither: searching for the letter `o` would take `foo` for an organization's
//! scope. Source:
//! [`authorization.ts`](https://github.com/clerk/javascript/blob/main/packages/shared/src/authorization.ts)
//! in Clerk's SDK.

/// Whom an element counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FeatureScope {
    pub(crate) organization: bool,
    pub(crate) user: bool,
}

const NOBODY: FeatureScope = FeatureScope {
    organization: false,
    user: false,
};

/// The scope and slug of each element; `None` for an element without a colon.
pub(crate) fn elements(list: &str) -> impl Iterator<Item = Option<(FeatureScope, &str)>> {
    list.split(',').map(|element| {
        let (scope, slug) = element.trim().split_once(':')?;
        let scope = match scope {
            "o" => FeatureScope {
                organization: true,
                user: false,
            },
            "u" => FeatureScope {
                organization: false,
                user: true,
            },
            "ou" | "uo" => FeatureScope {
                organization: true,
                user: true,
            },
            _ => NOBODY,
        };
        Some((scope, slug))
    })
}

/// Whether a list contains a feature or plan. `o:x`, `org:x` and `organization:x` require the organization's,
/// `u:x` and `user:x` the user's, a bare `x` either.
///
/// A list with an element that has no colon satisfies nothing, because its format is unknown.
pub(crate) fn satisfies(list: &str, required: &str) -> bool {
    satisfies_counting(list, required, true)
}

/// As [`satisfies`], but what the organization has does not count.
pub(crate) fn satisfies_without_organization(list: &str, required: &str) -> bool {
    satisfies_counting(list, required, false)
}

fn satisfies_counting(list: &str, required: &str, organization: bool) -> bool {
    let (wanted, slug) = match required.split_once(':') {
        Some(("o" | "org" | "organization", slug)) => (
            FeatureScope {
                organization: true,
                user: false,
            },
            slug,
        ),
        Some(("u" | "user", slug)) => (
            FeatureScope {
                organization: false,
                user: true,
            },
            slug,
        ),
        Some(_) => return false,
        None => (
            FeatureScope {
                organization: true,
                user: true,
            },
            required,
        ),
    };
    if slug.is_empty() || elements(list).any(|element| element.is_none()) {
        return false;
    }
    elements(list).flatten().any(|(scope, found)| {
        found == slug
            && ((organization && wanted.organization && scope.organization) || (wanted.user && scope.user))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_is_had_by_whom_its_scope_names() {
        let list = "o:impersonation, u:dashboard ,uo:chat,ou:mail,O:upper,x:other,foo:odd,o:";
        for (required, answer) in [
            ("impersonation", true),
            ("o:impersonation", true),
            ("org:impersonation", true),
            ("organization:impersonation", true),
            ("u:impersonation", false),
            ("user:impersonation", false),
            ("dashboard", true),
            ("u:dashboard", true),
            ("o:dashboard", false),
            ("o:chat", true),
            ("user:chat", true),
            ("o:mail", true),
            ("u:mail", true),
            ("upper", false),
            ("other", false),
            ("odd", false),
            ("uo:chat", false),
            ("O:impersonation", false),
            ("x:other", false),
            ("Impersonation", false),
            ("o:impersonation:x", false),
            ("", false),
            ("o:", false),
            (":", false),
        ] {
            assert_eq!(satisfies(list, required), answer, "{required}");
        }
    }

    #[test]
    fn the_name_is_all_that_follows_the_first_colon() {
        let list = "o:x:zzz,u:a:b:c";
        for (required, answer) in [
            ("o:x:zzz", true),
            ("org:x:zzz", true),
            ("u:x:zzz", false),
            ("user:a:b:c", true),
            // The text before the first colon is taken as a scope.
            ("x:zzz", false),
            ("o:x", false),
            ("o:zzz", false),
            ("x", false),
            ("zzz", false),
            ("u:a:b", false),
        ] {
            assert_eq!(satisfies(list, required), answer, "{required}");
        }
    }

    #[test]
    fn a_list_with_an_element_that_has_no_colon_satisfies_nobody() {
        for list in ["o:a,b", "b", "o:a,", "", ",o:a"] {
            assert!(!satisfies(list, "a"), "{list}");
        }
        assert!(satisfies("o:a", "a"));
    }
}
