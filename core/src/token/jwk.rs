//! One JWK ([RFC 7517 section 4](https://www.rfc-editor.org/rfc/rfc7517#section-4)), read strictly.
//!
//! Invariant: the text was scanned as strict JSON before, so no member occurs twice. Every key has exactly
//! one algorithm: its `alg`, or the only one that its type and curve allow. RSA allows several; without `alg`
//! the algorithm is RS256, which every issuer that omits `alg` uses.

use super::algorithm::{Algorithm, KeyType};
use super::base64url;
use super::key_fault::KeyFault;
use crate::json::string::json_string;
use crate::json::value::{elements, is_array, is_object, member};
use crate::limits::MAX_KID_BYTES;
use std::borrow::Cow;

/// The members that only a private or secret key has ([RFC 7518 section
/// 6.2.2](https://www.rfc-editor.org/rfc/rfc7518#section-6.2.2), [RFC 7518 section
/// 6.3.2](https://www.rfc-editor.org/rfc/rfc7518#section-6.3.2), [RFC 7518 section
/// 6.4.1](https://www.rfc-editor.org/rfc/rfc7518#section-6.4.1); `priv` belongs to post-quantum keys of type
/// AKP).
const PRIVATE_MEMBERS: [&str; 9] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

/// The operation that a key is used for, which `key_ops` must allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyOperation {
    Verify,
    Sign,
}

/// The text of one JWK.
#[derive(Clone, Copy)]
pub(crate) struct Jwk<'a>(&'a str);

impl<'a> Jwk<'a> {
    /// Takes a raw value from scanned JSON.
    pub(crate) fn new(raw: &'a str) -> Result<Jwk<'a>, KeyFault> {
        if is_object(raw) {
            Ok(Jwk(raw))
        } else {
            Err(KeyFault::NotAnObject)
        }
    }

    /// A member that is a string; `Err` for any other value.
    fn text(self, name: &str) -> Result<Option<Cow<'a, str>>, ()> {
        member(self.0, name)
            .map(|raw| json_string(raw).ok_or(()))
            .transpose()
    }

    /// A member that is base64url of at least one byte.
    pub(crate) fn bytes(self, name: &'static str) -> Result<Vec<u8>, KeyFault> {
        let text = self.text(name).map_err(|()| KeyFault::MemberInvalid { name })?;
        let text = text.ok_or(KeyFault::MemberMissing { name })?;
        base64url::decode(text.as_bytes())
            .filter(|bytes| !bytes.is_empty())
            .ok_or(KeyFault::MemberInvalid { name })
    }

    /// A member that is base64url of exactly `length` bytes.
    pub(crate) fn exact_bytes(self, name: &'static str, length: usize) -> Result<Vec<u8>, KeyFault> {
        let bytes = self.bytes(name)?;
        if bytes.len() == length {
            Ok(bytes)
        } else {
            Err(KeyFault::MemberInvalid { name })
        }
    }

    pub(crate) fn kid(self) -> Result<Option<String>, KeyFault> {
        let kid = self.text("kid").map_err(|()| KeyFault::KidInvalid)?;
        kid.map(|kid| check_kid(&kid).map(|()| kid.into_owned()))
            .transpose()
    }

    /// Checks that `use` and `key_ops` allow the operation ([RFC 7517 section
    /// 4.2](https://www.rfc-editor.org/rfc/rfc7517#section-4.2), [RFC 7517 section
    /// 4.3](https://www.rfc-editor.org/rfc/rfc7517#section-4.3)).
    pub(crate) fn check_allows(self, operation: KeyOperation) -> Result<(), KeyFault> {
        match self.text("use") {
            Ok(None) => {}
            Ok(Some(usage)) if usage == "sig" => {}
            Ok(Some(_)) => return Err(KeyFault::UseNotSignature),
            Err(()) => return Err(KeyFault::UseInvalid),
        }
        let Some(raw) = member(self.0, "key_ops") else {
            return Ok(());
        };
        let operations: Option<Vec<Cow<'_, str>>> = elements(raw).map(json_string).collect();
        let mut operations = operations
            .filter(|_| is_array(raw))
            .ok_or(KeyFault::KeyOpsInvalid)?;
        let count = operations.len();
        operations.sort_unstable();
        operations.dedup();
        if operations.len() != count {
            return Err(KeyFault::KeyOpsInvalid);
        }
        let (needed, fault) = match operation {
            KeyOperation::Verify => ("verify", KeyFault::KeyOpsWithoutVerify),
            KeyOperation::Sign => ("sign", KeyFault::KeyOpsWithoutSign),
        };
        if operations.iter().any(|operation| operation == needed) {
            Ok(())
        } else {
            Err(fault)
        }
    }

    /// The only algorithm of the key.
    pub(crate) fn algorithm(self) -> Result<Algorithm, KeyFault> {
        let key_type = self.key_type()?;
        let named = match self.text("alg") {
            Ok(None) => None,
            Ok(Some(name)) => Some(name.parse().map_err(|_| KeyFault::AlgorithmUnsupported)?),
            Err(()) => return Err(KeyFault::AlgorithmInvalid),
        };
        let algorithm: Algorithm = match named {
            Some(algorithm) => algorithm,
            None => match key_type {
                KeyType::Oct => return Err(KeyFault::AlgorithmMissing),
                KeyType::Rsa => Algorithm::RS256,
                KeyType::Ec | KeyType::Okp => self.algorithm_of_curve()?,
            },
        };
        if algorithm.key_type() != key_type {
            return Err(KeyFault::AlgorithmOfOtherKeyType);
        }
        if algorithm.curve().is_some() && self.algorithm_of_curve()? != algorithm {
            return Err(KeyFault::CurveOfOtherAlgorithm);
        }
        Ok(algorithm)
    }

    fn key_type(self) -> Result<KeyType, KeyFault> {
        let name = self.text("kty").ok().flatten().ok_or(KeyFault::KeyTypeMissing)?;
        [KeyType::Oct, KeyType::Rsa, KeyType::Ec, KeyType::Okp]
            .into_iter()
            .find(|key_type| key_type.as_str() == name)
            .ok_or(KeyFault::KeyTypeUnsupported)
    }

    fn algorithm_of_curve(self) -> Result<Algorithm, KeyFault> {
        let curve = self.text("crv").ok().flatten().ok_or(KeyFault::CurveMissing)?;
        [Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA]
            .into_iter()
            .find(|algorithm| algorithm.curve() == Some(curve.as_ref()))
            .ok_or(KeyFault::CurveUnsupported)
    }

    /// Whether the key is a shared secret, even a malformed one.
    pub(crate) fn is_secret(self) -> bool {
        self.key_type() == Ok(KeyType::Oct)
    }

    /// Whether the key has any member of a private key, whatever its value.
    pub(crate) fn has_private_member(self) -> bool {
        PRIVATE_MEMBERS.iter().any(|name| self.has(name))
    }

    pub(crate) fn has(self, name: &str) -> bool {
        member(self.0, name).is_some()
    }
}

/// Checks the form of a kid, in a key or a token.
pub(crate) fn check_kid(kid: &str) -> Result<(), KeyFault> {
    if kid.len() > MAX_KID_BYTES {
        return Err(KeyFault::KidTooLong);
    }
    if kid.is_empty() || kid.chars().any(char::is_control) {
        return Err(KeyFault::KidInvalid);
    }
    Ok(())
}
