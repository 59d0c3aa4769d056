//! What djangoevents itself said of data and of schemas, beside evgen's verdicts. Where the two differ, the case stands in
//! docs/djangoevents-differences.md with its reason; these tests hold the tables there against what happens.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use evgen::cli::type_tables::Tables;
use evgen::load::load_schema;
use evgen_runtime::{JsonObject, Validation};
use evgen_tests::shared;
use serde_json::Value;

#[test]
fn data_is_judged_as_djangoevents_does() {
    check("data", "validation_cases.json", (224, 197), |case| {
        let text = case["schema"].as_str().unwrap();
        let Ok(schema) = load_schema("schema.json", text.to_owned()) else {
            return "no schema";
        };
        let node = Tables::new(&schema.types).root(&schema.top);
        let mut attributes = String::new();
        if !write(&case["attrs"], &mut attributes) {
            return "no JSON";
        }
        match Validation::Djangoevents.validate(node, &attributes) {
            Ok(()) => "valid",
            Err(_) => "invalid",
        }
    });
}

#[test]
fn schemas_are_read_by_one_grammar() {
    check("schemas", "schema_parse_cases.json", (129, 108), |case| {
        let text = case["schema"].as_str().unwrap();
        match load_schema("schema.json", text.to_owned()) {
            Ok(_) => "accepted",
            Err(_) => "rejected",
        }
    });
}

/// Holds `ours` against the recorded verdicts, and what differs against the table of that name. `figures`: cases in all,
/// and how many agree.
#[track_caller]
fn check(table: &str, file: &str, figures: (usize, usize), ours: impl Fn(&Value) -> &'static str) {
    let Some(path) = shared(&format!("djangoevents/{file}")) else {
        return;
    };
    let cases: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let listed = listed(table);
    let mut differ = BTreeMap::new();
    for case in &cases {
        let verdict = ours(case);
        if verdict != case["verdict"] {
            differ.insert(case["n"].as_u64().unwrap(), (verdict, case));
        }
    }
    let mut wrong = String::new();
    for (n, (verdict, case)) in &differ {
        if listed.get(n).map(String::as_str) != Some(*verdict) {
            writeln!(wrong, "{n} is {verdict}, not in the table: {case}").unwrap();
        }
    }
    for n in listed.keys().filter(|n| !differ.contains_key(n)) {
        writeln!(wrong, "{n} is in the table, and agrees").unwrap();
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert_eq!((cases.len(), cases.len() - differ.len()), figures);
}

/// Texts that Python's decoder turns into objects: data stays data here, and its text is kept.
const SPECIAL: [&str; 4] = [
    "ISO8601_datetime",
    "ISO8601_date",
    "__class__",
    "__ndarray__",
];

#[test]
fn stored_text_is_decoded_as_djangoevents_does() {
    let Some(path) = shared("djangoevents/json_text_cases.json") else {
        return;
    };
    let cases: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let (mut agree, mut kept) = (0, 0);
    for case in cases["decode"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        let object = format!("{{\"x\":{text}}}");
        let decoded = JsonObject::parse(&object);
        let member = decoded.as_ref().ok().and_then(|object| object.get("x"));
        if SPECIAL.iter().any(|form| text.contains(form)) {
            assert_eq!(member, Some(text));
            kept += 1;
            continue;
        }
        assert_eq!(decoded.is_ok(), case.get("raises").is_none(), "{text}");
        if let Some(member) = member {
            assert_eq!(member.trim(), text.trim());
            // What serde_json cannot hold is kept as text alone.
            if let Ok(value) = serde_json::from_str::<Value>(text)
                && !case["value"].is_object()
            {
                let as_floats = value.as_f64().zip(case["value"].as_f64());
                let same = as_floats.map_or(value == case["value"], |(a, b)| a == b);
                assert!(same, "{text}: {value}");
            }
        }
        agree += 1;
    }
    assert_eq!((agree, kept), (35, 28));
}

/// The rows of a table in the docs: numbers of cases, and evgen's verdict.
fn listed(table: &str) -> BTreeMap<u64, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/djangoevents-differences.md");
    let docs = std::fs::read_to_string(path).unwrap();
    let (_, from) = docs.split_once(&format!("<!-- {table} -->")).unwrap();
    let rows = from.lines().skip(1).skip_while(|line| line.is_empty());
    let mut listed = BTreeMap::new();
    for row in rows.skip(2).take_while(|line| line.starts_with('|')) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        for n in cells[1].split(", ") {
            let (first, last) = n.split_once('–').unwrap_or((n, n));
            let numbers = first.parse().unwrap()..=last.parse().unwrap();
            listed.extend(numbers.map(|n: u64| (n, cells[4].to_owned())));
        }
    }
    listed
}

/// Appends a value in tagged JSON as djangoevents writes it; false where it cannot.
fn write(value: &Value, out: &mut String) -> bool {
    let tag = match value {
        Value::Array(items) => return write_all(items, out),
        Value::Object(members) => match members.iter().next() {
            Some((tag, inner)) if tag.starts_with('$') => (tag.as_str(), inner),
            _ => {
                let pairs = members
                    .iter()
                    .map(|(key, value)| (Value::from(key.as_str()), value));
                return write_members(&pairs.collect::<Vec<_>>(), out);
            }
        },
        scalar => {
            out.push_str(&scalar.to_string());
            return true;
        }
    };
    match tag {
        ("$float", name) => out.push_str(match name.as_str().unwrap() {
            "nan" => "NaN",
            "inf" => "Infinity",
            _ => "-Infinity",
        }),
        ("$utf16", units) => {
            out.push('"');
            for unit in units.as_array().unwrap() {
                write!(out, "\\u{:04x}", unit.as_u64().unwrap()).unwrap();
            }
            out.push('"');
        }
        ("$datetime" | "$date" | "$decimal" | "$uuid", text) => out.push_str(&text.to_string()),
        ("$tuple", items) => return write_all(items.as_array().unwrap(), out),
        ("$dict" | "$OrderedDict", pairs) => {
            let pairs = pairs.as_array().unwrap();
            let pairs: Vec<_> = pairs
                .iter()
                .map(|pair| (pair[0].clone(), &pair[1]))
                .collect();
            return write_members(&pairs, out);
        }
        _ => return false,
    }
    true
}

fn write_all(items: &[Value], out: &mut String) -> bool {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        if !write(item, out) {
            return false;
        }
    }
    out.push(']');
    true
}

fn write_members(members: &[(Value, &Value)], out: &mut String) -> bool {
    out.push('{');
    for (index, (key, value)) in members.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        let key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
        out.push_str(&Value::from(key).to_string());
        out.push(':');
        if !write(value, out) {
            return false;
        }
    }
    out.push('}');
    true
}
