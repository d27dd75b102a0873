//! Permissions of version 2: the features in `fea` times the names in `o.per`, where `o.fpm` has a bit.
//!
//! Invariant: [`FpmAlignment::Strict`] grants only what both readings grant. The readings are compared as
//! pairs of slices; only the granted pairs become text. Source: [Clerk's
//! documentation](https://clerk.com/docs/guides/sessions/session-tokens).

use super::fpm_alignment::FpmAlignment;
use super::mask::Mask;
use super::scoped_list::elements;
use crate::limits::{MAX_DECODED_PERMISSIONS, MAX_FEATURES, MAX_PERMISSION_NAMES, MAX_SLUG_BYTES};

/// The slugs of a feature and of a permission.
type GrantedPair<'a> = (&'a str, &'a str);

/// `org:{feature}:{permission}` for every bit of every mask, in no particular order.
pub(crate) fn decode(features: &str, names: &str, masks: &str, alignment: FpmAlignment) -> Vec<String> {
    if names.trim().is_empty() || masks.trim().is_empty() {
        return Vec::new();
    }
    // `None` keeps the position of a feature that does not belong to the organization.
    let features: Vec<Option<&str>> = elements(features)
        .take(MAX_FEATURES)
        .map(|element| {
            element
                .filter(|(scope, _)| scope.organization)
                .map(|(_, slug)| slug)
        })
        .collect();
    let names: Vec<&str> = names
        .split(',')
        .take(MAX_PERMISSION_NAMES)
        .map(str::trim)
        .collect();

    let docs = || pairs(features.iter().copied(), &names, masks);
    let sdk = || pairs(features.iter().copied().filter(Option::is_some), &names, masks);
    let granted = match alignment {
        FpmAlignment::Docs => docs(),
        FpmAlignment::Sdk => sdk(),
        FpmAlignment::Strict if features.iter().all(Option::is_some) => docs(),
        FpmAlignment::Strict => {
            let mut both = sdk();
            let docs = docs();
            both.retain(|pair| docs.binary_search(pair).is_ok());
            both
        }
    };
    granted
        .into_iter()
        .map(|(feature, name)| ["org:", feature, ":", name].concat())
        .collect()
}

