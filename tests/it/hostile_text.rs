//! Text that tries to become code arrives where it belongs, letter by letter.

use evgen_runtime::codec::from_json;
use evgen_tests::fixtures::hostile_text::events::todo;

#[test]
fn hostile_text_stays_text() {
    let schema: serde_json::Value = serde_json::from_str(include_str!(
        "../fixtures/hostile_text/todo/v1_todo_created.json"
    ))
    .unwrap();
    let default = schema["fields"][0]["default"].as_str().unwrap();
    assert!(default.contains("compile_error!") && default.contains('\u{202e}'));

    let version = &todo::CREATED.versions[0];
    let descriptor: serde_json::Value = serde_json::from_str(version.schema).unwrap();
    assert_eq!(descriptor, schema);
    let read: todo::Created = from_json(version.node, "{}").unwrap();
    assert_eq!(read.label, default);
    assert_eq!(read.texts[default], default);
    assert_eq!(read.raw, b"\"\\\0\xff*/");
    assert!(matches!(read.either, todo::created::Either::String(text) if text == default));
    assert!(todo::CREATED.event_type.contains("compile_error!"));
}
