//! An issuer's keys: a JWK or a JWK Set (RFC 7517 section 5).
//!
//! Invariant: every key is fit for verification and can be meant by a token without doubt. RFC 7517
//! lets a reader skip what it does not understand; here one bad key refuses the set, because the
//! operator who adds it is there to hear of it, and the user whose token nothing verifies is not.
//!
//! A token's kid must be there and match exactly. The exception is a set of one key that has no kid,
//! as a PEM file or a shared secret gives it: that key is meant by any token.

use super::error::TokenError;
use super::jwk::{Jwk, Purpose};
use super::key::Key;
use super::key_error::{KeyError, KeyFault, KeyLabel};
use crate::json::scanner::scan;
use crate::json::value::{elements, is_array, member};
use crate::limits::{MAX_JWKS_BYTES, MAX_KEYS_PER_SET};

/// Which keys are let into a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyRules {
    /// Shared secrets (`oct`, HMAC): who can verify with one can sign with it, so it is asked for
    /// explicitly. Even then secrets and public keys don't share a set.
    pub allow_secrets: bool,
}

/// Keys of one issuer, by kid. The default is empty and verifies nothing.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    /// Sorted by kid.
    keys: Vec<Key>,
}

impl KeySet {
    /// Reads a JWK or a JWK Set.
    ///
    /// # Errors
    /// The first rule that is broken, and by which key.
    pub fn from_json(json: &str, rules: &KeyRules) -> Result<KeySet, KeyError> {
        let json = scanned(json)?;
        let mut keys = Vec::new();
        match (member(json, "keys"), member(json, "kty")) {
            (Some(list), None) => {
                if !is_array(list) {
                    return Err(KeyFault::KeysNotAnArray.into());
                }
                for (position, raw) in elements(list).enumerate() {
                    if position == MAX_KEYS_PER_SET {
                        return Err(KeyFault::TooManyKeys.into());
                    }
                    keys.push(key(raw, Some(position + 1), rules)?);
                }
            }
            (None, Some(_)) => keys.push(key(json, None, rules)?),
            _ => return Err(KeyFault::NotAKey.into()),
        }
        KeySet::of(keys)
    }

    fn of(mut keys: Vec<Key>) -> Result<KeySet, KeyError> {
        if keys.is_empty() {
            return Err(KeyFault::NoKeys.into());
        }
        let mixed =
            |pair: &[Key]| matches!(pair, [a, b] if a.algorithm().is_hmac() != b.algorithm().is_hmac());
        if keys.windows(2).any(mixed) {
            return Err(KeyFault::SecretAmongPublicKeys.into());
        }
        if let (true, Some(number)) = (keys.len() > 1, keys.iter().position(|key| key.kid().is_none())) {
            return Err(KeyFault::KidMissing.of(&KeyLabel {
                number: Some(number + 1),
                kid: None,
            }));
        }
        keys.sort_by(|a, b| a.kid().cmp(&b.kid()));
        let twin = keys.windows(2).find_map(|pair| match pair {
            [a, b] if a.kid() == b.kid() => Some(a),
            _ => None,
        });
        if let Some(twin) = twin {
            return Err(KeyFault::KidTwice.of(&KeyLabel {
                number: None,
                kid: twin.kid().map(str::to_owned),
            }));
        }
        Ok(KeySet { keys })
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys, sorted by kid.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The kids, sorted.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().filter_map(Key::kid)
    }

    /// The key that a token with this kid means.
    pub(crate) fn meant_by(&self, kid: Option<&str>) -> Result<&Key, TokenError> {
        match self.keys.as_slice() {
            [] => return Err(TokenError::NoKeys),
            [only] if only.kid().is_none() => return Ok(only),
            _ => {}
        }
        let kid = kid.ok_or(TokenError::KidMissing)?;
        let position = self.keys.binary_search_by(|key| key.kid().cmp(&Some(kid)));
        let found = position.ok().and_then(|position| self.keys.get(position));
        found.ok_or(TokenError::KeyUnknown)
    }
}

/// One key to verify with, and its name in an error.
fn key(raw: &str, number: Option<usize>, rules: &KeyRules) -> Result<Key, KeyError> {
    let mut label = KeyLabel { number, kid: None };
    let jwk = Jwk::new(raw).map_err(|fault| fault.of(&label))?;
    label.kid = jwk.kid().map_err(|fault| fault.of(&label))?;
    Key::of(jwk, label.kid.clone(), rules.allow_secrets).map_err(|fault| fault.of(&label))
}

/// One key to sign with, for [`sign`](super::sign): its text is checked like a set's.
pub(crate) fn signing_jwk(json: &str) -> Result<Jwk<'_>, KeyError> {
    let jwk = Jwk::new(scanned(json)?)?;
    if !jwk.has("kty") {
        return Err(KeyFault::NotAKey.into());
    }
    jwk.check_purpose(Purpose::Sign)?;
    Ok(jwk)
}

/// The text as one strict JSON object, without spaces around it.
fn scanned(json: &str) -> Result<&str, KeyError> {
    if json.len() > MAX_JWKS_BYTES {
        return Err(KeyFault::TooLarge.into());
    }
    let json = json.trim_matches([' ', '\t', '\n', '\r']);
    let outline = scan(json).map_err(KeyFault::Json)?;
    if outline.is_object {
        Ok(json)
    } else {
        Err(KeyFault::NotAKey.into())
    }
}
