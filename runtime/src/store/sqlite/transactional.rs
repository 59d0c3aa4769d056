//! Projections that are part of every append: what they refuse is not stored, and their read model is never behind.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Transaction;

use super::failure::Failure;
use super::layout::Table;
use super::notes;
use super::read;
use crate::envelope::RecordedEvent;
use crate::error::{BoxError, Refusal};
use crate::position::Position;
use crate::store::{Direction, JournalQuery, NoteChange, transactional};
use crate::stream::StreamId;

/// Folds one event, inside the transaction that stores it; made from the app's projection.
pub(crate) type Fold =
    dyn Fn(&Transaction<'_>, &RecordedEvent<'_>) -> Result<(), BoxError> + Send + Sync;

/// A projection that is part of every append through this store.
pub(crate) type Transactional = transactional::Transactional<Fold>;

/// Those of a store.
pub(super) type Attached = transactional::Attached<Fold>;

/// Folds what was stored just now, and whatever writers that do not know the projection have stored before.
pub(super) fn follow(
    tx: &Transaction<'_>,
    table: &dyn Table,
    projection: &Transactional,
    stream: Option<&StreamId>,
) -> Result<(), Failure> {
    while !step(tx, table, projection, stream)? {}
    Ok(())
}

/// Folds one page; says whether it was the last.
pub(super) fn step(
    tx: &Transaction<'_>,
    table: &dyn Table,
    projection: &Transactional,
    stream: Option<&StreamId>,
) -> Result<bool, Failure> {
    // In a journal that is not evgen's, the table may be missing: an empty save makes it.
    if table.is_foreign() {
        let _ = notes::save(tx, table, &[])?;
    }
    let finished = notes::get(tx, &projection.checkpoint)?;
    let finished = finished.and_then(|text| text.parse().ok());
    let page = read::all(
        tx,
        table,
        &JournalQuery {
            after: finished.map(Position),
            only: projection.only.clone(),
            limit: None,
            direction: Direction::Forward,
            checksums: false,
        },
    )?;
    for raw in page.iter() {
        // A panic must not take the writer, and everybody's appends, with it.
        let folded = catch_unwind(AssertUnwindSafe(|| (projection.fold)(tx, &raw)))
            .unwrap_or_else(|_| Err("the projection panicked".into()));
        folded.map_err(|source| {
            let refusal = Refusal {
                stream: stream.map_or_else(
                    || StreamId::new(raw.aggregate_type, raw.aggregate_id),
                    StreamId::clone,
                ),
                projection: projection.name,
                source,
            };
            Failure::Refused(refusal.into())
        })?;
    }
    let reached = match page.iter().next_back() {
        Some(last) if !page.is_last() => last.position.0,
        _ => read::head(tx, table)?,
    };
    let change = NoteChange::set(&projection.checkpoint, reached.to_string());
    let _ = notes::save(tx, table, &[change])?;
    Ok(page.is_last() || page.is_empty())
}
