//! What a new user does, with cargo and all: `evgen init` in an empty package, `evgen new event`, `cargo run`,
//! `cargo test`; and how little is typed by hand.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use crate::cli::evgen;

/// What the user types into files, beside what `init`, `new` and `sync` wrote: (file, what stood there, what stands there).
/// With an empty second part it is added at the end.
const BY_HAND: &[(&str, &str, &str)] = &[
    (
        "schemas/aggregates.yaml",
        "",
        r#"
handlers:
  congratulate: { on: [Todo.Completed] }
projections:
  open_todos: { on: [Todo.Created, Todo.Completed], store: sqlite }
"#,
    ),
    (
        "src/todo.rs",
        "        todo!(\"change the state by {event:?}\")\n",
        "        self.label = event.label.clone();\n",
    ),
    (
        "src/handlers.rs",
        "        todo!(\"react to {event:?}\")\n",
        "        println!(\"well done: {event:?}\");\n        Ok(())\n",
    ),
    (
        "src/projections.rs",
        "        todo!(\"fold {event:?} into the read model, in {tx:?}\")\n",
        "        tx.execute(\"CREATE TABLE IF NOT EXISTS open_todos (id TEXT PRIMARY KEY)\", ())?;
        let sql = match event {
            events::OpenTodosEvent::TodoCreated(_) => \"INSERT INTO open_todos VALUES (?1)\",
            events::OpenTodosEvent::TodoCompleted(_) => \"DELETE FROM open_todos WHERE id = ?1\",
        };
        tx.execute(sql, [cx.aggregate_id()])?;
        Ok(())\n",
    ),
    ("src/projections.rs", "        _cx: ", "        cx: "),
    (
        "src/main.rs",
        "mod todo;\n",
        "mod handlers;\nmod projections;\nmod todo;\n",
    ),
    (
        "src/main.rs",
        "    let app = events::app(store).build().await?;\n",
        "    let app = events::app(store).handlers(handlers::MyHandlers);
    let app = app.projections(projections::MyProjections).build().await?;\n",
    ),
    (
        "src/main.rs",
        "    repository.update(&id, |loaded| loaded.complete()).await?;\n",
        "    let changed = events::todo::ChangedLabel { label: \"bread\".to_owned() };
    repository.update(&id, |_| changed.clone()).await?;
    repository.update(&id, |loaded| loaded.complete()).await?;\n",
    ),
];

#[test]
fn a_new_user_gets_there_with_few_lines() {
    let folder = tempfile::tempdir().unwrap();
    let shop = folder.path().join("shop");
    cargo(folder.path(), &["new", "--vcs", "none", "shop"]);
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap();
    // The workspace's versions: they are here already.
    fs::copy(checkout.join("Cargo.lock"), shop.join("Cargo.lock")).unwrap();

    ok(&shop, &["init", "--path", checkout.to_str().unwrap()]);
    assert!(cargo(&shop, &["run"]).contains("milk, done: true, after 2 events"));
    assert!(cargo(&shop, &["test"]).contains("2 passed"));

    ok(&shop, &["release"]);
    let tested = cargo(&shop, &["test"]);
    assert!(
        tested.contains("test events::samples::todo_created_v1 ... ok"),
        "{tested}"
    );
    a_wrong_sample_is_named(&shop);

    ok(
        &shop,
        &["new", "event", "Todo.ChangedLabel", "label:string"],
    );
    assert!(cargo(&shop, &["run"]).contains("after 2 events"));

    only_what_changed_is_built(&shop);

    let (manifest, rust) = BY_HAND.split_at(1);
    let mut typed = by_hand(&shop, manifest);
    ok(&shop, &["sync"]);
    typed += by_hand(&shop, rust);
    assert!(typed <= 30, "{typed} lines are typed by hand");
    let said = cargo(&shop, &["run"]);
    assert!(
        said.contains("well done: Completed") && said.contains("bread, done: true, after 3 events"),
        "{said}"
    );
    assert!(cargo(&shop, &["test"]).contains("4 passed"));

    checked_in_code_compiles(&shop);
    cargo(&shop, &["clean", "-p", "shop"]);
}

