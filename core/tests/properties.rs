//! Properties of any input, compared with serde_json.

use clerk_rls_core::{json_string, Claims, FpmAlignment, Identity, Layout, Provider, Requirement, Rules};
use proptest::collection::{hash_map, vec};
use proptest::prelude::*;
use serde_json::Value;
use std::rc::Rc;

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
        "[a-z\"\\\\/\u{1}\n é😀]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            hash_map("[a-c\"\\\\é]{0,3}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_object() -> impl Strategy<Value = Value> {
    hash_map("[a-c\"\\\\é]{0,3}", any_json(), 0..6).prop_map(|map| Value::Object(map.into_iter().collect()))
}

/// Pieces of JSON in any order, which are near misses more often than random bytes.
fn almost_json() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"a\"",
        "\"b\"",
        "\"a\":",
        "\"\\u0061\":",
        "\\",
        "\\u0000",
        "\\ud83d",
        "\\ude00",
        "0",
        "-",
        "1",
        ".",
        "e",
        "+",
        "true",
        "null",
        "fals",
        " ",
        "\n",
        "\u{0}",
        "é",
        "x",
        "\"sub\":\"u\"",
        "\"o\":{",
        "1e400",
    ]);
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn read_everything(claims: Claims) {
    for (_, provider) in Provider::NAMES {
        let rules = Rules {
            layout: Layout::preset(provider),
            check_expiry: false,
            ..Rules::default()
        };
        let identity = Identity::new(claims.clone(), Rc::new(rules));
        let asked = Requirement {
            role: Some("a"),
            permission: Some("a"),
            feature: Some("o:a"),
            plan: Some("a"),
            reverification: "strict".parse().ok(),
        };
        let _ = (
            identity.user_id(),
            identity.machine_id(),
            identity.user_uuid(),
            identity.session_id(),
        );
        let _ = (
            identity.org_id(),
            identity.org_slug(),
            identity.org_role(),
            identity.org_permissions(),
        );
        let _ = (
            identity.issued_at(),
            identity.expires_at(),
            identity.deadline(),
            identity.has(&asked, i64::MIN),
        );
        assert_eq!(identity.problem().is_some(), identity.claims().is_none());
    }
}

fn navigate<'a>(value: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, step| match value {
        Value::Object(map) => map.get(step),
        Value::Array(list) => {
            let position: i64 = step.parse().ok()?;
            let position = if position < 0 {
                position + list.len() as i64
            } else {
                position
            };
            list.get(usize::try_from(position).ok()?)
        }
        _ => None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..200)) {
        if let Ok(claims) = Claims::parse(&bytes) {
            read_everything(claims);
        }
    }

    #[test]
    fn whatever_is_taken_is_json_to_serde_too(text in almost_json(), wrap in any::<bool>()) {
        let text = if wrap { format!("{{\"k\":{text}}}") } else { text };
        let ours = Claims::parse(text.as_bytes());
        let theirs = serde_json::from_str::<&serde_json::value::RawValue>(&text);
        if let Ok(claims) = ours {
            prop_assert!(theirs.is_ok(), "{}", text);
            read_everything(claims);
        } else if let Ok(value) = serde_json::from_str::<Value>(&text) {
            // An error here that serde_json does not report is one of this crate's own reasons.
            let reason = Claims::parse(text.as_bytes()).err();
            prop_assert!(!matches!(reason, Some(clerk_rls_core::ClaimsError::NotJson)), "{} {}", text, value);
        }
    }

    #[test]
    fn what_serde_writes_is_taken_and_says_the_same(value in any_object(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let claims = Claims::parse(text.unwrap().as_bytes()).unwrap();
        prop_assert_eq!(serde_json::from_str::<Value>(claims.text()).unwrap(), value);
    }

    #[test]
    fn a_path_leads_where_serde_leads(
        value in any_object(),
        path in vec(prop_oneof!["[a-c\"\\\\é]{0,3}", "-?[0-5]"], 0..4),
        taken in vec(any::<prop::sample::Index>(), 0..4),
    ) {
        // Half of the paths follow the value; otherwise nearly all would lead nowhere.
        let mut real = Vec::new();
        let mut here = &value;
        for index in taken {
            match here {
                Value::Object(map) if !map.is_empty() => {
                    let (name, next) = map.iter().nth(index.index(map.len())).unwrap();
                    real.push(name.clone());
                    here = next;
                }
                Value::Array(list) if !list.is_empty() => {
                    let position = index.index(list.len());
                    real.push(position.to_string());
                    here = &list[position];
                }
                _ => break,
            }
        }
        let claims = Claims::parse(value.to_string().as_bytes()).unwrap();
        for path in [path, real] {
            let steps: Vec<&str> = path.iter().map(String::as_str).collect();
            let ours = claims.at(&steps).map(|raw| serde_json::from_str::<Value>(raw).unwrap());
            prop_assert_eq!(ours.as_ref(), navigate(&value, &path), "{:?}", path);
            if let (Some(raw), Some(Value::String(text))) = (claims.at(&steps), &ours) {
                prop_assert_eq!(json_string(raw).unwrap(), text.as_str());
            }
        }
    }

    #[test]
    fn strings_decode_as_serde_decodes_them(raw in "\"[a\"\\\\/bnu0-9dDeEc😀\u{1}]{0,14}\"") {
        let theirs = serde_json::from_str::<String>(&raw).ok().filter(|text| !text.contains('\0'));
        prop_assert_eq!(json_string(&raw).map(|text| text.into_owned()), theirs);
    }

    #[test]
    fn legacy_settings_come_back_as_they_went_in(sub in "\\PC{1,40}|[\u{1}-\u{1f}\"\\\\]{1,20}") {
        let claims = Claims::from_legacy(Some(&sub), None, Some("e")).unwrap();
        prop_assert_eq!(json_string(claims.at(&["sub"]).unwrap()).unwrap(), sub.as_str());
    }

    #[test]
    fn strict_grants_nothing_that_another_reading_withholds(
        features in vec("(o|u|ou|uo|x|):?[a-c]", 0..6),
        names in vec("[a-c]", 0..5),
        masks in vec("[0-9]{1,2}|x|", 0..6),
    ) {
        let text = serde_json::json!({"sub": "u", "v": 2, "fea": features.join(","),
            "o": {"id": "o", "per": names.join(","), "fpm": masks.join(",")}}).to_string();
        let granted = |fpm_alignment| {
            let rules = Rules { fpm_alignment, ..Rules::default() };
            let identity = Identity::new(Claims::parse(text.as_bytes()).unwrap(), Rc::new(rules));
            identity.org_permissions().unwrap().to_vec()
        };
        let (strict, sdk, docs) =
            (granted(FpmAlignment::Strict), granted(FpmAlignment::Sdk), granted(FpmAlignment::Docs));
        prop_assert!(strict.is_sorted() && sdk.is_sorted() && docs.is_sorted());
        let both: Vec<String> = sdk.into_iter().filter(|name| docs.contains(name)).collect();
        prop_assert_eq!(strict, both);
    }
}
