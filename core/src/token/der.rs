//! Keys in DER: SubjectPublicKeyInfo ([RFC 5280 section
//! 4.1](https://www.rfc-editor.org/rfc/rfc5280#section-4.1)), PKCS#1 ([RFC 8017 appendix
//! A.1](https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1)), PKCS#8 ([RFC
//! 5208](https://www.rfc-editor.org/rfc/rfc5208)) and the key of an X.509 certificate.
//!
//! Invariant: a structure is read to its last byte, and anything unexpected is refused. Of a certificate only
//! the key is used; its signature and validity are not checked, because the operator who adds a key vouches
//! for it.

use super::algorithm::Algorithm;
use super::key_fault::KeyFault;
use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef, UintRef};
use der::{Reader, SliceReader, Tag};

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// `[0] EXPLICIT`, which version 1 certificates omit.
const VERSION_TAG: u8 = 0xa0;

/// The kind of key that an AlgorithmIdentifier names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identifier {
    Rsa,
    P256,
    P384,
    Ed25519,
    Unsupported,
}

impl Identifier {
    /// Checks that the algorithm takes this kind of key.
    pub(crate) fn check(self, algorithm: Algorithm) -> Result<(), KeyFault> {
        let fits = match algorithm {
            Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => false,
            Algorithm::ES256 => self == Identifier::P256,
            Algorithm::ES384 => self == Identifier::P384,
            Algorithm::EdDSA => self == Identifier::Ed25519,
            _ => self == Identifier::Rsa,
        };
        if fits {
            Ok(())
        } else {
            Err(KeyFault::AlgorithmOfOtherKeyType)
        }
    }
}

/// n and e, big-endian without leading zeros.
pub(crate) struct RsaPublicKey {
    pub(crate) n: Vec<u8>,
    pub(crate) e: Vec<u8>,
}

/// The kind and the bits of a SubjectPublicKeyInfo.
pub(crate) fn spki(der: &[u8]) -> Result<(Identifier, &[u8]), KeyFault> {
    whole(der, read_spki)
}

/// The kind and the bits of the key in an X.509 certificate.
pub(crate) fn certificate(der: &[u8]) -> Result<(Identifier, &[u8]), KeyFault> {
    whole(der, |reader| {
        reader.sequence(|certificate| {
            let key = certificate.sequence(|tbs| {
                if tbs.peek_byte() == Some(VERSION_TAG) {
                    tbs.decode::<AnyRef<'_>>()?;
                }
                // serialNumber, signature, issuer, validity, subject
                for _ in 0..5 {
                    tbs.decode::<AnyRef<'_>>()?;
                }
                let key = read_spki(tbs)?;
                while !tbs.is_finished() {
                    tbs.decode::<AnyRef<'_>>()?;
                }
                Ok::<_, der::Error>(key)
            })?;
            certificate.decode::<AnyRef<'_>>()?;
            certificate.decode::<BitStringRef<'_>>()?;
            Ok(key)
        })
    })
}

/// A PKCS#1 RSAPublicKey.
pub(crate) fn rsa_public_key(der: &[u8]) -> Result<RsaPublicKey, KeyFault> {
    whole(der, |reader| {
        reader.sequence(|key| {
            let mut integer = || {
                key.decode::<UintRef<'_>>()
                    .map(|number| number.as_bytes().to_vec())
            };
            Ok(RsaPublicKey {
                n: integer()?,
                e: integer()?,
            })
        })
    })
}

/// n, e, d, p, q, dP, dQ and qInv of a PKCS#1 RSAPrivateKey with two primes.
pub(crate) fn rsa_private_key(der: &[u8]) -> Result<[Vec<u8>; 8], KeyFault> {
    whole(der, |reader| {
        reader.sequence(|key| {
            if key.decode::<u8>()? != 0 {
                return Err(Tag::Integer.value_error().into());
            }
            let mut integers: [Vec<u8>; 8] = Default::default();
            for slot in &mut integers {
                *slot = key.decode::<UintRef<'_>>()?.as_bytes().to_vec();
            }
            Ok(integers)
        })
    })
}

/// The kind and the inner key of a PKCS#8 PrivateKeyInfo.
pub(crate) fn pkcs8(der: &[u8]) -> Result<(Identifier, &[u8]), KeyFault> {
    whole(der, |reader| {
        reader.sequence(|key| {
            if key.decode::<u8>()? > 1 {
                return Err(Tag::Integer.value_error().into());
            }
            let identifier = read_identifier(key)?;
            let inner = key.decode::<&OctetStringRef>()?.as_bytes();
            // Attributes and, in version 2, the public key.
            while !key.is_finished() {
                key.decode::<AnyRef<'_>>()?;
            }
            Ok((identifier, inner))
        })
    })
}

fn read_spki<'a>(reader: &mut SliceReader<'a>) -> der::Result<(Identifier, &'a [u8])> {
    reader.sequence(|spki| {
        let identifier = read_identifier(spki)?;
        let bits = spki.decode::<BitStringRef<'a>>()?;
        let bytes = bits.as_bytes().ok_or_else(|| Tag::BitString.value_error())?;
        Ok((identifier, bytes))
    })
}

fn read_identifier(reader: &mut SliceReader<'_>) -> der::Result<Identifier> {
    reader.sequence(|identifier| {
        let algorithm: ObjectIdentifier = identifier.decode()?;
        let parameters: Option<AnyRef<'_>> = identifier.decode()?;
        let curve = || parameters.and_then(|parameters| parameters.decode_as::<ObjectIdentifier>().ok());
        Ok(match algorithm {
            RSA => Identifier::Rsa,
            ED25519 => Identifier::Ed25519,
            EC => match curve() {
                Some(P256) => Identifier::P256,
                Some(P384) => Identifier::P384,
                _ => Identifier::Unsupported,
            },
            _ => Identifier::Unsupported,
        })
    })
}

fn whole<'a, T>(
    der: &'a [u8],
    read: impl FnOnce(&mut SliceReader<'a>) -> der::Result<T>,
) -> Result<T, KeyFault> {
    let read_to_end = || {
        let mut reader = SliceReader::new(der)?;
        let value = read(&mut reader)?;
        reader.finish()?;
        Ok::<_, der::Error>(value)
    };
    read_to_end().map_err(|_| KeyFault::DerInvalid)
}
