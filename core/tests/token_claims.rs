//! The checks of a signed token's claims.

mod fixtures;

use clerk_rls_core::limits::MAX_SUBJECT_BYTES;
use clerk_rls_core::token::{verify, Algorithm, IssuerRules, ParsedToken, TokenError};
use clerk_rls_core::{Layout, Provider};
use fixtures::*;
use TokenError::*;

fn names(list: &[&str]) -> Option<Vec<String>> {
    Some(list.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn j08_another_issuer_or_a_malformed_one_is_refused() {
    let rules = IssuerRules {
        issuer: Some(ISSUER.to_owned()),
        ..IssuerRules::default()
    };
    let mismatch = || IssuerMismatch {
        expected: ISSUER.to_owned(),
    };
    assert!(verdict(&rules, CLAIMS).is_ok());
    assert!(verdict(&rules, claims_with(r#""iss":"https:\/\/clerk.example.com""#)).is_ok());
    for (member, reason) in [
        ("iss", IssuerMissing),
        (r#""iss":null"#, IssuerInvalid),
        (r#""iss":7"#, IssuerInvalid),
        (r#""iss":["https://clerk.example.com"]"#, IssuerInvalid),
        (r#""iss":{}"#, IssuerInvalid),
        (r#""iss":"""#, IssuerInvalid),
        (r#""iss":"https://clerk.example.com/""#, mismatch()),
        (r#""iss":"https://clerk.example.com ""#, mismatch()),
        (r#""iss":"https://Clerk.example.com""#, mismatch()),
        (r#""iss":"HTTPS://clerk.example.com""#, mismatch()),
        (r#""iss":"http://clerk.example.com""#, mismatch()),
        (
            r#""iss":"https://clerk.example.com.attacker.example""#,
            mismatch(),
        ),
        (r#""iss":"https://clerk.example.co""#, mismatch()),
    ] {
        let claims = claims_with(member);
        assert_eq!(verdict(&rules, &claims).err(), Some(reason.clone()), "{member}");
        let token = hs256(&claims);
        let unverified = ParsedToken::parse(&token).unwrap();
        match reason {
            IssuerMismatch { .. } => assert!(unverified.issuer().is_ok()),
            _ => assert_eq!(unverified.issuer().err(), Some(reason), "{member}"),
        }
        // Without a configured issuer, `iss` is not checked.
        assert!(verdict(&IssuerRules::default(), &claims).is_ok(), "{member}");
    }
}

#[test]
fn j09_an_audience_that_is_asked_for_must_be_there() {
    let rules = IssuerRules {
        audience: names(&["api", "web"]),
        ..IssuerRules::default()
    };
    let mismatch = || AudienceMismatch {
        expected: names(&["api", "web"]).unwrap(),
    };
    for (member, expected) in [
        (r#""aud":"api""#, None),
        (r#""aud":"web""#, None),
        (r#""aud":"\u0061pi""#, None),
        (r#""aud":["api"]"#, None),
        (r#""aud":["other","web"]"#, None),
        ("aud", Some(AudienceMissing)),
        (r#""aud":[]"#, Some(mismatch())),
        (r#""aud":"""#, Some(mismatch())),
        (r#""aud":"other""#, Some(mismatch())),
        (r#""aud":"API""#, Some(mismatch())),
        (r#""aud":"api web""#, Some(mismatch())),
        (r#""aud":["other","apis"]"#, Some(mismatch())),
        (r#""aud":7"#, Some(AudienceInvalid)),
        (r#""aud":null"#, Some(AudienceInvalid)),
        (r#""aud":true"#, Some(AudienceInvalid)),
        (r#""aud":{"0":"api"}"#, Some(AudienceInvalid)),
        (r#""aud":["api",7]"#, Some(AudienceInvalid)),
        (r#""aud":[["api"]]"#, Some(AudienceInvalid)),
    ] {
        let claims = claims_with(member);
        assert_eq!(verdict(&rules, &claims).err(), expected, "{member}");
        assert!(verdict(&IssuerRules::default(), &claims).is_ok(), "{member}");
    }
}

#[test]
fn j10_a_missing_or_malformed_subject_is_refused() {
    let longest = format!(r#""sub":"{}""#, "s".repeat(MAX_SUBJECT_BYTES));
    let over = format!(r#""sub":"{}s""#, "s".repeat(MAX_SUBJECT_BYTES));
    let over_decoded = format!(r#""sub":"{}""#, "é".repeat(MAX_SUBJECT_BYTES / 2 + 1));
    let asked = IssuerRules::default();
    let not_asked = IssuerRules {
        require_subject: false,
        ..IssuerRules::default()
    };
    assert!(asked.require_subject);
    assert!(verdict(&asked, claims_with(&longest)).is_ok());
    for (member, reason) in [
        (r#""sub":"""#, SubjectEmpty),
        (r#""sub":null"#, SubjectInvalid),
        (r#""sub":7"#, SubjectInvalid),
        (r#""sub":true"#, SubjectInvalid),
        (r#""sub":["user_1"]"#, SubjectInvalid),
        (r#""sub":{"id":"user_1"}"#, SubjectInvalid),
        (&over, SubjectTooLong),
        (&over_decoded, SubjectTooLong),
    ] {
        let claims = claims_with(member);
        assert_eq!(verdict(&asked, &claims).err(), Some(reason.clone()), "{member}");
        assert_eq!(verdict(&not_asked, &claims).err(), Some(reason), "{member}");
    }
    assert_eq!(verdict(&asked, claims_with("sub")).err(), Some(SubjectMissing));
    assert!(verdict(&not_asked, claims_with("sub")).is_ok());
}

#[test]
fn j10_the_subject_may_lie_where_the_provider_keeps_it() {
    let rules = IssuerRules {
        layout: Layout::preset(Provider::Logto),
        ..IssuerRules::default()
    };
    let over = format!(r#"{{"exp":1750000060,"userId":"{}"}}"#, "u".repeat(256));
    for (claims, expected) in [
        (r#"{"exp":1750000060,"sub":"user_1"}"#, None),
        (r#"{"exp":1750000060,"userId":"user_1"}"#, None),
        (r#"{"exp":1750000060}"#, Some(SubjectMissing)),
        (r#"{"exp":1750000060,"userId":7}"#, Some(SubjectInvalid)),
        (r#"{"exp":1750000060,"userId":""}"#, Some(SubjectEmpty)),
        (
            r#"{"exp":1750000060,"sub":"","userId":"user_1"}"#,
            Some(SubjectEmpty),
        ),
        (&over, Some(SubjectTooLong)),
    ] {
        assert_eq!(verdict(&rules, claims).err(), expected, "{claims}");
    }
}

#[test]
fn j24_a_token_without_a_session_is_none() {
    let rules = IssuerRules {
        require_session: true,
        ..IssuerRules::default()
    };
    for (member, expected) in [
        (r#""sid":"sess_2""#, None),
        ("sid", Some(SessionMissing)),
        (r#""sid":null"#, Some(SessionMissing)),
        (r#""sid":"""#, Some(SessionMissing)),
        (r#""sid":7"#, Some(SessionMissing)),
        (r#""client_id":"client_1""#, Some(SessionOfClient)),
        (r#""client_id":null"#, Some(SessionOfClient)),
    ] {
        let claims = claims_with(member);
        assert_eq!(verdict(&rules, &claims).err(), expected, "{member}");
        assert!(verdict(&IssuerRules::default(), &claims).is_ok(), "{member}");
    }
}

#[test]
fn j24_the_session_may_lie_where_the_provider_keeps_it() {
    let rules = IssuerRules {
        require_session: true,
        layout: Layout::preset(Provider::Supabase),
        ..IssuerRules::default()
    };
    assert_eq!(verdict(&rules, CLAIMS).err(), Some(SessionMissing));
    assert!(verdict(&rules, claims_with(r#""session_id":"s""#)).is_ok());
}

#[test]
fn j25_an_authorized_party_that_is_asked_for_must_be_there() {
    let rules = IssuerRules {
        authorized_parties: names(&["https://www.example.com", "https://app.example.com"]),
        ..IssuerRules::default()
    };
    let mismatch = || AuthorizedPartyMismatch {
        expected: names(&["https://www.example.com", "https://app.example.com"]).unwrap(),
    };
    for (member, expected) in [
        (r#""azp":"https://app.example.com""#, None),
        (r#""azp":"https://www.example.com""#, None),
        ("azp", Some(AuthorizedPartyMissing)),
        (r#""azp":null"#, Some(AuthorizedPartyInvalid)),
        (r#""azp":7"#, Some(AuthorizedPartyInvalid)),
        (
            r#""azp":["https://app.example.com"]"#,
            Some(AuthorizedPartyInvalid),
        ),
        (r#""azp":"""#, Some(mismatch())),
        (r#""azp":"https://attacker.example""#, Some(mismatch())),
        (r#""azp":"https://app.example.com/""#, Some(mismatch())),
        (
            r#""azp":"https://app.example.com.attacker.example""#,
            Some(mismatch()),
        ),
    ] {
        let claims = claims_with(member);
        assert_eq!(verdict(&rules, &claims).err(), expected, "{member}");
        assert!(verdict(&IssuerRules::default(), &claims).is_ok(), "{member}");
    }
}

#[test]
fn j26_a_pending_session_is_signed_out() {
    let strict = IssuerRules::default();
    let lenient = IssuerRules {
        allow_pending: true,
        ..IssuerRules::default()
    };
    for (status, from_strict, from_lenient) in [
        (r#""active""#, None, None),
        (r#""pending""#, Some(SessionPending), None),
        (r#""p\u0065nding""#, Some(SessionPending), None),
        (
            r#""Pending""#,
            Some(SessionStatusUnknown),
            Some(SessionStatusUnknown),
        ),
        (r#""""#, Some(SessionStatusUnknown), Some(SessionStatusUnknown)),
        ("null", Some(SessionStatusUnknown), Some(SessionStatusUnknown)),
        ("true", Some(SessionStatusUnknown), Some(SessionStatusUnknown)),
    ] {
        let claims = claims_with(&format!("\"sts\":{status}"));
        assert_eq!(verdict(&strict, &claims).err(), from_strict, "{status}");
        assert_eq!(verdict(&lenient, &claims).err(), from_lenient, "{status}");
    }
}

#[test]
fn the_signature_is_judged_before_the_claims() {
    let rules = IssuerRules {
        issuer: Some("https://other.example".to_owned()),
        audience: names(&["api"]),
        authorized_parties: names(&["https://other.example"]),
        require_session: true,
        ..IssuerRules::default()
    };
    let issuer = issuer(&public_jwk(Algorithm::HS256), rules);
    let token = hs256(r#"{"exp":0,"nbf":"x","sub":"","sts":"pending"}"#);
    let (signed, _) = token.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{}", encode([0; 32]));
    assert_eq!(verify(&forged, &issuer, NOW).err(), Some(SignatureInvalid));
    assert_eq!(verify(&token, &issuer, NOW).err(), Some(IssuerMissing));
}
