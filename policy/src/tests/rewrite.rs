//! Improvements of a policy.

use super::trees::*;
use crate::*;
use clerk_rls_core::Layout;
use clerk_rls_core::Provider;

fn rewritten(tree: &str, purpose: Purpose) -> Vec<String> {
    let layout = Layout::preset(Provider::Clerk);
    let found = rewrite(tree, &mut Database, &layout, purpose).expect("a readable tree");
    let described = found.into_iter().map(|(span, replacement)| match replacement {
        Replacement::Sql(sql) => sql,
        Replacement::Once => format!("once {}", &tree[span][..9]),
    });
    described.collect()
}

#[test]
fn the_words_of_a_procedural_function_tell_that_it_asks() {
    let found = inspected(&call(WORDS, 16, &[]));
    assert_eq!(found.depends_on_user, UserDependence::Yes);
    assert_eq!(found.parsing_functions.into_iter().collect::<Vec<_>>(), [WORDS]);
    assert_eq!(
        rewritten(&call(WORDS, 16, &[]), Purpose::NativeReaders),
        ["once {FUNCEXPR"]
    );
    assert_eq!(
        rewritten(&call(WORDS, 16, &[&column(1)]), Purpose::NativeReaders),
        [""; 0]
    );
    assert_eq!(
        rewritten(&sub_select(&call(WORDS, 16, &[])), Purpose::NativeReaders),
        [""; 0]
    );
    let layout = Layout::default();
    assert_eq!(
        inspect_function(WORDS, &mut Database, &layout)
            .unwrap()
            .map(|found| found.depends_on_user),
        Some(UserDependence::Yes)
    );
}

#[test]
fn parsed_claims_become_readers() {
    let tree = |user: &str| equal(&column(2), user);
    assert_eq!(
        rewritten(&tree(&claim("sub")), Purpose::NativeReaders),
        ["requesting_user_id()"]
    );
    assert_eq!(
        rewritten(&tree(&null_if_empty(&claim("sub"))), Purpose::NativeReaders),
        ["requesting_user_id()"]
    );
    assert_eq!(
        rewritten(&tree(&nested_claim("o", "id")), Purpose::NativeReaders),
        ["requesting_org_id()"]
    );
    assert_eq!(
        rewritten(&tree(&claim("te'am")), Purpose::NativeReaders),
        ["requesting_claim('te''am')"]
    );
    assert_eq!(
        rewritten(&tree(&call(GUIDE, 25, &[])), Purpose::NativeReaders),
        ["requesting_user_id()"]
    );
    assert_eq!(rewritten(&tree(&user_id()), Purpose::NativeReaders), [""; 0]);
    // `o.rol` has no prefix, so the reader returns another value.
    assert_eq!(
        rewritten(&tree(&nested_claim("o", "rol")), Purpose::NativeReaders),
        ["requesting_claim('o', 'rol')"]
    );
}

#[test]
fn each_purpose_replaces_its_own() {
    let metadata = equal(&column(2), &nested_claim("user_metadata", "team"));
    assert_eq!(
        rewritten(&metadata, Purpose::TrustedMetadata),
        ["requesting_claim('app_metadata', 'team')"]
    );
    assert_eq!(
        rewritten(&equal(&column(2), &claim("o.id")), Purpose::SplitKeys),
        ["requesting_org_id()"]
    );
    let uid = call(AUTH_UID, 2950, &[]);
    assert_eq!(
        rewritten(&equal(&column(2), &uid), Purpose::UserIds),
        ["requesting_user_uuid()"]
    );
    assert_eq!(
        rewritten(&equal(&column(2), &as_text(&uid)), Purpose::UserIds),
        ["requesting_user_id()"]
    );
    assert_eq!(
        rewritten(&equal(&column(2), &as_text(&sub_select(&uid))), Purpose::UserIds),
        ["requesting_user_id()"]
    );
}

#[test]
fn a_function_is_a_reader_only_if_it_answers_the_same() {
    let layout = Layout::preset(Provider::Clerk);
    let equivalent = |oid| {
        inspect_function(oid, &mut Database, &layout)
            .unwrap()
            .and_then(|found| found.equivalent)
    };
    assert_eq!(equivalent(GUIDE).as_deref(), Some("requesting_user_id"));
    assert_eq!(equivalent(AUTH_UID).as_deref(), Some("requesting_user_uuid"));
    assert_eq!(equivalent(PLPGSQL), None);
    assert_eq!(equivalent(RECURSIVE), None);
    // Another provider has other claims for the organization.
    let elsewhere = Layout::preset(Provider::Generic)
        .with_claim_map(r#"{"user_id": ["userId"]}"#)
        .unwrap();
    assert_eq!(
        inspect_function(GUIDE, &mut Database, &elsewhere)
            .unwrap()
            .unwrap()
            .equivalent,
        None
    );
}

#[test]
fn a_reader_takes_no_place_where_its_null_lets_more_be_seen() {
    let not_readonly = combined(
        "not",
        &[&equal(&coalesce(&[&claim("role"), &text("")]), &text("readonly"))],
    );
    assert_eq!(
        rewritten(&not_readonly, Purpose::NativeReaders),
        ["once {OPEXPR :"]
    );
    let nobody = combined("or", &[&is_null(&claim("sub")), &equal(&column(2), &text("x"))]);
    assert_eq!(rewritten(&nobody, Purpose::NativeReaders), ["once {OPEXPR :"]);
    let published = combined("or", &[&column(5), &equal(&column(2), &claim("sub"))]);
    assert_eq!(
        rewritten(&published, Purpose::NativeReaders),
        ["requesting_user_id()"]
    );
    let negative = combined("not", &[&equal(&column(2), &call(GUIDE, 25, &[]))]);
    assert!(inspected(&negative).opened_by.is_empty());
    let opened = is_null(&call(GUIDE, 25, &[]));
    assert_eq!(
        inspected(&opened).opened_by.into_iter().collect::<Vec<_>>(),
        [GUIDE]
    );
}

#[test]
fn what_may_differ_from_row_to_row_is_not_computed_once() {
    assert_eq!(
        rewritten(&call(WORDS, 16, &[]), Purpose::NativeReaders),
        ["once {FUNCEXPR"]
    );
    assert_eq!(
        rewritten(&call(VOLATILE, 16, &[]), Purpose::NativeReaders),
        [""; 0]
    );
}

#[test]
fn no_rewriting_opens_a_policy() {
    let uid = call(AUTH_UID, 2950, &[]);
    assert_eq!(rewritten(&is_null(&uid), Purpose::UserIds), [""; 0]);
    let suspended = nested_claim("user_metadata", "suspended");
    let open = combined(
        "not",
        &[&equal(&coalesce(&[&suspended, &text("")]), &text("true"))],
    );
    assert_eq!(rewritten(&open, Purpose::TrustedMetadata), [""; 0]);
}
