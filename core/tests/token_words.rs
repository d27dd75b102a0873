//! The messages of refused tokens and issuers, and what they never contain.

mod fixtures;

use clerk_rls_core::token::{
    verify, Algorithm, IssuerError, IssuerRules, TokenError, TokenKind, UnknownAlgorithm, UnknownTokenKind,
};
use clerk_rls_core::ClaimsError;
use fixtures::*;
use TokenError::*;

#[test]
fn a_refusal_tells_its_reason_with_numbers_and_what_to_do() {
    for (error, message, detail, has_hint) in [
        (
            Expired { seconds: 94 },
            "JWT has expired",
            Some("The token expired 94 seconds ago."),
            true,
        ),
        (
            Expired { seconds: 1 },
            "JWT has expired",
            Some("The token expired 1 second ago."),
            true,
        ),
        (
            NotYetValid { seconds: 30 },
            "JWT is not yet valid",
            Some("The token becomes valid in 30 seconds."),
            true,
        ),
        (
            IssuedInFuture { seconds: 7 },
            "JWT was issued in the future",
            Some("The token says that it was issued 7 seconds from now."),
            true,
        ),
        (
            TooLong,
            "JWT is too long",
            Some("A token has at most 16384 bytes."),
            false,
        ),
        (
            Header(ClaimsError::DuplicateKey),
            "JWT header is malformed",
            Some("The header contains a name twice in one object."),
            false,
        ),
        (
            Claims(ClaimsError::NotUtf8),
            "JWT claims are malformed",
            Some("The claims set is not valid UTF-8."),
            false,
        ),
        (
            IssuerMismatch {
                expected: ISSUER.to_owned(),
            },
            "JWT issuer does not match",
            None,
            false,
        ),
        (
            AudienceMismatch {
                expected: vec!["api".to_owned(), "web".to_owned()],
            },
            "JWT audience does not match",
            None,
            false,
        ),
        (
            AuthorizedPartyMismatch {
                expected: vec!["https://app.example.com".to_owned()],
            },
            "JWT authorized party does not match",
            None,
            false,
        ),
        (
            KidInvalid,
            "JWT key id is malformed",
            Some("A kid is a string of 1 to 256 bytes."),
            false,
        ),
        (
            SubjectTooLong,
            "JWT subject is too long",
            Some("A subject has at most 255 bytes."),
            false,
        ),
        (SignatureInvalid, "JWT signature is invalid", None, false),
        (KeyUnknown, "JWT key id is unknown", None, true),
        (NoKeys, "issuer of the JWT has no keys", None, true),
        (NotThreeParts, "JWT does not have three parts", None, true),
        (SessionMissing, "JWT names no session", None, true),
        (
            KindNotAccepted {
                kind: TokenKind::Session,
            },
            "session JWT is not accepted",
            None,
            true,
        ),
        (
            KindNotAccepted {
                kind: TokenKind::Template,
            },
            "JWT from a JWT template is not accepted",
            None,
            true,
        ),
        (
            KindNotAccepted {
                kind: TokenKind::OAuth,
            },
            "JWT of an OAuth client is not accepted",
            None,
            true,
        ),
        (
            KindNotAccepted {
                kind: TokenKind::Machine,
            },
            "JWT of a machine is not accepted",
            None,
            true,
        ),
        (SessionPending, "session of the JWT is pending", None, true),
    ] {
        assert_eq!(error.to_string(), message);
        assert_eq!(error.detail().as_deref(), detail, "{message}");
        assert_eq!(error.hint().is_some(), has_hint, "{message}");
        assert!(error.hint().is_none_or(|hint| hint.ends_with('.')));
    }
}

#[test]
fn names_that_the_operator_configured_are_for_the_server_log_alone() {
    for (error, log_detail) in [
        (
            IssuerMismatch {
                expected: ISSUER.to_owned(),
            },
            "The expected issuer is \"https://clerk.example.com\".",
        ),
        (
            AudienceMismatch {
                expected: vec!["api".to_owned(), "web".to_owned()],
            },
            "Accepted values: \"api\", \"web\".",
        ),
        (
            AuthorizedPartyMismatch {
                expected: vec!["https://app.example.com".to_owned()],
            },
            "Accepted values: \"https://app.example.com\".",
        ),
    ] {
        assert_eq!(error.log_detail().as_deref(), Some(log_detail));
        assert_eq!((error.detail(), error.hint()), (None, None), "{error}");
        for name in ["clerk.example", "api", "app.example"] {
            assert!(!error.to_string().contains(name));
        }
    }
    assert_eq!(Expired { seconds: 1 }.log_detail(), None);
}

