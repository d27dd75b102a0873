//! `authenticate()`: makes a token's subject the identity of the transaction.
//!
//! Nothing changes before all checks have passed. The token is looked up among those that this backend has
//! verified, or else verified with its issuer's keys; it must not have been revoked; then the transaction is
//! bound to the user, and the protected setting is assigned.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::rc::Rc;

use clerk_rls_core::token::{strip_bearer, ParsedToken, TokenError, VerifiedToken};
use clerk_rls_core::{json_string, Claims, Revocable};

use crate::error::Error;
use crate::identity::audit;
use crate::identity::issuers::{self, AcceptedIssuer};
use crate::identity::revocation;
use crate::identity::verified_identity;
use crate::pg::server::{clock, session, transaction};
use crate::pg::settings::{identity_setting, request_settings};
use crate::pg::tables::{issuer_table, revocation_table};

/// The most verified tokens that a backend keeps.
const MAX_KEPT: usize = 256;

/// A verified token, with the values derived from it.
struct AuthenticatedToken {
    token: VerifiedToken,
    issuer: Rc<AcceptedIssuer>,
    issuer_name: String,
    /// The identity to which the transaction is bound.
    owner: String,
    /// The value of the protected setting.
    identity: CString,
    /// What the token is looked up by in the table of revocations.
    revocable: Revocable,
    /// The generation of the revocations in which the token was last found not to be revoked.
    not_revoked_at: Cell<u64>,
}

impl AuthenticatedToken {
    /// Repeats, at each use of a kept token, the checks whose outcome changes after the signature was
    /// verified.
    fn check_again(&self, now: i64) -> Result<(), Error> {
        self.issuer.check_age()?;
        self.token.recheck_time(&self.issuer.verifier, now)?;
        self.check_revocation()
    }

    /// Looks the token up if the revocations have changed since the last look-up.
    fn check_revocation(&self) -> Result<(), Error> {
        // Read before the look-up, so that a change that arrives during the look-up causes another one.
        let generation = revocation_table::generation();
        if self.not_revoked_at.get() != generation {
            revocation::check(&self.revocable)?;
            self.not_revoked_at.set(generation);
        }
        Ok(())
    }
}

#[derive(Default)]
struct TokenCache {
    /// The generation of the issuers under which the tokens were verified.
    generation: u64,
    /// The key is the whole token: a token whose signature was altered but still verifies is a different
    /// token.
    tokens: HashMap<Box<str>, Rc<AuthenticatedToken>>,
}

thread_local! {
    static KEPT: RefCell<TokenCache> = RefCell::default();
}

/// Makes the token's subject the identity of this transaction, and sets the database role to `role` if given.
pub fn authenticate(token: &str, role: Option<&CStr>) -> Result<(), Error> {
    let outcome = verify(strip_bearer(token)).and_then(|verified| {
        // The role is set before the transaction is bound: if PostgreSQL refuses the role, the transaction
        // still belongs to nobody. If a later step fails, its error also undoes the role.
        if let Some(role) = role {
            session::set_role(role);
        }
        // A transaction belongs to one user: a cursor opened for one user would return their rows to the
        // next.
        if !transaction::bind_to(&verified.owner) {
            return Err(Error::SecondSubject);
        }
        identity_setting::set(&verified.identity);
        Ok(verified)
    });
    match outcome {
        Ok(verified) => {
            audit::accepted(&verified.issuer_name);
            Ok(())
        }
        Err(error) => {
            audit::refused(&error);
            Err(error)
        }
    }
}

/// Removes the verified identity from the transaction.
pub fn deauthenticate() {
    identity_setting::clear();
    audit::anonymous();
}

/// Authenticates the current request of PostgREST or Supabase Storage. A request without a token has no
/// verified identity.
pub fn pre_request() -> Result<(), Error> {
    match bearer_token().inspect_err(audit::refused)? {
        Some(token) => authenticate(&token, None),
        None => {
            deauthenticate();
            Ok(())
        }
    }
}

fn bearer_token() -> Result<Option<String>, Error> {
    let set = |name| request_settings::request_value(name).filter(|value| !value.is_empty());
    let Some(headers) = set(c"request.headers") else {
        // `request.jwt` counts only if there are no headers. PostgREST sets the headers for each request but
        // never `request.jwt`, so the session could hold another user's token in it.
        let token = set(c"request.jwt");
        return Ok(token.map(|token| String::from_utf8_lossy(&token).into_owned()));
    };
    let headers = Claims::parse(&headers).map_err(Error::Headers)?;
    let authorization = headers.at(&["authorization"]).and_then(json_string);
    // As in PostgREST, any other authorization scheme means that there is no token.
    Ok(authorization.and_then(|value| {
        let token = strip_bearer(&value);
        (token.len() < value.len()).then(|| token.to_owned())
    }))
}

fn verify(token: &str) -> Result<Rc<AuthenticatedToken>, Error> {
    let now = clock::now_seconds();
    let generation = issuer_table::generation();
    let kept = KEPT.with_borrow_mut(|kept| {
        if kept.generation != generation {
            kept.tokens.clear();
            kept.generation = generation;
        }
        kept.tokens.get(token).cloned()
    });
    if let Some(verified) = kept {
        verified.check_again(now)?;
        return Ok(verified);
    }
    let parsed = ParsedToken::parse(token)?;
    let issuer_name = parsed.issuer()?.into_owned();
    let issuer = issuers::find(&issuer_name)?;
    issuer.check_age()?;
    let verified = parsed.verify(&issuer.verifier, now).inspect_err(|error| {
        if matches!(error, TokenError::KeyUnknown | TokenError::NoKeys) {
            issuer.want_keys();
        }
    })?;
    let identity =
        verified_identity::write(&issuer.claim_rules, &verified).ok_or(Error::Argument("token"))?;
    let read = verified_identity::of(&issuer.claim_rules, &verified);
    let (owner, revocable) = read
        .and_then(|read| Some((verified_identity::owner(&issuer_name, &read)?, read.revocable()?)))
        .ok_or(Error::Argument("token"))?;
    let verified = Rc::new(AuthenticatedToken {
        token: verified,
        issuer,
        issuer_name,
        owner,
        identity,
        revocable,
        not_revoked_at: Cell::new(0),
    });
    verified.check_revocation()?;
    KEPT.with_borrow_mut(|kept| {
        if kept.generation == issuer_table::generation() {
            if kept.tokens.len() >= MAX_KEPT {
                kept.tokens.clear();
            }
            kept.tokens.insert(token.into(), Rc::clone(&verified));
        }
    });
    Ok(verified)
}
