//! `evgen_tests::fuzzed::avro_bytes` on any input.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| evgen_tests::fuzzed::avro_bytes(data));
