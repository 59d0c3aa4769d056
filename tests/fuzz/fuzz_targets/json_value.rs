//! `evgen_tests::fuzzed::json_value` on any input.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| evgen_tests::fuzzed::json_value(data));
