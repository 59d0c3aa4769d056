//! Projections that are part of every append on SQLite: attached to the store as long as the app lives.

use std::sync::Arc;

use super::notes::checkpoint_key;
use super::plan::{Plan, Target};
use crate::app::BuildError;
use crate::envelope::EventContext;
use crate::event::AggregateDescriptor;
use crate::handler::HandlerError;
use crate::store::sqlite::{SqliteStore, Transactional};

/// A projection in its store; taken back when this is dropped.
pub(super) struct Attached {
    store: SqliteStore,
    projection: Arc<Transactional>,
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.store.detach(&self.projection);
    }
}

/// Brings the projection up to what is stored, and makes it part of what comes.
pub(super) async fn attach(
    plan: &Arc<Plan>,
    aggregates: &'static [&'static AggregateDescriptor],
) -> Result<Option<Attached>, BuildError> {
    let Target::Sqlite(target) = &plan.target else {
        return Ok(None);
    };
    let projection = Arc::new(transactional(plan, target, aggregates));
    let store = target.store.clone();
    let followed = store.follow(&projection).await;
    followed.map_err(|source| BuildError::Behind {
        projection: plan.name,
        source,
    })?;
    store.attach(Arc::clone(&projection));
    Ok(Some(Attached { store, projection }))
}

pub(super) fn transactional(
    plan: &Arc<Plan>,
    target: &super::sqlite::Target,
    aggregates: &'static [&'static AggregateDescriptor],
) -> Transactional {
    let (folding, apply) = (Arc::clone(plan), Arc::clone(&target.apply));
    Transactional {
        name: plan.name,
        checkpoint: checkpoint_key(&plan.key),
        only: plan.filter(aggregates),
        fold: Box::new(move |tx, raw| {
            let events = folding.read(aggregates, raw)?;
            events.iter().try_for_each(|(part, event)| {
                apply(tx, event, &EventContext::of_part(*raw, part))
                    .map_err(HandlerError::into_source)
            })
        }),
    }
}
