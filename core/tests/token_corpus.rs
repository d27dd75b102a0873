//! Runs the functions of the fuzz targets on stored inputs, without cargo-fuzz.
//!
//! `core/fuzz` runs the same three functions on generated inputs. An input that it finds is stored in
//! `tests/corpus/{token,jwks,claims}` under a descriptive name.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../fuzz/fuzz_targets/exercise.rs"]
mod exercise;

use std::fs;
use std::path::Path;

fn replay(folder: &str, exercise: fn(&[u8])) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(folder);
    let mut inputs: Vec<_> = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    inputs.sort();
    assert!(inputs.len() >= 10, "{folder} has {} inputs", inputs.len());
    for input in inputs {
        let bytes = fs::read(&input).unwrap();
        exercise(&bytes);
        // Each truncated input is tried as well.
        for length in (0..bytes.len().min(2_000)).step_by(13) {
            exercise(&bytes[..length]);
        }
    }
}

#[test]
fn every_stored_token_is_handled() {
    replay("token", exercise::token);
}

#[test]
fn every_stored_key_set_is_handled() {
    replay("jwks", exercise::jwks);
}

#[test]
fn every_stored_set_of_claims_is_handled() {
    replay("claims", exercise::claims);
}
