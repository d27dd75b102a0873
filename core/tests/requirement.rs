//! Clerk's `has()`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use clerk_rls_core::{Claims, Identity, Layout, Provider, Requirement, Reverification, Rules};

const NOW: i64 = 1_700_000_000;

fn person(text: &str) -> Identity {
    Identity::new(
        Claims::parse(text.as_bytes()).expect(text),
        Rules::default().into(),
    )
}

fn role(role: &str) -> Requirement<'_> {
    Requirement {
        role: Some(role),
        ..Requirement::default()
    }
}

fn permission(permission: &str) -> Requirement<'_> {
    Requirement {
        permission: Some(permission),
        ..Requirement::default()
    }
}

fn admin() -> Identity {
    person(
        r#"{"sub":"user_1","v":2,"iat":1700000000,"fva":[1,2],"fea":"o:teams,u:chat","pla":"u:pro",
            "o":{"id":"org_1","rol":"admin","per":"read,manage","fpm":"1"}}"#,
    )
}

#[test]
fn asking_for_nothing_is_never_met() {
    assert!(!admin().has(&Requirement::default(), NOW));
}

#[test]
fn everything_asked_for_must_be_had() {
    let all = Requirement {
        role: Some("admin"),
        permission: Some("teams:read"),
        feature: Some("teams"),
        plan: Some("user:pro"),
        reverification: Some(Reverification::StrictMfa),
    };
    assert!(admin().has(&all, NOW));
    for one_less in [
        Requirement {
            role: Some("member"),
            ..all
        },
        Requirement {
            permission: Some("teams:manage"),
            ..all
        },
        Requirement {
            feature: Some("u:teams"),
            ..all
        },
        Requirement {
            plan: Some("o:pro"),
            ..all
        },
        Requirement {
            role: Some(""),
            ..all
        },
        Requirement {
            permission: Some(""),
            ..all
        },
        Requirement {
            feature: Some(""),
            ..all
        },
        Requirement {
            plan: Some(""),
            ..all
        },
    ] {
        assert!(!admin().has(&one_less, NOW), "{one_less:?}");
    }
    assert!(!admin().has(&all, NOW + 8 * 60));
}

#[test]
fn a_role_is_compared_without_its_prefix_and_with_its_case() {
    for (asked, had) in [
        ("admin", true),
        ("org:admin", true),
        ("org:org:admin", true),
        ("Admin", false),
        ("member", false),
        ("", false),
        ("org:", false),
        ("admin ", false),
    ] {
        assert_eq!(admin().has(&role(asked), NOW), had, "{asked}");
    }
}

