//! Where keys are fetched, and when.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use clerk_rls_core::jwks::{check, discovery, Cooldown, FetchError, FetchSchedule, KeysUrl, UrlError};
use clerk_rls_core::Provider;

fn refused(url: &str) -> UrlError {
    KeysUrl::parse(url).expect_err(url)
}

#[test]
fn https_addresses_and_http_addresses_of_this_machine_are_fetched() {
    for url in [
        "https://clerk.example.com/.well-known/jwks.json",
        "https://example.com:8443/keys?version=2",
        "https://10.0.0.1/keys",
        "https://[2001:db8::1]:8443/keys",
        "http://localhost/keys",
        "http://idp.localhost:8080/keys",
        "http://127.0.0.1:8080/keys",
        "http://127.9.9.9/keys",
        "http://[::1]:8080/keys",
    ] {
        assert_eq!(KeysUrl::parse(url).expect(url).as_str(), url);
    }
}

#[test]
fn other_schemes_and_http_to_another_machine_are_refused() {
    for url in [
        "http://clerk.example.com/keys",
        "http://localhost.example.com/keys",
        "http://10.0.0.1/keys",
        "file:///etc/passwd",
        "ftp://example.com/",
        "HTTPS://example.com/",
        "//example.com/keys",
        "example.com",
        "",
    ] {
        assert_eq!(refused(url), UrlError::NotHttps, "{url}");
    }
}

#[test]
fn names_passwords_and_strange_hosts_are_refused() {
    assert_eq!(refused("https://user@example.com/"), UrlError::UserInfo);
    assert_eq!(refused("https://user:word@example.com/"), UrlError::UserInfo);
    for url in [
        "https://",
        "https:///keys",
        "https://:443/",
        "https://example.com:/",
        "https://example.com:0/",
        "https://example.com:65536/",
        "https://example.com:+80/",
        "https://[::1/",
        "https://[::1]x/",
        "https://exam%70le.com/",
        "http://2130706433/",
        "http://127.1/",
        "http://0x7f.0x1/",
        "https://./",
    ] {
        assert_eq!(refused(url), UrlError::Host, "{url}");
    }
    for url in [
        "https://example.com\\@localhost/",
        "https://example.com/a b",
        "https://example.com/#fragment",
        "https://example.com/\r\nX: y",
        "https://ex\u{e4}mple.com/",
        "https://example.com/a/../b",
    ] {
        assert_eq!(refused(url), UrlError::Character, "{url}");
    }
    let long = format!("https://example.com/{}", "a".repeat(2048));
    assert_eq!(refused(&long), UrlError::TooLong);
}

#[test]
fn an_address_elsewhere_never_leads_to_this_machine() {
    let far = KeysUrl::parse("https://example.com/a?b").expect("valid");
    let near = KeysUrl::parse("http://127.0.0.1:1/a").expect("valid");
    for target in [
        "http://localhost/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://0.0.0.0/",
        "https://[::]/",
        "https://[::ffff:127.0.0.1]/",
    ] {
        assert_eq!(far.leads_to(target), Err(UrlError::ToLoopback), "{target}");
        assert!(near.leads_to(target).is_ok(), "{target}");
    }
    assert_eq!(far.leads_to("http://example.com/"), Err(UrlError::NotHttps));
    assert_eq!(far.leads_to("//localhost/"), Err(UrlError::NotHttps));
    assert_eq!(far.leads_to("relative"), Err(UrlError::NotHttps));
    let same = far.leads_to("/keys").expect("a path");
    assert_eq!(same.as_str(), "https://example.com/keys");
}

#[test]
fn the_discovery_document_is_below_the_issuer() {
    let url = |issuer| discovery::document_url(issuer).map(|url| url.as_str().to_owned());
    let expected = "https://a.example.com/.well-known/openid-configuration";
    assert_eq!(url("https://a.example.com").as_deref(), Ok(expected));
    assert_eq!(url("https://a.example.com/").as_deref(), Ok(expected));
    let realm = "https://a.example.com/realms/x/.well-known/openid-configuration";
    assert_eq!(url("https://a.example.com/realms/x").as_deref(), Ok(realm));
    assert_eq!(url("supabase"), Err(UrlError::NotHttps));
    assert_eq!(url("https://a.example.com/?x"), Err(UrlError::Character));
}

#[test]
fn only_clerk_has_an_address_without_discovery() {
    let clerk = discovery::well_known_keys("https://a.example.com", Provider::Clerk);
    let clerk = clerk.expect("valid").expect("an address");
    assert_eq!(clerk.as_str(), "https://a.example.com/.well-known/jwks.json");
    for provider in [Provider::Auth0, Provider::Generic, Provider::Keycloak] {
        assert_eq!(
            discovery::well_known_keys("https://a.example.com", provider),
            Ok(None)
        );
    }
}

