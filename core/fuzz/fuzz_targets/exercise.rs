//! What the fuzz targets do with an input, and the properties that must hold for every input.

// Each target uses one function.
#![allow(dead_code)]

use clerk_rls_core::token::{
    decode, sign, strip_bearer, IgnoredKey, Issuer, IssuerRules, KeyRules, KeySet, ParsedToken, TokenError,
};
use clerk_rls_core::{Claims, Identity, Rules};
use std::rc::Rc;
use std::sync::LazyLock;

/// A throwaway key, which signed the tokens in the corpus.
const JWK: &str =
    r#"{"kty":"oct","alg":"HS256","kid":"corpus","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}"#;

fn issuer_of(jwks: &str) -> Option<Issuer> {
    let keys = KeySet::from_json(jwks, &KeyRules { allow_secrets: true }).ok()?;
    Issuer::new(keys, IssuerRules::default()).ok()
}

/// A token is refused with a message, or verification returns the claims that it contains.
pub fn token(input: &[u8]) {
    static ISSUER: LazyLock<Option<Issuer>> = LazyLock::new(|| issuer_of(JWK));
    let issuer = ISSUER.as_ref().expect("the key above is good");
    if let Ok(text) = std::str::from_utf8(input) {
        let stripped = strip_bearer(text);
        assert!(text.ends_with(stripped));
        let _ = decode(stripped);
    }
    let Ok(parsed) = ParsedToken::parse(input) else {
        return;
    };
    let _ = parsed.issuer();
    let claims = parsed.claims_json().to_owned();
    match parsed.verify(issuer, 1000) {
        Ok(verified) => assert_eq!(verified.claims().text(), claims),
        Err(error) => words(&error.to_string(), error.detail()),
    }
}

/// Keys are refused with a message, or verify nothing that they did not sign.
pub fn jwks(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    for allow_secrets in [false, true] {
        match KeySet::from_json(text, &KeyRules { allow_secrets }) {
            Ok(keys) => {
                assert!(!keys.is_empty());
                words("keys", IgnoredKey::describe(keys.ignored()));
                for key in keys.keys() {
                    assert!(allow_secrets || !key.algorithm().is_hmac());
                    assert!(!key.verifies(b"message", &[0; 64]));
                }
            }
            Err(error) => words(&error.to_string(), error.detail()),
        }
    }
    if let Ok(token) = sign(r#"{"sub":"user_1","exp":2000}"#, text, "{}") {
        let verdict = issuer_of(text)
            .map(|issuer| ParsedToken::parse(&token).and_then(|parsed| parsed.verify(&issuer, 1000)));
        // A private key can sign, but is not accepted for verification.
        assert!(!matches!(verdict, Some(Err(TokenError::SignatureInvalid))));
    }
}

/// Claims are refused with a message, or every reader returns.
pub fn claims(input: &[u8]) {
    match Claims::parse(input) {
        Ok(claims) => {
            assert!(Claims::parse(claims.text().as_bytes()).is_ok());
            let identity = Identity::new(claims, Rc::new(Rules::default()));
            assert!(identity.user_id().is_none() || identity.machine_id().is_none());
            assert!(identity.problem().is_none() || identity.org_id().is_none());
            let _ = (
                identity.org_role(),
                identity.revocable(),
                identity.org_permissions(),
                identity.expires_at(),
            );
        }
        Err(error) => words(&error.to_string(), None),
    }
}

fn words(message: &str, detail: Option<String>) {
    assert!(!message.is_empty() && !message.ends_with('.'));
    assert!(detail.is_none_or(|detail| detail.ends_with('.')));
}
