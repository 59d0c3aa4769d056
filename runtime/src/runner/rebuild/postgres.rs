//! A read model made anew in a schema beside the one of its tables, and put in its place in one transaction.

use std::sync::Arc;

use sqlx::{Connection, Executor, PgConnection};

use super::{Making, RebuildFailure, Rebuilt, Tell};
use crate::envelope::EventContext;
use crate::error::BoxError;
use crate::event::AggregateDescriptor;
use crate::handler::HandlerError;
use crate::position::Position;
use crate::runner::notes::{checkpoint_key, parked_prefix};
use crate::runner::plan::Plan;
use crate::runner::postgres::Target;
use crate::schemas;
use crate::store::postgres::Beside;
use crate::store::{EventStore, NoteQuery, Page};

pub(super) async fn rebuild(
    plan: &Arc<Plan>,
    target: &Target,
    aggregates: &'static [&'static AggregateDescriptor],
    tell: &Tell<'_>,
) -> Result<Rebuilt, RebuildFailure> {
    let mut beside = match target.store.beside(plan.name).await? {
        Ok(beside) => beside,
        Err(lock) => return Err(RebuildFailure::Busy(lock)),
    };
    let made = make(&mut beside, plan, target, aggregates, tell).await;
    beside.clear().await;
    Ok(made?)
}

async fn make(
    beside: &mut Beside,
    plan: &Arc<Plan>,
    target: &Target,
    aggregates: &'static [&'static AggregateDescriptor],
    tell: &Tell<'_>,
) -> Result<Rebuilt, BoxError> {
    let store = &target.store;
    let mut making = Making::new(plan, aggregates);
    let mut tx = beside.connection.begin().await?;
    let prepared = (target.prepare)(&mut tx).await;
    prepared.map_err(HandlerError::into_source)?;
    beside.names.check_made(&mut tx).await?;
    beside.names.check_written(&mut tx).await?;
    tx.commit().await?;
    loop {
        let head = store.head().await?;
        let page = store.read_all(making.query()).await?;
        schemas::learn(store, aggregates, &page).await?;
        let mut tx = beside.connection.begin().await?;
        fold(&mut making, target, &mut tx, &page, None).await?;
        beside.names.check_written(&mut tx).await?;
        tx.commit().await?;
        tell(making.position(), head);
        if page.is_last() || page.is_empty() {
            break;
        }
    }
    // What the old one has seen meanwhile, the tables, the checkpoint, and what is parked.
    let checkpoint = checkpoint_key(&plan.key);
    let begin = "BEGIN ISOLATION LEVEL READ COMMITTED";
    let mut tx = beside.connection.begin_with(begin).await?;
    // Nobody moves it from here on: neither its runner, nor appends that it is part of.
    store.lock_note_on(&mut tx, &checkpoint).await?;
    let saved = store.notes_on(&mut tx, NoteQuery::of(checkpoint.clone()));
    let saved = NoteQuery::value(&checkpoint, saved.await?);
    let seen = making.seen(saved.as_deref());
    while making.position() < seen {
        let page = store.page_on(&mut tx, making.query()).await?;
        let before = making.after;
        fold(&mut making, target, &mut tx, &page, Some(seen)).await?;
        if page.is_last() || making.after == before {
            break;
        }
    }
    beside.names.check_written(&mut tx).await?;
    store.switch_on(&mut tx, &beside.names).await?;
    let old = NoteQuery::all(parked_prefix(&plan.key));
    let old = store.notes_on(&mut tx, old).await?;
    store.put_notes_on(&mut tx, &Making::forgotten(old)).await?;
    let (changes, rebuilt) = making.finished(saved.as_deref());
    store.put_notes_on(&mut tx, &changes).await?;
    tx.commit().await?;
    Ok(rebuilt)
}

/// Folds a page, up to a position; what fails leaves no trace.
async fn fold(
    making: &mut Making,
    target: &Target,
    tx: &mut PgConnection,
    page: &Page,
    until: Option<Position>,
) -> Result<(), BoxError> {
    for raw in page.iter() {
        if until.is_some_and(|until| raw.position > until) {
            break;
        }
        let Some(event) = making.take(&raw)? else {
            continue;
        };
        tx.execute("SAVEPOINT evgen_event").await?;
        let folded = (target.apply)(&mut *tx, &event, EventContext::new(raw)).await;
        let end = match &folded {
            Ok(()) => "RELEASE SAVEPOINT evgen_event",
            Err(_) => "ROLLBACK TO SAVEPOINT evgen_event; RELEASE SAVEPOINT evgen_event",
        };
        // A connection that is gone is not the projection's mistake: this fails then.
        tx.execute(end).await?;
        making.folded(&raw, folded)?;
    }
    Ok(())
}
