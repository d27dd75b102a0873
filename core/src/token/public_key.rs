//! The parts of a public key, and the checks that they must pass.
//!
//! Invariant: a value of this type passed every check of its type, so verification never uses a key for which
//! signatures are easy to forge: short or even RSA moduli, exponent 1, points off their curve or of small
//! order. The crypto library checks some of this at the first token; here the operator gets the error when
//! adding the key.

use super::algorithm::{Algorithm, KeyType};
use super::jwk::Jwk;
use super::key_fault::KeyFault;
use crate::limits::{MAX_RSA_BITS, MAX_RSA_EXPONENT_BYTES, MIN_RSA_BITS};
use aws_lc_rs::signature::{ParsedPublicKey, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED};

/// A checked public key.
pub(crate) enum PublicKey {
    /// Big-endian, without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// Uncompressed (SEC 1 section 2.3.3): 4, x, y.
    Ec { point: Vec<u8> },
    /// Encoded as in [RFC 8032 section 5.1.2](https://www.rfc-editor.org/rfc/rfc8032#section-5.1.2).
    Ed25519 { point: [u8; 32] },
}

impl PublicKey {
    /// The public members of a JWK; `None` for a secret, which has none.
    pub(crate) fn of(jwk: Jwk<'_>, algorithm: Algorithm) -> Result<Option<PublicKey>, KeyFault> {
        match algorithm.key_type() {
            KeyType::Oct => Ok(None),
            KeyType::Rsa => PublicKey::rsa(jwk.bytes("n")?, jwk.bytes("e")?).map(Some),
            KeyType::Ec => {
                let length = algorithm.coordinate_bytes();
                let (x, y) = (jwk.exact_bytes("x", length)?, jwk.exact_bytes("y", length)?);
                PublicKey::ec([&[4], x.as_slice(), y.as_slice()].concat(), algorithm).map(Some)
            }
            KeyType::Okp => PublicKey::ed25519(&jwk.bytes("x")?).map(Some),
        }
    }

    pub(crate) fn rsa(n: Vec<u8>, e: Vec<u8>) -> Result<PublicKey, KeyFault> {
        let bits = match n.first() {
            // Base64urlUInt has no leading zeros (RFC 7518 section 2).
            None | Some(0) => return Err(KeyFault::MemberInvalid { name: "n" }),
            Some(first) => n.len() * 8 - first.leading_zeros() as usize,
        };
        if bits < MIN_RSA_BITS {
            return Err(KeyFault::RsaTooShort { bits });
        }
        if bits > MAX_RSA_BITS {
            return Err(KeyFault::RsaTooLong { bits });
        }
        if !is_odd(&n) {
            return Err(KeyFault::RsaModulusEven);
        }
        if e.first() == Some(&0) {
            return Err(KeyFault::MemberInvalid { name: "e" });
        }
        if e.len() > MAX_RSA_EXPONENT_BYTES || !is_odd(&e) || e.as_slice() == [1] {
            return Err(KeyFault::RsaExponent);
        }
        Ok(PublicKey::Rsa { n, e })
    }

    pub(crate) fn ec(point: Vec<u8>, algorithm: Algorithm) -> Result<PublicKey, KeyFault> {
        let curve = match algorithm {
            Algorithm::ES384 => &ECDSA_P384_SHA384_FIXED,
            _ => &ECDSA_P256_SHA256_FIXED,
        };
        // The library also accepts compressed points, which a JWK cannot express.
        if point.first() != Some(&4) || point.len() != 2 * algorithm.coordinate_bytes() + 1 {
            return Err(KeyFault::PointForm);
        }
        // The library checks that the point is on the curve.
        match ParsedPublicKey::new(curve, &point) {
            Ok(_) => Ok(PublicKey::Ec { point }),
            Err(_) => Err(KeyFault::PointNotOnCurve),
        }
    }

    /// Accepts a point that is on no curve: it verifies nothing, and detecting it would take field
    /// arithmetic.
    pub(crate) fn ed25519(point: &[u8]) -> Result<PublicKey, KeyFault> {
        let point: [u8; 32] = point
            .try_into()
            .map_err(|_| KeyFault::MemberInvalid { name: "x" })?;
        let mut y = point;
        if let Some(last) = y.last_mut() {
            *last &= 0x7f;
        }
        if !is_reduced(&y) {
            return Err(KeyFault::PointNotCanonical);
        }
        if SMALL_ORDER.contains(&y) {
            return Err(KeyFault::PointOfSmallOrder);
        }
        Ok(PublicKey::Ed25519 { point })
    }
}

fn is_odd(big_endian: &[u8]) -> bool {
    big_endian.last().is_some_and(|last| last & 1 == 1)
}

/// Whether a little-endian number is less than p = 2^255 - 19.
fn is_reduced(y: &[u8; 32]) -> bool {
    let [first, middle @ .., last] = y;
    !(*last == 0x7f && middle.iter().all(|byte| *byte == 0xff) && *first >= 0xed)
}

/// The y coordinate of every point whose order divides 8, little-endian: 0 (order 4), 1 (order 1), -1 (order
/// 2) and the two of order 8. With such a key, signatures that nobody made are valid.
const SMALL_ORDER: [[u8; 32]; 5] = [
    [0; 32],
    with_ends(1, 0, 0),
    with_ends(0xec, 0xff, 0x7f),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
        0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a,
        0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

const fn with_ends(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    let [begin, .., end] = &mut bytes;
    *begin = first;
    *end = last;
    bytes
}
