//! The layouts of the providers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use clerk_rls_core::{Claims, Identity, Layout, Provider, Requirement, Rules, SignedOut};

fn of(provider: Provider, text: &str) -> Identity {
    let rules = Rules {
        layout: Layout::preset(provider),
        ..Rules::default()
    };
    Identity::new(Claims::parse(text.as_bytes()).expect(text), rules.into())
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
fn supabase_knows_a_session_and_no_organization() {
    let text = r#"{"sub":"0190163d-8694-739b-aea5-966c26f8ad91","session_id":"s","org_id":"o","o":{"id":"o"},"v":2}"#;
    let person = of(Provider::Supabase, text);
    assert_eq!((person.session_id(), person.org_id()), (Some("s"), None));
    assert_eq!(person.user_uuid().unwrap()[..4], [0x01, 0x90, 0x16, 0x3d]);
}

#[test]
fn logto_names_its_organization_in_a_claim_or_in_the_audience() {
    let organization = |claims: &str| {
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
        assert_eq!(organization(claims).as_deref(), id, "{claims}");
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
fn keycloaks_organization_has_three_shapes_and_several_are_none() {
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
