//! Repositories by the stored name of their aggregate: tests of journals learn only at run time which one they need.

use std::ops::Bound;

use evgen_runtime::prelude::*;
use evgen_runtime::repository::{Events, Get};
use evgen_runtime::store::{Direction, StreamQuery};
use evgen_runtime::{
    BoxFuture, DecodeError, EventId, GetError, RecordedEvent, ReplayCause, StoreFailure, Timestamp,
};
use evgen_tests::djangoevents::{self as service, Attributes};
use serde_json::Value;

use super::same;

/// What a repository gives, whatever the aggregate is.
#[derive(Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) attributes: Value,
    pub(super) version: i64,
    pub(super) discarded: bool,
}

impl Seen {
    /// Whether it is what djangoevents made of it.
    pub(super) fn fits(&self, expected: &Value) -> bool {
        same(&expected["attributes"], &self.attributes)
            && expected["version"].as_i64() == Some(self.version)
            && expected["discarded"].as_bool() == Some(self.discarded)
    }
}

/// Which events of an aggregate.
#[derive(Default)]
pub(super) struct Wanted {
    pub(super) after: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
    pub(super) limit: Option<usize>,
    pub(super) version: Option<i64>,
    pub(super) newest_first: bool,
}

/// A repository whose aggregate is known by name only.
pub(super) trait AnyRepository {
    /// An aggregate, discarded or not, as it is now or was at a time.
    fn look<'a>(
        &'a self,
        id: &'a str,
        time: Option<Timestamp>,
    ) -> BoxFuture<'a, Result<Seen, GetError>>;

    /// Version and id of events. Those of an aggregate that holds one which only its mutator can take are read from the
    /// store, as they have no typed form.
    fn events<'a>(
        &'a self,
        id: &'a str,
        wanted: Wanted,
    ) -> BoxFuture<'a, Result<Vec<(i64, EventId)>, GetError>>;
}

impl<A: Aggregate + Attributes> AnyRepository for Repository<A> {
    fn look<'a>(
        &'a self,
        id: &'a str,
        time: Option<Timestamp>,
    ) -> BoxFuture<'a, Result<Seen, GetError>> {
        Box::pin(async move {
            let any = self.get_any(id);
            let loaded = time.into_iter().fold(any, Get::at_time).await?;
            if time.is_none() {
                assert_eq!(self.exists(id).await?, !loaded.discarded());
            }
            Ok(Seen {
                attributes: loaded.attributes(),
                version: loaded.version().0,
                discarded: loaded.discarded(),
            })
        })
    }

    fn events<'a>(
        &'a self,
        id: &'a str,
        wanted: Wanted,
    ) -> BoxFuture<'a, Result<Vec<(i64, EventId)>, GetError>> {
        Box::pin(async move {
            let mut events = Repository::events(self, id);
            events = wanted.after.into_iter().fold(events, Events::after);
            events = wanted.until.into_iter().fold(events, Events::until);
            events = wanted.limit.into_iter().fold(events, Events::limit);
            if let Some(version) = wanted.version {
                events = events.from_version(version).until_version(version + 1);
            }
            if wanted.newest_first {
                events = events.newest_first();
            }
            match events.await {
                Err(error) if is_refused(&error) => Ok(stored(self, id, &wanted).await),
                found => {
                    let found = found?.into_iter();
                    Ok(found
                        .map(|event| (event.version.0, event.event_id))
                        .collect())
                }
            }
        })
    }
}

/// Whether an upcast step refused an event.
fn is_refused(error: &GetError) -> bool {
    let GetError::Store(StoreFailure::Replay(error)) = error else {
        return false;
    };
    matches!(error.cause, ReplayCause::Decode(DecodeError::Upcast { .. }))
}

/// The same events out of the store, with djangoevents' bounds.
async fn stored<A: Aggregate>(
    repository: &Repository<A>,
    id: &str,
    wanted: &Wanted,
) -> Vec<(i64, EventId)> {
    let mut query = StreamQuery::new(repository.stream(id));
    query.from_version = wanted.version.map(AggregateVersion);
    query.until_version = wanted.version.map(|version| AggregateVersion(version + 1));
    query.limit = wanted.limit;
    query.time = match wanted.newest_first {
        false => (
            wanted.after.map_or(Bound::Unbounded, Bound::Excluded),
            wanted.until.map_or(Bound::Unbounded, Bound::Included),
        ),
        true => {
            query.direction = Direction::Backward;
            (
                wanted.after.map_or(Bound::Unbounded, Bound::Included),
                wanted.until.map_or(Bound::Unbounded, Bound::Excluded),
            )
        }
    };
    let page = repository.app().event_store().read_stream(query).await;
    let events = page.unwrap();
    let event =
        |event: RecordedEvent<'_>| (event.version.0, EventId::parse(event.event_id).unwrap());
    events.iter().map(event).collect()
}

pub(super) fn repository(app: &App, aggregate_type: &str) -> Box<dyn AnyRepository + Send + Sync> {
    match aggregate_type {
        "Todo" => Box::new(app.repository::<service::Todo>()),
        "Project" => Box::new(app.repository::<service::Project>()),
        "Animal" => Box::new(app.repository::<service::Animal>()),
        "Dog" => Box::new(app.repository::<service::Dog>()),
        "Cat" => Box::new(app.repository::<service::Cat>()),
        "HTTPCall" => Box::new(app.repository::<service::HTTPCall>()),
        "UserWithEmail2" => Box::new(app.repository::<service::UserWithEmail2>()),
        "Invoice" => Box::new(app.repository::<service::Invoice>()),
        "Customer" => Box::new(app.repository::<service::Customer>()),
        "Note" => Box::new(app.repository::<service::Note>()),
        "ShortNote" => Box::new(app.repository::<service::ShortNote>()),
        "StrictNote" => Box::new(app.repository::<service::StrictNote>()),
        "Ticket" => Box::new(app.repository::<service::Ticket>()),
        "OAuth2Token" => Box::new(app.repository::<service::OAuth2Token>()),
        "X509Cert" => Box::new(app.repository::<service::X509Cert>()),
        "ABTest" => Box::new(app.repository::<service::ABTest>()),
        "Basket" => Box::new(app.repository::<service::Basket>()),
        "Coupon" => Box::new(app.repository::<service::Coupon>()),
        other => panic!("no aggregate {other}"),
    }
}
