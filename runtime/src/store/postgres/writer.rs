//! The writer: one task with one connection. What queued while it was busy goes into one transaction (group commit), in
//! which a refused append does not fail its neighbours. Appends to a stream that another transaction holds leave the group
//! and wait for it on a connection of their own; what comes later for that stream waits behind them.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::JoinSet;

use super::append::{self, Held, Outcome, Positions};
use super::connections::Lent;
use super::core::Core;
use super::failure::{Failure, is_lost, is_taken, is_transient};
use super::patience::Patience;
use super::way::{Taken, Waits, Way};
use super::{repeated, transactional};
use crate::error::AppendError;
use crate::store::{Appended, Batch};
use crate::stream::StreamId;

/// Most appends in one transaction, and bytes of data: bounds how long the first waits for the last.
const MAX_GROUP: usize = 256;
const MAX_BYTES: usize = 4 << 20;
/// Most connections that wait for other transactions at a time.
const MAX_WAITING: usize = 4;
/// How often an append that met a deadlock or a serialization failure tries again.
const MAX_RETRIES: usize = 5;
/// A borrowed connection goes back after this long without work.
const IDLE: Duration = Duration::from_millis(500);

/// An append that was handed over.
pub(super) struct Append {
    pub(super) batch: Batch,
    pub(super) answer: oneshot::Sender<Result<Appended, AppendError>>,
    /// While the writer has it.
    pub(super) _waits: Option<Waits>,
}

pub(super) struct Writer {
    core: Arc<Core>,
    way: Arc<Way>,
    /// Streams that other transactions hold, with what waits behind the append that waits for them.
    held: HashMap<StreamId, VecDeque<Append>>,
    waiting: JoinSet<StreamId>,
    turns: Arc<Semaphore>,
    /// What may go on.
    freed: VecDeque<Append>,
    _ended: watch::Sender<()>,
}

impl Writer {
    pub(super) fn new(core: Arc<Core>, way: Arc<Way>, ended: watch::Sender<()>) -> Self {
        Self {
            core,
            way,
            held: HashMap::new(),
            waiting: JoinSet::new(),
            turns: Arc::new(Semaphore::new(MAX_WAITING)),
            freed: VecDeque::new(),
            _ended: ended,
        }
    }

    /// Works until all senders are gone, the queue is empty, and nothing waits.
    pub(super) async fn run(mut self, mut jobs: UnboundedReceiver<Append>) {
        let mut crowded = false;
        while let Some(first) = self.next(&mut jobs).await {
            if crowded {
                // Those who were answered just now may have more: they belong to this group.
                tokio::task::yield_now().await;
            }
            let most = match self.core.attached.now().is_empty() {
                true => MAX_GROUP,
                false => transactional::MAX_GROUP,
            };
            let mut group = Vec::new();
            let mut size = 0;
            let mut next = Some(first);
            while let Some(append) = next {
                if let Some(append) = self.queue_behind(append) {
                    size += bytes(&append.batch);
                    group.push(append);
                }
                if group.len() >= most || size >= MAX_BYTES {
                    break;
                }
                next = self.freed.pop_front().or_else(|| jobs.try_recv().ok());
            }
            crowded = group.len() > 1;
            self.way.met(group.len());
            if !group.is_empty() {
                self.commit(group).await;
            }
        }
        // Who has it now is done first.
        self.way.take().await.take();
    }

    /// The next append; `None` at the end.
    async fn next(&mut self, jobs: &mut UnboundedReceiver<Append>) -> Option<Append> {
        let mut open = true;
        loop {
            if let Some(append) = self.freed.pop_front() {
                return Some(append);
            }
            if !open && self.waiting.is_empty() {
                return None;
            }
            let borrowed = self.core.connections.are_borrowed()
                && self.way.try_take().is_some_and(|taken| taken.is_some());
            tokio::select! {
                append = jobs.recv(), if open => match append {
                    Some(append) => return Some(append),
                    None => open = false,
                },
                Some(done) = self.waiting.join_next() => {
                    // A panic of it would leave its streams held; there is none that input can reach.
                    if let Ok(stream) = done {
                        self.freed.extend(self.held.remove(&stream).unwrap_or_default());
                    }
                }
                () = tokio::time::sleep(IDLE), if borrowed => {
                    self.way.take().await.take();
                }
            }
        }
    }

