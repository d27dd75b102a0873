//! JSON (RFC 8259) as claims need it: checked once, strictly, then read in place.
//!
//! Invariant: whatever [`scanner`] accepted, [`value`] can walk without failing. Its own scanner
//! rather than a parser crate's, because what must be refused here (names twice at any level,
//! `\u0000`, half surrogates, depth) takes a second pass over the text with those: measured in
//! `benches/claims.rs`. Tests hold it against serde_json.

mod lexer;
pub(crate) mod member;
pub(crate) mod number;
pub(crate) mod scanner;
pub(crate) mod string;
pub(crate) mod value;
