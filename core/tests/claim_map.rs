//! Claim maps: moving single fields to other claims.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use clerk_rls_core::{
    ClaimMapError, Claims, ClaimsError, Field, Identity, Layout, Provider, Requirement, Rules, SignedOut,
};

fn with(layout: Layout, text: &str) -> Identity {
    let rules = Rules {
        layout,
        ..Rules::default()
    };
    Identity::new(Claims::parse(text.as_bytes()).expect(text), rules.into())
}

fn has_role(identity: &Identity, role: &str) -> bool {
    identity.has(
        &Requirement {
            role: Some(role),
            ..Requirement::default()
        },
        0,
    )
}

#[test]
fn a_mapped_field_replaces_the_presets_and_no_other() {
    let layout = Layout::preset(Provider::Clerk)
        .with_claim_map(
            r#"{"user_id":["userId"],"org_id":["https://example.com/org"],"org_role":["app","roles"],
                "permissions":{"path":["scope"],"split":" "},"email":{"path":["mail"],"strip_prefix":"mailto:"}}"#,
        )
        .unwrap();
    let person = with(
        layout,
        r#"{"sub":"s","userId":"u","https://example.com/org":"o","app":{"roles":["admin","org:admin"]},
            "scope":"a:read org:b:read","mail":"mailto:e@example.com","v":2,"fea":"o:x",
            "o":{"id":"org_1","slg":"acme","rol":"member","per":"read","fpm":"1"},"sid":"i"}"#,
    );
    assert_eq!(
        (person.user_id(), person.org_id(), person.email()),
        (Some("u"), Some("o"), Some("e@example.com"))
    );
    assert_eq!(
        (person.org_role(), person.org_slug(), person.session_id()),
        (Some("org:admin"), Some("acme"), Some("i"))
    );
    assert_eq!(person.org_permissions().unwrap(), ["a:read", "org:b:read"]);
    for asked in ["a:read", "org:a:read", "b:read"] {
        assert!(
            person.has(
                &Requirement {
                    permission: Some(asked),
                    ..Requirement::default()
                },
                0
            ),
            "{asked}"
        );
    }
}

#[test]
fn a_mapped_role_needs_an_organization_with_clerk_alone() {
    let map = r#"{"org_role":["r"]}"#;
    for (provider, had) in [
        (Provider::Clerk, false),
        (Provider::Generic, true),
        (Provider::Auth0, true),
    ] {
        let person = with(
            Layout::preset(provider).with_claim_map(map).unwrap(),
            r#"{"sub":"u","r":"admin"}"#,
        );
        assert_eq!(person.org_role(), Some("org:admin"));
        assert_eq!(has_role(&person, "admin"), had, "{provider}");
    }
}

