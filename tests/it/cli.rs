//! The command `evgen`: exit codes, formats, what it writes and what it leaves alone.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use evgen::cli::Streams;
use tempfile::TempDir;

/// What a run of the command gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: u8,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs `evgen` in `folder`; paths in what it says are relative to that.
pub(crate) fn evgen(folder: &Path, args: &[&str]) -> Ran {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run(folder, args, &mut out, &mut err);
    let prefix = format!("{}/", folder.display());
    let text = |bytes| String::from_utf8(bytes).unwrap().replace(&prefix, "");
    Ran {
        code,
        out: text(out),
        err: text(err),
    }
}

fn run(folder: &Path, args: &[&str], out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let args = std::iter::once(&"evgen").chain(args).map(Into::into);
    evgen::cli::run(
        args,
        folder,
        Streams {
            out,
            err,
            colours: false,
            progress: false,
        },
    )
}

/// A folder with the files of the sample, and Rust files.
pub(crate) fn sample(rust: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas");
    fs::create_dir_all(folder.path().join("schemas/todo")).unwrap();
    let manifest = "aggregates.yaml";
    fs::copy(
        schemas.join(manifest),
        folder.path().join("schemas").join(manifest),
    )
    .unwrap();
    for file in fs::read_dir(schemas.join("todo")).unwrap() {
        let file = file.unwrap();
        fs::copy(
            file.path(),
            folder.path().join("schemas/todo").join(file.file_name()),
        )
        .unwrap();
    }
    for (path, text) in rust {
        write(folder.path(), path, text);
    }
    folder
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn read(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

const BROKEN: &str = "format: 1\naggregates:\n  Todo: { events: { Created: { create: true } } }\n";

#[test]
fn exit_codes_say_how_it_ended() {
    let folder = sample(&[("src/todo.rs", "pub struct Todo;")]);
    let code = |args: &[&str]| evgen(folder.path(), args).code;
    assert_eq!(code(&["check"]), 0);
    assert_eq!(code(&["--help"]), 0);
    assert_eq!(code(&["check", "nowhere"]), 1);
    assert_eq!(code(&["sync", "--check"]), 1);
    assert_eq!(code(&["chekc"]), 2);
    assert_eq!(code(&["explain", "EV9999"]), 2);
    assert_eq!(code(&["new", "event", "Todo"]), 2);
    assert_eq!(code(&["generate", "--check"]), 3);
    assert_eq!(code(&["generate"]), 0);
    assert_eq!(code(&["generate", "--check"]), 0);
    assert_eq!(
        code(&["generate", "--out", "schemas/aggregates.yaml/x"]),
        74
    );
    write(folder.path(), "schemas/aggregates.yaml", BROKEN);
    assert_eq!(code(&["check"]), 1);
    assert_eq!(code(&["generate", "--check"]), 1);
}

/// A reader that has gone away.
struct ClosedPipe;

impl Write for ClosedPipe {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

#[test]
fn a_closed_pipe_is_quiet() {
    let folder = sample(&[]);
    let mut err = Vec::new();
    for args in [
        &["inspect", "--stage", "files"][..],
        &["explain", "EV0104"],
        &["--help"],
    ] {
        assert_eq!(run(folder.path(), args, &mut ClosedPipe, &mut err), 0);
    }
    assert!(err.is_empty());
}

#[test]
fn findings_are_drawn_or_for_machines() {
    let folder = sample(&[]);
    write(folder.path(), "schemas/aggregates.yaml", BROKEN);
    let show = |format| evgen(folder.path(), &["check", "--format", format]);
    insta::assert_snapshot!("check_text", show("text").out);
    insta::assert_snapshot!("check_github", show("github").out);
    for line in show("json").out.lines() {
        let finding: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(
            finding["code"].as_str().unwrap().starts_with("EV"),
            "{line}"
        );
    }
    let sarif: serde_json::Value = serde_json::from_str(&show("sarif").out).unwrap();
    let location = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(location["region"]["startLine"], 3);
    let coloured = evgen(folder.path(), &["check", "--color", "always"]).out;
    assert!(coloured.contains("\u{1b}["));
    assert!(!show("text").out.contains("\u{1b}["));
}

#[test]
fn codes_are_explained() {
    let folder = sample(&[]);
    let explained = evgen(folder.path(), &["explain", "ev0104"]);
    assert!(
        explained.out.starts_with("## EV0104: unknown key"),
        "{explained:?}"
    );
    assert!(!explained.out.contains("EV0105"));
    let unknown = evgen(folder.path(), &["explain", "EV0140"]);
    assert!(unknown.err.contains("did you mean `EV0"), "{unknown:?}");
}

#[test]
fn stages_and_scripts_are_printed_the_same_every_time() {
    let folder = sample(&[]);
    for stage in ["load", "model", "checked", "resolved", "files"] {
        let args = ["inspect", "--stage", stage];
        let first = evgen(folder.path(), &args);
        assert_eq!(first.code, 0, "{first:?}");
        assert!(first.out.contains("ChangedLabel"), "{stage}");
        assert_eq!(first.out, evgen(folder.path(), &args).out, "{stage}");
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(
            evgen(folder.path(), &["completions", shell])
                .out
                .contains("evgen")
        );
    }
    let schema = evgen(folder.path(), &["manifest-schema"]).out;
    serde_json::from_str::<serde_json::Value>(&schema).unwrap();
}

#[test]
fn checked_in_code_carries_its_mark_and_is_kept_up_to_date() {
    let folder = sample(&[("src/events/mine.rs", "// mine\n")]);
    evgen(folder.path(), &["generate"]);
    let text = read(&folder, "src/events/todo.rs");
    assert!(text.starts_with("// @generated by evgen from schemas. Do not edit.\n\n"));
    let again = evgen(folder.path(), &["generate"]);
    assert_eq!(again.err, "2 files are up to date\n");

    write(
        folder.path(),
        "src/events/todo.rs",
        &text.replace("label", "lable"),
    );
    let stale = evgen(folder.path(), &["generate", "--check"]);
    assert_eq!(
        (stale.code, stale.err.lines().next()),
        (3, Some("    stale  src/events/todo.rs"))
    );
    assert_eq!(read(&folder, "src/events/mine.rs"), "// mine\n");
}

/// Syncs a file whose stubs must come out as `expected`, and nothing else.
#[track_caller]
fn check_sync(text: &str, expected: &str) {
    let handlers = "impl events::Handlers for A { async fn congratulate() {} }\n\
                    impl events::Projections for A { fn open_todos() {} }\n";
    let folder = sample(&[("src/state.rs", text), ("src/rest.rs", handlers)]);
    let first = evgen(folder.path(), &["sync"]);
    assert_eq!(first.code, 0, "{first:?}");
    assert_eq!(read(&folder, "src/state.rs"), expected, "{first:?}");
    assert_eq!(read(&folder, "src/rest.rs"), handlers);
    let again = evgen(folder.path(), &["sync", "--check"]);
    assert_eq!((again.code, &*again.err), (0, "no stub is missing\n"));
    assert_eq!(read(&folder, "src/state.rs"), expected);
}

#[test]
fn sync_adds_what_an_impl_lacks_and_keeps_every_byte() {
    check_sync(
        "use crate::events::todo;\nuse evgen_runtime::prelude::*;\n\
         impl todo::Mutator for Todo {\n\
         \x20   // odd   spacing\n\
         \x20   fn created( event:&todo::Created,_:&EventContext ) -> Self { loop {} }\n\
         \x20   fn completed(&mut self, _: &todo::Completed, _: &EventContext) {}  // done\n\
         }\n// end",
        "use crate::events::todo;\nuse evgen_runtime::prelude::*;\n\
         impl todo::Mutator for Todo {\n\
         \x20   // odd   spacing\n\
         \x20   fn created( event:&todo::Created,_:&EventContext ) -> Self { loop {} }\n\
         \x20   fn completed(&mut self, _: &todo::Completed, _: &EventContext) {}  // done\n\
         \n\
         \x20   fn changed_label(&mut self, event: &todo::ChangedLabel, _cx: &EventContext) {\n\
         \x20       todo!(\"change the state by {event:?}\")\n\
         \x20   }\n\
         }\n// end",
    );
}

#[test]
fn sync_keeps_tabs_line_ends_and_byte_order_marks() {
    check_sync(
        "\u{feff}use events::todo as t;\r\nmod a {\r\n\timpl t::Mutator for Todo {\r\n\t\tfn created() {}\r\n\t\tfn completed() {}\r\n\t}\r\n}\r\n",
        "\u{feff}use events::todo as t;\r\nmod a {\r\n\timpl t::Mutator for Todo {\r\n\t\tfn created() {}\r\n\t\tfn completed() {}\r\n\
         \r\n\t\tfn changed_label(&mut self, event: &t::ChangedLabel, _cx: &evgen_runtime::EventContext) {\r\n\
         \t\t\ttodo!(\"change the state by {event:?}\")\r\n\t\t}\r\n\t}\r\n}\r\n",
    );
}

#[test]
fn sync_fills_an_impl_on_one_line() {
    check_sync(
        "struct Todo; impl crate::events::todo::Mutator for Todo { fn created() {} fn completed() {} fn unreadable() {} }",
        "struct Todo; impl crate::events::todo::Mutator for Todo { fn created() {} fn completed() {} fn unreadable() {}\n\
         \n    fn changed_label(\n        &mut self,\n        event: &crate::events::todo::ChangedLabel,\n        \
         _cx: &evgen_runtime::EventContext,\n    ) {\n        todo!(\"change the state by {event:?}\")\n    }\n }",
    );
}

#[test]
fn sync_adds_an_impl_beside_the_type() {
    check_sync(
        "//! State.\npub struct Todo {}\n",
        "//! State.\npub struct Todo {}\n\
         \nimpl crate::events::todo::Mutator for Todo {\n\
         \x20   fn created(event: &crate::events::todo::Created, _cx: &evgen_runtime::EventContext) -> Self {\n\
         \x20       todo!(\"make the state from {event:?}\")\n    }\n\
         \n    fn changed_label(\n        &mut self,\n        event: &crate::events::todo::ChangedLabel,\n        \
         _cx: &evgen_runtime::EventContext,\n    ) {\n        todo!(\"change the state by {event:?}\")\n    }\n\
         \n    fn completed(\n        &mut self,\n        event: &crate::events::todo::Completed,\n        \
         _cx: &evgen_runtime::EventContext,\n    ) {\n        todo!(\"change the state by {event:?}\")\n    }\n}\n",
    );
}

#[test]
fn sync_leaves_alone_what_it_cannot_see_into() {
    let hidden = "macro_rules! m { () => {} }\nitems! { impl todo::Mutator for Todo {} impl events::Handlers for H {} impl events::Projections for P {} }\n";
    let folder = sample(&[("src/main.rs", hidden)]);
    let ran = evgen(folder.path(), &["sync"]);
    assert_eq!(read(&folder, "src/main.rs"), hidden);
    assert!(
        ran.err
            .contains("src/main.rs: a macro may hold `todo::Mutator for Todo`"),
        "{ran:?}"
    );

    let inside = "impl events::todo::Mutator for Todo { methods! {} }\nimpl events::Handlers for A { async fn congratulate() {} }\nimpl events::Projections for A { fn open_todos() {} }\n";
    let folder = sample(&[("src/main.rs", inside)]);
    let ran = evgen(folder.path(), &["sync"]);
    assert_eq!(read(&folder, "src/main.rs"), inside);
    assert!(
        ran.err.contains("src/main.rs:1: a macro in this impl"),
        "{ran:?}"
    );

    let folder = sample(&[
        ("src/main.rs", "fn main( {\n"),
        ("src/todo.rs", "pub struct Todo;\n"),
    ]);
    let ran = evgen(folder.path(), &["sync"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("src/main.rs:1 is not Rust"), "{ran:?}");
    assert_eq!(read(&folder, "src/todo.rs"), "pub struct Todo;\n");
}

#[test]
fn an_event_is_added_to_schemas_manifest_and_code() {
    let folder = sample(&[("src/main.rs", "")]);
    let args = [
        "new",
        "event",
        "Todo.Rescheduled",
        "due:date?",
        "by:string=nobody",
    ];
    let ran = evgen(folder.path(), &args);
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!(
        "new_event_schema",
        read(&folder, "schemas/todo/v1_todo_rescheduled.json")
    );
    let manifest = read(&folder, "schemas/aggregates.yaml");
    let sample = read(&self::sample(&[]), "schemas/aggregates.yaml");
    let line = "      Rescheduled: {}\n";
    assert!(manifest.contains(line));
    assert_eq!(manifest.replace(line, ""), sample);
    assert!(read(&folder, "src/todo.rs").contains("fn rescheduled("));

    let again = evgen(folder.path(), &args);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("has `Rescheduled` already"), "{again:?}");
    let slip = evgen(folder.path(), &["new", "event", "Todo.Other", "due:dat"]);
    assert!(slip.err.contains("did you mean `date`?"), "{slip:?}");
}

#[test]
fn a_version_more_says_how_old_events_are_read() {
    let folder = sample(&[("src/main.rs", "")]);
    let ran = evgen(folder.path(), &["bump", "Todo.Completed", "hours:double=0"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.err.contains("read as version 2 by Avro's rules"),
        "{ran:?}"
    );
    let old = read(&folder, "schemas/todo/v1_todo_completed.json");
    let new = read(&folder, "schemas/todo/v2_todo_completed.json");
    let added = ",\n    { \"name\": \"hours\", \"type\": \"double\", \"default\": 0 }";
    assert_eq!(new.replace(added, ""), old);

    let ran = evgen(
        folder.path(),
        &["bump", "Todo.ChangedLabel", "why:string", "--upcast"],
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(read(&folder, "schemas/aggregates.yaml").contains("ChangedLabel: { upcast: [1] }"));
    assert!(read(&folder, "src/upcasters.rs").contains("fn changed_label_v1_to_v2("));

    let slip = evgen(folder.path(), &["bump", "Todo.Creatd"]);
    assert!(
        slip.err
            .contains("has no event `Creatd`\nhelp: did you mean"),
        "{slip:?}"
    );

    let ran = evgen(folder.path(), &["bump", "Todo.Created", "who:string"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("EV0401"), "{ran:?}");
}

#[test]
fn init_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let none = evgen(folder.path(), &["init"]);
    assert_eq!(none.code, 2);
    assert!(none.err.contains("cargo new"), "{none:?}");

    let main = "fn main() { mine() }\n";
    write(folder.path(), "Cargo.toml", "[package]\nname = \"x\"\n");
    write(folder.path(), "src/main.rs", main);
    write(folder.path(), "src/account.rs", "// mine\n");
    write(folder.path(), "build.rs", "fn main() {}\n");
    let ran = evgen(folder.path(), &["init", "--name", "Account"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!("init", ran.err);
    assert_eq!(read(&folder, "src/main.rs"), main);
    assert_eq!(read(&folder, "src/account.rs"), "// mine\n");
    assert_eq!(evgen(folder.path(), &["check"]).code, 0);
}
