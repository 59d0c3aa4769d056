//! Nothing is skipped, though ids come from a plain sequence: readers that tail the journal beside writers as Django's.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use evgen_runtime::event::DjangoClass;
use evgen_runtime::position::Position;
use evgen_runtime::sqlx::{self, AssertSqlSafe, Connection as _, PgConnection};
use evgen_runtime::store::postgres::PostgresStore;
use evgen_runtime::store::{Batch, EventStore, JournalQuery};
use evgen_tests::postgres::{Database, program};
use tokio::task::JoinHandle;

use super::super::any;
use super::{builder, new};

const WRITERS: u64 = 12;

/// As good as random, and the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        let next = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = next.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    async fn pause(&mut self, limit: u64) {
        tokio::time::sleep(Duration::from_millis(self.below(limit))).await;
    }
}

/// When it is enough: so many events, and so much time; a slow machine takes more of it.
struct Goal {
    until: Instant,
    left: AtomicUsize,
}

impl Goal {
    fn is_met(&self) -> bool {
        Instant::now() > self.until && self.left.load(Ordering::Relaxed) == 0
    }

    fn stored(&self) {
        let less = |left: usize| Some(left.saturating_sub(1));
        let _ = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }
}

/// What Django's ORM sends for `StoredEvent.objects.create(..)`; `None`: it is refused, the version is taken.
pub(super) async fn insert(db: &mut PgConnection, event_id: &str, id: &str) -> Option<i64> {
    let version = format!(
        r#"SELECT COUNT(*) FROM "event_journal" WHERE "event_journal"."aggregate_id" = '{id}'"#
    );
    let version: i64 = sqlx::query_scalar(AssertSqlSafe(version))
        .fetch_one(&mut *db)
        .await
        .unwrap();
    let insert = format!(
        r#"INSERT INTO "event_journal" ("event_id", "event_type", "event_version", "event_data", "aggregate_id", "aggregate_type", "aggregate_version", "create_date", "metadata", "_module_name", "_class_name", "_stored_entity_id")
           VALUES ('{event_id}', 'todo_created', 1, '{{}}', '{id}', 'Todo', {version}, now(), 'null', 'todos.aggregates', 'Todo.Created', 'Todo::{id}') RETURNING "event_journal"."id""#
    );
    let inserted = sqlx::query_scalar::<_, i32>(AssertSqlSafe(insert));
    match inserted.fetch_one(db).await {
        Ok(id) => Some(id.into()),
        Err(error) => {
            let error = error.into_database_error().unwrap();
            // Two that write to two streams each may wait for one another.
            let is_deadlock = error.code().is_some_and(|code| code == "40P01");
            assert!(error.is_unique_violation() || is_deadlock, "{error}");
            None
        }
    }
}

/// A request of Django's after the other, until it is enough: transactions with delays, some long open, many rolled
/// back. Gives the ids of what was committed.
async fn django(
    mut db: PgConnection,
    prefix: &'static str,
    writer: u64,
    goal: Arc<Goal>,
) -> Vec<String> {
    let mut random = Random(writer);
    let mut stored = Vec::new();
    for n in 0.. {
        if goal.is_met() {
            break;
        }
        let mut written = Vec::new();
        let mut tx = db.begin().await.unwrap();
        random.pause(5).await;
        let mut taken = false;
        for part in 0..=random.below(2) {
            let event_id = format!("{prefix}-{writer}-{n}-{part}");
            // Streams of its own, and some that all write to.
            let stream = match random.below(3) {
                0 => format!("all-{}", random.below(5)),
                own => format!("{writer}-{own}"),
            };
            if insert(&mut tx, &event_id, &stream).await.is_none() {
                taken = true;
                break;
            }
            written.push(event_id);
            random.pause(4).await;
        }
        match random.below(40) {
            0 => random.pause(700).await,
            _ => random.pause(15).await,
        }
        if taken || random.below(3) == 0 {
            tx.rollback().await.unwrap();
        } else {
            tx.commit().await.unwrap();
            stored.extend(written);
            goal.stored();
        }
    }
    stored
}

/// evgen's appends beside them, some in a caller's transaction.
async fn evgen(
    store: PostgresStore,
    mut db: PgConnection,
    writer: u64,
    goal: Arc<Goal>,
) -> Vec<String> {
    let mut random = Random(writer);
    let mut stored = Vec::new();
    while !goal.is_met() {
        let batch = append(&format!("all-{}", random.below(5)));
        if random.below(3) > 0 {
            let event_id = event_id(&batch);
            store.append(batch).await.unwrap();
            stored.push(event_id);
        } else {
            let event_id = event_id(&batch);
            let mut tx = db.begin().await.unwrap();
            let pending = store.append_in(&mut tx, batch).await.unwrap();
            random.pause(15).await;
            if random.below(3) == 0 {
                tx.rollback().await.unwrap();
                continue;
            }
            pending.commit(tx).await.unwrap();
            stored.push(event_id);
        }
        random.pause(10).await;
    }
    stored
}

