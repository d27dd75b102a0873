//! Clerk's session tokens, version 1 and 2.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use clerk_rls_core::{Claims, FpmAlignment, Identity, Rules};

fn identity(text: &str, rules: Rules) -> Identity {
    Identity::new(Claims::parse(text.as_bytes()).expect(text), rules.into())
}

fn by_default(text: &str) -> Identity {
    identity(text, Rules::default())
}

#[test]
fn version_2_is_the_number_and_ignores_the_claims_of_version_1() {
    let both = |version: &str| {
        by_default(&format!(
            r#"{{"sub":"user_1",{version}"org_id":"org_1","org_slug":"one","org_role":"org:member",
                "org_permissions":["org:b:read","org:a:read",7,"","org:b:read"],
                "fea":"o:a","o":{{"id":"org_2","slg":"two","rol":"admin","per":"write","fpm":"1"}}}}"#
        ))
    };
    for version in [r#""v":2,"#, r#""v":2.0,"#, r#""v":20e-1,"#] {
        let second = both(version);
        assert_eq!(second.org_id(), Some("org_2"), "{version}");
        assert_eq!(second.org_slug(), Some("two"));
        assert_eq!(second.org_role(), Some("org:admin"));
        assert_eq!(second.org_permissions().unwrap(), ["org:a:write"]);
    }
    for version in [
        "",
        r#""v":"2","#,
        r#""v":1,"#,
        r#""v":3,"#,
        r#""v":null,"#,
        r#""v":[2],"#,
        r#""v":2e400,"#,
    ] {
        let first = both(version);
        assert_eq!(first.org_id(), Some("org_1"), "{version}");
        assert_eq!(first.org_slug(), Some("one"));
        assert_eq!(first.org_role(), Some("org:member"));
        assert_eq!(first.org_permissions().unwrap(), ["org:a:read", "org:b:read"]);
    }
}

#[test]
fn version_2_without_an_organization_has_none() {
    for o in ["", r#","o":null"#, r#","o":"org_1""#, r#","o":[{"id":"org_1"}]"#] {
        let person = by_default(&format!(
            r#"{{"sub":"user_1","v":2,"fea":"o:a","org_id":"org_1","org_role":"org:admin","org_permissions":["org:a:b"]{o}}}"#
        ));
        assert_eq!(
            (person.org_id(), person.org_slug(), person.org_role()),
            (None, None, None),
            "{o}"
        );
        assert_eq!(person.org_permissions(), None, "{o}");
    }
}

#[test]
fn a_role_bears_its_prefix_exactly_once() {
    for (role, read) in [
        ("admin", Some("org:admin")),
        ("org:admin", Some("org:admin")),
        ("org:org:admin", Some("org:admin")),
        ("ORG:admin", Some("org:ORG:admin")),
        ("org:", None),
        ("org:org:", None),
    ] {
        let second = by_default(&format!(r#"{{"sub":"u","v":2,"o":{{"id":"o","rol":"{role}"}}}}"#));
        assert_eq!(second.org_role(), read, "{role}");
        let first = by_default(&format!(r#"{{"sub":"u","org_id":"o","org_role":"{role}"}}"#));
        assert_eq!(first.org_role(), read, "{role}");
    }
}

#[test]
fn the_alignment_of_fpm_is_a_rule() {
    let text = r#"{"sub":"u","v":2,"fea":"o:reservations,u:dashboard,uo:support-chat,o:impersonation",
        "o":{"id":"o","per":"read,manage","fpm":"2,3"}}"#;
    let read = |fpm_alignment| {
        identity(
            text,
            Rules {
                fpm_alignment,
                ..Rules::default()
            },
        )
        .org_permissions()
        .unwrap()
        .to_vec()
    };
    let manage = "org:reservations:manage";
    assert_eq!(read(FpmAlignment::Strict), [manage]);
    assert_eq!(read(FpmAlignment::Docs), [manage]);
    assert_eq!(
        read(FpmAlignment::Sdk),
        [manage, "org:support-chat:manage", "org:support-chat:read"]
    );
    assert_eq!(Rules::default().fpm_alignment, FpmAlignment::Strict);
}

#[test]
fn version_1_without_permissions_in_an_organization_has_an_empty_list() {
    let read = |text: &str| by_default(text).org_permissions().map(<[String]>::to_vec);
    assert_eq!(read(r#"{"sub":"u","org_id":"o"}"#), Some(vec![]));
    assert_eq!(
        read(r#"{"sub":"u","org_id":"o","org_permissions":"org:a:b"}"#),
        Some(vec![])
    );
    assert_eq!(read(r#"{"sub":"u"}"#), None);
}

#[test]
fn a_feature_whose_name_has_a_colon_keeps_it_in_its_permissions() {
    let person = by_default(
        r#"{"sub":"u","v":2,"fea":"o:x:zzz,o:y","o":{"id":"org_1","rol":"admin","per":"read,manage","fpm":"1,2"}}"#,
    );
    assert_eq!(
        person.org_permissions().unwrap(),
        ["org:x:zzz:read", "org:y:manage"]
    );
}