    /// Puts an append behind those that wait for one of its streams; gives it back where none does.
    fn queue_behind(&mut self, append: Append) -> Option<Append> {
        if self.held.is_empty() {
            return Some(append);
        }
        let streams = append.batch.streams.iter().map(|append| &append.stream);
        let held = streams
            .into_iter()
            .find(|stream| self.held.contains_key(stream))
            .cloned();
        match held.and_then(|stream| self.held.get_mut(&stream)) {
            Some(queue) => {
                queue.push_back(append);
                None
            }
            None => Some(append),
        }
    }

    async fn commit(&mut self, group: Vec<Append>) {
        let mut connection = self.way.take().await;
        let store = Store {
            core: &self.core,
            connection: &mut connection,
            announce: &self.way.announce,
            held: Held::LeaveOut,
        };
        let left_out = store.run(group).await;
        drop(connection);
        for (stream, append) in left_out {
            // Several of one group may be for one stream.
            let Some(append) = self.queue_behind(append) else {
                continue;
            };
            self.held.insert(stream.clone(), VecDeque::new());
            let (core, way) = (Arc::clone(&self.core), Arc::clone(&self.way));
            let turns = Arc::clone(&self.turns);
            self.waiting.spawn(async move {
                let _turn = turns.acquire_owned().await;
                let mut connection = None;
                let store = Store {
                    core: &core,
                    connection: &mut connection,
                    announce: &way.announce,
                    held: Held::Wait,
                };
                store.run(vec![append]).await;
                stream
            });
        }
    }
}

/// Stores a batch at once, in its caller's task; gives it back where another transaction holds its stream.
pub(super) async fn append_here(
    core: &Core,
    way: &Way,
    mut connection: Taken,
    batch: Batch,
) -> Result<Result<Appended, AppendError>, Batch> {
    let (answer, mut answered) = oneshot::channel();
    let store = Store {
        core,
        connection: &mut connection,
        announce: &way.announce,
        held: Held::LeaveOut,
    };
    let append = Append {
        batch,
        answer,
        _waits: None,
    };
    if let Some((_, append)) = store.run(vec![append]).await.pop() {
        return Err(append.batch);
    }
    let stopped = |source: oneshot::error::TryRecvError| AppendError::Interrupted {
        source: source.into(),
    };
    Ok(answered.try_recv().map_err(stopped).flatten())
}

/// Stores a group and answers, whatever the server does.
struct Store<'a> {
    core: &'a Core,
    connection: &'a mut Option<Lent>,
    announce: &'a watch::Sender<i64>,
    held: Held,
}

