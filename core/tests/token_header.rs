//! What the header of a token may contain, and which key it selects.

mod fixtures;

use clerk_rls_core::limits::MAX_KID_BYTES;
use clerk_rls_core::token::{verify, Algorithm, Issuer, IssuerRules, KeySet, ParsedToken, TokenError};
use clerk_rls_core::ClaimsError;
use fixtures::*;
use serde_json::json;
use TokenError::*;

fn parse_error(token: impl AsRef<[u8]>) -> Option<TokenError> {
    ParsedToken::parse(token.as_ref()).err()
}

#[test]
fn j01_unsigned_tokens_are_refused() {
    for (header, reason) in [
        (r#"{"alg":"none"}"#, Unsecured),
        (r#"{"alg":"None"}"#, Unsecured),
        (r#"{"alg":"NONE"}"#, Unsecured),
        (r#"{"alg":"nOnE"}"#, Unsecured),
        (r#"{"alg":"n\u006fne"}"#, Unsecured),
        (r#"{}"#, AlgorithmMissing),
        (r#"{"kid":"ins_test","typ":"JWT"}"#, AlgorithmMissing),
        (r#"{"alg":["none"]}"#, AlgorithmMissing),
        (r#"{"alg":["HS256"]}"#, AlgorithmMissing),
        (r#"{"alg":null}"#, AlgorithmMissing),
        (r#"{"alg":256}"#, AlgorithmMissing),
        (r#"{"alg":{}}"#, AlgorithmMissing),
        (r#"{"alg":""}"#, AlgorithmUnsupported),
        (r#"{"alg":"hs256"}"#, AlgorithmUnsupported),
        (r#"{"alg":"HS256 "}"#, AlgorithmUnsupported),
        (r#"{"alg":"ES512"}"#, AlgorithmUnsupported),
        (r#"{"alg":"ES256K"}"#, AlgorithmUnsupported),
        (r#"{"alg":"RSA-OAEP"}"#, AlgorithmUnsupported),
        (r#"{"alg":"dir","enc":"A256GCM"}"#, AlgorithmUnsupported),
    ] {
        let signed = forge(Algorithm::HS256, header, CLAIMS);
        assert_eq!(parse_error(&signed), Some(reason.clone()), "{header}");
        let unsigned = format!("{}.{}.", encode(header), encode(CLAIMS));
        assert_eq!(parse_error(&unsigned), Some(reason), "{header}");
    }
}

#[test]
fn j01_a_token_without_its_signature_is_refused_for_every_algorithm() {
    for algorithm in algorithms() {
        let header = format!(r#"{{"alg":"{algorithm}","kid":"{KID}"}}"#);
        let token = format!("{}.{}.", encode(header), encode(CLAIMS));
        assert_eq!(
            verify(&token, &issuer_of(algorithm), NOW).err(),
            Some(SignatureInvalid)
        );
    }
}

#[test]
fn j04_keys_in_the_header_are_never_used() {
    let own = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &[7; 32]);
    for extra in [
        json!({"jwk": {"kty": "oct", "k": encode([7; 32]), "alg": "HS256"}}),
        json!({"jku": "https://attacker.example/jwks.json"}),
        json!({"x5u": "https://attacker.example/cert.pem"}),
        json!({"x5c": ["MIIB"]}),
    ] {
        let header = with(&json!({"alg": "HS256", "kid": KID}).to_string(), extra.clone());
        let signed = format!("{}.{}", encode(&header), encode(CLAIMS));
        let signature = encode(aws_lc_rs::hmac::sign(&own, signed.as_bytes()));
        let forged = format!("{signed}.{signature}");
        assert_eq!(
            verify(&forged, &issuer_of(Algorithm::HS256), NOW).err(),
            Some(SignatureInvalid),
            "{extra}"
        );
        assert!(header_verdict(&header).is_ok(), "ignored, not obeyed: {extra}");
    }
}

#[test]
fn j05_critical_extensions_and_unencoded_payloads_are_refused() {
    for (member, reason) in [
        (r#""crit":["b64"],"b64":false"#, CriticalExtension),
        (r#""crit":["exp"],"exp":1"#, CriticalExtension),
        (r#""crit":[]"#, CriticalExtension),
        (r#""crit":null"#, CriticalExtension),
        (r#""b64":false"#, UnencodedPayload),
        (r#""b64":true"#, UnencodedPayload),
        (r#""b\u00364":false"#, UnencodedPayload),
    ] {
        let header = format!(r#"{{"alg":"HS256","kid":"{KID}",{member}}}"#);
        assert_eq!(header_verdict(&header).err(), Some(reason), "{header}");
    }
}

#[test]
fn j06_a_kid_that_is_missing_malformed_or_unknown_is_refused() {
    let long = format!("\"{}\"", "k".repeat(10 * 1024));
    let over = format!("\"{}\"", "k".repeat(MAX_KID_BYTES + 1));
    let longest = format!("\"{}\"", "k".repeat(MAX_KID_BYTES));
    for (kid, reason) in [
        (long.as_str(), KidInvalid),
        (&over, KidInvalid),
        (&longest, KeyUnknown),
        (r#""""#, KidInvalid),
        ("null", KidInvalid),
        ("7", KidInvalid),
        (r#"["ins_test"]"#, KidInvalid),
        (r#""ins_test\u0007""#, KidInvalid),
        (r#""ins_test\n""#, KidInvalid),
        (r#""ins_test\u0000""#, Header(ClaimsError::NulCharacter)),
        (r#""' OR 1=1; DROP TABLE clerk_rls.issuers --""#, KeyUnknown),
        (r#""../../../../dev/null""#, KeyUnknown),
        (r#""INS_TEST""#, KeyUnknown),
        (r#""ins_tes""#, KeyUnknown),
        (r#""ins_test ""#, KeyUnknown),
    ] {
        let header = format!(r#"{{"alg":"HS256","kid":{kid}}}"#);
        assert_eq!(header_verdict(&header).err(), Some(reason), "{header}");
    }
    assert_eq!(header_verdict(r#"{"alg":"HS256"}"#).err(), Some(KidMissing));
    assert!(header_verdict(r#"{"alg":"HS256","kid":"ins\u005ftest"}"#).is_ok());
}

#[test]
fn j06_a_single_key_without_kid_is_meant_by_any_token() {
    let jwk = with(&public_jwk(Algorithm::HS256), json!({ "kid": null }));
    let issuer = issuer(&jwk, IssuerRules::default());
    for header in [r#"{"alg":"HS256"}"#, r#"{"alg":"HS256","kid":"any"}"#] {
        let token = forge(Algorithm::HS256, header, CLAIMS);
        assert!(verify(&token, &issuer, NOW).is_ok(), "{header}");
    }
}

#[test]
fn j06_the_right_one_among_many_keys_is_found_and_no_other_is_tried() {
    let one = |n: usize| {
        with(
            &public_jwk(Algorithm::HS256),
            json!({"kid": format!("k{n}"), "k": encode(format!("{n:064}"))}),
        )
    };
    let all: Vec<String> = (0..100).map(one).collect();
    let issuer = issuer(
        &format!(r#"{{"keys":[{}]}}"#, all.join(",")),
        IssuerRules::default(),
    );
    assert_eq!(issuer.keys().len(), 100);
    for n in [0, 1, 9, 10, 50, 99] {
        let sign = |kid: usize| {
            clerk_rls_core::token::sign(CLAIMS, &one(n), "{}").map(|token| {
                let (_, rest) = token.split_once('.').unwrap();
                let header = encode(format!(r#"{{"alg":"HS256","kid":"k{kid}","typ":"JWT"}}"#));
                (token.clone(), format!("{header}.{rest}"))
            })
        };
        assert!(verify(&sign(n).unwrap().0, &issuer, NOW).is_ok());
        assert_eq!(
            verify(&sign((n + 1) % 100).unwrap().1, &issuer, NOW).err(),
            Some(SignatureInvalid)
        );
    }
    let nameless = forge(Algorithm::HS256, r#"{"alg":"HS256"}"#, CLAIMS);
    assert_eq!(verify(&nameless, &issuer, NOW).err(), Some(KidMissing));
}

#[test]
fn j27_unknown_kids_are_refused_without_being_remembered() {
    let issuer = issuer_of(Algorithm::HS256);
    let claims = encode(CLAIMS);
    for n in 0..100_000 {
        let header = encode(format!(r#"{{"alg":"HS256","kid":"unknown_{n}"}}"#));
        let token = format!("{header}.{claims}.AAAA");
        assert_eq!(verify(&token, &issuer, NOW).err(), Some(KeyUnknown));
    }
    // A token cannot change the issuer: it is borrowed and contains no cell.
    fn is_shareable<T: Send + Sync>(_: &T) {}
    is_shareable(&issuer);
    assert_eq!(issuer.keys().len(), 1);
}

#[test]
fn j28_the_same_kid_under_two_issuers_does_not_verify_across() {
    let one = with(&public_jwk(Algorithm::HS256), json!({"k": encode([1; 32])}));
    let two = with(&public_jwk(Algorithm::HS256), json!({"k": encode([2; 32])}));
    let token = clerk_rls_core::token::sign(CLAIMS, &one, "{}").unwrap();
    assert!(verify(&token, &issuer(&one, IssuerRules::default()), NOW).is_ok());
    assert_eq!(
        verify(&token, &issuer(&two, IssuerRules::default()), NOW).err(),
        Some(SignatureInvalid)
    );
}

#[test]
fn an_issuer_without_keys_refuses_every_token() {
    let issuer = Issuer::new(KeySet::default(), IssuerRules::default()).unwrap();
    assert_eq!(verify(&hs256(CLAIMS), &issuer, NOW).err(), Some(NoKeys));
}
