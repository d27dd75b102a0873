//! Base64url without padding ([RFC 7515 section 2](https://www.rfc-editor.org/rfc/rfc7515#section-2)), and
//! the two alphabets that shared secrets use.
//!
//! Invariant: a sequence of bytes has one encoding. Padding, whitespace, the standard alphabet and non-zero
//! trailing bits are refused, because a second encoding is a second token with the same claims, which a
//! cache, a log or a revocation by text would not recognize.

use base64::alphabet;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::Engine;

/// Decodes a text; `None` if it is not the canonical encoding of any bytes.
#[inline]
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Like [`decode`], but for secrets, which people copy from files and web pages in either alphabet, with or
/// without padding.
pub(crate) fn decode_either(text: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
    const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn j17_bytes_have_one_spelling() {
        assert_eq!(decode(b"").as_deref(), Some(&b""[..]));
        assert_eq!(decode(b"-_8").as_deref(), Some(&[0xfb, 0xff][..]));
        for text in [
            "+/8", "-_8=", "-_9", "-_", "-_8 ", " -_8", "-_8\n", "-\n_8", "-", "-_8A=", "-_8.", "\u{e9}",
        ] {
            // "-_" encodes one byte with trailing bits that are not zero.
            assert_eq!(decode(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn a_secret_may_be_encoded_in_either_alphabet() {
        for text in ["-_8", "-_8=", "+/8", "+/8="] {
            assert_eq!(decode_either(text).as_deref(), Some(&[0xfb, 0xff][..]), "{text}");
        }
        for text in ["-/8", "+/9", "+/8==", "+/8\n", "!"] {
            assert_eq!(decode_either(text), None, "{text:?}");
        }
    }
}
