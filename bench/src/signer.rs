//! Issuers of the benchmark. Each signs tokens with a key that is generated for the run.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    EcdsaKeyPair, Ed25519KeyPair, KeyPair, ParsedPublicKey, VerificationAlgorithm, ECDSA_P256_SHA256_FIXED,
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING, ED25519,
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
};
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use base64::Engine;
use clerk_rls_core::token::{self, Algorithm};
use jsonwebtoken::DecodingKey;
use postgres::Client;
use serde_json::{json, Value};

use crate::claims::{signed_claims, ClaimsSize};
use crate::error::Result;
use crate::users::User;

/// Long enough for HS512.
pub const SECRET: &str = "bench: a secret of sixty-four bytes, which is as long as SHA-512 ...";

/// One algorithm of each kind and strength. The other algorithms differ from these in the hash alone.
pub const ALGORITHMS: [Algorithm; 8] = [
    Algorithm::HS256,
    Algorithm::HS384,
    Algorithm::HS512,
    Algorithm::RS256,
    Algorithm::PS256,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

pub struct Signer {
    pub issuer: String,
    pub algorithm: Algorithm,
    /// JWKs. For HMAC both contain the secret.
    private: String,
    public: Value,
    /// The public key in the format of aws-lc; empty for HMAC.
    public_bytes: Vec<u8>,
}

impl Signer {
    pub fn new(issuer: &str, algorithm: Algorithm) -> Result<Self> {
        let kid = Some("bench");
        let key = GeneratedKey::generate(algorithm)?;
        let (private, public_bytes) = match key {
            Some(key) => (token::jwk_from_pem(&key.pem(), algorithm, kid)?, key.public),
            None => (token::jwk_from_secret(SECRET, algorithm, None)?, Vec::new()),
        };
        let mut public: Value = serde_json::from_str(&private)?;
        if let Some(members) = public.as_object_mut() {
            members.retain(|name, _| !["d", "p", "q", "dp", "dq", "qi"].contains(&name.as_str()));
        }
        Ok(Self {
            issuer: issuer.to_owned(),
            algorithm,
            private,
            public,
            public_bytes,
        })
    }

    /// Another issuer with the same key.
    pub fn with_issuer(&self, issuer: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            algorithm: self.algorithm,
            private: self.private.clone(),
            public: self.public.clone(),
            public_bytes: self.public_bytes.clone(),
        }
    }

    /// A JWK Set of `keys` keys: the public key, and other keys of its kind.
    pub fn key_set(&self, keys: usize) -> Result<Value> {
        let mut set = vec![self.public.clone()];
        while set.len() < keys {
            let mut other = Self::new(&self.issuer, self.algorithm)?.public;
            other["kid"] = format!("bench {}", set.len()).into();
            set.push(other);
        }
        Ok(json!({ "keys": set }))
    }

    /// Adds the issuer with its key to the database.
    pub fn register(&self, client: &mut Client, subject_prefix: &str) -> Result<()> {
        self.register_with(client, subject_prefix, &self.public)
    }

    /// Adds the issuer with a JWK Set that contains its key.
    pub fn register_with(&self, client: &mut Client, subject_prefix: &str, jwks: &Value) -> Result<()> {
        let mut transaction = client.transaction()?;
        transaction.execute("delete from clerk_rls.issuers where issuer = $1", &[&self.issuer])?;
        let jwks = (!self.algorithm.is_hmac()).then(|| jwks.to_string());
        transaction.execute(
            "select clerk_rls.add_issuer($1, jwks => $2::text::jsonb, subject_prefix => $3)",
            &[&self.issuer, &jwks, &subject_prefix],
        )?;
        if self.algorithm.is_hmac() {
            transaction.execute(
                "select clerk_rls.set_secret($1, $2, $3)",
                &[&self.issuer, &SECRET, &self.algorithm.as_str()],
            )?;
        }
        Ok(transaction.commit()?)
    }

    pub fn sign(&self, claims: &str) -> Result<String> {
        Ok(token::sign(claims, &self.private, "{}")?)
    }

    /// `count` different tokens of a user.
    pub fn tokens(&self, size: ClaimsSize, user: &User, count: usize) -> Result<Vec<String>> {
        (0..count)
            .map(|serial| {
                self.sign(&signed_claims(
                    size,
                    &self.issuer,
                    &user.subject,
                    &user.organization,
                    serial,
                )?)
            })
            .collect()
    }

    /// The check of a signature by the crate jsonwebtoken, with aws-lc: the baseline of `authenticate()`.
    pub fn jsonwebtoken_check(&self) -> Result<JsonwebtokenCheck> {
        Ok(JsonwebtokenCheck {
            key: DecodingKey::from_jwk(&serde_json::from_value(self.public.clone())?)?,
            algorithm: self.algorithm.as_str().parse()?,
        })
    }

    /// The check of a signature by aws-lc itself, with a key that has been parsed before.
    pub fn aws_lc_check(&self) -> Result<AwsLcCheck> {
        let algorithm: &'static dyn VerificationAlgorithm = match self.algorithm {
            Algorithm::HS256 => return Ok(AwsLcCheck::hmac(hmac::HMAC_SHA256)),
            Algorithm::HS384 => return Ok(AwsLcCheck::hmac(hmac::HMAC_SHA384)),
            Algorithm::HS512 => return Ok(AwsLcCheck::hmac(hmac::HMAC_SHA512)),
            Algorithm::RS256 => &RSA_PKCS1_2048_8192_SHA256,
            Algorithm::PS256 => &RSA_PSS_2048_8192_SHA256,
            Algorithm::ES256 => &ECDSA_P256_SHA256_FIXED,
            Algorithm::ES384 => &ECDSA_P384_SHA384_FIXED,
            Algorithm::EdDSA => &ED25519,
            other => return Err(unsupported(other).into()),
        };
        let key =
            ParsedPublicKey::new(algorithm, &self.public_bytes).map_err(|_| "aws-lc refuses its own key")?;
        Ok(AwsLcCheck::Public(key))
    }
}