/// A sample that does not fit fails the service's own tests, which name file and place.
fn a_wrong_sample_is_named(shop: &Path) {
    let sample = shop.join("schemas/samples/todo/v1_todo_created.json");
    let text = fs::read_to_string(&sample).unwrap();
    fs::write(&sample, "{ \"label\": 3 }").unwrap();
    let output = command(shop, &["test"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!output.status.success(), "{said}");
    let wanted = "samples/todo/v1_todo_created.json (`Todo.Created`, version 1) is no value of version 1: `/label`: ";
    assert!(said.contains(wanted), "{said}");
    fs::write(&sample, text).unwrap();
}

/// A second build runs nothing; a changed schema rewrites its aggregate's file alone.
fn only_what_changed_is_built(shop: &Path) {
    assert!(!cargo_says(shop, &["build"]).contains("Compiling"));
    let before = generated();
    let schema = shop.join("schemas/todo/v1_todo_changed_label.json");
    let text = fs::read_to_string(&schema).unwrap();
    let documented = text.replacen('{', "{ \"doc\": \"Put differently.\",", 1);
    fs::write(&schema, documented).unwrap();
    assert!(cargo_says(shop, &["build"]).contains("Compiling shop"));
    let after = generated();
    assert_eq!(before.len(), 3);
    for (file, written) in &after {
        let unchanged = before.get(file) == Some(written);
        assert_eq!(unchanged, file != "todo.rs", "{file}");
    }
}

/// Generated files, and when each was written.
fn generated() -> BTreeMap<String, SystemTime> {
    let build = target().join("debug/build");
    let outputs = fs::read_dir(build)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut folders: Vec<_> = outputs.map(|output| output.join("out/evgen")).collect();
    // A package of the same name elsewhere has a folder of its own, written before.
    folders.retain(|folder| folder.join("todo.rs").exists());
    folders.sort_by_key(|folder| fs::metadata(folder).unwrap().modified().unwrap());
    let files = fs::read_dir(folders.last().unwrap()).unwrap();
    files
        .map(|file| {
            let file = file.unwrap();
            let written = file.metadata().unwrap().modified().unwrap();
            (file.file_name().into_string().unwrap(), written)
        })
        .collect()
}

/// Code that `evgen generate` wrote, included and as a module, without a build script.
fn checked_in_code_compiles(shop: &Path) {
    ok(shop, &["generate"]);
    fs::remove_file(shop.join("build.rs")).unwrap();
    let main = shop.join("src/main.rs");
    let text = fs::read_to_string(&main).unwrap();
    let included = text.replace(
        "include_events!()",
        "include_events!(\"src/events/mod.rs\")",
    );
    assert_ne!(included, text);
    fs::write(&main, &included).unwrap();
    assert!(cargo(shop, &["run"]).contains("after 3 events"));

    let (before, rest) = included.split_once("mod events {").unwrap();
    let (_, after) = rest.split_once("\n}\n").unwrap();
    fs::write(&main, format!("{before}mod events;\n{after}")).unwrap();
    assert!(cargo(shop, &["run"]).contains("after 3 events"));
}

/// Makes the edits; says how many lines they are.
fn by_hand(shop: &Path, edits: &[(&str, &str, &str)]) -> usize {
    let mut typed = 0;
    for (file, old, new) in edits {
        let path = shop.join(file);
        let text = fs::read_to_string(&path).unwrap();
        let edited = if old.is_empty() {
            text.clone() + new
        } else {
            text.replacen(old, new, 1)
        };
        assert_ne!(edited, text, "{file} has no {old:?}:\n{text}");
        fs::write(&path, edited).unwrap();
        let kept: Vec<&str> = old.lines().collect();
        typed += new
            .lines()
            .filter(|line| !line.trim().is_empty() && !kept.contains(line))
            .count();
    }
    typed
}

#[track_caller]
fn ok(shop: &Path, args: &[&str]) {
    let ran = evgen(shop, args);
    assert_eq!(ran.code, 0, "{ran:?}");
}

/// Runs cargo; gives stdout.
#[track_caller]
fn cargo(folder: &Path, args: &[&str]) -> String {
    run(folder, args).0
}

/// Runs cargo; gives what it says of its work.
#[track_caller]
fn cargo_says(folder: &Path, args: &[&str]) -> String {
    run(folder, args).1
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("new-user")
}

/// Runs cargo; gives stdout and stderr. One target folder for all runs, so that only the first one builds the dependencies.
#[track_caller]
fn run(folder: &Path, args: &[&str]) -> (String, String) {
    let output = command(folder, args).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "cargo {args:?}\n{out}{err}");
    assert!(!err.contains("warning: `shop`"), "cargo {args:?}\n{err}");
    (out, err)
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(args)
        .current_dir(folder)
        .env_remove("RUSTFLAGS");
    command.env("CARGO_TARGET_DIR", target());
    command
        .env("CARGO_NET_OFFLINE", "true")
        .env("CARGO_TERM_COLOR", "never");
    command
}
