//! Properties of any token and any key, valid or altered.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fixtures;

use clerk_rls_core::token::{
    decode, jwk_from_pem, jwk_from_secret, sign, strip_bearer, verify, Algorithm, Issuer, KeyRules, KeySet,
    ParsedToken,
};
use fixtures::*;
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::LazyLock;

static ISSUERS: LazyLock<Vec<(Algorithm, Issuer, String)>> = LazyLock::new(|| {
    algorithms()
        .map(|algorithm| {
            let token = sign(CLAIMS, private_jwk(algorithm), "{}").unwrap();
            (algorithm, issuer_of(algorithm), token)
        })
        .collect()
});

/// Characters of tokens, keys and PEM files, which yield near misses more often than random bytes.
fn almost_token() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        ".",
        "eyJ",
        "eyJhbGciOiJIUzI1NiJ9",
        "eyJzdWIiOiIifQ",
        "e30",
        "W10",
        "A",
        "_",
        "-",
        "=",
        "+",
        " ",
        "\n",
        "\0",
        "é",
    ]);
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn almost_jwks() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"keys\":[",
        "\"kty\":",
        "\"RSA\"",
        "\"EC\"",
        "\"OKP\"",
        "\"oct\"",
        "\"alg\":",
        "\"RS256\"",
        "\"ES256\"",
        "\"crv\":",
        "\"P-256\"",
        "\"Ed25519\"",
        "\"x\":",
        "\"y\":",
        "\"n\":",
        "\"e\":",
        "\"k\":",
        "\"AQAB\"",
        "\"kid\":",
        "\"a\"",
        "\"use\":",
        "\"sig\"",
        "\"key_ops\":",
        "[\"verify\"]",
        "null",
        "1",
        "\\",
    ]);
    vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn parsing_any_bytes_as_a_token_ends(bytes in vec(any::<u8>(), 0..200)) {
        if let Ok(parsed) = ParsedToken::parse(&bytes) {
            let _ = parsed.issuer();
        }
    }

    #[test]
    fn parsing_what_looks_like_a_token_ends(text in almost_token()) {
        let _ = decode(strip_bearer(&text));
        for (_, issuer, _) in ISSUERS.iter() {
            prop_assert!(verify(&text, issuer, NOW).is_err());
        }
    }

    #[test]
    fn reading_what_looks_like_keys_ends(text in almost_jwks()) {
        for allow_secrets in [false, true] {
            if let Err(error) = KeySet::from_json(&text, &KeyRules { allow_secrets }) {
                prop_assert!(!error.to_string().is_empty());
                error.detail();
            }
        }
        let _ = sign("{}", &text, "{}");
    }

    #[test]
    fn reading_any_pem_or_secret_ends(label in "(RSA |EC )?(PUBLIC|PRIVATE) KEY|CERTIFICATE", der in vec(any::<u8>(), 0..80)) {
        let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, der);
        let pem = format!("-----BEGIN {label}-----\n{base64}\n-----END {label}-----\n");
        for algorithm in algorithms() {
            prop_assert!(jwk_from_pem(&pem, algorithm, None).is_err());
            prop_assert!(jwk_from_secret(&pem, algorithm, None).is_err());
        }
    }

    #[test]
    fn a_token_with_any_byte_changed_is_refused(
        which in 0..12_usize,
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let (_, issuer, token) = &ISSUERS[which];
        let mut bytes = token.as_bytes().to_vec();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        let verdict = ParsedToken::parse(&bytes).and_then(|parsed| parsed.verify(issuer, NOW));
        prop_assert!(verdict.is_err(), "{at} {byte}");
    }

    #[test]
    fn a_token_cut_or_spliced_is_refused(
        which in 0..12_usize,
        other in 0..12_usize,
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
    ) {
        let (_, issuer, token) = &ISSUERS[which];
        let (_, _, tail) = &ISSUERS[other];
        let spliced = format!("{}{}", &token[..from.index(token.len())], &tail[to.index(tail.len())..]);
        prop_assert_eq!(verify(&spliced, issuer, NOW).is_ok(), spliced == *token);
    }

    #[test]
    fn what_is_signed_is_verified_and_says_the_same(
        which in 0..12_usize,
        sub in "[a-zA-Z0-9_é😀\"\\\\]{1,20}",
        extra in any::<i64>(),
    ) {
        let (algorithm, issuer, _) = &ISSUERS[which];
        let claims = serde_json::json!({"sub": sub, "exp": NOW + 60, "extra": extra}).to_string();
        let token = sign(&claims, private_jwk(*algorithm), "{}").unwrap();
        let verified = verify(&token, issuer, NOW).unwrap();
        prop_assert_eq!(verified.claims().text(), &claims);
        for (other, issuer, _) in ISSUERS.iter().filter(|(other, _, _)| other != algorithm) {
            prop_assert!(verify(&token, issuer, NOW).is_err(), "{}", other);
        }
    }
}

#[test]
fn every_bit_of_a_token_matters() {
    for (algorithm, issuer, token) in ISSUERS.iter() {
        // Every bit where a check is cheap; elsewhere the property above samples bytes.
        let step = if algorithm.is_hmac() { 1 } else { 7 };
        for at in (0..token.len()).step_by(step) {
            let mut bytes = token.as_bytes().to_vec();
            bytes[at] ^= 1 << (at % 8);
            let verdict = ParsedToken::parse(&bytes).and_then(|parsed| parsed.verify(issuer, NOW));
            assert!(verdict.is_err(), "{algorithm} {at}");
        }
    }
}
