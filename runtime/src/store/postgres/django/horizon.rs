//! How far the journal is settled: up to which id nothing can appear any more. A sequence gives ids in one order, and
//! transactions make them visible in another; a reader that took the last visible id for the end would skip those below it.
//!
//! - Ids that follow one another without a gap are settled.
//! - A gap is an id whose transaction has not ended, or was rolled back. An INSERT takes its lock on the table before it is
//!   given an id, and keeps it until its end is visible. So when a gap is seen, the holders of that lock are noted, and once
//!   all of these have ended, all that was given before is visible or never will be. (CREATE INDEX CONCURRENTLY waits in the
//!   same way. No lock of our own is taken, which would make every writer queue.)
//!
//! A replica does not know the locks of its primary: there what is visible is read.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use sqlx::{PgConnection, Row};
use tokio::sync::Mutex;

use super::super::core::Core;
use super::super::failure::Failure;
use super::super::sql::Sql;

/// After so long somebody should look for who forgot to commit.
const LONG: Duration = Duration::from_secs(10);

/// Shared by all readers of a store.
#[derive(Default)]
pub(in super::super) struct Horizon {
    settled: AtomicI64,
    /// Held during a look: what one has seen is judged before the next one looks.
    state: Mutex<State>,
    is_waiting: AtomicBool,
}

#[derive(Default)]
struct State {
    waiting: Option<Waiting>,
    /// Since when it waits for these; `None`: that was said.
    since: Option<Instant>,
}

/// Once these transactions have ended, all up to `last` is settled.
#[derive(Debug, PartialEq)]
struct Waiting {
    last: i64,
    holders: Vec<String>,
}

/// What one look has seen.
struct Seen {
    /// Ids follow the last settled one without a gap up to here.
    until: i64,
    /// The last id that is visible.
    last: i64,
    /// Virtual transactions that may fill a gap; `None`: there is none, or nobody can say.
    holders: Option<Vec<String>>,
}

impl Horizon {
    /// The last id that is known to be settled.
    pub(in super::super) fn settled(&self) -> i64 {
        self.settled.load(Ordering::SeqCst)
    }

    /// Whether something is visible that is not settled: it may be any moment.
    pub(in super::super) fn is_waiting(&self) -> bool {
        self.is_waiting.load(Ordering::SeqCst)
    }

    /// Looks again, and says what is settled now.
    pub(in super::super) async fn settle(&self, core: &Core) -> Result<i64, Failure> {
        let mut state = self.state.lock().await;
        let settled = self.settled();
        let seen = core
            .run(move |connection, sql| Box::pin(look(connection, sql, settled)))
            .await?;
        let last = seen.last;
        let before = state.waiting.take();
        let waited_for = before.as_ref().map(|waiting| waiting.last);
        let (now, still) = judge(settled, before, seen);
        state.waiting = still;
        state.watch(waited_for, &core.server);
        self.settled.store(now, Ordering::SeqCst);
        self.is_waiting.store(now < last, Ordering::SeqCst);
        Ok(now)
    }
}

impl State {
    /// Says once that something takes long.
    fn watch(&mut self, waited_for: Option<i64>, server: &str) {
        let Some(waiting) = &self.waiting else { return };
        if waited_for != Some(waiting.last) {
            self.since = Some(Instant::now());
        } else if self.since.is_some_and(|since| since.elapsed() > LONG) {
            self.since = None;
            tracing::warn!(
                server,
                virtualtransactions = ?waiting.holders,
                "subscribers of event_journal wait for transactions that stored something and stay open: see pg_locks"
            );
        }
    }
}

async fn look(connection: &mut PgConnection, sql: &Sql, settled: i64) -> Result<Seen, Failure> {
    let row = sqlx::query(sql.django_settle.get())
        .bind(settled)
        .fetch_one(connection)
        .await?;
    Ok(Seen {
        until: row.try_get(0)?,
        last: row.try_get(1)?,
        holders: row.try_get(2)?,
    })
}

/// What is settled, and what is waited for.
fn judge(settled: i64, waiting: Option<Waiting>, seen: Seen) -> (i64, Option<Waiting>) {
    let mut settled = settled.max(seen.until);
    let Some(holders) = seen.holders else {
        return (settled.max(seen.last), waiting);
    };
    let waiting = waiting.filter(|waiting| {
        let have_ended = !waiting.holders.iter().any(|one| holders.contains(one));
        if have_ended {
            settled = settled.max(waiting.last);
        }
        !have_ended && waiting.last > settled
    });
    if holders.is_empty() {
        settled = settled.max(seen.last);
    }
    let last = seen.last;
    let new = || (settled < last).then_some(Waiting { last, holders });
    (settled, waiting.or_else(new))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(last: i64, holders: &[&str]) -> Option<Waiting> {
        let holders = names(holders);
        Some(Waiting { last, holders })
    }

    fn names(holders: &[&str]) -> Vec<String> {
        holders.iter().map(|&holder| holder.to_owned()).collect()
    }

    fn seen(until: i64, last: i64, holders: &[&str]) -> Seen {
        Seen {
            until,
            last,
            holders: Some(names(holders)),
        }
    }

    #[test]
    fn without_a_gap_all_is_settled() {
        let seen = Seen {
            until: 7,
            last: 7,
            holders: None,
        };
        assert_eq!(judge(3, None, seen), (7, None));
    }

    #[test]
    fn a_gap_that_nobody_can_fill_is_passed() {
        assert_eq!(judge(3, None, seen(4, 9, &[])), (9, None));
    }

    #[test]
    fn a_gap_waits_for_those_who_were_there_and_for_no_others() {
        let (settled, first) = judge(3, None, seen(4, 9, &["3/1", "4/1"]));
        assert_eq!((settled, &first), (4, &waiting(9, &["3/1", "4/1"])));
        // One has ended, another has begun; more is visible.
        let (settled, second) = judge(4, first, seen(4, 20, &["4/1", "3/2"]));
        assert_eq!((settled, &second), (4, &waiting(9, &["3/1", "4/1"])));
        // Both have ended: up to 9 is settled, the gaps behind it wait for those of now.
        let (settled, third) = judge(4, second, seen(4, 20, &["3/2", "5/1"]));
        assert_eq!((settled, &third), (9, &waiting(20, &["3/2", "5/1"])));
        assert_eq!(judge(9, third, seen(12, 20, &[])), (20, None));
    }

    #[test]
    fn a_gap_that_was_filled_is_not_waited_for_any_more() {
        let (settled, waiting) = judge(4, waiting(9, &["3/1"]), seen(9, 11, &["3/1"]));
        assert_eq!(settled, 9);
        assert_eq!(waiting.unwrap().last, 11);
    }
}
