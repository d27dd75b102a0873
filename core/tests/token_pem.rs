//! PEM files as keys.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fixtures;

use clerk_rls_core::limits::MAX_PEM_BYTES;
use clerk_rls_core::token::{jwk_from_pem, Algorithm, KeyFault};
use fixtures::*;
use KeyFault::*;

#[test]
fn every_pem_format_becomes_the_same_jwk() {
    let rsa = [RSA_SPKI, RSA_PUBLIC_PKCS1, RSA_CERTIFICATE];
    for algorithm in algorithms().filter(|algorithm| algorithm.as_str().contains("S")) {
        let pems: &[&str] = match algorithm.as_str() {
            "ES256" => &[P256_SPKI, P256_CERTIFICATE],
            "ES384" => &[P384_SPKI],
            "EdDSA" => &[ED25519_SPKI],
            name if name.starts_with("HS") => continue,
            _ => &rsa,
        };
        for pem in pems {
            let jwk = jwk_from_pem(pem, algorithm, Some(KID)).unwrap();
            assert_eq!(json(&jwk), json(&public_jwk(algorithm)), "{algorithm}");
            let crlf = pem.replace('\n', "\r\n");
            assert_eq!(jwk_from_pem(&crlf, algorithm, Some(KID)).unwrap(), jwk);
        }
    }
    for (a, b, algorithm) in [
        (RSA_PKCS8, RSA_PKCS1, Algorithm::RS256),
        (P256_PKCS8, P256_SEC1, Algorithm::ES256),
    ] {
        let private = jwk_from_pem(a, algorithm, None).unwrap();
        assert_eq!(private, jwk_from_pem(b, algorithm, None).unwrap());
        assert!(json(&private).get("kid").is_none());
    }
}

#[test]
fn a_pem_key_that_does_not_fit_is_refused() {
    let fault = |pem: &str, algorithm| {
        jwk_from_pem(pem, algorithm, None)
            .err()
            .map(|error| error.fault())
    };
    let all = [
        RSA_SPKI,
        RSA_PUBLIC_PKCS1,
        RSA_CERTIFICATE,
        RSA_PKCS8,
        RSA_PKCS1,
        P256_SPKI,
        P256_CERTIFICATE,
        P256_PKCS8,
        P256_SEC1,
        P384_SPKI,
        P384_PKCS8,
        ED25519_SPKI,
        ED25519_PKCS8,
    ];
    for pem in all {
        assert_eq!(fault(pem, Algorithm::HS256), Some(AlgorithmOfOtherKeyType));
        for algorithm in [
            Algorithm::RS256,
            Algorithm::PS384,
            Algorithm::ES256,
            Algorithm::ES384,
            Algorithm::EdDSA,
        ] {
            let fits = match algorithm {
                Algorithm::ES256 => [P256_SPKI, P256_CERTIFICATE, P256_PKCS8, P256_SEC1].contains(&pem),
                Algorithm::ES384 => [P384_SPKI, P384_PKCS8].contains(&pem),
                Algorithm::EdDSA => [ED25519_SPKI, ED25519_PKCS8].contains(&pem),
                _ => [RSA_SPKI, RSA_PUBLIC_PKCS1, RSA_CERTIFICATE, RSA_PKCS8, RSA_PKCS1].contains(&pem),
            };
            let expected = match (fits, pem == P256_SEC1 && algorithm == Algorithm::ES384) {
                (true, _) => None,
                // SEC 1 allows the curve to be omitted.
                (_, true) => Some(DerInvalid),
                _ => Some(AlgorithmOfOtherKeyType),
            };
            // Only the label of PKCS#1 says that the key is RSA.
            assert_eq!(fault(pem, algorithm), expected, "{algorithm} {pem}");
        }
    }
    let rsa = der(RSA_SPKI);
    assert_eq!(fault(&block("PUBLIC KEY", &rsa), Algorithm::RS256), None);
    let trailing = [rsa.as_slice(), &[0]].concat();
    for (pem, expected) in [
        (String::new(), PemInvalid),
        ("no key".to_owned(), PemInvalid),
        (RSA_SPKI.replace("PUBLIC", "PUBLIK"), PemLabelUnsupported),
        (RSA_SPKI.replacen("PUBLIC", "PUBLIK", 1), PemInvalid),
        (RSA_SPKI.replace("-----END PUBLIC KEY-----", ""), PemInvalid),
        (RSA_SPKI.replacen('M', "!", 1), PemInvalid),
        (format!("{RSA_SPKI}{RSA_SPKI}"), PemInvalid),
        (format!("{RSA_CERTIFICATE}{RSA_CERTIFICATE}"), PemInvalid),
        (block("ENCRYPTED PRIVATE KEY", &rsa), PemLabelUnsupported),
        (block("CERTIFICATE REQUEST", &rsa), PemLabelUnsupported),
        (block("PUBLIC KEY", &trailing), DerInvalid),
        (block("PUBLIC KEY", &rsa[..rsa.len() - 1]), DerInvalid),
        (block("PUBLIC KEY", &[]), PemInvalid),
        (block("CERTIFICATE", &rsa), DerInvalid),
        (block("RSA PUBLIC KEY", &rsa), DerInvalid),
        (block("PRIVATE KEY", &rsa), DerInvalid),
        (block("RSA PRIVATE KEY", &rsa), DerInvalid),
        (" ".repeat(MAX_PEM_BYTES), PemInvalid),
        (" ".repeat(MAX_PEM_BYTES + 1), PemTooLarge),
    ] {
        assert_eq!(fault(&pem, Algorithm::RS256), Some(expected), "{pem}");
    }
    assert_eq!(fault(P521_SPKI, Algorithm::ES256), Some(AlgorithmOfOtherKeyType));
    assert_eq!(fault(P256_COMPRESSED, Algorithm::ES256), Some(PointForm));
    let kid = jwk_from_pem(RSA_SPKI, Algorithm::RS256, Some("a\nb")).unwrap_err();
    assert_eq!(kid.fault(), KidInvalid);
    // A truncated certificate is refused, wherever it ends.
    let certificate = der(P256_CERTIFICATE);
    for length in 1..certificate.len() {
        let cut = block("CERTIFICATE", &certificate[..length]);
        assert_eq!(fault(&cut, Algorithm::ES256), Some(DerInvalid), "{length}");
    }
}

