//! Which keys and sets are accepted, and that a key has exactly one algorithm.

mod fixtures;

use clerk_rls_core::limits::{MAX_JWKS_BYTES, MAX_KEYS_PER_SET, MAX_KID_BYTES};
use clerk_rls_core::token::{verify, Algorithm, IssuerRules, KeyError, KeyFault, KeySet, TokenError};
use clerk_rls_core::ClaimsError;
use fixtures::*;
use serde_json::{json, Value};
use KeyFault::*;

fn fault(jwks: &str) -> Option<KeyFault> {
    KeySet::from_json(jwks, &SECRETS).err().map(|error| error.fault())
}

fn changed(algorithm: Algorithm, changes: Value) -> Option<KeyFault> {
    fault(&with(&public_jwk(algorithm), changes))
}

fn set(jwks: &[String]) -> String {
    format!(r#"{{"keys":[{}]}}"#, jwks.join(","))
}

fn forged_with(algorithm: &str, signature: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let header = encode(format!(r#"{{"alg":"{algorithm}","kid":"{KID}"}}"#));
    let signed = format!("{header}.{}", encode(CLAIMS));
    let signature = encode(signature(signed.as_bytes()));
    format!("{signed}.{signature}")
}

#[test]
fn j02_an_rsa_key_is_never_an_hmac_secret() {
    let issuer = issuer_of(Algorithm::RS256);
    let jwk = json(&public_jwk(Algorithm::RS256));
    let base64: String = RSA_SPKI.lines().filter(|line| !line.starts_with('-')).collect();
    let der = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, base64).unwrap();
    let secrets: [Vec<u8>; 7] = [
        RSA_SPKI.into(),
        RSA_SPKI.trim_end().into(),
        RSA_PUBLIC_PKCS1.into(),
        RSA_CERTIFICATE.into(),
        der,
        decode(jwk["n"].as_str().unwrap()),
        jwk["n"].as_str().unwrap().into(),
    ];
    for secret in secrets {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &secret);
        let token = forged_with("HS256", |signed| {
            aws_lc_rs::hmac::sign(&key, signed).as_ref().to_vec()
        });
        assert_eq!(
            verify(&token, &issuer, NOW).err(),
            Some(TokenError::AlgorithmOfOtherKey)
        );
    }
}

#[test]
fn j03_rs256_token_with_ps512_key_is_refused_and_so_is_every_other_pair() {
    for key in algorithms() {
        let issuer = issuer_of(key);
        for token in algorithms() {
            let signed = forged_with(token.as_str(), |signed| raw_signature(token, signed));
            let expected = (token != key).then_some(TokenError::AlgorithmOfOtherKey);
            assert_eq!(
                verify(&signed, &issuer, NOW).err(),
                expected,
                "{token} with a key for {key}"
            );
        }
    }
}

#[test]
fn j03_a_signature_of_another_algorithm_under_the_right_name_is_refused() {
    let cases = [
        (Algorithm::RS256, Algorithm::PS256),
        (Algorithm::RS256, Algorithm::RS512),
        (Algorithm::PS512, Algorithm::RS512),
        (Algorithm::PS512, Algorithm::PS256),
        (Algorithm::HS256, Algorithm::HS512),
        (Algorithm::ES256, Algorithm::ES384),
        (Algorithm::ES384, Algorithm::ES256),
        (Algorithm::EdDSA, Algorithm::ES256),
    ];
    for (named, signs) in cases {
        let token = forged_with(named.as_str(), |signed| raw_signature(signs, signed));
        let verdict = verify(&token, &issuer_of(named), NOW).err();
        assert_eq!(verdict, Some(TokenError::SignatureInvalid), "{signs} as {named}");
    }
}

#[test]
fn j06_kids_in_a_set_are_there_well_formed_and_distinct() {
    let jwk = |kid: Value| with(&public_jwk(Algorithm::HS256), json!({ "kid": kid }));
    let (a, b) = (jwk(json!("a")), jwk(json!("b")));
    assert_eq!(fault(&set(&[b.clone(), a.clone()])), None);
    let kids: Vec<String> = keys(&set(&[b.clone(), a.clone()]))
        .kids()
        .map(str::to_owned)
        .collect();
    assert_eq!(kids, ["a", "b"]);
    assert_eq!(fault(&set(&[a.clone(), b.clone(), a.clone()])), Some(KidTwice));
    assert_eq!(fault(&set(&[a.clone(), jwk(json!("\u{61}"))])), Some(KidTwice));
    assert_eq!(fault(&set(&[a.clone(), jwk(Value::Null)])), Some(KidMissing));
    assert_eq!(
        fault(&set(&[jwk(Value::Null), jwk(Value::Null)])),
        Some(KidMissing)
    );
    assert_eq!(fault(&set(&[jwk(Value::Null)])), None);
    assert_eq!(fault(&jwk(json!("k".repeat(MAX_KID_BYTES)))), None);
    assert_eq!(
        fault(&jwk(json!("k".repeat(MAX_KID_BYTES + 1)))),
        Some(KidTooLong)
    );
    for kid in [
        json!(""),
        json!(7),
        json!(["a"]),
        json!("a\nb"),
        json!("\u{1b}[31m"),
    ] {
        assert_eq!(fault(&jwk(kid.clone())), Some(KidInvalid), "{kid}");
    }
    let third = KeySet::from_json(&set(&[a.clone(), b, jwk(Value::Null)]), &SECRETS).unwrap_err();
    let detail = third.detail().unwrap();
    assert_eq!(detail, "It is key 3 of the JWK Set, without a kid.");
    let null = public_jwk(Algorithm::HS256).replace(r#""kid":"ins_test""#, r#""kid":null"#);
    assert_eq!(fault(&null), Some(KidInvalid));
}

#[test]
fn j23_a_single_key_for_other_ends_is_refused_when_added() {
    let rsa = |changes: Value| changed(Algorithm::RS256, changes);
    for (changes, expected) in [
        (json!({"use": "sig"}), None),
        (json!({"use": null}), None),
        (json!({"key_ops": ["verify"]}), None),
        (json!({"key_ops": ["sign", "verify"]}), None),
        (json!({"use": "enc"}), Some(UseNotSignature)),
        (json!({"use": "enc", "alg": "RSA-OAEP"}), Some(UseNotSignature)),
        (json!({"use": "SIG"}), Some(UseNotSignature)),
        (json!({"use": ["sig"]}), Some(UseInvalid)),
        (json!({"key_ops": ["sign"]}), Some(KeyOpsWithoutVerify)),
        (
            json!({"key_ops": ["encrypt", "wrapKey"]}),
            Some(KeyOpsWithoutVerify),
        ),
        (json!({"key_ops": []}), Some(KeyOpsWithoutVerify)),
        (json!({"key_ops": "verify"}), Some(KeyOpsInvalid)),
        (json!({"key_ops": ["verify", 7]}), Some(KeyOpsInvalid)),
        (json!({"key_ops": ["verify", "verify"]}), Some(KeyOpsInvalid)),
        (json!({"key_ops": {"verify": true}}), Some(KeyOpsInvalid)),
        (json!({"alg": "RSA-OAEP"}), Some(AlgorithmUnsupported)),
        (json!({"alg": "none"}), Some(AlgorithmUnsupported)),
        (json!({"alg": ["RS256"]}), Some(AlgorithmInvalid)),
        (json!({"alg": "ES256"}), Some(AlgorithmOfOtherKeyType)),
        (json!({"alg": "HS256"}), Some(AlgorithmOfOtherKeyType)),
        (json!({"alg": "EdDSA"}), Some(AlgorithmOfOtherKeyType)),
        (json!({"kty": "rsa"}), Some(KeyTypeUnsupported)),
        (json!({"kty": "AKP"}), Some(KeyTypeUnsupported)),
        (json!({"kty": ["RSA"]}), Some(KeyTypeMissing)),
        (json!({"kty": "EC"}), Some(AlgorithmOfOtherKeyType)),
        (
            json!({"kty": "oct", "k": encode([7; 64])}),
            Some(AlgorithmOfOtherKeyType),
        ),
    ] {
        assert_eq!(rsa(changes.clone()), expected, "{changes}");
    }
    for (algorithm, changes, expected) in [
        (Algorithm::ES256, json!({"crv": null}), CurveMissing),
        (Algorithm::ES256, json!({"crv": 256}), CurveMissing),
        (
            Algorithm::ES256,
            json!({"crv": "P-521", "alg": null}),
            CurveUnsupported,
        ),
        (Algorithm::ES256, json!({"crv": "secp256k1"}), CurveUnsupported),
        (Algorithm::ES256, json!({"crv": "P-384"}), CurveOfOtherAlgorithm),
        (Algorithm::ES384, json!({"crv": "P-256"}), CurveOfOtherAlgorithm),
        (Algorithm::ES256, json!({"crv": "Ed25519"}), CurveOfOtherAlgorithm),
        (
            Algorithm::ES256,
            json!({"crv": "Ed25519", "alg": null}),
            AlgorithmOfOtherKeyType,
        ),
        (Algorithm::ES256, json!({"alg": "ES512"}), AlgorithmUnsupported),
        (Algorithm::EdDSA, json!({"crv": "X25519"}), CurveUnsupported),
        (Algorithm::EdDSA, json!({"crv": "Ed448"}), CurveUnsupported),
        (Algorithm::EdDSA, json!({"crv": "P-256"}), CurveOfOtherAlgorithm),
    ] {
        assert_eq!(
            changed(algorithm, changes.clone()),
            Some(expected),
            "{algorithm} {changes}"
        );
    }
}

#[test]
fn j23_secrets_and_public_keys_share_no_set() {
    let secret = with(&public_jwk(Algorithm::HS256), json!({"kid": "a"}));
    let public = with(&public_jwk(Algorithm::RS256), json!({"kid": "b"}));
    for jwks in [set(&[secret.clone(), public.clone()]), set(&[public, secret])] {
        assert_eq!(fault(&jwks), Some(SecretAmongPublicKeys));
    }
}

#[test]
fn a_private_key_among_keys_to_verify_with_is_refused() {
    for algorithm in algorithms().filter(|algorithm| !algorithm.is_hmac()) {
        assert_eq!(fault(private_jwk(algorithm)), Some(PrivateKey), "{algorithm}");
    }
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"] {
        let mut changes = json!({});
        changes[member] = json!("AQ");
        assert_eq!(changed(Algorithm::RS256, changes), Some(PrivateKey), "{member}");
    }
}

#[test]
fn the_algorithm_of_a_key_is_its_only_one() {
    let derived = |algorithm: Algorithm| {
        keys(&with(&public_jwk(algorithm), json!({"alg": null}))).keys()[0].algorithm()
    };
    assert_eq!(derived(Algorithm::RS256), Algorithm::RS256);
    assert_eq!(
        derived(Algorithm::PS512),
        Algorithm::RS256,
        "RSA without alg is RS256"
    );
    assert_eq!(derived(Algorithm::ES256), Algorithm::ES256);
    assert_eq!(derived(Algorithm::ES384), Algorithm::ES384);
    assert_eq!(derived(Algorithm::EdDSA), Algorithm::EdDSA);
    for algorithm in algorithms() {
        assert_eq!(keys(&public_jwk(algorithm)).keys()[0].algorithm(), algorithm);
    }
}

#[test]
fn a_text_that_is_no_key_or_set_is_refused() {
    let jwk = public_jwk(Algorithm::RS256);
    for (text, expected) in [
        ("", Json(ClaimsError::NotJson)),
        ("{", Json(ClaimsError::NotJson)),
        (r#"{"keys":[],"keys":[]}"#, Json(ClaimsError::DuplicateKey)),
        (
            r#"{"keys":[{"kty":"RSA","kty":"oct"}]}"#,
            Json(ClaimsError::DuplicateKey),
        ),
        (r#"{"kty":"\u0000"}"#, Json(ClaimsError::NulCharacter)),
        ("null", NotAKey),
        ("[]", NotAKey),
        ("{}", NotAKey),
        (r#"{"keys":[],"kty":"RSA"}"#, NotAKey),
        (r#"{"kid":"a"}"#, NotAKey),
        (r#"{"keys":[]}"#, NoKeys),
        (r#"{"keys":{}}"#, KeysNotAnArray),
        (r#"{"keys":"a"}"#, KeysNotAnArray),
        (r#"{"keys":["a"]}"#, NotAnObject),
        (r#"{"keys":[null]}"#, NotAnObject),
        (r#"{"keys":[{}]}"#, KeyTypeMissing),
        (r#"{"keys":[{"keys":[]}]}"#, KeyTypeMissing),
        (r#"{"kty":7}"#, KeyTypeMissing),
    ] {
        assert_eq!(fault(text), Some(expected), "{text}");
    }
    assert_eq!(fault(&format!(" \n{jwk}\t")), None);
    let padded = |bytes: usize| format!("{jwk}{}", " ".repeat(bytes - jwk.len()));
    assert_eq!(fault(&padded(MAX_JWKS_BYTES)), None);
    assert_eq!(fault(&padded(MAX_JWKS_BYTES + 1)), Some(TooLarge));
    let many = |count: usize| {
        let one = |n: usize| with(&jwk, json!({"kid": format!("k{n}")}));
        set(&(0..count).map(one).collect::<Vec<_>>())
    };
    assert_eq!(fault(&many(MAX_KEYS_PER_SET)), None);
    assert_eq!(fault(&many(MAX_KEYS_PER_SET + 1)), Some(TooManyKeys));
    assert!(KeySet::default().is_empty() && !keys(&jwk).is_empty());
}

#[test]
fn a_refusal_names_the_key_and_the_rule_and_shows_nothing_of_the_key() {
    let good = with(&public_jwk(Algorithm::RS256), json!({"kid": "good"}));
    let odd = with(&good, json!({"kid": "for \"encryption\"", "use": ["enc"]}));
    let error = KeySet::from_json(&set(&[good.clone(), odd]), &PUBLIC).unwrap_err();
    assert_eq!(error.to_string(), "use of the key is not a string");
    assert_eq!(
        error.detail().as_deref(),
        Some("It is key 2 of the JWK Set, with kid \"for \"encryption\"\".")
    );

    let small = with(&good, json!({"n": encode([0xff; 128])}));
    let error = KeySet::from_json(&small, &PUBLIC).unwrap_err();
    assert_eq!(error.to_string(), "RSA key is shorter than 2048 bits");
    assert_eq!(
        error.detail().as_deref(),
        Some("It is the key with kid \"good\". The modulus has 1024 bits.")
    );

    let secret = with(
        &public_jwk(Algorithm::HS256),
        json!({"k": encode("hunter2"), "kid": null}),
    );
    let error = KeySet::from_json(&set(&[secret]), &SECRETS).unwrap_err();
    assert_eq!(
        error.detail().as_deref(),
        Some("It is key 1 of the JWK Set, without a kid. The secret has 7 bytes, and HS256 requires at least 32 (RFC 7518 section 3.2).")
    );
    let shown = format!("{error} {error:?} {:?}", error.detail());
    assert!(!shown.contains("hunter2") && !shown.contains(&encode("hunter2")));

    let error: KeyError = KeySet::from_json("{}", &PUBLIC).unwrap_err();
    assert_eq!((error.detail(), error.hint().is_some()), (None, true));
}

#[test]
fn debug_output_shows_no_material() {
    let shown = format!("{:?}", keys(&public_jwk(Algorithm::HS256)));
    assert!(shown.contains("HS256") && shown.contains(KID));
    assert!(!shown.contains(SECRET) && !shown.contains(&encode(SECRET)) && !shown.contains("97, 32"));
    let shown = format!(
        "{:?}",
        issuer(&public_jwk(Algorithm::RS256), IssuerRules::default())
    );
    assert!(!shown.contains("modulus") && !shown.contains(" n: "));
}
