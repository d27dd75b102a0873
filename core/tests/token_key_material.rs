//! Weak keys are refused when they are added; malformed signatures are always refused.

mod fixtures;

use clerk_rls_core::limits::MAX_SECRET_BYTES;
use clerk_rls_core::token::{jwk_from_pem, jwk_from_secret, verify, Algorithm, KeyFault, KeySet, TokenError};
use fixtures::*;
use serde_json::{json, Value};
use KeyFault::*;

fn fault(jwks: &str) -> Option<KeyFault> {
    KeySet::from_json(jwks, &SECRETS).err().map(|error| error.fault())
}

fn changed(algorithm: Algorithm, changes: Value) -> Option<KeyFault> {
    fault(&with(&public_jwk(algorithm), changes))
}

fn forged_with(algorithm: &str, signature: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let header = encode(format!(r#"{{"alg":"{algorithm}","kid":"{KID}"}}"#));
    let signed = format!("{header}.{}", encode(CLAIMS));
    let signature = encode(signature(signed.as_bytes()));
    format!("{signed}.{signature}")
}

type Signature<'a> = &'a dyn Fn(&[u8]) -> Vec<u8>;

#[test]
fn j19_ecdsa_signatures_out_of_range_or_form_are_refused() {
    let p256 = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let p384 = concat!(
        "ffffffffffffffffffffffffffffffffffffffffffffffff",
        "c7634d81f4372ddf581a0db248b0a77aecec196accc52973"
    );
    for (algorithm, order, bytes) in [(Algorithm::ES256, p256, 32), (Algorithm::ES384, p384, 48)] {
        let issuer = issuer_of(algorithm);
        let n: Vec<u8> = (0..bytes)
            .map(|at| u8::from_str_radix(&order[at * 2..at * 2 + 2], 16).unwrap())
            .collect();
        let small = |value: u8| [vec![0; bytes - 1], vec![value]].concat();
        let mut below = n.clone();
        *below.last_mut().unwrap() -= 1;
        let extremes = [small(0), small(1), below, n.clone(), vec![0xff; bytes]];
        for r in &extremes {
            for s in &extremes {
                let token = forged_with(algorithm.as_str(), |_| [r.clone(), s.clone()].concat());
                assert_eq!(
                    verify(&token, &issuer, NOW).err(),
                    Some(TokenError::SignatureInvalid)
                );
            }
        }
        // The correct signature in another encoding.
        let right = |signed: &[u8]| raw_signature(algorithm, signed);
        let halves = |signed: &[u8]| {
            let signature = right(signed);
            let (r, s) = signature.split_at(bytes);
            (r.to_vec(), s.to_vec())
        };
        let der = |signed: &[u8]| {
            let (r, s) = halves(signed);
            let integer = |half: Vec<u8>| {
                let half: Vec<u8> = half.into_iter().skip_while(|byte| *byte == 0).collect();
                let sign = if half[0] > 0x7f { vec![0] } else { vec![] };
                [vec![2, (half.len() + sign.len()) as u8], sign, half].concat()
            };
            let both = [integer(r), integer(s)].concat();
            [vec![0x30, both.len() as u8], both].concat()
        };
        let padded = |signed: &[u8]| {
            let (r, s) = halves(signed);
            [vec![0], r, vec![0], s].concat()
        };
        let forms: [(&str, Signature<'_>); 6] = [
            ("DER", &der),
            ("each half with a zero before", &padded),
            ("a byte more", &|signed| [right(signed), vec![0]].concat()),
            ("a byte less", &|signed| right(signed)[1..].to_vec()),
            ("s before r", &|signed| {
                let (r, s) = halves(signed);
                [s, r].concat()
            }),
            ("empty", &|_| Vec::new()),
        ];
        for (form, signature) in forms {
            let token = forged_with(algorithm.as_str(), signature);
            let verdict = verify(&token, &issuer, NOW).err();
            assert_eq!(verdict, Some(TokenError::SignatureInvalid), "{algorithm} {form}");
        }
        assert!(verify(&forged_with(algorithm.as_str(), right), &issuer, NOW).is_ok());
    }
}

#[test]
fn j19_points_off_their_curve_are_refused_when_added() {
    for (algorithm, bytes) in [(Algorithm::ES256, 32), (Algorithm::ES384, 48)] {
        let jwk = json(&public_jwk(algorithm));
        let mut y = decode(jwk["y"].as_str().unwrap());
        *y.last_mut().unwrap() ^= 1;
        assert_eq!(
            changed(algorithm, json!({"y": encode(&y)})),
            Some(PointNotOnCurve)
        );
        let zero = encode(vec![0; bytes]);
        let infinity = json!({"x": zero, "y": zero});
        assert_eq!(changed(algorithm, infinity), Some(PointNotOnCurve));
        let field = encode(vec![0xff; bytes]);
        assert_eq!(changed(algorithm, json!({ "x": field })), Some(PointNotOnCurve));
        let short = encode(&y[1..]);
        let long = encode([&[0], y.as_slice()].concat());
        for wrong in [json!(short), json!(long), json!(""), json!(7), json!("!")] {
            let expected = Some(MemberInvalid { name: "y" });
            assert_eq!(changed(algorithm, json!({ "y": wrong })), expected, "{wrong}");
        }
        assert_eq!(
            changed(algorithm, json!({"x": null})),
            Some(MemberMissing { name: "x" })
        );
        assert_eq!(
            changed(algorithm, json!({"y": null})),
            Some(MemberMissing { name: "y" })
        );
    }
    let p384 = json(&public_jwk(Algorithm::ES384));
    let other = json!({"x": p384["x"], "y": p384["y"]});
    assert_eq!(
        changed(Algorithm::ES256, other),
        Some(MemberInvalid { name: "x" })
    );
}

#[test]
fn j20_rsa_keys_of_unfit_size_or_exponent_are_refused_when_added() {
    let n = decode(json(&public_jwk(Algorithm::RS256))["n"].as_str().unwrap());
    let modulus = |bytes: Vec<u8>| changed(Algorithm::RS256, json!({"n": encode(bytes)}));
    let of_bits = |bits: usize| {
        let mut n = vec![0xff; bits.div_ceil(8)];
        n[0] = 0xff >> (bits.div_ceil(8) * 8 - bits);
        n
    };
    for (bits, expected) in [
        (8, Some(RsaTooShort { bits: 8 })),
        (1024, Some(RsaTooShort { bits: 1024 })),
        (2047, Some(RsaTooShort { bits: 2047 })),
        (2048, None),
        (2049, None),
        (8192, None),
        (8193, Some(RsaTooLong { bits: 8193 })),
        (16384, Some(RsaTooLong { bits: 16384 })),
    ] {
        assert_eq!(modulus(of_bits(bits)), expected, "{bits}");
    }
    let mut even = n.clone();
    *even.last_mut().unwrap() &= 0xfe;
    assert_eq!(modulus(even), Some(RsaModulusEven));
    assert_eq!(modulus([vec![0], n].concat()), Some(MemberInvalid { name: "n" }));
    assert_eq!(
        changed(Algorithm::RS256, json!({"n": "", "e": "AQAB"})),
        Some(MemberInvalid { name: "n" })
    );
    for (e, expected) in [
        (vec![1], Some(RsaExponent)),
        (vec![2], Some(RsaExponent)),
        (vec![3], None),
        (vec![1, 0, 0], Some(RsaExponent)),
        (vec![1, 0, 1], None),
        (vec![0xff, 0xff, 0xff, 0xff], None),
        (vec![1, 0, 0, 0, 1], Some(RsaExponent)),
        (vec![0, 1, 0, 1], Some(MemberInvalid { name: "e" })),
        (vec![0], Some(MemberInvalid { name: "e" })),
        (vec![], Some(MemberInvalid { name: "e" })),
    ] {
        let changes = json!({"e": encode(&e)});
        assert_eq!(changed(Algorithm::PS256, changes), expected, "{e:?}");
    }
    assert_eq!(
        changed(Algorithm::RS256, json!({"n": null})),
        Some(MemberMissing { name: "n" })
    );
    assert_eq!(
        changed(Algorithm::RS256, json!({"e": null})),
        Some(MemberMissing { name: "e" })
    );
    let small = jwk_from_pem(RSA_1024_SPKI, Algorithm::RS256, None).unwrap_err();
    assert_eq!(small.fault(), RsaTooShort { bits: 1024 });
}

#[test]
fn j21_ed25519_points_of_small_order_are_refused_when_added() {
    let hex = |text: &str| -> Vec<u8> {
        (0..32)
            .map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).unwrap())
            .collect()
    };
    for (point, expected) in [
        (
            "0000000000000000000000000000000000000000000000000000000000000000",
            PointOfSmallOrder,
        ),
        (
            "0100000000000000000000000000000000000000000000000000000000000000",
            PointOfSmallOrder,
        ),
        (
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            PointOfSmallOrder,
        ),
        (
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            PointOfSmallOrder,
        ),
        (
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            PointOfSmallOrder,
        ),
        (
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            PointNotCanonical,
        ),
        (
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            PointNotCanonical,
        ),
        (
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            PointNotCanonical,
        ),
    ] {
        let mut point = hex(point);
        for sign in [0, 0x80] {
            *point.last_mut().unwrap() |= sign;
            let changes = json!({"x": encode(&point)});
            assert_eq!(changed(Algorithm::EdDSA, changes), Some(expected), "{point:?}");
        }
    }
    for near in [
        "ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7e",
        "edfffffffffffffffffffffffffffffffffffffffffffffffffffffffffeff7f",
        "0200000000000000000000000000000000000000000000000000000000000000",
    ] {
        assert_eq!(
            changed(Algorithm::EdDSA, json!({"x": encode(hex(near))})),
            None,
            "{near}"
        );
    }
    for wrong in [encode([1; 31]), encode([1; 33]), String::new()] {
        let expected = Some(MemberInvalid { name: "x" });
        assert_eq!(changed(Algorithm::EdDSA, json!({ "x": wrong })), expected);
    }
}

#[test]
fn j21_an_ed25519_signature_with_s_not_below_the_order_is_refused() {
    let issuer = issuer_of(Algorithm::EdDSA);
    // L, little-endian (RFC 8032 section 5.1).
    let order: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let plus_order = forged_with("EdDSA", |signed| {
        let mut signature = raw_signature(Algorithm::EdDSA, signed);
        let mut carry = 0;
        for (byte, add) in signature[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            *byte = sum as u8;
            carry = sum >> 8;
        }
        signature
    });
    let truncated = forged_with("EdDSA", |signed| {
        raw_signature(Algorithm::EdDSA, signed)[..63].to_vec()
    });
    let extended = forged_with("EdDSA", |signed| {
        [raw_signature(Algorithm::EdDSA, signed), vec![0]].concat()
    });
    let zero = forged_with("EdDSA", |_| vec![0; 64]);
    let identity = forged_with("EdDSA", |_| [vec![1], vec![0; 63]].concat());
    for token in [plus_order, truncated, extended, zero, identity] {
        assert_eq!(
            verify(&token, &issuer, NOW).err(),
            Some(TokenError::SignatureInvalid)
        );
    }
}

#[test]
fn j22_secrets_are_long_enough_and_asked_for() {
    for (algorithm, bytes) in [
        (Algorithm::HS256, 32),
        (Algorithm::HS384, 48),
        (Algorithm::HS512, 64),
    ] {
        let jwk = |length: usize| with(&public_jwk(algorithm), json!({"k": encode(vec![7; length])}));
        assert_eq!(fault(&jwk(bytes)), None);
        let short = SecretTooShort {
            algorithm,
            bytes: bytes - 1,
        };
        assert_eq!(fault(&jwk(bytes - 1)), Some(short));
        assert_eq!(fault(&jwk(MAX_SECRET_BYTES)), None);
        assert_eq!(fault(&jwk(MAX_SECRET_BYTES + 1)), Some(SecretTooLong));
        assert_eq!(fault(&jwk(0)), Some(MemberInvalid { name: "k" }));
        assert_eq!(
            changed(algorithm, json!({"k": null})),
            Some(MemberMissing { name: "k" })
        );
        let refused = KeySet::from_json(&jwk(bytes), &PUBLIC).unwrap_err();
        assert_eq!(refused.fault(), SecretNotAllowed);
        assert!(
            KeySet::from_json(&jwk(bytes), &Default::default()).is_err(),
            "off by default"
        );

        let text = "s".repeat(bytes);
        assert!(jwk_from_secret(&text, algorithm, None).is_ok());
        let error = jwk_from_secret(&text[1..], algorithm, None).unwrap_err();
        assert_eq!(error.fault(), short);
    }
    assert_eq!(
        changed(Algorithm::HS256, json!({"alg": null})),
        Some(AlgorithmMissing)
    );
}

#[test]
fn j22_a_secret_is_text_or_base64_and_never_a_pem_file() {
    let fault = |secret: &str| {
        jwk_from_secret(secret, Algorithm::HS256, None)
            .err()
            .map(|error| error.fault())
    };
    let k = |secret: &str| json(&jwk_from_secret(secret, Algorithm::HS256, Some("a")).unwrap())["k"].clone();
    assert_eq!(k(SECRET), encode(SECRET));
    let bytes: Vec<u8> = (200..=255).collect();
    let standard = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &bytes);
    assert!(standard.contains('+') || standard.contains('/'));
    for encoded in [standard.as_str(), standard.trim_end_matches('='), &encode(&bytes)] {
        assert_eq!(k(&format!("base64:{encoded}")), encode(&bytes));
        assert_eq!(k(encoded), encode(encoded), "without the prefix it is text");
    }
    assert_eq!(
        fault("base64:"),
        Some(SecretTooShort {
            algorithm: Algorithm::HS256,
            bytes: 0
        })
    );
    assert_eq!(fault("base64:not base64"), Some(SecretNotBase64));
    assert_eq!(
        fault(&format!("base64:{}", "A".repeat(MAX_SECRET_BYTES * 2 + 1))),
        Some(SecretTooLong)
    );
    assert_eq!(fault(&"s".repeat(MAX_SECRET_BYTES + 1)), Some(SecretTooLong));
    for pem in [RSA_SPKI, RSA_CERTIFICATE, P256_SPKI, ED25519_SPKI] {
        if pem.len() <= MAX_SECRET_BYTES {
            assert_eq!(fault(pem), Some(SecretIsPem));
            assert_eq!(fault(&format!("\n {pem}")), Some(SecretIsPem));
        }
    }
    assert_eq!(fault(RSA_SPKI), Some(SecretIsPem));
    for algorithm in algorithms().filter(|algorithm| !algorithm.is_hmac()) {
        let error = jwk_from_secret(SECRET, algorithm, None).unwrap_err();
        assert_eq!(error.fault(), AlgorithmOfOtherKeyType);
    }
    let error = jwk_from_secret(SECRET, Algorithm::HS256, Some("")).unwrap_err();
    assert_eq!(error.fault(), KidInvalid);
}
