//! Handing the rows of one stream to who folds them, where SQLite has them: nothing is copied, and no other thread is woken
//! before the end. How a row is read is in `take.rs`.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::functions::Context;

use super::failure::Failure;
use super::read;
use super::readers::Readers;
use super::take::{self, Bad};
use crate::envelope::{Payload, RecordedEvent};
use crate::error::ReadError;
use crate::position::Position;
use crate::store::{StreamQuery, UncheckedPayload, Visit};
use crate::stream::{AggregateVersion, StreamId};

/// Visits the events of a stream on a thread of its own.
pub(super) async fn stream(
    readers: &Readers,
    query: StreamQuery,
    visit: Visit,
) -> Result<(), ReadError> {
    let wanted = Wanted(Arc::new(AtomicBool::new(true)));
    let visiting = Visiting {
        stream: query.stream.clone(),
        visit,
        wanted: Arc::clone(&wanted.0),
    };
    let span = tracing::Span::current();
    let read = readers.run(move |connection, file| {
        span.in_scope(|| read::visit(connection, &*file.table, &query, visiting))
    });
    let done = read.await;
    drop(wanted);
    done
}

/// Dropped where nobody waits any more.
struct Wanted(Arc<AtomicBool>);

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// A visit of the rows of one stream.
pub(super) struct Visiting {
    stream: StreamId,
    visit: Visit,
    wanted: Arc<AtomicBool>,
}

impl Visiting {
    /// Whether SQLite is to stop at this row.
    #[inline(always)]
    pub(super) fn take(&mut self, row: &Context<'_>) -> Result<bool, Bad> {
        let position = take::integer(row, 0, 0, "position")?;
        let event_type = take::text(row, 4, position, "event_type")?;
        let event = take::event(row, position, event_type)?;
        let event = RecordedEvent {
            position: Position(position),
            event_id: utf8(event.event_id, position, "event_id")?,
            event_type: utf8(event_type, position, "event_type")?,
            event_version: event.event_version,
            payload: match event.payload {
                UncheckedPayload::Json(text) => Payload::Json(utf8(text, position, "payload")?),
                UncheckedPayload::Avro(bytes) => Payload::Avro(bytes),
            },
            aggregate_type: &self.stream.aggregate_type,
            aggregate_id: self.stream.aggregate_id.as_str(),
            version: AggregateVersion(event.version),
            create_date: event.create_date,
            metadata: match event.metadata {
                Some(text) => Some(utf8(text, position, "metadata")?),
                None => None,
            },
            django_class: None,
            checksum: event.checksum,
        };
        Ok((self.visit)(&event) == ControlFlow::Break(()) || !self.wanted.load(Ordering::Relaxed))
    }
}

#[inline(always)]
fn utf8<'r>(text: &'r [u8], row: i64, part: &'static str) -> Result<&'r str, Bad> {
    std::str::from_utf8(text).map_err(|_| Box::new(Failure::not_utf8(row, part)))
}
