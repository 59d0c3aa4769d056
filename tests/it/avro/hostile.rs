//! Bytes that are no values: an error each, soon, and no room made for what the input does not hold.

use evgen_runtime::codec::avro;
use evgen_tests::fixtures::every_type::events::sample;
use evgen_tests::fixtures::upcast_steps::events::customer;

use super::{bytes_of, full, node, random};

#[test]
fn no_beginning_of_a_value_is_a_value() {
    let bytes = bytes_of(&full());
    for end in 0..bytes.len() {
        let error = avro::decode::<sample::Created>(&bytes[..end]).unwrap_err();
        assert!(!error.path().is_empty(), "{end}: {error}");
    }
}

#[test]
fn any_bytes_are_taken_or_refused() {
    let node = node::<sample::Created>(1);
    for seed in 0..25 {
        let bytes = random::value(node, seed);
        for at in 0..bytes.len() {
            for flip in [1, 0x40, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] ^= flip;
                let read = avro::decode::<sample::Created>(&bytes);
                // The type tables accept just the same.
                let text = avro::to_json_text(node, &bytes);
                assert_eq!(read.is_ok(), text.is_ok(), "{read:?} {text:?}");
                let way = customer::nodes::MOVED_READS[0].as_ref().unwrap();
                let _ = avro::decode_by::<customer::Moved>(way, &bytes);
            }
        }
    }
}

#[test]
fn huge_counts_are_errors() {
    let huge = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    let tree = [&[2][..], &huge].concat();
    let error = avro::decode::<sample::created::Tree>(&tree).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`/children/0/value`: expected a number, found the end of the data"
    );
    let text = avro::decode::<customer::v1::Created>(&huge).unwrap_err();
    assert_eq!(
        text.to_string(),
        "`/full_name`: expected a string, found a length of 9223372036854775807 with 0 bytes left"
    );
}

#[test]
fn depth_has_an_end() {
    // Every tree's first child is a tree: value, one child …
    let bytes = [0, 2].repeat(100_000);
    let error = avro::decode::<sample::created::Tree>(&bytes).unwrap_err();
    assert_eq!(error.expected(), "at most 128 levels of nesting");
}

#[test]
fn text_is_utf_8() {
    let error = avro::decode::<customer::v1::Created>(&[4, 0xc3, 0x28]).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("`/full_name`: expected a string of UTF-8"),
        "{error}"
    );
}
