//! Why keys could not be fetched.

use std::fmt;

use super::url::UrlError;
use crate::limits::{MAX_JWKS_BYTES, MAX_REDIRECTS};
use crate::token::KeyError;

/// Why keys could not be fetched. No variant contains anything that the other side has sent, except numbers and the
/// names of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchError {
    /// The address may not be fetched.
    Url(UrlError),
    /// The host did not answer as HTTP and TLS require.
    Connection(&'static str),
    /// The time for the fetch is over.
    Timeout,
    /// The status is not 200.
    Status(u16),
    /// More than [`MAX_REDIRECTS`] redirects.
    TooManyRedirects,
    /// The answer is longer than [`MAX_JWKS_BYTES`].
    TooLarge,
    /// The answer is not UTF-8.
    NotText,
    /// The discovery document is no JSON object, or breaks a bound on claims.
    DocumentMalformed,
    /// The discovery document describes another issuer.
    AnotherIssuer,
    /// The discovery document contains no `jwks_uri`.
    NoJwksUri,
    /// The keys are refused.
    Keys(KeyError),
    /// The file of certificates cannot be read.
    CaFile,
    /// The address of the proxy is malformed.
    Proxy,
    /// The process that fetches has ended without a result.
    Process,
}

impl From<UrlError> for FetchError {
    fn from(error: UrlError) -> Self {
        Self::Url(error)
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(error) => error.fmt(f),
            Self::Connection(reason) => f.write_str(reason),
            Self::Timeout => f.write_str("the time for the fetch is over"),
            Self::Status(status) => write!(f, "the HTTP status is {status}"),
            Self::TooManyRedirects => write!(f, "there are more than {MAX_REDIRECTS} redirects"),
            Self::TooLarge => write!(f, "the answer is longer than {MAX_JWKS_BYTES} bytes"),
            Self::NotText => f.write_str("the answer is not UTF-8"),
            Self::DocumentMalformed => f.write_str("the discovery document is malformed"),
            Self::AnotherIssuer => f.write_str("the discovery document describes another issuer"),
            Self::NoJwksUri => f.write_str("the discovery document contains no jwks_uri"),
            Self::Keys(error) => write!(f, "the keys are refused: {error}"),
            Self::CaFile => {
                f.write_str("the file of clerk_rls.jwks_ca_file cannot be read as PEM certificates")
            }
            Self::Proxy => f.write_str("the value of clerk_rls.jwks_proxy is malformed"),
            Self::Process => f.write_str("the process that fetches has ended without a result"),
        }
    }
}

impl std::error::Error for FetchError {}
