//! Names with letters beyond ASCII: spelt in ASCII in Rust, as they are in what is stored.

use evgen_runtime::codec::{from_json, to_json};
use evgen_tests::fixtures::letters_of_any_script::events::{todo, types};
use serde_json::Value;

/// One of each field, in the schema's order.
const DATA: &str = r#"{"a":"1","а":"2","Å":"3","\u212b":"4","\u212a":"5","größe":"6","grosse":"7","数量":"8","數量":"9","가":"10","\u1100\u1161":"11","ﬁx":"12","щука":"13","ΛΟΓΟΣ":"14","\u0e33":"15","文字x":"16","мера":"数量","любой":{"Строковый":"17","文字列":"18"}}"#;

#[test]
fn stored_names_are_those_of_the_schema() {
    let version = &todo::CREATED.versions[0];
    let created: todo::Created = from_json(version.node, DATA).unwrap();
    assert_eq!((&*created.a, &*created.a_2), ("1", "2"));
    assert_eq!((&*created.a_3, &*created.a_4, &*created.k), ("3", "4", "5"));
    assert_eq!((&*created.grosse, &*created.grosse_2), ("7", "6"));
    assert_eq!((&*created.uac00, &*created.u1100_u1161), ("10", "11"));
    assert_eq!(created.mera, types::dom::Mera::Amount);
    let todo::created::Lyuboy::Struktura(record) = &created.lyuboy else {
        panic!("{:?}", created.lyuboy)
    };
    assert_eq!(
        (&*record.strokovyy, &*record.u6587_u5b57_u5217),
        ("17", "18")
    );
    let written: Value = serde_json::from_str(&to_json(&created, version.node)).unwrap();
    assert_eq!(written, serde_json::from_str::<Value>(DATA).unwrap());
}
