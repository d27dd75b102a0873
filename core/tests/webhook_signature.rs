//! Which deliveries count as signed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod webhooks;

use aws_lc_rs::hmac;
use clerk_rls_core::limits::{
    MAX_WEBHOOK_BODY_BYTES, MAX_WEBHOOK_SECRETS, MAX_WEBHOOK_SECRET_BYTES, MAX_WEBHOOK_SIGNATURES,
    WEBHOOK_TOLERANCE_SECONDS,
};
use clerk_rls_core::webhook::{verify, Headers, Secret, WebhookError};
use webhooks::*;
use WebhookError::*;

const BODY: &[u8] = br#"{"object":"event","type":"user.deleted","data":{"id":"user_1","deleted":true}}"#;

/// The published vectors: secret, ID, timestamp, body and signature.
///
/// The first is that of Svix's Rust library (`rust/src/webhooks.rs` in svix/svix-webhooks), the second
/// that of its other libraries and of Standard Webhooks.
const VECTORS: [(&str, &str, i64, &str, &str); 2] = [
    (
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        1_649_367_553,
        r#"{"email":"test@example.com","username":"test_user"}"#,
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
    ),
    (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        r#"{"test": 2432232314}"#,
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
];

fn encode(bytes: &[u8]) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes)
}

fn signature() -> String {
    secret().sign(ID, SENT, BODY)
}

fn with_signature(signature: &str) -> Result<usize, WebhookError> {
    verdict(BODY, &headers(&SENT.to_string(), signature)).map(|delivery| delivery.secret_index())
}

#[test]
fn the_published_vectors_verify() {
    for (secret, id, timestamp, body, signature) in VECTORS {
        for secret in [secret, secret.strip_prefix("whsec_").unwrap()] {
            let secret = Secret::parse(secret).unwrap();
            assert_eq!(secret.sign(id, timestamp, body.as_bytes()), signature);
            for family in ["svix", "webhook"] {
                let seconds = timestamp.to_string();
                let names = ["id", "timestamp", "signature"].map(|name| format!("{family}-{name}"));
                let pairs = names.iter().map(String::as_str).zip([id, &seconds, signature]);
                let headers = Headers::new(pairs).unwrap();
                let secrets = [secret.clone()];
                let delivery = verify(body.as_bytes(), &headers, &secrets, timestamp).unwrap();
                assert_eq!(delivery.id(), id);
                assert_eq!(delivery.timestamp(), timestamp);
                assert_eq!(delivery.body(), body);
                assert_eq!(delivery.secret_index(), 0);
            }
        }
    }
}

#[test]
fn p23_a_signature_that_is_empty_short_or_of_another_body_is_refused() {
    let right = signature();
    for wrong in [
        "v1,".to_owned(),
        right[..8].to_owned(),
        right[..right.len() - 1].to_owned(),
        right[..right.len() - 4].to_owned(),
        format!("{right}="),
        format!("{right}AAAA"),
        format!("v1, {}", &right[3..]),
        format!("v1,{right}"),
        right.to_uppercase().replacen("V1", "v1", 1),
        secret().sign(ID, SENT, b"{}"),
        secret().sign("msg_other", SENT, BODY),
        secret().sign(ID, SENT + 1, BODY),
        other_secret().sign(ID, SENT, BODY),
        format!("v1,{}", "A".repeat(43) + "="),
        format!("v1,{}", "\u{e9}".repeat(22)),
        format!("v1,{}", "A".repeat(100_000)),
    ] {
        assert_eq!(with_signature(&wrong), Err(SignatureMismatch), "{wrong}");
    }
    assert_eq!(with_signature(&right), Ok(0));
}

#[test]
fn p23_only_version_1_counts() {
    let encoded = signature()[3..].to_owned();
    for wrong in [
        format!("v1a,{encoded}"),
        format!("v2,{encoded}"),
        format!("v,{encoded}"),
        format!("V1,{encoded}"),
        format!("v10,{encoded}"),
        format!("v1;{encoded}"),
        format!("v1={encoded}"),
        format!(",{encoded}"),
        format!("v1a,v1,{encoded}"),
        encoded.clone(),
        "v1".to_owned(),
        ",".to_owned(),
        format!("v1a,{encoded} v2,{encoded}"),
        format!("v1a,{encoded},v1,{encoded}"),
        format!("\tv1,{encoded}"),
        format!("v1a,{encoded}\tv1,{encoded}"),
    ] {
        assert_eq!(with_signature(&wrong), Err(NoSignature), "{wrong}");
    }
}

#[test]
fn one_right_signature_among_others_is_enough() {
    let (right, wrong) = (signature(), other_secret().sign(ID, SENT, BODY));
    for header in [
        format!("{wrong} {right}"),
        format!("{right} {wrong}"),
        format!("v1a,{} {wrong} {right} v1, v1", &right[3..]),
        format!("  {right}  {wrong} "),
        format!("{right} {right}"),
    ] {
        assert_eq!(with_signature(&header), Ok(0), "{header}");
    }
    assert_eq!(
        with_signature(&format!("{wrong} {wrong}")),
        Err(SignatureMismatch)
    );
}

