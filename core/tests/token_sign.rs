//! Signing tokens, and verifying the signed tokens.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fixtures;

use clerk_rls_core::limits::MAX_TOKEN_BYTES;
use clerk_rls_core::token::{decode, sign, verify, Algorithm, IssuerRules, KeyFault, SignError};
use clerk_rls_core::ClaimsError;
use fixtures::*;
use serde_json::{json, Value};

fn error(claims: &str, key: &str, header: &str) -> SignError {
    sign(claims, key, header).unwrap_err()
}

#[test]
fn what_is_signed_is_verified_for_every_algorithm() {
    for algorithm in algorithms() {
        let token = sign(CLAIMS, private_jwk(algorithm), "{}").unwrap();
        let verified = verify(&token, &issuer_of(algorithm), NOW).unwrap();
        assert_eq!(verified.claims().text(), CLAIMS, "{algorithm}");
        let header = format!(r#"{{"alg":"{algorithm}","kid":"{KID}","typ":"JWT"}}"#);
        assert_eq!(decode(&token).unwrap().0, header);
    }
}

#[test]
fn hmac_and_ed25519_and_pkcs1_signatures_are_the_expected_bytes() {
    for algorithm in algorithms() {
        let deterministic =
            matches!(algorithm.as_str().as_bytes(), [b'H' | b'R', ..]) || algorithm == Algorithm::EdDSA;
        if deterministic {
            let token = sign(CLAIMS, private_jwk(algorithm), "{}").unwrap();
            let header = decode(&token).unwrap().0;
            assert_eq!(token, forge(algorithm, header, CLAIMS), "{algorithm}");
        }
    }
}

#[test]
fn the_extra_header_adds_members_and_contradicts_nothing() {
    let key = private_jwk(Algorithm::HS256);
    let header = |extra: &str| sign(CLAIMS, key, extra).map(|token| json(&decode(&token).unwrap().0));
    let kid = KID;
    for (extra, expected) in [
        ("{}", json!({"alg": "HS256", "kid": kid, "typ": "JWT"})),
        (
            r#"{"cat":"cl_B7d4PD111AAA"}"#,
            json!({"alg": "HS256", "kid": kid, "typ": "JWT", "cat": "cl_B7d4PD111AAA"}),
        ),
        (
            r#"{"typ":"at+jwt"}"#,
            json!({"alg": "HS256", "kid": kid, "typ": "at+jwt"}),
        ),
        (
            r#"{"alg":"HS256","kid":"ins_test"}"#,
            json!({"alg": "HS256", "kid": kid, "typ": "JWT"}),
        ),
        (
            r#"{"a\"\u00e9":[1,{"b":null}]}"#,
            json!({"alg": "HS256", "kid": kid, "typ": "JWT", "a\"é": [1, {"b": null}]}),
        ),
    ] {
        assert_eq!(header(extra).unwrap(), expected, "{extra}");
    }
    for (extra, name) in [
        (r#"{"alg":"none"}"#, "alg"),
        (r#"{"alg":"HS512"}"#, "alg"),
        (r#"{"alg":null}"#, "alg"),
        (r#"{"\u0061lg":"none"}"#, "alg"),
        (r#"{"kid":"other"}"#, "kid"),
        (r#"{"kid":7}"#, "kid"),
        (r#"{"crit":["exp"]}"#, "crit"),
        (r#"{"b64":false}"#, "b64"),
    ] {
        assert_eq!(
            header(extra).unwrap_err(),
            SignError::HeaderMember { name },
            "{extra}"
        );
    }
    assert_eq!(
        header("[]").unwrap_err(),
        SignError::Header(ClaimsError::NotAnObject)
    );
    assert_eq!(
        header(r#"{"a":1,"a":2}"#).unwrap_err(),
        SignError::Header(ClaimsError::DuplicateKey)
    );
    // A key without a kid takes a valid one from the header.
    let nameless = with(key, json!({ "kid": null }));
    let token = sign(CLAIMS, &nameless, r#"{"kid":"a"}"#).unwrap();
    assert_eq!(json(&decode(&token).unwrap().0)["kid"], "a");
    assert_eq!(
        error(CLAIMS, &nameless, r#"{"kid":""}"#),
        SignError::HeaderMember { name: "kid" }
    );
    let token = sign(CLAIMS, &nameless, "{}").unwrap();
    assert_eq!(json(&decode(&token).unwrap().0).get("kid"), None);
}

#[test]
fn claims_are_signed_as_they_are_written_if_they_are_strict_json() {
    let key = private_jwk(Algorithm::HS256);
    let claims = r#"{ "sub" : "Zo\u00eb" , "exp":1.75e9 }"#;
    assert_eq!(decode(&sign(claims, key, "{}").unwrap()).unwrap().1, claims);
    for (claims, reason) in [
        ("", ClaimsError::NotJson),
        ("[]", ClaimsError::NotAnObject),
        (r#"{"a":1,"a":2}"#, ClaimsError::DuplicateKey),
        (r#"{"a":"\u0000"}"#, ClaimsError::NulCharacter),
    ] {
        assert_eq!(error(claims, key, "{}"), SignError::Claims(reason), "{claims}");
    }
}

#[test]
fn a_token_that_would_be_refused_for_its_length_is_not_made() {
    let key = private_jwk(Algorithm::HS256);
    let claims = |bytes: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(bytes));
    let mut lengths = Vec::new();
    for bytes in MAX_TOKEN_BYTES / 4 * 3 - 200..MAX_TOKEN_BYTES / 4 * 3 {
        match sign(&claims(bytes), key, "{}") {
            Ok(token) => lengths.push(token.len()),
            Err(error) => assert_eq!(error, SignError::TooLong),
        }
    }
    assert!(lengths.iter().all(|length| *length <= MAX_TOKEN_BYTES));
    assert!(lengths.iter().any(|length| *length > MAX_TOKEN_BYTES - 4));
    assert!(lengths.len() < 200);
}

#[test]
fn keys_that_cannot_sign_are_refused() {
    for algorithm in algorithms().filter(|algorithm| !algorithm.is_hmac()) {
        assert_eq!(
            error(CLAIMS, &public_jwk(algorithm), "{}"),
            SignError::KeyIsPublic
        );
    }
    let fault = |algorithm, changes: Value| match error(CLAIMS, &with(private_jwk(algorithm), changes), "{}")
    {
        SignError::Key(error) => error.fault(),
        other => panic!("{other:?}"),
    };
    let hs = Algorithm::HS256;
    assert_eq!(
        fault(hs, json!({"key_ops": ["verify"]})),
        KeyFault::KeyOpsWithoutSign
    );
    assert_eq!(fault(hs, json!({"use": "enc"})), KeyFault::UseNotSignature);
    assert_eq!(fault(hs, json!({"alg": null})), KeyFault::AlgorithmMissing);
    assert_eq!(fault(hs, json!({"kid": 7})), KeyFault::KidInvalid);
    let short = KeyFault::SecretTooShort {
        algorithm: hs,
        bytes: 3,
    };
    assert_eq!(fault(hs, json!({"k": encode("abc")})), short);
    assert!(sign(CLAIMS, &with(private_jwk(hs), json!({"key_ops": ["sign"]})), "{}").is_ok());

    let other = json!({"d": encode([7; 32])});
    assert_eq!(fault(Algorithm::ES256, other.clone()), KeyFault::PartsDisagree);
    assert_eq!(fault(Algorithm::EdDSA, other), KeyFault::PartsDisagree);
    assert_eq!(
        fault(Algorithm::ES384, json!({"d": encode([7; 32])})),
        KeyFault::MemberInvalid { name: "d" }
    );
    assert_eq!(
        fault(Algorithm::EdDSA, json!({"d": encode([7; 33])})),
        KeyFault::MemberInvalid { name: "d" }
    );
    for name in ["p", "q", "dp", "dq", "qi"] {
        let mut changes = json!({});
        changes[name] = Value::Null;
        let missing = KeyFault::MemberMissing {
            name: Box::leak(name.to_owned().into_boxed_str()),
        };
        assert_eq!(fault(Algorithm::RS256, changes.clone()), missing);
        changes[name] = json!("AQ");
        assert_eq!(
            fault(Algorithm::RS256, changes),
            KeyFault::PartsDisagree,
            "{name}"
        );
    }
    assert_eq!(
        fault(Algorithm::RS256, json!({"d": "AQ"})),
        KeyFault::PartsDisagree
    );
    assert_eq!(
        fault(Algorithm::RS256, json!({"oth": []})),
        KeyFault::MemberInvalid { name: "oth" }
    );
    let set = format!(r#"{{"keys":[{}]}}"#, private_jwk(hs));
    for (key, expected) in [
        (set.as_str(), KeyFault::NotAKey),
        ("[]", KeyFault::NotAKey),
        ("{}", KeyFault::NotAKey),
    ] {
        assert_eq!(error(CLAIMS, key, "{}"), SignError::Key(expected.into()));
    }
}

#[test]
fn a_token_signed_for_one_issuer_says_nothing_to_another() {
    let other = with(private_jwk(Algorithm::HS256), json!({"k": encode([9; 64])}));
    let token = sign(CLAIMS, &other, "{}").unwrap();
    assert!(verify(&token, &issuer(&other, IssuerRules::default()), NOW).is_ok());
    assert!(verify(&token, &issuer_of(Algorithm::HS256), NOW).is_err());
}

#[test]
fn refusals_have_words() {
    let error = error(CLAIMS, private_jwk(Algorithm::HS256), r#"{"crit":[]}"#);
    assert_eq!(
        error.to_string(),
        "header to sign has a member that is not allowed"
    );
    assert_eq!(error.detail().as_deref(), Some("The member is \"crit\"."));
    assert!(error.hint().is_some());
}
