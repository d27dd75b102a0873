//! Signs tokens, for tests and for applications that issue their own.
//!
//! Invariant: a token that is signed here can be verified here. The algorithm and the kid in the header are
//! the key's. The claims are signed as given; their form is checked, their meaning is not.

use super::base64url;
use super::error::TokenError;
use super::header::TokenHeader;
use super::key_set::signing_jwk;
use super::sign_error::SignError;
use super::signing_key::SigningKey;
use crate::claims::Claims;
use crate::json::string::{decode, encode, json_string};
use crate::json::value::members;
use crate::limits::MAX_TOKEN_BYTES;

/// Signs claims with a private JWK (RSA, EC, OKP) or a shared secret (oct), and returns the token in compact
/// serialization ([RFC 7515 section 7.1](https://www.rfc-editor.org/rfc/rfc7515#section-7.1)).
///
/// The header contains `alg`, `kid` if the key has one, `typ` = `JWT`, and the members of the extra header,
/// whose `typ` replaces the default.
///
/// # Errors
/// [`SignError`] if the key, the claims or the extra header is refused.
pub fn sign(claims_json: &str, key_jwk_json: &str, extra_header_json: &str) -> Result<String, SignError> {
    let jwk = signing_jwk(key_jwk_json)?;
    let algorithm = jwk.algorithm().map_err(|fault| SignError::Key(fault.into()))?;
    if !SigningKey::is_private(jwk, algorithm) {
        return Err(SignError::KeyIsPublic);
    }
    let key = SigningKey::of(jwk).map_err(|fault| SignError::Key(fault.into()))?;
    let claims = Claims::parse(claims_json.as_bytes()).map_err(SignError::Claims)?;
    let header = header(&key, extra_header_json)?;

    let mut token = base64url::encode(header);
    token.push('.');
    token.push_str(&base64url::encode(claims.text()));
    if token.len() > MAX_TOKEN_BYTES {
        return Err(SignError::TooLong);
    }
    let signature = key.sign(token.as_bytes()).ok_or(SignError::SignatureFailed)?;
    token.push('.');
    token.push_str(&base64url::encode(signature));
    if token.len() > MAX_TOKEN_BYTES {
        return Err(SignError::TooLong);
    }
    Ok(token)
}

fn header(key: &SigningKey, extra_json: &str) -> Result<String, SignError> {
    let extra = Claims::parse(extra_json.as_bytes()).map_err(SignError::Header)?;
    let mut header = String::from("{\"alg\":");
    encode(key.algorithm.as_str(), &mut header);
    let mut has_type = false;
    let mut others = String::new();
    for (quoted, raw) in members(extra.text()) {
        let name = decode(quoted).unwrap_or_default();
        let same = |own: Option<&str>| json_string(raw).as_deref() == own && own.is_some();
        match name.as_ref() {
            "alg" if same(Some(key.algorithm.as_str())) => continue,
            "alg" => return Err(SignError::HeaderMember { name: "alg" }),
            "kid" if same(key.kid.as_deref()) => continue,
            "kid" if key.kid.is_some() => return Err(SignError::HeaderMember { name: "kid" }),
            "typ" => has_type = true,
            _ => {}
        }
        others.push(',');
        encode(&name, &mut others);
        others.push(':');
        others.push_str(raw);
    }
    if let Some(kid) = &key.kid {
        header.push_str(",\"kid\":");
        encode(kid, &mut header);
    }
    if !has_type {
        header.push_str(",\"typ\":\"JWT\"");
    }
    header.push_str(&others);
    header.push('}');
    check(&header)?;
    Ok(header)
}

/// Refuses a header that verification would refuse.
fn check(header: &str) -> Result<(), SignError> {
    let header = Claims::parse(header.as_bytes()).map_err(SignError::Header)?;
    let name = match TokenHeader::read(&header) {
        Ok(_) => return Ok(()),
        Err(TokenError::CriticalExtension) => "crit",
        Err(TokenError::UnencodedPayload) => "b64",
        Err(TokenError::KidInvalid) => "kid",
        Err(_) => "alg",
    };
    Err(SignError::HeaderMember { name })
}
