//! What holds for any webhook, right or altered.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod webhooks;

#[path = "../fuzz/fuzz_targets/webhook_exercise.rs"]
mod webhook_exercise;

use clerk_rls_core::webhook::{users_from_list, verify, Change, Event, EventFault, Headers, Secret};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, Index};
use serde_json::{json, Value};
use webhooks::*;

/// Pieces of events, headers and secrets: near misses are likelier than with any bytes.
fn almost_webhook() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"object\":\"event\"",
        "\"type\":",
        "\"user.updated\"",
        "\"organizationMembership.deleted\"",
        "\"data\":{",
        "\"data\":[",
        "\"id\":",
        "\"u\"",
        "\"role\":",
        "\"org:\"",
        "\"email_addresses\":[",
        "\"primary_email_address_id\":",
        "\"public_metadata\":",
        "\"updated_at\":",
        "\"timestamp\":",
        "1",
        "1750000000000",
        "-1",
        "1e400",
        "null",
        "true",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\\",
        "svix-id: a\n",
        "svix-timestamp: 1000\n",
        "svix-signature: ",
        "v1,",
        "v1a,",
        " ",
        "\n",
        "whsec_",
        "QUJD",
        "=",
        "\u{e9}",
    ]);
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// An event of each kind that is read.
fn events() -> impl Strategy<Value = String> {
    select(vec![
        envelope("user.created", &user()),
        envelope("user.deleted", &json!({"id": "user_1", "deleted": true})),
        envelope("session.ended", &session()),
        envelope("organization.updated", &organization()),
        envelope("organization.deleted", &json!({"id": "org_1"})),
        envelope("organizationMembership.updated", &membership()),
        envelope("role.created", &json!({"id": "role_1"})),
    ])
    .prop_map(|event| event.to_string())
}

fn secret_of(bytes: &[u8]) -> Secret {
    Secret::parse(&base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        bytes,
    ))
    .unwrap()
}

