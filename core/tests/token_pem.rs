//! PEM files as keys.

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
                // SEC 1 may leave the curve to its reader.
                (_, true) => Some(DerInvalid),
                _ => Some(AlgorithmOfOtherKeyType),
            };
            // PKCS#1 says of itself that it is RSA by its label alone.
            assert_eq!(fault(pem, algorithm), expected, "{algorithm} {pem}");
        }
    }
    let block = |label: &str, der: &[u8]| {
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
    };
    let der = |pem: &str| {
        let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        base64::Engine::decode(&base64::engine::general_purpose::STANDARD, base64).unwrap()
    };
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
    // Cut anywhere, a certificate is refused and nothing worse.
    let certificate = der(P256_CERTIFICATE);
    for length in 1..certificate.len() {
        let cut = block("CERTIFICATE", &certificate[..length]);
        assert_eq!(fault(&cut, Algorithm::ES256), Some(DerInvalid), "{length}");
    }
}
