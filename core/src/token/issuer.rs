//! What a token is checked against: an issuer's keys and the operator's choices.
//!
//! Invariant: a value of this type was checked when it was made. An empty list of audiences is refused
//! rather than read as "none needed", because the two differ by one forgotten element.

use super::accepted_tokens::AcceptedTokens;
use super::algorithm::Algorithm;
use super::issuer_error::IssuerError;
use super::key::Key;
use super::key_set::KeySet;
use crate::layout::Layout;
use crate::limits::{MAX_ISSUER_BYTES, MAX_LEEWAY_SECONDS, MAX_NAMES_PER_LIST, MAX_NAME_BYTES};

/// The operator's choices for an issuer. By default nothing optional is asked for but a subject, and
/// the tokens are people's session tokens from Clerk.
#[derive(Clone, Debug)]
pub struct IssuerRules {
    /// `iss`, byte by byte; `None` = not looked at.
    pub issuer: Option<String>,
    /// Algorithms that are accepted; `None` = those of the keys.
    pub algorithms: Option<Vec<Algorithm>>,
    /// Values of `aud` of which the token must have one; `None` = not looked at.
    pub audience: Option<Vec<String>>,
    /// Values of `azp` of which the token must have one; `None` = not looked at. Clerk's OAuth and machine
    /// tokens, where they are accepted, may lack `azp`.
    pub authorized_parties: Option<Vec<String>>,
    /// Seconds that clocks may differ.
    pub leeway: i64,
    /// What its tokens may be issued for.
    pub accepted: AcceptedTokens,
    /// Where subject and session lie.
    pub layout: Layout,
    /// The token names a session, and `client_id` does not mark it as an OAuth client's. Of Clerk's tokens
    /// this is asked of sessions alone: the other kinds name none, and are accepted by name or not at all.
    pub require_session: bool,
    /// The token has a subject. A malformed one is refused in any case.
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

/// An issuer, ready to check tokens against.
#[derive(Clone, Debug)]
pub struct Issuer {
    keys: KeySet,
    rules: IssuerRules,
}

impl Issuer {
    /// Checks the rules. Keys may still be missing; then every token is refused.
    ///
    /// # Errors
    /// The first rule that makes no sense.
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

    /// Its keys.
    pub fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// What it was made with.
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
