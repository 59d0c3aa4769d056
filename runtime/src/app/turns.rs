//! `Turns`: writers of one aggregate in this process queue up, first come, first served, instead of fighting it out by
//! retries. Writers of other processes are told apart by expected versions alone.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedMutexGuard;

use crate::stream::StreamId;

/// Enough that tasks on different aggregates seldom meet.
const SHARDS: usize = 16;

type Queue = Arc<tokio::sync::Mutex<()>>;
type Shard = Mutex<HashMap<StreamId, Queue>>;

#[derive(Clone, Default)]
pub(crate) struct Turns {
    shards: Arc<[Shard; SHARDS]>,
    hasher: RandomState,
}

/// The right to write to one aggregate, until it is dropped.
pub(crate) struct Turn {
    // Dropped before the place: the lock is free by the time its entry is forgotten.
    _guard: OwnedMutexGuard<()>,
    _place: Place,
}

/// A place in the queue of one aggregate; whoever leaves last removes the queue.
struct Place {
    turns: Turns,
    stream: StreamId,
    queue: Queue,
}

impl Turns {
    /// Waits for the aggregate's turn. Dropping the future gives the place up.
    pub(crate) async fn next(&self, stream: &StreamId) -> Turn {
        let queue = Arc::clone(self.shard(stream).entry(stream.clone()).or_default());
        let place = Place {
            turns: self.clone(),
            stream: stream.clone(),
            queue,
        };
        let guard = Arc::clone(&place.queue).lock_owned().await;
        Turn {
            _guard: guard,
            _place: place,
        }
    }

    fn shard(&self, stream: &StreamId) -> MutexGuard<'_, HashMap<StreamId, Queue>> {
        let hash = self.hasher.hash_one(stream);
        #[expect(clippy::cast_possible_truncation, reason = "any bits will do")]
        let shard = &self.shards[hash as usize % SHARDS];
        // A panic while it is held leaves a map that is whole.
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut shard = self.turns.shard(&self.stream);
        // The map's own and this one: nobody else waits, and nobody can begin to while the shard is locked.
        if Arc::strong_count(&self.queue) <= 2 {
            shard.remove(&self.stream);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queues(turns: &Turns) -> usize {
        turns
            .shards
            .iter()
            .map(|shard| shard.lock().unwrap().len())
            .sum()
    }

    #[tokio::test]
    async fn unused_queues_are_forgotten() {
        let turns = Turns::default();
        let stream = StreamId::new("Todo", "1");
        let first = turns.next(&stream).await;
        let mut second = Box::pin(turns.next(&stream));
        assert!(futures_poll(&mut second).await.is_none());
        assert_eq!(queues(&turns), 1);
        drop(second);
        assert_eq!(queues(&turns), 1);
        drop(first);
        assert_eq!(queues(&turns), 0);
    }

    #[tokio::test]
    async fn turns_come_in_the_order_of_asking() {
        let turns = Turns::default();
        let stream = StreamId::new("Todo", "1");
        let first = turns.next(&stream).await;
        let mut second = Box::pin(turns.next(&stream));
        let mut third = Box::pin(turns.next(&stream));
        assert!(futures_poll(&mut second).await.is_none());
        assert!(futures_poll(&mut third).await.is_none());
        drop(first);
        assert!(futures_poll(&mut third).await.is_none());
        let second = futures_poll(&mut second).await.unwrap();
        drop(second);
        assert!(futures_poll(&mut third).await.is_some());
    }

    async fn futures_poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        std::future::poll_fn(|cx| match std::pin::Pin::new(&mut *future).poll(cx) {
            std::task::Poll::Ready(output) => std::task::Poll::Ready(Some(output)),
            std::task::Poll::Pending => std::task::Poll::Ready(None),
        })
        .await
    }
}
