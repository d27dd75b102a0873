//! Which claims a policy reads, and how.

use super::trees::*;
use crate::*;

#[test]
fn claims_that_are_parsed_for_each_row_are_told_from_those_that_are_not() {
    let directly = inspected(&equal(&column(2), &claim("sub")));
    assert!(directly.parses && directly.parsing_functions.is_empty());
    let by_a_function = inspected(&equal(&column(2), &call(GUIDE, 25, &[])));
    assert!(!by_a_function.parses);
    assert_eq!(
        by_a_function.parsing_functions.into_iter().collect::<Vec<_>>(),
        [GUIDE]
    );
    for once in [
        sub_select(&claim("sub")),
        sub_select(&call(GUIDE, 25, &[])),
        user_id(),
    ] {
        let found = inspected(&equal(&column(2), &once));
        assert!(!found.parses && found.parsing_functions.is_empty());
    }
}

#[test]
fn claims_that_the_user_writes_and_keys_with_dots_are_found() {
    let found = inspected(&equal(&column(2), &nested_claim("user_metadata", "team")));
    assert_eq!(found.written_by_the_user, ["user_metadata"]);
    assert!(found.dotted_keys.is_empty());
    assert_eq!(
        inspected(&equal(&column(2), &claim("o.id"))).dotted_keys,
        ["o.id"]
    );
    for name in ["https://example.com/roles", "sub", "a b.c", "o..id", ".", "1.2"] {
        assert!(
            inspected(&equal(&column(2), &claim(name))).dotted_keys.is_empty(),
            "{name}"
        );
    }
    assert!(inspected(&equal(&column(2), &text("user_metadata")))
        .written_by_the_user
        .is_empty());
}

#[test]
fn a_subject_as_a_uuid_is_found_in_a_function_too() {
    for tree in [
        as_uuid(&claim("sub")),
        call(AUTH_UID, 2950, &[]),
        as_text(&call(AUTH_UID, 2950, &[])),
    ] {
        assert!(inspected(&equal(&column(2), &tree)).subject_as_uuid, "{tree}");
    }
    assert!(!inspected(&equal(&column(2), &as_uuid(&claim("tenant")))).subject_as_uuid);
}

#[test]
fn functions_that_cannot_be_read_perhaps_ask() {
    assert_eq!(
        inspected(&call(PLPGSQL, 16, &[&column(1)])).depends_on_user,
        UserDependence::Perhaps
    );
    assert_eq!(
        inspected(&call(RECURSIVE, 25, &[])).depends_on_user,
        UserDependence::Perhaps
    );
    assert_eq!(
        inspected(&equal(&column(1), &text("x"))).depends_on_user,
        UserDependence::No
    );
}
