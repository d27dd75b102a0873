//! Which texts are claims, and what a path in them means.

use clerk_rls_core::limits::{MAX_CLAIMS_BYTES, MAX_CLAIMS_DEPTH, MAX_PAIRWISE_KEYS};
use clerk_rls_core::{json_string, Claims, ClaimsError};
use ClaimsError::*;

fn refusal(text: impl AsRef<[u8]>) -> Option<ClaimsError> {
    Claims::parse(text.as_ref()).err()
}

#[test]
fn a_json_object_is_taken_whatever_its_values_are() {
    for text in [
        "{}",
        " \t\r\n{ \"a\" : [ ] , \"b\" : { } }\r\n",
        r#"{"a":[1,-0,0.5,1e400,-1E-5,[[]],{}],"b":true,"c":false,"d":null,"":""}"#,
        r#"{"a":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00","é":"😀"}"#,
        r#"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}"#,
    ] {
        assert_eq!(refusal(text), None, "{text}");
    }
    assert_eq!(Claims::parse(b" {\"a\":1}\n").unwrap().text(), r#"{"a":1}"#);
}

#[test]
fn what_is_no_json_is_refused_as_such() {
    for text in [
        "",
        " ",
        "{",
        "}",
        "{]",
        "[}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1}}",
        "{} {}",
        "{}x",
        "{a:1}",
        "{'a':1}",
        "{1:1}",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":-}",
        "{\"a\":1e}",
        "{\"a\":1e+}",
        "{\"a\":tru}",
        "{\"a\":True}",
        "{\"a\":nul",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":[1,]}",
        "{\"a\":[,1]}",
        "{\"a\":[1 2]}",
        "{\"a\":[1}",
        "{\"a\":{\"b\":1]}",
        "{\"a\":\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\0\"}",
        "{\"a\":\"\\\"}",
        "{\"a\":1/*c*/}",
        "{\"a\":0x1}",
        "{\"a\":--1}",
        "\u{a0}{}",
        "[1",
        "[1]]",
        "\"a",
        "nulll",
        "{\"a\":1\u{c}}",
    ] {
        assert_eq!(refusal(text), Some(NotJson), "{text:?}");
    }
}

#[test]
fn json_that_is_no_object_is_told_apart() {
    for text in ["[]", "[{\"a\":1}]", "1", "\"{}\"", "null", " true "] {
        assert_eq!(refusal(text), Some(NotAnObject), "{text}");
    }
}

#[test]
fn j7_a_name_twice_is_refused_at_any_level() {
    for text in [
        r#"{"a":1,"a":1}"#,
        r#"{"sub":"a","b":1,"sub":"b"}"#,
        r#"{"o":{"id":1,"rol":2,"id":3}}"#,
        r#"{"a":[[{"b":{"c":1,"c":2}}]]}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"\u0061":1,"a":2}"#,
        r#"{"\u0061":1,"\u0061":2}"#,
        r#"{"o":{"\u0069d":1,"i\u0064":2}}"#,
        r#"{"/":1,"\/":2}"#,
        r#"{"😀":1,"\ud83d\ude00":2}"#,
        r#"{"":1,"":2}"#,
        r#"{"a_name_longer_than_eight":1,"a_name_longer_than_eight":2}"#,
    ] {
        assert_eq!(refusal(text), Some(DuplicateKey), "{text}");
    }
}

#[test]
fn names_that_only_look_alike_are_two() {
    for text in [
        "{\"a\":1,\"A\":2,\"\u{e1}\":3,\"a\u{301}\":4}",
        r#"{"a":{"a":1},"b":{"a":1}}"#,
        r#"{"first_8_1_last_8_":1,"first_8_2_last_8_":2}"#,
        r#"{"prefix_1_suffix_":1,"prefix_2_suffix_":2,"prefix_":3}"#,
        r#"{"\\u0061":1,"a":2}"#,
        r#"{"a":1,"a ":2,"a\u0001":3}"#,
        r#"{"abcdefgh":1,"abcdefghabcdefgh":2,"abcdefghabcdefghabcdefgh":3}"#,
    ] {
        assert_eq!(refusal(text), None, "{text}");
    }
}

#[test]
fn j7_one_twin_among_many_names_is_found_wherever_it_stands() {
    for count in [2, MAX_PAIRWISE_KEYS, MAX_PAIRWISE_KEYS + 1, 500] {
        let names: Vec<String> = (0..count)
            .map(|n| format!("\"some_long_name_{n:04}_x\":{n}"))
            .collect();
        assert_eq!(refusal(format!("{{{}}}", names.join(","))), None);
        for twin in [0, count / 2, count - 1] {
            let all = [names.as_slice(), &names[twin..=twin]].concat().join(",");
            assert_eq!(
                refusal(format!("{{{all}}}")),
                Some(DuplicateKey),
                "{twin} of {count}"
            );
            assert_eq!(
                refusal(format!("{{\"o\":{{{all}}}}}")),
                Some(DuplicateKey),
                "{twin} of {count}"
            );
        }
    }
}

#[test]
fn many_names_are_still_found_by_name() {
    let names = (0..500)
        .map(|n| format!("\"name_{n}\":{n}"))
        .collect::<Vec<_>>()
        .join(",");
    let claims = Claims::parse(format!("{{{names},\"\\u0073ub\":\"a\"}}").as_bytes()).unwrap();
    for n in 0..500 {
        assert_eq!(claims.at(&[&format!("name_{n}")]), Some(n.to_string().as_str()));
    }
    assert_eq!(claims.at(&["sub"]), Some("\"a\""));
}

#[test]
fn a_name_is_found_by_all_of_its_bytes() {
    let claims = Claims::parse(br#"{"first_8_1_last_8_":1,"first_8_2_last_8_":2}"#).unwrap();
    assert_eq!(claims.at(&["first_8_2_last_8_"]), Some("2"));
    assert_eq!(claims.at(&["first_8_3_last_8_"]), None);
}

#[test]
fn j11_the_character_nul_is_refused_in_names_and_values_at_any_level() {
    for text in [
        r#"{"a":"\u0000"}"#,
        r#"{"a\u0000":1}"#,
        r#"{"a":[{"b":"x\u0000y"}]}"#,
        r#"{"a":{"\u0000":1}}"#,
        r#"{"a":"\\\u0000"}"#,
    ] {
        assert_eq!(refusal(text), Some(NulCharacter), "{text}");
    }
    for text in [
        r#"{"a":"\\u0000"}"#,
        r#"{"\\u0000":1}"#,
        r#"{"a":"\u00001"}"#.replace("0001", "0011").as_str(),
    ] {
        assert_eq!(refusal(text), None, "{text}");
    }
}

#[test]
fn j15_nesting_is_bounded_and_a_hundred_thousand_levels_exhaust_no_stack() {
    let arrays = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    let objects = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    for depth in [2, 3, 31, MAX_CLAIMS_DEPTH] {
        assert_eq!(refusal(arrays(depth)), None, "{depth}");
        assert_eq!(refusal(objects(depth)), None, "{depth}");
    }
    for depth in [MAX_CLAIMS_DEPTH + 1, 127, 128, 10_000] {
        assert_eq!(refusal(arrays(depth)), Some(TooDeep), "{depth}");
        assert_eq!(refusal(objects(depth)), Some(TooDeep), "{depth}");
    }
    assert_eq!(refusal("[".repeat(60_000)), Some(TooDeep));
    assert_eq!(refusal("[".repeat(100_000)), Some(TooLarge));
    let wide = format!("{{\"a\":[{}]}}", vec!["[[1]]"; 5_000].join(","));
    assert_eq!(refusal(wide), None);
    assert_eq!(refusal(format!("{{\"a\":\"{}\"}}", "[".repeat(1_000))), None);
}

#[test]
fn j16_length_is_looked_at_before_anything_else() {
    let exactly = |length: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(length - 8));
    assert_eq!(refusal(exactly(MAX_CLAIMS_BYTES)), None);
    assert_eq!(refusal(exactly(MAX_CLAIMS_BYTES + 1)), Some(TooLarge));
    assert_eq!(refusal(vec![0xff; MAX_CLAIMS_BYTES + 1]), Some(TooLarge));
}

#[test]
fn j18_invalid_utf8_half_surrogates_and_a_byte_order_mark_are_refused() {
    assert_eq!(refusal(b"{\"a\":\"\xff\"}"), Some(NotUtf8));
    assert_eq!(refusal(b"{\"a\":\"\xc3\"}"), Some(NotUtf8));
    assert_eq!(refusal(b"{\"a\":\"\xed\xa0\x80\"}"), Some(NotUtf8));
    assert_eq!(refusal(b"{\"a\":\"caf\xe9\"}"), Some(NotUtf8));
    for inner in [
        "\\ud800",
        "\\ud800x",
        "\\ud800\\n",
        "\\ud800\\u0041",
        "\\ud800\\ud800",
        "\\udc00",
        "\\uDFFFa",
    ] {
        assert_eq!(
            refusal(format!("{{\"a\":\"{inner}\"}}")),
            Some(LoneSurrogate),
            "{inner}"
        );
        assert_eq!(
            refusal(format!("{{\"{inner}\":1}}")),
            Some(LoneSurrogate),
            "{inner}"
        );
    }
    assert_eq!(refusal("\u{feff}{}"), Some(NotJson));
}

#[test]
fn a_refusal_never_quotes_the_claims() {
    for error in [
        TooLarge,
        NotUtf8,
        NotJson,
        NotAnObject,
        TooDeep,
        NulCharacter,
        LoneSurrogate,
        DuplicateKey,
    ] {
        let text = error.to_string();
        assert!(text.starts_with("claims ") && !text.ends_with('.'), "{text}");
    }
}

#[test]
fn a_path_is_walked_as_postgres_walks_it() {
    let claims = Claims::parse(
        br#"{"a":{"b":[10,"x",[1,2],{"c":null}]}, "1":{"0":"zero"}, "\u0064":{"\u0065f":1},
            "n":null, "e":{"\u0069d":1}, "\u0065e":2, "":{"":7}, "s":"[1]", "https://example.com/org.id":"o"}"#,
    )
    .unwrap();
    let cases: &[(&[&str], Option<&str>)] = &[
        (&["a", "b", "0"], Some("10")),
        (&["a", "b", "1"], Some("\"x\"")),
        (&["a", "b", "2", "1"], Some("2")),
        (&["a", "b", "-1", "c"], Some("null")),
        (&["a", "b", "-4"], Some("10")),
        (&["a", "b", "-5"], None),
        (&["a", "b", "4"], None),
        (&["a", "b", "+1"], Some("\"x\"")),
        (&["a", "b", " 1"], Some("\"x\"")),
        (&["a", "b", "01"], Some("\"x\"")),
        (&["a", "b", "1 "], None),
        (&["a", "b", ""], None),
        (&["a", "b", "x"], None),
        (&["a", "b", "-"], None),
        (&["a", "b", "9999999999"], None),
        (&["a", "b", "-2147483648"], None),
        (&["a", "b", "1", "0"], None),
        (&["a", "c"], None),
        (&["A"], None),
        (&["1", "0"], Some("\"zero\"")),
        (&["d", "ef"], Some("1")),
        (&["e", "id"], Some("1")),
        (&["e", "\\u0069d"], None),
        (&["ee"], Some("2")),
        (&["\\u0065e"], None),
        (&["n"], Some("null")),
        (&["n", "a"], None),
        (&["", ""], Some("7")),
        (&["s", "0"], None),
        (&["https://example.com/org.id"], Some("\"o\"")),
    ];
    for (path, value) in cases {
        assert_eq!(claims.at(path), *value, "{path:?}");
    }
    assert_eq!(claims.at(&[]), Some(claims.text()));
}

#[test]
fn legacy_settings_become_the_claims_they_came_from() {
    let claims = Claims::from_legacy(Some("user_\"1\\\n"), Some("authenticated"), None).unwrap();
    assert_eq!(
        claims.text(),
        r#"{"sub":"user_\"1\\\u000a","role":"authenticated"}"#
    );
    assert_eq!(json_string(claims.at(&["sub"]).unwrap()).unwrap(), "user_\"1\\\n");
    assert_eq!(Claims::from_legacy(None, None, None).unwrap().text(), "{}");
    assert_eq!(
        Claims::from_legacy(Some(""), Some(""), Some("a@b.c"))
            .unwrap()
            .text(),
        r#"{"email":"a@b.c"}"#
    );
    assert_eq!(
        Claims::from_legacy(Some("a\0b"), None, None).err(),
        Some(NulCharacter)
    );
    let long = "x".repeat(MAX_CLAIMS_BYTES + 1);
    assert_eq!(Claims::from_legacy(Some(&long), None, None).err(), Some(TooLarge));
    let escaped = "\u{1}".repeat(MAX_CLAIMS_BYTES / 2);
    assert_eq!(
        Claims::from_legacy(Some(&escaped), None, None).err(),
        Some(TooLarge)
    );
}
