//! With and without its memory a generation gives the same: files, warnings and errors, whatever was edited before.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::prelude::*;
use tempfile::TempDir;

use super::{Done, Failure, Work, generate_at, stamp};
use crate::check::history;
use crate::lock;
use crate::options::{LockFile, Options, Side};
use crate::pipeline::{self, GenerateError};

/// What stands in the manifest of every state of the world but for what edits replace.
const MANIFEST: &str = "\
format: 1
settings:
  validate: true
aggregates:
  Alpha:
    events:
      Made: { creates: true }
      Moved: {}
  # about the next
  Beta:
    state:
      - { name: label, type: string, default: x }
    events:
      Made: { creates: true }
      Moved: { sets: [label] }
  Base:
    abstract: true
    events:
      Made: { creates: true }
      Moved: {}
  Cat: { extends: Base, events: { Purred: {} } }
  Dog:
    extends: Base
    events: { Barked: {} }
  Gamma: { events: { Made: { creates: true }, Moved: {} } }
  Delta: { events: { Moved: {} } }
  Kept:
    events:
      Made: { creates: true }
      Moved: {}
handlers:
  watch: { on: [Base.Moved, \"Gamma.*\"] }
types_only: [plain]
";

/// Events of the manifest that have a schema file. The first ones are edited most.
const EVENTS: [(&str, &str); 15] = [
    ("gamma", "made"),
    ("alpha", "moved"),
    ("kept", "made"),
    ("beta", "made"),
    ("alpha", "made"),
    ("beta", "moved"),
    ("cat", "made"),
    ("cat", "moved"),
    ("cat", "purred"),
    ("dog", "made"),
    ("dog", "moved"),
    ("dog", "barked"),
    ("gamma", "moved"),
    ("delta", "moved"),
    ("kept", "moved"),
];

/// Fields that an edit gives to an event: some are wrong, some are worth a warning.
const FIELDS: [&str; 14] = [
    r#"{"name":"label","type":"string"}"#,
    r#"{"name":"label","type":"string","default":"y"}"#,
    r#"{"name":"label","type":"string"},{"name":"n","type":"long","default":1}"#,
    r#"{"name":"label","type":"string"},{"name":"m","type":["null","t.Money"],"default":null}"#,
    r#"{"name":"label","type":"string"},{"name":"m","type":"t.Money"}"#,
    r#"{"name":"label","type":"string"},{"name":"u","type":["int","string",{"type":"record","name":"In","fields":[]}]}"#,
    r#"{"name":"n","type":"int"}"#,
    // Two warnings: a key that stands twice, a record without end.
    r#"{"name":"label","name":"label","type":"string"}"#,
    r#"{"name":"label","type":"string"},{"name":"r","type":{"type":"record","name":"R","fields":[{"name":"r","type":"R"}]}}"#,
    // Default of another type, an unknown type, a field twice, no JSON, nothing.
    r#"{"name":"label","type":"string"},{"name":"f","type":"float","default":"NaN"}"#,
    r#"{"name":"label","type":"t.Nowhere"}"#,
    r#"{"name":"label","type":"string"},{"name":"label","type":"string"}"#,
    r#"{"name":"label","type":"string""#,
    "",
];

/// Replacements in the manifest. What is not found changes nothing.
const MANIFEST_EDITS: [(&str, &str); 19] = [
    ("validate: true", "validate: false"),
    ("validate: true", "names: { t.Money: Cash }"),
    ("validate: true", "names: { kept_moved.label: tag }"),
    ("validate: true", "names: { gamma_made.n: m, In: Inner }"),
    ("validate: true", "type_mappings: { decimal: crate::D }"),
    ("# about the next", "# A & B"),
    ("Moved: {}", "Moved: { stored_only: true }"),
    ("Moved: {}", "Moved: { rust_name: Went }"),
    ("Moved: {}", "Moved: { upcast: [1] }"),
    ("Moved: {}\n", "Moved: {}\n      Extra: { typed: false }\n"),
    ("  Delta: { events: { Moved: {} } }\n", ""),
    ("Cat: { extends: Base,", "Cat: {"),
    ("aggregates:\n", "aggregates:\n\n\n"),
    ("validate: true", "allow_gaps: true"),
    (
        "    events:\n      Made: { creates: true }\n",
        "    directory: alpha\n    events:\n      Made: { creates: true }\n",
    ),
    ("[Base.Moved, ", "["),
    ("types_only: [plain]", ""),
    ("Gamma: {", "Gamma: { module: other,"),
    ("format: 1", "format: one"),
];

fn schema(aggregate: &str, event: &str, fields: &str) -> String {
    format!(r#"{{"type":"record","name":"{aggregate}_{event}","fields":[{fields}]}}"#)
}

fn money(kind: &str) -> String {
    format!(
        r#"{{"type":"record","name":"t.Money","fields":[{{"name":"amount","type":"{kind}"}}]}}"#
    )
}

/// A schema directory, and what was generated of it.
struct World {
    folder: TempDir,
    options: Options,
    /// What was there before edits of the manifest, for them to be undone.
    manifest: String,
}

impl World {
    fn new() -> Self {
        let world = Self {
            folder: tempfile::tempdir().unwrap(),
            options: Options::default(),
            manifest: MANIFEST.to_owned(),
        };
        world.write("aggregates.yaml", MANIFEST);
        for (aggregate, event) in EVENTS {
            world.write(
                &file(aggregate, event, 1),
                &schema(aggregate, event, FIELDS[0]),
            );
        }
        world.write("types/money.json", &money("long"));
        world.write("plain/thing.json", &money("string"));
        world.write("samples/kept/v1_kept_moved.json", r#"{"label":"s"}"#);
        // Released; tests of the sample begin with a value that is made up of `Kept.Made`.
        let checked = pipeline::check(&world.schemas(), &world.options).unwrap();
        let pins: Vec<_> = history::versions(&checked)
            .filter(|(aggregate, event, _)| {
                let name = format!("{}.{}", aggregate.name.value, event.name.value);
                ["Alpha.Made", "Kept.Moved"].contains(&name.as_str())
            })
            .map(|(aggregate, event, version)| history::pin(&checked, aggregate, event, version))
            .collect();
        let hashes: Vec<_> = pins.iter().map(lock::Pin::hash).collect();
        let entries = pins.iter().zip(&hashes);
        let entries = entries.map(|(pin, hash)| (&pin.key, hash.as_str(), pin.texts().collect()));
        world.write(lock::LOCK, &lock::text(entries));
        world
    }

    fn schemas(&self) -> PathBuf {
        self.folder.path().join("schemas")
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out/evgen")
    }

    fn memory(&self) -> PathBuf {
        self.folder.path().join("out/memory")
    }

    fn write(&self, relative: &str, text: &str) {
        let path = self.schemas().join(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Generates with the memory, and without it beside; both are the same.
    #[track_caller]
    fn generate(&self, is_settled: bool) -> Option<Done> {
        let beside = self.folder.path().join("beside/evgen");
        let _ = fs::remove_dir_all(&beside);
        fs::create_dir_all(&beside).unwrap();
        for (name, content) in files(&self.out()) {
            fs::write(beside.join(name), content).unwrap();
        }
        let (directory, memory) = (self.schemas(), self.memory());
        let now = stamp::now();
        let now = if is_settled {
            now + Duration::from_secs(3)
        } else {
            now
        };
        let with = generate_at(&directory, &self.options, &self.out(), Some(&memory), now);
        let without = generate_at(&directory, &self.options, &beside, None, now);
        assert_eq!(said(&with), said(&without));
        assert_eq!(files(&self.out()), files(&beside));
        if is_settled {
            // The next edit is in another tick of the file system's clock.
            std::thread::sleep(Duration::from_millis(12));
        }
        with.ok()
    }

    /// One of many edits, told by three numbers.
    fn edit(&mut self, (kind, which, how): (u8, u8, u8)) {
        let (which, how) = (usize::from(which), usize::from(how));
        let (aggregate, event) = EVENTS[which % EVENTS.len()];
        let first = file(aggregate, event, 1);
        let fields = FIELDS[how % FIELDS.len()];
        let harmless = FIELDS[how % 3];
        let outputs: Vec<String> = files(&self.out()).into_keys().collect();
        let output = outputs.get(which % outputs.len().max(1));
        match kind {
            0..5 => self.write(&first, &schema(aggregate, event, harmless)),
            5..8 => self.write(&first, &schema(aggregate, event, fields)),
            8 => drop(fs::remove_file(self.schemas().join(&first))),
            9 => self.write(
                &file(aggregate, event, 2),
                &schema(aggregate, event, harmless),
            ),
            10 => drop(fs::remove_file(
                self.schemas().join(file(aggregate, event, 2)),
            )),
            11 => drop(fs::rename(
                self.schemas().join(&first),
                self.schemas()
                    .join(format!("{aggregate}/v{}_x.json", how % 3)),
            )),
            12 => {
                let (from, to) = MANIFEST_EDITS[how % MANIFEST_EDITS.len()];
                self.write(
                    "aggregates.yaml",
                    &self.manifest.replacen(from, to, 1 + which % 2),
                );
            }
            13 => self.write("aggregates.yaml", &self.manifest),
            14 => self.write("types/money.json", &money(["long", "int", "lon"][how % 3])),
            15 => self.write("plain/thing.json", &money(["string", "int", "in"][how % 3])),
            16 => self.write("alpha/notes.json", ["{}", "[]"][how % 2]),
            17 => match how % 3 {
                0 => self.write("samples/kept/v1_kept_moved.json", r#"{"label":"z"}"#),
                1 => self.write("samples/kept/v1_kept_moved.avro", "avro"),
                _ => drop(fs::remove_file(
                    self.schemas().join("samples/kept/v1_kept_moved.avro"),
                )),
            },
            18 => self.edit_lock(how),
            19 => self.edit_output(output, how),
            20 => self.edit_memory(which, how),
            21 => {
                let mut text = fs::read_to_string(self.schemas().join(&first)).unwrap_or_default();
                let _ = write!(text, "{}", "\n".repeat(how % 2));
                self.write(&first, &text);
            }
            _ => {
                let lock = [LockFile::InDirectory, LockFile::Ignored];
                self.options.lock = lock[which % 2].clone();
                let sides = [
                    Side::Both,
                    Side::EventsOnly,
                    Side::ServiceFrom("::e".to_owned()),
                ];
                self.options.side = sides[how % 3].clone();
            }
        }
    }

    fn edit_lock(&self, how: usize) {
        let path = self.schemas().join(lock::LOCK);
        let kept = self.folder.path().join("lock");
        match how % 4 {
            0 => drop(fs::rename(&path, &kept)),
            1 => drop(fs::rename(&kept, &path)),
            2 => self.write(lock::LOCK, lock::HEAD),
            _ => {
                let text = fs::read_to_string(&path).unwrap_or_default();
                self.write(lock::LOCK, &text.replace("string", "bytes"));
            }
        }
    }

    fn edit_output(&self, output: Option<&String>, how: usize) {
        let Some(path) = output.map(|name| self.out().join(name)) else {
            return;
        };
        match how % 5 {
            0 => drop(fs::remove_file(path)),
            1 => drop(fs::write(path, "")),
            2 => {
                // The same length.
                let text = fs::read_to_string(&path).unwrap_or_default();
                drop(fs::write(&path, text.replacen("pub", "bup", 1)));
            }
            3 => drop(fs::write(
                self.out().join("old.rs"),
                "// @generated by evgen",
            )),
            _ => drop(fs::write(self.out().join("mine.rs"), "mine")),
        }
    }

    fn edit_memory(&self, which: usize, how: usize) {
        let Ok(mut bytes) = fs::read(self.memory()) else {
            return;
        };
        match how % 3 {
            0 => drop(fs::remove_file(self.memory())),
            1 => {
                let at = which * 97 % bytes.len();
                bytes[at] ^= 1;
                drop(fs::write(self.memory(), bytes));
            }
            _ => drop(fs::write(self.memory(), &bytes[..bytes.len() / 2])),
        }
    }
}

fn file(aggregate: &str, event: &str, version: u32) -> String {
    format!("{aggregate}/v{version}_{aggregate}_{event}.json")
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let Ok(entries) = fs::read_dir(folder) else {
        return BTreeMap::new();
    };
    entries
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}

/// Warnings, or the report.
fn said(result: &Result<Done, Failure>) -> Result<Vec<String>, String> {
    match result {
        Ok(done) => Ok(done.warnings.clone()),
        Err(Failure::Generate(GenerateError::Input(report))) => Err(format!(
            "{:?}\n{}",
            super::lines(&report.sources, &report.diagnostics),
            report.plain()
        )),
        Err(other) => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_edits_give_what_a_whole_generation_gives(
        edits in prop::collection::vec((
            0u8..23,
            prop_oneof![3 => 0u8..3, 1 => any::<u8>()],
            any::<u8>(),
            any::<bool>(),
        ), 1..20)
    ) {
        let mut world = World::new();
        world.generate(true);
        for (kind, which, how, is_settled) in edits {
            world.edit((kind, which, how));
            world.generate(is_settled);
        }
    }
}

#[track_caller]
fn work(world: &World) -> Work {
    world.generate(true).expect("nothing is wrong").work
}

#[test]
fn only_what_changed_is_generated() {
    let world = World::new();
    assert_eq!(work(&world), Work::All);
    assert_eq!(work(&world), Work::None);
    for (aggregate, event) in [("alpha", "moved"), ("gamma", "made"), ("cat", "moved")] {
        let path = file(aggregate, event, 1);
        world.write(&path, &schema(aggregate, event, FIELDS[2]));
        assert_eq!(work(&world), Work::Part, "{path}");
        assert_eq!(work(&world), Work::None, "{path}");
    }
    // Two at once, one of them as it was first.
    world.write(
        &file("alpha", "moved", 1),
        &schema("alpha", "moved", FIELDS[0]),
    );
    world.write(&file("beta", "made", 1), &schema("beta", "made", FIELDS[3]));
    assert_eq!(work(&world), Work::Part);
    // A version comes and goes.
    let second = file("alpha", "moved", 2);
    world.write(&second, &schema("alpha", "moved", FIELDS[2]));
    assert_eq!(work(&world), Work::Part);
    assert_eq!(work(&world), Work::None);
    world.write(&second, &schema("alpha", "moved", FIELDS[1]));
    assert_eq!(work(&world), Work::Part);
    fs::remove_file(world.schemas().join(&second)).unwrap();
    assert_eq!(work(&world), Work::Part);
    assert_eq!(work(&world), Work::None);
    // What no generation reads.
    world.write("alpha/notes.json", "{}");
    assert_eq!(work(&world), Work::All, "a warning is new");
    world.write("alpha/notes.json", "[1]");
    assert_eq!(work(&world), Work::None);
}

#[test]
fn what_concerns_all_is_generated_whole() {
    let world = World::new();
    world.generate(true);
    let edits: [(&str, String); 5] = [
        ("types/money.json", money("int")),
        ("plain/thing.json", money("int")),
        (
            "aggregates.yaml",
            MANIFEST.replace("validate: true", "validate: false"),
        ),
        ("kept/v1_kept_made.json", schema("kept", "made", FIELDS[1])),
        ("samples/kept/v1_kept_moved.avro", "a".to_owned()),
    ];
    for (path, text) in edits {
        world.write(path, &text);
        assert_eq!(work(&world), Work::All, "{path}");
        assert_eq!(work(&world), Work::None, "{path}");
    }
    fs::remove_file(world.out().join("gamma.rs")).unwrap();
    assert_eq!(work(&world), Work::All);
    fs::remove_file(world.memory()).unwrap();
    assert_eq!(work(&world), Work::All);
}

#[test]
fn a_mistake_is_said_until_it_is_gone() {
    let world = World::new();
    world.generate(true);
    let path = file("alpha", "moved", 1);
    world.write(&path, "{");
    for _ in 0..2 {
        assert_eq!(world.generate(true), None);
    }
    world.write(&path, &schema("alpha", "moved", FIELDS[0]));
    assert_eq!(work(&world), Work::None, "as it was before");
    // A released version is edited.
    let path = file("alpha", "made", 1);
    world.write(&path, &schema("alpha", "made", FIELDS[1]));
    assert_eq!(world.generate(true), None);
}

#[test]
fn versions_behind_a_gap_count_when_it_is_filled() {
    let world = World::new();
    let manifest = MANIFEST.replace("validate: true", "allow_gaps: true");
    world.write("aggregates.yaml", &manifest);
    let version = |number| file("gamma", "made", number);
    world.write(&version(3), &schema("gamma", "made", FIELDS[2]));
    assert_eq!(work(&world), Work::All);
    world.write(&version(2), &schema("gamma", "made", FIELDS[1]));
    assert_eq!(work(&world), Work::All);
    let text = fs::read_to_string(world.out().join("gamma.rs")).unwrap();
    assert!(text.contains("version 3"), "{text}");
    // The gap is elsewhere, and the warning about it another.
    fs::rename(
        world.schemas().join(version(3)),
        world.schemas().join(version(4)),
    )
    .unwrap();
    assert_eq!(work(&world), Work::All);
    fs::remove_file(world.schemas().join(version(2))).unwrap();
    assert_eq!(work(&world), Work::All);
}

#[test]
fn a_name_of_the_manifest_means_something_as_long_as_a_schema_says_it() {
    let world = World::new();
    let names = "names: { t.Money: Cash, gamma_made.label: tag, alpha_moved.n: m }";
    world.write(
        "aggregates.yaml",
        &MANIFEST.replace("validate: true", names),
    );
    let moved = |fields: &str| {
        world.write(
            &file("alpha", "moved", 1),
            &schema("alpha", "moved", fields),
        )
    };
    let made =
        |fields: &str| world.write(&file("gamma", "made", 1), &schema("gamma", "made", fields));
    moved(FIELDS[2]);
    assert_eq!(work(&world), Work::All);
    made(FIELDS[1]);
    assert_eq!(work(&world), Work::Part);
    let text = fs::read_to_string(world.out().join("gamma.rs")).unwrap();
    assert!(text.contains("pub tag:"), "{text}");
    moved(FIELDS[4].replace("\"m\"", "\"n\"").as_str());
    assert_eq!(work(&world), Work::Part);
    moved(FIELDS[0]);
    assert_eq!(world.generate(true), None, "`alpha_moved.n` means nothing");

    world.write(
        "aggregates.yaml",
        &MANIFEST.replace("validate: true", "names: { In: Inner }"),
    );
    made(FIELDS[5]);
    assert_eq!(work(&world), Work::All);
    moved(FIELDS[5]);
    assert_eq!(work(&world), Work::All, "it means another type, too");
    let text = fs::read_to_string(world.out().join("alpha.rs")).unwrap();
    assert!(text.contains("pub struct Inner"), "{text}");
}

#[test]
fn a_warning_stays_as_long_as_what_it_is_about() {
    let world = World::new();
    world.generate(true);
    let (about, other) = (file("gamma", "made", 1), file("alpha", "moved", 1));
    for (path, text, all, warnings) in [
        (&about, schema("gamma", "made", FIELDS[7]), Work::All, 1),
        (&other, schema("alpha", "moved", FIELDS[1]), Work::Part, 1),
        (&other, schema("alpha", "moved", FIELDS[8]), Work::All, 2),
        (&about, schema("gamma", "made", FIELDS[0]), Work::All, 1),
    ] {
        world.write(path, &text);
        let done = world.generate(true).unwrap();
        // `Delta` is never created.
        assert_eq!(
            (done.work, done.warnings.len()),
            (all, warnings + 1),
            "{done:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_time_that_is_set_back_hides_no_edit() {
    let world = World::new();
    world.generate(true);
    let path = world.schemas().join(file("gamma", "made", 1));
    let edited = fs::metadata(&path).unwrap().modified().unwrap();
    let text = fs::read_to_string(&path).unwrap().replace("label", "lebal");
    fs::write(&path, text).unwrap();
    fs::File::options()
        .write(true)
        .open(&path)
        .and_then(|file| file.set_modified(edited))
        .unwrap();
    assert_eq!(work(&world), Work::Part);
}
