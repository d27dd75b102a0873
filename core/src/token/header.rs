//! The members of a token's header that have an effect ([RFC 7515 section
//! 4.1](https://www.rfc-editor.org/rfc/rfc7515#section-4.1)).
//!
//! Invariant: the header only selects one of the issuer's own keys, by kid. `jwk`, `jku`, `x5u` and `x5c` are
//! never read, because their author chooses the key. A header with `crit` is refused, because no extension is
//! supported.

use super::algorithm::Algorithm;
use super::error::TokenError;
use super::jwk::check_kid;
use crate::claims::Claims;
use crate::json::string::json_string;

/// Clerk's `cat` for a token from a JWT template and for a machine's token
/// ([`verify.ts`](https://github.com/clerk/javascript/blob/main/packages/backend/src/tokens/verify.ts)). A
/// session's ends in 111AAA.
const CLERK_TEMPLATE_CATEGORY: &str = "cl_B7d4PD222AAA";
const CLERK_MACHINE_CATEGORY: &str = "cl_B7d4PD333AAA";

/// The header of a token.
#[derive(Clone, Debug)]
pub(crate) struct TokenHeader {
    pub(crate) algorithm: Algorithm,
    pub(crate) kid: Option<String>,
    pub(crate) token_type: TokenType,
    pub(crate) category: Category,
}

/// The category that `cat` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Category {
    Template,
    Machine,
    /// A session's, an unknown one, or none.
    Other,
}

/// The type that `typ` names; the spelling must match exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenType {
    /// Absent, or `JWT`.
    Jwt,
    /// `at+jwt` ([RFC 9068 section 2.1](https://www.rfc-editor.org/rfc/rfc9068#section-2.1)).
    AccessToken,
    /// Any other type: a logout token, a DPoP proof, a security event.
    Other,
}

impl TokenHeader {
    pub(crate) fn read(header: &Claims) -> Result<TokenHeader, TokenError> {
        let algorithm = header.top("alg").and_then(json_string);
        let algorithm = algorithm.ok_or(TokenError::AlgorithmMissing)?;
        if algorithm.eq_ignore_ascii_case("none") {
            return Err(TokenError::Unsecured);
        }
        let algorithm = algorithm.parse().map_err(|_| TokenError::AlgorithmUnsupported)?;
        if header.top("crit").is_some() {
            return Err(TokenError::CriticalExtension);
        }
        if header.top("b64").is_some() {
            return Err(TokenError::UnencodedPayload);
        }
        Ok(TokenHeader {
            algorithm,
            kid: kid(header)?,
            token_type: token_type(header),
            category: match header.top("cat").and_then(json_string).as_deref() {
                Some(CLERK_TEMPLATE_CATEGORY) => Category::Template,
                Some(CLERK_MACHINE_CATEGORY) => Category::Machine,
                _ => Category::Other,
            },
        })
    }
}

fn kid(header: &Claims) -> Result<Option<String>, TokenError> {
    let Some(raw) = header.top("kid") else {
        return Ok(None);
    };
    let kid = json_string(raw).ok_or(TokenError::KidInvalid)?;
    check_kid(&kid).map_err(|_| TokenError::KidInvalid)?;
    Ok(Some(kid.into_owned()))
}

fn token_type(header: &Claims) -> TokenType {
    let Some(raw) = header.top("typ") else {
        return TokenType::Jwt;
    };
    match json_string(raw).as_deref() {
        Some("JWT") => TokenType::Jwt,
        Some("at+jwt" | "application/at+jwt") => TokenType::AccessToken,
        _ => TokenType::Other,
    }
}
