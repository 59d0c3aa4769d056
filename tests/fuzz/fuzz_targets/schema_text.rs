//! `evgen_tests::fuzzed::schema_text` on any input.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| evgen_tests::fuzzed::schema_text(data));
