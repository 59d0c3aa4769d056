//! `Table`: the adapter that each layout is to the code around it.

use std::borrow::Cow;
use std::ops::Bound;

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, Rows, Statement};

use super::failure::Failure;
use crate::envelope::NewEvent;
use crate::store::{Appended, Batch, Page};
use crate::stream::StreamId;

/// The SELECTs of pages of a layout; [`Table::page`] knows their columns.
pub(super) struct Reads {
    /// As `stream_forward`, without bounds, if the layout has one of its own.
    pub(super) stream_whole: Option<Whole>,
    pub(super) stream_forward: Cow<'static, str>,
    pub(super) stream_backward: Cow<'static, str>,
    pub(super) all_forward: Cow<'static, str>,
    pub(super) all_backward: Cow<'static, str>,
    pub(super) by_event_id: Cow<'static, str>,
}

/// How a stream is read from a place on.
pub(super) struct Whole {
    /// The rows from a place on.
    pub(super) rows: Cow<'static, str>,
    /// The place behind a position; none where that is not the stream's.
    pub(super) place_behind: &'static str,
}

/// The other statements of a layout.
pub(super) struct Sql {
    pub(super) insert: &'static str,
    pub(super) head: &'static str,
    pub(super) next_at: &'static str,
    pub(super) row_of_version: &'static str,
}

/// What a page is to hold, as far as the SELECT does not say it.
pub(super) struct Wanted<'a> {
    /// At most so many events.
    pub(super) limit: usize,
    /// The one stream whose rows these are.
    pub(super) stream: Option<&'a StreamId>,
    /// Only events of these (aggregate type, event type) pairs; empty: all.
    pub(super) only: &'a [(String, Option<String>)],
}

/// A stream, as an append finds it.
pub(super) struct Stream {
    /// The layout's own key of it.
    pub(super) key: i64,
    /// What its next event will carry; `None` where it has no event (they were deleted by hand).
    pub(super) next: Option<i64>,
    /// Whether an event of it names its version itself, so that one about to be used may be taken.
    pub(super) odd: bool,
}

/// A row to insert.
pub(super) struct NewRow<'a> {
    pub(super) stream: &'a StreamId,
    pub(super) key: i64,
    /// The next version before it.
    pub(super) place: i64,
    /// The same, unless the event names another.
    pub(super) version: i64,
    pub(super) event: &'a NewEvent,
    /// Microsecond of an event that names no time.
    pub(super) now: i64,
}

/// A layout, as the code around it sees it.
pub(super) trait Table: Send + Sync {
    fn sql(&self) -> &'static Sql;

    /// How pages are read, with checksums or without.
    fn reads(&self, checksums: bool) -> &'static Reads;

    /// The page that the rows of one of the layout's SELECTs make up.
    fn page(&self, rows: Rows<'_>, wanted: &Wanted<'_>) -> Result<Page, Failure>;

    /// First and last `create_date` within the bounds, as the column's values compare.
    fn times(&self, bounds: (Bound<Timestamp>, Bound<Timestamp>)) -> (Value, Value);

    /// Brings events into the form in which they are stored. Runs on the caller's side.
    fn prepare(&self, batch: Batch) -> Result<Batch, crate::error::AppendError>;

    fn stream(&self, connection: &Connection, id: &StreamId) -> Result<Option<Stream>, Failure>;

    /// Makes a stream that gets its first events; `None` where it is there.
    fn add_stream(&self, connection: &Connection, id: &StreamId)
    -> Result<Option<Stream>, Failure>;

    /// Inserts a row by the layout's own `insert`, and says its position.
    fn insert(&self, insert: &mut Statement<'_>, row: &NewRow<'_>) -> Result<i64, Failure>;

    /// Notes that an event of the stream names its version itself.
    fn mark_odd(&self, connection: &Connection, key: i64) -> Result<(), Failure>;

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

    /// Whether the journal is not evgen's: event ids have no unique key, but aggregate versions have one, and evgen's own
    /// tables may be missing, and are made when first needed.
    fn is_foreign(&self) -> bool;
}
