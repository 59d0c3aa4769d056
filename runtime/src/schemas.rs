//! The schemas that a store keeps beside its events: an app saves that of every version before it first writes one
//! ([`Written`]), and learns those of later builds ([`learn`]), so that old and new builds may run side by side. What is
//! done with them is in `event.rs`; nothing here looks into a schema's text.

use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use crate::envelope::{Payload, RecordedEvent};
use crate::error::{AppendError, ReadError};
use crate::event::{self, AggregateDescriptor, EventDescriptor, version_of};
use crate::store::{Batch, EventStore, Page, StoredSchema};
use crate::types::{TypeNode, table};

/// Which versions the store is known to have the schemas of.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// By event type.
    versions: RwLock<HashMap<&'static str, Vec<i32>>>,
}

impl Written {
    /// Saves the schemas of what the batch holds, but those that were saved before.
    pub(crate) async fn save(
        &self,
        store: &dyn EventStore,
        aggregates: &[&'static AggregateDescriptor],
        batch: &Batch,
    ) -> Result<(), AppendError> {
        // djangoevents' rows are JSON, and its writers keep no schemas: no table is made beside its own for that.
        if store.is_djangoevents() {
            return Ok(());
        }
        let missing = self.missing(aggregates, batch);
        if missing.is_empty() {
            return Ok(());
        }
        let schemas = missing
            .iter()
            .filter_map(|(event, version)| stored(event, *version));
        store.save_schemas(schemas.collect()).await?;
        let mut versions = self
            .versions
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        for (event, version) in missing {
            versions.entry(event.event_type).or_default().push(version);
        }
        Ok(())
    }

    fn missing(
        &self,
        aggregates: &[&'static AggregateDescriptor],
        batch: &Batch,
    ) -> Vec<(&'static EventDescriptor, i32)> {
        let versions = self.versions.read().unwrap_or_else(PoisonError::into_inner);
        let mut missing: Vec<(&'static EventDescriptor, i32)> = Vec::new();
        for (_, event) in batch.events() {
            let Some(version) = event.event_version else {
                continue;
            };
            let written = versions.get(&*event.event_type);
            if written.is_some_and(|versions| versions.contains(&version)) {
                continue;
            }
            let events = aggregates.iter().flat_map(|aggregate| aggregate.events);
            let found = events
                .copied()
                .find(|known| *known.event_type == *event.event_type);
            if let Some(found) = found
                && !missing
                    .iter()
                    .any(|(known, at)| (known.event_type, *at) == (found.event_type, version))
            {
                missing.push((found, version));
            }
        }
        missing
    }
}

/// The schema of an event's version; `None`: it has none of its own.
fn stored(event: &'static EventDescriptor, version: i32) -> Option<StoredSchema> {
    let schema = event
        .version(version)
        .filter(|schema| schema.fingerprint != 0)?;
    Some(StoredSchema {
        event_type: event.event_type.to_owned(),
        event_version: version,
        fingerprint: schema.fingerprint,
        schema: schema.schema.to_owned(),
        types: table::to_text(schema.node),
    })
}

/// Types that this build does not have, as stores told of them: by event type, version and fingerprint.
type Newer = HashMap<(String, i32, u64), &'static TypeNode>;

/// Of the process and not of an app: a released version is the same in every store, and a table is never freed.
static NEWER: LazyLock<RwLock<Newer>> = LazyLock::new(RwLock::default);

/// The type of a version that this build does not have, if it was learnt.
pub(crate) fn newer(event_type: &str, version: i32, fingerprint: u64) -> Option<&'static TypeNode> {
    let newer = NEWER.read().unwrap_or_else(PoisonError::into_inner);
    newer
        .get(&(event_type.to_owned(), version, fingerprint))
        .copied()
}

/// Learns what is needed to read a page's events of later versions than this build knows, where the manifest says
/// `forward: read`. Costs nothing where no event of `aggregates` does.
pub(crate) async fn learn(
    store: &dyn EventStore,
    aggregates: &[&'static AggregateDescriptor],
    page: &Page,
) -> Result<(), ReadError> {
    let mut events = aggregates.iter().flat_map(|aggregate| aggregate.events);
    if !events.any(|event| event.forward) || !page.iter().any(|raw| is_unknown(aggregates, &raw)) {
        return Ok(());
    }
    for stored in store.load_schemas().await? {
        let key = (stored.event_type, stored.event_version, stored.fingerprint);
        if newer(&key.0, key.1, key.2).is_some() {
            continue;
        }
        match table::from_text(&stored.types) {
            Ok(node) => {
                let mut newer = NEWER.write().unwrap_or_else(PoisonError::into_inner);
                newer.insert(key, node);
            }
            // Its rows will say that they cannot be read.
            Err(error) => tracing::warn!(
                event_type = key.0,
                version = key.1,
                "the store's type table was not understood: {error}"
            ),
        }
    }
    Ok(())
}

/// Whether the row is Avro of a later version, and its type was not learnt.
fn is_unknown(aggregates: &[&'static AggregateDescriptor], raw: &RecordedEvent<'_>) -> bool {
    let Payload::Avro(bytes) = raw.payload else {
        return false;
    };
    let event = event::find(aggregates, raw).map(|(_, found)| found.stored);
    let Some(event) = event.filter(|event| event.forward) else {
        return false;
    };
    let version = version_of(event, raw);
    version > event.version
        && crate::codec::avro::fingerprint_and_body(bytes)
            .is_ok_and(|(fingerprint, _)| newer(event.event_type, version, fingerprint).is_none())
}
