//! The rules that a key can break.
//!
//! Invariant: messages show nothing of the key. They contain lengths and member names, never values.

use super::algorithm::Algorithm;
use super::json_fact::json_fact;
use crate::claims_error::ClaimsError;
use crate::limits::{
    MAX_JWKS_BYTES, MAX_KEYS_PER_SET, MAX_KID_BYTES, MAX_PEM_BYTES, MAX_RSA_BITS, MAX_SECRET_BYTES,
    MIN_RSA_BITS,
};
use std::fmt;

/// The rule that a key breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFault {
    /// The text is longer than [`MAX_JWKS_BYTES`].
    TooLarge,
    /// The text is not strict JSON.
    Json(ClaimsError),
    /// The object has neither `kty` nor `keys`, or has both ([RFC 7517 section
    /// 4](https://www.rfc-editor.org/rfc/rfc7517#section-4), [RFC 7517 section
    /// 5](https://www.rfc-editor.org/rfc/rfc7517#section-5)).
    NotAKey,
    /// `keys` is not an array.
    KeysNotAnArray,
    /// `keys` is empty.
    NoKeys,
    /// `keys` has several elements, none of which can verify tokens.
    NoUsableKey,
    /// `keys` has more than [`MAX_KEYS_PER_SET`] elements.
    TooManyKeys,
    /// An element of `keys` is not an object.
    NotAnObject,
    /// Two keys have the same kid.
    KidTwice,
    /// One of several keys has no kid, so no token could select it.
    KidMissing,
    /// `kid` is not a string, is empty or contains control characters.
    KidInvalid,
    /// `kid` is longer than [`MAX_KID_BYTES`].
    KidTooLong,
    /// The set contains both secrets and public keys, but only one of them may be published.
    SecretAmongPublicKeys,
    /// `kty` is missing or not a string.
    KeyTypeMissing,
    /// `kty` is none of oct, RSA, EC and OKP.
    KeyTypeUnsupported,
    /// `alg` is missing and the rest of the key does not determine the algorithm.
    AlgorithmMissing,
    /// `alg` is not a string.
    AlgorithmInvalid,
    /// `alg` is not a supported algorithm.
    AlgorithmUnsupported,
    /// `alg` needs another type of key ([RFC 8725 section
    /// 3.1](https://www.rfc-editor.org/rfc/rfc8725#section-3.1)).
    AlgorithmOfOtherKeyType,
    /// `crv` is missing or not a string.
    CurveMissing,
    /// `crv` is not a supported curve.
    CurveUnsupported,
    /// `crv` is not the curve of `alg`.
    CurveOfOtherAlgorithm,
    /// `use` is not a string.
    UseInvalid,
    /// `use` is not `sig` ([RFC 7517 section 4.2](https://www.rfc-editor.org/rfc/rfc7517#section-4.2)).
    UseNotSignature,
    /// `key_ops` is not an array of distinct strings ([RFC 7517 section
    /// 4.3](https://www.rfc-editor.org/rfc/rfc7517#section-4.3)).
    KeyOpsInvalid,
    /// `key_ops` lacks `verify`.
    KeyOpsWithoutVerify,
    /// `key_ops` of a signing key lacks `sign`.
    KeyOpsWithoutSign,
    /// A key for verification has a member of a private key.
    PrivateKey,
    /// The key is a shared secret, but only public keys are allowed.
    SecretNotAllowed,
    /// The secret is shorter than the hash of its algorithm ([RFC 7518 section
    /// 3.2](https://www.rfc-editor.org/rfc/rfc7518#section-3.2)).
    SecretTooShort {
        /// The algorithm of the secret.
        algorithm: Algorithm,
        /// The length of the secret in bytes.
        bytes: usize,
    },
    /// The secret is longer than [`MAX_SECRET_BYTES`].
    SecretTooLong,
    /// The secret is the text of a PEM file. A public key must not be used as a secret.
    SecretIsPem,
    /// The text after `base64:` is not base64.
    SecretNotBase64,
    /// A member that the type of key requires is missing.
    MemberMissing {
        /// The name of the member.
        name: &'static str,
    },
    /// A member is not base64url without padding of the required length.
    MemberInvalid {
        /// The name of the member.
        name: &'static str,
    },
    /// The RSA modulus has fewer than [`MIN_RSA_BITS`] bits.
    RsaTooShort {
        /// The size of the modulus in bits.
        bits: usize,
    },
    /// The RSA modulus has more than [`MAX_RSA_BITS`] bits.
    RsaTooLong {
        /// The size of the modulus in bits.
        bits: usize,
    },
    /// The RSA modulus is even.
    RsaModulusEven,
    /// The RSA exponent is even, 1, or longer than 32 bits.
    RsaExponent,
    /// The point is not in the uncompressed form of its curve.
    PointForm,
    /// The point is not on its curve.
    PointNotOnCurve,
    /// The Ed25519 point has small order, so signatures can be made without the private key.
    PointOfSmallOrder,
    /// The coordinate of the Ed25519 point is not reduced ([RFC 8032 section
    /// 5.1.3](https://www.rfc-editor.org/rfc/rfc8032#section-5.1.3)).
    PointNotCanonical,
    /// The parts of the private key do not belong together.
    PartsDisagree,
    /// The text is longer than [`MAX_PEM_BYTES`].
    PemTooLarge,
    /// The text is not a single PEM block ([RFC 7468](https://www.rfc-editor.org/rfc/rfc7468)).
    PemInvalid,
    /// The PEM block contains neither a key nor a certificate.
    PemLabelUnsupported,
    /// The content of the PEM block is not the DER that its label names.
    DerInvalid,
}

