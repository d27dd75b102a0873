//! The issuers: their keys, how they behave, and what they were asked.

use std::collections::HashMap;

use aws_lc_rs::encoding::{AsBigEndian, Curve25519SeedBin};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use serde_json::{json, Value};

/// All issuers, by name.
pub type Issuers = HashMap<String, Issuer>;

#[derive(Default)]
pub struct Issuer {
    /// Public keys as JWKs, the newest last.
    pub keys: Vec<Value>,
    /// How many keys there have been.
    made: usize,
    pub mode: Mode,
    pub has_discovery: bool,
    /// Requests, without those of the control.
    pub requests: usize,
    /// How many of them found the keys.
    pub found: usize,
    /// How many of them found that nothing had changed.
    pub unchanged: usize,
}

/// How the keys are answered.
#[derive(Clone, Copy, Default, PartialEq)]
pub enum Mode {
    #[default]
    Ok,
    NotFound,
    /// 500.
    Broken,
    /// No JSON.
    Garbage,
    /// A minute late.
    Slow,
    /// A byte a second.
    Dripping,
    /// Without end.
    Huge,
    /// A redirect to itself.
    Loop,
    /// One redirect to the keys.
    Redirect,
    /// A redirect to another machine without TLS.
    Downgrade,
    /// A set without keys.
    Empty,
    /// The private keys.
    Private,
    /// 304 without having been asked.
    NotModified,
    /// A discovery document of another issuer.
    WrongIssuer,
    /// A discovery document without an address of the keys.
    NoUri,
}

impl Mode {
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "ok" => Self::Ok,
            "not_found" => Self::NotFound,
            "broken" => Self::Broken,
            "garbage" => Self::Garbage,
            "slow" => Self::Slow,
            "dripping" => Self::Dripping,
            "huge" => Self::Huge,
            "loop" => Self::Loop,
            "redirect" => Self::Redirect,
            "downgrade" => Self::Downgrade,
            "empty" => Self::Empty,
            "private" => Self::Private,
            "not_modified" => Self::NotModified,
            "wrong_issuer" => Self::WrongIssuer,
            "no_uri" => Self::NoUri,
            _ => return None,
        })
    }
}

impl Issuer {
    /// Makes a key, publishes its public half, and returns the private one.
    pub fn add_key(&mut self) -> Option<Value> {
        let pair = Ed25519KeyPair::generate().ok()?;
        self.made += 1;
        let public = json!({
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": format!("key_{}", self.made),
            "x": URL_SAFE_NO_PAD.encode(pair.public_key().as_ref()),
        });
        let seed: Curve25519SeedBin = pair.seed().ok()?.as_be_bytes().ok()?;
        let mut private = public.clone();
        private["d"] = json!(URL_SAFE_NO_PAD.encode(seed.as_ref()));
        self.keys.push(public);
        Some(private)
    }

    /// Stops publishing all keys but the newest.
    pub fn drop_old_keys(&mut self) {
        self.keys.drain(..self.keys.len().saturating_sub(1));
    }

    pub fn key_set(&self) -> Value {
        json!({ "keys": self.keys })
    }

    /// A strong entity tag of the keys.
    pub fn etag(&self) -> String {
        format!("\"{}-{}\"", self.made, self.keys.len())
    }
}
