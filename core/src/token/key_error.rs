//! Why a key is refused or ignored, when it is added and not when the first token comes.
//!
//! Invariant: an error names the key and the rule, and shows nothing of the key but its number in the
//! set and its kid, which are the operator's own; lengths are told, values are not.

use super::algorithm::Algorithm;
use crate::claims_error::ClaimsError;
use crate::limits::{
    MAX_IGNORED_KEYS_TOLD, MAX_JWKS_BYTES, MAX_KEYS_PER_SET, MAX_KID_BYTES, MAX_PEM_BYTES, MAX_RSA_BITS,
    MAX_SECRET_BYTES, MIN_RSA_BITS,
};
use std::fmt;

/// Why a key, or a set of keys, is refused: the rule, and which key broke it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyError {
    fault: KeyFault,
    key: Option<KeyLabel>,
    /// Of [`KeyFault::NoUsableKey`]: all keys of the set.
    ignored: Vec<IgnoredKey>,
}

/// A key of a set that is passed over, because it does not verify tokens here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredKey {
    pub(crate) fault: KeyFault,
    pub(crate) key: KeyLabel,
}

/// Which key of the input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyLabel {
    /// From 1; `None` where the input is one key.
    pub(crate) number: Option<usize>,
    pub(crate) kid: Option<String>,
}

/// The rule that a key breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFault {
    /// The text is longer than [`MAX_JWKS_BYTES`].
    TooLarge,
    /// The text is no strict JSON: a name twice, too deep, or no JSON at all.
    Json(ClaimsError),
    /// The object has neither `kty` nor `keys`, or both (RFC 7517 sections 4, 5).
    NotAKey,
    /// `keys` is not an array.
    KeysNotAnArray,
    /// `keys` is empty.
    NoKeys,
    /// `keys` has several elements, and none is a key that verifies tokens here.
    NoUsableKey,
    /// `keys` has more than [`MAX_KEYS_PER_SET`] elements.
    TooManyKeys,
    /// An element of `keys` is not an object.
    NotAnObject,
    /// Two keys bear one kid.
    KidTwice,
    /// One of several keys has no kid, so that no token could mean it.
    KidMissing,
    /// `kid` is not a string, is empty or holds control characters.
    KidInvalid,
    /// `kid` is longer than [`MAX_KID_BYTES`].
    KidTooLong,
    /// A secret and a public key in one set: a set is published or it is not.
    SecretAmongPublicKeys,
    /// `kty` is missing or not a string.
    KeyTypeMissing,
    /// `kty` is none of oct, RSA, EC and OKP.
    KeyTypeUnsupported,
    /// `alg` is missing where the key alone does not tell it.
    AlgorithmMissing,
    /// `alg` is not a string.
    AlgorithmInvalid,
    /// `alg` is not a supported algorithm.
    AlgorithmUnsupported,
    /// `alg` takes another type of key (RFC 8725 section 3.1).
    AlgorithmOfOtherKeyType,
    /// `crv` is missing or not a string.
    CurveMissing,
    /// `crv` is not a supported curve.
    CurveUnsupported,
    /// `crv` is not the curve of `alg`.
    CurveOfOtherAlgorithm,
    /// `use` is not a string.
    UseInvalid,
    /// `use` is not `sig`.
    UseNotSignature,
    /// `key_ops` is not an array of distinct strings.
    KeyOpsInvalid,
    /// `key_ops` lacks `verify`.
    KeyOpsWithoutVerify,
    /// `key_ops` lacks `sign`, in a key to sign with.
    KeyOpsWithoutSign,
    /// A member of the private key stands among keys to verify with.
    PrivateKey,
    /// A shared secret where none is asked for.
    SecretNotAllowed,
    /// A secret shorter than its algorithm's hash.
    SecretTooShort {
        /// Its algorithm.
        algorithm: Algorithm,
        /// Its length in bytes.
        bytes: usize,
    },
    /// A secret longer than [`MAX_SECRET_BYTES`].
    SecretTooLong,
    /// A secret that is the text of a PEM file: a public key is no secret.
    SecretIsPem,
    /// What follows `base64:` is not base64.
    SecretNotBase64,
    /// A member that the type of key needs is missing.
    MemberMissing {
        /// Its name.
        name: &'static str,
    },
    /// A member is not base64url without padding of its type's length.
    MemberInvalid {
        /// Its name.
        name: &'static str,
    },
    /// A modulus of fewer than [`MIN_RSA_BITS`] bits.
    RsaTooShort {
        /// Its length.
        bits: usize,
    },
    /// A modulus of more than [`MAX_RSA_BITS`] bits.
    RsaTooLong {
        /// Its length.
        bits: usize,
    },
    /// An even modulus.
    RsaModulusEven,
    /// An exponent that is even, 1 or longer than 32 bits.
    RsaExponent,
    /// A point in another form than the uncompressed one of its curve.
    PointForm,
    /// A point that is not on its curve.
    PointNotOnCurve,
    /// An Ed25519 point of small order, for which signatures can be made without a key.
    PointOfSmallOrder,
    /// An Ed25519 point whose coordinate is not reduced (RFC 8032 section 5.1.3).
    PointNotCanonical,
    /// The parts of a private key don't belong together.
    PartsDisagree,
    /// The text is longer than [`MAX_PEM_BYTES`].
    PemTooLarge,
    /// The text is not one PEM block (RFC 7468).
    PemInvalid,
    /// The PEM block holds something else than a key or a certificate.
    PemLabelUnsupported,
    /// The PEM block's content is not the DER that its label says.
    DerInvalid,
}

