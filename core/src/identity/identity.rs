//! Who the requesting user is, according to a set of claims and the operator's rules.
//!
//! Invariant: when nobody is signed in, every reader returns `None` and [`Identity::has`] is false, so that
//! policies fail closed; and the readers of a user never return a machine. Whether somebody is signed in is
//! decided at once. Everything else is decoded on first use and then kept, because most requests read one
//! claim.

use super::membership::{Membership, MembershipCheck};
use super::revocation::{Revocable, RevocationKey, RevocationKind};
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

/// The requesting user or machine, or nobody.
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
    membership: MembershipCheck,
}

impl Identity {
    /// Decides who is signed in. The claims may expire later, at [`Identity::deadline`].
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
            membership: MembershipCheck::NotAsked,
        }
    }

    /// Why nobody is signed in; `None` when somebody is.
    pub fn problem(&self) -> Option<&SignedOut> {
        self.subject.as_ref().err()
    }

    /// The subject, if it is a user.
    #[inline]
    pub fn user_id(&self) -> Option<&str> {
        self.subject()
            .filter(|subject| !subject.is_machine)
            .map(|subject| subject.text.as_str())
    }

    /// The subject, if it is a machine: `mch_…`, `…@clients`, equal to the claim `client_id`, or
    /// [declared](Rules::is_machines) by the rules.
    pub fn machine_id(&self) -> Option<&str> {
        self.subject()
            .filter(|subject| subject.is_machine)
            .map(|subject| subject.text.as_str())
    }

    /// The user's ID as a UUID, see [`subject_uuid`]; `None` for a machine.
    pub fn user_uuid(&self) -> Option<[u8; 16]> {
        self.user_id()
            .map(|user| *self.uuid.get_or_init(|| subject_uuid(user)))
    }

    /// The session.
    pub fn session_id(&self) -> Option<&str> {
        self.text(Field::SessionId)
    }

    /// The actor, who acts as the user: `act.sub` ([RFC 8693 section
    /// 4.1](https://www.rfc-editor.org/rfc/rfc8693#section-4.1)) unless the layout says otherwise.
    pub fn actor_id(&self) -> Option<&str> {
        self.text(Field::ActorId)
    }

    /// The claim `role`, usually the database role.
    pub fn role(&self) -> Option<&str> {
        self.text(Field::Role)
    }

    /// The email address.
    pub fn email(&self) -> Option<&str> {
        self.text(Field::Email)
    }

    /// The issuer: the claim `iss` ([RFC 7519 section
    /// 4.1.1](https://www.rfc-editor.org/rfc/rfc7519#section-4.1.1)).
    pub fn issuer(&self) -> Option<&str> {
        self.subject()?;
        self.issuer
            .get_or_init(|| Lookup::of(self.claims.top("iss")).text())
            .as_deref()
    }

    /// The active organization.
    pub fn org_id(&self) -> Option<&str> {
        self.text(Field::OrgId)
    }

    /// The readable name of the active organization.
    pub fn org_slug(&self) -> Option<&str> {
        self.text(Field::OrgSlug)
    }

    /// The role in the organization with exactly one `org:` prefix; `None` when there is no role or more than
    /// one.
    pub fn org_role(&self) -> Option<&str> {
        match self.roles() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The permissions, sorted and without duplicates. Clerk's are `org:feature:permission`; those of other
    /// providers are unchanged. `None` when no claim could hold permissions, empty when the claim grants
    /// none.
    pub fn org_permissions(&self) -> Option<&[String]> {
        self.subject()?;
        let found = self.permissions.get_or_init(|| match &self.membership {
            MembershipCheck::NotAsked => {
                self.rules
                    .layout
                    .texts(Field::Permissions, &self.claims, self.rules.fpm_alignment)
            }
            MembershipCheck::NoMember => None,
            MembershipCheck::Member(membership) => Some(membership.permissions().to_vec()),
        });
        found.as_deref()
    }

    /// The claim `iat` ([RFC 7519 section 4.1.6](https://www.rfc-editor.org/rfc/rfc7519#section-4.1.6)) in
    /// seconds since 1970, from 0 to 2^53.
    pub fn issued_at(&self) -> Option<f64> {
        self.date("iat")
    }

    /// The claim `exp` ([RFC 7519 section 4.1.4](https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4)) in
    /// seconds since 1970, from 0 to 2^53.
    pub fn expires_at(&self) -> Option<f64> {
        self.date("exp")
    }

    /// The second since 1970 from which nobody is signed in any more; `None` where expiry is not checked.
    pub fn deadline(&self) -> Option<i64> {
        self.subject.as_ref().ok()?.deadline
    }

    /// All claims; `None` when nobody is signed in.
    pub fn claims(&self) -> Option<&Claims> {
        self.subject().map(|_| &self.claims)
    }

    /// What a revocation can match; `None` when nobody is signed in.
    ///
    /// The actor, who acts as the user, is looked up as a user too: a revoked user must not go on as somebody else.
    pub fn revocable(&self) -> Option<Revocable> {
        let user = self.subject()?.text.clone();
        let key = |kind, subject, org_id| RevocationKey {
            kind,
            subject,
            org_id,
        };
        let jti = Lookup::of(self.claims.top("jti")).text();
        let actor = self.actor_id();
        let actor = actor.map(|actor| [self.rules.subject_prefix.as_str(), actor].concat());
        let org_id = self.org_id().map(str::to_owned);
        let keys = [
            self.session_id()
                .map(|id| key(RevocationKind::Session, id.to_owned(), String::new())),
            jti.map(|id| key(RevocationKind::Token, id, String::new())),
            Some(key(RevocationKind::User, user.clone(), String::new())),
            actor.map(|id| key(RevocationKind::User, id, String::new())),
            org_id.map(|org_id| key(RevocationKind::Membership, user, org_id)),
        ];
        Some(Revocable {
            issuer: self.issuer().map(str::to_owned),
            issued_at: self.issued_at(),
            keys: keys.into_iter().flatten().collect(),
        })
    }

    /// The same claims, with nobody signed in.
    pub fn signed_out(self, reason: SignedOut) -> Identity {
        Identity {
            subject: Err(reason),
            ..self
        }
    }

    /// Whether the rules let the claims about the organization count only for a member.
    pub fn checks_membership(&self) -> bool {
        self.rules.check_membership
    }

    /// Whether the claims say anything about an organization that only a member may have. Roles and permissions
    /// without an organization do, unless the layout has them outside of organizations.
    pub fn names_organization(&self) -> bool {
        let layout = &self.rules.layout;
        self.org_id().is_some()
            || layout.role_needs_organization() && !self.roles().is_empty()
            || layout.permission_needs_organization()
                && self.org_permissions().is_some_and(|held| !held.is_empty())
    }

    /// The same claims, with the role and the permissions of a membership in their organization; `None`: without the
    /// organization.
    pub fn with_membership(self, membership: Option<Membership>) -> Identity {
        Identity {
            roles: OnceCell::new(),
            permissions: OnceCell::new(),
            membership: membership.map_or(MembershipCheck::NoMember, MembershipCheck::Member),
            ..self
        }
    }

    /// Whether the claims name an organization that does not count, because the user is not its member.
    pub fn is_no_member(&self) -> bool {
        self.subject().is_some() && matches!(self.membership, MembershipCheck::NoMember)
    }

    /// The roles with exactly one `org:` prefix, sorted and without duplicates.
    pub(crate) fn roles(&self) -> &[String] {
        if self.subject().is_none() {
            return &[];
        }
        self.roles.get_or_init(|| {
            let layout = &self.rules.layout;
            let found = match &self.membership {
                MembershipCheck::NotAsked => {
                    layout.texts(Field::OrgRole, &self.claims, self.rules.fpm_alignment)
                }
                MembershipCheck::NoMember => None,
                MembershipCheck::Member(membership) => membership.role().map(|role| vec![role.to_owned()]),
            };
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

    /// The text of a top-level claim, if it is a string.
    pub(crate) fn claim_text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.claims()?.top(name).and_then(json_string)
    }

    #[inline]
    fn subject(&self) -> Option<&SignedIn> {
        self.subject.as_ref().ok()
    }

    fn text(&self, field: Field) -> Option<&str> {
        self.subject()?;
        if matches!(field, Field::OrgId | Field::OrgSlug) && self.is_no_member() {
            return None;
        }
        let text = self.texts.get(field as usize)?;
        text.get_or_init(|| self.rules.layout.text(field, &self.claims).0.text())
            .as_deref()
    }

    fn date(&self, name: &str) -> Option<f64> {
        self.claims()?.top(name).and_then(numeric_date)
    }
}
