//! The columns that a policy ties to the requesting user.

use super::trees::*;
use crate::*;

#[test]
fn own_rows_are_nobodys_but_the_users() {
    for user in [
        user_id(),
        sub_select(&user_id()),
        claim("sub"),
        null_if_empty(&claim("sub")),
        call(GUIDE, 25, &[]),
    ] {
        let found = inspected(&equal(&column(2), &user));
        assert_eq!(found.depends_on_user, UserDependence::Yes);
        assert!(found.reads_claims);
        assert!(
            !found.always && !found.for_nobody && !found.for_every_user && !found.without_organization,
            "{user}"
        );
        assert_eq!(found.owner_columns, numbers(&[2]));
        assert_eq!(found.index_groups, [numbers(&[2])]);
        assert_eq!(found.pinned_columns, Some(numbers(&[2])));
    }
}

#[test]
fn columns_are_pinned_by_every_branch_of_an_or_and_by_any_part_of_an_and() {
    let user = equal(&column(2), &user_id());
    let org = equal(&column(3), &org_id());
    let both = inspected(&combined("and", &[&user, &org]));
    assert_eq!(both.pinned_columns, Some(numbers(&[2, 3])));
    assert_eq!(both.index_groups, [numbers(&[2, 3])]);
    let either = inspected(&combined("or", &[&user, &org]));
    assert_eq!(either.pinned_columns, Some(numbers(&[])));
    assert_eq!(either.owner_columns, numbers(&[2, 3]));
    assert_eq!(either.index_groups, [numbers(&[2]), numbers(&[3])]);
    let public = inspected(&combined("or", &[&user, &column(5)]));
    assert!(public.index_groups.is_empty());
    assert_eq!(inspected(&boolean(false)).pinned_columns, None);
    assert_eq!(inspected(&boolean(true)).pinned_columns, Some(numbers(&[])));
    let member = inspected(&exists(&combined(
        "and",
        &[&equal(&column(3), &text("x")), &is_not_null(&user_id())],
    )));
    assert_eq!(member.pinned_columns, Some(numbers(&[3])));
}

#[test]
fn rows_of_the_users_organizations_are_owned() {
    let any = |collation: u32, or: bool, array: &str| {
        format!(
            "{{SCALARARRAYOPEXPR :opno {TEXT_EQUALS} :opfuncid 67 :useOr {or} :inputcollid {collation} :args ({} {array})}}",
            column(3)
        )
    };
    let organizations = call(9007, 1009, &[&text("org:admin")]);
    let found = inspected(&any(100, true, &organizations));
    assert_eq!(found.depends_on_user, UserDependence::Yes);
    assert!(found.reads_claims);
    assert!(!found.always && !found.for_nobody && !found.for_every_user && !found.without_organization);
    assert_eq!(found.owner_columns, numbers(&[3]));
    assert_eq!(found.index_groups, [numbers(&[3])]);
    assert_eq!(found.pinned_columns, Some(numbers(&[3])));
    let loose = inspected(&any(666, true, &organizations));
    assert_eq!(loose.loosely_compared, numbers(&[3]));
    // Neither = ALL nor an array of something else.
    let all = inspected(&any(100, false, &organizations));
    assert_eq!(all.owner_columns, numbers(&[]));
    assert_eq!(all.depends_on_user, UserDependence::Yes);
    let permissions = inspected(&any(100, true, &call(9005, 1009, &[])));
    assert_eq!(permissions.owner_columns, numbers(&[]));
    // A user without an active organization has organizations, perhaps none; a visitor has NULL.
    let found = inspected(&is_null(&organizations));
    assert!(found.for_nobody && !found.for_every_user && !found.without_organization);
}

#[test]
fn loose_comparisons_are_told() {
    assert_eq!(
        inspected(&compared(TEXT_EQUALS, 666, &column(2), &user_id())).loosely_compared,
        numbers(&[2])
    );
    let padded = "{FUNCEXPR :funcid 401 :funcresulttype 25 :funcformat 2 :args ({VAR :varno 1 :varattno 4 :vartype 1042 :varlevelsup 0})}";
    let found = inspected(&equal(padded, &user_id()));
    assert_eq!(found.loosely_compared, numbers(&[4]));
    assert!(found.index_groups.is_empty());
    assert!(inspected(&equal(&column(2), &user_id()))
        .loosely_compared
        .is_empty());
}