pub(super) fn append(id: &str) -> Batch {
    let mut batch = any(id);
    batch.streams[0].events[0].django = Some(DjangoClass {
        module: "todos.aggregates",
        class: "Todo.Created",
    });
    batch
}

/// The id under which it is stored.
fn event_id(batch: &Batch) -> String {
    let id = &batch.streams[0].events[0].event_id;
    evgen_runtime::django::event_id(id, evgen_runtime::Timestamp::now())
        .as_str()
        .to_owned()
}

/// Reads on from `after` until an event of type `end`: ids of events, and their positions.
fn tail(store: PostgresStore, after: Position) -> JoinHandle<Vec<(String, Position)>> {
    tokio::spawn(async move {
        let mut changes = store.changes();
        let mut seen: Vec<(String, Position)> = Vec::new();
        let mut versions: HashMap<String, i64> = HashMap::new();
        let mut after = after;
        loop {
            let query = JournalQuery {
                after: Some(after),
                ..JournalQuery::default()
            };
            let page = store.read_all(query).await.unwrap();
            for event in page.iter() {
                assert!(event.position > after, "{} behind {after}", event.position);
                after = event.position;
                if event.event_type == "end" {
                    return seen;
                }
                let next = versions
                    .entry(event.aggregate_id.to_owned())
                    .or_insert(event.version.0);
                assert_eq!(event.version.0, *next, "{}", event.aggregate_id);
                *next += 1;
                seen.push((event.event_id.to_owned(), event.position));
            }
            if page.is_empty() {
                changes.changed().await.unwrap();
            }
        }
    })
}

/// Lets everybody write, and gives the ids of what was stored, sorted.
async fn write(
    store: &PostgresStore,
    database: &Database,
    prefix: &'static str,
    time: Duration,
) -> Vec<String> {
    let goal = Arc::new(Goal {
        until: Instant::now() + time,
        left: AtomicUsize::new(200),
    });
    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        let db = database.connect().await;
        writers.push(tokio::spawn(django(db, prefix, writer, Arc::clone(&goal))));
    }
    for writer in 100..102 {
        let db = database.connect().await;
        writers.push(tokio::spawn(evgen(
            store.clone(),
            db,
            writer,
            Arc::clone(&goal),
        )));
    }
    let mut stored = Vec::new();
    for writer in writers {
        stored.extend(writer.await.unwrap());
    }
    let mut end = append("end");
    end.streams[0].events[0].event_type = "end".into();
    store.append(end).await.unwrap();
    stored.sort();
    stored
}

async fn seen(tail: JoinHandle<Vec<(String, Position)>>) -> Vec<(String, Position)> {
    let tail = tokio::time::timeout(Duration::from_secs(60), tail);
    tail.await.expect("it comes to the end").unwrap()
}

fn ids(seen: &[(String, Position)]) -> Vec<String> {
    let mut ids: Vec<String> = seen.iter().map(|(id, _)| id.clone()).collect();
    ids.sort();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_gets_everything_once_and_in_order_also_in_a_restored_database() {
    let Some((store, database)) = new().await else {
        return;
    };
    let (Some(dump), Some(psql)) = (program("pg_dump"), program("psql")) else {
        return;
    };
    // One beside the writers, one in another process.
    let mine = tail(store.clone(), Position::START);
    let other = tail(builder(&database).connect().await.unwrap(), Position::START);
    let stored = write(&store, &database, "first", Duration::from_secs(4)).await;
    let mine = seen(mine).await;
    assert!(stored.len() >= 200, "{} events", stored.len());
    assert!(
        ids(&mine) == stored,
        "{} seen of {}",
        mine.len(),
        stored.len()
    );
    assert_eq!(seen(other).await, mine);
    let gaps = mine.windows(2).filter(|two| two[1].1.0 > two[0].1.0 + 1);
    assert!(gaps.count() > 20);

    let restored = database.restored(&dump, &psql).await;
    // It goes on from where it was, in the middle of what the dump brought, or from the end of it.
    let store = builder(&restored).connect().await.unwrap();
    let middle = mine[mine.len() / 2].1;
    let rest = seen(tail(store.clone(), middle)).await;
    assert!(
        rest == mine[mine.len() / 2 + 1..],
        "{} of the rest",
        rest.len()
    );
    let end = store.head().await.unwrap();
    let following = tail(builder(&restored).connect().await.unwrap(), end);
    let stored = write(&store, &restored, "second", Duration::from_secs(2)).await;
    let following = seen(following).await;
    assert!(
        ids(&following) == stored,
        "{} seen of {}",
        following.len(),
        stored.len()
    );
}
