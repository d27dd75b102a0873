//! The identity of the current request, decoded from the settings once for each change.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use clerk_rls_core::limits::MAX_CLAIMS_BYTES;
use clerk_rls_core::{Claims, ClaimsError, Identity, Rules};

use crate::identity::{membership, revocation, verified_identity};
use crate::pg::server::clock;
use crate::pg::settings::operator_settings::IdentitySource;
use crate::pg::settings::{generation, identity_setting, loading, operator_settings, request_settings};
use crate::pg::tables::{membership_table, revocation_table};
use crate::pg::values::encoding;

/// The identity that the current settings yield.
pub enum RequestIdentity {
    /// Well-formed claims of the request. They do not necessarily sign anybody in.
    Claims(Box<Identity>),
    /// The verified identity of this transaction.
    Verified(Box<Identity>),
    /// Claims that cannot be read.
    Malformed(ClaimsError),
    /// The request has no claims.
    NoClaims,
    /// Only a verified token would count, and this transaction has not authenticated one.
    Unauthenticated,
    /// The configuration is unknown, so no claims can be trusted.
    LoadedTooLate,
}

struct CurrentIdentity {
    generation: u64,
    identity: RequestIdentity,
    /// The input from which `identity` was read; `None` if there is no single input on which it depends.
    input: Option<IdentityInput>,
}

/// A setting's text and the rules for reading it. The same input is not read twice: a pooled connection often
/// serves the requests of one page in successive transactions.
struct IdentityInput {
    text: Vec<u8>,
    verified: bool,
    rules: Rc<Rules>,
    /// The generation of the revocations before the claims were looked up.
    revocations: u64,
    /// The generation of the memberships before the membership was looked up.
    memberships: u64,
}

thread_local! {
    static CURRENT: RefCell<CurrentIdentity> =
        const { RefCell::new(CurrentIdentity { generation: 0, identity: RequestIdentity::NoClaims, input: None }) };
}

const NEVER: clock::Timestamp = clock::Timestamp::MAX;

/// The time at which the identity that was read last expires.
static DEADLINE: AtomicI64 = AtomicI64::new(NEVER);

/// The current generation of the claims. If two generations are equal, nothing has changed in between.
pub fn generation() -> u64 {
    if generation::needs_polling() {
        request_settings::poll();
    }
    generation::generation()
}

/// Calls `answer` with the identity of the request. `answer` must not change settings or call this function.
pub fn with<R>(answer: impl FnOnce(&RequestIdentity) -> R) -> R {
    let generation = generation();
    CURRENT.with_borrow_mut(|current| {
        if current.generation != generation {
            current.read();
            DEADLINE.store(current.identity.deadline(), Relaxed);
            current.generation = generation;
        }
        answer(&current.identity)
    })
}

/// Calls `answer` with the identity of the signed-in user; `None` if nobody is signed in.
pub fn signed_in<R>(answer: impl FnOnce(&Identity) -> Option<R>) -> Option<R> {
    with(|current| match current {
        RequestIdentity::Claims(identity) | RequestIdentity::Verified(identity) if !has_expired() => {
            answer(identity)
        }
        _ => None,
    })
}

/// Whether the claims that were read last have expired since then. Expiry does not change the generation.
#[inline(always)]
pub fn has_expired() -> bool {
    let deadline = DEADLINE.load(Relaxed);
    deadline != NEVER && clock::statement_start() >= deadline
}

impl RequestIdentity {
    fn of(claims: Result<Claims, ClaimsError>, rules: Rc<Rules>) -> Self {
        match claims {
            Ok(claims) => {
                let check_revocation = rules.check_revocation;
                let identity = Identity::new(claims, rules);
                let identity = match check_revocation {
                    true => revocation::applied_to(identity),
                    false => identity,
                };
                Self::Claims(Box::new(membership::applied_to(identity)))
            }
            Err(error) => Self::Malformed(error),
        }
    }

    fn deadline(&self) -> clock::Timestamp {
        match self {
            Self::Claims(identity) | Self::Verified(identity) => identity
                .deadline()
                .and_then(|seconds| clock::from_numeric_date(seconds as f64))
                .unwrap_or(NEVER),
            _ => NEVER,
        }
    }
}

