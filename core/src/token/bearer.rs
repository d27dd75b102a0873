//! The `Bearer` scheme in front of a token.

/// What follows a leading `Bearer` (RFC 6750 section 2.1; any case, RFC 9110 section 11.1); the text
/// itself where there is none.
pub fn strip_bearer(text: &str) -> &str {
    match text.split_at_checked("Bearer ".len()) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer ") => token.trim_start_matches(' '),
        _ => text,
    }
}
