//! A JWK as text, for keys that were given in another format.
//!
//! Invariant: the algorithm is written to `alg`, so the stored key keeps it.

use super::algorithm::Algorithm;
use super::base64url;
use crate::json::string::encode;

/// A JWK that is being written.
pub(crate) struct JwkText(String);

impl JwkText {
    pub(crate) fn new(algorithm: Algorithm, kid: Option<&str>) -> JwkText {
        let jwk = JwkText(String::from("{"))
            .text("kty", algorithm.key_type().as_str())
            .text("alg", algorithm.as_str())
            .text("use", "sig");
        let jwk = match kid {
            Some(kid) => jwk.text("kid", kid),
            None => jwk,
        };
        match algorithm.curve() {
            Some(curve) => jwk.text("crv", curve),
            None => jwk,
        }
    }

    fn text(mut self, name: &str, value: &str) -> JwkText {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        encode(name, &mut self.0);
        self.0.push(':');
        encode(value, &mut self.0);
        self
    }

    pub(crate) fn bytes(self, name: &str, value: &[u8]) -> JwkText {
        self.text(name, &base64url::encode(value))
    }

    pub(crate) fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }
}
