//! The accepted issuers, compiled from their table.
//!
//! An issuer is looked up when a token names it, so the number of issuers does not matter. Whatever enters
//! the table has passed the same compilation before, so every row of it can be used.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use clerk_rls_core::jwks::KeysUrl;
use clerk_rls_core::token::{
    self, AcceptedTokens, Algorithm, IgnoredKey, IssuerRules, KeyRules, KeySet, TokenKind,
};
use clerk_rls_core::{Layout, Provider};
use serde::Deserialize;
use serde_json::Value;

use crate::error::Error;
use crate::identity::verified_identity::ClaimRules;
use crate::pg::server::{clock, session};
use crate::pg::settings::keys_settings;
use crate::pg::tables::issuer_table;
use crate::pg::workers::shared_area;

/// The most compiled issuers that a backend keeps.
const MAX_KEPT: usize = 1024;
const MAX_SUBJECT_PREFIX_BYTES: usize = 64;

/// An issuer, ready to verify tokens.
pub struct AcceptedIssuer {
    /// The keys and rules that verify a token.
    pub verifier: token::Issuer,
    /// How the claims of the issuer's tokens are read.
    pub claim_rules: ClaimRules,
    fetched: Option<FetchedKeys>,
}

/// Keys that the keys' worker keeps up to date.
struct FetchedKeys {
    issuer: String,
    /// When the worker confirmed the keys last, in seconds, as far as this backend knows; `None`: it did not, because
    /// they were set by hand.
    confirmed: Cell<Option<i64>>,
}

impl FetchedKeys {
    fn are_valid(&self) -> bool {
        let is_recent = |at| keys_settings::schedule().keys_count(at, clock::now_seconds());
        self.confirmed.get().is_none_or(is_recent)
    }
}

/// A row of `clerk_rls.issuers`, and the issuer's secret.
#[derive(Deserialize)]
struct IssuerRow {
    issuer: String,
    provider: String,
    jwks: Option<Value>,
    secret: Option<Value>,
    algorithms: Option<Vec<String>>,
    audience: Option<Vec<String>>,
    authorized_parties: Option<Vec<String>>,
    /// Seconds.
    leeway: i64,
    require_session: bool,
    allow_pending: bool,
    accepts: Vec<String>,
    subject_prefix: String,
    claim_map: Value,
    #[serde(default)]
    jwks_url: Option<String>,
    #[serde(default)]
    fetch_keys: bool,
    /// When the keys' worker confirmed the keys last, in seconds.
    #[serde(default)]
    keys_confirmed_at: Option<i64>,
}

impl AcceptedIssuer {
    /// Checks and compiles a row, given as a JSON object.
    pub fn compile(row: &str) -> Result<Self, Error> {
        let row: IssuerRow = serde_json::from_str(row).map_err(|_| Error::Argument("issuer"))?;
        let provider: Provider = row.provider.parse()?;
        let claim_map = row.claim_map.to_string();
        let algorithms = row
            .algorithms
            .map(|names| names.iter().map(|name| name.parse::<Algorithm>()).collect())
            .transpose()?;
        let kinds = row.accepts.iter().map(|name| name.parse::<TokenKind>());
        let kinds = kinds.collect::<Result<Vec<_>, _>>()?;
        let prefix = &row.subject_prefix;
        if prefix.len() > MAX_SUBJECT_PREFIX_BYTES || !prefix.bytes().all(|b| (b' '..=b'~').contains(&b)) {
            return Err(Error::SubjectPrefix);
        }
        if let Some(url) = &row.jwks_url {
            KeysUrl::parse(url)?;
        }
        let fetched = (row.fetch_keys && row.secret.is_none()).then(|| FetchedKeys {
            issuer: row.issuer.clone(),
            confirmed: Cell::new(row.keys_confirmed_at),
        });
        let keys = match (row.jwks, row.secret) {
            (None, None) => KeySet::default(),
            (Some(jwks), None) => key_set(&jwks, false)?,
            (None, Some(secret)) => key_set(&secret, true)?,
            (Some(_), Some(_)) => return Err(Error::KeysAndSecret),
        };
        let leeway = row.leeway;
        let rules = IssuerRules {
            issuer: Some(row.issuer.clone()),
            algorithms,
            audience: row.audience,
            authorized_parties: row.authorized_parties,
            leeway,
            accepted: AcceptedTokens::chosen(provider, kinds)?,
            layout: Layout::preset(provider).with_claim_map(&claim_map)?,
            require_session: row.require_session,
            require_subject: true,
            allow_pending: row.allow_pending,
        };
        Ok(Self {
            verifier: token::Issuer::new(keys, rules)?,
            claim_rules: ClaimRules {
                provider: row.provider,
                claim_map: row.claim_map,
                leeway,
                subject_prefix: row.subject_prefix,
                is_machines: false,
                synthetic: false,
            },
            fetched,
        })
    }

