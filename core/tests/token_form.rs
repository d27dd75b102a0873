//! Which texts have the form of a token.

mod fixtures;

use clerk_rls_core::limits::{MAX_CLAIMS_DEPTH, MAX_TOKEN_BYTES};
use clerk_rls_core::token::{decode, strip_bearer, verify, Algorithm, IssuerRules, ParsedToken, TokenError};
use clerk_rls_core::ClaimsError;
use fixtures::*;
use serde_json::json;
use TokenError::*;

fn parse_error(token: impl AsRef<[u8]>) -> Option<TokenError> {
    ParsedToken::parse(token.as_ref()).err()
}

#[test]
fn a_token_of_every_algorithm_is_verified() {
    for algorithm in algorithms() {
        let header = format!(r#"{{"alg":"{algorithm}","kid":"{KID}","typ":"JWT"}}"#);
        let token = forge(algorithm, &header, CLAIMS);
        let verified = verify(&token, &issuer_of(algorithm), NOW).unwrap();
        assert_eq!(verified.claims().text(), CLAIMS, "{algorithm}");
        assert_eq!(verified.expires_at(), NOW + 60);
        assert_eq!(verified.not_before(), Some(NOW - 10));
        assert_eq!(verified.issued_at(), Some(NOW));
        assert_eq!(verified.into_claims().text(), CLAIMS);
        assert_eq!(decode(&token), Ok((header, CLAIMS.to_owned())));
    }
}

#[test]
fn a_parsed_token_tells_what_it_says_before_it_is_verified() {
    let token = hs256(CLAIMS);
    let parsed = ParsedToken::parse(&token).unwrap();
    assert_eq!(parsed.issuer().unwrap(), ISSUER);
    assert_eq!(parsed.claims_json(), CLAIMS);
    assert_eq!(parsed.header_json(), r#"{"alg":"HS256","kid":"ins_test"}"#);
}

#[test]
fn j07_a_name_twice_in_the_header_or_the_claims_is_refused() {
    for header in [
        r#"{"alg":"HS256","kid":"ins_test","alg":"HS256"}"#,
        r#"{"alg":"HS256","kid":"ins_test","\u0061lg":"none"}"#,
        r#"{"alg":"HS256","kid":"ins_test","x":{"y":1,"y":2}}"#,
    ] {
        assert_eq!(
            header_verdict(header).err(),
            Some(Header(ClaimsError::DuplicateKey)),
            "{header}"
        );
    }
    for claims in [
        r#"{"sub":"user_1","sub":"user_2","exp":1750000060}"#,
        r#"{"sub":"user_1","s\u0075b":"user_2","exp":1750000060}"#,
        r#"{"sub":"user_1","exp":1750000060,"o":{"id":"org_1","rol":"member","id":"org_2"}}"#,
    ] {
        let verdict = verdict(&IssuerRules::default(), claims).err();
        assert_eq!(verdict, Some(Claims(ClaimsError::DuplicateKey)), "{claims}");
    }
}

#[test]
fn j11_nul_in_a_name_or_a_value_is_refused() {
    for claims in [
        r#"{"sub":"user_1\u0000","exp":1750000060}"#,
        r#"{"sub":"user_1","exp":1750000060,"a\u0000":1}"#,
        r#"{"sub":"user_1","exp":1750000060,"o":{"slg":"\u0000"}}"#,
    ] {
        let verdict = verdict(&IssuerRules::default(), claims).err();
        assert_eq!(verdict, Some(Claims(ClaimsError::NulCharacter)), "{claims}");
    }
}

#[test]
fn j15_nesting_is_bounded() {
    let nested = |depth: usize| {
        let (open, close) = ("[".repeat(depth - 1), "]".repeat(depth - 1));
        format!(r#"{{"sub":"user_1","exp":1750000060,"a":{open}{close}}}"#)
    };
    assert!(verdict(&IssuerRules::default(), nested(MAX_CLAIMS_DEPTH)).is_ok());
    for depth in [MAX_CLAIMS_DEPTH + 1, 127, 5_000] {
        let verdict = verdict(&IssuerRules::default(), nested(depth)).err();
        assert_eq!(verdict, Some(Claims(ClaimsError::TooDeep)), "{depth}");
    }
    let header = format!(r#"{{"alg":"HS256","a":{}{}}}"#, "[".repeat(40), "]".repeat(40));
    assert_eq!(header_verdict(header).err(), Some(Header(ClaimsError::TooDeep)));
    assert_eq!(parse_error(hs256(nested(100_000))), Some(TooLong));
}

#[test]
fn j16_a_token_is_refused_by_its_length_alone() {
    let padded = |bytes: usize| {
        let claims = |padding: usize| {
            format!(
                r#"{{"exp":1750000060,"sub":"user_1","x":"{}"}}"#,
                "x".repeat(padding)
            )
        };
        // Base64 turns three bytes into four characters, so the padding can reach any length exactly.
        (0..bytes)
            .rev()
            .map(|less| hs256(claims(less * 3 / 4)))
            .find(|token| token.len() <= bytes)
            .unwrap()
    };
    let longest = padded(MAX_TOKEN_BYTES);
    assert!(longest.len() > MAX_TOKEN_BYTES - 4);
    assert!(verify(&longest, &issuer_of(Algorithm::HS256), NOW).is_ok());

    // A longer token is not read, so the error says nothing about its form.
    for length in [MAX_TOKEN_BYTES + 1, 5_000_000, 500_000_000] {
        assert_eq!(parse_error(vec![0; length]), Some(TooLong), "{length}");
    }
    assert_eq!(parse_error(vec![0; MAX_TOKEN_BYTES]), Some(NotThreeParts));
}

#[test]
fn j17_a_token_has_exactly_three_parts() {
    let token = hs256(CLAIMS);
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        panic!("three parts")
    };
    for other in [
        String::new(),
        "abc".to_owned(),
        format!("{header}.{claims}"),
        format!("{token}."),
        format!("{token}.{signature}"),
        format!("{header}.{claims}.{signature}.{claims}.{signature}"),
        json!({"payload": claims, "protected": header, "signature": signature}).to_string(),
        json!({"payload": claims, "signatures": [{"protected": header, "signature": signature}]}).to_string(),
        "oat_0123456789abcdef".to_owned(),
    ] {
        assert_eq!(parse_error(&other), Some(NotThreeParts), "{other}");
        assert_eq!(decode(&other), Err(NotThreeParts));
    }
    assert_eq!(parse_error(".."), Some(Header(ClaimsError::NotJson)));
    assert_eq!(
        parse_error(format!(".{claims}.{signature}")),
        Some(Header(ClaimsError::NotJson))
    );
    assert_eq!(
        parse_error(format!("{header}..{signature}")),
        Some(Claims(ClaimsError::NotJson))
    );
}

#[test]
fn j17_every_part_has_one_spelling() {
    let token = hs256(CLAIMS);
    let parts: Vec<&str> = token.split('.').collect();
    for at in 0..3 {
        let changed = |change: &dyn Fn(&str) -> String| {
            let mut parts: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
            parts[at] = change(&parts[at]);
            parts.join(".")
        };
        for (what, other) in [
            ("padding", changed(&|part| format!("{part}="))),
            ("two paddings", changed(&|part| format!("{part}=="))),
            ("a space before", changed(&|part| format!(" {part}"))),
            ("a space behind", changed(&|part| format!("{part} "))),
            ("a newline", changed(&|part| format!("{part}\n"))),
            (
                "a newline within",
                changed(&|part| format!("{}\n{}", &part[..4], &part[4..])),
            ),
            ("a plus", changed(&|part| format!("+{}", &part[1..]))),
            ("a slash", changed(&|part| format!("/{}", &part[1..]))),
            ("a NUL", changed(&|part| format!("{part}\0"))),
            ("a percent", changed(&|part| format!("%41{}", &part[1..]))),
        ] {
            assert_eq!(parse_error(&other), Some(NotBase64Url), "{what} in part {at}");
        }
    }
    // 32 bytes become 43 characters, the last of which has two unused bits.
    let (rest, last) = token.split_at(token.len() - 1);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let position = alphabet.find(last).unwrap();
    for other in [position + 1, position + 2, position + 3] {
        let spelling = format!("{rest}{}", &alphabet[other..=other]);
        assert_eq!(parse_error(&spelling), Some(NotBase64Url), "trailing bits");
    }
}

#[test]
fn j18_text_that_is_not_utf8_is_refused() {
    for (bytes, reason) in [
        (&b"{\"sub\":\"\xff\"}"[..], ClaimsError::NotUtf8),
        (b"{\"sub\":\"caf\xe9\"}", ClaimsError::NotUtf8),
        (b"{\"sub\":\"\xed\xa0\x80\"}", ClaimsError::NotUtf8),
        (b"{\"sub\":\"\xc0\xaf\"}", ClaimsError::NotUtf8),
        (b"{\"sub\":\"\\ud800\"}", ClaimsError::LoneSurrogate),
        (b"{\"sub\":\"\\udc00\\ud800\"}", ClaimsError::LoneSurrogate),
        (b"\xef\xbb\xbf{\"sub\":\"user_1\"}", ClaimsError::NotJson),
        (b"{\0\"\0s\0\"\0:\x001\0}\0", ClaimsError::NotJson),
    ] {
        assert_eq!(parse_error(hs256(bytes)), Some(Claims(reason)), "{bytes:?}");
        let as_header = forge(Algorithm::HS256, bytes, CLAIMS);
        assert_eq!(parse_error(as_header), Some(Header(reason)), "{bytes:?}");
    }
    let token = hs256(CLAIMS);
    assert_eq!(
        parse_error([b"\xff", token.as_bytes()].concat()),
        Some(NotBase64Url)
    );
    assert_eq!(
        parse_error([b"\xef\xbb\xbf", token.as_bytes()].concat()),
        Some(NotBase64Url)
    );
}

#[test]
fn j18_characters_beyond_ascii_come_through_as_they_are() {
    let claims = r#"{"exp":1750000060,"sub":"Zo\u00eb 😀 ʼn"}"#;
    let verified = verdict(&IssuerRules::default(), claims).unwrap();
    assert_eq!(verified.claims().text(), claims);
}

#[test]
fn claims_that_are_no_object_are_refused() {
    for (claims, reason) in [
        ("[]", ClaimsError::NotAnObject),
        ("\"user_1\"", ClaimsError::NotAnObject),
        ("null", ClaimsError::NotAnObject),
        ("", ClaimsError::NotJson),
        ("{} {}", ClaimsError::NotJson),
    ] {
        assert_eq!(parse_error(hs256(claims)), Some(Claims(reason)), "{claims}");
    }
    assert_eq!(
        parse_error(forge(Algorithm::HS256, "[]", CLAIMS)),
        Some(Header(ClaimsError::NotAnObject))
    );
}

#[test]
fn a_bearer_scheme_is_stripped_and_nothing_else() {
    for (text, token) in [
        ("Bearer a.b.c", "a.b.c"),
        ("bearer a.b.c", "a.b.c"),
        ("BEARER   a.b.c", "a.b.c"),
        ("a.b.c", "a.b.c"),
        ("Bearer", "Bearer"),
        ("Bearer ", ""),
        ("Bearera.b.c", "Bearera.b.c"),
        ("Basic a.b.c", "Basic a.b.c"),
        (" Bearer a.b.c", " Bearer a.b.c"),
        ("Bearer\ta.b.c", "Bearer\ta.b.c"),
        ("Bearer Bearer a", "Bearer a"),
        ("Beare\u{e9} a.b.c", "Beare\u{e9} a.b.c"),
        ("", ""),
    ] {
        assert_eq!(strip_bearer(text), token, "{text:?}");
    }
}

#[test]
fn a_malleable_signature_makes_two_tokens_of_the_same_claims() {
    // (r, s) and (r, n - s) are both valid signatures of a message. A cache must use all bytes of a token as
    // its key.
    let token = forge(
        Algorithm::ES256,
        format!(r#"{{"alg":"ES256","kid":"{KID}"}}"#),
        CLAIMS,
    );
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut other = fixtures::decode(signature);
    let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let mut borrow = 0;
    for at in (0..32).rev() {
        let digit = i32::from(u8::from_str_radix(&order[at * 2..at * 2 + 2], 16).unwrap());
        let value = digit - i32::from(other[32 + at]) - borrow;
        borrow = i32::from(value < 0);
        other[32 + at] = value.rem_euclid(256) as u8;
    }
    let malleated = format!("{signed}.{}", encode(other));
    assert_ne!(malleated, token);
    let issuer = issuer_of(Algorithm::ES256);
    let claims = |token: &str| {
        verify(token, &issuer, NOW)
            .unwrap()
            .into_claims()
            .text()
            .to_owned()
    };
    assert_eq!(claims(&malleated), claims(&token));
}
