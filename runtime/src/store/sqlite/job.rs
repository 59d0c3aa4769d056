//! What the writer is asked to do, and how it answers.

use std::sync::Arc;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::notes::Changed;
use super::project::Apply;
use super::transactional::Transactional;
use crate::error::{AppendError, BoxError};
use crate::store::ProjectError;
use crate::store::{self, Appended, Batch, NoteChange, NoteError, Snapshot, StoredSchema};
use crate::stream::StreamId;

/// What the writer is asked to do.
pub(super) enum Job {
    /// Shares a transaction with others.
    Write(Write),
    /// Has a transaction of its own.
    Project {
        changes: Vec<NoteChange>,
        apply: Apply,
        answer: oneshot::Sender<Result<(), ProjectError>>,
    },
    /// Lets a projection that is part of appends fold a page of older events, and says whether it was the last.
    Follow {
        projection: Arc<Transactional>,
        answer: oneshot::Sender<Result<bool, AppendError>>,
    },
    /// What needs the connection itself; it answers by itself.
    OnConnection(Box<dyn FnOnce(&mut Connection) + Send>),
    /// Somebody subscribed: begin to poll.
    Wake,
}

pub(super) struct Write {
    pub(super) work: Work,
    pub(super) answer: Answer,
}

pub(super) enum Work {
    Append(Batch),
    Snapshot(StreamId, Snapshot),
    Notes(Vec<NoteChange>),
    Schemas(Vec<StoredSchema>),
}

/// How work ended.
pub(super) enum Done {
    Append(Result<Appended, AppendError>),
    Saved(Result<(), AppendError>),
    Notes(Result<(), NoteError>),
}

/// Where the answer goes.
pub(super) enum Answer {
    Append(oneshot::Sender<Result<Appended, AppendError>>),
    Saved(oneshot::Sender<Result<(), AppendError>>),
    Notes(oneshot::Sender<Result<(), NoteError>>),
}

impl Answer {
    /// Nobody waits any more: it is done all the same.
    pub(super) fn send(self, done: Done) {
        match (self, done) {
            (Self::Append(answer), Done::Append(done)) => drop(answer.send(done)),
            (Self::Saved(answer), Done::Saved(done)) => drop(answer.send(done)),
            (Self::Notes(answer), Done::Notes(done)) => drop(answer.send(done)),
            // Work is answered as its own kind: `Work::failed` and `Writer::together` see to it.
            _ => {}
        }
    }
}

impl Done {
    pub(super) fn notes(saved: Result<(), Changed>) -> Self {
        Self::Notes(saved.map_err(|Changed { key, actual }| NoteError::Changed { key, actual }))
    }
}

impl Work {
    /// The answer to work that the backend did not do.
    pub(super) fn failed(&self, source: BoxError) -> Done {
        match self {
            Self::Append(batch) => Done::Append(Err(batch.failed(source))),
            Self::Snapshot(stream, _) => Done::Saved(Err(AppendError::Save {
                what: format!("a snapshot of stream `{stream}`"),
                source,
            })),
            Self::Schemas(_) => Done::Saved(Err(AppendError::Save {
                what: "the schemas of what is to be written".to_owned(),
                source,
            })),
            Self::Notes(changes) => Done::Notes(Err(NoteError::Backend {
                what: store::keys(changes),
                source,
            })),
        }
    }
}
