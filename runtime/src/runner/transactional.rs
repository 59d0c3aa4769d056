//! Projections that are part of every append: attached to their store as long as the app lives.

use std::sync::Arc;

use super::notes::checkpoint_key;
use super::plan::{Plan, Target};
use crate::app::BuildError;
use crate::envelope::EventContext;
use crate::event::AggregateDescriptor;
use crate::handler::HandlerError;
#[cfg(feature = "postgres")]
use crate::store::EventStore as _;
#[cfg(feature = "postgres")]
use crate::store::postgres::{self, PostgresStore};
#[cfg(feature = "sqlite")]
use crate::store::sqlite::{self, SqliteStore};

/// A projection in its store; taken back when this is dropped.
pub(super) enum Attached {
    #[cfg(feature = "sqlite")]
    Sqlite(SqliteStore, Arc<sqlite::Transactional>),
    #[cfg(feature = "postgres")]
    Postgres(PostgresStore, Arc<postgres::Transactional>),
}

impl Drop for Attached {
    fn drop(&mut self) {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store, projection) => store.detach(projection),
            #[cfg(feature = "postgres")]
            Self::Postgres(store, projection) => store.detach(projection),
        }
    }
}

/// Brings the projection up to what is stored, and makes it part of what comes.
pub(super) async fn attach(
    plan: &Arc<Plan>,
    aggregates: &'static [&'static AggregateDescriptor],
) -> Result<Option<Attached>, BuildError> {
    let behind = |source| BuildError::Behind {
        projection: plan.name,
        source,
    };
    match &plan.target {
        Target::Own(_) => Ok(None),
        #[cfg(feature = "sqlite")]
        Target::Sqlite(target) => {
            let (folding, apply) = (Arc::clone(plan), Arc::clone(&target.apply));
            let projection = Arc::new(sqlite::Transactional {
                name: plan.name,
                checkpoint: checkpoint_key(&plan.key),
                only: plan.filter(aggregates),
                fold: Box::new(move |tx, raw| match folding.read(aggregates, raw)? {
                    Some(event) => apply(tx, &event, &EventContext::new(*raw))
                        .map_err(HandlerError::into_source),
                    None => Ok(()),
                }),
            });
            let store = target.store.clone();
            store.follow(&projection).await.map_err(behind)?;
            store.attach(Arc::clone(&projection));
            Ok(Some(Attached::Sqlite(store, projection)))
        }
        #[cfg(feature = "postgres")]
        Target::Postgres(target) => {
            if target.store.is_djangoevents() {
                return Err(BuildError::NotInDjangoevents {
                    projection: plan.name,
                });
            }
            let (folding, apply) = (Arc::clone(plan), Arc::clone(&target.apply));
            let projection = Arc::new(postgres::Transactional {
                name: plan.name,
                checkpoint: checkpoint_key(&plan.key),
                only: plan.filter(aggregates),
                fold: Box::new(move |tx, raw| {
                    let (folding, apply) = (Arc::clone(&folding), Arc::clone(&apply));
                    Box::pin(async move {
                        let Some(event) = folding.read(aggregates, &raw)? else {
                            return Ok(());
                        };
                        let folded = apply(tx, &event, EventContext::new(raw));
                        folded.await.map_err(HandlerError::into_source)
                    })
                }),
            });
            let store = target.store.clone();
            store.follow(&projection).await.map_err(behind)?;
            store.attach(Arc::clone(&projection));
            Ok(Some(Attached::Postgres(store, projection)))
        }
    }
}
