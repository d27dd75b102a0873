//! From an issuer to the address of its keys.
//!
//! An OpenID provider describes itself in a document below its issuer ([OpenID Connect Discovery 1.0 section
//! 4](https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig)). The document counts only if its
//! `issuer` is the issuer byte by byte, as section 4.3 requires.

use super::fetch_error::FetchError;
use super::url::{KeysUrl, UrlError};
use crate::claims::Claims;
use crate::json::string::json_string;
use crate::layout::Provider;

/// The address of an issuer's discovery document.
///
/// # Errors
/// The issuer is no address that may be fetched.
pub fn document_url(issuer: &str) -> Result<KeysUrl, UrlError> {
    below(issuer, "openid-configuration")
}

/// Where a provider publishes its keys even if it has no discovery document: Clerk alone promises an address.
///
/// # Errors
/// The issuer is no address that may be fetched.
pub fn well_known_keys(issuer: &str, provider: Provider) -> Result<Option<KeysUrl>, UrlError> {
    match provider {
        Provider::Clerk => below(issuer, "jwks.json").map(Some),
        _ => Ok(None),
    }
}

fn below(issuer: &str, name: &str) -> Result<KeysUrl, UrlError> {
    if issuer.contains('?') {
        return Err(UrlError::Character);
    }
    let issuer = issuer.strip_suffix('/').unwrap_or(issuer);
    KeysUrl::parse(&format!("{issuer}/.well-known/{name}"))
}

/// The address of the keys in a discovery document that was found at `from`.
///
/// # Errors
/// The document is malformed, describes another issuer, or names no address that may be fetched.
pub fn keys_url(document: &[u8], issuer: &str, from: &KeysUrl) -> Result<KeysUrl, FetchError> {
    let document = Claims::parse(document).map_err(|_| FetchError::DocumentMalformed)?;
    let text = |name: &str| document.at(&[name]).and_then(json_string);
    if text("issuer").as_deref() != Some(issuer) {
        return Err(FetchError::AnotherIssuer);
    }
    let keys = text("jwks_uri").ok_or(FetchError::NoJwksUri)?;
    from.leads_to(&keys).map_err(FetchError::Url)
}
