//! What a verified delivery says has happened.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod webhooks;

use clerk_rls_core::webhook::{Change, EventFault};
use serde_json::{json, Value};
use webhooks::*;
use EventFault::*;

#[test]
fn an_envelope_says_what_happened_where_and_when() {
    let event = event("user.created", &user()).unwrap();
    assert_eq!(event.kind, "user.created");
    assert_eq!(event.instance_id.as_deref(), Some("ins_1"));
    assert_eq!(event.occurred_at, Some(1_750_000_000_123));
}

#[test]
fn a_timestamp_is_in_milliseconds_or_in_seconds() {
    let at = |timestamp: Value| {
        event_of(&with(envelope("x", &json!({})), "/timestamp", timestamp).to_string())
            .map(|event| event.occurred_at)
    };
    for (timestamp, expected) in [
        (json!(1_716_883_200), Some(1_716_883_200_000)),
        (json!(1_716_883_200_123_i64), Some(1_716_883_200_123)),
        (json!(99_999_999_999_i64), Some(99_999_999_999_000)),
        (json!(100_000_000_000_i64), Some(100_000_000_000)),
        (json!(0), Some(0)),
        (json!(253_402_300_799_999_i64), Some(253_402_300_799_999)),
        (json!(null), None),
    ] {
        assert_eq!(at(timestamp.clone()), Ok(expected), "{timestamp}");
    }
    for (timestamp, expected) in [
        (json!(-1), TimeOutOfRange),
        (json!(253_402_300_800_000_i64), TimeOutOfRange),
        (json!(1e300), TimeOutOfRange),
        (json!(1_716_883_200.5), TimeOutOfRange),
        (json!("1716883200"), WrongType),
        (json!(true), WrongType),
        (json!({}), WrongType),
    ] {
        let error = at(timestamp.clone()).unwrap_err();
        assert_eq!(
            (error.fault(), error.field()),
            (expected, Some("timestamp")),
            "{timestamp}"
        );
    }
    let without_timestamp = without(envelope("x", &json!({})), "/timestamp");
    assert_eq!(
        event_of(&without_timestamp.to_string()).unwrap().occurred_at,
        None
    );
}

#[test]
fn a_body_that_is_no_event_is_refused() {
    for (body, expected) in [
        ("", at("", NotJson)),
        ("not json", at("", NotJson)),
        ("{", at("", NotJson)),
        ("{}{}", at("", NotJson)),
        ("{\"object\":\"event\",}", at("", NotJson)),
        ("{\"\\ud800\":1}", at("", NotJson)),
        ("null", at("", NotAnObject)),
        ("[]", at("", NotAnObject)),
        ("\"event\"", at("", NotAnObject)),
        ("{}", at("object", Missing)),
        ("{\"object\":null}", at("object", Missing)),
        ("{\"object\":1}", at("object", WrongType)),
        ("{\"object\":\"user\"}", at("object", NotAnEvent)),
        ("{\"object\":\"event\"}", at("type", Missing)),
        ("{\"object\":\"event\",\"type\":[]}", at("type", WrongType)),
        ("{\"object\":\"event\",\"type\":\"\"}", at("type", Empty)),
        (
            "{\"object\":\"event\",\"type\":\"a\",\"type\":\"b\"}",
            at("type", Twice),
        ),
        (
            "{\"object\":\"event\",\"type\":\"a\\u0000\"}",
            at("type", NulCharacter),
        ),
        (
            "{\"object\":\"event\",\"type\":\"a\",\"instance_id\":7}",
            at("instance_id", WrongType),
        ),
        (
            "{\"object\":\"event\",\"type\":\"user.created\"}",
            at("data", Missing),
        ),
        (
            "{\"object\":\"event\",\"type\":\"user.created\",\"data\":[]}",
            at("data", WrongType),
        ),
        (
            "{\"object\":\"event\",\"type\":\"user.deleted\",\"data\":{},\"data\":{}}",
            at("data", Twice),
        ),
    ] {
        assert_eq!(fault_and_field(event_of(body)), expected, "{body}");
    }
    let spaces = format!(" \n{}\t ", envelope("x", &json!({})));
    assert!(event_of(&spaces).is_ok());
}

