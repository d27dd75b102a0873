//! The verified identity as the text that the protected setting holds.
//!
//! Two lines: how to read the claims, and the claims. It says all that is needed, because a parallel
//! worker has nothing else to go by. ASCII throughout, so that no database's encoding can alter it.

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
use crate::pg::{session, settings};

/// What of an issuer says how its claims are read.
#[derive(Clone, Serialize, Deserialize)]
pub struct Head {
    /// A provider's name.
    pub provider: String,
    /// As in `clerk_rls.issuers`.
    pub claim_map: Value,
    /// Seconds.
    pub leeway: i64,
    pub subject_prefix: String,
    /// The token is a machine's, which its header may say alone: of that nothing else is kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_machines: bool,
    /// A superuser has made it up: no token was verified, and so neither its status nor its times.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub made_up: bool,
}

impl Head {
    /// This issuer's head for one of its tokens.
    fn of(&self, token: &VerifiedToken) -> Self {
        Self {
            is_machines: token.is_machines(),
            ..self.clone()
        }
    }
}

/// The text of an identity. Only a token that was verified can become one, and what a superuser makes up.
pub fn write(issuers_head: &Head, token: &VerifiedToken) -> Option<CString> {
    text(&issuers_head.of(token), token.claims())
}

/// The text of an identity that a superuser's session has made up, read as the settings say.
pub fn write_made_up(persona: &SuperusersPersona) -> Option<CString> {
    let (provider, claim_map) = settings::provider_and_claim_map();
    let head = Head {
        provider: provider.as_str().to_owned(),
        claim_map: serde_json::from_str(&claim_map).unwrap_or_else(|_| Value::Object(Map::new())),
        leeway: 0,
        subject_prefix: String::new(),
        is_machines: false,
        made_up: true,
    };
    text(&head, &persona.claims)
}

/// Claims that no issuer has signed and that become a verified identity all the same. That takes what could
/// as well add an issuer and sign a token: a superuser. Without one there is no value of this type.
pub struct SuperusersPersona {
    claims: Claims,
}

impl SuperusersPersona {
    /// These claims, where the session is a superuser's own.
    pub fn of(claims: Claims) -> Result<Self, Error> {
        if !session::is_of_a_superuser() {
            return Err(Error::PersonaNotAllowed);
        }
        Ok(Self { claims })
    }
}

fn text(head: &Head, claims: &Claims) -> Option<CString> {
    let head = serde_json::to_string(head).ok()?;
    let text = [&ascii_json(&head), "\n", &ascii_json(claims.text())].concat();
    CString::new(text).ok()
}

/// JSON with every character beyond ASCII escaped. Such a character stands in strings only.
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
                // Writing into a String does not fail.
                let _ = write!(ascii, "\\u{unit:04x}");
            }
        }
    }
    Cow::Owned(ascii)
}

/// How many heads' rules a backend keeps.
const MAX_KEPT: usize = 1024;

/// The rules of the heads that were read, under the operator's settings.
#[derive(Default)]
struct Kept {
    configured: Rc<Rules>,
    rules: HashMap<String, Rc<Rules>>,
}

thread_local! {
    static KEPT: RefCell<Kept> = RefCell::default();
}

/// The identity that `write` wrote; `None` for any other text.
pub fn read(text: &str) -> Option<Identity> {
    let (head, claims) = text.split_once('\n')?;
    let claims = Claims::parse(claims.as_bytes()).ok()?;
    Some(Identity::new(claims, rules(head)?))
}

/// Whom a token of an issuer with this head is about, with the issuer's prefix.
pub fn subject(issuers_head: &Head, token: &VerifiedToken) -> Option<Subject> {
    let rules = rules(&serde_json::to_string(&issuers_head.of(token)).ok()?)?;
    let identity = Identity::new(token.claims().clone(), rules);
    match (identity.user_id(), identity.machine_id()) {
        (Some(user), _) => Some(Subject::Person(user.to_owned())),
        (None, Some(machine)) => Some(Subject::Machine(machine.to_owned())),
        (None, None) => None,
    }
}

/// A subject. A machine and a person of the same name are two.
#[derive(Clone, PartialEq)]
pub enum Subject {
    Person(String),
    Machine(String),
}

fn rules(head: &str) -> Option<Rc<Rules>> {
    let configured = settings::rules();
    KEPT.with_borrow_mut(|kept| {
        if !Rc::ptr_eq(&kept.configured, &configured) || kept.rules.len() >= MAX_KEPT {
            *kept = Kept {
                configured,
                rules: HashMap::new(),
            };
        }
        if let Some(rules) = kept.rules.get(head) {
            return Some(Rc::clone(rules));
        }
        let parsed: Head = serde_json::from_str(head).ok()?;
        let provider: Provider = parsed.provider.parse().ok()?;
        let rules = Rc::new(Rules {
            layout: Layout::preset(provider)
                .with_claim_map(&parsed.claim_map.to_string())
                .ok()?,
            fpm_alignment: kept.configured.fpm_alignment,
            // Both were decided when the token was verified: a pending session is there because its issuer
            // may have them.
            require_session: false,
            allow_pending: !parsed.made_up,
            check_expiry: !parsed.made_up,
            expiry_leeway: parsed.leeway,
            is_machines: parsed.is_machines,
            subject_prefix: parsed.subject_prefix,
        });
        kept.rules.insert(head.to_owned(), Rc::clone(&rules));
        Some(rules)
    })
}