/// The pairs that the masks grant, sorted and without duplicates.
fn pairs<'a>(
    features: impl Iterator<Item = Option<&'a str>>,
    names: &[&'a str],
    masks: &str,
) -> Vec<GrantedPair<'a>> {
    let usable = |slug: &str| !slug.is_empty() && slug.len() <= MAX_SLUG_BYTES;
    let mut pairs: Vec<GrantedPair<'a>> = features
        .zip(masks.split(','))
        .filter_map(|(feature, mask)| Some((feature.filter(|slug| usable(slug))?, mask)))
        .flat_map(|(feature, mask)| {
            let bits: Vec<usize> = Mask::parse(mask.trim()).ones().collect();
            bits.into_iter()
                .map_while(|bit| names.get(bit))
                .map(move |name| (feature, *name))
        })
        .filter(|(_, name)| usable(name))
        .take(MAX_DECODED_PERMISSIONS)
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::MAX_MASK_DIGITS;
    use FpmAlignment::{Docs, Sdk, Strict};

    fn sorted(features: &str, names: &str, masks: &str, alignment: FpmAlignment) -> Vec<String> {
        let mut permissions = decode(features, names, masks, alignment);
        permissions.sort();
        permissions
    }

    #[test]
    fn clerks_own_examples_decode_alike_under_every_alignment() {
        let numbered: Vec<String> = (0..54).map(|number| format!("permission_{number}")).collect();
        let numbered = numbered.join(",");
        let cases: [(&str, &str, &str, &[&str]); 10] = [
            (
                "o:impersonation,o:memberships",
                "read,manage",
                "1,3",
                &["impersonation:read", "memberships:manage", "memberships:read"],
            ),
            (
                "o:repositories,uo:projects,u:goldprofileborder",
                "read,create,update,delete,revoke",
                "7,21,0",
                &[
                    "projects:read",
                    "projects:revoke",
                    "projects:update",
                    "repositories:create",
                    "repositories:read",
                    "repositories:update",
                ],
            ),
            (
                "o:repositories,o:impersonation,o:billing",
                "manage,read,update",
                "6,0,3",
                &[
                    "billing:manage",
                    "billing:read",
                    "repositories:read",
                    "repositories:update",
                ],
            ),
            (
                "o:f",
                &numbered,
                "9007199254740993",
                &["f:permission_0", "f:permission_53"],
            ),
            ("o:f", &numbered, "18014398509481984", &[]),
            ("o:f", &numbered, "1invalid", &[]),
            ("o:f", &numbered, "-1", &[]),
            ("o:f", &numbered, "1.5", &[]),
            (
                "o:dashboard,o:teams",
                "manage,read",
                "3,2",
                &["dashboard:manage", "dashboard:read", "teams:read"],
            ),
            // A malformed mask keeps its position; spaces, surplus masks and features do no harm.
            (" o:a , ou:b,o:c", " read , manage ", " x , 2 ", &["b:manage"]),
        ];
        for (features, names, masks, expected) in cases {
            let expected: Vec<String> = expected.iter().map(|name| format!("org:{name}")).collect();
            for alignment in [Strict, Sdk, Docs] {
                assert_eq!(
                    sorted(features, names, masks, alignment),
                    expected,
                    "{features} {alignment:?}"
                );
            }
        }
    }

    #[test]
    fn a_users_feature_before_an_organizations_is_where_the_readings_differ() {
        let decode = |alignment| {
            sorted(
                "o:reservations,u:dashboard,uo:support-chat,o:impersonation",
                "read,manage",
                "2,3",
                alignment,
            )
        };
        let manage = "org:reservations:manage";
        assert_eq!(
            decode(Sdk),
            [manage, "org:support-chat:manage", "org:support-chat:read"]
        );
        assert_eq!(decode(Docs), [manage]);
        assert_eq!(decode(Strict), [manage]);
    }

    #[test]
    fn an_element_that_counts_for_nobody_keeps_its_place_in_the_documented_reading_only() {
        for nobody in ["u:x", "x", "", "O:x", "foo:x"] {
            let features = format!("{nobody},o:a");
            assert_eq!(sorted(&features, "read", "1,0", Sdk), ["org:a:read"], "{nobody}");
            assert_eq!(sorted(&features, "read", "0,1", Docs), ["org:a:read"], "{nobody}");
            assert_eq!(sorted(&features, "read", "0,1", Sdk), [""; 0], "{nobody}");
            assert_eq!(
                sorted(&features, "read", "1,1", Strict),
                ["org:a:read"],
                "{nobody}"
            );
        }
    }

    #[test]
    fn nothing_to_align_gives_nothing() {
        for (features, names, masks) in [
            ("", "read", "1"),
            ("o:a", "", "1"),
            ("o:a", "read", ""),
            ("o:a", " ", "1"),
            ("o:a", "read", " "),
            ("o:", "read", "1"),
            ("o:a", ",", "3"),
        ] {
            assert_eq!(
                sorted(features, names, masks, Docs),
                [""; 0],
                "{features} {names} {masks}"
            );
        }
    }

    #[test]
    fn what_claims_can_make_of_their_length_is_bounded() {
        let long = "x".repeat(MAX_SLUG_BYTES + 1);
        assert_eq!(
            sorted(&format!("o:{long},o:a"), "read", "1,1", Docs),
            ["org:a:read"]
        );
        assert_eq!(sorted("o:a", &format!("{long},read"), "3", Docs), ["org:a:read"]);

        let features = vec!["o:f"; MAX_FEATURES].join(",") + ",o:beyond";
        let masks = vec!["1"; MAX_FEATURES + 1].join(",");
        assert_eq!(sorted(&features, "read", &masks, Docs), ["org:f:read"]);

        let names = (0..MAX_PERMISSION_NAMES + 2)
            .map(|n| n.to_string())
            .collect::<Vec<_>>()
            .join(",");
        let granted = decode("o:f", &names, &"9".repeat(MAX_MASK_DIGITS), Docs);
        assert!(granted
            .iter()
            .all(|name| *name != "org:f:1024" && *name != "org:f:1025"));
        assert!(granted.len() > MAX_PERMISSION_NAMES / 4);

        let features = (0..200).map(|n| format!("o:f{n}")).collect::<Vec<_>>().join(",");
        let names = (0..64).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
        let masks = vec![u64::MAX.to_string(); 200].join(",");
        for alignment in [Strict, Sdk, Docs] {
            assert_eq!(
                decode(&features, &names, &masks, alignment).len(),
                MAX_DECODED_PERMISSIONS
            );
        }
    }
}
