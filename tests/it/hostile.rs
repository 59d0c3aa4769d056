//! Schema directories that nobody wrote in good faith: a diagnostic each, soon, and never a panic.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use evgen::load::{LoadOptions, load};
use tempfile::TempDir;

const MANIFEST: &str =
    "format: 1\naggregates:\n  Todo: { events: { Created: { creates: true } } }\n";
const SCHEMA: &str = r#"{"type": "record", "name": "TodoCreated", "fields": []}"#;

/// A directory that is in order.
fn sound() -> TempDir {
    let directory = TempDir::new().unwrap();
    write(&directory, "aggregates.yaml", MANIFEST);
    write(&directory, "todo/v1_todo_created.json", SCHEMA);
    directory
}

fn write(directory: &TempDir, path: &str, text: impl AsRef<[u8]>) {
    let path = directory.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Codes of what is found, within a time that a machine under load keeps, too.
#[track_caller]
fn codes(directory: &Path) -> Vec<&'static str> {
    let start = Instant::now();
    let report = match load(directory, &LoadOptions::default()) {
        Ok(sources) => match evgen::check::check(evgen::model::build::build(sources)) {
            Ok(checked) => checked.into_report(),
            Err(report) => report,
        },
        Err(report) => report,
    };
    let _ = report.plain();
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "took {:?}",
        start.elapsed()
    );
    report
        .diagnostics
        .iter()
        .map(|diagnostic| diagnostic.code.id)
        .collect()
}

#[test]
fn a_sound_directory_has_nothing_wrong() {
    assert!(codes(sound().path()).is_empty());
}

#[test]
fn directory_is_missing_a_file_or_empty() {
    let directory = sound();
    assert_eq!(codes(&directory.path().join("nowhere")), ["EV0101"]);
    assert_eq!(codes(&directory.path().join("aggregates.yaml")), ["EV0101"]);
    assert_eq!(codes(TempDir::new().unwrap().path()), ["EV0101"]);
}

#[test]
fn text_is_not_utf8() {
    let directory = sound();
    write(
        &directory,
        "todo/v1_todo_created.json",
        b"{\"type\": \"\xff\"}",
    );
    assert_eq!(codes(directory.path()), ["EV0101"]);
    write(&directory, "aggregates.yaml", b"format: 1\n# \xff\n");
    assert_eq!(codes(directory.path()), ["EV0101"]);
}

#[test]
fn byte_order_marks_are_harmless() {
    let directory = sound();
    write(&directory, "aggregates.yaml", format!("\u{feff}{MANIFEST}"));
    write(
        &directory,
        "todo/v1_todo_created.json",
        format!("\u{feff}{SCHEMA}"),
    );
    assert!(codes(directory.path()).is_empty());
}

#[test]
fn files_are_huge() {
    let directory = sound();
    write(
        &directory,
        "todo/v2_todo_created.json",
        vec![b' '; 50 * 1024 * 1024],
    );
    assert_eq!(codes(directory.path()), ["EV0110"]);
    write(&directory, "aggregates.yaml", vec![b'#'; 50 * 1024 * 1024]);
    assert_eq!(codes(directory.path()), ["EV0110"]);
}

#[test]
fn files_are_many() {
    let directory = sound();
    for number in 0..10_000 {
        write(
            &directory,
            &format!("todo/v1_todo_changed{number}.json"),
            "{",
        );
    }
    let codes = codes(directory.path());
    assert!(codes.len() < 200 && codes.iter().all(|code| *code == "EV0217"));
}

#[test]
fn nesting_is_deep() {
    let directory = sound();
    write(
        &directory,
        "todo/v1_todo_created.json",
        "[".repeat(1_000_000),
    );
    assert_eq!(codes(directory.path()), ["EV0110"]);
    write(
        &directory,
        "todo/v1_todo_created.json",
        "{\"type\":".repeat(500_000),
    );
    assert_eq!(codes(directory.path()), ["EV0110"]);
    for text in ["[", "{a: ", "- ", "? ", "a:\n ", "!!x ", "&a "] {
        write(&directory, "aggregates.yaml", text.repeat(300_000));
        assert!(!codes(directory.path()).is_empty());
    }
}

#[test]
fn text_is_random() {
    // A fixed generator: the same texts on every run.
    let mut state: u64 = 42;
    let mut next = |below: usize| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let directory = sound();
    for _ in 0..300 {
        for (path, sound) in [
            ("aggregates.yaml", MANIFEST),
            ("todo/v1_todo_created.json", SCHEMA),
        ] {
            let mut text = sound.as_bytes().to_vec();
            for _ in 0..=next(4) {
                let at = next(text.len());
                match next(3) {
                    0 => text[at] = b"{}[]:,\"'&*!|>#-\n\\ \0\xc3"[next(20)],
                    1 => drop(text.drain(at..(at + next(8)).min(text.len()))),
                    _ => text.insert(at, b"{}[]:,\"'&*!|>#-\n\\ 0a"[next(20)]),
                }
            }
            write(&directory, path, text);
            let _ = codes(directory.path());
            write(&directory, path, sound);
        }
    }
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn links_lead_in_a_circle() {
        let directory = sound();
        symlink(directory.path(), directory.path().join("todo/again")).unwrap();
        symlink(
            "nowhere",
            directory.path().join("todo/v2_todo_created.json"),
        )
        .unwrap();
        assert_eq!(codes(directory.path()), ["EV0101", "EV0101"]);
    }

    #[test]
    fn names_are_not_utf8() {
        let directory = sound();
        let name = OsStr::from_bytes(b"todo/v2_todo_\xff.json");
        fs::write(directory.path().join(name), SCHEMA).unwrap();
        assert_eq!(codes(directory.path()), ["EV0101"]);
    }

    #[test]
    fn files_are_no_files() {
        let directory = sound();
        fs::create_dir(directory.path().join("todo/v2_todo_created.json")).unwrap();
        symlink(
            "/dev/zero",
            directory.path().join("todo/v3_todo_created.json"),
        )
        .unwrap();
        assert_eq!(codes(directory.path()), ["EV0214", "EV0101"]);
    }

    #[test]
    fn permissions_forbid_reading() {
        let directory = sound();
        let file = directory.path().join("todo/v1_todo_created.json");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
        if fs::read(&file).is_ok() {
            evgen_tests::did_without("unreadable files: this user may read any");
            return;
        }
        assert_eq!(codes(directory.path()), ["EV0101"]);
    }
}
