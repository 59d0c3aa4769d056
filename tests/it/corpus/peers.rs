//! The corpus beside other implementations: random values that generated code has written are read and written again by
//! apache-avro and by fastavro, and what they give is read by generated code as the same value.
//!
//! fastavro is brought from PyPI into a folder below the target directory, once. With `CI` in the environment it has to be there.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;

const FASTAVRO: &str = "fastavro==1.13.1";

/// What a peer makes of a schema's values, or why it refused the schema.
type Answers = Result<Vec<Answer>, String>;

/// What a peer makes of a value.
enum Answer {
    /// It writes it so.
    Written(String),
    /// It writes the same value into other branches of unions: its own type for them is one.
    OtherBranches,
    /// It does not.
    Refused(String),
}

/// The values of a schema's top type.
struct Values {
    schema: PathBuf,
    /// Each by the number of its case, and in Avro, as hexadecimal digits.
    values: Vec<(String, String)>,
}

/// Lists the top types of all schemas of a generated crate, for its program to write their values.
pub(super) fn list_tops(root: &Path) {
    let mut tops = String::new();
    for (module, schema) in schemas(root) {
        let text = fs::read_to_string(schema).unwrap();
        if let Some(name) = full_name(&text) {
            writeln!(tops, "{module} {name}").unwrap();
        }
    }
    super::update(&root.join("tops"), &tops);
}

/// Gives the values to the peers, and what they make of them to generated code.
pub(super) fn check(root: &Path) {
    let values = values(root);
    let mut recoded = String::new();
    for (peer, answers) in [
        ("apache-avro", apache_avro(&values)),
        ("fastavro", fastavro(&values)),
    ] {
        if let Some(answers) = answers {
            let summary = Summary::new(&values, answers, &mut recoded);
            summary.is_as_documented(peer);
        }
    }
    fs::write(root.join("recoded"), recoded).unwrap();
    let summary = super::cargo(root, &["run", "--quiet", "--", "recode"]);
    assert!(summary.contains(" 0 failures"), "{summary}");
}

/// What a peer made of all values.
#[derive(Debug, Default)]
struct Summary {
    written: usize,
    other_branches: usize,
    /// Values that it refuses, with their schemas.
    refused: Vec<String>,
    /// Schemas that it refuses.
    schemas: Vec<String>,
}

impl Summary {
    /// Adds what was written to `recoded`, as the generated program reads it.
    fn new(values: &[Values], answers: Vec<Answers>, recoded: &mut String) -> Self {
        let mut summary = Self::default();
        for (values, answers) in values.iter().zip(answers) {
            let schema = values.schema.file_name().unwrap().to_str().unwrap();
            let answers = match answers {
                Ok(answers) => answers,
                Err(error) => {
                    summary.schemas.push(format!("{schema}: {error}"));
                    continue;
                }
            };
            assert_eq!(answers.len(), values.values.len());
            for ((case, given), back) in values.values.iter().zip(answers) {
                match back {
                    Answer::Written(back) => {
                        summary.written += 1;
                        writeln!(recoded, "{case} {given} {back}").unwrap();
                    }
                    Answer::OtherBranches => summary.other_branches += 1,
                    // A type that is called `enum`, say, is taken for the complex type: the schema is what it refuses.
                    Answer::Refused(error)
                        if error == "TypeError: string indices must be integers, not 'str'" =>
                    {
                        let refused = format!("{schema}: {error}");
                        if summary.schemas.last() != Some(&refused) {
                            summary.schemas.push(refused);
                        }
                    }
                    Answer::Refused(error) => {
                        summary.refused.push(format!("{schema}: {given}: {error}"));
                    }
                }
            }
        }
        summary
    }

    /// Whether nothing differs but what docs/avro-binary.md says.
    #[track_caller]
    fn is_as_documented(&self, peer: &str) {
        assert!(self.refused.is_empty(), "{peer}: {self:#?}");
        // Of a hundred schemas two may be refused, and of a hundred values one be written into another branch.
        let schemas = self.schemas.len() * 20 * 50 < self.written.max(2_000);
        assert!(schemas, "{peer}: {self:#?}");
        assert!(
            self.other_branches * 100 < self.written,
            "{peer}: {self:#?}"
        );
    }
}

/// Each schema file, by the name of its module.
fn schemas(root: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for folder in fs::read_dir(root.join("schemas")).unwrap() {
        let folder = folder.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        if folder.is_dir() && name != super::ODD_DIRECTORY {
            let file = fs::read_dir(&folder).unwrap().next().unwrap().unwrap();
            found.push((name, file.path()));
        }
    }
    found.sort();
    found
}

/// Full name of the record that a schema is.
fn full_name(schema: &str) -> Option<String> {
    let schema: serde_json::Value = serde_json::from_str(schema).ok()?;
    if !["record", "error"].contains(&schema["type"].as_str()?) {
        return None;
    }
    let name = schema["name"].as_str()?;
    match schema["namespace"].as_str() {
        Some(namespace) if !name.contains('.') && !namespace.is_empty() => {
            Some(format!("{namespace}.{name}"))
        }
        _ => Some(name.to_owned()),
    }
}

