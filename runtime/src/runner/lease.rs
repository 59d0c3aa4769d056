//! `Lease`: one owner of a runner at a time, among all processes. A lease that its owner does not renew is taken over; time is
//! measured by whoever watches, so that clocks need not agree. What the owner writes rests on its lease being its own still.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::notes::{beat_key, lease_prefix, owner_key};
use super::owner::{self, Owner};
use crate::error::ReadError;
use crate::store::{EventStore, NoteChange, NoteError, NoteQuery};

/// The first pause before a lease that is taken is looked at again; the next are longer.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

pub(super) struct Lease {
    store: Arc<dyn EventStore>,
    key: String,
    owner: Owner,
    length: Duration,
}

/// What a lease looked like, and since when.
struct Seen {
    owner: Option<String>,
    beat: Option<String>,
    since: Instant,
}

impl Lease {
    /// Waits until the runner of `key` has no other owner, and takes it.
    pub(super) async fn acquire(
        store: &Arc<dyn EventStore>,
        key: &str,
        length: Duration,
    ) -> Result<Self, ReadError> {
        let owner = Owner::new();
        let mut seen: Option<Seen> = None;
        // An app that was dropped a moment ago is giving it back.
        let mut pause = FIRST_PAUSE;
        loop {
            let now = look(store, key).await?;
            let same = seen
                .filter(|seen| seen.owner == now.owner && seen.beat == now.beat)
                .map(|seen| seen.since);
            let free = match &now.owner {
                None => true,
                Some(name) => {
                    owner::is_gone(name) || same.is_some_and(|since| since.elapsed() >= length)
                }
            };
            if free {
                let take = vec![
                    NoteChange::set(owner_key(key), owner.name()).expecting(now.owner.clone()),
                    NoteChange::set(beat_key(key), "0"),
                ];
                match store.save_notes(take).await {
                    Ok(()) => {
                        return Ok(Self {
                            store: Arc::clone(store),
                            key: key.to_owned(),
                            owner,
                            length,
                        });
                    }
                    // Another one was faster.
                    Err(NoteError::Changed { .. }) => {}
                    Err(NoteError::Closed) => return Err(ReadError::Closed),
                    Err(error) => {
                        return Err(ReadError::Backend {
                            source: error.into(),
                        });
                    }
                }
            }
            seen = Some(Seen {
                since: same.unwrap_or(now.since),
                ..now
            });
            sleep(pause.min(length / 3)).await;
            pause = pause.saturating_mul(2);
        }
    }

    /// Renews it; ends when it is lost. Borrows nothing, so that work may go on beside it.
    pub(super) fn keeper(&self) -> impl Future<Output = ()> + Send + use<> {
        let (store, length) = (Arc::clone(&self.store), self.length);
        let (check, key) = (self.check(), self.key.clone());
        async move {
            let mut since = Instant::now();
            for beat in 1_u64.. {
                sleep(length / 3).await;
                let beat = NoteChange::set(beat_key(&key), beat.to_string());
                match store.save_notes(vec![check.clone(), beat]).await {
                    Ok(()) => since = Instant::now(),
                    Err(NoteError::Changed { .. } | NoteError::Closed) => return,
                    Err(error) => {
                        tracing::warn!(%error, "could not renew the lease of `{key}`");
                        if since.elapsed() >= length {
                            return;
                        }
                    }
                }
            }
        }
    }

    /// For what is written: nothing of it is, once another owner has taken over.
    pub(super) fn check(&self) -> NoteChange {
        NoteChange::check(owner_key(&self.key), Some(self.owner.name().to_owned()))
    }

    /// Whether a note that was not what was expected is the lease itself.
    pub(super) fn is_lost(&self, changed: &str) -> bool {
        changed == owner_key(&self.key)
    }

    /// Gives it back, so that the next owner need not wait.
    pub(super) async fn release(self) {
        let mine = Some(self.owner.name().to_owned());
        let give = vec![
            NoteChange::remove(owner_key(&self.key)).expecting(mine),
            NoteChange::remove(beat_key(&self.key)),
        ];
        match self.store.save_notes(give).await {
            // Closed or taken over: it is not ours any more.
            Ok(()) | Err(NoteError::Changed { .. } | NoteError::Closed) => {}
            Err(error) => tracing::warn!(%error, "could not give back the lease of `{}`", self.key),
        }
    }
}

async fn look(store: &Arc<dyn EventStore>, key: &str) -> Result<Seen, ReadError> {
    let notes = store.load_notes(NoteQuery::all(lease_prefix(key))).await?;
    let of = |key: String| {
        notes
            .iter()
            .find(|note| note.key == key)
            .map(|note| note.value.clone())
    };
    Ok(Seen {
        owner: of(owner_key(key)),
        beat: of(beat_key(key)),
        since: Instant::now(),
    })
}
