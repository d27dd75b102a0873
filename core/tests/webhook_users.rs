//! What a verified delivery says about a user.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod webhooks;

use clerk_rls_core::webhook::{Change, EventFault, UserRecord};
use serde_json::{json, Value};
use webhooks::*;
use EventFault::*;

fn user_of(data: &Value) -> UserRecord {
    match event("user.updated", data).unwrap().change {
        Change::User(user) => *user,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_user_is_read_from_both_of_its_events() {
    for kind in ["user.created", "user.updated"] {
        let event = event(kind, &user()).unwrap();
        assert!(matches!(event.change, Change::User(_)));
        assert_eq!(columns(&event), user_columns());
        assert!(!format!("{event:?}").contains("PRIVATE") && !format!("{event:?}").contains("UNSAFE"));
    }
}

#[test]
fn the_primary_email_address_is_the_one_with_the_primary_id() {
    let email = |data: &Value| {
        let user = user_of(data);
        (user.email, user.email_verified)
    };
    let ada = || Some("ada@example.com".to_owned());
    assert_eq!(email(&user()), (ada(), true));
    assert_eq!(
        email(&with(user(), "/primary_email_address_id", json!("idn_1"))),
        (Some("old@example.com".to_owned()), false)
    );
    for nobody in [
        with(user(), "/primary_email_address_id", json!(null)),
        without(user(), "/primary_email_address_id"),
        with(user(), "/primary_email_address_id", json!("idn_7")),
        with(user(), "/email_addresses", json!([])),
        with(user(), "/email_addresses", json!(null)),
        without(user(), "/email_addresses"),
    ] {
        assert_eq!(email(&nobody), (None, false), "{nobody}");
    }
    for unverified in [
        with(user(), "/email_addresses/1/verification", json!(null)),
        without(user(), "/email_addresses/1/verification"),
        with(user(), "/email_addresses/1/verification", json!({})),
        with(user(), "/email_addresses/1/verification/status", json!(null)),
        with(
            user(),
            "/email_addresses/1/verification/status",
            json!("Verified"),
        ),
        with(user(), "/email_addresses/1/verification/status", json!("expired")),
    ] {
        assert_eq!(email(&unverified), (ada(), false), "{unverified}");
    }
    for (malformed, expected) in [
        (
            with(user(), "/primary_email_address_id", json!(2)),
            at("data.primary_email_address_id", WrongType),
        ),
        (
            with(user(), "/primary_email_address_id", json!("")),
            at("data.primary_email_address_id", Empty),
        ),
        (
            with(user(), "/email_addresses", json!({})),
            at("data.email_addresses", WrongType),
        ),
        (
            with(user(), "/email_addresses", json!(["idn_2"])),
            at("data.email_addresses[]", WrongType),
        ),
        (
            with(user(), "/email_addresses/0/id", json!(1)),
            at("data.email_addresses[].id", WrongType),
        ),
        (
            with(user(), "/email_addresses/1/email_address", json!(null)),
            at("data.email_addresses[].email_address", Missing),
        ),
        (
            with(user(), "/email_addresses/1/email_address", json!("")),
            at("data.email_addresses[].email_address", Empty),
        ),
        (
            with(user(), "/email_addresses/1/email_address", json!(1)),
            at("data.email_addresses[].email_address", WrongType),
        ),
        (
            with(user(), "/email_addresses/1/verification", json!(true)),
            at("data.email_addresses[].verification", WrongType),
        ),
        (
            with(user(), "/email_addresses/1/verification/status", json!(true)),
            at("data.email_addresses[].verification.status", WrongType),
        ),
    ] {
        assert_eq!(fault("user.updated", &malformed), expected);
    }
}

#[test]
fn the_primary_phone_number_is_the_one_with_the_primary_id() {
    assert_eq!(user_of(&user()).phone.as_deref(), Some("+15550100"));
    for nobody in [
        with(user(), "/primary_phone_number_id", json!(null)),
        with(user(), "/primary_phone_number_id", json!("idn_2")),
        with(user(), "/phone_numbers", json!([])),
    ] {
        assert_eq!(user_of(&nobody).phone, None);
    }
    let malformed = with(user(), "/phone_numbers/0/phone_number", json!(15_550_100));
    assert_eq!(
        fault("user.created", &malformed),
        at("data.phone_numbers[].phone_number", WrongType)
    );
}

#[test]
fn fields_that_may_be_missing_are_null_or_false() {
    let mut data = user();
    for name in [
        "external_id",
        "username",
        "first_name",
        "last_name",
        "image_url",
        "created_at",
    ] {
        assert_eq!(
            user_of(&with(data.clone(), &format!("/{name}"), json!(null))),
            user_of(&without(data.clone(), &format!("/{name}")))
        );
        data = without(data, &format!("/{name}"));
    }
    for name in ["public_metadata", "banned", "locked"] {
        data = without(data, &format!("/{name}"));
    }
    let event = event("user.updated", &data).unwrap();
    let expected = json!({
        "user_id": "user_1", "external_id": null, "email": "ada@example.com", "email_verified": true,
        "phone": "+15550100", "username": null, "first_name": null, "last_name": null, "image_url": null,
        "public_metadata": {}, "banned": false, "locked": false, "created_at": null,
        "updated_at": 1_750_000_000_002_i64,
    });
    assert_eq!(columns(&event), expected);
    assert!(user_of(&with(user(), "/banned", json!(true))).banned);
}

#[test]
fn fields_of_a_user_with_other_types_are_refused() {
    for (name, value, expected) in [
        ("id", json!(null), Missing),
        ("id", json!(7), WrongType),
        ("id", json!(""), Empty),
        ("id", json!("u".repeat(256)), TooLong { bytes: 255 }),
        ("id", json!("user_\u{0}"), NulCharacter),
        ("external_id", json!(7), WrongType),
        ("username", json!(["ada"]), WrongType),
        ("first_name", json!("x".repeat(4097)), TooLong { bytes: 4096 }),
        ("last_name", json!("\u{0}"), NulCharacter),
        ("image_url", json!(false), WrongType),
        ("public_metadata", json!([]), WrongType),
        ("public_metadata", json!("{}"), WrongType),
        ("public_metadata", json!({"a": ["\u{0}"]}), NulCharacter),
        ("public_metadata", json!({"a": {"\u{0}": 1}}), NulCharacter),
        (
            "public_metadata",
            json!({"a": "x".repeat(65_536)}),
            TooLong { bytes: 65_536 },
        ),
        ("banned", json!("false"), WrongType),
        ("locked", json!(0), WrongType),
        ("created_at", json!("2025-06-15"), WrongType),
        ("created_at", json!(-1), TimeOutOfRange),
        ("updated_at", json!(null), Missing),
        ("updated_at", json!(1.5), TimeOutOfRange),
        ("updated_at", json!(253_402_300_800_000_i64), TimeOutOfRange),
    ] {
        let data = with(user(), &format!("/{name}"), value.clone());
        assert_eq!(
            fault("user.updated", &data),
            at(&format!("data.{name}"), expected),
            "{value}"
        );
    }
    let longest = with(user(), "/id", json!("u".repeat(255)));
    assert_eq!(user_of(&longest).id.len(), 255);
    let longest = with(user(), "/first_name", json!("x".repeat(4096)));
    assert_eq!(user_of(&longest).first_name.unwrap().len(), 4096);
}

#[test]
fn metadata_keeps_what_the_provider_wrote() {
    let with_metadata = |metadata: &str| {
        let body = envelope(
            "user.updated",
            &with(user(), "/public_metadata", json!("METADATA")),
        )
        .to_string();
        event_of(&body.replace("\"METADATA\"", metadata))
    };
    for metadata in [
        r#"{"n":123456789012345678901234567890.10,"s":"\u00e9\/"}"#,
        r#"{ "b" : 1 , "a" : [ null , true ] }"#,
        r#"{"a":1,"a":2}"#,
        r#"{"\\u0000":"\\u0000"}"#,
    ] {
        let event = with_metadata(metadata).unwrap();
        match &event.change {
            Change::User(user) => assert_eq!(user.public_metadata, metadata),
            other => panic!("{other:?}"),
        }
        assert!(event
            .change
            .to_json()
            .contains(&format!("\"public_metadata\":{metadata},")));
    }
    let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    assert!(with_metadata(&nested(100)).is_ok());
    for metadata in [
        nested(128),
        nested(30_000),
        r#"{"a":"\ud800"}"#.to_owned(),
        r#"{"a":1e999}"#.to_owned(),
    ] {
        assert_eq!(
            fault_and_field(with_metadata(&metadata)),
            at("data.public_metadata", Unreadable)
        );
    }
}

#[test]
fn a_text_with_half_a_surrogate_pair_is_refused() {
    let body = envelope("user.updated", &with(user(), "/first_name", json!("HALF"))).to_string();
    let verdict = event_of(&body.replace("HALF", "\\udc00"));
    assert_eq!(fault_and_field(verdict), at("data.first_name", Unreadable));
    // What is not kept is not judged.
    let body = envelope("user.updated", &with(user(), "/locale", json!("HALF"))).to_string();
    assert!(event_of(&body.replace("HALF", "\\udc00")).is_ok());
}
