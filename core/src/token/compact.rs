//! A JWS in compact serialisation (RFC 7515 section 7.1), taken apart and not yet believed.
//!
//! Invariant: the length is looked at before anything is copied, each part has its only spelling, and
//! header and claims are strict JSON objects: the same parser for both, because a header with two
//! `alg` is as ambiguous as claims with two `sub`.

use super::base64url;
use super::error::TokenError;
use crate::claims::Claims;
use crate::claims_error::ClaimsError;
use crate::limits::MAX_TOKEN_BYTES;

/// The three parts.
pub(crate) struct Compact<'a> {
    /// The header, a JSON object like the claims.
    pub(crate) header: Claims,
    pub(crate) claims: Claims,
    pub(crate) signature: Vec<u8>,
    /// What is signed: header and claims as they came, with the dot between them.
    pub(crate) signed: &'a [u8],
}

impl Compact<'_> {
    pub(crate) fn parse(token: &[u8]) -> Result<Compact<'_>, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::TooLong);
        }
        let mut parts = token.split(|byte| *byte == b'.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(TokenError::NotThreeParts);
        };
        let signed_length = header.len() + 1 + claims.len();
        Ok(Compact {
            header: object(header, TokenError::Header)?,
            claims: object(claims, TokenError::Claims)?,
            signature: base64url::decode(signature).ok_or(TokenError::NotBase64Url)?,
            signed: token.get(..signed_length).unwrap_or_default(),
        })
    }
}

fn object(part: &[u8], refusal: fn(ClaimsError) -> TokenError) -> Result<Claims, TokenError> {
    let json = base64url::decode(part).ok_or(TokenError::NotBase64Url)?;
    Claims::parse(&json).map_err(refusal)
}

/// Header and claims of a token, which anybody may have written: nothing is verified, and tokens are
/// decoded that [`verify`](super::verify) would refuse, such as unsigned ones.
///
/// # Errors
/// What is wrong with its form.
pub fn decode(token: &str) -> Result<(String, String), TokenError> {
    let compact = Compact::parse(token.as_bytes())?;
    Ok((compact.header.text().to_owned(), compact.claims.text().to_owned()))
}
