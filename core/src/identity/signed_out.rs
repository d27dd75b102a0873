//! Why nobody is signed in.
//!
//! Invariant: each reason has its own variant. Messages name settings and claims, which the operator chose,
//! but never a value from the claims.

use super::revocation::Revoked;
use std::fmt;

/// Why a set of claims signs nobody in. Its text is the `problem` of `whoami()`.
///
/// The fields named `claim` are the path of a claim, its steps joined by dots.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignedOut {
    /// No claim contains a subject.
    SubjectMissing {
        /// The claim that should contain it.
        claim: String,
    },
    /// The subject is a number, an object or the like.
    SubjectNotText {
        /// The claim that contains it.
        claim: String,
    },
    /// The subject is an empty string.
    SubjectEmpty {
        /// The claim that contains it.
        claim: String,
    },
    /// The subject lacks the prefix that the claim map strips.
    SubjectWithoutPrefix {
        /// The claim that contains it.
        claim: String,
    },
    /// After applying the claim map's `split` or `strip_prefix` there are several subjects.
    SubjectAmbiguous {
        /// The claim that contains them.
        claim: String,
    },
    /// The subject is longer than [`MAX_SUBJECT_BYTES`](crate::limits::MAX_SUBJECT_BYTES).
    SubjectTooLong {
        /// The claim that contains it.
        claim: String,
    },
    /// `sts` is `pending`. Clerk counts a session with open tasks as signed out.
    SessionPending,
    /// `sts` is neither `active` nor `pending`.
    SessionStatusUnknown,
    /// A session is required and the claims name none.
    SessionMissing {
        /// The claim that should contain it; `None` when the provider's tokens do not name a session.
        claim: Option<String>,
    },
    /// A session is required, but `client_id` marks the claims as those of an OAuth token.
    SessionOfClient,
    /// Expiry is checked and `exp` is missing.
    ExpiryMissing,
    /// Expiry is checked and `exp` is not a number of seconds from 0 to 2^53.
    ExpiryInvalid,
    /// Revocation is checked and `iat` is missing.
    IssuedAtMissing,
    /// Revocation is checked and `iat` is not a number of seconds from 0 to 2^53.
    IssuedAtInvalid,
    /// Revocation is checked and the claims of a person name no session.
    RevocableSessionMissing {
        /// The claim that should contain it.
        claim: String,
    },
    /// Revocation is checked and the claims were revoked.
    Revoked(Revoked),
    /// Revocation is checked and there is no revocation list.
    RevocationsMissing,
}

impl fmt::Display for SignedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SignedOut::SubjectMissing { claim } => {
                write!(f, "the claims have no subject: {claim} is missing")
            }
            SignedOut::SubjectNotText { claim } => write!(f, "the subject in {claim} is not a string"),
            SignedOut::SubjectEmpty { claim } => write!(f, "the subject in {claim} is empty"),
            SignedOut::SubjectWithoutPrefix { claim } => {
                write!(
                    f,
                    "the subject in {claim} lacks the prefix that clerk_rls.claim_map strips"
                )
            }
            SignedOut::SubjectAmbiguous { claim } => write!(f, "{claim} holds several subjects"),
            SignedOut::SubjectTooLong { claim } => {
                write!(
                    f,
                    "the subject in {claim} is longer than {} bytes",
                    crate::limits::MAX_SUBJECT_BYTES
                )
            }
            SignedOut::SessionPending => {
                f.write_str("the session is pending and clerk_rls.allow_pending is off")
            }
            SignedOut::SessionStatusUnknown => f.write_str("the session status in sts is unknown"),
            SignedOut::SessionMissing { claim: Some(claim) } => {
                write!(
                    f,
                    "clerk_rls.require_session is on and the claims name no session in {claim}"
                )
            }
            SignedOut::SessionMissing { claim: None } => f.write_str(
                "clerk_rls.require_session is on and the tokens of clerk_rls.provider name no session",
            ),
            SignedOut::SessionOfClient => f.write_str(
                "clerk_rls.require_session is on and client_id marks an OAuth token, which is not a session",
            ),
            SignedOut::ExpiryMissing => f.write_str("clerk_rls.check_expiry is on and exp is missing"),
            SignedOut::ExpiryInvalid => {
                f.write_str("clerk_rls.check_expiry is on and exp is not a valid number of seconds")
            }
            SignedOut::IssuedAtMissing => f.write_str("clerk_rls.check_revocation is on and iat is missing"),
            SignedOut::IssuedAtInvalid => {
                f.write_str("clerk_rls.check_revocation is on and iat is not a valid number of seconds")
            }
            SignedOut::RevocableSessionMissing { claim } => {
                write!(
                    f,
                    "clerk_rls.check_revocation is on and the claims name no session in {claim}"
                )
            }
            SignedOut::Revoked(revoked) => f.write_str(revoked.problem()),
            SignedOut::RevocationsMissing => f.write_str(
                "clerk_rls.check_revocation is on and table clerk_rls.revocations is missing or was changed",
            ),
        }
    }
}
