//! Who is asking, by a set of claims under the operator's rules.
//!
//! Invariant: when nobody is signed in every reader answers `None` and nothing is had, so that a
//! policy fails closed; and a person's readers never answer for a machine. Whether somebody is signed
//! in is decided at once, all else when first asked for and then kept: a request that reads one
//! claim pays for one.

use super::rules::Rules;
use super::signed_in::{signed_in, SignedIn};
use super::signed_out::SignedOut;
use super::subject::subject_uuid;
use crate::claims::Claims;
use crate::clerk::without_org_prefix;
use crate::field::Field;
use crate::json::number::numeric_date;
use crate::json::string::json_string;
use crate::lookup::Lookup;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::rc::Rc;

/// Who is asking.
#[derive(Debug)]
pub struct Identity {
    claims: Claims,
    rules: Rc<Rules>,
    subject: Result<SignedIn, SignedOut>,
    uuid: OnceCell<[u8; 16]>,
    texts: [OnceCell<Option<String>>; Field::COUNT],
    issuer: OnceCell<Option<String>>,
    roles: OnceCell<Vec<String>>,
    permissions: OnceCell<Option<Vec<String>>>,
}

impl Identity {
    /// Decides who is signed in; expiry that comes later is told by [`Identity::deadline`].
    pub fn new(claims: Claims, rules: Rc<Rules>) -> Identity {
        let subject = signed_in(&claims, &rules);
        Identity {
            claims,
            rules,
            subject,
            uuid: OnceCell::new(),
            texts: Default::default(),
            issuer: OnceCell::new(),
            roles: OnceCell::new(),
            permissions: OnceCell::new(),
        }
    }

    /// Why nobody is signed in; `None` when somebody is.
    pub fn problem(&self) -> Option<&SignedOut> {
        self.subject.as_ref().err()
    }

    /// The subject, if it is a person.
    #[inline]
    pub fn user_id(&self) -> Option<&str> {
        self.subject()
            .filter(|subject| !subject.is_machine)
            .map(|subject| subject.text.as_str())
    }

    /// The subject, if it is a machine: `mch_…`, `…@clients`, equal to the claim `client_id`, or by the rules.
    pub fn machine_id(&self) -> Option<&str> {
        self.subject()
            .filter(|subject| subject.is_machine)
            .map(|subject| subject.text.as_str())
    }

    /// [`subject_uuid`] of a person.
    pub fn user_uuid(&self) -> Option<[u8; 16]> {
        self.user_id()
            .map(|user| *self.uuid.get_or_init(|| subject_uuid(user)))
    }

    /// The session.
    pub fn session_id(&self) -> Option<&str> {
        self.text(Field::SessionId)
    }

    /// Who acts as the subject (RFC 8693 section 4.1, `act.sub`).
    pub fn actor_id(&self) -> Option<&str> {
        self.text(Field::ActorId)
    }

    /// The `role` claim.
    pub fn role(&self) -> Option<&str> {
        self.text(Field::Role)
    }

    /// The e-mail address.
    pub fn email(&self) -> Option<&str> {
        self.text(Field::Email)
    }

    /// The issuer (RFC 7519 section 4.1.1, `iss`).
    pub fn issuer(&self) -> Option<&str> {
        self.subject()?;
        self.issuer
            .get_or_init(|| Lookup::of(self.claims.top("iss")).text())
            .as_deref()
    }

    /// The active organisation.
    pub fn org_id(&self) -> Option<&str> {
        self.text(Field::OrgId)
    }

    /// The active organisation's readable name.
    pub fn org_slug(&self) -> Option<&str> {
        self.text(Field::OrgSlug)
    }

    /// The role with exactly one `org:` prefix; `None` also when there are several.
    pub fn org_role(&self) -> Option<&str> {
        match self.roles() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Permissions, sorted and each once: `org:feature:permission` with Clerk, as found elsewhere.
    /// `None` when no claim could hold any, empty when one does and gives none.
    pub fn org_permissions(&self) -> Option<&[String]> {
        self.subject()?;
        let found = self.permissions.get_or_init(|| {
            self.rules
                .layout
                .texts(Field::Permissions, &self.claims, self.rules.fpm_alignment)
        });
        found.as_deref()
    }

    /// `iat`, a NumericDate (RFC 7519 section 4.1.6): seconds since 1970, from 0 to 2^53.
    pub fn issued_at(&self) -> Option<f64> {
        self.date("iat")
    }

    /// `exp`, a NumericDate (RFC 7519 section 4.1.4): seconds since 1970, from 0 to 2^53.
    pub fn expires_at(&self) -> Option<f64> {
        self.date("exp")
    }

    /// The second from which nobody is signed in any more, where expiry is checked; `None` = never.
    pub fn deadline(&self) -> Option<i64> {
        self.subject.as_ref().ok()?.deadline
    }

    /// All claims.
    pub fn claims(&self) -> Option<&Claims> {
        self.subject().map(|_| &self.claims)
    }

    /// Roles with exactly one `org:` prefix, sorted, each once.
    pub(crate) fn roles(&self) -> &[String] {
        if self.subject().is_none() {
            return &[];
        }
        self.roles.get_or_init(|| {
            let layout = &self.rules.layout;
            let found = layout.texts(Field::OrgRole, &self.claims, self.rules.fpm_alignment);
            let names = found.iter().flatten().map(|role| without_org_prefix(role));
            let mut roles: Vec<String> = names
                .filter(|name| !name.is_empty())
                .map(|name| ["org:", name].concat())
                .collect();
            roles.sort_unstable();
            roles.dedup();
            roles
        })
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// What the claim at the top level says, where it is a string.
    pub(crate) fn claim_text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.claims()?.top(name).and_then(json_string)
    }

    #[inline]
    fn subject(&self) -> Option<&SignedIn> {
        self.subject.as_ref().ok()
    }

    fn text(&self, field: Field) -> Option<&str> {
        self.subject()?;
        let text = self.texts.get(field as usize)?;
        text.get_or_init(|| self.rules.layout.text(field, &self.claims).0.text())
            .as_deref()
    }

    fn date(&self, name: &str) -> Option<f64> {
        self.claims()?.top(name).and_then(numeric_date)
    }
}