#[test]
fn a_refusal_shows_nothing_of_the_token() {
    let rules = IssuerRules {
        issuer: Some(ISSUER.to_owned()),
        audience: Some(vec!["api".to_owned()]),
        authorized_parties: Some(vec!["https://app.example.com".to_owned()]),
        require_session: true,
        ..IssuerRules::default()
    };
    let issuer = issuer(&public_jwk(Algorithm::HS256), rules);
    let good = [
        r#""iss":"https://clerk.example.com""#,
        r#""sub":"canary""#,
        r#""aud":"api""#,
        r#""azp":"https://app.example.com""#,
        r#""exp":1750000060"#,
        r#""nbf":1750000000"#,
        r#""sts":"active""#,
        r#""sid":"canary""#,
    ];
    let header = format!(r#"{{"alg":"HS256","kid":"{KID}"}}"#);
    let token = |claims: &[&str]| forge(Algorithm::HS256, &header, format!("{{{}}}", claims.join(",")));
    assert!(verify(&token(&good), &issuer, NOW).is_ok());

    let mut refused = vec![
        forge(Algorithm::HS256, r#"{"alg":"canary"}"#, CLAIMS),
        forge(Algorithm::HS256, r#"{"alg":"HS256","kid":"canary"}"#, CLAIMS),
        forge(
            Algorithm::HS256,
            r#"{"alg":"HS256","kid":"canary\u0007"}"#,
            CLAIMS,
        ),
        forge(Algorithm::HS256, r#"{"alg":"HS256","crit":["canary"]}"#, CLAIMS),
        forge(Algorithm::HS256, r#"{"alg":"HS256","typ":"canary"}"#, CLAIMS),
        forge(Algorithm::HS256, r#"{"canary":1,"canary":2}"#, CLAIMS),
        forge(Algorithm::HS256, &header, r#"{"canary":"#),
        forge(Algorithm::HS256, &header, r#"{"canary":1,"canary":2}"#),
        "canary".to_owned(),
        "canary.canary.canary".to_owned(),
    ];
    let mut other_signature = token(&good);
    other_signature.replace_range(other_signature.len() - 8.., "canaryAA");
    refused.push(other_signature);
    for (at, member) in good.iter().enumerate() {
        let name = member.split(':').next().unwrap();
        for value in [r#""canary""#, r#"["canary"]"#, r#"{"canary":"canary"}"#] {
            let member = format!("{name}:{value}");
            let mut claims = good.to_vec();
            claims[at] = &member;
            refused.push(token(&claims));
        }
    }
    let mut reasons = 0;
    for token in refused {
        // The claims of some of these tokens are valid.
        let Err(error) = verify(&token, &issuer, NOW) else {
            continue;
        };
        let shown = format!(
            "{error} {error:?} {:?} {:?} {:?}",
            error.detail(),
            error.log_detail(),
            error.hint()
        );
        assert!(!shown.contains("canary"), "{shown}");
        let message = error.to_string();
        assert!(!message.ends_with('.') && !message.contains('\n'), "{message}");
        assert!(
            error.detail().is_none_or(|detail| detail.ends_with('.')),
            "{shown}"
        );
        reasons += 1;
    }
    assert_eq!(reasons, 33);
}

#[test]
fn an_unknown_algorithm_and_an_unfit_issuer_are_refused_in_words() {
    assert_eq!(UnknownAlgorithm.to_string(), "unknown signature algorithm");
    assert_eq!(UnknownTokenKind.to_string(), "unknown kind of token");
    for (error, message, has_detail, has_hint) in [
        (IssuerError::NameInvalid, "issuer name is malformed", true, false),
        (
            IssuerError::LeewayOutOfRange { seconds: 301 },
            "leeway is out of range",
            true,
            false,
        ),
        (
            IssuerError::AudienceInvalid,
            "list of audiences is malformed",
            true,
            true,
        ),
        (
            IssuerError::AuthorizedPartiesInvalid,
            "list of authorized parties is malformed",
            true,
            true,
        ),
        (
            IssuerError::KindsEmpty,
            "list of accepted kinds of token is empty",
            false,
            true,
        ),
        (
            IssuerError::KindsOfOtherProvider,
            "tokens of the provider have no kinds",
            true,
            true,
        ),
        (
            IssuerError::AlgorithmsEmpty,
            "list of algorithms is empty",
            false,
            true,
        ),
        (
            IssuerError::AlgorithmsWithoutKey,
            "no key of the issuer is for an algorithm in the list",
            false,
            true,
        ),
    ] {
        assert_eq!(error.to_string(), message);
        assert_eq!(
            (error.detail().is_some(), error.hint().is_some()),
            (has_detail, has_hint),
            "{message}"
        );
    }
    let far = IssuerError::LeewayOutOfRange { seconds: 301 };
    assert_eq!(
        far.detail().as_deref(),
        Some("The leeway is 301 seconds; it must be 0 to 300.")
    );
}
