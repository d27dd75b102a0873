//! Converts keys in PEM ([RFC 7468](https://www.rfc-editor.org/rfc/rfc7468)), as consoles and openssl print
//! them, to JWKs.
//!
//! Invariant: the resulting JWK is accepted everywhere, because it went through the same checks. The input
//! must be one block with one key: a file with a certificate chain or two keys would be ambiguous.

use super::algorithm::{Algorithm, KeyType};
use super::der;
use super::jwk::check_kid;
use super::jwk_text::JwkText;
use super::key_error::KeyError;
use super::key_fault::KeyFault;
use super::key_set::{signing_jwk, KeyRules, KeySet};
use super::public_key::PublicKey;
use super::signing_key::SigningKey;
use crate::limits::MAX_PEM_BYTES;
use ::der::pem::Decoder;
use aws_lc_rs::encoding::AsBigEndian;
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair};

/// Converts a PEM key to a JWK for one algorithm.
///
/// Public keys are accepted as `PUBLIC KEY` (SPKI), `RSA PUBLIC KEY` (PKCS#1) and `CERTIFICATE` (X.509; only
/// its key is used). Private keys, for [`sign`](super::sign), are accepted as `PRIVATE KEY` (PKCS#8), `RSA
/// PRIVATE KEY` (PKCS#1) and `EC PRIVATE KEY` (SEC 1), and yield private JWKs.
///
/// # Errors
/// The reason why the text is not a PEM key, or the rule that the key or the kid breaks.
pub fn jwk_from_pem(pem: &str, algorithm: Algorithm, kid: Option<&str>) -> Result<String, KeyError> {
    if let Some(kid) = kid {
        check_kid(kid)?;
    }
    if pem.len() > MAX_PEM_BYTES {
        return Err(KeyFault::PemTooLarge.into());
    }
    let jwk = JwkText::new(algorithm, kid);
    let (label, content) = block(pem.trim_ascii())?;
    let jwk = match label.as_str() {
        "PUBLIC KEY" => with_public(jwk, der::spki(&content)?, algorithm)?,
        "CERTIFICATE" => with_public(jwk, der::certificate(&content)?, algorithm)?,
        "RSA PUBLIC KEY" => with_public(jwk, (der::Identifier::Rsa, &content), algorithm)?,
        "PRIVATE KEY" => with_pkcs8(jwk, &content, algorithm)?,
        "RSA PRIVATE KEY" if algorithm.key_type() == KeyType::Rsa => with_rsa_private(jwk, &content)?,
        "EC PRIVATE KEY" if algorithm.key_type() == KeyType::Ec => with_ec_private(jwk, &content, algorithm)?,
        "RSA PRIVATE KEY" | "EC PRIVATE KEY" => return Err(KeyFault::AlgorithmOfOtherKeyType.into()),
        _ => return Err(KeyFault::PemLabelUnsupported.into()),
    }
    .finish();
    if label.ends_with("PRIVATE KEY") {
        SigningKey::of(signing_jwk(&jwk)?)?;
    } else {
        KeySet::from_json(&jwk, &KeyRules::default())?;
    }
    Ok(jwk)
}

/// The label and the content of the only block.
fn block(pem: &str) -> Result<(String, Vec<u8>), KeyFault> {
    let mut decoder = Decoder::new_detect_wrap(pem.as_bytes()).map_err(|_| KeyFault::PemInvalid)?;
    let label = decoder.type_label().to_owned();
    let mut content = Vec::new();
    decoder
        .decode_to_end(&mut content)
        .map_err(|_| KeyFault::PemInvalid)?;
    Ok((label, content))
}

fn with_public(
    jwk: JwkText,
    (identifier, bits): (der::Identifier, &[u8]),
    algorithm: Algorithm,
) -> Result<JwkText, KeyFault> {
    identifier.check(algorithm)?;
    let key = match algorithm.key_type() {
        KeyType::Rsa => {
            let key = der::rsa_public_key(bits)?;
            PublicKey::rsa(key.n, key.e)
        }
        KeyType::Ec => PublicKey::ec(bits.to_vec(), algorithm),
        KeyType::Okp => PublicKey::ed25519(bits),
        KeyType::Oct => Err(KeyFault::AlgorithmOfOtherKeyType),
    }?;
    Ok(match &key {
        PublicKey::Rsa { n, e } => jwk.bytes("n", n).bytes("e", e),
        PublicKey::Ec { point } => with_point(jwk, point, algorithm),
        PublicKey::Ed25519 { point } => jwk.bytes("x", point),
    })
}

/// Adds an uncompressed point as x and y. Of any other form too few bytes remain, which later checks refuse.
fn with_point(jwk: JwkText, point: &[u8], algorithm: Algorithm) -> JwkText {
    let coordinates = point.get(1..).unwrap_or_default();
    let (x, y) = coordinates
        .split_at_checked(algorithm.coordinate_bytes())
        .unwrap_or_default();
    jwk.bytes("x", x).bytes("y", y)
}

fn with_pkcs8(jwk: JwkText, content: &[u8], algorithm: Algorithm) -> Result<JwkText, KeyFault> {
    let (identifier, inner) = der::pkcs8(content)?;
    identifier.check(algorithm)?;
    match algorithm.key_type() {
        KeyType::Rsa => with_rsa_private(jwk, inner),
        KeyType::Ec => with_ec_private(jwk, content, algorithm),
        KeyType::Okp => {
            let pair = Ed25519KeyPair::from_pkcs8(content).map_err(|_| KeyFault::DerInvalid)?;
            let seed = pair.seed().map_err(|_| KeyFault::DerInvalid)?;
            let seed = seed.as_be_bytes().map_err(|_| KeyFault::DerInvalid)?;
            Ok(jwk
                .bytes("x", pair.public_key().as_ref())
                .bytes("d", seed.as_ref()))
        }
        KeyType::Oct => Err(KeyFault::AlgorithmOfOtherKeyType),
    }
}

fn with_rsa_private(jwk: JwkText, content: &[u8]) -> Result<JwkText, KeyFault> {
    let parts = der::rsa_private_key(content)?;
    let names = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];
    let with_part = |jwk: JwkText, (name, part): (&str, &Vec<u8>)| jwk.bytes(name, part);
    Ok(names.into_iter().zip(&parts).fold(jwk, with_part))
}

/// Reads PKCS#8 or SEC 1; the library accepts both.
fn with_ec_private(jwk: JwkText, content: &[u8], algorithm: Algorithm) -> Result<JwkText, KeyFault> {
    let curve = SigningKey::curve(algorithm);
    let pair = EcdsaKeyPair::from_private_key_der(curve, content).map_err(|_| KeyFault::DerInvalid)?;
    let private = pair
        .private_key()
        .as_be_bytes()
        .map_err(|_| KeyFault::DerInvalid)?;
    let jwk = with_point(jwk, pair.public_key().as_ref(), algorithm);
    Ok(jwk.bytes("d", private.as_ref()))
}