pub struct JsonwebtokenCheck {
    key: DecodingKey,
    algorithm: jsonwebtoken::Algorithm,
}

impl JsonwebtokenCheck {
    pub fn holds(&self, token: &str) -> bool {
        token.rsplit_once('.').is_some_and(|(message, signature)| {
            jsonwebtoken::crypto::verify(signature, message.as_bytes(), &self.key, self.algorithm)
                .unwrap_or(false)
        })
    }
}

pub enum AwsLcCheck {
    Hmac(Box<hmac::Key>),
    Public(ParsedPublicKey),
}

impl AwsLcCheck {
    fn hmac(algorithm: hmac::Algorithm) -> Self {
        Self::Hmac(Box::new(hmac::Key::new(algorithm, SECRET.as_bytes())))
    }

    pub fn holds(&self, token: &str) -> bool {
        let Some((message, signature)) = token.rsplit_once('.') else {
            return false;
        };
        let message = message.as_bytes();
        URL_SAFE_NO_PAD
            .decode(signature)
            .is_ok_and(|signature| match self {
                Self::Hmac(key) => hmac::verify(key, message, &signature).is_ok(),
                Self::Public(key) => key.verify_sig(message, &signature).is_ok(),
            })
    }
}

struct GeneratedKey {
    pkcs8: Vec<u8>,
    public: Vec<u8>,
}

impl GeneratedKey {
    /// `None` for HMAC.
    fn generate(algorithm: Algorithm) -> Result<Option<Self>> {
        let pair = match algorithm {
            Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => return Ok(None),
            Algorithm::RS256 | Algorithm::PS256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048)?;
                let pkcs8: Pkcs8V1Der<'_> = pair.as_der()?;
                Self {
                    pkcs8: pkcs8.as_ref().to_vec(),
                    public: pair.public_key().as_ref().to_vec(),
                }
            }
            Algorithm::ES256 | Algorithm::ES384 => {
                let pair = EcdsaKeyPair::generate(match algorithm {
                    Algorithm::ES384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
                    _ => &ECDSA_P256_SHA256_FIXED_SIGNING,
                })?;
                Self {
                    pkcs8: pair.to_pkcs8v1()?.as_ref().to_vec(),
                    public: pair.public_key().as_ref().to_vec(),
                }
            }
            Algorithm::EdDSA => {
                let pair = Ed25519KeyPair::generate()?;
                Self {
                    pkcs8: pair.to_pkcs8v1()?.as_ref().to_vec(),
                    public: pair.public_key().as_ref().to_vec(),
                }
            }
            other => return Err(unsupported(other).into()),
        };
        Ok(Some(pair))
    }

    fn pem(&self) -> String {
        let content = STANDARD.encode(&self.pkcs8);
        let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
        let mut rest = content.as_str();
        while !rest.is_empty() {
            let (line, after) = rest.split_at(rest.len().min(64));
            pem.push_str(line);
            pem.push('\n');
            rest = after;
        }
        pem.push_str("-----END PRIVATE KEY-----\n");
        pem
    }
}

fn unsupported(algorithm: Algorithm) -> String {
    format!("the benchmark cannot generate keys for {algorithm}")
}