impl KeyFault {
    pub(crate) fn of(self, key: &KeyLabel) -> KeyError {
        KeyError {
            key: Some(key.clone()),
            ..self.into()
        }
    }

    /// Whether the key is a well-formed one for other ends than verifying tokens here. A key that is for
    /// them, and malformed or weak, is not passed over: its tokens would be refused and nobody told why.
    pub(crate) fn is_for_other_ends(self) -> bool {
        matches!(
            self,
            KeyFault::UseNotSignature
                | KeyFault::KeyOpsWithoutVerify
                | KeyFault::KeyTypeUnsupported
                | KeyFault::AlgorithmUnsupported
                | KeyFault::CurveUnsupported
        )
    }
}

impl From<KeyFault> for KeyError {
    fn from(fault: KeyFault) -> KeyError {
        KeyError {
            fault,
            key: None,
            ignored: Vec::new(),
        }
    }
}

impl IgnoredKey {
    /// Which keys of a set are passed over and why, a sentence for each of the first
    /// [`MAX_IGNORED_KEYS_TOLD`]; `None` where none is.
    pub fn tell(ignored: &[IgnoredKey]) -> Option<String> {
        let mut sentences: Vec<String> = ignored
            .iter()
            .take(MAX_IGNORED_KEYS_TOLD)
            .map(|ignored| format!("{}: {}.", ignored.key.name(), ignored.fault))
            .collect();
        if ignored.len() > MAX_IGNORED_KEYS_TOLD {
            sentences.push(format!("So are {} more.", ignored.len() - MAX_IGNORED_KEYS_TOLD));
        }
        (!sentences.is_empty()).then(|| sentences.join("\n"))
    }
}

impl KeyLabel {
    fn name(&self) -> String {
        let number = self.number.unwrap_or_default();
        match &self.kid {
            Some(kid) => format!("Key {number}, with kid \"{kid}\""),
            None => format!("Key {number}, without a kid"),
        }
    }
}

impl KeyError {
    /// The error of a set of which nothing is left.
    pub(crate) fn of_unusable_set(mut ignored: Vec<IgnoredKey>) -> KeyError {
        match (ignored.pop(), ignored.is_empty()) {
            (None, _) => KeyFault::NoKeys.into(),
            (Some(only), true) => only.fault.of(&only.key),
            (Some(last), false) => {
                ignored.push(last);
                KeyError {
                    ignored,
                    ..KeyFault::NoUsableKey.into()
                }
            }
        }
    }

    /// The rule.
    pub fn fault(&self) -> KeyFault {
        self.fault
    }

