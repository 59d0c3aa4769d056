//! What djangoevents gave its users, row by row: each promise is a test of that name. Real journals are in
//! `djangoevents.rs`, its verdicts in `verdicts.rs`.

mod aggregates;
mod events;
mod journal;
mod schemas;
mod storing;
mod subscriptions;

use evgen_runtime::prelude::*;
use evgen_runtime::{AppBuilder, AppendError, StoreError, StoreFailure};
use evgen_tests::fixtures::{abstract_aggregate, upcast_steps};

/// An app of customers, on memory.
async fn customers(change: impl FnOnce(AppBuilder) -> AppBuilder) -> App {
    let app = upcast_steps::events::app(MemoryStore::new()).configure(change);
    app.build().await.unwrap()
}

/// A customer's first event, by the latest of its five schemas.
fn ada() -> upcast_steps::events::customer::Created {
    use upcast_steps::events::customer;
    customer::Created {
        name: customer::created::Name {
            first: "Ada".into(),
            last: "Lovelace".into(),
        },
        title: None,
        vip: false,
    }
}

/// A customer's second event.
fn elm() -> upcast_steps::events::customer::Moved {
    upcast_steps::events::customer::Moved {
        road: "Elm".into(),
        number: 7.0,
        mood: None,
        extra: [].into(),
    }
}

/// Handlers that do nothing.
struct Quiet;

impl abstract_aggregate::events::Handlers for Quiet {
    async fn welcome(
        &self,
        _: &abstract_aggregate::events::animal::Created,
        _: &HandlerContext,
    ) -> Result<(), HandlerError> {
        Ok(())
    }

    async fn all(
        &self,
        _: abstract_aggregate::events::AllEvent<'_>,
        _: &HandlerContext,
    ) -> Result<(), HandlerError> {
        Ok(())
    }
}

/// An app of animals, on memory.
async fn animals() -> App {
    let app = abstract_aggregate::events::app(MemoryStore::new()).handlers(Quiet);
    app.build().await.unwrap()
}

fn rex() -> abstract_aggregate::events::dog::Created {
    use abstract_aggregate::events::dog;
    dog::Created {
        label: "Rex".into(),
        age: 3,
        address: dog::created::Address {
            street: "Elm".into(),
        },
    }
}

fn tom() -> abstract_aggregate::events::cat::Created {
    abstract_aggregate::events::cat::Created {
        label: "Tom".into(),
        age: 1,
        lives: 9,
    }
}

/// Whether a version of the stream was taken, at whatever level that was found.
fn is_conflict(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Conflict { .. }
            | StoreError::Store(StoreFailure::Append(AppendError::VersionTaken { .. }))
    )
}
