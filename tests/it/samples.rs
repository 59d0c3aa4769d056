//! What a generated test of a sample finds: through readers, upcast steps and mutators.

use std::panic::{AssertUnwindSafe, catch_unwind};

use evgen_runtime::codec::avro::from_json_text;
use evgen_runtime::samples::{Sample, read, replay};
use evgen_tests::fixtures::upcast_steps::Customer;
use evgen_tests::fixtures::upcast_steps::events::customer::{self, CREATED, MOVED};

const ADA: &str = "{ \"full_name\": \"Ada Lovelace\" }";
const MOVE: &str = "{ \"road\": \"Elm\", \"number\": 1, \"mood\": \"A\", \"extra\": {} }";

fn created(json: &'static str) -> Sample {
    Sample {
        event: &CREATED,
        version: 1,
        file: "samples/customer/v1_customer_created.json",
        json,
        avro: None,
    }
}

/// What a test that fails says.
#[track_caller]
fn failure(test: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(test)).expect_err("it should fail");
    *panic.downcast::<String>().expect("a formatted text")
}

/// Single-object encoding by version 1.
fn avro(json: &str) -> &'static [u8] {
    let version = CREATED.version(1).unwrap();
    let body = from_json_text(version.node, json).unwrap();
    let fingerprint = version.fingerprint.to_le_bytes();
    Vec::leak([&[0xc3, 0x01][..], &fingerprint, &body].concat())
}

#[test]
fn a_sample_goes_through_every_step() {
    let [event] = &read::<customer::Event>(&created(ADA))[..] else {
        panic!("one event")
    };
    let customer::Event::Created(event) = &event[0] else {
        panic!("{event:?}")
    };
    assert_eq!(event.name.last, "Lovelace");
    replay::<Customer>(&created(ADA), None);
}

#[test]
fn a_step_that_refuses_is_named() {
    let said = failure(|| replay::<Customer>(&created("{ \"full_name\": \"Ada\" }"), None));
    assert_eq!(
        said,
        "samples/customer/v1_customer_created.json (`Customer.Created`, version 1) cannot be read as the latest version: \
         the step from version 1 refused the event: a name of one word"
    );
}

#[test]
fn a_sample_that_does_not_fit_is_named_with_its_path() {
    let said = failure(|| drop(read::<customer::Event>(&created("{ \"full_name\": 3 }"))));
    assert!(
        said.contains("is no value of version 1: `/full_name`: expected a string, found `3`"),
        "{said}"
    );
}

#[test]
fn an_older_avro_sample_is_a_value_of_its_own() {
    let both = Sample {
        avro: Some(avro("{ \"full_name\": \"Grace Hopper\" }")),
        ..created(ADA)
    };
    let events = read::<customer::Event>(&both);
    assert_eq!(events.len(), 2);
    assert!(format!("{events:?}").contains("Hopper"));
    let same = Sample {
        avro: Some(avro(ADA)),
        ..created(ADA)
    };
    assert_eq!(read::<customer::Event>(&same).len(), 1);

    let refused = Sample {
        avro: Some(avro("{ \"full_name\": \"Grace\" }")),
        ..created(ADA)
    };
    let said = failure(|| replay::<Customer>(&refused, None));
    assert!(said.contains("version 1) as Avro cannot be read"), "{said}");
    let cut = Sample {
        avro: Some(&avro(ADA)[..12]),
        ..created(ADA)
    };
    assert!(failure(|| replay::<Customer>(&cut, None)).contains("as Avro cannot be read"));
}

#[test]
fn what_does_not_create_comes_behind_what_does() {
    let moved = Sample {
        event: &MOVED,
        version: 2,
        file: "samples/customer/v2_customer_moved.json",
        json: MOVE,
        avro: None,
    };
    replay::<Customer>(&moved, Some(&created(ADA)));
    let said = failure(|| replay::<Customer>(&moved, Some(&created("{}"))));
    assert!(
        said.starts_with("samples/customer/v1_customer_created.json"),
        "{said}"
    );
}