#[test]
fn p23_too_many_signatures_are_refused_unread() {
    let right = signature();
    let repeated = |entry: &str, count: usize| [entry].repeat(count).join(" ");
    let most = MAX_WEBHOOK_SIGNATURES - 1;
    assert_eq!(
        with_signature(&format!("{} {right}", repeated("v1,AAAA", most))),
        Ok(0)
    );
    for entry in ["v1,AAAA", "v1a,AAAA", "v1", ""] {
        for count in [MAX_WEBHOOK_SIGNATURES, 10_000] {
            let header = format!("{right} {}", repeated(entry, count));
            assert_eq!(with_signature(&header), Err(TooManySignatures), "{entry} {count}");
        }
    }
}

#[test]
fn p23_a_reserialized_body_is_refused() {
    let signed = signed(BODY);
    let text = std::str::from_utf8(BODY).unwrap();
    for other in [
        text.replace(':', ": "),
        text.replacen('{', "{ ", 1),
        format!("{text}\n"),
        format!("\u{feff}{text}"),
        text.replace("user_1", "user_2"),
        text.replace("user_1", "\\u0075ser_1"),
        serde_json::from_str::<serde_json::Value>(text)
            .unwrap()
            .to_string(),
        String::new(),
    ] {
        assert_eq!(
            verdict(other.as_bytes(), &signed).err(),
            Some(SignatureMismatch),
            "{other}"
        );
    }
    assert!(verdict(BODY, &signed).is_ok());
}

#[test]
fn p23_a_replay_is_refused_after_five_minutes_and_not_before() {
    let headers = signed(BODY);
    let at = |now: i64| {
        verify(BODY, &headers, &[secret()], now)
            .map(|delivery| (delivery.timestamp(), delivery.secret_index()))
    };
    assert_eq!(WEBHOOK_TOLERANCE_SECONDS, 300);
    for offset in [-300, -299, -1, 0, 1, 299, 300] {
        assert_eq!(at(SENT + offset), Ok((SENT, 0)), "{offset}");
    }
    assert_eq!(at(SENT + 301), Err(TooOld { seconds: 301 }));
    assert_eq!(at(SENT - 301), Err(InFuture { seconds: 301 }));
    assert_eq!(
        at(i64::MAX),
        Err(TooOld {
            seconds: i64::MAX - SENT
        })
    );
    assert_eq!(at(i64::MIN), Err(InFuture { seconds: i64::MAX }));
}

#[test]
fn p23_a_timestamp_that_was_not_signed_is_refused() {
    for seconds in [SENT - 1, SENT + 1, SENT + 300] {
        let headers = headers(&seconds.to_string(), &signature());
        assert_eq!(verdict(BODY, &headers).err(), Some(SignatureMismatch));
    }
}

#[test]
fn a_timestamp_has_decimal_digits_alone() {
    for timestamp in [
        "+1750000000",
        "-1750000000",
        "1750000000.0",
        "1.75e9",
        "0x684ED180",
        "1_750_000_000",
        " 1750000000",
        "1750000000 ",
        "1750000000\n",
        "\u{661}\u{667}",
        "now",
        "2025-06-15T15:06:40Z",
        "9223372036854775808",
        "99999999999999999999999999",
    ] {
        let headers = headers(timestamp, &signature());
        assert_eq!(
            verdict(BODY, &headers).err(),
            Some(TimestampMalformed),
            "{timestamp}"
        );
    }
    let milliseconds = headers("1750000000000", &signature());
    assert!(matches!(
        verdict(BODY, &milliseconds).err(),
        Some(InFuture { .. })
    ));
}

#[test]
fn the_timestamps_own_text_is_signed() {
    let zero_first = headers("01750000000", &signature());
    assert_eq!(verdict(BODY, &zero_first).err(), Some(SignatureMismatch));

    let key = hmac::Key::new(hmac::HMAC_SHA256, b"0123456789abcdefghijklmn");
    let text = [format!("{ID}.01750000000.").as_bytes(), BODY].concat();
    let signature = format!("v1,{}", encode(hmac::sign(&key, &text).as_ref()));
    let delivery = verdict(BODY, &headers("01750000000", &signature)).unwrap();
    assert_eq!(delivery.timestamp(), SENT);
}

#[test]
fn p23_an_id_with_a_dot_is_refused_since_it_could_swallow_the_timestamp() {
    // Signed as ID at SENT with a body that begins with digits and a dot.
    let body = format!("{}.{{}}", SENT + 200);
    let signature = secret().sign(ID, SENT, body.as_bytes());
    let shifted = Headers::new([
        ("svix-id", format!("{ID}.{SENT}").as_str()),
        ("svix-timestamp", &(SENT + 200).to_string()),
        ("svix-signature", &signature),
    ])
    .unwrap();
    assert_eq!(
        verify(b"{}", &shifted, &[secret()], SENT + 400).err(),
        Some(IdMalformed)
    );
}

