//! Published test vectors: RFC 7515 appendix A, RFC 8037 appendix A, Project Wycheproof.
//!
//! The messages of Wycheproof are not tokens, so `Key::verifies` checks them, which is what `verify` uses for
//! the signature. Its keys are read as JWKs, under every rule for keys.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fixtures;

use clerk_rls_core::token::{
    decode, sign, verify, Algorithm, IssuerRules, Key, KeyFault, KeySet, ParsedToken, TokenError,
};
use fixtures::{encode, issuer, keys, SECRETS};
use serde_json::json;
use wycheproof::{ecdsa, eddsa, mac, rsa_pkcs1_verify, rsa_pss_verify, HashFunction, TestResult};

/// The claims of the examples in RFC 7515 appendix A: `{"iss":"joe",\r\n "exp":1300819380,\r\n …}`
const JOE: &str =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const JOES_EXPIRY: i64 = 1_300_819_380;

fn joes_rules() -> IssuerRules {
    IssuerRules {
        issuer: Some("joe".to_owned()),
        require_subject: false,
        ..IssuerRules::default()
    }
}

#[test]
fn rfc_7515_appendix_a_1_to_3() {
    let hs256 = json!({"kty": "oct", "alg": "HS256",
        "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"});
    let rs256 = json!({"kty": "RSA", "e": "AQAB", "n": concat!(
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_",
        "YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uD",
        "Zlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ")});
    let es256 = json!({"kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"});
    for (header, jwk, signature) in [
        ("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9", hs256, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        ("eyJhbGciOiJSUzI1NiJ9", rs256, concat!(
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZ",
            "cAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-e",
            "OkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw")),
        ("eyJhbGciOiJFUzI1NiJ9", es256,
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"),
    ] {
        let issuer = issuer(&jwk.to_string(), joes_rules());
        let token = format!("{header}.{JOE}.{signature}");
        let verified = verify(&token, &issuer, JOES_EXPIRY - 1).unwrap();
        assert_eq!(verified.claims().at(&["http://example.com/is_root"]), Some("true"));
        let late = verify(&token, &issuer, JOES_EXPIRY + 94).err();
        assert_eq!(late, Some(TokenError::Expired { seconds: 94 }));
        let altered = token.replacen("eyJpc3MiOiJqb2Ui", "eyJpc3MiOiJqb2Ei", 1);
        assert_eq!(verify(&altered, &issuer, 0).err(), Some(TokenError::SignatureInvalid));
    }
}

#[test]
fn rfc_7515_appendix_a_4_is_refused_for_its_algorithm() {
    let token = format!("eyJhbGciOiJFUzUxMiJ9.{JOE}.AA");
    assert_eq!(
        ParsedToken::parse(&token).err(),
        Some(TokenError::AlgorithmUnsupported)
    );
    let jwk = json!({"kty": "EC", "crv": "P-521",
        "x": "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
        "y": "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"});
    let refused = KeySet::from_json(&jwk.to_string(), &SECRETS).unwrap_err();
    assert_eq!(refused.fault(), KeyFault::CurveUnsupported);
}

#[test]
fn rfc_7515_appendix_a_5_is_refused_unsigned() {
    let token = format!("eyJhbGciOiJub25lIn0.{JOE}.");
    assert_eq!(ParsedToken::parse(&token).err(), Some(TokenError::Unsecured));
    assert_eq!(decode(&token).unwrap().0, r#"{"alg":"none"}"#);
}

#[test]
fn rfc_8037_appendix_a_4_and_5() {
    let public = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    let signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let key = only(&public.to_string());
    assert_eq!(key.algorithm(), Algorithm::EdDSA);
    assert!(key.verifies(signed.as_bytes(), &fixtures::decode(signature)));
    assert!(!key.verifies(&signed.as_bytes()[1..], &fixtures::decode(signature)));

    let private = json!({"kty": "OKP", "crv": "Ed25519", "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    let token = sign(r#"{"sub":"a","exp":2}"#, &private.to_string(), "{}").unwrap();
    assert!(verify(&token, &issuer(&public.to_string(), IssuerRules::default()), 0).is_ok());
}

fn only(jwk: &str) -> Key {
    keys(jwk).keys()[0].clone()
}

/// Checks one vector and counts it.
fn judge(key: &Key, message: &[u8], signature: &[u8], result: TestResult, what: &str) -> usize {
    let verifies = key.verifies(message, signature);
    match result {
        TestResult::Valid => assert!(verifies, "{what} is valid"),
        TestResult::Invalid => assert!(!verifies, "{what} is invalid"),
        // Only PKCS#1 padding without NULL, which RFC 8017 section 9.2 does not allow.
        TestResult::Acceptable => assert!(!verifies, "{what} is merely acceptable"),
    }
    1
}

fn rsa_algorithm(family: &str, hash: HashFunction) -> Algorithm {
    let bits = match hash {
        HashFunction::Sha2_256 => "256",
        HashFunction::Sha2_384 => "384",
        HashFunction::Sha2_512 => "512",
        other => panic!("{other:?}"),
    };
    format!("{family}{bits}").parse().unwrap()
}

fn rsa_key(algorithm: Algorithm, n: &[u8], e: &[u8]) -> Key {
    let minimal = |bytes: &[u8]| {
        encode(
            bytes
                .iter()
                .copied()
                .skip_while(|byte| *byte == 0)
                .collect::<Vec<_>>(),
        )
    };
    only(&json!({"kty": "RSA", "alg": algorithm.as_str(), "n": minimal(n), "e": minimal(e)}).to_string())
}

#[test]
fn wycheproof_rsa_pkcs1() {
    use rsa_pkcs1_verify::{TestName::*, TestSet};
    let mut count = 0;
    for name in [
        Rsa2048Sha256,
        Rsa2048Sha384,
        Rsa2048Sha512,
        Rsa3072Sha256,
        Rsa3072Sha384,
        Rsa3072Sha512,
        Rsa4096Sha256,
        Rsa4096Sha384,
        Rsa4096Sha512,
        Rsa8192Sha256,
        Rsa8192Sha384,
        Rsa8192Sha512,
    ] {
        for group in TestSet::load(name).unwrap().test_groups {
            let key = rsa_key(rsa_algorithm("RS", group.hash), &group.key.n, &group.key.e);
            for test in group.tests {
                let what = format!("{name:?} {} {}", test.tc_id, test.comment);
                count += judge(&key, &test.msg, &test.sig, test.result, &what);
            }
        }
    }
    assert!(count > 2500, "{count}");
}

#[test]
fn wycheproof_rsa_pss() {
    use rsa_pss_verify::{TestName::*, TestSet};
    let mut count = 0;
    for name in [
        RsaPss2048Sha256Mgf1SaltLen32,
        RsaPss2048Sha384Mgf1SaltLen48,
        RsaPss3072Sha256Mgf1SaltLen32,
        RsaPss4096Sha256Mgf1SaltLen32,
        RsaPss4096Sha384Mgf1SaltLen48,
        RsaPss4096Sha512Mgf1SaltLen64,
    ] {
        for group in TestSet::load(name).unwrap().test_groups {
            let key = rsa_key(rsa_algorithm("PS", group.hash), &group.key.n, &group.key.e);
            for test in group.tests {
                let what = format!("{name:?} {} {}", test.tc_id, test.comment);
                count += judge(&key, &test.msg, &test.sig, test.result, &what);
            }
        }
    }
    // The salt must be as long as the hash (RFC 7518 section 3.5), with the matching MGF. Vectors that are
    // valid with other parameters are refused here.
    for name in [
        RsaPss2048Sha256Mgf1SaltLen0,
        RsaPss4096Sha512Mgf1SaltLen32,
        RsaPss2048Sha256Mgf1Sha1_20,
    ] {
        for group in TestSet::load(name).unwrap().test_groups {
            let key = rsa_key(rsa_algorithm("PS", group.hash), &group.key.n, &group.key.e);
            for test in group.tests.iter().filter(|test| test.result == TestResult::Valid) {
                let what = format!("{name:?} {} {}", test.tc_id, test.comment);
                count += judge(&key, &test.msg, &test.sig, TestResult::Invalid, &what);
            }
        }
    }
    assert!(count > 700, "{count}");
}

#[test]
fn j19_wycheproof_ecdsa_in_jws_form() {
    use ecdsa::{TestName::*, TestSet};
    let mut count = 0;
    for (name, curve, bytes) in [
        (EcdsaSecp256r1Sha256P1363, "P-256", 32),
        (EcdsaSecp384r1Sha384P1363, "P-384", 48),
    ] {
        for group in TestSet::load(name).unwrap().test_groups {
            let (x, y) = group.key.key[1..].split_at(bytes);
            let key = only(&json!({"kty": "EC", "crv": curve, "x": encode(x), "y": encode(y)}).to_string());
            for test in group.tests {
                let what = format!("{name:?} {} {}", test.tc_id, test.comment);
                count += judge(&key, &test.msg, &test.sig, test.result, &what);
            }
        }
    }
    assert!(count > 500, "{count}");
    // Wycheproof also has valid signatures in DER, which are refused here.
    for group in TestSet::load(EcdsaSecp256r1Sha256).unwrap().test_groups {
        let (x, y) = group.key.key[1..].split_at(32);
        let key = only(&json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)}).to_string());
        for test in group.tests {
            judge(&key, &test.msg, &test.sig, TestResult::Invalid, &test.comment);
        }
    }
}

#[test]
fn j21_wycheproof_ed25519() {
    let mut count = 0;
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519)
        .unwrap()
        .test_groups
    {
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": encode(&group.key.pk)}).to_string();
        let key = only(&jwk);
        for test in group.tests {
            let what = format!("Ed25519 {} {}", test.tc_id, test.comment);
            count += judge(&key, &test.msg, &test.sig, test.result, &what);
        }
    }
    assert!(count > 140, "{count}");
}

#[test]
fn wycheproof_hmac() {
    use mac::{TestName, TestSet};
    let (mut count, mut short) = (0, 0);
    for (name, algorithm, bits) in [
        (TestName::HmacSha256, Algorithm::HS256, 256),
        (TestName::HmacSha384, Algorithm::HS384, 384),
        (TestName::HmacSha512, Algorithm::HS512, 512),
    ] {
        for group in TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let jwk =
                    json!({"kty": "oct", "alg": algorithm.as_str(), "k": encode(&test.key)}).to_string();
                if group.key_size < bits {
                    short += usize::from(KeySet::from_json(&jwk, &SECRETS).is_err());
                    continue;
                }
                // Truncated tags are valid in Wycheproof, and refused here.
                let whole = group.tag_size == bits;
                let result = if whole { test.result } else { TestResult::Invalid };
                let what = format!("{name:?} {} {}", test.tc_id, test.comment);
                count += judge(&only(&jwk), &test.msg, &test.tag, result, &what);
            }
        }
    }
    assert!(count > 500 && short == 18, "{count} {short}");
}
