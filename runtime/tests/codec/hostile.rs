//! Texts made to hurt: deep, long, ambiguous.

use evgen_runtime::codec::{MAX_DEPTH, encode, from_json, to_json};
use evgen_runtime::validate::{MAX_ERRORS, validate};

use super::shapes::{CREATED, Created};
use super::tricky::{One, TRICKY, Tricky};

fn nested(levels: u32) -> Tricky {
    (0..levels).fold(Tricky::Null, |inner, _| {
        Tricky::One(Box::new(One { v: inner }))
    })
}

#[test]
fn data_is_as_deep_as_it_may_be() {
    let deepest = nested(MAX_DEPTH);
    let json = encode(&deepest, &TRICKY).unwrap();
    assert_eq!(from_json::<Tricky>(&TRICKY, &json).unwrap(), deepest);
    assert_eq!(validate(&TRICKY, &json), Ok(()));

    let error = encode(&nested(MAX_DEPTH + 1), &TRICKY).unwrap_err();
    assert_eq!(error.expected(), "at most 128 levels of nesting");
    let json = format!("{}null{}", r#"{"v":"#.repeat(129), "}".repeat(129));
    let error = from_json::<Tricky>(&TRICKY, &json).unwrap_err();
    assert_eq!(error.expected(), "at most 128 levels of nesting");
    assert_eq!(error.path(), "/v".repeat(128));
    assert!(validate(&TRICKY, &json).is_err());
}

#[test]
fn too_deep_a_value_is_still_text() {
    let json = to_json(&nested(MAX_DEPTH + 10), &TRICKY);
    assert!(evgen_runtime::JsonObject::parse(&json).is_ok());
}

#[test]
fn unknown_data_may_be_deeper() {
    let deep = format!("{}{}", "[".repeat(500_000), "]".repeat(500_000));
    let json = format!(r#"{{"x":{deep},"label":"a","tags":[],"priority":"LOW"}}"#);
    assert!(from_json::<Created>(&CREATED, &json).is_ok());
    assert!(validate(&CREATED, &json).is_ok());
    assert!(from_json::<Created>(&CREATED, &deep).is_err());
    assert!(from_json::<Tricky>(&TRICKY, &deep).is_err());
    assert!(validate(&TRICKY, &deep).is_err());
}

#[test]
fn ambiguity_does_not_cost_exponentially() {
    for member in ["{\"v\":", "{\"t.One\":", "{\"map\":", "{\"w\":{\"v\":"] {
        let close = "}".repeat(member.matches('{').count() * 60);
        for inner in ["null", "\"\\ud800\"", "{\"long\":1}"] {
            let json = format!("{}{inner}{close}", member.repeat(60));
            assert_eq!(
                from_json::<Tricky>(&TRICKY, &json).is_ok(),
                validate(&TRICKY, &json).is_ok(),
                "{json}"
            );
        }
    }
}

#[test]
fn errors_are_bounded() {
    let json = format!(
        r#"{{"label":"a","tags":[{}0],"priority":"LOW"}}"#,
        "0,".repeat(1000)
    );
    let errors = validate(&CREATED, &json).unwrap_err();
    assert_eq!(errors.errors().len(), MAX_ERRORS);
    assert!(errors.to_string().ends_with("; and perhaps more"));
}
