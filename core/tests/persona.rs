//! Personas: the readers return what was given.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use clerk_rls_core::{Claims, ClaimsError, Field, Identity, Layout, Persona, PersonaError, Provider, Rules};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{json, Value};
use std::rc::Rc;

fn rules(provider: Provider, claim_map: &str) -> Rc<Rules> {
    Rc::new(Rules {
        layout: Layout::preset(provider).with_claim_map(claim_map).unwrap(),
        ..Rules::default()
    })
}

fn no_more() -> Claims {
    Claims::parse(b"{}").unwrap()
}

fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

fn claims(persona: &Persona, rules: &Rc<Rules>) -> Result<Value, PersonaError> {
    let claims = persona.claims(rules, &no_more())?;
    Ok(serde_json::from_str(claims.text()).unwrap())
}

/// Removes the fields that the provider's tokens cannot contain.
fn as_far_as_possible(provider: Provider, persona: &Persona) -> Persona {
    let mut known = Persona::default();
    let rules = rules(provider, "");
    known.user_id = persona.user_id.clone();
    known.role = persona.role.clone();
    let tries: [fn(&mut Persona, &Persona); 3] = [
        |known, all| known.org_id = all.org_id.clone(),
        |known, all| known.org_role = all.org_role.clone(),
        |known, all| known.permissions = all.permissions.clone(),
    ];
    for give in tries {
        let mut more = known.clone();
        give(&mut more, persona);
        match more.claims(&rules, &no_more()) {
            Ok(_) => known = more,
            Err(PersonaError::Nowhere(_)) => {}
            Err(error) => panic!("{provider}: {error}"),
        }
    }
    known
}

fn red() -> Persona {
    Persona {
        user_id: text("user_red"),
        org_id: text("org_paint"),
        org_role: text("org:admin"),
        permissions: Some(vec!["org:tasks:read".into(), "org:tasks:manage".into()]),
        role: text("authenticated"),
        ..Persona::default()
    }
}

#[test]
fn each_provider_has_the_claims_of_its_tokens() {
    let permissions = json!(["org:tasks:read", "org:tasks:manage"]);
    for (provider, expected) in [
        (
            Provider::Clerk,
            json!({"sub": "user_red", "org_id": "org_paint", "org_role": "org:admin",
            "org_permissions": permissions, "role": "authenticated"}),
        ),
        (
            Provider::Supabase,
            json!({"sub": "user_red", "role": "authenticated"}),
        ),
        (
            Provider::Logto,
            json!({"sub": "user_red", "organization_id": "org_paint",
            "scope": "org:tasks:read org:tasks:manage", "role": "authenticated"}),
        ),
        (
            Provider::Supertokens,
            json!({"sub": "user_red", "tId": "org_paint", "st-role": {"v": ["org:admin"]},
            "st-perm": {"v": permissions}, "role": "authenticated"}),
        ),
        (
            Provider::Auth0,
            json!({"sub": "user_red", "org_id": "org_paint", "permissions": permissions,
            "role": "authenticated"}),
        ),
        (
            Provider::Keycloak,
            json!({"sub": "user_red", "organization": ["org_paint"],
            "realm_access": {"roles": ["org:admin"]}, "scope": "org:tasks:read org:tasks:manage", "role": "authenticated"}),
        ),
        (
            Provider::Firebase,
            json!({"sub": "user_red", "firebase": {"tenant": "org_paint"}, "role": "authenticated"}),
        ),
        (
            Provider::Generic,
            json!({"sub": "user_red", "org_id": "org_paint", "org_role": "org:admin",
            "permissions": permissions, "role": "authenticated"}),
        ),
    ] {
        let persona = as_far_as_possible(provider, &red());
        assert_eq!(claims(&persona, &rules(provider, "")), Ok(expected), "{provider}");
    }
}

#[test]
fn a_field_that_the_provider_does_not_have_is_an_error() {
    use Field::*;
    let whole = |provider| claims(&red(), &rules(provider, ""));
    assert_eq!(whole(Provider::Supabase), Err(PersonaError::Nowhere(OrgId)));
    assert_eq!(whole(Provider::Logto), Err(PersonaError::Nowhere(OrgRole)));
    assert_eq!(whole(Provider::Auth0), Err(PersonaError::Nowhere(OrgRole)));
    assert_eq!(whole(Provider::Firebase), Err(PersonaError::Nowhere(OrgRole)));
    for provider in [
        Provider::Clerk,
        Provider::Supertokens,
        Provider::Keycloak,
        Provider::Generic,
    ] {
        assert!(whole(provider).is_ok(), "{provider}");
    }
}

