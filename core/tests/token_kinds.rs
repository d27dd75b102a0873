//! Which kinds of token an issuer accepts, and how the kind is decided.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fixtures;

use clerk_rls_core::token::{
    verify, AcceptedTokens, Algorithm, Issuer, IssuerError, IssuerRules, KeySet, TokenError, TokenKind,
    VerifiedToken,
};
use clerk_rls_core::{Identity, Layout, Provider, Rules};
use fixtures::*;
use TokenKind::*;

const SESSION: &str = r#""typ":"JWT","cat":"cl_B7d4PD111AAA""#;
const TEMPLATE: &str = r#""typ":"JWT","cat":"cl_B7d4PD222AAA""#;
const MACHINE: &str = r#""typ":"JWT","cat":"cl_B7d4PD333AAA""#;
const ACCESS: &str = r#""typ":"at+jwt""#;

/// The verdict of an issuer with these rules on a token with these members of header and claims.
fn judged(accepted: AcceptedTokens, header: &str, claims: &str) -> Result<VerifiedToken, TokenError> {
    let rules = IssuerRules {
        accepted,
        ..IssuerRules::default()
    };
    judged_by(rules, header, claims)
}

fn judged_by(rules: IssuerRules, header: &str, claims: &str) -> Result<VerifiedToken, TokenError> {
    let comma = if header.is_empty() { "" } else { "," };
    let header = format!(r#"{{"alg":"HS256","kid":"{KID}"{comma}{header}}}"#);
    let token = forge(Algorithm::HS256, header, claims);
    verify(&token, &issuer(&public_jwk(Algorithm::HS256), rules), NOW)
}

fn refusal(kind: TokenKind) -> Option<TokenError> {
    Some(TokenError::KindNotAccepted { kind })
}

/// The claims of a token with this subject.
fn about(subject: &str) -> String {
    claims_with(&format!(r#""sub":"{subject}""#))
}

fn of_client(subject: &str, client: &str) -> String {
    format!(
        r#"{},"client_id":"{client}"}}"#,
        about(subject).strip_suffix('}').unwrap()
    )
}

#[test]
fn j24_a_clerk_token_passes_where_its_kind_is_accepted_and_nowhere_else() {
    for (header, claims, kind) in [
        ("", about("user_1"), Session),
        (r#""typ":"JWT""#, about("user_1"), Session),
        (r#""cat":7"#, about("user_1"), Session),
        (r#""cat":"cl_B7d4PD444AAA""#, about("user_1"), Session),
        (SESSION, about("user_1"), Session),
        // A claim of a customized session token; the header does not mark it.
        (SESSION, of_client("user_1", "client_1"), Session),
        (TEMPLATE, about("user_1"), Template),
        (r#""cat":"cl_B7d4PD222AAA""#, about("user_1"), Template),
        (ACCESS, about("user_1"), OAuth),
        (r#""typ":"application/at+jwt""#, about("user_1"), OAuth),
        (ACCESS, of_client("user_1", "client_1"), OAuth),
        (
            r#""typ":"at+jwt","cat":"cl_B7d4PD111AAA""#,
            about("user_1"),
            OAuth,
        ),
        (
            r#""typ":"at+jwt","cat":"cl_B7d4PD222AAA""#,
            about("user_1"),
            OAuth,
        ),
        (MACHINE, about("mch_1"), Machine),
        (MACHINE, about("user_1"), Machine),
        (
            r#""typ":"at+jwt","cat":"cl_B7d4PD333AAA""#,
            about("user_1"),
            Machine,
        ),
        ("", about("mch_1"), Machine),
        (SESSION, about("mch_1"), Machine),
        (TEMPLATE, about("mch_1"), Machine),
        (ACCESS, about("mch_1"), Machine),
        (ACCESS, of_client("client_1", "client_1"), Machine),
        ("", of_client("client_1", "client_1"), Machine),
        ("", about("x@clients"), Machine),
    ] {
        for (_, accepted) in TokenKind::NAMES {
            let verdict = judged(AcceptedTokens::Clerk(vec![accepted]), header, &claims);
            let expected = if kind == accepted { None } else { refusal(kind) };
            assert_eq!(
                verdict.err(),
                expected,
                "{header} {claims}, {accepted:?} is accepted"
            );
        }
        let by_default = judged(AcceptedTokens::default(), header, &claims);
        assert_eq!(by_default.is_ok(), kind == Session, "{header} {claims}");
        let verified = judged(AcceptedTokens::all(), header, &claims).unwrap();
        assert_eq!(verified.is_machines(), kind == Machine, "{header} {claims}");
    }
}

#[test]
fn j24_other_types_of_token_are_refused_whatever_is_accepted() {
    for typ in [
        r#""AT+JWT""#,
        r#""jwt""#,
        r#""""#,
        "null",
        r#"["JWT"]"#,
        r#""logout+jwt""#,
        r#""dpop+jwt""#,
        r#""secevent+jwt""#,
    ] {
        let header = format!(r#""typ":{typ}"#);
        for accepted in [
            AcceptedTokens::all(),
            AcceptedTokens::Other { access_tokens: true },
        ] {
            let verdict = judged(accepted, &header, CLAIMS);
            assert_eq!(verdict.err(), Some(TokenError::TypeNotAccepted), "{typ}");
        }
    }
}

#[test]
fn j24_other_providers_tokens_have_no_kinds() {
    for (provider, access_tokens) in [
        (Provider::Supabase, false),
        (Provider::Supertokens, false),
        (Provider::Firebase, false),
        (Provider::Logto, true),
        (Provider::Auth0, true),
        (Provider::Keycloak, true),
        (Provider::Generic, true),
    ] {
        let accepted = AcceptedTokens::of_provider(provider);
        assert_eq!(accepted, AcceptedTokens::Other { access_tokens }, "{provider}");
        let access = judged(accepted.clone(), ACCESS, CLAIMS);
        let expected = (!access_tokens).then_some(TokenError::TypeNotAccepted);
        assert_eq!(access.err(), expected, "{provider}");
        for (header, claims) in [
            ("", about("user_1")),
            (SESSION, about("user_1")),
            (TEMPLATE, about("user_1")),
            ("", about("x@clients")),
            ("", of_client("client_1", "client_1")),
            ("", about("mch_1")),
        ] {
            let verified = judged(accepted.clone(), header, &claims).unwrap();
            assert!(!verified.is_machines(), "{provider} {header} {claims}");
        }
        // Only Clerk writes this header, and only for machines.
        assert_eq!(
            judged(accepted, MACHINE, CLAIMS).err(),
            refusal(Machine),
            "{provider}"
        );
    }
    assert_eq!(
        AcceptedTokens::of_provider(Provider::Clerk),
        AcceptedTokens::Clerk(vec![Session])
    );
}

#[test]
fn a_machine_is_told_by_sub_and_by_where_the_subject_is_mapped_to() {
    let rules = |kind| IssuerRules {
        accepted: AcceptedTokens::Clerk(vec![kind]),
        layout: Layout::default()
            .with_claim_map(r#"{"user_id":["userId"]}"#)
            .unwrap(),
        ..IssuerRules::default()
    };
    for (sub, mapped, kind) in [
        ("user_1", "user_2", Session),
        ("mch_1", "user_2", Machine),
        ("user_1", "mch_2", Machine),
    ] {
        let claims = format!(
            r#"{},"userId":"{mapped}"}}"#,
            about(sub).strip_suffix('}').unwrap()
        );
        assert!(judged_by(rules(kind), "", &claims).is_ok(), "{claims}");
        let other = if kind == Session { Machine } else { Session };
        assert_eq!(
            judged_by(rules(other), "", &claims).err(),
            refusal(kind),
            "{claims}"
        );
    }
}

#[test]
fn a_session_is_asked_of_session_tokens_alone() {
    let rules = || IssuerRules {
        accepted: AcceptedTokens::all(),
        require_session: true,
        ..IssuerRules::default()
    };
    let without_session = claims_with("sid");
    for header in [TEMPLATE, ACCESS, MACHINE] {
        assert!(judged_by(rules(), header, &without_session).is_ok(), "{header}");
    }
    for header in ["", SESSION] {
        let verdict = judged_by(rules(), header, &without_session);
        assert_eq!(verdict.err(), Some(TokenError::SessionMissing), "{header}");
        let verdict = judged_by(rules(), header, &of_client("user_1", "client_1"));
        assert_eq!(verdict.err(), Some(TokenError::SessionOfClient), "{header}");
    }
    // The tokens of other providers have no kind that could exempt them.
    let rules = IssuerRules {
        accepted: AcceptedTokens::Other { access_tokens: true },
        ..rules()
    };
    let verdict = judged_by(rules, ACCESS, &without_session);
    assert_eq!(verdict.err(), Some(TokenError::SessionMissing));
}

#[test]
fn j25_only_the_tokens_of_a_front_end_must_name_its_origin() {
    let rules = |accepted| IssuerRules {
        accepted,
        authorized_parties: Some(vec!["https://app.example.com".to_owned()]),
        ..IssuerRules::default()
    };
    let without = claims_with("azp");
    let foreign = claims_with(r#""azp":"https://other.example""#);
    let missing = Some(TokenError::AuthorizedPartyMissing);
    for (header, expected) in [
        ("", missing.clone()),
        (SESSION, missing.clone()),
        (TEMPLATE, missing.clone()),
        (ACCESS, None),
        (MACHINE, None),
    ] {
        let verdict = |claims: &str| judged_by(rules(AcceptedTokens::all()), header, claims);
        assert!(verdict(CLAIMS).is_ok(), "{header}");
        assert_eq!(verdict(&without).err(), expected, "{header}");
        // If the token names a party, it must be one of them, whatever the kind.
        assert!(
            matches!(
                verdict(&foreign).err(),
                Some(TokenError::AuthorizedPartyMismatch { .. })
            ),
            "{header}"
        );
    }
    let other = rules(AcceptedTokens::Other { access_tokens: true });
    assert_eq!(judged_by(other, ACCESS, &without).err(), missing);
}

#[test]
fn a_pending_status_counts_for_every_kind() {
    let pending = claims_with(r#""sts":"pending""#);
    for header in [SESSION, TEMPLATE, ACCESS, MACHINE] {
        let verdict = judged(AcceptedTokens::all(), header, &pending);
        assert_eq!(verdict.err(), Some(TokenError::SessionPending), "{header}");
    }
}

#[test]
fn the_signature_is_judged_before_the_kind() {
    let token = forge(
        Algorithm::HS256,
        format!(r#"{{"alg":"HS256","kid":"{KID}",{TEMPLATE}}}"#),
        CLAIMS,
    );
    let (signed, _) = token.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{}", encode([0; 32]));
    let issuer = issuer_of(Algorithm::HS256);
    assert_eq!(verify(&token, &issuer, NOW).err(), refusal(Template));
    assert_eq!(
        verify(&forged, &issuer, NOW).err(),
        Some(TokenError::SignatureInvalid)
    );
}

#[test]
fn a_machine_by_its_header_is_no_user_by_its_claims() {
    let rules = |is_machines| Rules {
        is_machines,
        ..Rules::default()
    };
    let verified = judged(AcceptedTokens::all(), MACHINE, &about("user_1")).unwrap();
    let identity = Identity::new(verified.claims().clone(), rules(verified.is_machines()).into());
    assert_eq!(
        (identity.user_id(), identity.machine_id(), identity.user_uuid()),
        (None, Some("user_1"), None)
    );
    let user = judged(AcceptedTokens::all(), ACCESS, &of_client("user_1", "client_1")).unwrap();
    let identity = Identity::new(user.claims().clone(), rules(user.is_machines()).into());
    assert_eq!(
        (identity.user_id(), identity.machine_id()),
        (Some("user_1"), None)
    );
}

#[test]
fn kinds_are_chosen_of_clerks_tokens_alone() {
    for (_, provider) in Provider::NAMES {
        let chosen = |kinds: &[TokenKind]| AcceptedTokens::chosen(provider, kinds.to_vec());
        assert_eq!(
            chosen(&[Session]),
            Ok(AcceptedTokens::of_provider(provider)),
            "{provider}"
        );
        for kinds in [&[Machine][..], &[Session, OAuth], &[]] {
            let expected = match (provider, kinds) {
                (Provider::Clerk, []) => Err(IssuerError::KindsEmpty),
                (Provider::Clerk, kinds) => Ok(AcceptedTokens::Clerk(kinds.to_vec())),
                _ => Err(IssuerError::KindsOfOtherProvider),
            };
            assert_eq!(chosen(kinds), expected, "{provider} {kinds:?}");
        }
    }
}

#[test]
fn a_list_of_kinds_is_never_empty() {
    let rules = IssuerRules {
        accepted: AcceptedTokens::Clerk(Vec::new()),
        ..IssuerRules::default()
    };
    assert_eq!(
        Issuer::new(KeySet::default(), rules).err(),
        Some(IssuerError::KindsEmpty)
    );
}