#[test]
fn an_id_is_short_visible_ascii() {
    let with_id = |id: &str| {
        let signature = secret().sign(id, SENT, BODY);
        let headers = Headers::new([
            ("svix-id", id),
            ("svix-timestamp", &SENT.to_string()),
            ("svix-signature", &signature),
        ]);
        verdict(BODY, &headers.unwrap()).map(|delivery| delivery.id().to_owned())
    };
    let longest = "m".repeat(255);
    for id in ["m", "msg_2xKJ-0~!", longest.as_str()] {
        assert_eq!(with_id(id).as_deref(), Ok(id));
    }
    let too_long = "m".repeat(256);
    for id in [
        "msg.1",
        "msg 1",
        " msg_1",
        "msg_1\n",
        "msg_\u{0}",
        "msg_\u{7f}",
        "msg_\u{e9}",
        too_long.as_str(),
    ] {
        assert_eq!(with_id(id), Err(IdMalformed), "{id:?}");
    }
}

#[test]
fn p23_during_a_rotation_any_active_secret_counts_and_is_reported() {
    let secrets = [secret(), other_secret()];
    let at = |header: &str, secrets: &[Secret]| {
        verify(BODY, &headers(&SENT.to_string(), header), secrets, SENT)
            .map(|delivery| delivery.secret_index())
    };
    let (first, second) = (signature(), other_secret().sign(ID, SENT, BODY));
    assert_eq!(at(&first, &secrets), Ok(0));
    assert_eq!(at(&second, &secrets), Ok(1));
    assert_eq!(at(&format!("{second} {first}"), &secrets), Ok(0));
    assert_eq!(at(&format!("{second} {first}"), &secrets[1..]), Ok(0));
    // The old secret has been removed.
    assert_eq!(at(&first, &secrets[1..]), Err(SignatureMismatch));
    assert_eq!(at(&first, &[]), Err(NoSecrets));

    let most: Vec<_> = std::iter::repeat_with(other_secret)
        .take(MAX_WEBHOOK_SECRETS - 1)
        .chain([secret()])
        .collect();
    assert_eq!(at(&first, &most), Ok(MAX_WEBHOOK_SECRETS - 1));
    let more = [most, vec![secret()]].concat();
    assert_eq!(at(&first, &more), Err(TooManySecrets));
}

#[test]
fn a_body_of_the_largest_size_is_verified_and_a_larger_one_is_refused() {
    let body = vec![b' '; MAX_WEBHOOK_BODY_BYTES];
    assert!(verdict(&body, &signed(&body)).is_ok());
    let body = vec![b' '; MAX_WEBHOOK_BODY_BYTES + 1];
    assert_eq!(verdict(&body, &signed(&body)).err(), Some(BodyTooLarge));
}

#[test]
fn a_body_that_is_not_utf8_is_refused_though_it_is_signed() {
    for body in [&b"\xff"[..], b"{\"a\":\"\xc3\"}", b"\xed\xa0\x80"] {
        assert_eq!(verdict(body, &signed(body)).err(), Some(BodyNotUtf8));
        assert_eq!(verdict(body, &signed(BODY)).err(), Some(SignatureMismatch));
    }
    assert_eq!(verdict(b"", &signed(b"")).unwrap().body(), "");
}

#[test]
fn a_secret_is_standard_base64_of_24_bytes_or_more() {
    let parse = |text: &str| Secret::parse(text).err();
    for text in ["", "whsec_"] {
        assert_eq!(parse(text), Some(SecretEmpty));
    }
    let unpadded = encode(&[7; 25]).trim_end_matches('=').to_owned();
    for text in [
        "whsec_whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u",
        "WHSEC_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u",
        "whsk_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u",
        "whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u\n",
        " whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u",
        "whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG-_",
        "whsec_a secret that is no base64 at all",
        unpadded.as_str(),
    ] {
        assert_eq!(parse(text), Some(SecretNotBase64), "{text}");
    }
    for bytes in [1, 16, 23] {
        assert_eq!(parse(&encode(&vec![7; bytes])), Some(SecretTooShort { bytes }));
    }
    // Svix generates 24 bytes and accepts up to 75; Standard Webhooks asks for 24 to 64.
    for bytes in [24, 25, 32, 64, 75, MAX_WEBHOOK_SECRET_BYTES] {
        let text = format!("whsec_{}", encode(&vec![7; bytes]));
        let secrets = [Secret::parse(&text).unwrap()];
        let signature = secrets[0].sign(ID, SENT, BODY);
        assert!(verify(BODY, &headers(&SENT.to_string(), &signature), &secrets, SENT).is_ok());
    }
    for bytes in [
        MAX_WEBHOOK_SECRET_BYTES + 1,
        MAX_WEBHOOK_SECRET_BYTES + 3,
        1_000_000,
    ] {
        assert_eq!(parse(&encode(&vec![7; bytes])), Some(SecretTooLong));
    }
}
