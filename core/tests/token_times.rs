//! When a token is valid, to the second.

mod fixtures;

use clerk_rls_core::limits::MAX_LEEWAY_SECONDS;
use clerk_rls_core::token::{verify, Algorithm, IssuerRules, TokenError};
use fixtures::*;
use TokenError::*;

#[test]
fn j12_times_that_are_no_numbers_are_refused() {
    let rules = IssuerRules::default();
    for value in [
        "\"1750000060\"",
        "null",
        "true",
        "[1750000060]",
        "{}",
        "-1",
        "-0.5",
        "-1e300",
        "1e400",
        "-1e400",
        "1e300",
    ] {
        for (name, reason) in [
            ("exp", ExpiryInvalid),
            ("nbf", NotBeforeInvalid),
            ("iat", IssuedAtInvalid),
        ] {
            let claims = claims_with(&format!("\"{name}\":{value}"));
            assert_eq!(verdict(&rules, &claims).err(), Some(reason), "{name} {value}");
        }
    }
    assert_eq!(verdict(&rules, claims_with("exp")).err(), Some(ExpiryMissing));
    assert!(verdict(&rules, claims_with("nbf")).is_ok());
    let verified = verdict(&rules, r#"{"sub":"user_1","exp":1750000060}"#).unwrap();
    assert_eq!((verified.not_before(), verified.issued_at()), (None, None));
}

#[test]
fn j13_times_beyond_2_to_the_53_are_refused() {
    let rules = IssuerRules::default();
    for value in [
        "1.8e19",
        "18446744073709551615",
        "18446744073709551616",
        "9007199254740994",
        "9.1e15",
        // Each of these has 2^53 as its double.
        "9007199254740993",
        "9007199254740993.0",
        "9.007199254740993e15",
        "9007199254740992.5",
    ] {
        for (name, reason) in [
            ("exp", ExpiryInvalid),
            ("nbf", NotBeforeInvalid),
            ("iat", IssuedAtInvalid),
        ] {
            let claims = claims_with(&format!("\"{name}\":{value}"));
            assert_eq!(verdict(&rules, &claims).err(), Some(reason), "{name} {value}");
        }
    }
    for value in ["9007199254740992", "9007199254740992.0", "9.007199254740992e15"] {
        let last = verdict(&rules, claims_with(&format!("\"exp\":{value}"))).unwrap();
        assert_eq!(last.expires_at(), 1 << 53, "{value}");
    }
}

#[test]
fn j14_the_bounds_of_validity_are_exact() {
    for leeway in [0, 5, MAX_LEEWAY_SECONDS] {
        let rules = IssuerRules {
            leeway,
            ..IssuerRules::default()
        };
        let claims = |name: &str, time: String| claims_with(&format!("\"{name}\":{time}"));
        let expired = |seconds| Some(Expired { seconds });
        for (exp, expected) in [
            ((NOW - leeway + 1).to_string(), None),
            ((NOW - leeway).to_string(), expired(leeway)),
            ((NOW - leeway - 1).to_string(), expired(leeway + 1)),
            (format!("{}.0", NOW - leeway + 1), None),
            (format!("{}.999", NOW - leeway), expired(leeway)),
            ("0".to_owned(), expired(NOW)),
        ] {
            assert_eq!(
                verdict(&rules, claims("exp", exp.clone())).err(),
                expected,
                "exp {exp}"
            );
        }
        type Reason = fn(i64) -> TokenError;
        let early: [(&str, Reason); 2] = [
            ("nbf", |seconds| NotYetValid { seconds }),
            ("iat", |seconds| IssuedInFuture { seconds }),
        ];
        for (name, reason) in early {
            for (time, expected) in [
                ((NOW + leeway - 1).to_string(), None),
                ((NOW + leeway).to_string(), None),
                ((NOW + leeway + 1).to_string(), Some(reason(leeway + 1))),
                (format!("{}.001", NOW + leeway), Some(reason(leeway + 1))),
                (format!("{}.999", NOW + leeway - 1), None),
                ("0".to_owned(), None),
            ] {
                let claims = claims(name, time.clone());
                assert_eq!(verdict(&rules, claims).err(), expected, "{name} {time}");
            }
        }
    }
}

#[test]
fn j14_a_clock_at_either_end_of_time_overflows_nothing() {
    let issuer = issuer_of(Algorithm::HS256);
    let token = hs256(CLAIMS);
    assert!(matches!(verify(&token, &issuer, i64::MAX), Err(Expired { .. })));
    assert!(matches!(
        verify(&token, &issuer, i64::MIN),
        Err(NotYetValid { .. })
    ));
}

#[test]
fn j14_a_kept_token_is_checked_for_time_again() {
    let issuer = issuer_of(Algorithm::HS256);
    let verified = verify(&hs256(CLAIMS), &issuer, NOW).unwrap();
    let leeway = issuer.rules().leeway;
    assert_eq!(leeway, 5);
    assert_eq!(verified.recheck_time(&issuer, NOW + 60 + leeway - 1), Ok(()));
    assert_eq!(
        verified.recheck_time(&issuer, NOW + 60 + leeway),
        Err(Expired { seconds: leeway })
    );
    // The clock was set back.
    assert_eq!(verified.recheck_time(&issuer, NOW - leeway), Ok(()));
    assert_eq!(
        verified.recheck_time(&issuer, NOW - leeway - 1),
        Err(IssuedInFuture { seconds: leeway + 1 })
    );
    assert_eq!(
        verified.recheck_time(&issuer, NOW - 10 - leeway - 1),
        Err(NotYetValid { seconds: leeway + 1 })
    );
}