#[test]
fn a_mapped_subject_is_one_text_and_says_why_it_is_not() {
    let subject = |map: &str, value: &str| {
        let layout = Layout::preset(Provider::Generic).with_claim_map(map).unwrap();
        let person = with(layout, &format!(r#"{{"a":{{"b":{value}}}}}"#));
        person
            .user_id()
            .map(str::to_owned)
            .ok_or(person.problem().cloned())
    };
    let claim = || "a.b".to_owned();
    let plain = r#"{"user_id":["a","b"]}"#;
    assert_eq!(subject(plain, r#""u""#), Ok("u".into()));
    assert_eq!(
        subject(plain, r#"["u"]"#),
        Err(Some(SignedOut::SubjectNotText { claim: claim() }))
    );
    let prefix = r#"{"user_id":{"path":["a","b"],"strip_prefix":"urn:"}}"#;
    assert_eq!(subject(prefix, r#""urn:u""#), Ok("u".into()));
    assert_eq!(subject(prefix, r#"["x","urn:u"]"#), Ok("u".into()));
    assert_eq!(
        subject(prefix, r#""u""#),
        Err(Some(SignedOut::SubjectWithoutPrefix { claim: claim() }))
    );
    assert_eq!(
        subject(prefix, r#"["urn:u","urn:w"]"#),
        Err(Some(SignedOut::SubjectAmbiguous { claim: claim() }))
    );
    let split = r#"{"user_id":{"path":["a","b"],"split":"|"}}"#;
    assert_eq!(subject(split, r#""|u|""#), Ok("u".into()));
    assert_eq!(
        subject(split, r#""|""#),
        Err(Some(SignedOut::SubjectEmpty { claim: claim() }))
    );
    assert_eq!(
        subject(split, r#"["u"]"#),
        Err(Some(SignedOut::SubjectNotText { claim: claim() }))
    );
    assert_eq!(
        subject(split, "7"),
        Err(Some(SignedOut::SubjectNotText { claim: claim() }))
    );
    assert_eq!(
        subject(split, "null"),
        Err(Some(SignedOut::SubjectMissing { claim: claim() }))
    );
}

#[test]
fn an_empty_claim_map_changes_nothing() {
    for (_, provider) in Provider::NAMES {
        for map in ["", " \n", "{}"] {
            assert_eq!(
                Layout::preset(provider).with_claim_map(map),
                Ok(Layout::preset(provider))
            );
        }
    }
}

#[test]
fn a_claim_map_is_understood_whole_or_refused() {
    use ClaimMapError::*;
    let cases = [
        ("[]", Malformed(ClaimsError::NotAnObject)),
        ("{", Malformed(ClaimsError::NotJson)),
        (
            r#"{"org_id":["a"],"org_id":["b"]}"#,
            Malformed(ClaimsError::DuplicateKey),
        ),
        (
            r#"{"org_id":{"path":["a"],"path":["b"]}}"#,
            Malformed(ClaimsError::DuplicateKey),
        ),
        (r#"{"org":["a"]}"#, UnknownField("org".into())),
        (r#"{"User_id":["a"]}"#, UnknownField("User_id".into())),
        (r#"{"org_id":"a"}"#, NotAPath(Field::OrgId)),
        (r#"{"org_id":null}"#, NotAPath(Field::OrgId)),
        (r#"{"org_id":[]}"#, PathEmpty(Field::OrgId)),
        (r#"{"org_id":[1]}"#, PathNotStrings(Field::OrgId)),
        (r#"{"role":["a",["b"]]}"#, PathNotStrings(Field::Role)),
        (r#"{"role":{"path":"a"}}"#, PathNotStrings(Field::Role)),
        (r#"{"role":{"path":[]}}"#, PathEmpty(Field::Role)),
        (r#"{"role":{"split":" "}}"#, PathMissing(Field::Role)),
        (r#"{"role":{}}"#, PathMissing(Field::Role)),
        (
            r#"{"permissions":{"path":["a"],"Split":" "}}"#,
            UnknownMember(Field::Permissions),
        ),
        (
            r#"{"permissions":{"path":["a"],"split":""}}"#,
            SplitInvalid(Field::Permissions),
        ),
        (
            r#"{"permissions":{"path":["a"],"split":7}}"#,
            SplitInvalid(Field::Permissions),
        ),
        (
            r#"{"email":{"path":["a"],"strip_prefix":null}}"#,
            PrefixInvalid(Field::Email),
        ),
    ];
    for (map, reason) in cases {
        let error = Layout::default().with_claim_map(map).unwrap_err();
        assert_eq!(error, reason, "{map}");
        let words = error.to_string();
        assert!(words.contains("claim map") && !words.ends_with('.'), "{words}");
    }
    let long = format!(r#"{{"org_id":["{}"]}}"#, "x".repeat(8 * 1024));
    assert_eq!(Layout::default().with_claim_map(&long).unwrap_err(), TooLarge);
    let unknown = Layout::default()
        .with_claim_map(&format!(r#"{{"{}":[]}}"#, "é".repeat(2000)))
        .unwrap_err();
    assert!(unknown.to_string().len() < 150);
    for (name, _) in Field::NAMES {
        assert!(TooLarge.hint().contains(name));
    }
}