fn der(pem: &str) -> Vec<u8> {
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    base64::Engine::decode(&base64::engine::general_purpose::STANDARD, base64).unwrap()
}

fn block(label: &str, der: &[u8]) -> String {
    let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, der);
    let lines: Vec<&str> = base64
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

#[test]
fn j19_only_uncompressed_points_of_the_right_length_are_taken_from_pem() {
    let fault = |der: &[u8]| {
        let pem = block("PUBLIC KEY", der);
        jwk_from_pem(&pem, Algorithm::ES256, None)
            .err()
            .map(|error| error.fault())
    };
    let spki = der(P256_SPKI);
    assert_eq!(fault(&spki), None);
    let point = spki.len() - 65;
    for form in [0, 2, 3, 5, 6, 7] {
        let mut other = spki.clone();
        other[point] = form;
        assert_eq!(fault(&other), Some(PointForm), "{form}");
    }
    // One byte less, in the outer sequence and in the bit string.
    let mut short = spki[..spki.len() - 1].to_vec();
    short[1] -= 1;
    short[point - 2] -= 1;
    assert_eq!(fault(&short), Some(PointForm));
}

#[test]
fn private_keys_of_both_versions_of_pkcs8_are_read_and_no_other() {
    let ed25519 = aws_lc_rs::signature::Ed25519KeyPair::from_pkcs8(&der(ED25519_PKCS8)).unwrap();
    let second = ed25519.to_pkcs8().unwrap();
    let first = jwk_from_pem(ED25519_PKCS8, Algorithm::EdDSA, None).unwrap();
    let read = |der: &[u8], algorithm| jwk_from_pem(&block("PRIVATE KEY", der), algorithm, None);
    assert_eq!(read(second.as_ref(), Algorithm::EdDSA).unwrap(), first);
    for version in [2, 3, 127] {
        for (pem, algorithm, at) in [
            (ED25519_PKCS8, Algorithm::EdDSA, 4),
            (RSA_PKCS8, Algorithm::RS256, 6),
        ] {
            let mut other = der(pem);
            assert_eq!(other[at], 0);
            other[at] = version;
            let refused = read(&other, algorithm).unwrap_err();
            assert_eq!(refused.fault(), DerInvalid, "{algorithm} {version}");
        }
    }
    let mut rsa = der(RSA_PKCS8);
    rsa[6] = 1;
    let first = jwk_from_pem(RSA_PKCS8, Algorithm::RS256, None).unwrap();
    assert_eq!(read(&rsa, Algorithm::RS256).unwrap(), first);
    let mut multi_prime = der(RSA_PKCS1);
    assert_eq!(multi_prime[6], 0);
    multi_prime[6] = 1;
    let pem = block("RSA PRIVATE KEY", &multi_prime);
    assert_eq!(
        jwk_from_pem(&pem, Algorithm::RS256, None).unwrap_err().fault(),
        DerInvalid
    );
}
