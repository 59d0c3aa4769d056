//! The writer: the one connection that writes. A thread works off what queues for it; what queued while it was busy goes into
//! one transaction (group commit). When one of them is refused, all are done again, each in a savepoint, so that it does not
//! fail its neighbours. An append that finds the writer idle may use it on its own thread (`inline.rs`).

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use super::append::{self, Guard};
use super::began::Began;
use super::crowd::Crowd;
use super::failure::{Failure, SqliteError, is_busy};
use super::file::File;
use super::job::{Done, Job, Work, Write};
use super::project;
use super::subscribe::{Changes, POLL};
use super::transactional::{self, Attached, Transactional};
use crate::error::AppendError;
use crate::store::{Appended, Batch};

pub(super) struct Writer {
    pub(super) file: Arc<File>,
    pub(super) attached: Arc<Attached>,
    pub(super) connection: Connection,
    pub(super) changes: Changes,
}

/// The writer, until the store is closed.
pub(super) type SharedWriter = Arc<Mutex<Option<Writer>>>;

pub(super) fn lock(writer: &SharedWriter) -> MutexGuard<'_, Option<Writer>> {
    writer.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Works until all senders are gone and the queue is empty; then the writer is gone, too.
pub(super) fn run(writer: &SharedWriter, jobs: &Receiver<Job>, taken: impl Fn(usize)) {
    let mut crowd = Crowd::default();
    while let Some(job) = crowd.waiting.pop_front().or_else(|| next(writer, jobs)) {
        let mut group = Vec::new();
        let job = match job {
            Job::Write(first) => {
                group.push(first);
                crowd.gather(&mut group, jobs);
                None
            }
            other => Some(other),
        };
        let mut guard = lock(writer);
        let Some(writer) = guard.as_mut() else { break };
        match job {
            None => {
                taken(group.len());
                crowd.commit(writer, group, jobs);
            }
            Some(job) => writer.work(job),
        }
    }
    drop(lock(writer).take());
}

