//! JSON ([RFC 8259](https://www.rfc-editor.org/rfc/rfc8259)) for claims: checked strictly once, then read in
//! place.
//!
//! Invariant: [`value`] can walk every text that [`scanner`] accepted without failing. The crate has its own
//! scanner because a general parser would need a second pass over the text to refuse duplicate names at any
//! level, `\u0000`, half surrogates and deep nesting; `benches/claims.rs` measures the difference. Tests
//! compare the scanner with serde_json.

mod lexer;
pub(crate) mod member;
pub(crate) mod number;
pub(crate) mod scanner;
pub(crate) mod string;
pub(crate) mod value;
