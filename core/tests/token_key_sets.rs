//! Which keys of a set are ignored, and which make the set invalid.

mod fixtures;

use clerk_rls_core::limits::{MAX_IGNORED_KEYS_LISTED, MAX_KEYS_PER_SET};
use clerk_rls_core::token::{verify, Algorithm, IgnoredKey, IssuerRules, KeyFault, KeySet, TokenError};
use fixtures::*;
use serde_json::{json, Value};
use KeyFault::*;

fn fault(jwks: &str) -> Option<KeyFault> {
    KeySet::from_json(jwks, &SECRETS).err().map(|error| error.fault())
}

fn set(jwks: &[String]) -> String {
    format!(r#"{{"keys":[{}]}}"#, jwks.join(","))
}

/// A key that verifies tokens, with a kid. Keycloak's sets contain one, and another for encryption.
fn signing(kid: &str) -> String {
    with(
        &public_jwk(Algorithm::RS256),
        json!({"kid": kid, "use": "sig", "alg": "RS256"}),
    )
}

fn encryption(kid: &str) -> String {
    with(
        &public_jwk(Algorithm::RS256),
        json!({"kid": kid, "use": "enc", "alg": "RSA-OAEP"}),
    )
}

#[test]
fn j23_a_key_of_a_set_for_other_ends_is_passed_over_and_told() {
    let rsa = |changes: Value| {
        with(
            &with(&public_jwk(Algorithm::RS256), json!({"kid": "other"})),
            changes,
        )
    };
    let ec = |changes: Value| {
        with(
            &with(&public_jwk(Algorithm::ES256), json!({"kid": "other"})),
            changes,
        )
    };
    let okp = |changes: Value| {
        with(
            &with(&public_jwk(Algorithm::EdDSA), json!({"kid": "other"})),
            changes,
        )
    };
    for (other, reason) in [
        (encryption("other"), "key is not for signatures (use)"),
        (
            rsa(json!({"use": "enc", "alg": null})),
            "key is not for signatures (use)",
        ),
        (rsa(json!({"use": "SIG"})), "key is not for signatures (use)"),
        // The key is ignored, so its length does not matter.
        (
            rsa(json!({"use": "enc", "n": encode([0xff; 128])})),
            "key is not for signatures (use)",
        ),
        (
            rsa(json!({"key_ops": ["wrapKey"]})),
            "key is not for verification (key_ops)",
        ),
        (
            rsa(json!({"alg": "RSA-OAEP-256"})),
            "algorithm (alg) of the key is not supported",
        ),
        (
            ec(json!({"alg": "ECDH-ES+A128KW"})),
            "algorithm (alg) of the key is not supported",
        ),
        (
            ec(json!({"alg": "ES512", "crv": "P-521"})),
            "algorithm (alg) of the key is not supported",
        ),
        (
            ec(json!({"alg": null, "crv": "secp256k1"})),
            "curve (crv) of the key is not supported",
        ),
        (
            okp(json!({"alg": null, "crv": "X25519"})),
            "curve (crv) of the key is not supported",
        ),
        (
            okp(json!({"crv": "Ed448"})),
            "curve (crv) of the key is not supported",
        ),
        (
            r#"{"kty":"AKP","alg":"ML-DSA-44","kid":"other","pub":"AQ"}"#.to_owned(),
            "key type (kty) is not supported",
        ),
    ] {
        for (number, jwks) in [
            (2, set(&[signing("ours"), other.clone()])),
            (1, set(&[other.clone(), signing("ours")])),
        ] {
            let keys = KeySet::from_json(&jwks, &PUBLIC).unwrap();
            assert_eq!(keys.kids().collect::<Vec<_>>(), ["ours"], "{other}");
            assert_eq!(
                IgnoredKey::describe(keys.ignored()),
                Some(format!("Key {number}, with kid \"other\": {reason}."))
            );
        }
        assert!(fault(&other).is_some(), "alone it is refused: {other}");
    }
    let keys = KeySet::from_json(&set(&[signing("ours")]), &PUBLIC).unwrap();
    assert_eq!(IgnoredKey::describe(keys.ignored()), None);
}

#[test]
fn a_token_that_names_a_key_that_was_passed_over_is_refused() {
    let named = |kid: &str| {
        forge(
            Algorithm::RS256,
            format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#),
            CLAIMS,
        )
    };
    let of = |jwks: &str| issuer(jwks, IssuerRules::default());
    // Both keys could verify the signature, so only the kid decides.
    let named_set = of(&set(&[signing("ours"), encryption("other")]));
    assert!(verify(&named("ours"), &named_set, NOW).is_ok());
    assert_eq!(
        verify(&named("other"), &named_set, NOW).err(),
        Some(TokenError::KeyUnknown)
    );
    // The only usable key has no kid. Every token selects it, unless it names another key.
    let nameless = with(&signing("ours"), json!({"kid": null}));
    let nameless_set = of(&set(&[encryption("other"), nameless.clone()]));
    assert!(verify(&named("ours"), &nameless_set, NOW).is_ok());
    assert!(verify(
        &forge(Algorithm::RS256, r#"{"alg":"RS256"}"#, CLAIMS),
        &nameless_set,
        NOW
    )
    .is_ok());
    assert_eq!(
        verify(&named("other"), &nameless_set, NOW).err(),
        Some(TokenError::KeyUnknown)
    );
    let without_kids = of(&set(&[with(&encryption("x"), json!({"kid": null})), nameless]));
    assert!(verify(
        &forge(Algorithm::RS256, r#"{"alg":"RS256"}"#, CLAIMS),
        &without_kids,
        NOW
    )
    .is_ok());
    // A kid selects the usable key, even if an ignored key has the same kid.
    let shared = of(&set(&[signing("ours"), encryption("ours")]));
    assert!(verify(&named("ours"), &shared, NOW).is_ok());
}

#[test]
fn j23_a_key_of_a_set_that_would_be_ours_and_is_unfit_refuses_the_set() {
    let ours = |changes: Value| with(&signing("b"), changes);
    for (other, expected) in [
        (
            ours(json!({"n": encode([0xff; 128])})),
            RsaTooShort { bits: 1024 },
        ),
        (ours(json!({"e": "AQ"})), RsaExponent),
        (ours(json!({"use": null, "alg": null, "e": "AQ"})), RsaExponent),
        (ours(json!({"n": null})), MemberMissing { name: "n" }),
        (ours(json!({"kid": "a"})), KidTwice),
        (ours(json!({"kid": null})), KidMissing),
        (ours(json!({"kid": 7})), KidInvalid),
        (ours(json!({"use": ["sig"]})), UseInvalid),
        (ours(json!({"alg": 7})), AlgorithmInvalid),
        (ours(json!({"key_ops": "verify"})), KeyOpsInvalid),
        (ours(json!({"alg": "ES256"})), AlgorithmOfOtherKeyType),
        (ours(json!({"alg": "HS256"})), AlgorithmOfOtherKeyType),
        (ours(json!({"kty": null})), KeyTypeMissing),
        (ours(json!({"d": "AQ"})), PrivateKey),
        (
            with(&public_jwk(Algorithm::ES256), json!({"kid": "b", "crv": "P-384"})),
            CurveOfOtherAlgorithm,
        ),
        (
            with(&public_jwk(Algorithm::ES256), json!({"kid": "b", "crv": null})),
            CurveMissing,
        ),
        (
            with(
                &public_jwk(Algorithm::EdDSA),
                json!({"kid": "b", "x": encode([0; 32])}),
            ),
            PointOfSmallOrder,
        ),
        (r#""b""#.to_owned(), NotAnObject),
        // A secret or private key makes the set invalid, whatever its purpose.
        (with(&encryption("b"), json!({"d": "AQ"})), PrivateKey),
        (
            r#"{"kty":"AKP","alg":"ML-DSA-44","kid":"b","pub":"AQ","priv":"AQ"}"#.to_owned(),
            PrivateKey,
        ),
        (r#"{"kty":"OCT","kid":"b","k":"AQ"}"#.to_owned(), PrivateKey),
        (
            r#"{"kty":"oct","use":"enc","alg":"A256GCM","kid":"b","k":"AQ"}"#.to_owned(),
            SecretNotAllowed,
        ),
    ] {
        let jwks = set(&[signing("a"), other.clone()]);
        let refused = KeySet::from_json(&jwks, &PUBLIC).err().map(|error| error.fault());
        assert_eq!(refused, Some(expected), "{other}");
    }
    // Where secrets are allowed, a secret with another purpose is not accepted beside other keys.
    let secret = with(&public_jwk(Algorithm::HS256), json!({"kid": "b", "use": "enc"}));
    assert_eq!(fault(&set(&[signing("a"), secret])), Some(UseNotSignature));
}

#[test]
fn a_set_without_a_usable_key_is_refused_and_tells_of_each() {
    let one = KeySet::from_json(&set(&[encryption("a")]), &PUBLIC).unwrap_err();
    assert_eq!(one.fault(), UseNotSignature);
    assert_eq!(
        one.detail().as_deref(),
        Some("It is key 1 of the JWK Set, with kid \"a\".")
    );
    let nameless = with(&encryption("b"), json!({"kid": null, "use": null}));
    let two = KeySet::from_json(&set(&[encryption("a"), nameless]), &PUBLIC).unwrap_err();
    assert_eq!(two.to_string(), "JWK Set has no key that verifies tokens");
    assert_eq!(
        two.detail().as_deref(),
        Some("Key 1, with kid \"a\": key is not for signatures (use).\nKey 2, without a kid: algorithm (alg) of the key is not supported.")
    );
    assert!(two.hint().is_some());

    let many: Vec<String> = (1..=12).map(|n| encryption(&n.to_string())).collect();
    let detail = KeySet::from_json(&set(&many), &PUBLIC)
        .unwrap_err()
        .detail()
        .unwrap();
    assert_eq!(detail.lines().count(), MAX_IGNORED_KEYS_LISTED + 1);
    assert!(detail.ends_with("\nNot listed: 4 more."), "{detail}");
    let many: Vec<String> = (0..=MAX_KEYS_PER_SET)
        .map(|n| encryption(&n.to_string()))
        .collect();
    assert_eq!(fault(&set(&many)), Some(TooManyKeys));
}