#[test]
fn an_unknown_type_is_no_error_and_its_data_is_not_read() {
    for kind in [
        "email.created",
        "role.updated",
        "user",
        "user.Created",
        "user.created ",
        "organizationInvitation.accepted",
        "subscriptionItem.freeTrialEnding",
    ] {
        for data in [json!(null), json!({"id": 7}), json!([])] {
            let event = event(kind, &data).unwrap();
            assert_eq!(event.change, Change::Unknown);
            assert_eq!(
                (event.kind.as_str(), event.change.to_json().as_str()),
                (kind, "{}")
            );
        }
    }
    let long = "x".repeat(256);
    assert_eq!(fault(&long, &json!({})), at("type", TooLong { bytes: 255 }));
}

#[test]
fn a_deletion_names_who_is_gone() {
    let user = event(
        "user.deleted",
        &json!({"object": "user", "id": "user_1", "deleted": true}),
    )
    .unwrap();
    assert_eq!(
        user.change,
        Change::UserDeleted {
            id: "user_1".to_owned()
        }
    );
    assert_eq!(columns(&user), json!({"user_id": "user_1"}));
    assert_eq!(user.occurred_at, Some(1_750_000_000_123));
    let data = json!({"object": "organization", "id": "org_1", "slug": "acme", "deleted": true});
    let organization = event("organization.deleted", &data).unwrap();
    assert_eq!(
        organization.change,
        Change::OrganizationDeleted {
            id: "org_1".to_owned()
        }
    );
    assert_eq!(columns(&organization), json!({"org_id": "org_1"}));
    for kind in ["user.deleted", "organization.deleted"] {
        for (data, expected) in [
            (json!({"deleted": true}), Missing),
            (json!({"id": ""}), Empty),
            (json!({"id": {}}), WrongType),
        ] {
            assert_eq!(fault(kind, &data), at("data.id", expected));
        }
    }
}

#[test]
fn a_session_is_read_from_each_of_its_events() {
    for (kind, status) in [
        ("session.created", "active"),
        ("session.pending", "pending"),
        ("session.ended", "ended"),
        ("session.removed", "removed"),
        ("session.revoked", "revoked"),
    ] {
        let event = event(kind, &with(session(), "/status", json!(status))).unwrap();
        let expected = json!({
            "session_id": "sess_1", "user_id": "user_1", "status": status,
            "expire_at": 1_750_600_000_000_i64, "abandon_at": 1_752_600_000_000_i64,
            "updated_at": 1_750_000_000_003_i64,
        });
        assert_eq!(columns(&event), expected);
    }
    // The user in it is not read.
    assert!(event("session.created", &with(session(), "/user", json!({"id": 7}))).is_ok());
    for (name, value, expected) in [
        ("id", json!(null), Missing),
        ("user_id", json!(null), Missing),
        ("user_id", json!(1), WrongType),
        ("status", json!(null), Missing),
        ("status", json!(""), Empty),
        ("expire_at", json!("soon"), WrongType),
        ("abandon_at", json!(-5), TimeOutOfRange),
        ("updated_at", json!(null), Missing),
    ] {
        let data = with(session(), &format!("/{name}"), value);
        assert_eq!(
            fault("session.ended", &data),
            at(&format!("data.{name}"), expected)
        );
    }
}

#[test]
fn an_organization_is_read_from_both_of_its_events() {
    let expected = json!({
        "org_id": "org_1", "name": "Acme", "slug": "acme", "image_url": "https://img.example.com/acme",
        "public_metadata": {"tier": 1}, "max_allowed_memberships": 5,
        "created_at": 1_740_000_000_004_i64, "updated_at": 1_750_000_000_005_i64,
    });
    for kind in ["organization.created", "organization.updated"] {
        let event = event(kind, &organization()).unwrap();
        assert_eq!(columns(&event), expected);
        assert!(!format!("{event:?}").contains("PRIVATE"));
    }
    let mut data = organization();
    for name in [
        "slug",
        "image_url",
        "public_metadata",
        "max_allowed_memberships",
        "created_at",
    ] {
        data = without(data, &format!("/{name}"));
    }
    let expected = json!({
        "org_id": "org_1", "name": "Acme", "slug": null, "image_url": null, "public_metadata": {},
        "max_allowed_memberships": null, "created_at": null, "updated_at": 1_750_000_000_005_i64,
    });
    assert_eq!(columns(&event("organization.created", &data).unwrap()), expected);
    for (name, value, expected) in [
        ("id", json!(null), Missing),
        ("name", json!(null), Missing),
        ("name", json!(1), WrongType),
        ("slug", json!(1), WrongType),
        ("max_allowed_memberships", json!(-1), CountOutOfRange),
        ("max_allowed_memberships", json!(1.5), CountOutOfRange),
        ("max_allowed_memberships", json!("5"), WrongType),
        ("public_metadata", json!(1), WrongType),
        ("updated_at", json!(null), Missing),
    ] {
        let data = with(organization(), &format!("/{name}"), value);
        assert_eq!(
            fault("organization.updated", &data),
            at(&format!("data.{name}"), expected)
        );
    }
}

