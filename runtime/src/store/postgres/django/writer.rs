//! The writer: every append is a transaction of its own, on one of a few connections. Appends to one stream go one after the
//! other, in the order in which they were handed over; those to others do not wait for them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sqlx::Connection as _;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::super::core::Core;
use super::super::failure::{Failure, is_lost, is_taken, is_transient};
use super::super::patience::Patience;
use super::super::writer::Append;
use super::Django;
use super::append::{MAX_ATTEMPTS, append};
use crate::error::AppendError;
use crate::store::{Appended, Batch};
use crate::stream::StreamId;

pub(in super::super) struct Writer {
    core: Arc<Core>,
    announce: watch::Sender<i64>,
    /// The last append to a stream; closed once it has ended.
    lanes: HashMap<StreamId, watch::Receiver<()>>,
    tasks: JoinSet<()>,
    _ended: watch::Sender<()>,
}

impl Writer {
    pub(in super::super) fn new(
        core: Arc<Core>,
        announce: watch::Sender<i64>,
        ended: watch::Sender<()>,
    ) -> Self {
        Self {
            core,
            announce,
            lanes: HashMap::new(),
            tasks: JoinSet::new(),
            _ended: ended,
        }
    }

    /// Works until all senders are gone, the queue is empty, and nothing waits.
    pub(in super::super) async fn run(mut self, mut jobs: UnboundedReceiver<Append>) {
        let mut many = 64;
        while let Some(job) = jobs.recv().await {
            let (ending, ended) = watch::channel(());
            let streams: HashSet<&StreamId> = (job.batch.streams.iter())
                .map(|append| &append.stream)
                .collect();
            let before: Vec<_> = streams
                .into_iter()
                .filter_map(|stream| self.lanes.insert(stream.clone(), ended.clone()))
                .collect();
            let (core, announce) = (Arc::clone(&self.core), self.announce.clone());
            self.tasks.spawn(async move {
                for mut before in before {
                    while before.changed().await.is_ok() {}
                }
                let done = store(&core, &job.batch).await;
                let position = done.as_ref().ok().map(|appended| appended.position.0);
                drop(ending);
                // Nobody waits any more: it is done all the same.
                let _ = job.answer.send(done);
                if let Some(position) = position {
                    announce.send_if_modified(|told| {
                        let more = position > *told;
                        *told = position.max(*told);
                        more
                    });
                    core.stored(position).await;
                }
            });
            while self.tasks.try_join_next().is_some() {}
            if self.lanes.len() > many {
                self.lanes.retain(|_, ended| ended.has_changed().is_ok());
                many = self.lanes.len() * 2 + 64;
            }
        }
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Stores a batch, whatever the server does.
async fn store(core: &Core, batch: &Batch) -> Result<Appended, AppendError> {
    let Some(django) = &core.django else {
        return Err(batch.failed("the store has another layout".into()));
    };
    let mut patience = Patience::new(Some(core.patience));
    // Whether an attempt may have been carried out, though its answer was lost.
    let mut unsure = false;
    let mut attempts = 1;
    loop {
        match attempt(core, django, batch, attempts > 1, &mut unsure).await {
            Err(Failure::Postgres(error)) if is_lost(&error) => {
                tracing::warn!(server = %core.server, %error, "lost the connection while appending");
                if patience.wait().await {
                    continue;
                }
                let source = Box::new(core.error(error));
                return Err(match unsure {
                    true => AppendError::Interrupted { source },
                    false => batch.failed(source),
                });
            }
            Err(Failure::Postgres(error))
                if (is_taken(&error) || is_transient(&error)) && attempts < MAX_ATTEMPTS =>
            {
                attempts += 1;
            }
            done => return done.map_err(|failure| core.failed(batch, failure)),
        }
    }
}

async fn attempt(
    core: &Core,
    django: &Django,
    batch: &Batch,
    again: bool,
    unsure: &mut bool,
) -> Result<Appended, Failure> {
    let mut lent = django.appends.get().await?;
    let done = async {
        let begin = "BEGIN ISOLATION LEVEL READ COMMITTED";
        let mut tx = lent.begin_with(begin).await?;
        match append(&mut tx, &core.sql, batch, again).await {
            Ok(appended) => {
                if let Err(error) = tx.commit().await {
                    *unsure |= is_lost(&error);
                    return Err(error.into());
                }
                Ok(appended)
            }
            Err(failure) => {
                if !failure.is_lost() {
                    tx.rollback().await?;
                }
                Err(failure)
            }
        }
    };
    let done = done.await;
    if matches!(&done, Err(failure) if failure.is_lost()) {
        lent.spoil();
        django.appends.forget();
        core.connections.forget();
    }
    done
}
