//! Who is asking in this request: the claims of the settings, decoded once for each change.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use clerk_rls_core::limits::MAX_CLAIMS_BYTES;
use clerk_rls_core::{Claims, ClaimsError, Identity, Rules};

use crate::pg::{clock, encoding, loading, settings};

/// What the request's claims amount to.
pub enum Asking {
    /// Well-formed claims. They may still sign nobody in.
    Claims(Box<Identity>),
    /// Claims that cannot be read.
    Malformed(ClaimsError),
    /// No claims.
    Nobody,
    /// The configuration is unknown, so that no claims can be trusted.
    LoadedTooLate,
}

struct Context {
    generation: u64,
    asking: Asking,
    /// What `asking` was read from, where that is known to be all that it depends on.
    source: Option<Source>,
}

/// The claims as the setting has them, and how they are read. The same again need no second reading:
/// a pooled connection often serves the requests of one page, one transaction each.
struct Source {
    claims: Vec<u8>,
    rules: Rc<Rules>,
}

thread_local! {
    static CONTEXT: RefCell<Context> =
        const { RefCell::new(Context { generation: 0, asking: Asking::Nobody, source: None }) };
}

const NEVER: clock::Timestamp = clock::Timestamp::MAX;

/// When the claims that were read last cease to sign anybody in.
static DEADLINE: AtomicI64 = AtomicI64::new(NEVER);

/// The generation of the claims as they are now. Equal generations: nothing has changed.
pub fn generation() -> u64 {
    if settings::must_poll() {
        settings::poll();
    }
    settings::generation()
}

/// Calls `answer` with who is asking now. `answer` must not change settings, nor ask again.
pub fn with<R>(answer: impl FnOnce(&Asking) -> R) -> R {
    let generation = generation();
    CONTEXT.with_borrow_mut(|context| {
        if context.generation != generation {
            context.read();
            DEADLINE.store(context.asking.deadline(), Relaxed);
            context.generation = generation;
        }
        answer(&context.asking)
    })
}

/// Calls `answer` with the identity of whoever is signed in; nobody has no answer.
pub fn signed_in<R>(answer: impl FnOnce(&Identity) -> Option<R>) -> Option<R> {
    with(|asking| match asking {
        Asking::Claims(identity) if !has_expired() => answer(identity),
        _ => None,
    })
}

/// The claims that were read last have expired since. The generation does not tell.
pub fn has_expired() -> bool {
    has_deadline() && clock::statement_start() >= DEADLINE.load(Relaxed)
}

/// The claims that were read last can expire.
pub fn has_deadline() -> bool {
    DEADLINE.load(Relaxed) != NEVER
}

impl Asking {
    fn of(claims: Result<Claims, ClaimsError>, rules: Rc<Rules>) -> Self {
        match claims {
            Ok(claims) => Self::Claims(Box::new(Identity::new(claims, rules))),
            Err(error) => Self::Malformed(error),
        }
    }

    fn deadline(&self) -> clock::Timestamp {
        match self {
            Self::Claims(identity) => identity
                .deadline()
                .and_then(|seconds| clock::from_numeric_date(seconds as f64))
                .unwrap_or(NEVER),
            _ => NEVER,
        }
    }
}

impl Context {
    fn read(&mut self) {
        if loading::was_too_late() {
            self.asking = Asking::LoadedTooLate;
            return;
        }
        let rules = settings::rules();
        settings::CLAIMS.with(|value| match value {
            Some(claims) => self.read_claims(claims, rules),
            None => {
                self.source = None;
                self.asking = match read_legacy_claims() {
                    None => Asking::Nobody,
                    Some(claims) => Asking::of(claims, rules),
                };
            }
        });
    }

    fn read_claims(&mut self, claims: &[u8], rules: Rc<Rules>) {
        let read = self.source.as_ref();
        if read.is_some_and(|source| source.claims == claims && Rc::ptr_eq(&source.rules, &rules)) {
            return;
        }
        self.source = None;
        // Before any copy and any conversion, which would be of whatever size it is given.
        if claims.len() > MAX_CLAIMS_BYTES {
            self.asking = Asking::Malformed(ClaimsError::TooLarge);
            return;
        }
        let utf8 = encoding::to_utf8(claims).ok_or(ClaimsError::NotUtf8);
        self.asking = Asking::of(utf8.and_then(|utf8| Claims::parse(&utf8)), Rc::clone(&rules));
        self.source = Some(Source {
            claims: claims.to_vec(),
            rules,
        });
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
        let sub = settings::LEGACY_SUB.with(text)?;
        let role = settings::LEGACY_ROLE.with(text)?;
        let email = settings::LEGACY_EMAIL.with(text)?;
        if sub.is_none() && role.is_none() && email.is_none() {
            return Ok(None);
        }
        Claims::from_legacy(sub.as_deref(), role.as_deref(), email.as_deref()).map(Some)
    };
    read().transpose()
}
