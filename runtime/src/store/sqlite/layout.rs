//! `Table`: the adapter that each layout is to the code around it.

use std::ops::Bound;

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, Row};

use super::failure::Failure;
use crate::envelope::{NewEvent, RecordedEvent};
use crate::store::{Appended, Batch};
use crate::stream::StreamId;

/// The SELECTs of a layout. Their columns are: position, event id, event type, event version, payload, aggregate
/// version, create_date, metadata, aggregate type, aggregate id, and what only the layout itself reads.
pub(super) struct Sql {
    /// As `stream_forward`, without bounds on version and time, if the layout has one of its own.
    pub(super) stream_whole: Option<&'static str>,
    pub(super) stream_forward: &'static str,
    pub(super) stream_backward: &'static str,
    pub(super) all_forward: &'static str,
    pub(super) all_backward: &'static str,
    pub(super) by_event_id: &'static str,
    pub(super) head: &'static str,
    pub(super) next_at: &'static str,
    pub(super) row_of_version: &'static str,
}

/// A stream, as an append finds it.
pub(super) struct Stream {
    /// The layout's own key of it.
    pub(super) key: i64,
    /// What its next event will carry.
    pub(super) next: i64,
}

/// A row to insert.
pub(super) struct NewRow<'a> {
    pub(super) position: i64,
    pub(super) stream: &'a StreamId,
    pub(super) key: i64,
    pub(super) version: i64,
    pub(super) event: &'a NewEvent,
    /// Microsecond of an event that names no time.
    pub(super) now: i64,
}

/// A layout, as the code around it sees it.
pub(super) trait Table: Send + Sync {
    fn sql(&self) -> &'static Sql;

    /// The current row of one of the layout's SELECTs. `same_stream`: its stream is that of the row before, by
    /// [`stream_key`](Table::stream_key); names of the stream are then left empty.
    fn event<'r>(&self, row: &'r Row<'_>, same_stream: bool) -> Result<RecordedEvent<'r>, Failure>;

    /// The key of a row's stream, where its names need not be read for every row.
    fn stream_key(&self, row: &Row<'_>) -> Result<Option<i64>, Failure>;

    /// First and last `create_date` within the bounds, as the column's values compare.
    fn times(&self, bounds: (Bound<Timestamp>, Bound<Timestamp>)) -> (Value, Value);

    /// Brings events into the form in which they are stored. Runs on the caller's side.
    fn prepare(&self, batch: Batch) -> Result<Batch, crate::error::AppendError>;

    fn stream(&self, connection: &Connection, id: &StreamId) -> Result<Option<Stream>, Failure>;

    /// Makes a stream that gets its first event.
    fn add_stream(&self, connection: &Connection, id: &StreamId) -> Result<i64, Failure>;

    /// Inserts a row, and says its position.
    fn insert(&self, connection: &Connection, row: &NewRow<'_>) -> Result<i64, Failure>;

    /// Notes what the stream's next event will carry.
    fn advance(&self, connection: &Connection, key: i64, next: i64) -> Result<(), Failure>;

    /// Notes that a command was carried out, where event ids do not tell.
    fn note_commands(
        &self,
        connection: &Connection,
        batch: &Batch,
        appended: &Appended,
    ) -> Result<(), Failure>;

    fn find_command(
        &self,
        connection: &Connection,
        stream: &StreamId,
        command_id: &str,
    ) -> Result<Option<Appended>, Failure>;

    /// Whether the journal is not evgen's: event ids have no unique key, and evgen's own tables may be missing, and are
    /// made when first needed.
    fn is_foreign(&self) -> bool;
}