    /// Which key, and how far off it is.
    pub fn detail(&self) -> Option<String> {
        let mut sentences = Vec::new();
        match self.key.as_ref().map(|key| (key.number, key.kid.as_deref())) {
            Some((Some(number), Some(kid))) => {
                sentences.push(format!("It is key {number} of the JWK Set, with kid \"{kid}\"."));
            }
            Some((Some(number), None)) => {
                sentences.push(format!("It is key {number} of the JWK Set, without a kid."))
            }
            Some((None, Some(kid))) => sentences.push(format!("It is the key with kid \"{kid}\".")),
            Some((None, None)) | None => {}
        }
        sentences.extend(self.fault.fact());
        sentences.extend(IgnoredKey::tell(&self.ignored));
        (!sentences.is_empty()).then(|| sentences.join(" "))
    }

    /// What to do.
    pub fn hint(&self) -> Option<&'static str> {
        self.fault.hint()
    }
}

impl KeyFault {
    fn fact(self) -> Option<String> {
        Some(match self {
            KeyFault::Json(reason) => json_fact("JWK", reason),
            KeyFault::SecretTooShort { algorithm, bytes } => format!(
                "It has {bytes} bytes, and {algorithm} needs {} (RFC 7518 section 3.2).",
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

    fn hint(self) -> Option<&'static str> {
        Some(match self {
            KeyFault::UseNotSignature
            | KeyFault::KeyOpsWithoutVerify
            | KeyFault::KeyTypeUnsupported
            | KeyFault::AlgorithmUnsupported
            | KeyFault::CurveUnsupported
            | KeyFault::NoUsableKey => "Give the keys that the issuer signs tokens with.",
            KeyFault::AlgorithmMissing => "Add the member \"alg\": a key verifies one algorithm alone.",
            KeyFault::PrivateKey => {
                "Replace the key if it was published, and give its public members alone."
            }
            KeyFault::SecretNotAllowed => "Give shared secrets to clerk_rls.set_secret().",
            KeyFault::SecretAmongPublicKeys => {
                "Give public keys and shared secrets separately: whoever reads a secret can sign."
            }
            KeyFault::SecretTooShort { .. } => "Let the issuer sign with a longer, random secret.",
            KeyFault::SecretIsPem => "Use clerk_rls.jwk_from_pem() with an algorithm of the public key.",
            KeyFault::RsaTooShort { .. } => "Let the issuer sign with a key of 2048 bits or more.",
            KeyFault::PemLabelUnsupported => {
                "Supported are PUBLIC KEY, RSA PUBLIC KEY, CERTIFICATE, PRIVATE KEY, RSA PRIVATE KEY and EC PRIVATE KEY."
            }
            KeyFault::NotAKey => "Give a JWK (RFC 7517 section 4) or a JWK Set (section 5).",
            _ => return None,
        })
    }
}

/// Why a text is no strict JSON object, as a sentence about it.
pub(crate) fn json_fact(what: &str, reason: ClaimsError) -> String {
    let fact = match reason {
        ClaimsError::TooLarge => "is too large",
        ClaimsError::NotUtf8 => "is not valid UTF-8",
        ClaimsError::NotJson => "is not valid JSON",
        ClaimsError::NotAnObject => "is not a JSON object",
        ClaimsError::TooDeep => "is nested too deeply",
        ClaimsError::NulCharacter => "contains the character \\u0000",
        ClaimsError::LoneSurrogate => "contains half a surrogate pair",
        ClaimsError::DuplicateKey => "contains a name twice in one object",
    };
    format!("The {what} {fact}.")
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
            KeyFault::AlgorithmOfOtherKeyType => "algorithm takes another type of key",
            KeyFault::CurveMissing => "key has no curve (crv)",
            KeyFault::CurveUnsupported => "curve (crv) of the key is not supported",
            KeyFault::CurveOfOtherAlgorithm => "curve (crv) is not the one of the algorithm",
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
            KeyFault::MemberMissing { .. } => "key lacks a member of its type",
            KeyFault::MemberInvalid { .. } => "member of the key is not valid base64url of its length",
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

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fault.fmt(f)
    }
}

impl std::error::Error for KeyError {}
