//! A key that verifies signatures of one algorithm.
//!
//! Invariant: the algorithm belongs to the key, not to the token ([RFC 8725 section
//! 3.1](https://www.rfc-editor.org/rfc/rfc8725#section-3.1)), so an RSA key cannot be used as an HMAC secret,
//! nor an RS256 key for PS512. The crate jsonwebtoken computes signatures with aws-lc; this module selects
//! that provider explicitly, because crate features could select another one and make jsonwebtoken panic.
//! jsonwebtoken's key does not print its material and is wiped when it is dropped.

use super::algorithm::Algorithm;
use super::jwk::{Jwk, KeyOperation};
use super::key_fault::KeyFault;
use super::public_key::PublicKey;
use super::secret::check_secret;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::DecodingKey;
use std::fmt;

/// A key to verify signatures with.
#[derive(Clone)]
pub struct Key {
    algorithm: Algorithm,
    kid: Option<String>,
    material: DecodingKey,
}

impl Key {
    /// A key from a JWK that allows verification; secrets only if `allow_secret` is set.
    pub(crate) fn of(jwk: Jwk<'_>, kid: Option<String>, allow_secret: bool) -> Result<Key, KeyFault> {
        jwk.check_allows(KeyOperation::Verify)?;
        let algorithm = jwk.algorithm()?;
        if algorithm.is_hmac() && !allow_secret {
            return Err(KeyFault::SecretNotAllowed);
        }
        if !algorithm.is_hmac() && jwk.has_private_member() {
            return Err(KeyFault::PrivateKey);
        }
        let material = match PublicKey::of(jwk, algorithm)? {
            Some(PublicKey::Rsa { n, e }) => DecodingKey::from_rsa_raw_components(&n, &e),
            Some(PublicKey::Ec { point }) => DecodingKey::from_ec_der(&point),
            Some(PublicKey::Ed25519 { point }) => DecodingKey::from_ed_der(&point),
            None => {
                let secret = jwk.bytes("k")?;
                check_secret(&secret, algorithm)?;
                DecodingKey::from_secret(&secret)
            }
        };
        Ok(Key {
            algorithm,
            kid,
            material,
        })
    }

    /// The only algorithm that the key verifies.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key's name among the issuer's keys.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Whether a signature over a message is valid for this key. An ECDSA signature is r and s concatenated
    /// ([RFC 7518 section 3.4](https://www.rfc-editor.org/rfc/rfc7518#section-3.4)).
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        (DEFAULT_PROVIDER.verifier_factory)(&self.algorithm.primitive(), &self.material)
            .is_ok_and(|verifier| verifier.verify(message, &signature.to_vec()).is_ok())
    }
}

/// Does not print the material, even of a public key.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}
