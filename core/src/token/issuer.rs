//! Issuers: keys, and the operator's rules for tokens.
//!
//! Invariant: a value of this type was validated on creation. An empty list of audiences is refused instead
//! of meaning "any audience", because one forgotten element would otherwise disable the check.

use super::accepted_tokens::AcceptedTokens;
use super::algorithm::Algorithm;
use super::issuer_error::IssuerError;
use super::key::Key;
use super::key_set::KeySet;
use crate::layout::Layout;
use crate::limits::{MAX_ISSUER_BYTES, MAX_LEEWAY_SECONDS, MAX_NAMES_PER_LIST, MAX_NAME_BYTES};

/// The operator's rules for an issuer. By default a token must have a subject, nothing else is required, and
/// only session tokens from Clerk are accepted.
#[derive(Clone, Debug)]
pub struct IssuerRules {
    /// The required `iss`, compared byte by byte; `None` skips the check.
    pub issuer: Option<String>,
    /// The accepted algorithms; `None` accepts those of the keys.
    pub algorithms: Option<Vec<Algorithm>>,
    /// The accepted values of `aud`, one of which the token must contain; `None` skips the check.
    pub audience: Option<Vec<String>>,
    /// The accepted values of `azp`, one of which the token must contain; `None` skips the check. Clerk's
    /// OAuth and machine tokens, where they are accepted, may lack `azp`.
    pub authorized_parties: Option<Vec<String>>,
    /// The number of seconds that clocks may differ.
    pub leeway: i64,
    /// The accepted kinds of token.
    pub accepted: AcceptedTokens,
    /// Which claims hold the subject and the session.
    pub layout: Layout,
    /// The token must name a session and must not contain `client_id`, which marks an OAuth token. Of Clerk's
    /// tokens only sessions are checked: the other kinds name no session and are accepted by kind, or not at
    /// all.
    pub require_session: bool,
    /// The token must have a subject. A malformed subject is always refused.
    pub require_subject: bool,
    /// A session with open tasks (`sts` = `pending`) is accepted.
    pub allow_pending: bool,
}

impl Default for IssuerRules {
    fn default() -> IssuerRules {
        IssuerRules {
            issuer: None,
            algorithms: None,
            audience: None,
            authorized_parties: None,
            leeway: crate::limits::EXPIRY_LEEWAY_SECONDS,
            accepted: AcceptedTokens::default(),
            layout: Layout::default(),
            require_session: false,
            require_subject: true,
            allow_pending: false,
        }
    }
}

/// An issuer against which tokens can be verified.
#[derive(Clone, Debug)]
pub struct Issuer {
    keys: KeySet,
    rules: IssuerRules,
}

impl Issuer {
    /// Validates the rules. An issuer without keys is valid; it refuses every token.
    ///
    /// # Errors
    /// The first invalid rule.
    pub fn new(keys: KeySet, rules: IssuerRules) -> Result<Issuer, IssuerError> {
        if let Some(name) = &rules.issuer {
            if !is_name(name, MAX_ISSUER_BYTES) {
                return Err(IssuerError::NameInvalid);
            }
        }
        if !(0..=MAX_LEEWAY_SECONDS).contains(&rules.leeway) {
            return Err(IssuerError::LeewayOutOfRange {
                seconds: rules.leeway,
            });
        }
        if rules.audience.as_deref().is_some_and(|list| !are_names(list)) {
            return Err(IssuerError::AudienceInvalid);
        }
        if rules
            .authorized_parties
            .as_deref()
            .is_some_and(|list| !are_names(list))
        {
            return Err(IssuerError::AuthorizedPartiesInvalid);
        }
        if rules.accepted == AcceptedTokens::Clerk(Vec::new()) {
            return Err(IssuerError::KindsEmpty);
        }
        if let Some(allowed) = &rules.algorithms {
            if allowed.is_empty() {
                return Err(IssuerError::AlgorithmsEmpty);
            }
            let usable = |key: &Key| allowed.contains(&key.algorithm());
            if !keys.is_empty() && !keys.keys().iter().any(usable) {
                return Err(IssuerError::AlgorithmsWithoutKey);
            }
        }
        Ok(Issuer { keys, rules })
    }

    /// The issuer's keys.
    pub fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// The issuer's rules.
    pub fn rules(&self) -> &IssuerRules {
        &self.rules
    }
}

fn are_names(list: &[String]) -> bool {
    (1..=MAX_NAMES_PER_LIST).contains(&list.len()) && list.iter().all(|name| is_name(name, MAX_NAME_BYTES))
}

fn is_name(name: &str, max_bytes: usize) -> bool {
    (1..=max_bytes).contains(&name.len()) && !name.chars().any(char::is_control)
}
