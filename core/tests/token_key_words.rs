//! The messages of refused keys.

use clerk_rls_core::token::{Algorithm, KeyError, KeyFault, SignError};
use clerk_rls_core::ClaimsError;

#[test]
fn every_refusal_of_a_key_has_words_and_a_hint_where_there_is_something_to_do() {
    let short = KeyFault::SecretTooShort {
        algorithm: Algorithm::HS384,
        bytes: 7,
    };
    let facts = [
        (
            KeyFault::Json(ClaimsError::NotJson),
            Some("The JWK is not valid JSON."),
        ),
        (
            KeyFault::MemberMissing { name: "crv" },
            Some("The member is \"crv\"."),
        ),
        (
            KeyFault::MemberInvalid { name: "x" },
            Some("The member is \"x\"."),
        ),
        (
            KeyFault::RsaTooShort { bits: 1024 },
            Some("The modulus has 1024 bits."),
        ),
        (
            KeyFault::RsaTooLong { bits: 9000 },
            Some("The modulus has 9000 bits."),
        ),
        (
            short,
            Some("The secret has 7 bytes, and HS384 requires at least 48 (RFC 7518 section 3.2)."),
        ),
        (KeyFault::KidTwice, None),
    ];
    for (fault, fact) in facts {
        assert_eq!(KeyError::from(fault).detail().as_deref(), fact);
    }
    let with_hint = [
        KeyFault::UseNotSignature,
        KeyFault::KeyOpsWithoutVerify,
        KeyFault::KeyTypeUnsupported,
        KeyFault::AlgorithmUnsupported,
        KeyFault::CurveUnsupported,
        KeyFault::NoUsableKey,
        KeyFault::AlgorithmMissing,
        KeyFault::PrivateKey,
        KeyFault::SecretNotAllowed,
        KeyFault::SecretAmongPublicKeys,
        short,
        KeyFault::SecretIsPem,
        KeyFault::RsaTooShort { bits: 1 },
        KeyFault::PemLabelUnsupported,
        KeyFault::NotAKey,
    ];
    let without_hint = [
        KeyFault::TooLarge,
        KeyFault::KeysNotAnArray,
        KeyFault::NoKeys,
        KeyFault::TooManyKeys,
        KeyFault::NotAnObject,
        KeyFault::KidTwice,
        KeyFault::KidMissing,
        KeyFault::KidInvalid,
        KeyFault::KidTooLong,
        KeyFault::KeyTypeMissing,
        KeyFault::UseInvalid,
        KeyFault::AlgorithmInvalid,
        KeyFault::CurveMissing,
        KeyFault::AlgorithmOfOtherKeyType,
        KeyFault::CurveOfOtherAlgorithm,
        KeyFault::KeyOpsInvalid,
        KeyFault::KeyOpsWithoutSign,
        KeyFault::SecretTooLong,
        KeyFault::SecretNotBase64,
        KeyFault::RsaModulusEven,
        KeyFault::RsaExponent,
        KeyFault::PointForm,
        KeyFault::PointNotOnCurve,
        KeyFault::PointOfSmallOrder,
        KeyFault::PointNotCanonical,
        KeyFault::PartsDisagree,
        KeyFault::PemTooLarge,
        KeyFault::PemInvalid,
        KeyFault::DerInvalid,
    ];
    let mut messages = Vec::new();
    for (faults, has_hint) in [(&with_hint[..], true), (&without_hint[..], false)] {
        for fault in faults {
            let error = KeyError::from(*fault);
            assert_eq!(error.hint().is_some(), has_hint, "{error}");
            messages.push(error.to_string());
        }
    }
    let count = messages.len();
    messages.sort_unstable();
    messages.dedup();
    assert_eq!(messages.len(), count, "one reason, one message");
    assert!(messages
        .iter()
        .all(|message| !message.is_empty() && !message.ends_with('.')));
}

#[test]
fn every_refusal_to_sign_has_words() {
    let key = SignError::Key(KeyFault::RsaTooShort { bits: 1024 }.into());
    assert_eq!(key.to_string(), "RSA key is shorter than 2048 bits");
    assert_eq!(key.detail().as_deref(), Some("The modulus has 1024 bits."));
    assert!(key.hint().is_some());
    for (error, message, detail, has_hint) in [
        (SignError::KeyIsPublic, "a public key cannot sign", None, true),
        (
            SignError::Claims(ClaimsError::NotAnObject),
            "claims to sign are malformed",
            Some("The claims set is not a JSON object."),
            false,
        ),
        (
            SignError::Header(ClaimsError::TooDeep),
            "header to sign is malformed",
            Some("The header is nested too deeply."),
            false,
        ),
        (
            SignError::TooLong,
            "JWT would be too long",
            Some("A token has at most 16384 bytes."),
            false,
        ),
        (SignError::SignatureFailed, "JWT could not be signed", None, false),
    ] {
        assert_eq!(error.to_string(), message);
        assert_eq!(
            (error.detail().as_deref(), error.hint().is_some()),
            (detail, has_hint),
            "{message}"
        );
    }
}
