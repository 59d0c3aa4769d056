//! fastavro (Python) beside evgen, over the schemas from the wild: it reads what evgen writes and writes the same bytes, and
//! evgen reads what it writes. `tests/run` names the Python that has it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use evgen::cli::type_tables::Tables;
use evgen::load::load_schema;
use evgen_runtime::codec::avro;
use evgen_runtime::types::TypeNode;
use evgen_tests::{did_without, shared};
use serde_json::{Value, json};

use super::random;

/// Random values of each schema.
const VALUES: u64 = 5;

#[test]
fn both_read_what_the_other_writes() {
    let Some(python) = std::env::var_os("EVGEN_TEST_FASTAVRO") else {
        did_without("fastavro");
        return;
    };
    let Some(corpus) = shared("corpus") else {
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/fastavro_peer.py");
    let mut peer = Peer::start(Command::new(python).arg(script));
    let index: Value =
        serde_json::from_str(&fs::read_to_string(corpus.join("index.json")).unwrap()).unwrap();
    let (mut schemas, mut own, mut different) = (0, 0, Vec::new());
    for entry in index.as_array().unwrap() {
        if entry["parse"]["java"] != json!(true) || entry["parse"]["fastavro"] != json!(true) {
            continue;
        }
        let file = entry["file"].as_str().unwrap();
        let text = fs::read_to_string(corpus.join(file)).unwrap();
        // What serde_json does not read (comments) the peer is not asked.
        let Ok(schema) = serde_json::from_str::<Value>(&text) else {
            continue;
        };
        match check(&mut peer, &text, &schema) {
            Ok(count) => {
                schemas += 1;
                own += count;
            }
            Err(why) => different.push(format!("{file}: {why}")),
        }
    }
    assert!(
        different.is_empty(),
        "{} of {} differ\n{}",
        different.len(),
        schemas + different.len(),
        different.join("\n")
    );
    // Nobody is left to read it, where the output is not shown.
    let _ = writeln!(
        std::io::stderr(),
        "{schemas} schemas with fastavro, {own} values of its own"
    );
    assert!(schemas > 900 && own > 3_000, "{schemas}, {own}");
}

/// Both ways, for one schema; gives how many values of its own the peer had.
fn check(peer: &mut Peer, text: &str, schema: &Value) -> Result<usize, String> {
    let node = node(text);
    let values: Vec<_> = (0..VALUES)
        .map(|seed| random::value(node, seed))
        // Of an enum without symbols, or a union without branches, there is none.
        .filter(|bytes| avro::to_json_text(node, bytes).is_ok())
        .map(|bytes| hex(&bytes))
        .collect();
    let answer = peer.ask(&json!({ "schema": schema, "values": values }))?;
    let again = strings(&answer["again"]);
    if again != values {
        return Err(format!("it makes {again:?} of {values:?}"));
    }
    // Its own values know no logical types.
    let plain = self::node(&without_logical_types(schema).to_string());
    let mut pairs = Vec::new();
    for theirs in strings(&answer["own"]) {
        let text = avro::to_json_text(plain, &bytes(&theirs))
            .map_err(|error| format!("{theirs}: {error}"))?;
        let ours = avro::from_json_text(plain, &text).map_err(|error| error.to_string())?;
        pairs.push([hex(&ours), theirs]);
    }
    let answer = peer.ask(&json!({ "schema": schema, "pairs": pairs }))?;
    let same = answer["same"].as_array().unwrap();
    match same.iter().position(|same| *same != json!(true)) {
        Some(index) => Err(format!("not the same: {:?}", pairs[index])),
        None => Ok(pairs.len()),
    }
}

fn node(text: &str) -> &'static TypeNode {
    let schema =
        load_schema("schema.json", text.to_owned()).unwrap_or_else(|error| panic!("{error}"));
    let mut tables = Tables::new(&schema.types);
    tables.root(&schema.top)
}

fn without_logical_types(schema: &Value) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(without_logical_types).collect(),
        Value::Object(members) => {
            let kept = members.iter().filter(|(key, _)| *key != "logicalType");
            let types = ["type", "items", "values", "fields"];
            kept.map(|(key, value)| {
                let value = if types.contains(&key.as_str()) {
                    without_logical_types(value)
                } else {
                    value.clone()
                };
                (key.clone(), value)
            })
            .collect()
        }
        other => other.clone(),
    }
}

fn strings(list: &Value) -> Vec<String> {
    let items = list.as_array().unwrap().iter();
    items
        .map(|item| item.as_str().unwrap().to_owned())
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = (0..hex.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

/// The script, asked line by line.
struct Peer {
    child: Child,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    fn start(command: &mut Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { child, answers }
    }

    fn ask(&mut self, question: &Value) -> Result<Value, String> {
        writeln!(self.child.stdin.as_mut().unwrap(), "{question}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap();
        match answer.get("error") {
            Some(error) => Err(error.to_string()),
            None => Ok(answer),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
