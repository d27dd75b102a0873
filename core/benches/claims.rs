//! The time to process new claims in nanoseconds, compared with serde_json.
//!
//! Run it with `cargo bench -p clerk_rls_core`. It reports the best of several rounds, because other work on
//! the machine can only add time. Targets: parsing, deciding and reading the user within 1,300 ns (300 B) and
//! 9,000 ns (8 kB).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use clerk_rls_core::{Claims, Identity, Requirement, Rules};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeSet;
use std::fmt;
use std::hint::black_box;
use std::rc::Rc;
use std::time::{Duration, Instant};

const SMALL: &str = concat!(
    r#"{"azp":"https://app.example.com","exp":1753862460,"fva":[3,-1],"iat":1753862400,"#,
    r#""iss":"https://clerk.example.com","jti":"f4a1c0ffee","nbf":1753862390,"sid":"sess_2abcdefghij","#,
    r#""sub":"user_2abcdefghijklmnop","v":2,"pla":"o:pro","fea":"o:teams,o:billing","#,
    r#""o":{"id":"org_2abc","rol":"admin","slg":"acme","per":"manage,read","fpm":"3,2"}}"#
);

fn large() -> String {
    let entry = |n: usize| {
        format!(r#"{{"id":{n},"name":"Entry {n}","url":"https://example.com/e/{n}","tags":["a","b"]}}"#)
    };
    let metadata = (0..60).map(entry).collect::<Vec<_>>().join(",");
    let bio = "Somebody wrote \\u00e9 and \\\"quoted\\\" a lot. ".repeat(60);
    let extra = format!(r#","user_metadata":{{"bio":"{bio}","entries":[{metadata}]}}}}"#);
    format!("{}{extra}", &SMALL[..SMALL.len() - 1])
}

/// Keeps the optimizer from removing the work, and drops the result.
fn sink<T>(made: T) {
    black_box(made);
}

fn best(rounds: usize, mut work: impl FnMut()) -> u128 {
    let mut calls = 1;
    loop {
        let start = Instant::now();
        (0..calls).for_each(|_| work());
        if start.elapsed() > Duration::from_millis(if rounds > 1 { 20 } else { 0 }) {
            break;
        }
        calls *= 2;
    }
    let round = |_| {
        let start = Instant::now();
        (0..calls).for_each(|_| work());
        start.elapsed().as_nanos() / calls as u128
    };
    (0..rounds).map(round).min().unwrap_or(0)
}

/// The strictness of this crate on top of serde_json: the names of every object are collected.
struct Strict;

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Strict, D::Error> {
        deserializer.deserialize_any(StrictVisitor)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Strict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Strict, A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if !names.insert(name) {
                return Err(serde::de::Error::custom("twice"));
            }
            map.next_value::<Strict>()?;
        }
        Ok(Strict)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Strict, A::Error> {
        while list.next_element::<Strict>()?.is_some() {}
        Ok(Strict)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Strict, E> {
        Ok(Strict)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Strict, E> {
        Ok(Strict)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Strict, E> {
        Ok(Strict)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Strict, E> {
        Ok(Strict)
    }
    fn visit_str<E>(self, _: &str) -> Result<Strict, E> {
        Ok(Strict)
    }
    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(Strict)
    }
}

fn main() {
    // `cargo test --all-targets` runs this without the argument; one round is enough there.
    let rounds = if std::env::args().any(|argument| argument == "--bench") {
        25
    } else {
        1
    };
    let rules = Rc::new(Rules::default());
    let strict = Rc::new(Rules {
        require_session: true,
        check_expiry: true,
        ..Rules::default()
    });
    let asked = Requirement {
        permission: Some("org:billing:read"),
        ..Requirement::default()
    };

    for text in [SMALL.to_owned(), large()] {
        let bytes = text.as_bytes();
        let claims = Claims::parse(bytes).expect("claims");
        let identity = |rules: &Rc<Rules>| Identity::new(claims.clone(), Rc::clone(rules));
        let cloned = best(rounds, || sink(claims.clone()));
        let report = |what: &str, nanos: u128| println!("{:>6} B  {what:<46} {nanos:>7} ns", text.len());
        let over_clone = |work: &mut dyn FnMut()| best(rounds, work).saturating_sub(cloned);

        report("parse", best(rounds, || sink(Claims::parse(black_box(bytes)))));
        report(
            "parse + identity + user_id",
            best(rounds, || {
                let claims = Claims::parse(black_box(bytes)).expect("claims");
                black_box(Identity::new(claims, Rc::clone(&rules)).user_id());
            }),
        );
        report(
            "the same with require_session, check_expiry",
            best(rounds, || {
                let claims = Claims::parse(black_box(bytes)).expect("claims");
                black_box(Identity::new(claims, Rc::clone(&strict)).problem());
            }),
        );
        let decided = over_clone(&mut || sink(identity(&rules)));
        report("identity alone", decided);
        let first = |what: &str, read: &dyn Fn(&Identity)| {
            let nanos = over_clone(&mut || read(black_box(&identity(&rules))));
            report(what, nanos.saturating_sub(decided));
        };
        first("first org_id", &|identity| sink(identity.org_id().is_some()));
        first("first org_role", &|identity| sink(identity.org_role().is_some()));
        first("first org_permissions", &|identity| {
            sink(identity.org_permissions().is_some())
        });
        first("first user_uuid", &|identity| sink(identity.user_uuid()));
        first("first has(permission)", &|identity| sink(identity.has(&asked, 0)));
        let warm = identity(&rules);
        report(
            "has(permission) again",
            best(rounds, || sink(warm.has(black_box(&asked), 0))),
        );

        let check = |what: &str, work: &mut dyn FnMut()| report(what, best(rounds, work));
        check("serde_json RawValue map, not strict", &mut || {
            type Map<'a> = std::collections::BTreeMap<&'a str, &'a serde_json::value::RawValue>;
            sink(serde_json::from_slice::<Map<'_>>(black_box(bytes)).map(|map| map.len()));
        });
        check("serde_json IgnoredAny, not strict", &mut || {
            sink(serde_json::from_slice::<IgnoredAny>(black_box(bytes)).is_ok());
        });
        check("serde_json with a strict visitor", &mut || {
            sink(serde_json::from_slice::<Strict>(black_box(bytes)).is_ok());
        });
        check("serde_json Value", &mut || {
            sink(serde_json::from_slice::<serde_json::Value>(black_box(bytes)));
        });
    }

    let many = (0..7500)
        .map(|n| format!(r#""{n:x}":1"#))
        .collect::<Vec<_>>()
        .join(",");
    let hostile = [
        ("7,500 names in one object", format!("{{{many}}}")),
        ("31 levels of arrays, 1,000 times", {
            let nest = format!("{}{}", "[".repeat(31), "]".repeat(31));
            format!(
                r#"{{"a":[{}]}}"#,
                vec![nest.get(1..61).unwrap_or("1").to_owned(); 1000].join(",")
            )
        }),
        ("30,000 brackets that never close", "[".repeat(30_000)),
        ("objects of 32 equal-looking names", {
            let names = (0..32)
                .map(|n| format!(r#""aaaaaaaa{n:02}aaaaaaaa":1"#))
                .collect::<Vec<_>>()
                .join(",");
            format!(r#"{{"a":[{}]}}"#, vec![format!("{{{names}}}"); 80].join(","))
        }),
    ];
    for (what, text) in hostile {
        let nanos = best(rounds, || sink(Claims::parse(black_box(text.as_bytes()))));
        println!("{:>6} B  parse: {what:<39} {nanos:>7} ns", text.len());
    }
}