/// What the program of the generated crate has written.
fn values(root: &Path) -> Vec<Values> {
    let written = fs::read_to_string(root.join("values")).unwrap();
    let mut by_module: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    for line in written.lines() {
        let mut words = line.split(' ');
        let mut word = || words.next().unwrap();
        let (case, module, value) = (word(), word(), word());
        let values = by_module.entry(module).or_default();
        values.push((case.to_owned(), value.to_owned()));
    }
    let schemas: BTreeMap<_, _> = schemas(root).into_iter().collect();
    let tops = fs::read_to_string(root.join("tops"))
        .unwrap()
        .lines()
        .count();
    assert!(
        by_module.len() * 100 > tops * 95,
        "{} of {tops}",
        by_module.len()
    );
    let values = by_module.into_iter().map(|(module, values)| Values {
        schema: schemas[module].clone(),
        values,
    });
    values.collect()
}

fn apache_avro(all: &[Values]) -> Option<Vec<Answers>> {
    let answers = all.iter().map(|values| {
        let text = fs::read_to_string(&values.schema).unwrap();
        let text = plain(serde_json::from_str(&text).unwrap()).to_string();
        let schema = Schema::parse_str(&text).map_err(|error| error.to_string())?;
        let reader = GenericDatumReader::builder(&schema).build();
        let reader = reader.map_err(|error| error.to_string())?;
        let writer = GenericDatumWriter::builder(&schema).build();
        let writer = writer.map_err(|error| error.to_string())?;
        let again = |value: &String| {
            let bytes = bytes(value);
            let mut rest = &*bytes;
            let back = reader.read_value(&mut rest);
            match back.and_then(|read| writer.write_value_to_vec(read)) {
                Ok(_) if !rest.is_empty() => Answer::Refused("bytes are left".to_owned()),
                Ok(back) => Answer::Written(hex(&back)),
                Err(error) => Answer::Refused(error.to_string()),
            }
        };
        let values = values.values.iter();
        Ok(values.map(|(_, value)| again(value)).collect())
    });
    Some(answers.collect())
}

/// The schema without logical types: the bytes are those of the types below.
fn plain(schema: serde_json::Value) -> serde_json::Value {
    use serde_json::Value::{Array, Object};
    match schema {
        Object(mut members) => {
            members.remove("logicalType");
            for key in ["type", "items", "values", "fields"] {
                if let Some(inner) = members.get_mut(key) {
                    *inner = plain(inner.take());
                }
            }
            Object(members)
        }
        Array(items) => Array(items.into_iter().map(plain).collect()),
        other => other,
    }
}

fn fastavro(all: &[Values]) -> Option<Vec<Answers>> {
    let python = python()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/fastavro_side.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut questions = String::new();
    for values in all {
        let hex: Vec<_> = values.values.iter().map(|(_, value)| value).collect();
        let question = serde_json::json!({ "schema": values.schema, "values": hex });
        writeln!(questions, "{question}").unwrap();
    }
    let mut stdin = child.stdin.take().unwrap();
    let sender = std::thread::spawn(move || stdin.write_all(questions.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    sender.join().unwrap();
    assert!(output.status.success());
    let answers = String::from_utf8(output.stdout).unwrap();
    let answers = answers.lines().map(|line| {
        let answer: serde_json::Value = serde_json::from_str(line).unwrap();
        if let Some(error) = answer["error"].as_str() {
            return Err(error.to_owned());
        }
        let values = answer["values"].as_array().unwrap().iter();
        let values = values.map(|value| match (value.as_str(), value["error"].as_str()) {
            (Some(hex), _) => Answer::Written(hex.to_owned()),
            (None, Some(error)) => Answer::Refused(error.to_owned()),
            (None, None) => Answer::OtherBranches,
        });
        Ok(values.collect())
    });
    let answers: Vec<_> = answers.collect();
    assert_eq!(answers.len(), all.len());
    Some(answers)
}

/// A Python that has fastavro.
///
/// # Panics
/// With `CI` in the environment, where it cannot be made.
fn python() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fastavro");
    let python = folder.join("bin/python");
    let stamp = folder.join("installed.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == FASTAVRO) {
        return Some(python);
    }
    let run = |command: &Path, arguments: &[&str]| {
        let output = Command::new(command).args(arguments).output();
        match output {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
            Err(error) => Err(error.to_string()),
        }
    };
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        FASTAVRO,
    ];
    let made = run(
        Path::new("python3"),
        &["-m", "venv", folder.to_str().unwrap()],
    )
    .and_then(|()| run(&python, &install));
    match made {
        Ok(()) => {
            fs::write(&stamp, FASTAVRO).unwrap();
            Some(python)
        }
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "no fastavro: {error}");
            evgen_tests::did_without("fastavro");
            None
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.map(byte).collect()
}
