//! An issuer's keys: a JWK or a JWK Set ([RFC 7517 section
//! 5](https://www.rfc-editor.org/rfc/rfc7517#section-5)).
//!
//! Invariant: every key that is kept can verify tokens, and a token selects a key without ambiguity. Issuers
//! also publish keys for other purposes; Keycloak's sets contain one for encryption. Such keys are ignored,
//! as RFC 7517 section 5 requires, and the operator is informed. A key that would verify tokens but is weak
//! or malformed makes the whole set invalid, because the operator who adds the set can act on the error, and
//! the user whose token is refused later cannot. So does any private or shared key, whatever its use: a
//! published secret is a leak.
//!
//! The kid of a token must exist and match exactly. The exception is a set whose only usable key has no kid,
//! as a PEM file or a shared secret yields: every token selects that key, unless the token names the kid of
//! an ignored key.

use super::error::TokenError;
use super::jwk::{Jwk, KeyOperation};
use super::key::Key;
use super::key_error::{IgnoredKey, KeyError, KeyLabel};
use super::key_fault::KeyFault;
use crate::json::scanner::scan;
use crate::json::value::{elements, is_array, member};
use crate::limits::{MAX_JWKS_BYTES, MAX_KEYS_PER_SET};

/// Which keys a set may contain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyRules {
    /// Allow shared secrets (`oct`, HMAC). Everyone who can verify with a secret can also sign with it, so
    /// secrets must be allowed explicitly. Even then a set cannot contain both secrets and public keys.
    pub allow_secrets: bool,
}

/// The keys of one issuer. The default is empty and verifies nothing.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    /// Sorted by kid.
    keys: Vec<Key>,
    /// In the order of the set.
    ignored: Vec<IgnoredKey>,
}

impl KeySet {
    /// Reads a JWK or a JWK Set. A key of a set that has another purpose than verifying tokens is ignored,
    /// see [`KeySet::ignored`]; such a key on its own is refused.
    ///
    /// # Errors
    /// The first rule that is broken, and the key that breaks it.
    pub fn from_json(json: &str, rules: &KeyRules) -> Result<KeySet, KeyError> {
        let json = scanned(json)?;
        let (mut keys, mut ignored) = (Vec::new(), Vec::new());
        match (member(json, "keys"), member(json, "kty")) {
            (Some(list), None) => {
                if !is_array(list) {
                    return Err(KeyFault::KeysNotAnArray.into());
                }
                for (position, raw) in elements(list).enumerate() {
                    if position == MAX_KEYS_PER_SET {
                        return Err(KeyFault::TooManyKeys.into());
                    }
                    let label = KeyLabel {
                        number: Some(position + 1),
                        kid: None,
                    };
                    match key(raw, label, rules)? {
                        SetEntry::Usable(key) => keys.push((position, key)),
                        SetEntry::Ignored(key) => ignored.push(key),
                    }
                }
            }
            (None, Some(_)) => match key(json, KeyLabel::default(), rules)? {
                SetEntry::Usable(key) => keys.push((0, key)),
                SetEntry::Ignored(ignored) => return Err(KeyError::of_key(ignored.fault, &ignored.key)),
            },
            _ => return Err(KeyFault::NotAKey.into()),
        }
        KeySet::of(keys, ignored)
    }

    /// A set from keys and their positions.
    fn of(numbered: Vec<(usize, Key)>, ignored: Vec<IgnoredKey>) -> Result<KeySet, KeyError> {
        if numbered.is_empty() {
            return Err(KeyError::of_unusable_set(ignored));
        }
        let nameless = numbered.iter().find(|(_, key)| key.kid().is_none());
        let nameless = nameless.map(|(position, _)| position + 1);
        let mut keys: Vec<Key> = numbered.into_iter().map(|(_, key)| key).collect();
        let mixed =
            |pair: &[Key]| matches!(pair, [a, b] if a.algorithm().is_hmac() != b.algorithm().is_hmac());
        if keys.windows(2).any(mixed) {
            return Err(KeyFault::SecretAmongPublicKeys.into());
        }
        if keys.len() > 1 && nameless.is_some() {
            return Err(KeyError::of_key(
                KeyFault::KidMissing,
                &KeyLabel {
                    number: nameless,
                    kid: None,
                },
            ));
        }
        keys.sort_by(|a, b| a.kid().cmp(&b.kid()));
        let duplicate = keys.windows(2).find_map(|pair| match pair {
            [a, b] if a.kid() == b.kid() => Some(a),
            _ => None,
        });
        if let Some(duplicate) = duplicate {
            return Err(KeyError::of_key(
                KeyFault::KidTwice,
                &KeyLabel {
                    number: None,
                    kid: duplicate.kid().map(str::to_owned),
                },
            ));
        }
        Ok(KeySet { keys, ignored })
    }

    /// The ignored keys, in the order of the set.
    pub fn ignored(&self) -> &[IgnoredKey] {
        &self.ignored
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are no keys.
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

    /// The key that a token with this kid selects.
    pub(crate) fn selected_by(&self, kid: Option<&str>) -> Result<&Key, TokenError> {
        match self.keys.as_slice() {
            [] => return Err(TokenError::NoKeys),
            [only] if only.kid().is_none() => {
                let names_another =
                    kid.is_some() && self.ignored.iter().any(|other| other.key.kid.as_deref() == kid);
                return if names_another {
                    Err(TokenError::KeyUnknown)
                } else {
                    Ok(only)
                };
            }
            _ => {}
        }
        let kid = kid.ok_or(TokenError::KidMissing)?;
        let position = self.keys.binary_search_by(|key| key.kid().cmp(&Some(kid)));
        let found = position.ok().and_then(|position| self.keys.get(position));
        found.ok_or(TokenError::KeyUnknown)
    }
}

/// A key of a set, or the reason to ignore it.
enum SetEntry {
    Usable(Key),
    Ignored(IgnoredKey),
}

fn key(raw: &str, mut label: KeyLabel, rules: &KeyRules) -> Result<SetEntry, KeyError> {
    let jwk = Jwk::new(raw).map_err(|fault| KeyError::of_key(fault, &label))?;
    label.kid = jwk.kid().map_err(|fault| KeyError::of_key(fault, &label))?;
    let fault = match Key::of(jwk, label.kid.clone(), rules.allow_secrets) {
        Ok(key) => return Ok(SetEntry::Usable(key)),
        Err(fault) => fault,
    };
    Err(match fault {
        _ if !fault.has_other_purpose() => KeyError::of_key(fault, &label),
        _ if jwk.is_secret() && rules.allow_secrets => KeyError::of_key(fault, &label),
        _ if jwk.is_secret() => KeyError::of_key(KeyFault::SecretNotAllowed, &label),
        _ if jwk.has_private_member() => KeyError::of_key(KeyFault::PrivateKey, &label),
        _ => return Ok(SetEntry::Ignored(IgnoredKey { fault, key: label })),
    })
}

/// The key for [`sign`](super::sign), checked like a key of a set.
pub(crate) fn signing_jwk(json: &str) -> Result<Jwk<'_>, KeyError> {
    let jwk = Jwk::new(scanned(json)?)?;
    if !jwk.has("kty") {
        return Err(KeyFault::NotAKey.into());
    }
    jwk.check_allows(KeyOperation::Sign)?;
    Ok(jwk)
}

/// The text as a strict JSON object, without whitespace around it.
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
