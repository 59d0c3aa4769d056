//! The writer: one thread with the one connection that writes. What queued while it was busy goes into one transaction
//! (group commit), each append in a savepoint, so that a refused one does not fail its neighbours.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::append;
use super::checkpoints;
use super::failure::{Failure, SqliteError, is_busy};
use super::file::File;
use super::project::{self, Apply, ProjectError};
use super::read;
use super::schemas;
use super::snapshots;
use super::subscribe::{Changes, POLL};
use crate::error::{AppendError, BoxError};
use crate::position::Position;
use crate::store::{Appended, Batch, Snapshot, StoredSchema};
use crate::stream::StreamId;

/// Most writes in one transaction: bounds how long the first waits for the last.
const MAX_GROUP: usize = 256;

/// What the writer is asked to do.
pub(super) enum Job {
    /// Shares a transaction with others.
    Write(Write),
    /// Has a transaction of its own.
    Project {
        name: String,
        expected: Position,
        apply: Apply,
        answer: oneshot::Sender<Result<Position, ProjectError>>,
    },
    /// Somebody subscribed: begin to poll.
    Wake,
}

pub(super) struct Write {
    pub(super) work: Work,
    pub(super) answer: oneshot::Sender<Result<Option<Appended>, AppendError>>,
}

pub(super) enum Work {
    Append(Batch),
    Snapshot(StreamId, Snapshot),
    Checkpoint(String, Position),
    Schemas(Vec<StoredSchema>),
}

pub(super) struct Writer {
    pub(super) file: Arc<File>,
    pub(super) connection: Connection,
    pub(super) changes: Changes,
}

type Outcome = Result<Option<Appended>, AppendError>;

impl Writer {
    /// Works until all senders are gone and the queue is empty.
    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        let mut left_over = None;
        while let Some(job) = left_over.take().or_else(|| self.next(jobs)) {
            match job {
                Job::Write(first) => {
                    let mut group = vec![first];
                    while group.len() < MAX_GROUP && left_over.is_none() {
                        match jobs.try_recv() {
                            Ok(Job::Write(write)) => group.push(write),
                            Ok(other) => left_over = Some(other),
                            Err(_) => break,
                        }
                    }
                    self.commit(group);
                }
                Job::Project {
                    name,
                    expected,
                    apply,
                    answer,
                } => {
                    let (table, path) = (&*self.file.table, &self.file.path);
                    let done =
                        project::run(&mut self.connection, table, path, &name, expected, apply);
                    // Nobody waits any more: it is done all the same. So below.
                    let _ = answer.send(done);
                }
                Job::Wake => self.changes.poll(&self.connection, &*self.file.table),
            }
        }
    }

    /// The next job; while there is none, and somebody subscribes, looks for other processes' commits.
    fn next(&mut self, jobs: &Receiver<Job>) -> Option<Job> {
        loop {
            if !self.changes.has_subscribers() {
                return jobs.recv().ok();
            }
            match jobs.recv_timeout(POLL) {
                Ok(job) => return Some(job),
                Err(RecvTimeoutError::Timeout) => {
                    self.changes.poll(&self.connection, &*self.file.table);
                }
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    fn commit(&mut self, group: Vec<Write>) {
        match self.together(&group) {
            Ok(outcomes) => {
                for (write, outcome) in group.into_iter().zip(outcomes) {
                    let _ = write.answer.send(outcome);
                }
            }
            // One of them may be too big for the disk: the others get a transaction each.
            Err(error) if group.len() > 1 && !is_busy(&error) => {
                for write in group {
                    self.commit(vec![write]);
                }
            }
            Err(error) => {
                let error = SqliteError::new(&self.file.path, error);
                for Write { work, answer } in group {
                    let _ = answer.send(Err(work.failed(error.clone().into())));
                }
            }
        }
    }

    /// Everything in one transaction; an error is that of the whole transaction.
    fn together(&mut self, group: &[Write]) -> rusqlite::Result<Vec<Outcome>> {
        let (file, table) = (&*self.file, &*self.file.table);
        let tx = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut head = read::head(&tx, table)?;
        let mut outcomes = Vec::with_capacity(group.len());
        for Write { work, .. } in group {
            let done = match work {
                Work::Append(batch) => append::append(&tx, table, &mut head, batch).map(Some),
                Work::Snapshot(stream, snapshot) => snapshots::save(&tx, table, stream, snapshot)
                    .map(|()| None)
                    .map_err(Into::into),
                Work::Checkpoint(name, position) => checkpoints::save(&tx, table, name, *position)
                    .map(|()| None)
                    .map_err(Into::into),
                Work::Schemas(schemas) => schemas::save(&tx, table, schemas)
                    .map(|()| None)
                    .map_err(Into::into),
            };
            outcomes.push(match done {
                Ok(outcome) => Ok(outcome),
                Err(Failure::Sqlite(error)) if tx.is_autocommit() => return Err(error),
                Err(Failure::Sqlite(error)) => {
                    Err(work.failed(SqliteError::new(&file.path, error).into()))
                }
                Err(Failure::Refused(error)) => Err(error),
                Err(Failure::Row { row, problem }) => {
                    Err(work.failed(format!("row {row}: {problem}").into()))
                }
            });
        }
        tx.commit()?;
        self.changes.tell(head);
        Ok(outcomes)
    }
}

impl Work {
    /// The error of work that the backend did not do.
    pub(super) fn failed(&self, source: BoxError) -> AppendError {
        let what = match self {
            Self::Append(batch) => match batch.streams.first() {
                Some(append) => {
                    return AppendError::Backend {
                        stream: append.stream.clone(),
                        source,
                    };
                }
                None => "an empty batch".to_owned(),
            },
            Self::Snapshot(stream, _) => format!("a snapshot of stream `{stream}`"),
            Self::Checkpoint(name, _) => format!("checkpoint `{name}`"),
            Self::Schemas(_) => "the schemas of what is to be written".to_owned(),
        };
        AppendError::Save { what, source }
    }
}
