//! What the refusal of an event or a list says, and what it never says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod webhooks;

use clerk_rls_core::webhook::{memberships_from_list, users_from_list, EventError};
use serde_json::{json, Value};
use webhooks::*;

fn words(error: &EventError) -> (String, Option<String>, bool) {
    (error.to_string(), error.detail(), error.hint().is_some())
}

fn refusal(kind: &str, data: &Value) -> (String, Option<String>, bool) {
    words(&event(kind, data).unwrap_err())
}

#[test]
fn the_refusal_of_an_event_names_the_field() {
    let told = |message: &str, detail: Option<&str>, has_hint: bool| {
        (message.to_owned(), detail.map(str::to_owned), has_hint)
    };
    let updated = |pointer: &str, value: Value| refusal("user.updated", &with(user(), pointer, value));
    assert_eq!(
        updated("/id", json!(null)),
        told("field \"data.id\" is missing", None, false)
    );
    assert_eq!(
        updated("/id", json!(7)),
        told("field \"data.id\" has the wrong type", None, false)
    );
    assert_eq!(
        updated("/id", json!("")),
        told("field \"data.id\" is empty", None, false)
    );
    assert_eq!(
        updated("/id", json!("u".repeat(300))),
        told(
            "field \"data.id\" is too long",
            Some("At most 255 bytes are accepted."),
            false
        )
    );
    assert_eq!(
        updated("/first_name", json!("\u{0}")),
        told(
            "field \"data.first_name\" contains the character \\u0000",
            None,
            true
        )
    );
    assert_eq!(
        updated("/updated_at", json!(-1)),
        told(
            "field \"data.updated_at\" is not a valid time in milliseconds",
            Some("A time is a whole number of milliseconds from 1970 to the year 9999."),
            false
        )
    );
    let deep: Value = (0..125).fold(json!(0), |inner, _| json!([inner]));
    let body = envelope(
        "user.updated",
        &with(user(), "/public_metadata", json!({"a": "DEEP"})),
    );
    let body = body.to_string().replace("\"DEEP\"", &format!("[[{deep}]]"));
    assert_eq!(
        words(&event_of(&body).unwrap_err()),
        told(
            "field \"data.public_metadata\" cannot be stored as JSON or text",
            None,
            false
        )
    );
    assert_eq!(
        refusal(
            "organization.updated",
            &with(organization(), "/max_allowed_memberships", json!(-1))
        ),
        told(
            "field \"data.max_allowed_memberships\" is not a valid count",
            None,
            false
        )
    );
    assert_eq!(
        refusal(
            "organizationMembership.created",
            &with(membership(), "/permissions", json!(vec!["a"; 1025]))
        ),
        told(
            "field \"data.permissions\" has too many elements",
            Some("A membership has at most 1024 permissions."),
            false
        )
    );
    for (body, message) in [
        ("", "JSON is malformed"),
        ("[]", "JSON is not an object"),
        (r#"{"object":"session"}"#, "field \"object\" is not \"event\""),
        (
            r#"{"object":"event","object":"event"}"#,
            "field \"object\" is given twice",
        ),
    ] {
        assert_eq!(words(&event_of(body).unwrap_err()), told(message, None, false));
    }
}

#[test]
fn the_refusal_of_a_list_names_the_record() {
    let error =
        memberships_from_list(&json!([membership(), without(membership(), "/organization/id")]).to_string());
    let (message, detail, has_hint) = words(&error.unwrap_err());
    assert_eq!(message, "field \"organization.id\" is missing");
    assert_eq!(detail.as_deref(), Some("It is record 2 of the list."));
    assert!(!has_hint);

    let error = users_from_list(&json!([with(user(), "/id", json!("u".repeat(256)))]).to_string());
    let detail = error.unwrap_err().detail();
    assert_eq!(
        detail.as_deref(),
        Some("It is record 1 of the list. At most 255 bytes are accepted.")
    );

    let error = users_from_list(&json!([{"a": "x".repeat(400_000)}]).to_string()).unwrap_err();
    assert_eq!(error.to_string(), "record is too large");
    assert_eq!(
        error.detail().as_deref(),
        Some("It is record 1 of the list. A record has at most 393216 bytes.")
    );

    let error = users_from_list("{}").unwrap_err();
    assert_eq!(
        words(&error),
        ("JSON is not a list of records".to_owned(), None, true)
    );
}

#[test]
fn a_refusal_never_shows_a_value() {
    let spilled = || json!("SPILLED");
    let long = || json!("SPILLED".repeat(10_000));
    for data in [
        with(user(), "/id", json!(["SPILLED"])),
        with(user(), "/id", long()),
        with(user(), "/first_name", long()),
        with(user(), "/banned", spilled()),
        with(user(), "/updated_at", spilled()),
        with(user(), "/public_metadata", spilled()),
        with(user(), "/public_metadata", json!({"SPILLED": "\u{0}"})),
        with(user(), "/email_addresses", spilled()),
        with(user(), "/email_addresses/0", spilled()),
        with(user(), "/email_addresses/1/email_address", json!({"SPILLED": 1})),
        with(user(), "/email_addresses/1/verification", spilled()),
    ] {
        let error = event("user.updated", &data).unwrap_err();
        let text = format!("{error} {error:?} {:?} {:?}", error.detail(), error.hint());
        assert!(!text.contains("SPILLED"), "{text}");
        let error = users_from_list(&json!([data]).to_string()).unwrap_err();
        let text = format!("{error} {error:?} {:?} {:?}", error.detail(), error.hint());
        assert!(!text.contains("SPILLED"), "{text}");
    }
    for body in [
        "SPILLED",
        "{\"SPILLED\"}",
        r#"{"object":"SPILLED"}"#,
        "[\"SPILLED\"]",
    ] {
        let error = event_of(body).unwrap_err();
        let text = format!("{error} {error:?} {:?} {:?}", error.detail(), error.hint());
        assert!(!text.contains("SPILLED"), "{text}");
    }
}
