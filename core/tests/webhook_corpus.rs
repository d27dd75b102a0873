//! The fuzz target's function over stored inputs, for machines without cargo-fuzz.
//!
//! `core/fuzz` runs the same function on inputs of its own making; what it finds goes into
//! `tests/corpus/webhook` under a name that says what was found.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../fuzz/fuzz_targets/webhook_exercise.rs"]
mod webhook_exercise;

use std::fs;
use std::path::Path;

#[test]
fn every_stored_webhook_is_handled() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/webhook");
    let mut inputs: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    inputs.sort();
    assert!(inputs.len() >= 30, "there are {} inputs", inputs.len());
    for input in inputs {
        let bytes = fs::read(&input).unwrap();
        webhook_exercise::webhook(&bytes);
        // Each input cut short is another one.
        for length in (0..bytes.len().min(2_000)).step_by(13) {
            webhook_exercise::webhook(&bytes[..length]);
        }
    }
}
