//! `tail`: what is there, then what comes.

use std::io::{self, Write};
use std::sync::mpsc;

use super::*;

#[test]
fn tail_shows_the_last() {
    let folder = journal(rows());
    let ran = run(folder.path(), &["tail", "app.db", "-n", "2", "--no-follow"]);
    insta::assert_snapshot!("journal_tail", all(&ran));
    let ran = run(folder.path(), &["tail", "app.db", "-n", "0", "--no-follow"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    let ran = run(
        folder.path(),
        &["tail", "app.db", "--id", "1", "-n", "1", "--no-follow"],
    );
    assert!(ran.out.starts_with("3 "), "{}", ran.out);
}

/// Says each time what it was given, and goes away after so many lines.
struct Reader {
    text: Vec<u8>,
    lines: usize,
    given: mpsc::Sender<()>,
}

impl Write for Reader {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.text.iter().filter(|byte| **byte == b'\n').count() >= self.lines {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.text.extend_from_slice(bytes);
        let _ = self.given.send(());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn tail_follows_another_writer_until_its_reader_goes() {
    let folder = journal(rows());
    let (given, first) = mpsc::channel();
    let mut out = Reader {
        text: Vec::new(),
        lines: 4,
        given,
    };
    std::thread::scope(|scope| {
        let folder = folder.path();
        scope.spawn(move || {
            first.recv().unwrap();
            wait(async {
                let store = SqliteStore::open(folder.join("app.db")).await.unwrap();
                for number in 10..16 {
                    append(&store, number, vec![row("3", "todo_completed", 1, "{}")]).await;
                    // One after the other: those before are shown first.
                    if number < 13 {
                        first.recv().unwrap();
                    }
                }
                store.close().await;
            });
        });
        let mut err = Vec::new();
        let streams = evgen::cli::Streams {
            out: &mut out,
            err: &mut err,
            colours: false,
            progress: false,
        };
        let args = ["evgen", "journal", "tail", "app.db", "-n", "1"].map(Into::into);
        let code = evgen::cli::run(args, folder, streams);
        assert_eq!((code, err.as_slice()), (0, &b""[..]));
    });
    let text = String::from_utf8(out.text).unwrap();
    let positions: Vec<_> = text
        .lines()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(positions, ["4", "5", "6", "7"]);
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let folder = journal(rows());
    for command in ["cat", "tail", "export", "stats"] {
        let (given, _) = mpsc::channel();
        let mut out = Reader {
            text: Vec::new(),
            lines: 0,
            given,
        };
        let mut err = Vec::new();
        let streams = evgen::cli::Streams {
            out: &mut out,
            err: &mut err,
            colours: false,
            progress: false,
        };
        let args = ["evgen", "journal", command, "app.db"].map(Into::into);
        let code = evgen::cli::run(args, folder.path(), streams);
        assert_eq!((code, err.as_slice()), (0, &b""[..]), "{command}");
    }
}
