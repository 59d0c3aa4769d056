//! Group commit: which writes share a transaction, and how long it is held for more. How they are committed is in `writer.rs`.

use std::collections::VecDeque;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use super::job::{Job, Write};
use super::writer::Writer;

/// Most writes in one transaction: bounds how long the first waits for the last.
const MAX_GROUP: usize = 256;

/// Longest wait for writers that shared the last commit.
const MAX_PATIENCE: Duration = Duration::from_millis(1);

/// The writers that are about: those whom the last commit answered are about to come back, and are waited for a moment, so that
/// they share the next one with those who queued meanwhile. Else there would be two crowds, each waiting for the other's sync.
#[derive(Default)]
pub(super) struct Crowd {
    /// Taken from the queue already.
    pub(super) waiting: VecDeque<Job>,
    /// How many the last commit answered, and how many were waiting then.
    size: usize,
    took: Duration,
}

impl Crowd {
    /// Takes what has queued, up to what cannot share a transaction.
    pub(super) fn gather(&mut self, group: &mut Vec<Write>, jobs: &Receiver<Job>) {
        let patience = (self.took / 8).min(MAX_PATIENCE);
        let until = Instant::now() + patience;
        while group.len() < MAX_GROUP {
            let job = self.waiting.pop_front().or_else(|| jobs.try_recv().ok());
            let job = match job {
                Some(job) => job,
                None if group.len() >= self.size => return,
                None => {
                    let rest = until.saturating_duration_since(Instant::now());
                    match jobs.recv_timeout(rest) {
                        Ok(job) => job,
                        Err(_) => return,
                    }
                }
            };
            match job {
                Job::Write(write) => group.push(write),
                other => return self.waiting.push_front(other),
            }
        }
    }

    pub(super) fn commit(&mut self, writer: &mut Writer, group: Vec<Write>, jobs: &Receiver<Job>) {
        let answered = group.len();
        let begin = Instant::now();
        writer.commit(group, &mut || {
            self.took = begin.elapsed();
            self.waiting.extend(jobs.try_iter());
            self.size = answered + self.waiting.len();
        });
    }
}
