//! `evgen check --against`: pairs of directories → the exact text and exit code, in every format; and a repository of git.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use evgen::diagnostic::category::Category;
use evgen::diagnostic::codes;

use crate::cli::{Ran, evgen};

#[test]
fn every_change_is_reported() {
    for name in fixtures() {
        insta::assert_snapshot!(name.clone(), shown(&against(&name, "text")));
    }
}

#[test]
fn machines_are_told_the_same() {
    for format in ["json", "github", "sarif"] {
        let ran = against("older_builds_read_the_latest", format);
        insta::assert_snapshot!(format!("as_{format}"), shown(&ran));
        let ran = against("changes_are_allowed", format);
        insta::assert_snapshot!(format!("warning_as_{format}"), shown(&ran));
        if format == "sarif" {
            crate::sarif::is_valid(&ran.out);
        }
    }
}

#[test]
fn every_rule_has_a_fixture() {
    let mut seen = BTreeSet::new();
    for name in fixtures() {
        let ran = against(&name, "json");
        for line in ran.out.lines() {
            let finding: serde_json::Value = serde_json::from_str(line).unwrap();
            seen.insert(finding["code"].as_str().unwrap().to_owned());
        }
    }
    for code in codes::ALL {
        let is_rule = Category::of(code).is_some() || code.id >= "EV0460" && code.id < "EV0470";
        assert!(
            !is_rule || seen.contains(code.id),
            "{} has no fixture",
            code.id
        );
    }
}

/// The only place in this file that knows how fixtures are compared.
fn against(name: &str, format: &str) -> Ran {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures_against");
    let folder = folder.join(name);
    evgen(
        &folder,
        &["check", "now", "--against", "before", "--format", format],
    )
}

fn shown(ran: &Ran) -> String {
    format!("{}---\n{}exit code {}\n", ran.out, ran.err, ran.code)
}

fn fixtures() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir("fixtures_against")
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A repository whose first commit has a fixture's older state below `service/schemas`, and whose working tree has the newer.
fn repository(fixture: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Path::new("fixtures_against").join(fixture);
    let schemas = folder.path().join("service/schemas");
    git(
        folder.path(),
        &["init", "--quiet", "--initial-branch", "main"],
    );
    fs::write(folder.path().join("README"), "A service.\n").unwrap();
    commit(folder.path(), "Begin");
    git(folder.path(), &["tag", "empty"]);
    copy(&fixture.join("before"), &schemas);
    commit(folder.path(), "Add schemas");
    git(folder.path(), &["tag", "v1"]);
    fs::remove_dir_all(&schemas).unwrap();
    copy(&fixture.join("now"), &schemas);
    folder
}

fn commit(folder: &Path, message: &str) {
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message", message]);
}

fn git(folder: &Path, arguments: &[&str]) {
    let done = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["-c", "user.name=Test", "-c", "user.email=test@example.org"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .status()
        .unwrap();
    assert!(done.success(), "git {arguments:?}");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn commits_are_read_without_a_checkout() {
    let folder = repository("what_is_stored_is_removed");
    let service = folder.path().join("service");
    let by_tag = evgen(&service, &["check", "--against", "v1"]);
    insta::assert_snapshot!("commit_of_git", shown(&by_tag));
    let by_branch = evgen(&service, &["check", "--against", "main"]);
    assert_eq!(by_branch.out, by_tag.out.replace("v1:", "main:"));
    // What is compared is the working tree, committed or not.
    git(folder.path(), &["checkout", "--quiet", "-b", "branch"]);
    commit(folder.path(), "Remove what is stored");
    let by_base = evgen(&service, &["check", "--against", "main..."]);
    assert_eq!(by_base.out, by_tag.out.replace("v1:", "main...:"));
    let same = evgen(&service, &["check", "--against", "HEAD"]);
    assert_eq!((same.code, same.out.as_str()), (0, ""), "{}", same.err);
}

#[test]
fn what_cannot_be_compared_is_told() {
    let folder = repository("history_only_grows");
    let service = folder.path().join("service");
    let mut said = String::new();
    for named in ["v1", "nowhere", "--output=x", "empty", "v1^{tree}"] {
        let against = format!("--against={named}");
        said.push_str(&format!("$ evgen check {against}\n"));
        said.push_str(&shown(&evgen(&service, &["check", &against])));
    }
    insta::assert_snapshot!("not_comparable", said);

    let outside = tempfile::tempdir().unwrap();
    copy(
        Path::new("fixtures_against/history_only_grows/now"),
        &outside.path().join("schemas"),
    );
    let ran = evgen(outside.path(), &["check", "--against", "main"]);
    insta::assert_snapshot!("no_repository", shown(&ran));
}

#[test]
fn schemas_from_before_the_manifest_are_read_by_todays() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Path::new("fixtures_against/shared_type_is_rewritten");
    let schemas = folder.path().join("schemas");
    git(
        folder.path(),
        &["init", "--quiet", "--initial-branch", "main"],
    );
    copy(&fixture.join("before"), &schemas);
    fs::remove_file(schemas.join("aggregates.yaml")).unwrap();
    commit(folder.path(), "Add schemas");
    copy(&fixture.join("now"), &schemas);
    let ran = evgen(folder.path(), &["check", "--against", "main"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("EV0430"), "{}", ran.out);
}
