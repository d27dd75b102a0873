//! A JWS in compact serialization ([RFC 7515 section
//! 7.1](https://www.rfc-editor.org/rfc/rfc7515#section-7.1)), split into its parts and not yet verified.
//!
//! Invariant: the length is checked before anything is copied; each part must have its canonical encoding;
//! header and claims are strict JSON objects, read by the same parser, because a header with two `alg`
//! members is as ambiguous as claims with two subjects.

use super::base64url;
use super::error::TokenError;
use crate::claims::Claims;
use crate::claims_error::ClaimsError;
use crate::limits::MAX_TOKEN_BYTES;

/// The three parts of a token.
pub(crate) struct Compact<'a> {
    /// The header, a JSON object like the claims.
    pub(crate) header: Claims,
    pub(crate) claims: Claims,
    pub(crate) signature: Vec<u8>,
    /// The signed bytes: the encoded header and claims, with the dot between them.
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

/// Decodes the header and claims of a token as JSON texts. Nothing is verified: anybody may have written
/// them, and tokens that [`verify`](super::verify) refuses, such as unsigned ones, are decoded as well.
///
/// # Errors
/// The reason why the text does not have the form of a token.
pub fn decode(token: &str) -> Result<(String, String), TokenError> {
    let compact = Compact::parse(token.as_bytes())?;
    Ok((compact.header.text().to_owned(), compact.claims.text().to_owned()))
}
