//! The records in the lists that the provider's API returns.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod webhooks;

use clerk_rls_core::limits::{MAX_LIST_BYTES, MAX_LIST_RECORDS, MAX_WEBHOOK_BODY_BYTES};
use clerk_rls_core::webhook::{
    memberships_from_list, organizations_from_list, users_from_list, EventError, EventFault,
};
use serde_json::{json, Value};
use webhooks::*;
use EventFault::*;

fn error_of(json: &str) -> EventError {
    users_from_list(json).unwrap_err()
}

#[test]
fn a_list_is_an_array_or_a_page() {
    let other = with(user(), "/id", json!("user_2"));
    let users = json!([user(), other]);
    for list in [
        users.clone(),
        json!({"data": users, "totalCount": 2}),
        json!({"data": users, "total_count": 2}),
        json!({"total_count": 900, "data": users, "next": null}),
    ] {
        for json in [list.to_string(), format!("\n {list:#} ")] {
            let users = users_from_list(&json).unwrap();
            assert_eq!(users.len(), 2);
            let columns: Value = serde_json::from_str(&users[0].to_json()).unwrap();
            assert_eq!(columns, user_columns());
            assert_eq!(users[1].id, "user_2");
        }
    }
    for empty in ["[]", " [ ] ", r#"{"data":[],"total_count":0}"#] {
        assert_eq!(users_from_list(empty), Ok(Vec::new()));
    }
}

#[test]
fn organizations_and_memberships_are_read_from_lists() {
    let page = json!({"data": [organization()], "total_count": 1}).to_string();
    let organizations = organizations_from_list(&page).unwrap();
    assert_eq!(organizations[0].id, "org_1");
    assert_eq!(organizations[0].updated_at, 1_750_000_000_005);

    let page = json!({"data": [membership()], "total_count": 1}).to_string();
    let memberships = memberships_from_list(&page).unwrap();
    assert_eq!(memberships[0].org_id, "org_1");
    assert_eq!(memberships[0].role, "org:admin");
    assert!(!memberships[0].deleted);

    for list in [&page, "[{}]"] {
        assert!(organizations_from_list(list).is_err());
    }
}

#[test]
fn what_is_no_list_is_refused() {
    for (json, expected) in [
        ("", NotJson),
        ("[", NotJson),
        ("[]]", NotJson),
        ("[{}", NotJson),
        ("null", NotAList),
        ("1", NotAList),
        ("\"[]\"", NotAList),
        ("{}", NotAList),
        (r#"{"data":null}"#, NotAList),
        (r#"{"data":{}}"#, NotAList),
        (r#"{"data":{"data":[]}}"#, NotAList),
        (r#"{"Data":[]}"#, NotAList),
        (r#"{"errors":[{"code":"authentication_invalid"}]}"#, NotAList),
    ] {
        let error = error_of(json);
        assert_eq!((error.fault(), error.record()), (expected, None), "{json}");
    }
    let error = error_of(r#"{"data":[],"data":[]}"#);
    assert_eq!((error.fault(), error.field()), (Twice, Some("data")));
}

#[test]
fn one_malformed_record_refuses_the_list_and_is_named() {
    for (record, fault, field) in [
        (json!({}), Missing, Some("id")),
        (without(user(), "/updated_at"), Missing, Some("updated_at")),
        (with(user(), "/banned", json!("no")), WrongType, Some("banned")),
        (json!(null), NotAnObject, None),
        (json!("user_1"), NotAnObject, None),
        (json!([user()]), NotAnObject, None),
    ] {
        let error = error_of(&json!([user(), record, user()]).to_string());
        assert_eq!((error.fault(), error.field()), (fault, field));
        assert_eq!(error.record(), Some(2));
    }
}

#[test]
fn a_list_that_is_too_large_is_refused() {
    // Not JSON from the first byte on, so that only the length tells the two apart.
    let mut json = "x".repeat(MAX_LIST_BYTES);
    assert_eq!(error_of(&json).fault(), NotJson);
    json.push('x');
    let error = error_of(&json);
    assert_eq!((error.fault(), error.record()), (ListTooLarge, None));
}

#[test]
fn a_list_with_too_many_records_is_refused_before_one_is_read() {
    let numbers = |count: usize| format!("[0{}]", ",0".repeat(count - 1));
    let error = error_of(&numbers(MAX_LIST_RECORDS));
    assert_eq!((error.fault(), error.record()), (NotAnObject, Some(1)));
    for more in [1, 2] {
        let error = error_of(&numbers(MAX_LIST_RECORDS + more));
        assert_eq!((error.fault(), error.record()), (TooManyRecords, None));
    }
}

#[test]
fn a_record_that_is_too_large_is_refused() {
    let of_length = |length: usize| {
        let data = with(user(), "/unsafe_metadata", json!({"a": ""}));
        let missing = length - data.to_string().len();
        with(user(), "/unsafe_metadata", json!({"a": "x".repeat(missing)}))
    };
    let largest = of_length(MAX_WEBHOOK_BODY_BYTES);
    assert!(users_from_list(&json!([largest]).to_string()).is_ok());
    let larger = of_length(MAX_WEBHOOK_BODY_BYTES + 1);
    let error = error_of(&json!([user(), user(), larger]).to_string());
    assert_eq!((error.fault(), error.record()), (RecordTooLarge, Some(3)));
}
