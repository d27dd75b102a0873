//! Which headers of a request say who sent a webhook.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod webhooks;

use clerk_rls_core::limits::MAX_WEBHOOK_HEADERS_BYTES;
use clerk_rls_core::webhook::{Headers, WebhookError};
use serde_json::json;
use webhooks::*;
use WebhookError::*;

const BODY: &[u8] = b"{}";

fn signature() -> String {
    secret().sign(ID, SENT, BODY)
}

fn verdict_on(pairs: &[(&str, &str)]) -> Result<String, WebhookError> {
    let headers = Headers::new(pairs.iter().copied())?;
    verdict(BODY, &headers).map(|delivery| delivery.id().to_owned())
}

fn verdict_on_json(json: &str) -> Result<String, WebhookError> {
    verdict(BODY, &Headers::from_json(json)?).map(|delivery| delivery.id().to_owned())
}

#[test]
fn a_missing_header_is_named() {
    let (seconds, signature) = (SENT.to_string(), signature());
    for family in ["svix", "webhook"] {
        let names = ["id", "timestamp", "signature"].map(|name| format!("{family}-{name}"));
        let values = [ID, &seconds, &signature];
        for (missing, name) in names.iter().enumerate() {
            let mut pairs: Vec<_> = names.iter().map(String::as_str).zip(values).collect();
            assert!(verdict_on(&pairs).is_ok());
            pairs.remove(missing);
            match verdict_on(&pairs) {
                Err(HeaderMissing { name: told }) => assert_eq!(told, name),
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(verdict_on(&[]), Err(HeaderMissing { name: "svix-id" }));
    assert_eq!(
        verdict_on(&[("host", "example.com")]),
        Err(HeaderMissing { name: "svix-id" })
    );
}

#[test]
fn the_three_headers_are_of_one_family() {
    let (seconds, signature) = (SENT.to_string(), signature());
    let mixed = [
        ("svix-id", ID),
        ("webhook-timestamp", seconds.as_str()),
        ("svix-signature", signature.as_str()),
    ];
    assert_eq!(
        verdict_on(&mixed),
        Err(HeaderMissing {
            name: "svix-timestamp"
        })
    );
    let complete = [
        ("svix-id", "msg_other"),
        ("webhook-id", ID),
        ("webhook-timestamp", seconds.as_str()),
        ("webhook-signature", signature.as_str()),
    ];
    assert_eq!(verdict_on(&complete).as_deref(), Ok(ID));
}

#[test]
fn the_headers_of_svix_go_before_the_others() {
    let (seconds, signature) = (SENT.to_string(), signature());
    let both = |svix: &'static str, webhook: &'static str| {
        verdict_on(&[
            ("webhook-id", webhook),
            ("webhook-timestamp", &seconds),
            ("webhook-signature", &signature),
            ("svix-id", svix),
            ("svix-timestamp", &seconds),
            ("svix-signature", &signature),
        ])
    };
    assert_eq!(both(ID, "msg_other").as_deref(), Ok(ID));
    // No second try with the other family.
    assert_eq!(both("msg_other", ID), Err(SignatureMismatch));
    assert_eq!(both("", ID), Err(HeaderBlank { name: "svix-id" }));
}

#[test]
fn header_names_are_compared_in_any_case() {
    let (seconds, signature) = (SENT.to_string(), signature());
    let pairs = [
        ("Svix-Id", ID),
        ("SVIX-TIMESTAMP", seconds.as_str()),
        ("svix-Signature", signature.as_str()),
        ("svix-id2", "msg_other"),
        ("x-svix-id", "msg_other"),
    ];
    assert_eq!(verdict_on(&pairs).as_deref(), Ok(ID));
}

#[test]
fn a_blank_header_is_refused() {
    let (seconds, signature) = (SENT.to_string(), signature());
    for blank in ["", " ", "  \t"] {
        for name in ["svix-id", "svix-timestamp", "svix-signature"] {
            let value =
                |own: &'static str, value: &str| (own, if own == name { blank } else { value }.to_owned());
            let pairs = [
                value("svix-id", ID),
                value("svix-timestamp", &seconds),
                value("svix-signature", &signature),
            ];
            let pairs: Vec<_> = pairs
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            assert_eq!(verdict_on(&pairs), Err(HeaderBlank { name }));
        }
    }
}

#[test]
fn a_header_that_is_given_twice_is_refused() {
    let (seconds, signature) = (SENT.to_string(), signature());
    let mut pairs = vec![
        ("svix-id", ID),
        ("svix-timestamp", seconds.as_str()),
        ("svix-signature", signature.as_str()),
        ("accept", "a"),
        ("accept", "b"),
    ];
    assert!(verdict_on(&pairs).is_ok());
    for (name, value, known) in [
        ("svix-id", ID, "svix-id"),
        ("Svix-Timestamp", "1", "svix-timestamp"),
        ("SVIX-SIGNATURE", "v1,", "svix-signature"),
    ] {
        pairs.push((name, value));
        assert_eq!(verdict_on(&pairs), Err(HeaderTwice { name: known }));
        pairs.pop();
    }
    let twice = [r#""svix-id":"a","svix-id":"a""#, r#""svix-id":"a","Svix-Id":"b""#];
    for names in twice {
        for json in [
            format!("{{{names}}}"),
            format!("{{{names},\"x\":1,\"x\":2}}"),
            format!("{{\"x\":1,\"x\":2,{names}}}"),
        ] {
            assert_eq!(
                verdict_on_json(&json),
                Err(HeaderTwice { name: "svix-id" }),
                "{json}"
            );
        }
    }
}

#[test]
fn headers_are_taken_from_a_json_object() {
    let json = json!({
        "host": "db.example.com",
        "content-length": 2,
        "x": null,
        "y": ["a"],
        "svix-id": ID,
        "svix-timestamp": SENT.to_string(),
        "svix-signature": signature(),
    });
    assert_eq!(verdict_on_json(&json.to_string()).as_deref(), Ok(ID));
    let escaped = json.to_string().replace("msg_", "\\u006dsg_");
    assert_eq!(verdict_on_json(&escaped).as_deref(), Ok(ID));
    // Names that repeat are of no concern where they are not a webhook's.
    let repeated = json.to_string().replacen('{', "{\"host\":\"a\",", 1);
    assert_eq!(verdict_on_json(&repeated).as_deref(), Ok(ID));
}

#[test]
fn headers_that_are_no_json_object_of_strings_are_refused() {
    for json in [
        "",
        " ",
        "null",
        "[]",
        "\"svix-id\"",
        "1",
        "{",
        "{}}",
        "{\"svix-id\":\"\\ud800\"",
        "{\"\\ud800\":1}",
    ] {
        assert_eq!(verdict_on_json(json), Err(HeadersNotAnObject), "{json}");
    }
    for value in ["null", "1", "[\"msg_1\"]", "{}", "true", "\"\\ud800\""] {
        for name in ["svix-id", "webhook-signature"] {
            let json = format!("{{\"{name}\":{value}}}");
            assert_eq!(verdict_on_json(&json), Err(HeaderNotText { name }), "{json}");
        }
    }
    let deep = format!("{{\"x\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(verdict_on_json(&deep), Err(HeaderMissing { name: "svix-id" }));
}

#[test]
fn headers_of_the_largest_size_are_read_and_larger_ones_are_refused() {
    let json = format!("{{{}}}", " ".repeat(MAX_WEBHOOK_HEADERS_BYTES - 2));
    assert_eq!(verdict_on_json(&json), Err(HeaderMissing { name: "svix-id" }));
    assert_eq!(verdict_on_json(&format!("{json} ")), Err(HeadersTooLarge));
}
