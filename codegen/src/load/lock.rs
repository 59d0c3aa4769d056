//! Text of `evgen.lock` → [`Lock`]. What is wrong with the file by itself is said here; whether schemas are still what it
//! says is `check`'s.

use std::collections::BTreeMap;
use std::path::Path;

use super::walk;
use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{BAD_LOCK, LOCK_DISAGREES, UNKNOWN_LOCK_FORMAT};
use crate::lock::{self, Entry, Key, LOCK, Lock};
use crate::options::LockFile;
use crate::source::{SourceFile, SourceId, SourceMap, Span};

/// Largest lock.
pub(crate) const SIZE_LIMIT: usize = 64 * 1024 * 1024;
/// What git leaves where branches disagree.
const CONFLICT_MARKS: [&str; 4] = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];

/// Reads the lock; `None` where there is none.
pub(super) fn read(
    directory: &Path,
    file: &LockFile,
    map: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Option<Lock> {
    let path = match file {
        LockFile::InDirectory => directory.join(LOCK),
        LockFile::At(path) => path.clone(),
        LockFile::Ignored => return None,
    };
    if !path.exists() {
        return None;
    }
    let text = walk::read(&path, SIZE_LIMIT, diagnostics);
    Some(of_text(&path, text, map, diagnostics))
}

/// As [`read`], of a lock that is in memory.
pub(super) fn read_content(
    path: &Path,
    content: Vec<u8>,
    map: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Option<Lock> {
    let text = walk::decode_content(path, &content, SIZE_LIMIT, diagnostics);
    Some(of_text(path, text, map, diagnostics))
}

/// `None`: the file could not be read, and that was said.
fn of_text(
    path: &Path,
    text: Option<String>,
    map: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Lock {
    let errors = diagnostics.errors();
    let was_read = text.is_some();
    let text = text.unwrap_or_default();
    let source = map.add(SourceFile {
        path: path.display().to_string(),
        relative: LOCK.to_owned(),
        text,
    });
    let mut lock = Lock {
        source,
        entries: BTreeMap::new(),
        is_broken: !was_read,
    };
    if was_read {
        lines(&mut lock, &map.file(source).text, diagnostics);
        if diagnostics.errors() == errors {
            disagreements(&lock, diagnostics);
        }
        lock.is_broken = diagnostics.errors() > errors;
    }
    lock
}

/// Takes the lines one by one; stops where the rest could not be trusted.
fn lines(lock: &mut Lock, text: &str, diagnostics: &mut Diagnostics) {
    let mut has_format = false;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = span(lock.source, start, line.trim_end());
        start += line.len();
        let line = line.trim_end();
        if CONFLICT_MARKS.iter().any(|mark| line.starts_with(mark)) {
            diagnostics
                .error(&BAD_LOCK, "a merge left its marks in the lock")
                .primary(at, "conflict mark")
                .help("keep the lines of both sides, in any order, and remove the marks; then run `evgen check`");
            return;
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(format) = line.strip_prefix("format:") {
            let format = format.trim();
            if format != "1" {
                diagnostics
                    .error(
                        &UNKNOWN_LOCK_FORMAT,
                        format!("lock format `{format}` is not known"),
                    )
                    .primary(at, "not known to this build");
                return;
            }
            has_format = true;
            continue;
        }
        if !has_format {
            diagnostics
                .error(&BAD_LOCK, "the lock does not say its format")
                .primary(at, "expected `format: 1` before this")
                .help("take the file back from the last good commit; nobody edits it by hand");
            return;
        }
        match parse(line) {
            Ok((key, fact)) => take(lock.entries.entry(key).or_default(), fact, at),
            Err(expected) => {
                diagnostics
                    .error(&BAD_LOCK, "a line of the lock says nothing")
                    .primary(at, expected)
                    .help("take the file back from the last good commit; nobody edits it by hand");
            }
        }
    }
    if !has_format {
        diagnostics
            .error(&BAD_LOCK, "the lock is empty")
            .primary(span(lock.source, 0, ""), "expected `format: 1`")
            .help("take the file back from the last good commit, or remove it if nothing was ever released");
    }
}

fn span(source: SourceId, start: usize, text: &str) -> Span {
    let start = u32::try_from(start).expect("a lock is at most 64 MiB");
    let length = u32::try_from(text.len()).expect("a lock is at most 64 MiB");
    Span {
        source,
        start,
        end: start + length,
    }
}

/// `Todo.Created v1 record todo_created` → key and fact.
fn parse(line: &str) -> Result<(Key, &str), &'static str> {
    let expected = "expected `Aggregate.Event v1 …` or `types full.Name …`";
    let (name, rest) = line.split_once(' ').ok_or(expected)?;
    let (second, fact) = rest.split_once(' ').ok_or(expected)?;
    if fact.is_empty() {
        return Err(expected);
    }
    let key = if name == "types" {
        Key::Type(second.to_owned())
    } else {
        let (aggregate, event) = name.split_once('.').ok_or(expected)?;
        let version = second
            .strip_prefix('v')
            .and_then(|number| number.parse().ok())
            .filter(|version| *version > 0)
            .ok_or("expected a version, as in `v1`, behind the event")?;
        Key::version(aggregate, event, version)
    };
    let is_hash = |text: &str| {
        text.len() == 64
            && text
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    match fact.strip_prefix("sha256 ") {
        Some(hash) if !is_hash(hash) => Err("expected 64 hexadecimal digits behind `sha256`"),
        _ => Ok((key, fact)),
    }
}

/// A line that is there twice is the same line: both branches had it.
fn take(entry: &mut Entry, fact: &str, at: Span) {
    let (list, text) = match fact.strip_prefix("sha256 ") {
        Some(hash) => (&mut entry.hashes, hash),
        None => (&mut entry.facts, fact),
    };
    if list.iter().all(|(known, _)| known != text) {
        list.push((text.to_owned(), at));
    }
}

/// Every entry has one hash, and it is that of its facts.
fn disagreements(lock: &Lock, diagnostics: &mut Diagnostics) {
    for (key, entry) in &lock.entries {
        match &entry.hashes[..] {
            [(hash, at)] => {
                if *hash != lock::hash(key, entry.facts.iter().map(|(fact, _)| fact.as_str())) {
                    diagnostics
                        .error(&LOCK_DISAGREES, format!("the lines of `{key}` do not have the hash that stands with them"))
                        .primary(*at, "hash of other lines")
                        .help("a line was edited or lost: take the file back from the last good commit; nobody edits it by hand");
                }
            }
            [] => {
                if let Some((_, at)) = entry.facts.first() {
                    diagnostics
                        .error(&LOCK_DISAGREES, format!("`{key}` has no hash"))
                        .primary(*at, "expected a line with `sha256`, too")
                        .help("a line was lost: take the file back from the last good commit; nobody edits it by hand");
                }
            }
            [(_, first), (_, second), ..] => {
                diagnostics
                    .error(&LOCK_DISAGREES, format!("`{key}` was released twice, as different things"))
                    .primary(*second, "released again here")
                    .context(*first, "released here")
                    .help("two branches released it: keep the lines of the one whose events are stored, and make the other the next version");
            }
        }
    }
}