impl KeyFault {
    /// Whether the key is well-formed but has another purpose than verifying tokens. A malformed or weak key
    /// for verification is refused instead of ignored: otherwise its tokens would be refused without a
    /// reason.
    pub(crate) fn has_other_purpose(self) -> bool {
        matches!(
            self,
            KeyFault::UseNotSignature
                | KeyFault::KeyOpsWithoutVerify
                | KeyFault::KeyTypeUnsupported
                | KeyFault::AlgorithmUnsupported
                | KeyFault::CurveUnsupported
        )
    }

    /// The names and numbers of the fault, as a sentence.
    pub(super) fn fact(self) -> Option<String> {
        Some(match self {
            KeyFault::Json(reason) => json_fact("JWK", reason),
            KeyFault::SecretTooShort { algorithm, bytes } => format!(
                "The secret has {bytes} bytes, and {algorithm} requires at least {} (RFC 7518 section 3.2).",
                algorithm.min_secret_bytes()
            ),
            KeyFault::MemberMissing { name } | KeyFault::MemberInvalid { name } => {
                format!("The member is \"{name}\".")
            }
            KeyFault::RsaTooShort { bits } | KeyFault::RsaTooLong { bits } => {
                format!("The modulus has {bits} bits.")
            }
            _ => return None,
        })
    }

