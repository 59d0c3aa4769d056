//! The way to the writer: a queue before its thread, and a short cut for an append that finds the writer idle, which saves
//! two changes of threads. The short cut blocks the calling thread, so it is taken only where that was allowed, and not while
//! appends meet each other: together they are cheaper.
//!
//! Tokio is told that a thread blocks, and gives its other tasks to another one; that costs more than a commit where a sync is
//! quick. So it is told only where commits have been slow lately, or another process is waited for.

use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError, mpsc};
use std::time::{Duration, Instant};

use super::job::Job;
use super::writer::{self, SharedWriter, Writer};
use crate::error::AppendError;
use crate::store::{Appended, Batch, blocking};

pub(super) struct Queue {
    writer: SharedWriter,
    /// Gone once the store is closed.
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    /// How many writers met lately; 0: they come one by one.
    crowd: Arc<AtomicUsize>,
    pace: Pace,
}

pub(super) struct Closed;

/// So many appends that were alone, one after the other, end a crowd.
const CALM: usize = 16;

/// Tokio is told of an append of more events, however quick the disk.
const SMALL: usize = 64;

/// A thread may block for so long without telling Tokio.
const QUICK: Duration = Duration::from_micros(250);

/// What an append by itself took lately: nanoseconds, of which each new one is an eighth. One that is slow by chance (a
/// checkpoint) counts as the double of what is quick, so that a few more are quick again.
#[derive(Default)]
struct Pace(AtomicU64);

impl Pace {
    fn is_quick(&self) -> bool {
        Duration::from_nanos(self.0.load(Ordering::Relaxed)) < QUICK
    }

    fn note(&self, took: Duration) {
        let took = took.min(2 * QUICK).subsec_nanos();
        let before = self.0.load(Ordering::Relaxed);
        let now = before - before / 8 + u64::from(took) / 8;
        self.0.store(now, Ordering::Relaxed);
    }
}

impl Queue {
    /// Starts the writer's thread.
    pub(super) fn start(writer: Writer) -> io::Result<Self> {
        let writer: SharedWriter = Arc::new(Mutex::new(Some(writer)));
        let (sender, jobs) = mpsc::channel();
        let crowd = Arc::<AtomicUsize>::default();
        let (shared, met) = (Arc::clone(&writer), Arc::clone(&crowd));
        std::thread::Builder::new()
            .name("evgen-sqlite".to_owned())
            .spawn(move || {
                writer::run(&shared, &jobs, |group| {
                    let now = met.load(Ordering::Relaxed);
                    let then = if group > 1 {
                        CALM
                    } else {
                        now.saturating_sub(1)
                    };
                    met.store(then, Ordering::Relaxed);
                });
            })?;
        Ok(Self {
            writer,
            jobs: Mutex::new(Some(sender)),
            crowd,
            pace: Pace::default(),
        })
    }

    pub(super) fn send(&self, job: Job) -> Result<(), Closed> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.as_ref().ok_or(Closed)?.send(job).map_err(|_| Closed)
    }

    /// Appends here and now, where blocking is allowed and nobody else writes; else gives the batch back.
    pub(super) fn inline(&self, batch: Batch) -> Result<Result<Appended, AppendError>, Batch> {
        if !blocking::is_allowed() || self.crowd.load(Ordering::Relaxed) > 0 || self.is_closed() {
            return Err(batch);
        }
        let mut writer = match self.writer.try_lock() {
            Ok(writer) => writer,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => {
                // Two at once: from now on they share commits.
                self.crowd.store(CALM, Ordering::Relaxed);
                return Err(batch);
            }
        };
        let Some(writer) = writer.as_mut() else {
            return Ok(Err(AppendError::Closed));
        };
        let begin = Instant::now();
        let is_small = batch.events().nth(SMALL).is_none();
        let tried = if is_small && self.pace.is_quick() {
            writer.commit_at_once(batch)
        } else {
            Err(batch)
        };
        let done = tried.unwrap_or_else(|batch| blocking::run(|| writer.commit_one(batch)));
        self.pace.note(begin.elapsed());
        Ok(done)
    }

    fn is_closed(&self) -> bool {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.is_none()
    }

    /// Nothing new is taken; what is queued will be done.
    pub(super) fn close(&self) {
        drop(
            self.jobs
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_commit_by_chance_changes_nothing_and_slow_ones_do() {
        let pace = Pace::default();
        assert!(pace.is_quick());
        pace.note(Duration::from_secs(9));
        assert!(pace.is_quick());
        for _ in 0..16 {
            pace.note(2 * QUICK);
        }
        assert!(!pace.is_quick());
        for _ in 0..16 {
            pace.note(QUICK / 5);
        }
        assert!(pace.is_quick());
    }
}