#[test]
fn a_claim_map_is_applied() {
    let map = r#"{"user_id":{"path":["a","id"],"strip_prefix":"urn:"},"org_id":["a","org"],"org_role":["roles","0"],
        "permissions":{"path":["scope"],"split":" ","strip_prefix":"p:"},"role":["a","role"]}"#;
    let expected = json!({"a": {"id": "urn:user_red", "org": "org_paint", "role": "authenticated"}, "roles": {"0": "org:admin"},
        "scope": "p:org:tasks:read p:org:tasks:manage"});
    assert_eq!(claims(&red(), &rules(Provider::Clerk, map)), Ok(expected));
}

#[test]
fn two_fields_in_one_place_are_an_error_unless_they_agree() {
    let both = rules(Provider::Generic, r#"{"user_id":["a"],"org_id":["a"]}"#);
    let mut persona = Persona {
        user_id: text("x"),
        org_id: text("y"),
        ..Persona::default()
    };
    assert_eq!(claims(&persona, &both), Err(PersonaError::Taken(Field::OrgId)));
    persona.org_id = text("x");
    assert_eq!(claims(&persona, &both), Ok(json!({"a": "x"})));
    // The claim of the user ID is also that of the organization, so it cannot be missing.
    persona.org_id = None;
    assert_eq!(
        claims(&persona, &both),
        Err(PersonaError::Inexpressible(Field::OrgId))
    );
    let nested = rules(Provider::Generic, r#"{"user_id":["a"],"org_id":["a","b"]}"#);
    persona.org_id = text("y");
    assert_eq!(claims(&persona, &nested), Err(PersonaError::Taken(Field::OrgId)));
}

#[test]
fn the_database_role_gives_way_to_what_was_asked_for() {
    let roles = rules(Provider::Generic, r#"{"org_role":["role"]}"#);
    let mut persona = Persona {
        user_id: text("x"),
        org_role: text("admin"),
        role: text("authenticated"),
        ..Persona::default()
    };
    assert_eq!(claims(&persona, &roles), Ok(json!({"sub": "x", "role": "admin"})));
    persona.org_role = None;
    assert_eq!(claims(&persona, &roles), Ok(json!({"sub": "x"})));
    persona.user_id = None;
    assert_eq!(claims(&persona, &roles), Ok(json!({"role": "authenticated"})));
}

#[test]
fn what_readers_would_not_answer_is_an_error() {
    use Field::*;
    let clerk = rules(Provider::Clerk, "");
    for user in ["", "mch_1", "x@clients", &"x".repeat(256)] {
        let persona = Persona {
            user_id: text(user),
            ..Persona::default()
        };
        assert_eq!(
            claims(&persona, &clerk),
            Err(PersonaError::Inexpressible(UserId)),
            "{user}"
        );
    }
    let of_user = |change: fn(&mut Persona)| {
        let mut persona = Persona {
            user_id: text("u"),
            ..Persona::default()
        };
        change(&mut persona);
        persona
    };
    for (persona, field) in [
        (of_user(|p| p.org_id = text("")), OrgId),
        (of_user(|p| p.org_role = text("")), OrgRole),
        (of_user(|p| p.org_role = text("org:")), OrgRole),
        (
            of_user(|p| p.permissions = Some(vec![String::new()])),
            Permissions,
        ),
    ] {
        assert_eq!(claims(&persona, &clerk), Err(PersonaError::Inexpressible(field)));
    }
    let logto = rules(Provider::Logto, "");
    assert_eq!(
        claims(&of_user(|p| p.permissions = Some(vec!["a b".into()])), &logto),
        Err(PersonaError::Inexpressible(Permissions))
    );
    for (field, change) in [
        (
            OrgId,
            (|p: &mut Persona| p.org_id = text("o")) as fn(&mut Persona),
        ),
        (OrgRole, |p| p.org_role = text("o")),
        (Permissions, |p| p.permissions = Some(Vec::new())),
    ] {
        let mut persona = Persona::default();
        change(&mut persona);
        assert_eq!(claims(&persona, &clerk), Err(PersonaError::WithoutUser(field)));
    }
}

#[test]
fn whoever_is_required_to_have_a_session_and_an_expiry_has_them() {
    let strict = |provider| {
        Rc::new(Rules {
            layout: Layout::preset(provider),
            require_session: true,
            check_expiry: true,
            ..Rules::default()
        })
    };
    let mut persona = Persona {
        user_id: text("u"),
        ..Persona::default()
    };
    assert_eq!(
        claims(&persona, &strict(Provider::Clerk)),
        Err(PersonaError::Inexpressible(Field::UserId))
    );
    persona.session_id = text("s");
    persona.expires_at = Some(7);
    assert_eq!(
        claims(&persona, &strict(Provider::Clerk)),
        Ok(json!({"sub": "u", "sid": "s", "exp": 7}))
    );
    assert_eq!(
        claims(&persona, &strict(Provider::Supabase)),
        Ok(json!({"sub": "u", "session_id": "s", "exp": 7}))
    );
    assert_eq!(
        claims(&persona, &strict(Provider::Logto)),
        Err(PersonaError::Nowhere(Field::SessionId))
    );
    persona.user_id = None;
    assert_eq!(claims(&persona, &strict(Provider::Logto)), Ok(json!({"exp": 7})));
}

#[test]
fn more_claims_go_over_it_member_by_member() {
    let more =
        Claims::parse(br#"{"org_\u0069d":"org_other","name":{"a":[1,2]},"sts":"pending","role":null}"#)
            .unwrap();
    let merged = red().claims(&rules(Provider::Clerk, ""), &more).unwrap();
    let expected = json!({"sub": "user_red", "org_id": "org_other", "org_role": "org:admin",
        "org_permissions": ["org:tasks:read", "org:tasks:manage"], "role": null, "name": {"a": [1, 2]}, "sts": "pending"});
    assert_eq!(serde_json::from_str::<Value>(merged.text()).unwrap(), expected);
    let large = Claims::parse(format!(r#"{{"a":"{}"}}"#, "x".repeat(65_500)).as_bytes()).unwrap();
    let error = red().claims(&rules(Provider::Clerk, ""), &large).unwrap_err();
    assert_eq!(error, PersonaError::Claims(ClaimsError::TooLarge));
}

#[test]
fn every_error_has_a_message_in_lower_case_and_a_hint_in_sentences() {
    for (name, field) in Field::NAMES {
        for error in [
            PersonaError::Nowhere(field),
            PersonaError::Taken(field),
            PersonaError::WithoutUser(field),
            PersonaError::Inexpressible(field),
        ] {
            let (message, hint) = (error.to_string(), error.hint().unwrap());
            assert!(message.contains(name) && !message.ends_with('.'), "{message}");
            assert!(hint.ends_with('.'), "{hint}");
        }
    }
    assert_eq!(PersonaError::Claims(ClaimsError::NotAnObject).hint(), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_goes_in_is_what_the_readers_answer(
        user in "[a-z_\"\\\\ é😀]{1,12}",
        org in prop::option::of("[a-z_\"\\\\ é😀]{1,12}"),
        role in prop::option::of("(org:)?[a-z_\"\\\\ é😀]{1,12}"),
        permissions in prop::option::of(vec("[a-z:_\"\\\\é😀]{1,12}", 0..4)),
        required in any::<bool>(),
    ) {
        let all = Persona { user_id: Some(user), org_id: org, org_role: role, permissions, issued_at: None,
            role: text("authenticated"), session_id: text("s"), expires_at: Some(1) };
        for (_, provider) in Provider::NAMES {
            let mut persona = as_far_as_possible(provider, &all);
            let mut rules = Rules { layout: Layout::preset(provider), ..Rules::default() };
            if required && !matches!(provider, Provider::Logto | Provider::Supertokens | Provider::Auth0 | Provider::Firebase) {
                (rules.require_session, rules.check_expiry) = (true, true);
                (persona.session_id, persona.expires_at) = (all.session_id.clone(), all.expires_at);
            }
            let rules = Rc::new(rules);
            let claims = persona.claims(&rules, &no_more()).unwrap();
            let identity = Identity::new(claims, rules);
            prop_assert_eq!(identity.user_id(), persona.user_id.as_deref());
            prop_assert_eq!(identity.org_id(), persona.org_id.as_deref());
            prop_assert_eq!(identity.role(), Some("authenticated"));
            let role = persona.org_role.as_ref().map(|role| format!("org:{}", role.trim_start_matches("org:")));
            prop_assert_eq!(identity.org_role(), role.as_deref());
            let mut permissions = persona.permissions.clone().unwrap_or_default();
            permissions.sort();
            permissions.dedup();
            prop_assert_eq!(identity.org_permissions().unwrap_or_default(), permissions);
            prop_assert_eq!(identity.problem(), None);
        }
    }

    #[test]
    fn no_persona_and_no_claim_map_makes_it_panic(
        texts in vec(prop::option::of("[a-b:. ]{0,4}"), 3),
        permissions in prop::option::of(vec("[a-b. ]{0,3}", 0..3)),
        paths in vec(vec("[a-c0]", 1..3), 4),
        split in prop::option::of("[. ]"),
    ) {
        let mut place = json!({"path": paths[3]});
        if let Some(split) = split {
            place["split"] = split.into();
        }
        let map = json!({"user_id": paths[0], "org_id": paths[1], "org_role": paths[2], "permissions": place}).to_string();
        let persona = Persona { user_id: texts[0].clone(), org_id: texts[1].clone(), org_role: texts[2].clone(), permissions,
            role: text("r"), ..Persona::default() };
        for (_, provider) in Provider::NAMES {
            let rules = rules(provider, &map);
            if let Ok(claims) = persona.claims(&rules, &no_more()) {
                let identity = Identity::new(claims, rules);
                prop_assert_eq!(identity.user_id(), persona.user_id.as_deref());
                prop_assert_eq!(identity.org_id(), persona.org_id.as_deref());
            }
        }
    }
}