#[test]
fn a_membership_is_read_from_each_of_its_events() {
    for (kind, deleted) in [("created", false), ("updated", false), ("deleted", true)] {
        let event = event(&format!("organizationMembership.{kind}"), &membership()).unwrap();
        let expected = json!({
            "membership_id": "orgmem_1", "org_id": "org_1", "user_id": "user_1", "role": "org:admin",
            "permissions": ["org:reports:read", "org:sys_memberships:manage"],
            "created_at": 1_740_000_000_006_i64, "updated_at": 1_750_000_000_007_i64, "deleted": deleted,
        });
        assert_eq!(columns(&event), expected);
        assert!(!format!("{event:?}").contains("PRIVATE"));
    }
}

#[test]
fn a_role_has_one_prefix() {
    for (role, expected) in [
        ("org:admin", "org:admin"),
        ("admin", "org:admin"),
        ("basic_member", "org:basic_member"),
        ("org:org:x", "org:org:x"),
        ("ORG:admin", "org:ORG:admin"),
    ] {
        let event = event(
            "organizationMembership.updated",
            &with(membership(), "/role", json!(role)),
        )
        .unwrap();
        assert_eq!(columns(&event)["role"], expected);
    }
    for role in ["", "org:"] {
        let data = with(membership(), "/role", json!(role));
        assert_eq!(
            fault("organizationMembership.updated", &data),
            at("data.role", Empty)
        );
    }
}

#[test]
fn fields_of_a_membership_with_other_types_are_refused() {
    let many = |count: usize| json!(vec!["org:a:b"; count]);
    for (path, field, value, expected) in [
        ("/id", "id", json!(null), Missing),
        ("/role", "role", json!(null), Missing),
        ("/role", "role", json!(1), WrongType),
        ("/organization", "organization", json!(null), Missing),
        ("/organization", "organization", json!("org_1"), WrongType),
        ("/organization/id", "organization.id", json!(null), Missing),
        ("/organization/id", "organization.id", json!(1), WrongType),
        ("/public_user_data", "public_user_data", json!(null), Missing),
        (
            "/public_user_data/user_id",
            "public_user_data.user_id",
            json!(""),
            Empty,
        ),
        ("/permissions", "permissions", json!("org:a:b"), WrongType),
        ("/permissions", "permissions", json!({}), WrongType),
        ("/permissions", "permissions", many(1025), TooManyPermissions),
        ("/permissions", "permissions[]", json!(["org:a:b", 1]), WrongType),
        ("/permissions", "permissions[]", json!([null]), WrongType),
        ("/permissions", "permissions[]", json!([""]), Empty),
        ("/permissions", "permissions[]", json!(["a\u{0}"]), NulCharacter),
        (
            "/permissions",
            "permissions[]",
            json!(["p".repeat(256)]),
            TooLong { bytes: 255 },
        ),
        ("/updated_at", "updated_at", json!(null), Missing),
    ] {
        let data = with(membership(), path, value);
        assert_eq!(
            fault("organizationMembership.created", &data),
            at(&format!("data.{field}"), expected)
        );
    }
    for (value, count) in [(json!(null), 0), (json!([]), 0), (many(1024), 1024)] {
        let data = with(membership(), "/permissions", value);
        let event = event("organizationMembership.created", &data).unwrap();
        assert_eq!(columns(&event)["permissions"].as_array().unwrap().len(), count);
    }
}

#[test]
fn a_field_that_stands_twice_is_refused_where_it_is_read() {
    let body = envelope("user.deleted", &json!({"id": "user_1"})).to_string();
    let twice = body.replace(r#"{"id":"user_1"}"#, r#"{"id":"user_1","id":"user_2"}"#);
    assert_eq!(fault_and_field(event_of(&twice)), at("data.id", Twice));
    let elsewhere = body.replace(r#"{"id":"user_1"}"#, r#"{"id":"user_1","slug":1,"slug":2}"#);
    assert!(event_of(&elsewhere).is_ok());
}
