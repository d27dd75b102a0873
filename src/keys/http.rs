//! HTTP for keys: GET alone, with bounds on time, size and redirects.
//!
//! TLS is rustls with aws-lc, the system's roots, and the certificates of `clerk_rls.jwks_ca_file`. Redirects are
//! followed here and not by the library, because each address has to be checked before it is fetched.

use std::sync::Arc;
use std::time::{Duration, Instant};

use clerk_rls_core::jwks::{FetchError, KeysUrl};
use clerk_rls_core::limits::{MAX_ETAG_BYTES, MAX_JWKS_BYTES, MAX_REDIRECTS};
use ureq::tls::{parse_pem, Certificate, PemItem, RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Proxy};

/// A 200, or a 304 to a conditional request.
pub struct Answer {
    /// The address that answered, after redirects.
    pub url: KeysUrl,
    pub etag: Option<String>,
    /// `None`: not modified.
    pub body: Option<Vec<u8>>,
}

/// Fetches until a point in time.
pub struct Client {
    direct: Agent,
    proxied: Option<Agent>,
    end: Instant,
}

impl Client {
    /// A client with these settings of the operator.
    pub fn new(seconds: u64, proxy: Option<&str>, ca_file: Option<&str>) -> Result<Self, FetchError> {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .root_certs(roots(ca_file)?)
            .build();
        let agent = |proxy: Option<Proxy>| {
            Agent::config_builder()
                .tls_config(tls.clone())
                // Not from the environment of the server.
                .proxy(proxy)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .http_status_as_error(false)
                .max_response_header_size(32 * 1024)
                .user_agent(concat!("clerk_rls/", env!("CARGO_PKG_VERSION")))
                .build()
                .new_agent()
        };
        let proxied = match proxy {
            Some(proxy) => {
                let proxy = Proxy::new(proxy).map_err(|_| FetchError::Proxy)?;
                Some(agent(Some(proxy)))
            }
            None => None,
        };
        Ok(Self {
            direct: agent(None),
            proxied,
            end: Instant::now() + Duration::from_secs(seconds),
        })
    }

    /// Fetches an address, and those that it leads to. An entity tag makes the request conditional.
    pub fn get(&self, url: &KeysUrl, etag: Option<&str>) -> Result<Answer, FetchError> {
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let mut answer = self.request(&url, etag)?;
            let status = answer.status().as_u16();
            let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
            match status {
                200 => {
                    let etag = header("etag")
                        .filter(|etag| etag.len() <= MAX_ETAG_BYTES)
                        .map(str::to_owned);
                    let body = answer.body_mut().with_config().limit(MAX_JWKS_BYTES as u64);
                    let body = Some(body.read_to_vec().map_err(cause)?);
                    return Ok(Answer { url, etag, body });
                }
                304 if etag.is_some() => {
                    return Ok(Answer {
                        url,
                        etag: None,
                        body: None,
                    })
                }
                301 | 302 | 303 | 307 | 308 => {
                    let target = header("location").ok_or(FetchError::Status(status))?;
                    url = url.leads_to(target)?;
                }
                _ => return Err(FetchError::Status(status)),
            }
        }
        Err(FetchError::TooManyRedirects)
    }

    fn request(
        &self,
        url: &KeysUrl,
        etag: Option<&str>,
    ) -> Result<ureq::http::Response<ureq::Body>, FetchError> {
        let left = self
            .end
            .checked_duration_since(Instant::now())
            .ok_or(FetchError::Timeout)?;
        // A proxy does not lead to this machine.
        let agent = self
            .proxied
            .as_ref()
            .filter(|_| !url.is_loopback())
            .unwrap_or(&self.direct);
        let mut request = agent.get(url.as_str()).header("accept", "application/json");
        if let Some(etag) = etag {
            request = request.header("if-none-match", etag);
        }
        let request = request.config().timeout_global(Some(left)).build();
        request.call().map_err(cause)
    }
}

fn roots(ca_file: Option<&str>) -> Result<RootCerts, FetchError> {
    let native = rustls_native_certs::load_native_certs();
    // What cannot be read of the system's is left out: a connection that needs it fails.
    let mut roots: Vec<_> = native
        .certs
        .iter()
        .map(|certificate| Certificate::from_der(certificate).to_owned())
        .collect();
    if let Some(file) = ca_file {
        let pem = std::fs::read(file).map_err(|_| FetchError::CaFile)?;
        let before = roots.len();
        for item in parse_pem(&pem) {
            if let PemItem::Certificate(certificate) = item.map_err(|_| FetchError::CaFile)? {
                roots.push(certificate);
            }
        }
        if roots.len() == before {
            return Err(FetchError::CaFile);
        }
    }
    Ok(RootCerts::from(roots))
}

/// The reason in our words: the library's may repeat what the other side has sent.
fn cause(error: ureq::Error) -> FetchError {
    use rustls::{CertificateError, Error as Tls};
    FetchError::Connection(match error {
        ureq::Error::Timeout(_) => return FetchError::Timeout,
        ureq::Error::BodyExceedsLimit(_) => return FetchError::TooLarge,
        ureq::Error::HostNotFound => "the host is not found",
        ureq::Error::ConnectionFailed => "the connection failed",
        ureq::Error::ConnectProxyFailed(_) | ureq::Error::InvalidProxyUrl => "the proxy does not connect",
        ureq::Error::LargeResponseHeader(..) => "the headers of the answer are too long",
        ureq::Error::Rustls(Tls::InvalidCertificate(invalid)) => match invalid {
            CertificateError::UnknownIssuer => "the certificate is of an authority that is not trusted",
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the certificate has expired"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the certificate is for another host"
            }
            _ => "the certificate is not valid",
        },
        ureq::Error::Rustls(_) | ureq::Error::Tls(_) => "the TLS connection failed",
        ureq::Error::Io(error) => return of_io(&error),
        _ => "the answer is not valid HTTP",
    })
}

fn of_io(error: &std::io::Error) -> FetchError {
    use std::io::ErrorKind;
    if let Some(tls) = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
    {
        return cause(ureq::Error::Rustls(tls.clone()));
    }
    FetchError::Connection(match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => return FetchError::Timeout,
        ErrorKind::ConnectionRefused => "the connection is refused",
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => "the host cannot be reached",
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            "the connection was closed"
        }
        ErrorKind::UnexpectedEof => "the answer ends too early",
        _ => "the host is not found, or the connection failed",
    })
}
