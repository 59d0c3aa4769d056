//! The stores written by hand on rusqlite, as contenders.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use crate::hand::{self, Append, Group};
use crate::orders::Peer;
use crate::{created, label_changed};

/// One connection, one transaction per append.
pub struct Raw(Mutex<Connection>);

impl Raw {
    pub fn open(path: &Path) -> Self {
        Self(Mutex::new(hand::open(path)))
    }
}

impl Peer for Raw {
    async fn append(&self, id: String, events: usize) {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hand::append_all(&mut connection, [encoded(id, events)].iter());
    }

    async fn load(&self, id: &str) -> String {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hand::read(&connection, Some(id)).label
    }

    async fn scan(&self) -> usize {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hand::read(&connection, None).count
    }
}

/// A thread that commits together what has queued; it only appends.
pub struct Grouping(Group);

impl Grouping {
    pub fn open(path: &Path) -> Self {
        Self(Group::start(path))
    }
}

impl Peer for Grouping {
    async fn append(&self, id: String, events: usize) {
        self.0.append(encoded(id, events)).await;
    }

    async fn load(&self, _: &str) -> String {
        panic!("it only appends")
    }

    async fn scan(&self) -> usize {
        panic!("it only appends")
    }
}

/// A new todo with so many events.
pub fn encoded(stream: String, events: usize) -> Append {
    let mut encoded = vec![("todo_created", hand::encode_created(&created(&stream)))];
    let changes = (1..events).map(|n| hand::encode_label_changed(&label_changed(n)));
    encoded.extend(changes.map(|change| ("todo_label_changed", change)));
    Append {
        stream,
        version: 0,
        events: encoded,
    }
}
