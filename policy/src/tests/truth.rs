//! When a policy is true.

use super::trees::*;

#[test]
fn tautologies_are_true_whoever_asks() {
    let null_or_not = combined("or", &[&is_null(&column(1)), &is_not_null(&column(1))]);
    let either = combined("or", &[&equal(&column(1), &user_id()), &boolean(true)]);
    for tree in [
        boolean(true),
        equal(&text("1"), &text("1")),
        equal(&column(2), &column(2)),
        null_or_not,
        either,
        combined("not", &[&boolean(false)]),
        combined(
            "or",
            &[&combined("not", &[&is_null(&user_id())]), &is_null(&user_id())],
        ),
        sub_select(&boolean(true)),
    ] {
        assert!(inspected(&tree).always, "{tree}");
    }
}

#[test]
fn what_depends_on_the_row_or_the_asker_is_no_tautology() {
    for tree in [
        boolean(false),
        column(3),
        is_not_null(&column(3)),
        equal(&column(1), &column(2)),
        equal(&text("1"), &text("2")),
        exists(&boolean(true)),
        call(PLPGSQL, 16, &[]),
        is_null(&text("1")),
        compared(7, 100, &column(1), &column(2)),
    ] {
        assert!(!inspected(&tree).always, "{tree}");
    }
}

#[test]
fn a_hole_for_nobody_is_found_however_it_is_spelled() {
    let own = equal(&column(2), &user_id());
    let guide = call(GUIDE, 25, &[]);
    for tree in [
        combined("or", &[&is_null(&user_id()), &own]),
        combined("or", &[&own, &is_null(&sub_select(&user_id()))]),
        equal(&coalesce(&[&user_id(), &column(2)]), &column(2)),
        combined("or", &[&is_null(&guide), &equal(&column(2), &guide)]),
        combined("or", &[&is_null(&null_if_empty(&claim("sub"))), &own]),
    ] {
        let found = inspected(&tree);
        assert!(found.for_nobody && !found.always, "{tree}");
    }
}

#[test]
fn null_tests_of_columns_are_no_hole_for_nobody() {
    let own = equal(&column(2), &user_id());
    for tree in [
        combined("or", &[&is_null(&column(2)), &own]),
        combined("and", &[&is_null(&column(4)), &own]),
        combined(
            "and",
            &[
                &own,
                &combined("or", &[&is_null(&org_id()), &equal(&column(3), &org_id())]),
            ],
        ),
        is_not_null(&user_id()),
    ] {
        assert!(!inspected(&tree).for_nobody, "{tree}");
    }
}

#[test]
fn a_user_without_an_organization_sees_all_through_an_or() {
    let in_org = combined("or", &[&is_null(&org_id()), &equal(&column(3), &org_id())]);
    let found = inspected(&combined("and", &[&is_not_null(&user_id()), &in_org]));
    assert!(found.without_organization && !found.for_nobody && !found.for_every_user);
    assert!(!inspected(&equal(&column(3), &org_id())).without_organization);
}

#[test]
fn being_signed_in_is_enough_for_every_user_alone() {
    let found = inspected(&is_not_null(&user_id()));
    assert!(found.for_every_user && !found.for_nobody && !found.always);
    assert!(!inspected(&call(9004, 16, &[&text("org:admin")])).for_every_user);
}

#[test]
fn the_parts_that_ask_are_shown_whole() {
    let tree = combined(
        "and",
        &[
            &equal(&column(2), &sub_select(&user_id())),
            &call(9004, 16, &[&text("org:x")]),
        ],
    );
    let parts: Vec<&str> = inspected(&tree)
        .user_parts
        .into_iter()
        .map(|span| &tree[span])
        .collect();
    assert_eq!(parts, [sub_select(&user_id()), call(9004, 16, &[&text("org:x")])]);
}

#[test]
fn rights_and_memberships_pin_what_being_signed_in_does_not() {
    let own = equal(&column(2), &user_id());
    let gate = call(9004, 16, &[&text("org:admin")]);
    assert_eq!(inspected(&gate).pinned_columns, None);
    assert_eq!(
        inspected(&combined("or", &[&own, &gate])).pinned_columns,
        Some(numbers(&[2]))
    );
    assert_eq!(
        inspected(&is_not_null(&user_id())).pinned_columns,
        Some(numbers(&[]))
    );
    let public = inspected(&combined("or", &[&own, &column(5)]));
    assert_eq!(public.pinned_columns, Some(numbers(&[])));
}

#[test]
fn the_role_of_whoever_is_signed_in_is_no_condition() {
    let role = |name: &str| equal(&claim("role"), &text(name));
    assert!(inspected(&role("authenticated")).for_every_user);
    assert!(inspected(&combined("not", &[&role("anon")])).for_every_user);
    assert!(!inspected(&role("admin")).for_every_user);
    assert!(!inspected(&role("authenticated")).always);
    let database_role = "{SQLVALUEFUNCTION :op 10 :type 19}";
    let name: String = "authenticated"
        .bytes()
        .chain(std::iter::repeat_n(0, 51))
        .map(|byte| format!("{byte} "))
        .collect();
    let name = format!("{{CONST :consttype 19 :constisnull false :constvalue 64 [ {name}]}}");
    assert!(inspected(&equal(database_role, &name)).for_every_user);
}

#[test]
fn a_column_that_is_compared_with_itself_is_told_wherever_it_is() {
    let inner = |number: i16| format!("{{VAR :varno 1 :varattno {number} :vartype 25 :varlevelsup 0}}");
    let shadowed = |right: &str| {
        let condition = equal(&inner(3), right);
        format!("{{SUBLINK :subLinkType 0 :testexpr <> :subselect {{QUERY :commandType 1 :rtable ({{RANGETBLENTRY :relid 5}}) :jointree {{FROMEXPR :fromlist ({{RANGETBLREF :rtindex 1}}) :quals {condition}}} :targetList <>}}}}")
    };
    assert!(inspected(&shadowed(&inner(3))).compares_with_itself);
    assert!(!inspected(&shadowed(&inner(4))).compares_with_itself);
    assert!(
        !inspected(&shadowed(&inner(3).replace(":varlevelsup 0", ":varlevelsup 1"))).compares_with_itself
    );
}
