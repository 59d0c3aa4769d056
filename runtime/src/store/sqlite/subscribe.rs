//! Tells subscribers of appends: by this store's writer at once, by other processes after a poll.

use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::watch;

use super::layout::Table;
use super::read;
use crate::position::Position;

/// How often other processes' commits are looked for while somebody subscribes.
pub(super) const POLL: Duration = Duration::from_millis(100);

/// The sending end; it lives on the writer thread, and ends with it.
pub(super) struct Changes {
    sender: watch::Sender<Position>,
    /// SQLite's count of other connections' commits, when last looked at.
    data_version: i64,
}

impl Changes {
    /// Also gives the receiver that subscribers are cloned from; as long as it is the only one, nobody subscribes.
    pub(super) fn new(head: i64) -> (Self, watch::Receiver<Position>) {
        let (sender, receiver) = watch::channel(Position(head));
        (
            Self {
                sender,
                data_version: 0,
            },
            receiver,
        )
    }

    pub(super) fn has_subscribers(&self) -> bool {
        self.sender.receiver_count() > 1
    }

    /// Tells of an append; positions never go back.
    pub(super) fn tell(&self, head: i64) {
        self.sender.send_if_modified(|told| {
            let more = head > told.0;
            *told = Position(told.0.max(head));
            more
        });
    }

    /// Looks for other processes' commits. A failure is left to the next poll: reads will tell of it.
    pub(super) fn poll(&mut self, connection: &Connection, table: &dyn Table) {
        let version = connection
            .prepare_cached("PRAGMA data_version")
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)));
        if let Ok(version) = version
            && version != self.data_version
            && let Ok(head) = read::head(connection, table)
        {
            self.data_version = version;
            self.tell(head);
        }
    }
}
