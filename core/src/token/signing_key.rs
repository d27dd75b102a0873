//! A private or secret JWK to sign with.
//!
//! Invariant: the public half passed every check of a key for verification, and the private half belongs to
//! it, so that signatures can be verified here. aws-lc converts the key to the format that jsonwebtoken needs
//! and checks that its parts agree.

use super::algorithm::{Algorithm, KeyType};
use super::der;
use super::jwk::Jwk;
use super::key_fault::KeyFault;
use super::public_key::PublicKey;
use super::secret::check_secret;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeyPairComponents};
use aws_lc_rs::signature::{
    EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, RsaPublicKeyComponents,
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
};
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::EncodingKey;

/// A key to sign with. It has no `Debug`, because everything in it is secret.
pub(crate) struct SigningKey {
    pub(crate) algorithm: Algorithm,
    pub(crate) kid: Option<String>,
    material: EncodingKey,
}

impl SigningKey {
    pub(crate) fn of(jwk: Jwk<'_>) -> Result<SigningKey, KeyFault> {
        let kid = jwk.kid()?;
        let algorithm = jwk.algorithm()?;
        let material = match PublicKey::of(jwk, algorithm)? {
            None => {
                let secret = jwk.bytes("k")?;
                check_secret(&secret, algorithm)?;
                EncodingKey::from_secret(&secret)
            }
            Some(PublicKey::Rsa { n, e }) => rsa(jwk, n, e)?,
            Some(PublicKey::Ec { point }) => {
                let d = jwk.exact_bytes("d", algorithm.coordinate_bytes())?;
                let pair =
                    EcdsaKeyPair::from_private_key_and_public_key(SigningKey::curve(algorithm), &d, &point)
                        .map_err(|_| KeyFault::PartsDisagree)?;
                let pkcs8 = pair.to_pkcs8v1().map_err(|_| KeyFault::PartsDisagree)?;
                EncodingKey::from_ec_der(pkcs8.as_ref())
            }
            Some(PublicKey::Ed25519 { point }) => {
                let d = jwk.exact_bytes("d", algorithm.coordinate_bytes())?;
                let pair = Ed25519KeyPair::from_seed_and_public_key(&d, &point)
                    .map_err(|_| KeyFault::PartsDisagree)?;
                let pkcs8 = pair.to_pkcs8v1().map_err(|_| KeyFault::PartsDisagree)?;
                EncodingKey::from_ed_der(pkcs8.as_ref())
            }
        };
        Ok(SigningKey {
            algorithm,
            kid,
            material,
        })
    }

    pub(crate) fn curve(algorithm: Algorithm) -> &'static EcdsaSigningAlgorithm {
        match algorithm {
            Algorithm::ES384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
            _ => &ECDSA_P256_SHA256_FIXED_SIGNING,
        }
    }

    /// Whether a JWK has the members that signing needs.
    pub(crate) fn is_private(jwk: Jwk<'_>, algorithm: Algorithm) -> bool {
        jwk.has(match algorithm.key_type() {
            KeyType::Oct => "k",
            KeyType::Rsa | KeyType::Ec | KeyType::Okp => "d",
        })
    }

    /// Signs a message; `None` if the library fails, for example without a source of randomness.
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        (DEFAULT_PROVIDER.signer_factory)(&self.algorithm.primitive(), &self.material)
            .ok()?
            .try_sign(message)
            .ok()
    }
}

fn rsa(jwk: Jwk<'_>, n: Vec<u8>, e: Vec<u8>) -> Result<EncodingKey, KeyFault> {
    if jwk.has("oth") {
        // RSA keys with more than two primes are valid (RFC 8017), but not in use.
        return Err(KeyFault::MemberInvalid { name: "oth" });
    }
    let parts = KeyPairComponents {
        public_key: RsaPublicKeyComponents { n, e },
        d: jwk.bytes("d")?,
        p: jwk.bytes("p")?,
        q: jwk.bytes("q")?,
        dP: jwk.bytes("dp")?,
        dQ: jwk.bytes("dq")?,
        qInv: jwk.bytes("qi")?,
    };
    let pair = RsaKeyPair::from_components(&parts).map_err(|_| KeyFault::PartsDisagree)?;
    let pkcs8: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyFault::PartsDisagree)?;
    let (_, pkcs1) = der::pkcs8(pkcs8.as_ref())?;
    Ok(EncodingKey::from_rsa_der(pkcs1))
}
