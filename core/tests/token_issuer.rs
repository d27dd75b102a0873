//! The rules of issuers.

mod fixtures;

use clerk_rls_core::limits::{MAX_ISSUER_BYTES, MAX_LEEWAY_SECONDS, MAX_NAMES_PER_LIST, MAX_NAME_BYTES};
use clerk_rls_core::token::{verify, Algorithm, Issuer, IssuerError, IssuerRules, KeySet, TokenError};
use fixtures::*;
use TokenError::*;

#[test]
fn an_issuer_that_makes_no_sense_is_refused() {
    let none = || IssuerRules::default();
    let made = |rules: IssuerRules| Issuer::new(keys(&public_jwk(Algorithm::HS256)), rules).err();
    let long = |bytes: usize| "n".repeat(bytes);
    let name = |name: &str| IssuerRules {
        issuer: Some(name.to_owned()),
        ..none()
    };
    assert_eq!(made(name(&long(MAX_ISSUER_BYTES))), None);
    for other in ["", "a\nb", "\u{7f}", &long(MAX_ISSUER_BYTES + 1)] {
        assert_eq!(made(name(other)), Some(IssuerError::NameInvalid), "{other:?}");
    }
    for seconds in [0, 1, MAX_LEEWAY_SECONDS] {
        assert_eq!(
            made(IssuerRules {
                leeway: seconds,
                ..none()
            }),
            None
        );
    }
    for seconds in [-1, MAX_LEEWAY_SECONDS + 1, i64::MIN, i64::MAX] {
        let rules = IssuerRules {
            leeway: seconds,
            ..none()
        };
        assert_eq!(made(rules), Some(IssuerError::LeewayOutOfRange { seconds }));
    }
    let longest = vec![long(MAX_NAME_BYTES); MAX_NAMES_PER_LIST];
    assert_eq!(
        made(IssuerRules {
            audience: Some(longest.clone()),
            ..none()
        }),
        None
    );
    for list in [
        vec![],
        vec![String::new()],
        vec!["api".to_owned(), String::new()],
        vec!["a\0b".to_owned()],
        vec![long(MAX_NAME_BYTES + 1)],
        vec!["api".to_owned(); MAX_NAMES_PER_LIST + 1],
    ] {
        let audience = IssuerRules {
            audience: Some(list.clone()),
            ..none()
        };
        assert_eq!(made(audience), Some(IssuerError::AudienceInvalid), "{list:?}");
        let parties = IssuerRules {
            authorized_parties: Some(list.clone()),
            ..none()
        };
        assert_eq!(
            made(parties),
            Some(IssuerError::AuthorizedPartiesInvalid),
            "{list:?}"
        );
    }
    let algorithms = |list: &[Algorithm]| IssuerRules {
        algorithms: Some(list.to_vec()),
        ..none()
    };
    assert_eq!(made(algorithms(&[])), Some(IssuerError::AlgorithmsEmpty));
    assert_eq!(
        made(algorithms(&[Algorithm::RS256])),
        Some(IssuerError::AlgorithmsWithoutKey)
    );
    assert_eq!(made(algorithms(&[Algorithm::RS256, Algorithm::HS256])), None);
    assert!(Issuer::new(KeySet::default(), algorithms(&[Algorithm::RS256])).is_ok());
}

#[test]
fn an_algorithm_off_the_issuers_list_is_refused_even_with_a_key() {
    let jwks = format!(
        r#"{{"keys":[{},{}]}}"#,
        public_jwk(Algorithm::RS256),
        with(&public_jwk(Algorithm::ES256), serde_json::json!({"kid": "ec"}))
    );
    let rules = IssuerRules {
        algorithms: Some(vec![Algorithm::RS256]),
        ..IssuerRules::default()
    };
    let narrow = issuer(&jwks, rules);
    let token = forge(Algorithm::ES256, r#"{"alg":"ES256","kid":"ec"}"#, CLAIMS);
    assert!(verify(&token, &issuer(&jwks, IssuerRules::default()), NOW).is_ok());
    assert_eq!(verify(&token, &narrow, NOW).err(), Some(AlgorithmNotAllowed));
    let token = clerk_rls_core::token::sign(CLAIMS, private_jwk(Algorithm::RS256), "{}").unwrap();
    assert!(verify(&token, &narrow, NOW).is_ok());
}
