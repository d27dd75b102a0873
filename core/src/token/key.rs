//! A key that verifies signatures of one algorithm.
//!
//! Invariant: the algorithm belongs to the key and not to the token (RFC 8725 section 3.1), so an RSA
//! key can't be taken for an HMAC secret, nor an RS256 key for a PS512 one. Signatures are computed by
//! jsonwebtoken on aws-lc; its provider is named here rather than left to its features, which another
//! crate in the build could change and which then panic. Its key redacts itself and is wiped on drop.

use super::algorithm::Algorithm;
use super::jwk::{Jwk, KeyOperation};
use super::key_fault::KeyFault;
use super::public_key::PublicKey;
use super::secret::check_secret;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::DecodingKey;
use std::fmt;

/// A key to verify with.
#[derive(Clone)]
pub struct Key {
    algorithm: Algorithm,
    kid: Option<String>,
    material: DecodingKey,
}

impl Key {
    /// A JWK that is for verification; secrets only where they are allowed.
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

    /// The only algorithm it verifies.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its name among the issuer's keys.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Whether a signature (RFC 7518 section 3: raw r and s for ECDSA) is this key's over a message.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        (DEFAULT_PROVIDER.verifier_factory)(&self.algorithm.primitive(), &self.material)
            .is_ok_and(|verifier| verifier.verify(message, &signature.to_vec()).is_ok())
    }
}

/// Never the material, be it public.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}
