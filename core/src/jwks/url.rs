//! Addresses that may be fetched.
//!
//! Invariant: a [`KeysUrl`] is an `https` address, or an `http` address of this machine, of printable ASCII, without
//! a user name or password. The characters are those of [RFC 3986](https://www.rfc-editor.org/rfc/rfc3986), so that
//! no two parsers see different hosts in it.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::limits::MAX_URL_BYTES;

/// An address that may be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeysUrl {
    text: String,
    /// The length of scheme and authority.
    origin: usize,
    loopback: bool,
}

/// Why an address may not be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UrlError {
    /// Longer than [`MAX_URL_BYTES`].
    TooLong,
    /// Another scheme than `https`, or `http` to another machine.
    NotHttps,
    /// It contains a user name or a password.
    UserInfo,
    /// The host or the port is malformed.
    Host,
    /// It contains a character that URLs do not have, or a fragment.
    Character,
    /// An address elsewhere leads to one of this machine.
    ToLoopback,
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "the URL is longer than {MAX_URL_BYTES} bytes"),
            Self::NotHttps => f.write_str("the URL is not https (http is allowed for this machine only)"),
            Self::UserInfo => f.write_str("the URL contains a user name or password"),
            Self::Host => f.write_str("the host or port of the URL is malformed"),
            Self::Character => f.write_str("the URL contains a character that is not allowed in URLs"),
            Self::ToLoopback => f.write_str("a URL of another host leads to this machine"),
        }
    }
}

impl std::error::Error for UrlError {}

impl KeysUrl {
    /// Checks an absolute address.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn parse(text: &str) -> Result<KeysUrl, UrlError> {
        if text.len() > MAX_URL_BYTES {
            return Err(UrlError::TooLong);
        }
        let (secure, rest) = if let Some(rest) = text.strip_prefix("https://") {
            (true, rest)
        } else if let Some(rest) = text.strip_prefix("http://") {
            (false, rest)
        } else {
            return Err(UrlError::NotHttps);
        };
        if !rest.bytes().all(is_allowed) {
            return Err(UrlError::Character);
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, _) = rest.split_at(end);
        if authority.contains('@') {
            return Err(UrlError::UserInfo);
        }
        let loopback = is_loopback(host(authority)?)?;
        if !secure && !loopback {
            return Err(UrlError::NotHttps);
        }
        let path = rest.split(['?']).next().unwrap_or_default();
        if path.split('/').any(|part| part == "." || part == "..") {
            return Err(UrlError::Character);
        }
        Ok(KeysUrl {
            text: text.to_owned(),
            origin: text.len() - rest.len() + end,
            loopback,
        })
    }

    /// The address to which this one leads, by a redirect or a discovery document: absolute, or a path on the same
    /// host. An address elsewhere must not lead to this machine.
    ///
    /// # Errors
    /// As [`KeysUrl::parse`], and [`UrlError::ToLoopback`].
    pub fn leads_to(&self, target: &str) -> Result<KeysUrl, UrlError> {
        let absolute = match target.strip_prefix('/') {
            Some(rest) if !rest.starts_with('/') => {
                let origin = self.text.get(..self.origin).unwrap_or_default();
                KeysUrl::parse(&format!("{origin}{target}"))?
            }
            _ => KeysUrl::parse(target)?,
        };
        if absolute.loopback && !self.loopback {
            return Err(UrlError::ToLoopback);
        }
        Ok(absolute)
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is an address of this machine.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }
}

/// Unreserved and reserved characters, and the percent sign; no fragment.
fn is_allowed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()*+,;=%".contains(&byte)
}

/// The host of an authority, whose port is checked.
fn host(authority: &str) -> Result<&str, UrlError> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']').ok_or(UrlError::Host)?;
            address.parse::<Ipv6Addr>().map_err(|_| UrlError::Host)?;
            (address, port)
        }
        None => {
            let end = authority.find(':').unwrap_or(authority.len());
            let (host, port) = authority.split_at(end);
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
            if host.is_empty() || !host.bytes().all(plain) {
                return Err(UrlError::Host);
            }
            (host, port)
        }
    };
    let port_is_valid = match port.strip_prefix(':') {
        None => port.is_empty(),
        Some(digits) => {
            digits.bytes().all(|b| b.is_ascii_digit()) && digits.parse::<u16>().is_ok_and(|port| port > 0)
        }
    };
    if port_is_valid {
        Ok(host)
    } else {
        Err(UrlError::Host)
    }
}

/// Whether a host is this machine. A host that looks like a number is refused unless it is a dotted IPv4 address:
/// `127.1` and `2130706433` are loopback addresses to some resolvers.
fn is_loopback(host: &str) -> Result<bool, UrlError> {
    if let Ok(address) = host.parse::<Ipv6Addr>() {
        let embedded = address.to_ipv4_mapped();
        return Ok(address.is_loopback()
            || address.is_unspecified()
            || embedded.is_some_and(|v4| v4.is_loopback() || v4.is_unspecified()));
    }
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return Ok(address.is_loopback() || address.is_unspecified());
    }
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let last = host.rsplit('.').next().unwrap_or_default();
    if last.is_empty() || last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x") {
        return Err(UrlError::Host);
    }
    Ok(last == "localhost")
}
