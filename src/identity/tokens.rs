//! Tokens and keys as values: the functions `jwt_…()` and `jwk_…()`.

use clerk_rls_core::token::{self, AcceptedTokens, Algorithm, Issuer, IssuerRules};
use serde_json::Value;

use crate::error::Error;
use crate::identity::issuers::key_set;
use crate::pg::server::clock;

/// The header and the claims of a token, unverified.
pub fn decode(token: &str) -> Result<(String, String), Error> {
    Ok(token::decode(token)?)
}

/// The arguments of `jwt_verify()` that restrict the claims.
pub struct ExpectedClaims {
    pub issuer: Option<String>,
    pub audience: Option<Vec<String>>,
    pub authorized_parties: Option<Vec<String>>,
    /// Seconds.
    pub leeway: i64,
}

/// The claims of a token that one of these keys signed.
pub fn verify(token: &str, keys: &str, expected: ExpectedClaims) -> Result<String, Error> {
    let keys: Value = serde_json::from_str(keys).map_err(|_| Error::Argument("keys"))?;
    let rules = IssuerRules {
        issuer: expected.issuer,
        audience: expected.audience,
        authorized_parties: expected.authorized_parties,
        leeway: expected.leeway,
        // Every token that the issuer signs is accepted here, including those of machines and those without a
        // subject.
        accepted: AcceptedTokens::all(),
        require_subject: false,
        allow_pending: true,
        ..IssuerRules::default()
    };
    let issuer = Issuer::new(key_set(&keys, true)?, rules)?;
    let verified = token::verify(token, &issuer, clock::now_seconds())?;
    Ok(verified.claims().text().to_owned())
}

/// A PEM key as a JWK.
pub fn jwk_from_pem(pem: &str, algorithm: &str, kid: Option<&str>) -> Result<String, Error> {
    Ok(token::jwk_from_pem(pem, algorithm.parse::<Algorithm>()?, kid)?)
}

/// A shared secret as a JWK.
pub fn jwk_from_secret(secret: &str, algorithm: &str, kid: Option<&str>) -> Result<String, Error> {
    Ok(token::jwk_from_secret(
        secret,
        algorithm.parse::<Algorithm>()?,
        kid,
    )?)
}

/// A signed token.
pub fn sign(claims: &str, key: &str, header: &str) -> Result<String, Error> {
    Ok(token::sign(claims, key, header)?)
}
