//! Revocation: what claims are looked up under, and what an entry that was found means.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use clerk_rls_core::{
    Claims, Identity, Layout, Provider, Revocable, RevocationEntry, RevocationKey, RevocationKind, Revoked,
    Rules, SignedOut,
};
use proptest::prelude::*;

const FULL: &str = r#"{"sub":"user_1","sid":"sess_1","jti":"token_1","iss":"https://clerk.example.com","iat":1700000000,
    "act":{"sub":"user_admin"},"v":2,"o":{"id":"org_1","rol":"admin"}}"#;

fn identity(text: &str, rules: Rules) -> Identity {
    Identity::new(Claims::parse(text.as_bytes()).expect(text), rules.into())
}

fn revocable(text: &str) -> Revocable {
    identity(text, Rules::default()).revocable().expect(text)
}

fn keys(revocable: &Revocable) -> Vec<(&str, &str, &str)> {
    let keys = revocable.keys().iter();
    keys.map(|key| (key.kind.as_str(), key.subject.as_str(), key.org_id.as_str()))
        .collect()
}

fn key(kind: RevocationKind) -> RevocationKey {
    RevocationKey {
        kind,
        subject: "x".to_owned(),
        org_id: String::new(),
    }
}

fn entry(issuer: &str, not_before: Option<i64>) -> RevocationEntry {
    RevocationEntry {
        issuer: issuer.to_owned(),
        not_before,
    }
}