    /// Refuses keys that were fetched and were not confirmed since for too long. A confirmation changes no row
    /// that backends watch: this one reads the time again when it would refuse the keys.
    pub fn check_age(&self) -> Result<(), Error> {
        let Some(fetched) = &self.fetched else {
            return Ok(());
        };
        if fetched.are_valid() {
            return Ok(());
        }
        let row = issuer_table::read(&fetched.issuer).ok_or(Error::UnknownIssuer)?;
        let row: IssuerRow = serde_json::from_str(&row).map_err(|_| Error::Argument("issuer"))?;
        fetched.confirmed.set(row.keys_confirmed_at);
        if fetched.are_valid() {
            return Ok(());
        }
        self.want_keys();
        Err(Error::KeysTooOld)
    }

    /// A token has named a key that is not there. Its issuer is in the table, or nobody is told.
    pub fn want_keys(&self) {
        if let Some(fetched) = &self.fetched {
            let cooldown = keys_settings::cooldown();
            shared_area::want_keys(
                session::database(),
                &fetched.issuer,
                clock::now_seconds(),
                cooldown,
            );
        }
    }
}

/// The keys of a JWK or JWK Set. Secrets are refused unless the caller allows them: anyone who can read a set
/// of public keys could sign with a secret in it.
pub fn key_set(keys: &Value, allow_secrets: bool) -> Result<KeySet, Error> {
    Ok(KeySet::from_json(&keys.to_string(), &KeyRules { allow_secrets })?)
}

/// Describes the public keys of a JWK Set that are ignored because they cannot verify tokens; `None` if there
/// are none.
pub fn ignored_keys(jwks: &str) -> Result<Option<String>, Error> {
    let jwks = serde_json::from_str(jwks).map_err(|_| Error::Argument("jwks"))?;
    Ok(IgnoredKey::describe(key_set(&jwks, false)?.ignored()))
}

#[derive(Default)]
struct IssuerCache {
    generation: u64,
    issuers: HashMap<Box<str>, Rc<AcceptedIssuer>>,
}

thread_local! {
    static KEPT: RefCell<IssuerCache> = RefCell::default();
}

/// The issuer of this name.
pub fn find(name: &str) -> Result<Rc<AcceptedIssuer>, Error> {
    let generation = issuer_table::generation();
    let kept = KEPT.with_borrow_mut(|kept| {
        if kept.generation != generation {
            kept.issuers.clear();
            kept.generation = generation;
        }
        kept.issuers.get(name).cloned()
    });
    if let Some(issuer) = kept {
        return Ok(issuer);
    }
    let row = issuer_table::read(name).ok_or(Error::UnknownIssuer)?;
    let issuer = Rc::new(AcceptedIssuer::compile(&row)?);
    // Reading the table takes locks, which processes invalidation messages. An issuer that was read before
    // such a message must not be kept after it.
    KEPT.with_borrow_mut(|kept| {
        if kept.generation == issuer_table::generation() {
            if kept.issuers.len() >= MAX_KEPT {
                kept.issuers.clear();
            }
            kept.issuers.insert(name.into(), Rc::clone(&issuer));
        }
    });
    Ok(issuer)
}
