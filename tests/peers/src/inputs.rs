//! The same events three times: Avro schemas with a manifest, protobuf messages, and structs with serde derives.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

/// Types of the ten fields: Avro, protobuf, Rust.
const FIELDS: [(&str, &str, &str); 10] = [
    (r#""string""#, "string", "String"),
    (r#""long""#, "int64", "i64"),
    (r#""boolean""#, "bool", "bool"),
    (r#""double""#, "double", "f64"),
    (r#""int""#, "int32", "i32"),
    (r#""string""#, "string", "String"),
    (r#"["null","string"]"#, "optional string", "Option<String>"),
    (
        r#"{"type":"array","items":"string"}"#,
        "repeated string",
        "Vec<String>",
    ),
    (r#""string""#, "string", "String"),
    (r#""long""#, "int64", "i64"),
];

/// Events of one aggregate, messages of one file, structs of one module.
const GROUP: usize = 10;

/// Writes a schema directory of `events` events with ten fields each. With two versions of each, the first one lacks the
/// last field, and its third number is an int.
///
/// # Errors
/// The disk's.
pub fn write_schemas(directory: &Path, events: usize, versions: usize) -> io::Result<()> {
    let mut manifest = "format: 1\naggregates:\n".to_owned();
    for (group, events) in groups(events) {
        let _ = writeln!(manifest, "  Account{group}:\n    events:");
        let folder = directory.join(format!("account{group}"));
        fs::create_dir_all(&folder)?;
        for event in 0..events {
            let effect = if event == 0 {
                "{ creates: true }"
            } else {
                "{}"
            };
            let _ = writeln!(manifest, "      Happened{event}: {effect}");
            for version in 1..=versions {
                let path = folder.join(format!("v{version}_account{group}_happened{event}.json"));
                fs::write(path, schema(group, event, versions - version))?;
            }
        }
    }
    fs::write(directory.join("aggregates.yaml"), manifest)
}

/// A record of ten fields, each with a doc; `age` versions before the latest, it lacks as many of the last ones.
#[must_use]
pub fn schema(group: usize, event: usize, age: usize) -> String {
    let field = |index: usize| {
        let (avro, ..) = FIELDS[index];
        let avro = match index {
            1 if age > 0 => r#""int""#,
            _ => avro,
        };
        let default = match index {
            8 => r#", "default": """#,
            9 => r#", "default": 0"#,
            _ => "",
        };
        format!(
            "    {{\"name\": \"field_{index}\", \"doc\": \"What field {index} says.\", \"type\": {avro}{default}}}"
        )
    };
    let fields: Vec<_> = order(group, event)
        .into_iter()
        .filter(|index| *index < FIELDS.len() - age.min(2))
        .map(field)
        .collect();
    format!(
        "{{\n  \"type\": \"record\",\n  \"name\": \"Account{group}Happened{event}\",\n  \
         \"doc\": \"Something happened.\",\n  \"fields\": [\n{}\n  ]\n}}\n",
        fields.join(",\n")
    )
}

/// Writes the events as messages, a file and a package for what is an aggregate among the schemas.
///
/// # Errors
/// The disk's.
pub fn write_protos(directory: &Path, events: usize) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    for (group, events) in groups(events) {
        let mut text = format!("syntax = \"proto3\";\npackage account{group};\n");
        for event in 0..events {
            let _ = writeln!(text, "\n// Something happened.\nmessage Happened{event} {{");
            for index in order(group, event) {
                let (_, proto, _) = FIELDS[index];
                let _ = writeln!(
                    text,
                    "  // What field {index} says.\n  {proto} field_{index} = {};",
                    index + 1
                );
            }
            text.push_str("}\n");
        }
        fs::write(directory.join(format!("account{group}.proto")), text)?;
    }
    Ok(())
}

/// The events as structs with serde derives.
#[must_use]
pub fn structs(events: usize) -> String {
    let mut text = String::new();
    for (group, events) in groups(events) {
        let _ = writeln!(text, "pub mod account{group} {{");
        for event in 0..events {
            let _ = writeln!(
                text,
                "    /// Something happened.\n    \
                 #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]\n    \
                 pub struct Happened{event} {{"
            );
            for index in order(group, event) {
                let (_, _, rust) = FIELDS[index];
                let _ = writeln!(
                    text,
                    "        /// What field {index} says.\n        pub field_{index}: {rust},"
                );
            }
            text.push_str("    }\n");
        }
        text.push_str("}\n");
    }
    text
}

/// A function that reads and writes every event by `both`, in optimised builds: what is generic is compiled where it is used,
/// so that a crate without a use of it has none of its codec.
#[must_use]
pub fn uses(events: usize, both: &str) -> String {
    let mut text = format!(
        "#[cfg(not(debug_assertions))]\n{both}\n#[cfg(not(debug_assertions))]\n\
         pub fn used(bytes: &[u8], out: &mut Vec<u8>) {{\n"
    );
    for (group, events) in groups(events) {
        for event in 0..events {
            let _ = writeln!(
                text,
                "    both::<account{group}::Happened{event}>(bytes, out);"
            );
        }
    }
    text.push_str("}\n");
    text
}

/// The order of an event's fields: its own, so that no two events share code that is compiled once per list of types.
fn order(group: usize, event: usize) -> [usize; FIELDS.len()] {
    let mut order = std::array::from_fn(|index| index);
    let mut random = group * GROUP + event + 1;
    for index in (1..order.len()).rev() {
        random = (random * 1_103_515_245 + 12_345) % (1 << 31);
        order.swap(index, (random >> 16) % (index + 1));
    }
    order
}

/// Numbers of the groups, and of the events in each.
fn groups(events: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..events.div_ceil(GROUP)).map(move |group| (group, GROUP.min(events - group * GROUP)))
}
