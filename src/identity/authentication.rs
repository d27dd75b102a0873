//! `authenticate()`: from a token to the identity of a transaction.
//!
//! Nothing changes before everything has been checked. The steps: what this backend has verified
//! before, else verification by the issuer; one user a transaction; then the setting.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::rc::Rc;

use clerk_rls_core::token::{strip_bearer, ParsedToken, VerifiedToken};
use clerk_rls_core::{json_string, Claims};

use crate::error::Error;
use crate::identity::audit;
use crate::identity::issuers::{self, AcceptedIssuer};
use crate::identity::verified_identity;
use crate::pg::server::{clock, session, transaction};
use crate::pg::settings::{identity_setting, request_settings};
use crate::pg::tables::issuer_table;

/// How many verified tokens a backend keeps.
const MAX_KEPT: usize = 256;

/// A token that was verified, with what follows from it.
struct AuthenticatedToken {
    token: VerifiedToken,
    issuer: Rc<AcceptedIssuer>,
    issuer_name: String,
    /// Whose the transaction becomes.
    owner: String,
    /// What the setting holds.
    identity: CString,
}

impl AuthenticatedToken {
    /// What may have changed since the signature was verified, at each use of a kept token.
    fn check_again(&self, now: i64) -> Result<(), Error> {
        Ok(self.token.recheck_time(&self.issuer.verifier, now)?)
    }
}

#[derive(Default)]
struct TokenCache {
    /// Of the issuers, when the tokens were verified.
    generation: u64,
    /// By all bytes of the token: a signature that was altered and still verifies is another token.
    tokens: HashMap<Box<str>, Rc<AuthenticatedToken>>,
}

thread_local! {
    static KEPT: RefCell<TokenCache> = RefCell::default();
}

/// Makes the token's subject the identity of this transaction, and `role` its role where one is given.
pub fn authenticate(token: &str, role: Option<&CStr>) -> Result<(), Error> {
    let outcome = verify(strip_bearer(token)).and_then(|verified| {
        // Before the transaction becomes the subject's: a role that is refused is an error of Postgres,
        // after which it is still nobody's. One that is granted is taken back if what follows fails.
        if let Some(role) = role {
            session::set_role(role);
        }
        // One user a transaction: a cursor that was opened for one would go on for another.
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

/// Takes back what `authenticate` did: the transaction has no verified identity.
pub fn deauthenticate() {
    identity_setting::clear();
    audit::anonymous();
}

/// Authenticates the request of PostgREST, or of Supabase Storage, that this transaction belongs to. A
/// request without a token has no verified identity.
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
        // Only where there are no headers: PostgREST sets those for each request, and this one never, so
        // that a session could hold another user's token in it.
        let token = set(c"request.jwt");
        return Ok(token.map(|token| String::from_utf8_lossy(&token).into_owned()));
    };
    let headers = Claims::parse(&headers).map_err(Error::Headers)?;
    let authorization = headers.at(&["authorization"]).and_then(json_string);
    // Another scheme is not for us, as PostgREST has it.
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
    let verified = parsed.verify(&issuer.verifier, now)?;
    let identity =
        verified_identity::write(&issuer.claim_rules, &verified).ok_or(Error::Argument("token"))?;
    let owner = verified_identity::owner(&issuer_name, &issuer.claim_rules, &verified)
        .ok_or(Error::Argument("token"))?;
    let verified = Rc::new(AuthenticatedToken {
        token: verified,
        issuer,
        issuer_name,
        owner,
        identity,
    });
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
