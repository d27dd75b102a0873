//! Why a key is refused or ignored. Keys are checked when they are added, not when the first token arrives.
//!
//! Invariant: an error names the key and the rule. Of the key it shows only its number in the set and its
//! kid, which the operator knows; it may show lengths, but never values.

use super::key_fault::KeyFault;
use crate::limits::MAX_IGNORED_KEYS_LISTED;
use std::fmt;

/// Why a key or a set of keys is refused: the rule, and the key that breaks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyError {
    fault: KeyFault,
    key: Option<KeyLabel>,
    /// For [`KeyFault::NoUsableKey`], all keys of the set.
    ignored: Vec<IgnoredKey>,
}

/// A key of a set that is ignored, because it does not verify tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredKey {
    pub(crate) fault: KeyFault,
    pub(crate) key: KeyLabel,
}

/// The position of a key in the input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyLabel {
    /// The number of the key in its set, from 1; `None` if the input is a single key.
    pub(crate) number: Option<usize>,
    pub(crate) kid: Option<String>,
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
    /// Which keys of a set are ignored and why: one sentence for each of the first [`MAX_IGNORED_KEYS_LISTED`]
    /// keys. `None` if no key is ignored.
    pub fn describe(ignored: &[IgnoredKey]) -> Option<String> {
        let mut sentences: Vec<String> = ignored
            .iter()
            .take(MAX_IGNORED_KEYS_LISTED)
            .map(|ignored| format!("{}: {}.", ignored.key.name(), ignored.fault))
            .collect();
        if ignored.len() > MAX_IGNORED_KEYS_LISTED {
            sentences.push(format!(
                "Not listed: {} more.",
                ignored.len() - MAX_IGNORED_KEYS_LISTED
            ));
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
    /// The error of one key.
    pub(crate) fn of_key(fault: KeyFault, key: &KeyLabel) -> KeyError {
        KeyError {
            key: Some(key.clone()),
            ..fault.into()
        }
    }

    /// The error of a set without a usable key.
    pub(crate) fn of_unusable_set(mut ignored: Vec<IgnoredKey>) -> KeyError {
        match (ignored.pop(), ignored.is_empty()) {
            (None, _) => KeyFault::NoKeys.into(),
            (Some(only), true) => KeyError::of_key(only.fault, &only.key),
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

    /// The key that breaks the rule, with numbers.
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
        sentences.extend(IgnoredKey::describe(&self.ignored));
        (!sentences.is_empty()).then(|| sentences.join(" "))
    }

    /// What to do.
    pub fn hint(&self) -> Option<&'static str> {
        self.fault.hint()
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fault.fmt(f)
    }
}

impl std::error::Error for KeyError {}
