//! Where each provider keeps what, and how the operator maps it.

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

fn of(provider: Provider, text: &str) -> Identity {
    with(Layout::preset(provider), text)
}

fn permissions(identity: &Identity) -> Option<Vec<&str>> {
    identity
        .org_permissions()
        .map(|list| list.iter().map(String::as_str).collect())
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
fn every_provider_reads_subject_actor_role_and_email() {
    let text = r#"{"sub":"u","act":{"sub":"a"},"role":"authenticated","email":"e@example.com"}"#;
    for (name, provider) in Provider::NAMES {
        let person = of(provider, text);
        let read = [person.user_id(), person.actor_id(), person.role(), person.email()];
        assert_eq!(
            read,
            [Some("u"), Some("a"), Some("authenticated"), Some("e@example.com")],
            "{name}"
        );
        assert_eq!(
            (person.org_id(), person.org_role(), permissions(&person)),
            (None, None, None),
            "{name}"
        );
    }
}

#[test]
fn supabase_knows_a_session_and_no_organisation() {
    let text = r#"{"sub":"0190163d-8694-739b-aea5-966c26f8ad91","session_id":"s","org_id":"o","o":{"id":"o"},"v":2}"#;
    let person = of(Provider::Supabase, text);
    assert_eq!((person.session_id(), person.org_id()), (Some("s"), None));
    assert_eq!(person.user_uuid().unwrap()[..4], [0x01, 0x90, 0x16, 0x3d]);
}

#[test]
fn logto_names_its_organisation_in_a_claim_or_in_the_audience() {
    let organisation = |claims: &str| {
        of(Provider::Logto, &format!(r#"{{"sub":"u",{claims}}}"#))
            .org_id()
            .map(str::to_owned)
    };
    for (claims, id) in [
        (r#""organization_id":"o""#, Some("o")),
        (
            r#""organization_id":"o","aud":"urn:logto:organization:p""#,
            Some("o"),
        ),
        (
            r#""organization_id":null,"aud":"urn:logto:organization:p""#,
            Some("p"),
        ),
        (r#""organization_id":7,"aud":"urn:logto:organization:p""#, None),
        (
            r#""aud":["https://api.example.com","urn:logto:organization:p"]"#,
            Some("p"),
        ),
        (
            r#""aud":["urn:logto:organization:p","urn:logto:organization:q"]"#,
            None,
        ),
        (r#""aud":["urn:logto:organization:"]"#, None),
        (r#""aud":"https://api.example.com""#, None),
        (r#""aud":7"#, None),
    ] {
        assert_eq!(organisation(claims).as_deref(), id, "{claims}");
    }
    let person = of(Provider::Logto, r#"{"userId":"u","scope":"read:b  read:a"}"#);
    assert_eq!(person.user_id(), Some("u"));
    assert_eq!(permissions(&person), Some(vec!["read:a", "read:b"]));
    let spoiled = of(Provider::Logto, r#"{"sub":7,"userId":"u"}"#);
    assert_eq!(
        spoiled.problem(),
        Some(&SignedOut::SubjectNotText { claim: "sub".into() }),
        "the first decides"
    );
    let neither = of(Provider::Logto, "{}");
    assert_eq!(
        neither.problem(),
        Some(&SignedOut::SubjectMissing {
            claim: "sub or userId".into()
        })
    );
    assert_eq!(
        of(Provider::Logto, r#"{"sub":"app","client_id":"app"}"#).machine_id(),
        Some("app")
    );
}

#[test]
fn supertokens_keeps_lists_under_v() {
    let person = of(
        Provider::Supertokens,
        r#"{"sub":"u","tId":"public","sessionHandle":"h","st-role":{"v":["admin"],"t":1},"st-perm":{"v":["write","read",1]}}"#,
    );
    assert_eq!(
        (person.org_id(), person.session_id(), person.org_role()),
        (Some("public"), Some("h"), Some("org:admin"))
    );
    assert_eq!(permissions(&person), Some(vec!["read", "write"]));
    assert!(has_role(&person, "admin"));
}

#[test]
fn auth0_unites_permissions_and_scope() {
    let text = r#"{"sub":"auth0|1","org_id":"o","permissions":["read:tasks"],"scope":"openid read:tasks","org_role":"x"}"#;
    let person = of(Provider::Auth0, text);
    assert_eq!((person.org_id(), person.org_role()), (Some("o"), None));
    assert_eq!(permissions(&person), Some(vec!["openid", "read:tasks"]));
    assert_eq!(
        permissions(&of(Provider::Auth0, r#"{"sub":"u","scope":"a"}"#)),
        Some(vec!["a"])
    );
    assert_eq!(
        permissions(&of(Provider::Auth0, r#"{"sub":"u","permissions":[]}"#)),
        Some(vec![])
    );
    assert_eq!(
        of(Provider::Auth0, r#"{"sub":"x@clients"}"#).machine_id(),
        Some("x@clients")
    );
}

#[test]
fn keycloaks_organisation_has_three_shapes_and_several_are_none() {
    for (organization, id) in [
        (r#""acme""#, Some("acme")),
        (r#"["acme"]"#, Some("acme")),
        (r#"{"acme":{}}"#, Some("acme")),
        (r#"{"acme":{"id":"42c3"}}"#, Some("42c3")),
        (r#"{"acme":{"id":7}}"#, Some("acme")),
        (r#"{"\u0061cme":null}"#, Some("acme")),
        (r#"["acme","other"]"#, None),
        (r#"["acme",7]"#, None),
        (r#"[7]"#, None),
        (r#"{"acme":{},"other":{}}"#, None),
        ("[]", None),
        ("{}", None),
        ("null", None),
        ("7", None),
        (r#""""#, None),
    ] {
        let person = of(
            Provider::Keycloak,
            &format!(r#"{{"sub":"u","organization":{organization}}}"#),
        );
        assert_eq!(person.org_id(), id, "{organization}");
    }
}

#[test]
fn keycloaks_roles_are_the_realms_and_the_clients() {
    let person = of(
        Provider::Keycloak,
        r#"{"sub":"u","sid":"s","scope":"email profile","realm_access":{"roles":["b","a"]},
            "resource_access":{"account":{"roles":["c","a",7]},"other":{},"odd":7}}"#,
    );
    assert_eq!((person.org_role(), person.session_id()), (None, Some("s")));
    assert!(["a", "b", "c", "org:a"]
        .iter()
        .all(|role| has_role(&person, role)));
    assert_eq!(permissions(&person), Some(vec!["email", "profile"]));
    let one = of(
        Provider::Keycloak,
        r#"{"sub":"u","resource_access":{"account":{"roles":["c"]}}}"#,
    );
    assert_eq!(one.org_role(), Some("org:c"));
    for odd in [r#""x""#, "null", "[]"] {
        let text = format!(r#"{{"sub":"u","realm_access":{odd},"resource_access":{odd}}}"#);
        assert_eq!(of(Provider::Keycloak, &text).org_role(), None);
    }
}

#[test]
fn firebase_names_a_tenant() {
    let person = of(
        Provider::Firebase,
        r#"{"sub":"u","firebase":{"tenant":"t"},"role":"editor","permissions":["x"]}"#,
    );
    assert_eq!(
        (person.org_id(), person.role(), permissions(&person)),
        (Some("t"), Some("editor"), None)
    );
}

#[test]
fn generic_takes_permissions_before_scope() {
    let text = r#"{"sub":"u","org_id":"o","org_slug":"s","org_role":"admin","sid":"i","permissions":[],"scope":"a"}"#;
    let person = of(Provider::Generic, text);
    let read = [
        person.org_id(),
        person.org_slug(),
        person.org_role(),
        person.session_id(),
    ];
    assert_eq!(read, [Some("o"), Some("s"), Some("org:admin"), Some("i")]);
    assert_eq!(permissions(&person), Some(vec![]));
    assert!(has_role(&person, "admin"));
    assert_eq!(
        permissions(&of(Provider::Generic, r#"{"sub":"u","scope":"b a"}"#)),
        Some(vec!["a", "b"])
    );
}

#[test]
fn a_required_session_that_the_provider_does_not_name_signs_everybody_out() {
    for provider in [Provider::Logto, Provider::Auth0, Provider::Firebase] {
        let rules = Rules {
            layout: Layout::preset(provider),
            require_session: true,
            ..Rules::default()
        };
        let nobody = Identity::new(Claims::parse(br#"{"sub":"u","sid":"s"}"#).unwrap(), rules.into());
        assert_eq!(nobody.problem(), Some(&SignedOut::SessionMissing { claim: None }));
    }
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
    assert_eq!(permissions(&person), Some(vec!["a:read", "org:b:read"]));
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
fn a_mapped_role_needs_an_organisation_with_clerk_alone() {
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
        (r#"{"org_id":"a"}"#, NotAPlace(Field::OrgId)),
        (r#"{"org_id":null}"#, NotAPlace(Field::OrgId)),
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