proptest! {
    #[test]
    fn any_bytes_are_handled(bytes in vec(any::<u8>(), 0..300)) {
        webhook_exercise::webhook(&bytes);
    }

    #[test]
    fn what_looks_like_a_webhook_is_handled(text in almost_webhook()) {
        webhook_exercise::webhook(text.as_bytes());
    }

    #[test]
    fn an_event_with_any_bytes_replaced_is_handled(
        event in events(),
        at in any::<Index>(),
        length in 0..20_usize,
        piece in almost_webhook(),
    ) {
        let at = at.index(event.len());
        let end = event.len().min(at + length);
        let bytes = [&event.as_bytes()[..at], piece.as_bytes(), &event.as_bytes()[end..]].concat();
        webhook_exercise::webhook(&bytes);
        let list = [b"[", bytes.as_slice(), b"]"].concat();
        webhook_exercise::webhook(&list);
    }

    #[test]
    fn a_signed_body_verifies_with_its_secret_and_no_other(
        body in any::<String>(),
        id in "[!-\\-/-~]{1,40}",
        key in vec(any::<u8>(), 24..80),
        timestamp in 0..=i64::MAX - 300,
        offset in -300..=300_i64,
        others in 0..4_usize,
    ) {
        let signer = secret_of(&key);
        let mut secrets = vec![other_secret(); others];
        secrets.push(signer.clone());
        let headers = Headers::new([
            ("webhook-id", id.as_str()),
            ("webhook-timestamp", &timestamp.to_string()),
            ("webhook-signature", &signer.sign(&id, timestamp, body.as_bytes())),
        ]).unwrap();
        let delivery = verify(body.as_bytes(), &headers, &secrets, timestamp + offset).unwrap();
        prop_assert_eq!(delivery.body(), &body);
        prop_assert_eq!(delivery.id(), &id);
        prop_assert_eq!(delivery.timestamp(), timestamp);
        prop_assert_eq!(delivery.secret_index(), others);
        prop_assert!(verify(body.as_bytes(), &headers, &vec![other_secret(); others + 1], timestamp).is_err());
        let outside = if offset < 0 { timestamp - 301 } else { timestamp.saturating_add(301) };
        prop_assert!((outside - timestamp).abs() != 301 || verify(body.as_bytes(), &headers, &secrets, outside).is_err());
    }

    #[test]
    fn a_body_with_any_byte_changed_is_refused(event in events(), at in any::<Index>(), mask in 1..=255_u8) {
        let headers = signed(event.as_bytes());
        prop_assert!(verdict(event.as_bytes(), &headers).is_ok());
        let mut bytes = event.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= mask;
        prop_assert!(verdict(&bytes, &headers).is_err(), "{at} {mask}");
    }

    #[test]
    fn a_user_is_read_as_it_was_written(
        id in "[a-zA-Z0-9_\u{e9}]{1,60}",
        name in proptest::option::of("[^\0]{0,60}"),
        email in "[^\0]{1,60}",
        verified in any::<bool>(),
        number in any::<i64>(),
        updated_at in 0..=253_402_300_799_999_i64,
    ) {
        let mut data = user();
        data["id"] = json!(id);
        data["first_name"] = json!(name);
        data["email_addresses"][1]["email_address"] = json!(email);
        data["email_addresses"][1]["verification"]["status"] = json!(if verified { "verified" } else { "failed" });
        data["public_metadata"] = json!({"number": number});
        data["updated_at"] = json!(updated_at);
        let columns: Value = match event("user.updated", &data).unwrap().change {
            Change::User(user) => serde_json::from_str(&user.to_json()).unwrap(),
            other => panic!("{other:?}"),
        };
        let mut expected = user_columns();
        expected["user_id"] = json!(id);
        expected["first_name"] = json!(name);
        expected["email"] = json!(email);
        expected["email_verified"] = json!(verified);
        expected["public_metadata"] = json!({"number": number});
        expected["updated_at"] = json!(updated_at);
        prop_assert_eq!(&columns, &expected);
        let users = users_from_list(&json!({"data": [data]}).to_string()).unwrap();
        let from_list: Value = serde_json::from_str(&users[0].to_json()).unwrap();
        prop_assert_eq!(from_list, expected);
    }

    #[test]
    fn a_nul_character_is_refused_wherever_it_is_kept(
        pointer in select(vec![
            "/id", "/external_id", "/username", "/first_name", "/last_name", "/image_url",
            "/public_metadata/plan", "/email_addresses/1/email_address", "/phone_numbers/0/phone_number",
        ]),
        before in "[^\0]{0,10}",
        after in "[^\0]{0,10}",
    ) {
        let data = with(user(), pointer, json!(format!("{before}\0{after}")));
        let error = event("user.created", &data).unwrap_err();
        prop_assert_eq!(error.fault(), EventFault::NulCharacter);
    }
}

#[test]
fn every_bit_of_a_delivery_matters() {
    let body = envelope("user.deleted", &json!({"id": "user_1"})).to_string();
    let seconds = SENT.to_string();
    let signature = secret().sign(ID, SENT, body.as_bytes());
    let parts = [ID, &seconds, &signature, &body];
    let is_ok = |parts: &[Vec<u8>; 4]| {
        let [id, timestamp, signature, body] = parts.each_ref();
        // A header that is not UTF-8 cannot be passed.
        let text = |bytes| std::str::from_utf8(bytes).ok();
        let (Some(id), Some(timestamp), Some(signature)) = (text(id), text(timestamp), text(signature))
        else {
            return false;
        };
        let headers = Headers::new([
            ("svix-id", id),
            ("svix-timestamp", timestamp),
            ("svix-signature", signature),
        ]);
        let delivery = verdict(body, &headers.unwrap());
        delivery.is_ok_and(|delivery| Event::parse(&delivery).is_ok())
    };
    let right = parts.map(|part| part.as_bytes().to_vec());
    assert!(is_ok(&right));
    for part in 0..4 {
        for at in 0..right[part].len() {
            for bit in 0..8 {
                let mut wrong = right.clone();
                wrong[part][at] ^= 1 << bit;
                assert!(!is_ok(&wrong), "{part} {at} {bit}");
            }
        }
    }
}
