//! Errors of the benchmark. Every error ends the program, so their text is all that matters.

use std::error::Error;

pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The text of an error and its causes. The `postgres` crate says only "db error" itself; the server's
/// message is in the source.
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
