//! Who is signed in, and what the readers return.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use clerk_rls_core::limits::{EXPIRY_LEEWAY_SECONDS, MAX_SUBJECT_BYTES};
use clerk_rls_core::{subject_uuid, Claims, Identity, Requirement, Rules, SignedOut};

fn identity(text: &str, rules: Rules) -> Identity {
    Identity::new(Claims::parse(text.as_bytes()).expect(text), rules.into())
}

fn by_default(text: &str) -> Identity {
    identity(text, Rules::default())
}

fn sub() -> String {
    "sub".to_owned()
}

const FULL: &str = r#"{"sub":"user_1","sid":"sess_1","act":{"sub":"user_admin"},"role":"authenticated",
    "email":"a@example.com","iss":"https://clerk.example.com","iat":1700000000,"exp":1700000060.9,"v":2,
    "fea":"o:teams","pla":"u:pro","fva":[0,0],"sts":"active",
    "o":{"id":"org_1","slg":"acme","rol":"admin","per":"read,manage","fpm":"3"}}"#;

#[track_caller]
fn assert_answers_nothing(identity: &Identity) {
    assert!(identity.problem().is_some());
    assert_eq!(identity.user_id(), None);
    assert_eq!(identity.machine_id(), None);
    assert_eq!(identity.user_uuid(), None);
    assert_eq!(identity.session_id(), None);
    assert_eq!(identity.actor_id(), None);
    assert_eq!(identity.role(), None);
    assert_eq!(identity.email(), None);
    assert_eq!(identity.issuer(), None);
    assert_eq!(identity.org_id(), None);
    assert_eq!(identity.org_slug(), None);
    assert_eq!(identity.org_role(), None);
    assert_eq!(identity.org_permissions(), None);
    assert_eq!(identity.issued_at(), None);
    assert_eq!(identity.expires_at(), None);
    assert_eq!(identity.deadline(), None);
    assert!(identity.claims().is_none());
    let asked = [
        Requirement {
            role: Some("admin"),
            ..Requirement::default()
        },
        Requirement {
            permission: Some("teams:read"),
            ..Requirement::default()
        },
        Requirement {
            feature: Some("teams"),
            ..Requirement::default()
        },
        Requirement {
            plan: Some("pro"),
            ..Requirement::default()
        },
        Requirement {
            reverification: "lax".parse().ok(),
            ..Requirement::default()
        },
    ];
    for asked in asked {
        assert!(!identity.has(&asked, 1_700_000_000), "{asked:?}");
    }
}

#[test]
fn a_person_is_read_in_full() {
    let person = by_default(FULL);
    assert_eq!(person.problem(), None);
    assert_eq!(person.user_id(), Some("user_1"));
    assert_eq!(person.machine_id(), None);
    assert_eq!(person.user_uuid(), Some(subject_uuid("user_1")));
    assert_eq!(person.session_id(), Some("sess_1"));
    assert_eq!(person.actor_id(), Some("user_admin"));
    assert_eq!(person.role(), Some("authenticated"));
    assert_eq!(person.email(), Some("a@example.com"));
    assert_eq!(person.issuer(), Some("https://clerk.example.com"));
    assert_eq!(person.org_id(), Some("org_1"));
    assert_eq!(person.org_slug(), Some("acme"));
    assert_eq!(person.org_role(), Some("org:admin"));
    assert_eq!(
        person.org_permissions().unwrap(),
        ["org:teams:manage", "org:teams:read"]
    );
    assert_eq!(person.issued_at(), Some(1_700_000_000.0));
    assert_eq!(person.expires_at(), Some(1_700_000_060.9));
    assert_eq!(person.deadline(), None);
    assert_eq!(person.claims().unwrap().text(), FULL);
}

