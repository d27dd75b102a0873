//! Why a token is refused.
//!
//! Invariant: each reason has its own variant, and no message contains any part of the token. Its kid, issuer
//! and audience are not reported, because the sender of a token could otherwise write into the server's log.
//! Names that the operator configured are reported to that log only: the holder of another front end's token
//! must not learn which names are accepted.

use super::json_fact::json_fact;
use super::kind::TokenKind;
use crate::claims_error::ClaimsError;
use crate::limits::{MAX_KID_BYTES, MAX_SUBJECT_BYTES, MAX_TOKEN_BYTES};
use std::fmt;

/// Why a token is refused. Times are whole seconds, rounded so that the token is valid for less time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// The token is longer than [`MAX_TOKEN_BYTES`].
    TooLong,
    /// The token does not have three parts, so it is not a JWS in compact serialization ([RFC 7515 section
    /// 7.1](https://www.rfc-editor.org/rfc/rfc7515#section-7.1)).
    NotThreeParts,
    /// A part is not base64url without padding ([RFC 7515 section
    /// 2](https://www.rfc-editor.org/rfc/rfc7515#section-2)).
    NotBase64Url,
    /// The header is not a strict JSON object.
    Header(ClaimsError),
    /// The claims are not a strict JSON object.
    Claims(ClaimsError),
    /// The header has no `alg`, or `alg` is not a string.
    AlgorithmMissing,
    /// `alg` is `none` in upper or lower case: an unsecured JWS ([RFC 8725 section
    /// 3.2](https://www.rfc-editor.org/rfc/rfc8725#section-3.2)).
    Unsecured,
    /// `alg` is not supported.
    AlgorithmUnsupported,
    /// The header requires extensions (`crit`, [RFC 7515 section
    /// 4.1.11](https://www.rfc-editor.org/rfc/rfc7515#section-4.1.11)); none is supported.
    CriticalExtension,
    /// The header contains `b64`, which a JWT must not use ([RFC 7797 section
    /// 7](https://www.rfc-editor.org/rfc/rfc7797#section-7)).
    UnencodedPayload,
    /// `typ` is not a string, or names a type of token that is not accepted ([RFC 8725 section
    /// 3.11](https://www.rfc-editor.org/rfc/rfc8725#section-3.11)).
    TypeNotAccepted,
    /// The issuer does not accept this kind of Clerk token.
    KindNotAccepted {
        /// The kind of the token.
        kind: TokenKind,
    },
    /// `kid` is not a string, is empty, contains control characters or is longer than [`MAX_KID_BYTES`].
    KidInvalid,
    /// The token has no `kid`, but the issuer's keys have.
    KidMissing,
    /// None of the issuer's keys has the token's `kid`.
    KeyUnknown,
    /// The issuer has no keys.
    NoKeys,
    /// The issuer's list of algorithms does not contain the token's.
    AlgorithmNotAllowed,
    /// The key is for another algorithm than the token's ([RFC 8725 section
    /// 3.1](https://www.rfc-editor.org/rfc/rfc8725#section-3.1)).
    AlgorithmOfOtherKey,
    /// The signature does not match the token and the key.
    SignatureInvalid,
    /// `iss` is missing ([RFC 7519 section 4.1.1](https://www.rfc-editor.org/rfc/rfc7519#section-4.1.1)).
    IssuerMissing,
    /// `iss` is not a string, or is empty.
    IssuerInvalid,
    /// `iss` names another issuer.
    IssuerMismatch {
        /// The configured issuer.
        expected: String,
    },
    /// The token has no subject ([RFC 7519 section
    /// 4.1.2](https://www.rfc-editor.org/rfc/rfc7519#section-4.1.2)).
    SubjectMissing,
    /// The subject is not a single string.
    SubjectInvalid,
    /// The subject is empty.
    SubjectEmpty,
    /// The subject is longer than [`MAX_SUBJECT_BYTES`].
    SubjectTooLong,
    /// `aud` is missing ([RFC 7519 section 4.1.3](https://www.rfc-editor.org/rfc/rfc7519#section-4.1.3)).
    AudienceMissing,
    /// `aud` is neither a string nor an array of strings.
    AudienceInvalid,
    /// `aud` contains none of the configured audiences.
    AudienceMismatch {
        /// The configured audiences.
        expected: Vec<String>,
    },
    /// `azp` is missing. Clerk's SDK refuses such tokens too, since accepting them allowed a bypass.
    AuthorizedPartyMissing,
    /// `azp` is not a string.
    AuthorizedPartyInvalid,
    /// `azp` is none of the configured authorized parties.
    AuthorizedPartyMismatch {
        /// The configured authorized parties.
        expected: Vec<String>,
    },
    /// `exp` is missing ([RFC 7519 section 4.1.4](https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4)).
    ExpiryMissing,
    /// `exp` is not a number from 0 to 2^53.
    ExpiryInvalid,
    /// `exp` and the leeway have passed.
    Expired {
        /// The seconds since `exp`.
        seconds: i64,
    },
    /// `nbf` is not a number from 0 to 2^53 ([RFC 7519 section
    /// 4.1.5](https://www.rfc-editor.org/rfc/rfc7519#section-4.1.5)).
    NotBeforeInvalid,
    /// `nbf` is in the future by more than the leeway.
    NotYetValid {
        /// The seconds until `nbf`.
        seconds: i64,
    },
    /// `iat` is not a number from 0 to 2^53 ([RFC 7519 section
    /// 4.1.6](https://www.rfc-editor.org/rfc/rfc7519#section-4.1.6)).
    IssuedAtInvalid,
    /// `iat` is in the future by more than the leeway.
    IssuedInFuture {
        /// The seconds until `iat`.
        seconds: i64,
    },
    /// `sts` is `pending`: the session has open tasks, and Clerk counts it as signed out.
    SessionPending,
    /// `sts` is neither `active` nor `pending`.
    SessionStatusUnknown,
    /// A session is required and the token names none.
    SessionMissing,
    /// A session is required, but `client_id` marks the token as an OAuth token.
    SessionOfClient,
}

impl TokenError {
    /// The reason with its numbers, as a sentence for the sender of the token.
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

    /// The names that the operator configured, as a sentence for the server's log only.
    pub fn log_detail(&self) -> Option<String> {
        Some(match self {
            TokenError::IssuerMismatch { expected } => format!("The expected issuer is \"{expected}\"."),
            TokenError::AudienceMismatch { expected } | TokenError::AuthorizedPartyMismatch { expected } => {
                format!("Accepted values: {}.", quoted(expected))
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
                "If the issuer has rotated its keys, pass the new ones to clerk_rls.set_jwks()."
            }
            TokenError::NoKeys => {
                "Pass the issuer's keys to clerk_rls.set_jwks(), or its secret to clerk_rls.set_secret()."
            }
            TokenError::SessionMissing | TokenError::SessionOfClient => {
                "Send the user's session token, not one from a JWT template or for an OAuth client."
            }
            TokenError::KindNotAccepted {
                kind: TokenKind::Template | TokenKind::OAuth,
            } => "Send the user's session token. Other kinds are accepted only if accepts in clerk_rls.issuers lists them.",
            TokenError::KindNotAccepted { .. } => "A kind of token is accepted only if accepts in clerk_rls.issuers lists it.",
            TokenError::SessionPending => "The user has open tasks; see Clerk's session tasks.",
            _ => return None,
        })
    }
}

/// The names, quoted, in the given order.
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
            TokenError::AlgorithmOfOtherKey => "JWT signature algorithm does not match its key",
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