/// The next job; while there is none, and somebody subscribes, looks for other processes' commits.
fn next(writer: &SharedWriter, jobs: &Receiver<Job>) -> Option<Job> {
    loop {
        let subscribed = lock(writer).as_ref()?.changes.has_subscribers();
        if !subscribed {
            return jobs.recv().ok();
        }
        match jobs.recv_timeout(POLL) {
            Ok(job) => return Some(job),
            Err(RecvTimeoutError::Timeout) => lock(writer).as_mut()?.poll(),
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
}

impl Writer {
    fn poll(&mut self) {
        self.changes.poll(&self.connection, &*self.file.table);
    }

    /// What has a transaction of its own, or none.
    fn work(&mut self, job: Job) {
        match job {
            Job::Write(write) => self.commit(vec![write], &mut || {}),
            Job::Project {
                changes,
                apply,
                answer,
            } => {
                let (table, path) = (&*self.file.table, &self.file.path);
                let done = project::run(&mut self.connection, table, path, &changes, apply);
                // Nobody waits any more: it is done all the same. So below.
                let _ = answer.send(done);
            }
            Job::Follow { projection, answer } => {
                let _ = answer.send(self.follow(&projection));
            }
            Job::OnConnection(work) => work(&mut self.connection),
            Job::Wake => self.poll(),
        }
    }

    /// Commits one append by itself, on the caller's thread.
    pub(super) fn commit_one(&mut self, batch: Batch) -> Result<Appended, AppendError> {
        let work = Work::Append(batch);
        let done = self.together(&[&work]);
        self.answer(&work, done)
    }

    /// The same, but where another process is writing, gives the batch back instead of waiting for it.
    pub(super) fn commit_at_once(
        &mut self,
        batch: Batch,
    ) -> Result<Result<Appended, AppendError>, Batch> {
        if self.connection.busy_timeout(Duration::ZERO).is_err() {
            return Err(batch);
        }
        let work = Work::Append(batch);
        let done = self.together(&[&work]);
        // It fails for no time that it took before.
        let _ = self.connection.busy_timeout(self.file.busy_timeout);
        match (done, work) {
            (Err(error), Work::Append(batch)) if is_busy(&error) => Err(batch),
            (done, work) => Ok(self.answer(&work, done)),
        }
    }

    /// The answer to one append.
    fn answer(
        &self,
        work: &Work,
        done: rusqlite::Result<Vec<Done>>,
    ) -> Result<Appended, AppendError> {
        let done = match done {
            Ok(mut outcomes) => outcomes.pop(),
            Err(error) => Some(work.failed(SqliteError::new(&self.file.path, error).into())),
        };
        match done {
            Some(Done::Append(done)) => done,
            // Work is answered as its own kind: `Work::failed` and `Writer::together` see to it.
            _ => Err(AppendError::Closed),
        }
    }

    /// Commits all of them; `done` is called before they are answered.
    pub(super) fn commit(&mut self, group: Vec<Write>, done: &mut dyn FnMut()) {
        let works: Vec<&Work> = group.iter().map(|write| &write.work).collect();
        let together = self.together(&works);
        done();
        match together {
            Ok(outcomes) => {
                for (write, outcome) in group.into_iter().zip(outcomes) {
                    write.answer.send(outcome);
                }
            }
            // One of them may be too big for the disk: the others get a transaction each.
            Err(error) if group.len() > 1 && !is_busy(&error) => {
                for write in group {
                    self.commit(vec![write], &mut || {});
                }
            }
            Err(error) => {
                let error = SqliteError::new(&self.file.path, error);
                for Write { work, answer } in group {
                    answer.send(work.failed(error.clone().into()));
                }
            }
        }
    }

    /// Everything in one transaction; an error is that of the whole transaction.
    fn together(&mut self, group: &[&Work]) -> rusqlite::Result<Vec<Done>> {
        let attached = self.attached.now();
        // Most are not refused, and need not be kept apart. Projections are users' code: called once if it can be.
        if attached.is_empty()
            && let Some(outcomes) = self.attempt(group, &attached, Guard::Transaction)?
        {
            return Ok(outcomes);
        }
        let outcomes = self.attempt(group, &attached, Guard::Savepoint)?;
        Ok(outcomes.unwrap_or_default())
    }

    /// `None`: nothing was written, since one of them failed that no savepoint guards the others from.
    fn attempt(
        &mut self,
        group: &[&Work],
        attached: &[Arc<Transactional>],
        guard: Guard,
    ) -> rusqlite::Result<Option<Vec<Done>>> {
        let (file, table) = (&*self.file, &*self.file.table);
        let tx = Began::begin(&mut self.connection, !attached.is_empty())?;
        let mut head = None;
        let mut outcomes = Vec::with_capacity(group.len());
        for work in group {
            let done = match work {
                Work::Append(batch) => {
                    append::append(&tx, table, attached, &mut head, batch, guard)
                        .map(|appended| Done::Append(Ok(appended)))
                }
                Work::Snapshot(stream, snapshot) => {
                    super::snapshots::save(&tx, table, stream, snapshot)
                        .map(|()| Done::Saved(Ok(())))
                        .map_err(Into::into)
                }
                Work::Notes(changes) => super::notes::save(&tx, table, changes)
                    .map(Done::notes)
                    .map_err(Into::into),
                Work::Schemas(schemas) => super::schemas::save(&tx, table, schemas)
                    .map(|()| Done::Saved(Ok(())))
                    .map_err(Into::into),
            };
            outcomes.push(match done {
                Ok(outcome) => outcome,
                Err(_) if guard == Guard::Transaction => return Ok(None),
                Err(Failure::Sqlite(error)) if tx.is_autocommit() => return Err(error),
                Err(Failure::Sqlite(error)) => {
                    work.failed(SqliteError::new(&file.path, error).into())
                }
                Err(Failure::Refused(error)) => Done::Append(Err(error)),
                Err(Failure::Row { row, problem }) => {
                    work.failed(format!("row {row}: {problem}").into())
                }
            });
        }
        tx.commit()?;
        if let Some(head) = head {
            self.changes.tell(head);
        }
        Ok(Some(outcomes))
    }

    fn follow(&mut self, projection: &Transactional) -> Result<bool, AppendError> {
        let (file, table) = (&*self.file, &*self.file.table);
        let step = |connection: &mut Connection| -> Result<bool, Failure> {
            let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let last = transactional::step(&tx, table, projection, None)?;
            tx.commit()?;
            Ok(last)
        };
        step(&mut self.connection).map_err(|failure| match failure {
            Failure::Refused(error) => error,
            other => AppendError::Save {
                what: format!("projection `{}`", projection.name),
                source: other.into_read_error(&file.path).into(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::{Layout, migrate, native::Native};
    use super::*;
    use crate::envelope::{EventId, NewEvent, PayloadBuf};
    use crate::store::StreamAppend;
    use crate::stream::{ExpectedVersion, StreamId};

    fn batch() -> Batch {
        let event = NewEvent {
            event_id: EventId::new(),
            event_type: "todo_created".into(),
            event_version: Some(1),
            payload: PayloadBuf::Json("{}".into()),
            create_date: None,
            metadata: None,
            version: None,
            django: None,
        };
        Batch {
            streams: vec![StreamAppend {
                stream: StreamId::new("Todo", "1"),
                expected: ExpectedVersion::Any,
                events: vec![event],
                command_id: None,
            }],
        }
    }

    fn writer(path: std::path::PathBuf) -> Writer {
        let file = File {
            path,
            table: Box::new(Native),
            read_only: false,
            busy_timeout: Duration::from_millis(50),
        };
        let mut connection = file.connect(true).unwrap();
        migrate::prepare(&mut connection, &file, &Layout::Native).unwrap();
        Writer {
            file: Arc::new(file),
            attached: Arc::default(),
            connection,
            changes: Changes::new(0).0,
        }
    }

    #[test]
    fn another_process_that_writes_is_waited_for_only_where_that_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(folder.path().join("a.db"));
        let other = Connection::open(&writer.file.path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let begin = Instant::now();
        let back = writer.commit_at_once(batch()).unwrap_err();
        let at_once = begin.elapsed();
        let refused = writer.commit_one(back.clone()).unwrap_err();
        assert!(begin.elapsed() >= at_once + Duration::from_millis(50));
        assert!(matches!(refused, AppendError::Backend { .. }), "{refused}");
        other.execute_batch("ROLLBACK").unwrap();
        let appended = writer.commit_at_once(back).unwrap().unwrap();
        assert_eq!(appended.position.0, 1);
    }

    #[test]
    fn what_is_refused_leaves_no_transaction() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(folder.path().join("a.db"));
        let mut stale = batch();
        stale.streams[0].expected = ExpectedVersion::Exact(crate::stream::AggregateVersion(7));
        let error = writer.commit_one(stale).unwrap_err();
        assert!(matches!(error, AppendError::Conflict { .. }), "{error}");
        assert!(writer.connection.is_autocommit());
        assert_eq!(writer.commit_one(batch()).unwrap().position.0, 1);
    }
}