impl CurrentIdentity {
    fn read(&mut self) {
        if loading::configuration_is_unknown() {
            return self.replace(None, RequestIdentity::LoadedTooLate);
        }
        let rules = operator_settings::rules();
        identity_setting::with(|identity| match identity {
            Some(identity) => self.read_verified(identity.to_bytes(), rules),
            None if operator_settings::identity_source() == IdentitySource::VerifiedToken => {
                self.replace(None, RequestIdentity::Unauthenticated);
            }
            None => request_settings::CLAIMS.with(|claims| match claims {
                Some(claims) => self.read_claims(claims, rules),
                None => {
                    let claims = read_legacy_claims();
                    self.replace(
                        None,
                        claims.map_or(RequestIdentity::NoClaims, |claims| {
                            RequestIdentity::of(claims, rules)
                        }),
                    );
                }
            }),
        });
    }

    fn read_verified(&mut self, text: &[u8], rules: Rc<Rules>) {
        if self.was_read_from(text, true, &rules) {
            return;
        }
        let memberships = membership_table::generation();
        let identity = std::str::from_utf8(text).ok().and_then(verified_identity::read);
        let identity = identity.map_or(RequestIdentity::Unauthenticated, |identity| {
            RequestIdentity::Verified(Box::new(identity))
        });
        self.replace(
            Some(IdentityInput {
                text: text.to_vec(),
                verified: true,
                rules,
                revocations: revocation_table::generation(),
                memberships,
            }),
            identity,
        );
    }

    fn read_claims(&mut self, text: &[u8], rules: Rc<Rules>) {
        // The size is checked before the text is copied or converted, because it is not bounded.
        if text.len() > MAX_CLAIMS_BYTES {
            return self.replace(None, RequestIdentity::Malformed(ClaimsError::TooLarge));
        }
        if self.was_read_from(text, false, &rules) {
            return;
        }
        let revocations = revocation_table::generation();
        let memberships = membership_table::generation();
        let utf8 = encoding::to_utf8(text).ok_or(ClaimsError::NotUtf8);
        let identity = RequestIdentity::of(utf8.and_then(|utf8| Claims::parse(&utf8)), Rc::clone(&rules));
        self.replace(
            Some(IdentityInput {
                text: text.to_vec(),
                verified: false,
                rules,
                revocations,
                memberships,
            }),
            identity,
        );
    }

    fn was_read_from(&self, text: &[u8], verified: bool, rules: &Rc<Rules>) -> bool {
        self.input.as_ref().is_some_and(|input| {
            input.text == text
                && input.verified == verified
                && Rc::ptr_eq(&input.rules, rules)
                && (verified
                    || !rules.check_revocation
                    || input.revocations == revocation_table::generation())
                && (!rules.check_membership || input.memberships == membership_table::generation())
        })
    }

    fn replace(&mut self, input: Option<IdentityInput>, identity: RequestIdentity) {
        self.input = input;
        self.identity = identity;
    }
}

fn read_legacy_claims() -> Option<Result<Claims, ClaimsError>> {
    let text = |value: Option<&[u8]>| -> Result<Option<String>, ClaimsError> {
        let Some(bytes) = value else { return Ok(None) };
        if bytes.len() > MAX_CLAIMS_BYTES {
            return Err(ClaimsError::TooLarge);
        }
        let utf8 = encoding::to_utf8(bytes).ok_or(ClaimsError::NotUtf8)?;
        String::from_utf8(utf8.into_owned())
            .map(Some)
            .map_err(|_| ClaimsError::NotUtf8)
    };
    let read = || {
        let sub = request_settings::LEGACY_SUB.with(text)?;
        let role = request_settings::LEGACY_ROLE.with(text)?;
        let email = request_settings::LEGACY_EMAIL.with(text)?;
        if sub.is_none() && role.is_none() && email.is_none() {
            return Ok(None);
        }
        Claims::from_legacy(sub.as_deref(), role.as_deref(), email.as_deref()).map(Some)
    };
    read().transpose()
}