#[test]
fn claims_are_looked_up_under_session_token_user_actor_and_membership() {
    assert_eq!(
        keys(&revocable(FULL)),
        [
            ("session", "sess_1", ""),
            ("token", "token_1", ""),
            ("user", "user_1", ""),
            ("user", "user_admin", ""),
            ("membership", "user_1", "org_1"),
        ]
    );
    assert_eq!(keys(&revocable(r#"{"sub":"user_1"}"#)), [("user", "user_1", "")]);
}

#[test]
fn user_and_actor_have_the_prefix_of_the_issuer_and_the_session_has_not() {
    let rules = Rules {
        subject_prefix: "p:".to_owned(),
        ..Rules::default()
    };
    let revocable = identity(FULL, rules).revocable().unwrap();
    assert_eq!(
        keys(&revocable),
        [
            ("session", "sess_1", ""),
            ("token", "token_1", ""),
            ("user", "p:user_1", ""),
            ("user", "p:user_admin", ""),
            ("membership", "p:user_1", "org_1"),
        ]
    );
}

#[test]
fn a_machine_is_looked_up_by_its_subject() {
    assert_eq!(keys(&revocable(r#"{"sub":"mch_1"}"#)), [("user", "mch_1", "")]);
}

#[test]
fn fields_lie_where_the_layout_says() {
    let rules = Rules {
        layout: Layout::preset(Provider::Supabase),
        ..Rules::default()
    };
    let claims = r#"{"sub":"user_1","sid":"no","session_id":"yes","org_id":"no"}"#;
    let revocable = identity(claims, rules).revocable().unwrap();
    assert_eq!(keys(&revocable), [("session", "yes", ""), ("user", "user_1", "")]);
}

#[test]
fn claims_that_are_not_text_are_no_keys() {
    let claims = r#"{"sub":"user_1","sid":7,"jti":7,"act":{"sub":7},"org_id":7}"#;
    assert_eq!(keys(&revocable(claims)), [("user", "user_1", "")]);
    let claims = r#"{"sub":"user_1","sid":"","jti":"","act":{"sub":""},"org_id":""}"#;
    assert_eq!(keys(&revocable(claims)), [("user", "user_1", "")]);
}

#[test]
fn nobody_is_not_looked_up() {
    assert_eq!(identity("{}", Rules::default()).revocable(), None);
}

#[test]
fn each_kind_has_its_reason() {
    let revocable = revocable(FULL);
    for (kind, not_before, reason) in [
        (RevocationKind::Session, None, Revoked::Session),
        (RevocationKind::Token, None, Revoked::Token),
        (RevocationKind::User, Some(i64::MAX), Revoked::User),
        (RevocationKind::Membership, Some(i64::MAX), Revoked::Membership),
    ] {
        assert_eq!(
            revocable.revoked_by(&key(kind), &entry("", not_before)),
            Some(reason)
        );
    }
}

#[test]
fn an_entry_counts_for_its_issuer_and_for_claims_that_name_none() {
    let user = key(RevocationKind::Session);
    let by = |claims: &str, issuer: &str| revocable(claims).revoked_by(&user, &entry(issuer, None));
    let named = r#"{"sub":"user_1","iss":"https://a"}"#;
    assert_eq!(by(named, ""), Some(Revoked::Session));
    assert_eq!(by(named, "https://a"), Some(Revoked::Session));
    assert_eq!(by(named, "https://a/"), None);
    assert_eq!(by(named, "https://A"), None);
    for unnamed in [
        r#"{"sub":"user_1"}"#,
        r#"{"sub":"user_1","iss":""}"#,
        r#"{"sub":"user_1","iss":7}"#,
    ] {
        assert_eq!(by(unnamed, "https://a"), Some(Revoked::Session), "{unnamed}");
        assert_eq!(by(unnamed, ""), Some(Revoked::Session), "{unnamed}");
    }
}

fn cut_off(iat: &str, not_before: Option<i64>) -> Option<Revoked> {
    let claims = format!(r#"{{"sub":"user_1","iat":{iat}}}"#);
    revocable(&claims).revoked_by(&key(RevocationKind::User), &entry("", not_before))
}

#[test]
fn a_cut_off_refuses_what_was_issued_up_to_it() {
    const SECOND: i64 = 1_700_000_000_000_000;
    for (iat, not_before, refused) in [
        ("1700000000", SECOND, true),
        ("1700000000", SECOND - 1, false),
        ("1700000000", SECOND + 1, true),
        ("1700000000.000003", SECOND + 3, true),
        ("1700000000.000003", SECOND + 2, false),
        ("1700000000.999999", SECOND + 999_999, true),
        ("1700000000.999999", SECOND + 999_998, false),
        ("1700000000.9999999", SECOND + 999_999, false),
        ("1.7e9", SECOND, true),
        ("0", -1, false),
        ("0", 0, true),
        ("9007199254740992", i64::MAX, false),
        ("9007199254740", i64::MAX, true),
        ("1700000000", i64::MAX, true),
        ("1700000000", i64::MIN, false),
    ] {
        assert_eq!(
            cut_off(iat, Some(not_before)),
            refused.then_some(Revoked::User),
            "{iat} {not_before}"
        );
    }
}

#[test]
fn a_cut_off_refuses_what_does_not_say_when_it_was_issued() {
    assert_eq!(cut_off("null", Some(0)), Some(Revoked::Undated));
    assert_eq!(cut_off("\"1700000000\"", Some(0)), Some(Revoked::Undated));
    assert_eq!(cut_off("-1", Some(i64::MIN)), Some(Revoked::Undated));
    let undated = revocable(r#"{"sub":"user_1"}"#);
    let membership = key(RevocationKind::Membership);
    assert_eq!(
        undated.revoked_by(&membership, &entry("", Some(0))),
        Some(Revoked::Undated)
    );
    // A session or a token has no cut-off.
    let session = key(RevocationKind::Session);
    assert_eq!(
        undated.revoked_by(&session, &entry("", None)),
        Some(Revoked::Session)
    );
}

#[test]
fn a_cut_off_without_a_time_refuses_everything() {
    assert_eq!(cut_off("1700000000", None), Some(Revoked::User));
    assert_eq!(cut_off("null", None), Some(Revoked::User));
}

proptest! {
    #[test]
    fn microseconds_are_compared_exactly(second in 0i64..4_102_444_800, micro in 0i64..1_000_000, off in -3i64..4) {
        let iat = format!("{second}.{micro:06}");
        let not_before = second * 1_000_000 + micro + off;
        prop_assert_eq!(cut_off(&iat, Some(not_before)), (off >= 0).then_some(Revoked::User));
    }
}

fn checked(text: &str, provider: Provider) -> Option<SignedOut> {
    let rules = Rules {
        layout: Layout::preset(provider),
        check_revocation: true,
        ..Rules::default()
    };
    identity(text, rules).problem().cloned()
}

#[test]
fn claims_that_could_not_be_revoked_sign_nobody_in_where_it_is_checked() {
    let clerk = |text: &str| checked(text, Provider::Clerk);
    let no_session = |claim: &str| {
        let claim = claim.to_owned();
        Some(SignedOut::RevocableSessionMissing { claim })
    };
    assert_eq!(clerk(FULL), None);
    assert_eq!(
        clerk(r#"{"sub":"u","sid":"s"}"#),
        Some(SignedOut::IssuedAtMissing)
    );
    for iat in ["null", "\"1\"", "-1", "1e400", "true"] {
        let claims = format!(r#"{{"sub":"u","sid":"s","iat":{iat}}}"#);
        assert_eq!(clerk(&claims), Some(SignedOut::IssuedAtInvalid), "{iat}");
    }
    assert_eq!(clerk(r#"{"sub":"u","iat":1}"#), no_session("sid"));
    assert_eq!(clerk(r#"{"sub":"u","iat":1,"sid":""}"#), no_session("sid"));
    assert_eq!(clerk(r#"{"sub":"u","iat":1,"sid":7}"#), no_session("sid"));
    assert_eq!(
        checked(r#"{"sub":"u","iat":1,"sid":"s"}"#, Provider::Supabase),
        no_session("session_id")
    );
    // A machine has no session, and neither do the tokens of some providers.
    assert_eq!(clerk(r#"{"sub":"mch_1","iat":1}"#), None);
    assert_eq!(clerk(r#"{"sub":"mch_1"}"#), Some(SignedOut::IssuedAtMissing));
    for provider in [Provider::Auth0, Provider::Logto, Provider::Firebase] {
        assert_eq!(checked(r#"{"sub":"u","iat":1}"#, provider), None);
    }
}

#[test]
fn an_identity_that_is_signed_out_answers_nothing() {
    let identity = identity(FULL, Rules::default());
    assert_eq!(identity.user_id(), Some("user_1"));
    // Kept answers go, too.
    assert_eq!(
        (identity.org_id(), identity.session_id()),
        (Some("org_1"), Some("sess_1"))
    );
    let reason = SignedOut::Revoked(Revoked::Session);
    let identity = identity.signed_out(reason.clone());
    assert_eq!(identity.problem(), Some(&reason));
    assert_eq!(identity.user_id(), None);
    assert_eq!(identity.org_id(), None);
    assert_eq!(identity.session_id(), None);
    assert_eq!(identity.org_role(), None);
    assert!(identity.claims().is_none());
    assert_eq!(identity.revocable(), None);
}

#[test]
fn each_reason_has_words_and_a_hint() {
    let all = [
        Revoked::Session,
        Revoked::Token,
        Revoked::User,
        Revoked::Membership,
        Revoked::Undated,
    ];
    for revoked in all {
        assert!(revoked.to_string().starts_with("JWT "));
        assert!(revoked.hint().ends_with('.'));
        let problem = SignedOut::Revoked(revoked).to_string();
        assert!(problem.starts_with("the "), "{problem}");
    }
    assert!(SignedOut::RevocationsMissing.to_string().contains("missing"));
}
