//! Why a token is refused.
//!
//! Invariant: one reason, one variant, and no text holds a byte of the token: its kid, issuer or
//! audience is not told, for whoever sends the token would write into the server's log. Names that the
//! operator configured are for that log alone: whoever holds a token of another front end must not
//! learn from the refusal which ones are accepted.

use super::json_fact::json_fact;
use super::kind::TokenKind;
use crate::claims_error::ClaimsError;
use crate::limits::{MAX_KID_BYTES, MAX_SUBJECT_BYTES, MAX_TOKEN_BYTES};
use std::fmt;

/// Why a token is refused. Seconds are whole, and rounded against the token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// Longer than [`MAX_TOKEN_BYTES`].
    TooLong,
    /// Not three parts: no JWS in compact serialisation (RFC 7515 section 7.1).
    NotThreeParts,
    /// A part is not strict base64url.
    NotBase64Url,
    /// The header is no strict JSON object.
    Header(ClaimsError),
    /// The claims are no strict JSON object.
    Claims(ClaimsError),
    /// The header has no `alg`, or one that is not a string.
    AlgorithmMissing,
    /// `alg` is `none`, in any case: an unsecured JWS (RFC 8725 section 3.2).
    Unsecured,
    /// `alg` is not supported.
    AlgorithmUnsupported,
    /// The header names extensions that must be understood (`crit`); there are none.
    CriticalExtension,
    /// The header has `b64` (RFC 7797), which JWTs may not use (RFC 7797 section 7).
    UnencodedPayload,
    /// `typ` is not a string, or names no type of token that is accepted.
    TypeNotAccepted,
    /// A token of Clerk of a kind that the issuer does not accept.
    KindNotAccepted {
        /// The kind.
        kind: TokenKind,
    },
    /// `kid` is not a string, is empty, holds control characters or is longer than [`MAX_KID_BYTES`].
    KidInvalid,
    /// The token has no `kid` and the issuer's keys do.
    KidMissing,
    /// None of the issuer's keys has the token's `kid`.
    KeyUnknown,
    /// The issuer has no keys at all.
    NoKeys,
    /// The issuer's list of algorithms lacks the token's.
    AlgorithmNotAllowed,
    /// The key is for another algorithm than the token's.
    AlgorithmOfOtherKey,
    /// The signature is not the key's over this token.
    SignatureInvalid,
    /// `iss` is missing.
    IssuerMissing,
    /// `iss` is not a string, or is empty.
    IssuerInvalid,
    /// `iss` is another issuer.
    IssuerMismatch {
        /// The configured issuer.
        expected: String,
    },
    /// No subject.
    SubjectMissing,
    /// The subject is not a single string.
    SubjectInvalid,
    /// The subject is empty.
    SubjectEmpty,
    /// The subject is longer than [`MAX_SUBJECT_BYTES`].
    SubjectTooLong,
    /// `aud` is missing.
    AudienceMissing,
    /// `aud` is neither a string nor an array of strings.
    AudienceInvalid,
    /// `aud` names none of the configured audiences.
    AudienceMismatch {
        /// The configured audiences.
        expected: Vec<String>,
    },
    /// `azp` is missing; a bypass was found where that was let through (tokens.md section 1).
    AuthorizedPartyMissing,
    /// `azp` is not a string.
    AuthorizedPartyInvalid,
    /// `azp` is none of the configured parties.
    AuthorizedPartyMismatch {
        /// The configured parties.
        expected: Vec<String>,
    },
    /// `exp` is missing.
    ExpiryMissing,
    /// `exp` is no number from 0 to 2^53.
    ExpiryInvalid,
    /// `exp` has passed, the leeway too.
    Expired {
        /// Seconds since `exp`.
        seconds: i64,
    },
    /// `nbf` is no number from 0 to 2^53.
    NotBeforeInvalid,
    /// `nbf` is still to come, beyond the leeway.
    NotYetValid {
        /// Seconds until `nbf`.
        seconds: i64,
    },
    /// `iat` is no number from 0 to 2^53.
    IssuedAtInvalid,
    /// `iat` is still to come, beyond the leeway.
    IssuedInFuture {
        /// Seconds until `iat`.
        seconds: i64,
    },
    /// `sts` is `pending`: the session has open tasks, and Clerk counts that as signed out.
    SessionPending,
    /// `sts` is neither `active` nor `pending`.
    SessionStatusUnknown,
    /// A session is required and the token names none.
    SessionMissing,
    /// A session is required and `client_id` marks an OAuth token.
    SessionOfClient,
}

impl TokenError {
    /// The reason with its numbers, as a sentence that whoever sent the token may read.
    pub fn detail(&self) -> Option<String> {
        Some(match self {
            TokenError::TooLong => format!("A token has at most {MAX_TOKEN_BYTES} bytes."),
            TokenError::Header(reason) => json_fact("header", *reason),
            TokenError::Claims(reason) => json_fact("claims set", *reason),
            TokenError::KidInvalid => format!("A kid is a string of 1 to {MAX_KID_BYTES} bytes."),
            TokenError::SubjectTooLong => format!("A subject has at most {MAX_SUBJECT_BYTES} bytes."),
            TokenError::Expired { seconds } => {
                format!("The token expired {} ago.", duration(*seconds))
            }
            TokenError::NotYetValid { seconds } => {
                format!("The token becomes valid in {}.", duration(*seconds))
            }
            TokenError::IssuedInFuture { seconds } => {
                format!(
                    "The token says that it was issued {} from now.",
                    duration(*seconds)
                )
            }
            _ => return None,
        })
    }

