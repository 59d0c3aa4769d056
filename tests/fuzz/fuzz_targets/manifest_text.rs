//! `evgen_tests::fuzzed::manifest_text` on any input.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| evgen_tests::fuzzed::manifest_text(data));