#[test]
fn a_permission_is_a_whole_one() {
    for (asked, had) in [
        ("org:teams:read", true),
        ("teams:read", true),
        ("org:org:teams:read", true),
        ("teams:manage", false),
        ("teams", false),
        ("read", false),
        ("org:teams:rea", false),
        ("Teams:read", false),
        ("", false),
        ("org:", false),
    ] {
        assert_eq!(admin().has(&permission(asked), NOW), had, "{asked}");
    }
    let first =
        person(r#"{"sub":"u","org_id":"o","org_permissions":["org:a:read","b:read","org:org:c:read"]}"#);
    assert!(first.has(&permission("a:read"), NOW));
    assert!(
        !first.has(&permission("b:read"), NOW),
        "Clerk's own lists bear the prefix"
    );
    assert!(!first.has(&permission("c:read"), NOW));
    let prefix = person(r#"{"sub":"u","org_id":"o","org_role":"org:","org_permissions":["org:"]}"#);
    for nothing in ["", "org:", "org:org:"] {
        assert!(!prefix.has(&permission(nothing), NOW), "{nothing}");
        assert!(!prefix.has(&role(nothing), NOW), "{nothing}");
    }
}

#[test]
fn clerks_roles_and_permissions_need_an_organization() {
    for text in [
        r#"{"sub":"u","v":2,"fea":"o:a","o":{"rol":"admin","per":"read","fpm":"1"}}"#,
        r#"{"sub":"u","org_role":"org:admin","org_permissions":["org:a:read"]}"#,
        r#"{"sub":"u","org_id":"","org_role":"org:admin","org_permissions":["org:a:read"]}"#,
    ] {
        assert!(!person(text).has(&role("admin"), NOW), "{text}");
        assert!(!person(text).has(&permission("a:read"), NOW), "{text}");
    }
}

#[test]
fn other_providers_permissions_need_none_and_bear_no_prefix() {
    let rules = |provider| Rules {
        layout: Layout::preset(provider),
        ..Rules::default()
    };
    let identity = |text: &str, provider| {
        Identity::new(
            Claims::parse(text.as_bytes()).expect(text),
            rules(provider).into(),
        )
    };
    let auth0 = identity(
        r#"{"sub":"u","permissions":["read:tasks"],"scope":"openid"}"#,
        Provider::Auth0,
    );
    for (asked, had) in [
        ("read:tasks", true),
        ("org:read:tasks", true),
        ("openid", true),
        ("read", false),
    ] {
        assert_eq!(auth0.has(&permission(asked), NOW), had, "{asked}");
    }
    let keycloak = identity(
        r#"{"sub":"u","realm_access":{"roles":["a","b"]}}"#,
        Provider::Keycloak,
    );
    assert!(keycloak.has(&role("a"), NOW) && keycloak.has(&role("org:b"), NOW));
    assert!(!keycloak.has(&role("c"), NOW));
    let generic = identity(
        r#"{"sub":"u","org_role":"admin","permissions":["x"]}"#,
        Provider::Generic,
    );
    assert!(
        !generic.has(&role("admin"), NOW),
        "a role in an organization needs one"
    );
    assert!(generic.has(&permission("x"), NOW));
}

#[test]
fn features_and_plans_are_read_whichever_version_the_token_has() {
    for version in ["", r#","v":2"#] {
        let text = format!(r#"{{"sub":"u","fea":"o:a,u:b","pla":"u:pro"{version}}}"#);
        let had = |feature, plan| {
            person(&text).has(
                &Requirement {
                    feature,
                    plan,
                    ..Requirement::default()
                },
                NOW,
            )
        };
        assert!(had(Some("o:a"), None) && had(Some("b"), None) && had(None, Some("user:pro")));
        assert!(had(Some("a"), Some("pro")));
        assert!(!had(Some("a"), Some("free")) && !had(Some("x:a"), None) && !had(Some("pro"), None));
    }
    let spoiled = person(r#"{"sub":"u","fea":["o:a"],"pla":"o:pro,free"}"#);
    assert!(!spoiled.has(
        &Requirement {
            feature: Some("a"),
            ..Requirement::default()
        },
        NOW
    ));
    assert!(!spoiled.has(
        &Requirement {
            plan: Some("pro"),
            ..Requirement::default()
        },
        NOW
    ));
}

#[test]
fn a_verification_is_fresh_until_the_preset_says_otherwise() {
    use Reverification::{Lax, Moderate, Strict, StrictMfa};
    // (fva, seconds since iat, presets that are met)
    let cases: &[(&str, i64, &[Reverification])] = &[
        ("[0,0]", 0, &[StrictMfa, Strict, Moderate, Lax]),
        ("[9,9]", 59, &[StrictMfa, Strict, Moderate, Lax]),
        ("[9,9]", 60, &[Moderate, Lax]),
        ("[10,9]", 0, &[Strict, Moderate, Lax]),
        ("[9,10]", 0, &[Moderate, Lax]),
        ("[10,10]", 0, &[Moderate, Lax]),
        ("[60,60]", 0, &[Lax]),
        ("[0,59]", 59, &[Moderate, Lax]),
        ("[0,59]", 60, &[Lax]),
        ("[0,1439]", 59, &[Lax]),
        ("[0,1439]", 60, &[]),
        ("[0,1440]", 0, &[]),
        ("[5,-1]", 0, &[StrictMfa, Strict, Moderate, Lax]),
        ("[10,-1]", 0, &[Moderate, Lax]),
        ("[-1,5]", 0, &[Strict, Moderate, Lax]),
        ("[-1,10]", 0, &[Moderate, Lax]),
        ("[-1,-1]", 0, &[]),
        // A token issued in the future counts as issued now.
        ("[9,9]", -3600, &[StrictMfa, Strict, Moderate, Lax]),
        ("[10,10]", -3600, &[Moderate, Lax]),
        ("[0,0]", i64::MAX, &[]),
        ("[9007199254740992,9007199254740992]", i64::MAX, &[]),
        ("[0,0]", i64::MIN, &[StrictMfa, Strict, Moderate, Lax]),
        ("[0]", 0, &[]),
        ("[0,0,0]", 0, &[]),
        ("[0,-2]", 0, &[]),
        ("[0.5,0]", 0, &[]),
        ("[\"0\",\"0\"]", 0, &[]),
        ("null", 0, &[]),
    ];
    for (fva, age, met) in cases {
        let person = person(&format!(r#"{{"sub":"u","iat":{NOW},"fva":{fva}}}"#));
        for (name, preset) in Reverification::NAMES {
            let asked = Requirement {
                reverification: Some(preset),
                ..Requirement::default()
            };
            let had = person.has(&asked, NOW.saturating_add(*age));
            assert_eq!(had, met.contains(&preset), "{fva} {age} {name}");
        }
    }
}

#[test]
fn a_verification_without_its_claims_is_not_fresh() {
    let asked = Requirement {
        reverification: Some(Reverification::Lax),
        ..Requirement::default()
    };
    for text in [
        r#"{"sub":"u","fva":[0,0]}"#,
        r#"{"sub":"u","fva":[0,0],"iat":"1700000000"}"#,
        r#"{"sub":"u","fva":[0,0],"iat":-1}"#,
        r#"{"sub":"u","fva":[0,0],"iat":1e300}"#,
        r#"{"sub":"u","iat":1700000000}"#,
    ] {
        assert!(!person(text).has(&asked, NOW), "{text}");
    }
}