impl Store<'_> {
    /// Gives back those that were left out, with the stream that is held.
    async fn run(mut self, group: Vec<Append>) -> Vec<(StreamId, Append)> {
        let mut left_out = Vec::new();
        let mut patience = Patience::new(Some(self.core.patience));
        // Whether an attempt may have been carried out, though its answer was lost.
        let mut unsure = false;
        let mut retries = 0;
        let mut parts = VecDeque::from([group]);
        while let Some(part) = parts.pop_front() {
            match self.attempt(&part, &mut unsure).await {
                Ok(outcomes) => {
                    for (append, outcome) in part.into_iter().zip(outcomes) {
                        let done = match outcome {
                            Outcome::Stored(appended) => Ok(appended),
                            Outcome::Conflict(error) => Err(error),
                            Outcome::Held(stream) => {
                                left_out.push((stream, append));
                                continue;
                            }
                        };
                        // Nobody waits any more: it is done all the same.
                        let _ = append.answer.send(done);
                    }
                }
                Err(Failure::Postgres(error)) if is_lost(&error) => {
                    if let Some(lent) = self.connection.take() {
                        lent.spoil();
                    }
                    self.core.connections.forget();
                    tracing::warn!(server = %self.core.server, %error, "lost the connection while appending");
                    if patience.wait().await {
                        // One by one: some may be stored.
                        one_by_one(part, &mut parts);
                        continue;
                    }
                    let error = self.core.error(error);
                    for append in part {
                        let source = Box::new(error.clone());
                        let _ = append.answer.send(Err(if unsure {
                            AppendError::Interrupted { source }
                        } else {
                            append.batch.failed(source)
                        }));
                    }
                }
                Err(Failure::Postgres(error)) if is_transient(&error) && retries < MAX_RETRIES => {
                    retries += 1;
                    parts.push_front(part);
                }
                // Whichever is to blame: the others get a transaction each.
                Err(_) if part.len() > 1 => one_by_one(part, &mut parts),
                Err(failure) => {
                    let mut failure = Some(failure);
                    for append in part {
                        let Some(failure) = failure.take() else { break };
                        let error = self.core.failed(&append.batch, failure);
                        let _ = append.answer.send(Err(error));
                    }
                }
            }
        }
        left_out
    }

    async fn attempt(
        &mut self,
        part: &[Append],
        unsure: &mut bool,
    ) -> Result<Vec<Outcome>, Failure> {
        let (core, sql) = (self.core, &self.core.sql);
        let connection = match &mut *self.connection {
            Some(connection) => connection,
            none => none.insert(core.connections.get_for_writer().await?),
        };
        if *unsure
            && let [append] = part
            && let Some(appended) = repeated::find(connection, sql, &append.batch).await?
        {
            core.changes.tell(appended.position.0);
            return Ok(vec![Outcome::Stored(appended)]);
        }
        let batches: Vec<&Batch> = part.iter().map(|append| &append.batch).collect();
        let projections = core.attached.now();
        let answer = if projections.is_empty() {
            let answer = if connection.is_set && self.held == Held::LeaveOut {
                append::append_at_once(connection, sql, &batches).await
            } else {
                append::append(connection, sql, &batches, self.held, Positions::Now).await
            };
            answer.map_err(Failure::Postgres)
        } else {
            transactional::append(core, connection, &projections, &batches, self.held).await
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(Failure::Postgres(error)) if is_taken(&error) && batches.len() == 1 => {
                let batch = batches[0];
                if let Some(appended) = repeated::find(connection, sql, batch).await? {
                    return Ok(vec![Outcome::Stored(appended)]);
                }
                let taken = repeated::find_version(connection, sql, batch).await?;
                return Err(taken.map_or(Failure::Postgres(error), Failure::Refused));
            }
            Err(failure) => {
                *unsure |= failure.is_lost();
                return Err(failure);
            }
        };
        core.changes.tell(answer.head);
        self.announce.send_if_modified(|told| {
            let more = answer.head > *told;
            *told = answer.head.max(*told);
            more
        });
        let mut outcomes = answer.outcomes;
        for (outcome, batch) in outcomes.iter_mut().zip(batches) {
            if let Outcome::Conflict(_) = outcome {
                match repeated::find(connection, sql, batch).await {
                    Ok(Some(appended)) => *outcome = Outcome::Stored(appended),
                    Ok(None) => {}
                    Err(Failure::Refused(error)) => *outcome = Outcome::Conflict(error),
                    // It is a conflict, whatever became of the connection.
                    Err(failure) => {
                        tracing::debug!(?failure, "could not look for a repeated append")
                    }
                }
            }
        }
        Ok(outcomes)
    }
}

/// Puts the appends of a part in front, each alone.
fn one_by_one(part: Vec<Append>, parts: &mut VecDeque<Vec<Append>>) {
    for append in part.into_iter().rev() {
        parts.push_front(vec![append]);
    }
}

fn bytes(batch: &Batch) -> usize {
    let size = |payload| match payload {
        crate::envelope::Payload::Json(text) => text.len(),
        crate::envelope::Payload::Avro(bytes) => bytes.len(),
    };
    batch
        .events()
        .map(|(_, event)| size(event.payload.as_payload()) + 128)
        .sum()
}
