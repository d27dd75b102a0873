//! The authentication scheme `Bearer` in front of a token.

/// Removes a leading `Bearer` ([RFC 6750 section 2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)) in
/// upper or lower case ([RFC 9110 section 11.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.1)). A text
/// without it is returned unchanged.
pub fn strip_bearer(text: &str) -> &str {
    match text.split_at_checked("Bearer ".len()) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer ") => token.trim_start_matches(' '),
        _ => text,
    }
}
