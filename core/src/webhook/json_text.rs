//! A record written as the JSON object that SQL reads.
//!
//! Invariant: a key is the name of a column, what is missing is null, and a time is a whole number of
//! milliseconds since 1970.

use serde_json::Value;

/// An object that is being written.
pub(crate) struct JsonText {
    text: String,
}

impl JsonText {
    pub(crate) fn new() -> JsonText {
        JsonText {
            text: String::from("{"),
        }
    }

    /// A value that is JSON already.
    pub(crate) fn raw(mut self, name: &str, json: &str) -> JsonText {
        if self.text.len() > 1 {
            self.text.push(',');
        }
        self.text.push('"');
        self.text.push_str(name);
        self.text.push_str("\":");
        self.text.push_str(json);
        self
    }

    /// A text, a number, a flag or an array of texts; `None` is null.
    pub(crate) fn value(self, name: &str, value: impl Into<Value>) -> JsonText {
        self.raw(name, &value.into().to_string())
    }

    /// A text; `None` is null.
    pub(crate) fn text(self, name: &str, text: &Option<String>) -> JsonText {
        self.value(name, text.as_deref())
    }

    pub(crate) fn finish(mut self) -> String {
        self.text.push('}');
        self.text
    }
}
