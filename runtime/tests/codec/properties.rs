//! Random values read back as they were; random texts are judged alike by reading and by validation, and never panic.

use evgen_runtime::JsonObject;
use evgen_runtime::codec::{Decimal, Value, encode, from_json};
use evgen_runtime::types::TypeNode;
use evgen_runtime::validate::validate;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::shapes::{CREATED, Created, LOGICALS, Logicals, SETTING, Setting};
use super::tricky::{One, Switch, TRICKY, Tricky, Two};

/// Keys that look like branches and fields.
fn key() -> impl Strategy<Value = String> {
    const NAMES: &[&str] = &[
        "v", "w", "map", "int", "string", "array", "t.One", "t.Two", "double", "t.Code",
    ];
    prop_oneof![4 => proptest::sample::select(NAMES).prop_map(String::from), 1 => any::<String>()]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(&["ON", "OFF", "ab", "NaN", "12.3", "Infinity", ""][..])
            .prop_map(String::from),
        any::<String>(),
    ]
}

fn tricky() -> impl Strategy<Value = Tricky> {
    let leaf = prop_oneof![
        vec(any::<u8>(), 0..3).prop_map(Tricky::Bytes),
        any::<[u8; 2]>().prop_map(Tricky::Code),
        (-9999i128..=9999).prop_map(|unscaled| Tricky::Rate(Decimal::new(unscaled, 1))),
        any::<f32>().prop_map(Tricky::Float),
        any::<i32>().prop_map(Tricky::Int),
        any::<i64>().prop_map(Tricky::Long),
        any::<i32>().prop_map(|value| Tricky::Long(value.into())),
        any::<f64>().prop_map(Tricky::Double),
        any::<i32>().prop_map(|value| Tricky::Double(value.into())),
        Just(Tricky::Double(f64::NAN)),
        any::<bool>().prop_map(|on| Tricky::Switch(if on { Switch::On } else { Switch::Off })),
        text().prop_map(Tricky::String),
        Just(Tricky::Null),
    ];
    leaf.prop_recursive(5, 24, 4, |inner| {
        let map = btree_map(key(), inner.clone(), 0..3).boxed();
        let one = inner.clone().prop_map(|v| Box::new(One { v }));
        let two = (
            proptest::option::of(map.clone()),
            proptest::option::of(one.clone()),
        );
        prop_oneof![
            one.prop_map(Tricky::One),
            map.prop_map(Tricky::Map),
            two.prop_map(|(v, w)| Tricky::Two(Box::new(Two { v, w }))),
            vec(inner, 0..3).prop_map(Tricky::List),
        ]
    })
}

/// Keys of the types above, and others.
const KEYS: &[&str] = &[
    "v", "w", "map", "int", "t.One", "label", "tags", "due", "priority", "type", "value", "next",
    "id", "date", "price", "millis", "\\u0076", "\\ud800", "long",
];

/// JSON close to the types above.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        proptest::sample::select(
            &[
                "null",
                "true",
                "1",
                "-0",
                "2147483648",
                "9223372036854775808",
                "1.5",
                "1e400",
                "NaN",
                "-Infinity",
                "\"ON\"",
                "\"\\ud800\"",
                "\"ż\"",
                "\"12.3\"",
                "{}",
                "[]",
                "\"2024-01-31\"",
                "\"2024-01-31T12:00:00Z\"",
                "\"12:00\"",
                "\"P1D\"",
            ][..]
        )
        .prop_map(String::from),
        any::<i64>().prop_map(|value| value.to_string()),
    ];
    leaf.prop_recursive(5, 32, 5, |inner| {
        let member = (proptest::sample::select(KEYS), inner.clone());
        prop_oneof![
            vec(inner, 0..3).prop_map(|items| format!("[{}]", items.join(","))),
            vec(member, 0..5).prop_map(|members| {
                let members: Vec<_> = members
                    .iter()
                    .map(|(key, value)| format!("\"{key}\" : {value}"))
                    .collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

fn round_trip<T: Value>(node: &'static TypeNode, value: &T) -> Result<(), TestCaseError> {
    let json = encode(value, node).expect("the type has every generated value");
    let read: T =
        from_json(node, &json).map_err(|error| TestCaseError::fail(format!("{error}: {json}")))?;
    // NaN is not equal to itself; its Debug text is.
    prop_assert_eq!(format!("{value:?}"), format!("{read:?}"), "{}", json);
    prop_assert!(validate(node, &json).is_ok(), "{}", json);
    Ok(())
}

fn agree<T: Value>(node: &'static TypeNode, json: &str) -> Result<(), TestCaseError> {
    let read = from_json::<T>(node, json);
    let valid = validate(node, json);
    match (&read, &valid) {
        (Ok(value), Ok(())) => round_trip(node, value)?,
        (Err(error), Err(all)) if JsonObject::parse(json).is_ok() => {
            prop_assert_eq!(error, &all.errors()[0], "{}", json);
        }
        _ => prop_assert_eq!(read.is_ok(), valid.is_ok(), "{}", json),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tricky_values_read_back(value in tricky()) {
        round_trip(&TRICKY, &value)?;
    }

    #[test]
    fn reading_and_validation_agree(json in json()) {
        agree::<Tricky>(&TRICKY, &json)?;
        agree::<Created>(&CREATED, &json)?;
        agree::<Setting>(&SETTING, &json)?;
        agree::<Logicals>(&LOGICALS, &json)?;
    }

    #[test]
    fn broken_text_is_an_error_in_both(value in tricky(), at in any::<proptest::sample::Index>(), with in any::<char>()) {
        let json = encode(&value, &TRICKY).expect("the type has every generated value");
        let mut chars: Vec<char> = json.chars().collect();
        let at = at.index(chars.len());
        chars[at] = with;
        agree::<Tricky>(&TRICKY, &chars.iter().collect::<String>())?;
        agree::<Tricky>(&TRICKY, &chars[..at].iter().collect::<String>())?;
    }
}