    /// What the operator configured and the token lacks, as a sentence for the server's log alone.
    pub fn log_detail(&self) -> Option<String> {
        Some(match self {
            TokenError::IssuerMismatch { expected } => format!("Expected was \"{expected}\"."),
            TokenError::AudienceMismatch { expected } | TokenError::AuthorizedPartyMismatch { expected } => {
                format!("Accepted are: {}.", quoted(expected))
            }
            _ => return None,
        })
    }

    /// What to do.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            TokenError::NotThreeParts | TokenError::NotBase64Url => {
                "Pass the JWT itself, without quotes or spaces; an opaque token cannot be verified here."
            }
            TokenError::Expired { .. } => "Request a new session token and retry.",
            TokenError::NotYetValid { .. } | TokenError::IssuedInFuture { .. } => {
                "Compare the clock of this server with the issuer's."
            }
            TokenError::KeyUnknown => {
                "If the issuer has rotated its keys, give the new ones to clerk_rls.set_jwks()."
            }
            TokenError::NoKeys => {
                "Give the issuer's keys to clerk_rls.set_jwks(), or its secret to clerk_rls.set_secret()."
            }
            TokenError::SessionMissing | TokenError::SessionOfClient => {
                "Send the user's session token, not one from a JWT template or for an OAuth client."
            }
            TokenError::KindNotAccepted {
                kind: TokenKind::Template | TokenKind::OAuth,
            } => "Send the user's session token. Other kinds are accepted where accepts in clerk_rls.issuers has them.",
            TokenError::KindNotAccepted { .. } => "A kind of token is accepted where accepts in clerk_rls.issuers has it.",
            TokenError::SessionPending => "The user has open tasks; see Clerk's session tasks.",
            _ => return None,
        })
    }
}

/// The operator's names in the order they were given.
fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    quoted.join(", ")
}

fn duration(seconds: i64) -> String {
    if seconds == 1 {
        "1 second".to_owned()
    } else {
        format!("{seconds} seconds")
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TokenError::TooLong => "JWT is too long",
            TokenError::NotThreeParts => "JWT does not have three parts",
            TokenError::NotBase64Url => "JWT is not valid base64url",
            TokenError::Header(_) => "JWT header is malformed",
            TokenError::Claims(_) => "JWT claims are malformed",
            TokenError::AlgorithmMissing => "JWT has no signature algorithm",
            TokenError::Unsecured => "JWT is not signed",
            TokenError::AlgorithmUnsupported => "JWT signature algorithm is not supported",
            TokenError::CriticalExtension => "JWT has critical header extensions",
            TokenError::UnencodedPayload => "JWT header has b64",
            TokenError::TypeNotAccepted => "JWT type is not accepted",
            TokenError::KindNotAccepted { kind } => match kind {
                TokenKind::Session => "session JWT is not accepted",
                TokenKind::Template => "JWT from a JWT template is not accepted",
                TokenKind::OAuth => "JWT of an OAuth client is not accepted",
                TokenKind::Machine => "JWT of a machine is not accepted",
            },
            TokenError::KidInvalid => "JWT key id is malformed",
            TokenError::KidMissing => "JWT has no key id",
            TokenError::KeyUnknown => "JWT key id is unknown",
            TokenError::NoKeys => "issuer of the JWT has no keys",
            TokenError::AlgorithmNotAllowed => "JWT signature algorithm is not allowed for its issuer",
            TokenError::AlgorithmOfOtherKey => "JWT signature algorithm is not the one of its key",
            TokenError::SignatureInvalid => "JWT signature is invalid",
            TokenError::IssuerMissing => "JWT has no issuer",
            TokenError::IssuerInvalid => "JWT issuer is malformed",
            TokenError::IssuerMismatch { .. } => "JWT issuer does not match",
            TokenError::SubjectMissing => "JWT has no subject",
            TokenError::SubjectInvalid => "JWT subject is not a string",
            TokenError::SubjectEmpty => "JWT subject is empty",
            TokenError::SubjectTooLong => "JWT subject is too long",
            TokenError::AudienceMissing => "JWT has no audience",
            TokenError::AudienceInvalid => "JWT audience is malformed",
            TokenError::AudienceMismatch { .. } => "JWT audience does not match",
            TokenError::AuthorizedPartyMissing => "JWT has no authorized party",
            TokenError::AuthorizedPartyInvalid => "JWT authorized party is not a string",
            TokenError::AuthorizedPartyMismatch { .. } => "JWT authorized party does not match",
            TokenError::ExpiryMissing => "JWT has no expiry",
            TokenError::ExpiryInvalid => "JWT expiry is not a valid number of seconds",
            TokenError::Expired { .. } => "JWT has expired",
            TokenError::NotBeforeInvalid => "JWT start of validity is not a valid number of seconds",
            TokenError::NotYetValid { .. } => "JWT is not yet valid",
            TokenError::IssuedAtInvalid => "JWT time of issue is not a valid number of seconds",
            TokenError::IssuedInFuture { .. } => "JWT was issued in the future",
            TokenError::SessionPending => "session of the JWT is pending",
            TokenError::SessionStatusUnknown => "session status of the JWT is unknown",
            TokenError::SessionMissing => "JWT names no session",
            TokenError::SessionOfClient => "JWT belongs to an OAuth client, not to a session",
        })
    }
}

impl std::error::Error for TokenError {}
