//! Claims about an organization count only as far as a membership goes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::rc::Rc;

use clerk_rls_core::{Claims, Identity, Membership, Requirement, Rules};

const V2: &str = r#"{"sub":"u","v":2,"sts":"active","fea":"o:repositories,u:gold","pla":"o:team,u:pro",
    "o":{"id":"org_1","slg":"one","rol":"admin","per":"read","fpm":"1"}}"#;

fn identity(claims: &str) -> Identity {
    let rules = Rules {
        check_membership: true,
        ..Rules::default()
    };
    Identity::new(Claims::parse(claims.as_bytes()).unwrap(), Rc::new(rules))
}

fn membership(role: &str, permissions: &[&str]) -> Membership {
    Membership::new(
        Some(role.to_owned()),
        permissions.iter().map(|&name| name.to_owned()).collect(),
    )
}

fn has(identity: &Identity, required: Requirement) -> bool {
    identity.has(&required, 0)
}

fn role(name: &str) -> Requirement<'_> {
    Requirement {
        role: Some(name),
        ..Requirement::default()
    }
}

fn permission(name: &str) -> Requirement<'_> {
    Requirement {
        permission: Some(name),
        ..Requirement::default()
    }
}

fn feature(name: &str) -> Requirement<'_> {
    Requirement {
        feature: Some(name),
        ..Requirement::default()
    }
}

fn plan(name: &str) -> Requirement<'_> {
    Requirement {
        plan: Some(name),
        ..Requirement::default()
    }
}

#[test]
fn without_a_membership_the_user_is_signed_in_and_has_no_organization() {
    let claims = identity(V2);
    assert!(claims.checks_membership() && claims.names_organization() && !claims.is_no_member());
    assert!(has(&claims, role("admin")) && has(&claims, permission("org:repositories:read")));
    // What was read before the check does not count either.
    assert_eq!(claims.org_slug(), Some("one"));
    let checked = claims.with_membership(None);
    assert!(checked.is_no_member());
    assert_eq!(checked.user_id(), Some("u"));
    assert_eq!(checked.problem(), None);
    assert_eq!(
        (checked.org_id(), checked.org_slug(), checked.org_role()),
        (None, None, None)
    );
    assert_eq!(checked.org_permissions(), None);
    assert!(!has(&checked, role("admin")) && !has(&checked, permission("org:repositories:read")));
    assert!(!has(&checked, feature("repositories")) && !has(&checked, plan("team")));
    assert!(!has(&checked, feature("o:repositories")) && !has(&checked, plan("org:team")));
    assert!(has(&checked, feature("gold")) && has(&checked, plan("user:pro")));
}

#[test]
fn role_and_permissions_are_those_of_the_membership() {
    let member = membership(
        "org:member",
        &["org:tasks:write", "org:tasks:read", "org:tasks:read"],
    );
    let checked = identity(V2).with_membership(Some(member));
    assert!(!checked.is_no_member());
    assert_eq!(
        (checked.org_id(), checked.org_slug()),
        (Some("org_1"), Some("one"))
    );
    assert_eq!(checked.org_role(), Some("org:member"));
    assert_eq!(
        checked.org_permissions().unwrap(),
        ["org:tasks:read", "org:tasks:write"]
    );
    assert!(!has(&checked, role("admin")) && has(&checked, role("member")));
    assert!(!has(&checked, permission("org:repositories:read")) && has(&checked, permission("tasks:read")));
    assert!(has(&checked, feature("o:repositories")) && has(&checked, plan("team")));
    let nothing = identity(V2).with_membership(Some(Membership::default()));
    assert_eq!((nothing.org_id(), nothing.org_role()), (Some("org_1"), None));
    assert_eq!(nothing.org_permissions(), Some([].as_slice()));
    assert!(!has(&nothing, role("")) && !has(&nothing, permission("")));
}

#[test]
fn only_claims_that_need_a_membership_are_looked_up() {
    for (claims, named) in [
        (r#"{"sub":"u"}"#, false),
        (r#"{"sub":"u","v":2,"o":{}}"#, false),
        (r#"{"sub":"u","org_permissions":[]}"#, false),
        (r#"{"sub":"u","org_id":"o"}"#, true),
        (r#"{"sub":"u","org_role":"org:admin"}"#, true),
        (r#"{"sub":"u","org_permissions":["org:tasks:read"]}"#, true),
        (r#"{"org_id":"o"}"#, false),
    ] {
        assert_eq!(identity(claims).names_organization(), named, "{claims}");
    }
    assert!(!identity(r#"{"org_id":"o"}"#).with_membership(None).is_no_member());
}

#[test]
fn a_membership_has_names_with_and_without_their_prefix() {
    let member = membership("admin", &["tasks:read", "org:tasks:write"]);
    for name in ["admin", "org:admin"] {
        assert!(member.has_role(name), "{name}");
    }
    for name in ["", "org:", "member", "Admin"] {
        assert!(!member.has_role(name), "{name}");
    }
    for name in ["tasks:read", "org:tasks:read", "tasks:write", "org:tasks:write"] {
        assert!(member.has_permission(name), "{name}");
    }
    for name in ["", "org:", "tasks", "read", "tasks:write "] {
        assert!(!member.has_permission(name), "{name}");
    }
    let nobody = membership("", &[""]);
    assert!(!nobody.has_role("") && !nobody.has_role("org:") && !nobody.has_permission(""));
}
