//! What a contender is told to do, one line at a time, and what it answers. Each contender is a process of its own, so that
//! its memory is its own, and so that crates which do not link together take turns in one run. `../../frameworks` includes this file.

use std::future::Future;
use std::io::{BufRead, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::usage;

/// A store under measurement, used as its documentation has it.
pub trait Peer: Send + Sync + 'static {
    /// Stores a new todo with so many events: in one transaction, where it can.
    fn append(&self, id: String, events: usize) -> impl Future<Output = ()> + Send;

    /// Loads a todo; gives its label.
    fn load(&self, id: &str) -> impl Future<Output = String> + Send;

    /// Reads and decodes every event of the store; gives their number.
    fn scan(&self) -> impl Future<Output = usize> + Send;
}

/// The label after so many changes.
pub fn label(n: usize) -> String {
    match n {
        0 => "Buy milk, bread and eggs".to_owned(),
        n => format!("Buy milk, bread, eggs {n}"),
    }
}

/// Obeys until stdin ends:
///
/// - `append TASKS EACH EVENTS`: so many tasks each store so many todos, one after the other;
/// - `fill STREAMS EVENTS`; `know STREAMS EVENTS` (a process before this one has filled it with those);
/// - `load` (one of those); `scan` (all of them).
///
/// An answer is what it took: nanoseconds, those that its threads ran, and KiB of memory above what was held before.
pub async fn serve<P: Peer>(peer: P) {
    let peer = Arc::new(peer);
    let mut ids = Ids::new();
    let mut filled = Vec::new();
    answer(format_args!("ready"));
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("orders are text");
        let words: Vec<&str> = line.split(' ').collect();
        let number = |at: usize| -> usize { words[at].parse().expect("it is a number") };
        let (before, ran) = (usage::mark(), usage::ran());
        let took = match words[0] {
            "append" => {
                let tasks = (0..number(1)).map(|_| ids.take(number(2))).collect();
                append(&peer, tasks, number(3)).await
            }
            "fill" => {
                let fresh = ids.take(number(1));
                filled.extend(fresh.iter().map(|id| (id.clone(), number(2))));
                append(&peer, vec![fresh], number(2)).await
            }
            "know" => {
                let known = ids.take(number(1));
                filled.extend(known.into_iter().map(|id| (id, number(2))));
                Duration::ZERO
            }
            "load" => {
                let (id, events) = filled[filled.len() / 2].clone();
                let peer = peer.clone();
                let begin = Instant::now();
                // As a server has it: a task on a worker.
                let loaded = tokio::spawn(async move { peer.load(&id).await }).await;
                let took = begin.elapsed();
                assert_eq!(loaded.expect("it ends"), label(events - 1));
                took
            }
            "scan" => {
                let peer = peer.clone();
                let begin = Instant::now();
                let scanned = tokio::spawn(async move { peer.scan().await }).await;
                let took = begin.elapsed();
                let all: usize = filled.iter().map(|(_, events)| events).sum();
                assert_eq!(scanned.expect("it ends"), all);
                took
            }
            order => panic!("no order `{order}`"),
        };
        let ran = usage::ran().saturating_sub(ran);
        answer(format_args!(
            "{} {ran} {}",
            took.as_nanos(),
            usage::peak_above(before)
        ));
    }
}

fn answer(line: std::fmt::Arguments<'_>) {
    println!("{line}");
    std::io::stdout().flush().expect("somebody listens");
}

async fn append<P: Peer>(peer: &Arc<P>, tasks: Vec<Vec<String>>, events: usize) -> Duration {
    let begin = Instant::now();
    let tasks: Vec<_> = tasks
        .into_iter()
        .map(|ids| {
            let peer = peer.clone();
            tokio::spawn(async move {
                for id in ids {
                    peer.append(id, events).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("it ends");
    }
    begin.elapsed()
}

/// UUIDs in the order of time, as version 7 has them; the same in every process.
struct Ids(u64);

impl Ids {
    fn new() -> Self {
        Self(0)
    }

    fn take(&mut self, count: usize) -> Vec<String> {
        (0..count)
            .map(|_| {
                self.0 += 1;
                format!("0198f3a4-5b6c-7d8e-9f00-{:012x}", self.0)
            })
            .collect()
    }
}
