//! What the manifest decides about single types, at work in generated code.

use evgen_runtime::codec::{avro, encode, from_json};
use evgen_tests::fixtures::names_and_types::events::{order, types};
use evgen_tests::fixtures::names_and_types::{Links, Money, Span};

const TEXT: &str = concat!(
    r#"{"total":{"cents":5,"currency":"EUR"},"fee":null,"class":"gift","#,
    r#""items":[{"lineNo":1,"number":2,"userId":"a","user_id":"b","colour":"ROUGE"}],"#,
    r#""lasts":"P0M3DT0S","either":{"cents":7,"currency":"EUR"}}"#
);

fn read(text: &str) -> Result<order::Placed, String> {
    from_json(order::PLACED.versions[0].node, text).map_err(|error| error.to_string())
}

#[test]
fn names_and_types_of_the_manifest_stand_in_the_structs() {
    let placed = read(TEXT).unwrap();
    assert_eq!(placed.total, Money { cents: 5 });
    assert_eq!(placed.lasts, Span(3));
    assert_eq!(placed.category, "gift");
    let item = &placed.items[0];
    assert_eq!((item.number, item.number_2), (1, 2));
    assert_eq!((item.user_id_2.as_str(), item.user_id.as_str()), ("a", "b"));
    assert_eq!(item.colour, order::placed::Color::Red);
    assert_eq!(item.colour.as_str(), "ROUGE");
    assert!(matches!(
        placed.either,
        order::placed::Either::Money(Money { cents: 7 })
    ));
    assert_eq!(
        encode(&placed, order::PLACED.versions[0].node).unwrap(),
        TEXT
    );
}

#[test]
fn a_mapped_type_refuses_with_its_own_words_and_the_path() {
    let error = read(&TEXT.replace(
        "\"fee\":null",
        "\"fee\":{\"cents\":-1,\"currency\":\"EUR\"}",
    ));
    assert!(
        error
            .as_ref()
            .is_err_and(|error| error.contains("/fee") && error.contains("no debts")),
        "{error:?}"
    );
}

#[test]
fn defaults_and_states_take_mapped_types() {
    let text = TEXT.replace(r#""total":{"cents":5,"currency":"EUR"},"#, "");
    assert_eq!(read(&text).unwrap().total, Money { cents: 5 });
    // The generated type is still there, for the mapping to use.
    let _ = types::com::acme::Money {
        cents: 1,
        currency: String::new(),
    };
}

#[test]
fn derives_and_attributes_are_those_of_the_manifest() {
    let placed = read(TEXT).unwrap();
    let json = serde_json::to_string(&placed.items[0]).unwrap();
    assert_eq!(
        json,
        r#"{"number":1,"number2":2,"userId2":"a","userId":"b","colour":"Red"}"#
    );
    assert!(placed.items[0] <= placed.items[0]);
}

#[test]
fn a_type_that_holds_itself_may_be_mapped() {
    let chain = types::com::acme::Chain {
        value: 1,
        next: Some(Box::new(Links(vec![2, 3]))),
    };
    let mut bytes = Vec::new();
    avro::encode(&chain, &mut bytes).unwrap();
    assert_eq!(bytes, [2, 2, 4, 2, 6, 0]);
    let read: types::com::acme::Chain = avro::decode(&bytes).unwrap();
    assert_eq!(read, chain);
}

#[test]
fn a_union_without_branches_has_no_value() {
    let nothing = types::com::acme::Nothing {
        never: types::com::acme::NothingNever::NoBranch,
    };
    let mut bytes = Vec::new();
    assert!(avro::encode(&nothing, &mut bytes).is_err());
    assert!(avro::decode::<types::com::acme::Nothing>(&[0]).is_err());
}