    /// What to do.
    pub(super) fn hint(self) -> Option<&'static str> {
        Some(match self {
            KeyFault::UseNotSignature
            | KeyFault::KeyOpsWithoutVerify
            | KeyFault::KeyTypeUnsupported
            | KeyFault::AlgorithmUnsupported
            | KeyFault::CurveUnsupported
            | KeyFault::NoUsableKey => "Pass the keys with which the issuer signs tokens.",
            KeyFault::AlgorithmMissing => "Add the member \"alg\": a key verifies exactly one algorithm.",
            KeyFault::PrivateKey => {
                "Pass only the public members, and replace the key if it was published."
            }
            KeyFault::SecretNotAllowed => "Pass shared secrets to clerk_rls.set_secret().",
            KeyFault::SecretAmongPublicKeys => {
                "Pass public keys and shared secrets separately: everyone who can read a secret can sign with it."
            }
            KeyFault::SecretTooShort { .. } => "Configure the issuer to sign with a longer, random secret.",
            KeyFault::SecretIsPem => "Use clerk_rls.jwk_from_pem() with the algorithm of the public key.",
            KeyFault::RsaTooShort { .. } => "Configure the issuer to sign with a key of 2048 bits or more.",
            KeyFault::PemLabelUnsupported => {
                "Supported labels are PUBLIC KEY, RSA PUBLIC KEY, CERTIFICATE, PRIVATE KEY, RSA PRIVATE KEY and EC PRIVATE KEY."
            }
            KeyFault::NotAKey => "Pass a JWK (RFC 7517 section 4) or a JWK Set (section 5).",
            _ => return None,
        })
    }
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            KeyFault::TooLarge => return write!(f, "JWK Set is larger than {MAX_JWKS_BYTES} bytes"),
            KeyFault::Json(_) => "JWK is malformed",
            KeyFault::NotAKey => "JSON is neither a JWK nor a JWK Set",
            KeyFault::KeysNotAnArray => "member \"keys\" of the JWK Set is not an array",
            KeyFault::NoKeys => "JWK Set has no keys",
            KeyFault::NoUsableKey => "JWK Set has no key that verifies tokens",
            KeyFault::TooManyKeys => return write!(f, "JWK Set has more than {MAX_KEYS_PER_SET} keys"),
            KeyFault::NotAnObject => "key is not a JSON object",
            KeyFault::KidTwice => "two keys have the same kid",
            KeyFault::KidMissing => "one of several keys has no kid",
            KeyFault::KidInvalid => "kid is not a string, is empty or contains control characters",
            KeyFault::KidTooLong => return write!(f, "kid is longer than {MAX_KID_BYTES} bytes"),
            KeyFault::SecretAmongPublicKeys => "JWK Set mixes a shared secret with public keys",
            KeyFault::KeyTypeMissing => "key has no type (kty)",
            KeyFault::KeyTypeUnsupported => "key type (kty) is not supported",
            KeyFault::AlgorithmMissing => "key has no algorithm (alg)",
            KeyFault::AlgorithmInvalid => "algorithm (alg) of the key is not a string",
            KeyFault::AlgorithmUnsupported => "algorithm (alg) of the key is not supported",
            KeyFault::AlgorithmOfOtherKeyType => "algorithm requires another type of key",
            KeyFault::CurveMissing => "key has no curve (crv)",
            KeyFault::CurveUnsupported => "curve (crv) of the key is not supported",
            KeyFault::CurveOfOtherAlgorithm => "curve (crv) does not match the algorithm",
            KeyFault::UseInvalid => "use of the key is not a string",
            KeyFault::UseNotSignature => "key is not for signatures (use)",
            KeyFault::KeyOpsInvalid => "key_ops is not an array of distinct strings",
            KeyFault::KeyOpsWithoutVerify => "key is not for verification (key_ops)",
            KeyFault::KeyOpsWithoutSign => "key is not for signing (key_ops)",
            KeyFault::PrivateKey => "private key among keys for verification",
            KeyFault::SecretNotAllowed => "shared secret among public keys is not allowed",
            KeyFault::SecretTooShort { .. } => "shared secret is too short for its algorithm",
            KeyFault::SecretTooLong => {
                return write!(f, "shared secret is longer than {MAX_SECRET_BYTES} bytes");
            }
            KeyFault::SecretIsPem => "shared secret is a PEM file",
            KeyFault::SecretNotBase64 => "shared secret is not valid base64",
            KeyFault::MemberMissing { .. } => "key lacks a required member",
            KeyFault::MemberInvalid { .. } => {
                "member of the key is not valid base64url of the required length"
            }
            KeyFault::RsaTooShort { .. } => {
                return write!(f, "RSA key is shorter than {MIN_RSA_BITS} bits");
            }
            KeyFault::RsaTooLong { .. } => return write!(f, "RSA key is longer than {MAX_RSA_BITS} bits"),
            KeyFault::RsaModulusEven => "RSA modulus is even",
            KeyFault::RsaExponent => "RSA exponent is not an odd number from 3 to 2^32",
            KeyFault::PointForm => "point of the key is not in uncompressed form",
            KeyFault::PointNotOnCurve => "point of the key is not on its curve",
            KeyFault::PointOfSmallOrder => "point of the key has small order",
            KeyFault::PointNotCanonical => "point of the key is not canonical",
            KeyFault::PartsDisagree => "parts of the private key do not belong together",
            KeyFault::PemTooLarge => return write!(f, "PEM text is longer than {MAX_PEM_BYTES} bytes"),
            KeyFault::PemInvalid => "text is not a single PEM block",
            KeyFault::PemLabelUnsupported => "PEM block holds neither a key nor a certificate",
            KeyFault::DerInvalid => "content of the PEM block is malformed",
        };
        f.write_str(text)
    }
}
