#![no_main]

mod webhook_exercise;

libfuzzer_sys::fuzz_target!(|input: &[u8]| webhook_exercise::webhook(input));