#[test]
fn a_discovery_document_counts_for_its_own_issuer_alone() {
    let from = discovery::document_url("https://a.example.com").expect("valid");
    let keys = |document: &str| discovery::keys_url(document.as_bytes(), "https://a.example.com", &from);
    let found = keys(r#"{"issuer":"https://a.example.com","jwks_uri":"https://keys.example.com/k"}"#);
    assert_eq!(found.expect("valid").as_str(), "https://keys.example.com/k");
    for issuer in [
        "https://a.example.com/",
        "https://b.example.com",
        "HTTPS://A.EXAMPLE.COM",
        "",
    ] {
        let document = format!(r#"{{"issuer":"{issuer}","jwks_uri":"https://a.example.com/k"}}"#);
        assert_eq!(keys(&document), Err(FetchError::AnotherIssuer), "{issuer}");
    }
    assert_eq!(
        keys(r#"{"issuer":["https://a.example.com"],"jwks_uri":"https://a.example.com/k"}"#),
        Err(FetchError::AnotherIssuer)
    );
    assert_eq!(
        keys(r#"{"issuer":"https://a.example.com"}"#),
        Err(FetchError::NoJwksUri)
    );
    assert_eq!(keys("<html>"), Err(FetchError::DocumentMalformed));
    assert_eq!(
        keys(r#"{"issuer":"https://a.example.com","jwks_uri":"http://localhost/k"}"#),
        Err(FetchError::Url(UrlError::ToLoopback))
    );
}

#[test]
fn an_answer_without_a_usable_public_key_replaces_nothing() {
    let good = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","kid":"k","x":"Uncei7bQyBH8jxLj-46fcUEjuyKhtk1sycloaFQGhqE"}]}"#;
    assert_eq!(check(good.as_bytes()), Ok(good));
    for bad in [
        &b"{}"[..],
        b"",
        b"<html>",
        br#"{"keys":[]}"#,
        br#"{"keys":[{"kty":"oct","k":"c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0","alg":"HS256","kid":"k"}]}"#,
    ] {
        assert!(matches!(check(bad), Err(FetchError::Keys(_))), "{bad:?}");
    }
    assert_eq!(check(b"\xff"), Err(FetchError::NotText));
    assert_eq!(check(&vec![b' '; 256 * 1024 + 1]), Err(FetchError::TooLarge));
}

const SCHEDULE: FetchSchedule = FetchSchedule {
    interval: 3600,
    max_age: 86_400,
};

#[test]
fn a_fetch_follows_at_the_interval_with_jitter() {
    assert_eq!(SCHEDULE.after_success(1000, 0), 1000 + 3240);
    assert_eq!(SCHEDULE.after_success(1000, 255), 1000 + 3960);
    let short = FetchSchedule {
        interval: 1,
        ..SCHEDULE
    };
    assert_eq!(short.after_success(1000, 0), 1001);
}

#[test]
fn failures_wait_longer_and_longer_but_never_longer_than_the_interval() {
    let waits: Vec<i64> = (1..=10).map(|n| SCHEDULE.after_failure(0, n, 128)).collect();
    assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]), "{waits:?}");
    assert!((13..=17).contains(&waits[0]), "{waits:?}");
    assert!(waits.iter().all(|wait| *wait <= 3960), "{waits:?}");
    assert_eq!(SCHEDULE.after_failure(0, u32::MAX, 0), 3240);
    assert!(SCHEDULE.after_failure(0, 0, 0) > 0);
}

#[test]
fn keys_count_until_the_maximal_age_and_not_a_second_longer() {
    assert!(SCHEDULE.keys_count(0, 86_400));
    assert!(!SCHEDULE.keys_count(0, 86_401));
    assert!(SCHEDULE.keys_count(i64::MAX, 0));
    assert!(FetchSchedule {
        max_age: -1,
        ..SCHEDULE
    }
    .keys_count(0, i64::MAX));
    assert!(!FetchSchedule {
        max_age: 0,
        ..SCHEDULE
    }
    .keys_count(0, 1));
}

#[test]
fn a_hundred_thousand_unknown_keys_cause_one_fetch() {
    let (mut cooldown, mut fetches) = (Cooldown::default(), 0);
    for token in 0..100_000 {
        let now = 1000 + token / 2000;
        if cooldown.allows(now, 60) {
            cooldown = Cooldown::since(now);
            fetches += 1;
        }
    }
    assert_eq!(fetches, 1);
    assert!(cooldown.allows(1060, 60));
    assert!(cooldown.allows(999, 60));
}