#[test]
fn j10_without_a_usable_subject_nobody_is_signed_in() {
    let too_long = format!(r#""{}""#, "x".repeat(MAX_SUBJECT_BYTES + 1));
    let cases = [
        ("null", SignedOut::SubjectMissing { claim: sub() }),
        ("1", SignedOut::SubjectNotText { claim: sub() }),
        ("true", SignedOut::SubjectNotText { claim: sub() }),
        (r#"["user_1"]"#, SignedOut::SubjectNotText { claim: sub() }),
        (r#"{"sub":"user_1"}"#, SignedOut::SubjectNotText { claim: sub() }),
        (r#""""#, SignedOut::SubjectEmpty { claim: sub() }),
        (&too_long, SignedOut::SubjectTooLong { claim: sub() }),
    ];
    for (subject, reason) in cases {
        let nobody = by_default(&FULL.replacen(r#""user_1""#, subject, 1));
        assert_eq!(nobody.problem(), Some(&reason), "{subject}");
        assert_answers_nothing(&nobody);
    }
    let anonymous = by_default(r#"{"role":"anon"}"#);
    assert_eq!(
        anonymous.problem(),
        Some(&SignedOut::SubjectMissing { claim: sub() })
    );
    assert_answers_nothing(&anonymous);
}

#[test]
fn a_subject_is_measured_in_decoded_bytes() {
    let longest = "é".repeat(MAX_SUBJECT_BYTES / 2) + "x";
    let escaped = "\\u00e9".repeat(MAX_SUBJECT_BYTES / 2) + "x";
    assert_eq!(
        by_default(&format!(r#"{{"sub":"{escaped}"}}"#)).user_id(),
        Some(longest.as_str())
    );
    let nobody = by_default(&format!(r#"{{"sub":"{longest}é"}}"#));
    assert_eq!(
        nobody.problem(),
        Some(&SignedOut::SubjectTooLong { claim: sub() })
    );
}

#[test]
fn j26_a_pending_session_is_signed_out_unless_allowed() {
    let status = |value: &str| FULL.replace(r#""sts":"active""#, &format!(r#""sts":{value}"#));
    let nobody = by_default(&status(r#""pending""#));
    assert_eq!(nobody.problem(), Some(&SignedOut::SessionPending));
    assert_answers_nothing(&nobody);
    let allowed = || Rules {
        allow_pending: true,
        ..Rules::default()
    };
    assert_eq!(
        identity(&status(r#""pending""#), allowed()).user_id(),
        Some("user_1")
    );
    for unknown in [
        r#""""#,
        r#""Active""#,
        r#""ended""#,
        "null",
        "1",
        "[]",
        r#"["active"]"#,
    ] {
        for rules in [Rules::default(), allowed()] {
            let nobody = identity(&status(unknown), rules);
            assert_eq!(
                nobody.problem(),
                Some(&SignedOut::SessionStatusUnknown),
                "{unknown}"
            );
            assert_answers_nothing(&nobody);
        }
    }
}

#[test]
fn a_required_session_is_named_and_not_a_clients() {
    let rules = || Rules {
        require_session: true,
        ..Rules::default()
    };
    assert_eq!(identity(FULL, rules()).user_id(), Some("user_1"));
    for session in [r#""""#, "1", "null", r#"["sess_1"]"#] {
        let nobody = identity(&FULL.replace(r#""sess_1""#, session), rules());
        let reason = SignedOut::SessionMissing {
            claim: Some("sid".to_owned()),
        };
        assert_eq!(nobody.problem(), Some(&reason), "{session}");
        assert_answers_nothing(&nobody);
    }
    for client in [r#""client_1""#, "null", "1"] {
        let nobody = identity(
            &FULL.replacen('{', &format!(r#"{{"client_id":{client},"#), 1),
            rules(),
        );
        assert_eq!(nobody.problem(), Some(&SignedOut::SessionOfClient), "{client}");
        assert_answers_nothing(&nobody);
    }
}

#[test]
fn j12_j13_checked_expiry_needs_a_usable_exp() {
    let rules = || Rules {
        check_expiry: true,
        ..Rules::default()
    };
    let deadline = 1_700_000_060 + EXPIRY_LEEWAY_SECONDS;
    let person = identity(FULL, rules());
    assert_eq!(person.deadline(), Some(deadline));
    let asked = Requirement {
        role: Some("admin"),
        ..Requirement::default()
    };
    assert!(person.has(&asked, deadline - 1));
    assert!(!person.has(&asked, deadline));
    for expiry in [
        r#""1700000060""#,
        "null",
        "-1",
        "1e400",
        "1e300",
        "1.8e19",
        "18446744073709551615",
        "[1]",
    ] {
        let nobody = identity(&FULL.replace("1700000060.9", expiry), rules());
        assert_eq!(nobody.problem(), Some(&SignedOut::ExpiryInvalid), "{expiry}");
        assert_answers_nothing(&nobody);
        let unchecked = by_default(&FULL.replace("1700000060.9", expiry));
        assert_eq!(
            (unchecked.user_id(), unchecked.expires_at()),
            (Some("user_1"), None),
            "{expiry}"
        );
    }
    let nobody = identity(r#"{"sub":"user_1"}"#, rules());
    assert_eq!(nobody.problem(), Some(&SignedOut::ExpiryMissing));
    assert_answers_nothing(&nobody);
    let late = identity(r#"{"sub":"user_1","exp":9007199254740992}"#, rules());
    assert_eq!(
        late.deadline(),
        Some(9_007_199_254_740_992 + EXPIRY_LEEWAY_SECONDS)
    );
}

#[test]
fn a_machine_is_no_person() {
    for claims in [
        r#"{"sub":"mch_1","o":{"id":"org_1"},"v":2,"org_permissions":[]"#,
        r#"{"sub":"abc@clients""#,
        r#"{"sub":"client_1","client_id":"client_1""#,
    ] {
        let machine = by_default(&format!(
            r#"{claims},"role":"authenticated","fea":"o:a","sid":"s"}}"#
        ));
        assert_eq!(machine.problem(), None);
        assert_eq!(machine.user_id(), None);
        assert_eq!(machine.user_uuid(), None);
        assert!(machine.machine_id().is_some());
        assert_eq!(machine.role(), Some("authenticated"));
        assert!(machine.claims().is_some());
        assert!(
            !machine.has(
                &Requirement {
                    feature: Some("a"),
                    ..Requirement::default()
                },
                0
            ),
            "{claims}"
        );
    }
    for person in [
        r#"{"sub":"user_1","client_id":"client_1"}"#,
        r#"{"sub":"1","client_id":1}"#,
        r#"{"sub":"user_mch_1"}"#,
        r#"{"sub":"a@clients.example.com"}"#,
    ] {
        let person = by_default(person);
        assert!(person.user_id().is_some());
        assert_eq!(person.machine_id(), None);
    }
}

#[test]
fn only_strings_that_say_something_are_read() {
    for value in ["1", "null", "true", "[]", "{}", r#"["x"]"#, r#""""#] {
        let text = format!(
            r#"{{"sub":"user_1","sid":{value},"act":{{"sub":{value}}},"role":{value},"email":{value},"iss":{value},
                "iat":{value},"v":2,"fea":{value},"o":{{"id":{value},"slg":{value},"rol":{value},"per":{value},"fpm":{value}}}}}"#
        );
        let person = by_default(&text);
        let texts = [
            person.session_id(),
            person.actor_id(),
            person.role(),
            person.email(),
            person.issuer(),
            person.org_id(),
            person.org_slug(),
            person.org_role(),
        ];
        assert_eq!(texts, [None; 8], "{value}");
        assert_eq!(person.org_permissions(), Some(&[][..]), "{value}");
    }
}

#[test]
fn a_problem_is_told_in_words_that_quote_no_claim() {
    let cases = [
        (
            r#"{"role":"SECRET"}"#,
            Rules::default(),
            "the claims have no subject: sub is missing",
        ),
        (
            r#"{"sub":["SECRET"]}"#,
            Rules::default(),
            "the subject in sub is not a string",
        ),
        (r#"{"sub":""}"#, Rules::default(), "the subject in sub is empty"),
        (
            r#"{"sub":"SECRET","sts":"pending"}"#,
            Rules::default(),
            "the session is pending and clerk_rls.allow_pending is off",
        ),
        (
            r#"{"sub":"SECRET","sts":"SECRET"}"#,
            Rules::default(),
            "the session status in sts is unknown",
        ),
        (
            r#"{"sub":"SECRET"}"#,
            Rules {
                require_session: true,
                ..Rules::default()
            },
            "clerk_rls.require_session is on and the claims name no session in sid",
        ),
        (
            r#"{"sub":"SECRET"}"#,
            Rules {
                check_expiry: true,
                ..Rules::default()
            },
            "clerk_rls.check_expiry is on and exp is missing",
        ),
    ];
    for (text, rules, words) in cases {
        assert_eq!(identity(text, rules).problem().unwrap().to_string(), words);
    }
}
