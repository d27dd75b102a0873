//! The verified identity as text: the value of the protected setting.
//!
//! The text has two lines, the rules for reading the claims and the claims themselves. A parallel worker
//! receives nothing else, so the text must be complete. It is ASCII, so that the database encoding cannot
//! change it.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::CString;
use std::fmt::Write;
use std::rc::Rc;

use clerk_rls_core::token::VerifiedToken;
use clerk_rls_core::{Claims, Identity, Layout, Provider, Rules};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::Error;
use crate::identity::membership;
use crate::pg::server::session;
use crate::pg::settings::operator_settings;

/// How an issuer's claims are read.
#[derive(Clone, Serialize, Deserialize)]
pub struct ClaimRules {
    /// The name of the provider.
    pub provider: String,
    /// The column `claim_map` of `clerk_rls.issuers`.
    pub claim_map: Value,
    /// Seconds.
    pub leeway: i64,
    pub subject_prefix: String,
    /// The token belongs to a machine. Only the header of some tokens shows this, and the header is not kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_machines: bool,
    /// A superuser supplied the claims. No token was verified, so neither the session status nor the times
    /// were checked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub synthetic: bool,
}

impl ClaimRules {
    /// The rules for one token of this issuer.
    fn of(&self, token: &VerifiedToken) -> Self {
        Self {
            is_machines: token.is_machines(),
            ..self.clone()
        }
    }
}

/// The text of the identity of a verified token.
pub fn write(claim_rules: &ClaimRules, token: &VerifiedToken) -> Option<CString> {
    text(&claim_rules.of(token), token.claims())
}

/// The text of an identity whose claims a superuser supplied, to be read according to the settings.
pub fn write_synthetic(persona: &SuperuserPersona) -> Option<CString> {
    let (provider, claim_map) = operator_settings::provider_and_claim_map();
    let claim_rules = ClaimRules {
        provider: provider.as_str().to_owned(),
        claim_map: serde_json::from_str(&claim_map).unwrap_or_else(|_| Value::Object(Map::new())),
        leeway: 0,
        subject_prefix: String::new(),
        is_machines: false,
        synthetic: true,
    };
    text(&claim_rules, &persona.claims)
}

/// Claims that no issuer signed and that may still become a verified identity. Only a superuser's session can
/// create a value of this type; a superuser could also add an issuer and sign a token.
pub struct SuperuserPersona {
    claims: Claims,
}

impl SuperuserPersona {
    /// Accepts the claims if the session is a superuser's own.
    pub fn of(claims: Claims) -> Result<Self, Error> {
        if !session::is_superuser_session() {
            return Err(Error::PersonaNotAllowed);
        }
        Ok(Self { claims })
    }
}

fn text(claim_rules: &ClaimRules, claims: &Claims) -> Option<CString> {
    let claim_rules = serde_json::to_string(claim_rules).ok()?;
    let text = [&ascii_json(&claim_rules), "\n", &ascii_json(claims.text())].concat();
    CString::new(text).ok()
}

/// JSON in which all characters other than ASCII are escaped. They occur only in strings, where escapes are
/// allowed.
pub fn ascii_json(json: &str) -> Cow<'_, str> {
    if json.is_ascii() {
        return Cow::Borrowed(json);
    }
    let mut ascii = String::with_capacity(json.len() * 2);
    for character in json.chars() {
        if character.is_ascii() {
            ascii.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(ascii, "\\u{unit:04x}");
            }
        }
    }
    Cow::Owned(ascii)
}

/// The most rules that a backend keeps.
const MAX_KEPT: usize = 1024;

/// Compiled rules by the text of their [`ClaimRules`], under the operator's current settings.
#[derive(Default)]
struct RulesCache {
    configured: Rc<Rules>,
    rules: HashMap<String, Rc<Rules>>,
}

thread_local! {
    static KEPT: RefCell<RulesCache> = RefCell::default();
}

/// The identity whose text [`write()`] or [`write_synthetic`] returned; `None` for any other text.
pub fn read(text: &str) -> Option<Identity> {
    let (claim_rules, claims) = text.split_once('\n')?;
    let claims = Claims::parse(claims.as_bytes()).ok()?;
    Some(membership::applied_to(Identity::new(claims, rules(claim_rules)?)))
}

/// The identity that a token yields.
pub fn of(claim_rules: &ClaimRules, token: &VerifiedToken) -> Option<Identity> {
    let rules = rules(&serde_json::to_string(&claim_rules.of(token)).ok()?)?;
    Some(Identity::new(token.claims().clone(), rules))
}

/// A unique name for an issuer and the subject of one of its tokens. A machine and a user with the same ID have
/// different names.
pub fn owner(issuer: &str, identity: &Identity) -> Option<String> {
    let (kind, subject) = match (identity.user_id(), identity.machine_id()) {
        (Some(user), _) => ("user", user),
        (None, Some(machine)) => ("machine", machine),
        (None, None) => return None,
    };
    serde_json::to_string(&[issuer, kind, subject]).ok()
}

fn rules(claim_rules: &str) -> Option<Rc<Rules>> {
    let configured = operator_settings::rules();
    KEPT.with_borrow_mut(|kept| {
        if !Rc::ptr_eq(&kept.configured, &configured) || kept.rules.len() >= MAX_KEPT {
            *kept = RulesCache {
                configured,
                rules: HashMap::new(),
            };
        }
        if let Some(rules) = kept.rules.get(claim_rules) {
            return Some(Rc::clone(rules));
        }
        let parsed: ClaimRules = serde_json::from_str(claim_rules).ok()?;
        let provider: Provider = parsed.provider.parse().ok()?;
        let rules = Rc::new(Rules {
            layout: Layout::preset(provider)
                .with_claim_map(&parsed.claim_map.to_string())
                .ok()?,
            fpm_alignment: kept.configured.fpm_alignment,
            // Session, status and times were checked when the token was verified; the issuer may allow
            // pending sessions. Expiry is checked again at each read.
            require_session: false,
            allow_pending: !parsed.synthetic,
            check_expiry: !parsed.synthetic,
            // authenticate() has looked the token up, and the transaction keeps its user.
            check_revocation: false,
            check_membership: kept.configured.check_membership,
            expiry_leeway: parsed.leeway,
            is_machines: parsed.is_machines,
            subject_prefix: parsed.subject_prefix,
        });
        kept.rules.insert(claim_rules.to_owned(), Rc::clone(&rules));
        Some(rules)
    })
}
