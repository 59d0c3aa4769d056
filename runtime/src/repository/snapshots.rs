//! Taking snapshots, beside the caller who crossed a multiple of `snapshot.every`. They are used in `load.rs`.

use crate::aggregate::Aggregate;
use crate::app::App;
use crate::event::AggregateEvent;
use crate::load::{Past, load};
use crate::snapshot;
use crate::store::{Snapshot, StreamVersions};
use crate::stream::StreamId;

/// Takes a snapshot once the events are stored, where one is due; `None` where the manifest asks for none.
pub(crate) fn take_when_due<A: Aggregate>(
    app: &App,
    stream: &StreamId,
) -> Option<Box<dyn FnOnce(StreamVersions) + Send>> {
    let policy = A::Event::AGGREGATE.snapshot?;
    let (app, stream) = (app.clone(), stream.clone());
    Some(Box::new(move |versions| {
        let every = i64::from(policy.every.max(1));
        if versions.first.0.div_euclid(every) != versions.next.0.div_euclid(every) {
            let working = app.clone();
            app.beside(async move { take::<A>(&working, &stream, snapshot::key(policy)).await });
        }
    }))
}

/// A snapshot that fails is only logged: it may be missing at any time.
async fn take<A: Aggregate>(app: &App, stream: &StreamId, key: u64) {
    let store = app.event_store();
    let folded = match load::<A>(&**store, stream, Past::default()).await {
        Ok(folded) => folded,
        Err(error) => {
            tracing::warn!(%stream, %error, "took no snapshot");
            return;
        }
    };
    let (Some(state), Some(version)) =
        (folded.state.and_then(|s| s.snapshot_encode()), folded.next)
    else {
        return;
    };
    let taken = Snapshot {
        version,
        position: folded.position,
        key,
        state,
        discarded: folded.discarded,
    };
    if let Err(error) = store.save_snapshot(stream, taken).await {
        tracing::warn!(%stream, %error, "saved no snapshot");
    }
}
