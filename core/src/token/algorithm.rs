//! Signature algorithms by their JOSE names ([RFC 7518 section
//! 3.1](https://www.rfc-editor.org/rfc/rfc7518#section-3.1), [RFC 8037 section
//! 3.1](https://www.rfc-editor.org/rfc/rfc8037#section-3.1)).
//!
//! Invariant: one table holds the names, and `none` is not among them. The enum is closed, so a match decides
//! every algorithm; an algorithm that is missing (ES256K, ES512, Ed448) cannot be selected.

use std::fmt;
use std::str::FromStr;

/// A signature algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// HMAC with SHA-256.
    HS256,
    /// HMAC with SHA-384.
    HS384,
    /// HMAC with SHA-512.
    HS512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RS384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RS512,
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes.
    PS256,
    /// RSASSA-PSS with SHA-384, MGF1 with SHA-384 and a salt of 48 bytes.
    PS384,
    /// RSASSA-PSS with SHA-512, MGF1 with SHA-512 and a salt of 64 bytes.
    PS512,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// ECDSA on P-384 with SHA-384.
    ES384,
    /// EdDSA, with Ed25519 only.
    EdDSA,
}

/// The type of key that an algorithm needs: `kty` of a JWK ([RFC 7518 section
/// 6.1](https://www.rfc-editor.org/rfc/rfc7518#section-6.1), [RFC 8037 section
/// 2](https://www.rfc-editor.org/rfc/rfc8037#section-2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum KeyType {
    Oct,
    Rsa,
    Ec,
    Okp,
}

impl KeyType {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            KeyType::Oct => "oct",
            KeyType::Rsa => "RSA",
            KeyType::Ec => "EC",
            KeyType::Okp => "OKP",
        }
    }
}

impl Algorithm {
    /// Every algorithm with its name in `alg`.
    pub const NAMES: [(&'static str, Algorithm); 12] = [
        ("HS256", Algorithm::HS256),
        ("HS384", Algorithm::HS384),
        ("HS512", Algorithm::HS512),
        ("RS256", Algorithm::RS256),
        ("RS384", Algorithm::RS384),
        ("RS512", Algorithm::RS512),
        ("PS256", Algorithm::PS256),
        ("PS384", Algorithm::PS384),
        ("PS512", Algorithm::PS512),
        ("ES256", Algorithm::ES256),
        ("ES384", Algorithm::ES384),
        ("EdDSA", Algorithm::EdDSA),
    ];

    /// The name of the algorithm in `alg`.
    pub fn as_str(self) -> &'static str {
        Algorithm::NAMES
            .iter()
            .find(|(_, algorithm)| *algorithm == self)
            .map_or("", |(name, _)| name)
    }

    /// Whether the key that verifies a signature can also create one.
    pub fn is_hmac(self) -> bool {
        self.key_type() == KeyType::Oct
    }

    pub(crate) fn key_type(self) -> KeyType {
        match self {
            Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => KeyType::Oct,
            Algorithm::RS256 | Algorithm::RS384 | Algorithm::RS512 => KeyType::Rsa,
            Algorithm::PS256 | Algorithm::PS384 | Algorithm::PS512 => KeyType::Rsa,
            Algorithm::ES256 | Algorithm::ES384 => KeyType::Ec,
            Algorithm::EdDSA => KeyType::Okp,
        }
    }

    /// The curve of the algorithm, as `crv` of a JWK names it.
    pub(crate) fn curve(self) -> Option<&'static str> {
        match self {
            Algorithm::ES256 => Some("P-256"),
            Algorithm::ES384 => Some("P-384"),
            Algorithm::EdDSA => Some("Ed25519"),
            _ => None,
        }
    }

    /// The length in bytes of one coordinate and of one half of a signature ([RFC 7518 section
    /// 3.4](https://www.rfc-editor.org/rfc/rfc7518#section-3.4), [RFC 7518 section
    /// 6.2.1.2](https://www.rfc-editor.org/rfc/rfc7518#section-6.2.1.2), [RFC 8037 section
    /// 2](https://www.rfc-editor.org/rfc/rfc8037#section-2)).
    pub(crate) fn coordinate_bytes(self) -> usize {
        match self {
            Algorithm::ES384 => 48,
            _ => 32,
        }
    }

    /// The minimum length of a secret in bytes: the length of the hash ([RFC 7518 section
    /// 3.2](https://www.rfc-editor.org/rfc/rfc7518#section-3.2)). 0 for algorithms without a secret.
    pub(crate) fn min_secret_bytes(self) -> usize {
        match self {
            Algorithm::HS256 => 32,
            Algorithm::HS384 => 48,
            Algorithm::HS512 => 64,
            _ => 0,
        }
    }

    /// The algorithm's name in the crate that computes signatures.
    pub(crate) fn primitive(self) -> jsonwebtoken::Algorithm {
        match self {
            Algorithm::HS256 => jsonwebtoken::Algorithm::HS256,
            Algorithm::HS384 => jsonwebtoken::Algorithm::HS384,
            Algorithm::HS512 => jsonwebtoken::Algorithm::HS512,
            Algorithm::RS256 => jsonwebtoken::Algorithm::RS256,
            Algorithm::RS384 => jsonwebtoken::Algorithm::RS384,
            Algorithm::RS512 => jsonwebtoken::Algorithm::RS512,
            Algorithm::PS256 => jsonwebtoken::Algorithm::PS256,
            Algorithm::PS384 => jsonwebtoken::Algorithm::PS384,
            Algorithm::PS512 => jsonwebtoken::Algorithm::PS512,
            Algorithm::ES256 => jsonwebtoken::Algorithm::ES256,
            Algorithm::ES384 => jsonwebtoken::Algorithm::ES384,
            Algorithm::EdDSA => jsonwebtoken::Algorithm::EdDSA,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The error for a name that no [`Algorithm`] has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownAlgorithm;

impl UnknownAlgorithm {
    /// The hint that lists the available names.
    pub fn hint(&self) -> &'static str {
        "Available algorithms: HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA."
    }
}

impl fmt::Display for UnknownAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown signature algorithm")
    }
}

impl std::error::Error for UnknownAlgorithm {}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Algorithm, UnknownAlgorithm> {
        Algorithm::NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, algorithm)| *algorithm)
            .ok_or(UnknownAlgorithm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_is_found_by_its_exact_name_alone() {
        for (name, algorithm) in Algorithm::NAMES {
            assert_eq!(name.parse(), Ok(algorithm));
            assert_eq!(algorithm.to_string(), name);
            assert_eq!(format!("{:?}", algorithm.primitive()), name);
            assert!(UnknownAlgorithm.hint().contains(name));
        }
        for name in [
            "none", "None", "", "hs256", "RS256 ", "ES512", "ES256K", "Ed25519",
        ] {
            assert_eq!(name.parse::<Algorithm>(), Err(UnknownAlgorithm), "{name}");
        }
    }
}
