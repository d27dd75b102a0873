//! What the refusal of a webhook says, and what it never says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod webhooks;

use clerk_rls_core::webhook::{verify, Secret, WebhookError};
use webhooks::*;
use WebhookError::*;

#[test]
fn a_refusal_tells_its_reason_with_numbers_and_what_to_do() {
    let header = "svix-id";
    for (error, message, detail, has_hint) in [
        (SecretEmpty, "webhook secret is empty", None, true),
        (SecretNotBase64, "webhook secret is not valid base64", None, true),
        (
            SecretTooShort { bytes: 16 },
            "webhook secret is too short",
            Some("The secret has 16 bytes, and at least 24 are needed."),
            true,
        ),
        (
            SecretTooLong,
            "webhook secret is too long",
            Some("A secret has at most 256 bytes."),
            true,
        ),
        (NoSecrets, "no webhook secret is configured", None, true),
        (
            TooManySecrets,
            "too many webhook secrets are configured",
            Some("A delivery is checked against at most 16 secrets."),
            true,
        ),
        (
            HeadersTooLarge,
            "webhook headers are too large",
            Some("The headers have at most 65536 bytes."),
            false,
        ),
        (
            HeadersNotAnObject,
            "webhook headers are not a JSON object",
            None,
            false,
        ),
        (
            HeaderMissing { name: header },
            "webhook header is missing",
            Some("The header is \"svix-id\"."),
            true,
        ),
        (
            HeaderTwice { name: header },
            "webhook header is given twice",
            Some("The header is \"svix-id\"."),
            false,
        ),
        (
            HeaderBlank { name: header },
            "webhook header is blank",
            Some("The header is \"svix-id\"."),
            false,
        ),
        (
            HeaderNotText { name: header },
            "webhook header is not a string",
            Some("The header is \"svix-id\"."),
            false,
        ),
        (
            IdMalformed,
            "webhook ID is malformed",
            Some("An ID has 1 to 255 visible ASCII characters, and no dot among them."),
            false,
        ),
        (
            TimestampMalformed,
            "webhook timestamp is malformed",
            Some("A timestamp is a number of seconds since 1970, in decimal digits."),
            false,
        ),
        (
            TooOld { seconds: 301 },
            "webhook timestamp is too old",
            Some("The webhook was sent 301 seconds ago, and at most 300 are accepted."),
            true,
        ),
        (
            InFuture { seconds: 301 },
            "webhook timestamp is in the future",
            Some("The timestamp is 301 seconds from now, and at most 300 are accepted."),
            true,
        ),
        (
            TooManySignatures,
            "webhook has too many signatures",
            Some("A webhook has at most 32 signatures."),
            false,
        ),
        (NoSignature, "webhook has no signature of version v1", None, true),
        (SignatureMismatch, "webhook signature does not match", None, true),
        (
            BodyTooLarge,
            "webhook body is too large",
            Some("A webhook's body has at most 393216 bytes."),
            false,
        ),
        (BodyNotUtf8, "webhook body is not valid UTF-8", None, false),
    ] {
        assert_eq!(error.to_string(), message);
        assert_eq!(error.detail().as_deref(), detail, "{message}");
        assert_eq!(error.hint().is_some(), has_hint, "{message}");
        assert!(error.hint().is_none_or(|hint| hint.ends_with(['.'])), "{message}");
    }
}

#[test]
fn nothing_shows_a_secret() {
    let text = format!("{:?} {:?}", secret(), [other_secret()]);
    assert_eq!(text, "Secret(..) [Secret(..)]");
    for malformed in [
        "whsec_QUJDREVGR0g=",
        "whsec_QUJDREVGR0hRSUpLTE1OT1BRUlNUVVZX?",
        &"QUJDREVGR0hJ".repeat(40),
    ] {
        let error = Secret::parse(malformed).unwrap_err();
        let words = format!("{error} {error:?} {:?} {:?}", error.detail(), error.hint());
        assert!(!words.contains("QUJD") && !words.contains("ABCD"), "{words}");
    }
}

#[test]
fn a_delivery_does_not_show_its_body() {
    let body = br#"{"email":"ada@example.com"}"#;
    let delivery = verdict(body, &signed(body)).unwrap();
    let text = format!("{delivery:?}");
    assert_eq!(
        text,
        format!("Delivery {{ id: \"{ID}\", timestamp: {SENT}, secret_index: 0, .. }}")
    );
}

#[test]
fn a_refusal_does_not_repeat_the_request() {
    for (timestamp, signature) in [
        ("SPILLED", "v1,SPILLED"),
        ("1750000000", "v1,SPILLED"),
        ("1750000000", "v2,SPILLED"),
        ("1", "SPILLED"),
    ] {
        let error = verify(b"SPILLED", &headers(timestamp, signature), &[secret()], SENT).unwrap_err();
        let words = format!("{error} {error:?} {:?} {:?}", error.detail(), error.hint());
        assert!(!words.contains("SPILLED"), "{words}");
    }
}
