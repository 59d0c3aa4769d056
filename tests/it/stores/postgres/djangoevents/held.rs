//! What others' open transactions hold up, and what they do not; connections that are lost.

use std::time::Duration;

use evgen_runtime::position::Position;
use evgen_runtime::store::{Direction, EventStore, JournalQuery, StreamQuery};
use evgen_runtime::stream::StreamId;

use super::super::hand_over;
use super::tail::{append, insert};
use super::{builder, new, run};

#[tokio::test(flavor = "multi_thread")]
async fn an_open_transaction_holds_up_the_journal_and_no_stream() {
    let Some((store, database)) = new().await else {
        return;
    };
    let mut changes = store.changes();
    let (mut first, mut second) = (database.connect().await, database.connect().await);
    run(&mut first, "BEGIN").await;
    assert_eq!(insert(&mut first, "a", "held").await, Some(1));
    let appended = store.append(append("other")).await.unwrap();
    assert_eq!(appended.position, Position(2));
    assert_eq!(store.head().await.unwrap(), Position::START);
    // What comes after that look has no part in it.
    run(&mut second, "BEGIN").await;
    assert_eq!(insert(&mut second, "b", "late").await, Some(3));
    assert_eq!(store.head().await.unwrap(), Position::START);
    assert!(
        store
            .read_all(JournalQuery::default())
            .await
            .unwrap()
            .is_empty()
    );
    let other = StreamQuery::new(StreamId::new("Todo", "other"));
    assert_eq!(store.read_stream(other).await.unwrap().len(), 1);
    run(&mut first, "ROLLBACK").await;
    let told = changes.wait_for(|head| *head == Position(2));
    tokio::time::timeout(Duration::from_secs(10), told)
        .await
        .unwrap()
        .unwrap();
    let page = store.read_all(JournalQuery::default()).await.unwrap();
    assert_eq!(
        page.iter()
            .map(|event| event.position.0)
            .collect::<Vec<_>>(),
        [2]
    );
    run(&mut second, "COMMIT").await;
    let told = changes.wait_for(|head| *head == Position(3));
    tokio::time::timeout(Duration::from_secs(10), told)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_of_a_journal_that_was_held_up_at_first_go_on() {
    let Some((store, database)) = new().await else {
        return;
    };
    for _ in 0..3 {
        store.append(append("a")).await.unwrap();
    }
    let mut db = database.connect().await;
    run(&mut db, "BEGIN").await;
    assert_eq!(insert(&mut db, "a", "held").await, Some(4));
    store.append(append("b")).await.unwrap();
    // Opened while the gap is open: what is before it is read.
    let late = builder(&database).connect().await.unwrap();
    assert_eq!(late.head().await.unwrap(), Position(3));
    assert_eq!(
        late.read_all(JournalQuery::default()).await.unwrap().len(),
        3
    );
    let backward = JournalQuery {
        direction: Direction::Backward,
        ..JournalQuery::default()
    };
    let page = late.read_all(backward).await.unwrap();
    assert_eq!(page.get(0).unwrap().position, Position(3));
    run(&mut db, "COMMIT").await;
    assert_eq!(
        late.read_all(JournalQuery::default()).await.unwrap().len(),
        5
    );
}

/// An append that waits for another transaction's keeps nobody else from appending or reading.
#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_an_open_transaction_holds_is_waited_for() {
    let Some((store, database)) = new().await else {
        return;
    };
    for committed in [true, false] {
        let id = format!("held-{committed}");
        let mut db = database.connect().await;
        run(&mut db, "BEGIN").await;
        insert(&mut db, &format!("event-{committed}"), &id)
            .await
            .unwrap();
        let waiting: Vec<_> = (0..20).map(|_| hand_over(&store, append(&id))).collect();
        store.append(append("other")).await.unwrap();
        store
            .read_stream(StreamQuery::new(StreamId::new("Todo", "other")))
            .await
            .unwrap();
        run(&mut db, if committed { "COMMIT" } else { "ROLLBACK" }).await;
        let mut versions = Vec::new();
        for append in waiting {
            versions.push(append.await.unwrap().streams[0].first.0);
        }
        versions.sort_unstable();
        let from = i64::from(committed);
        assert_eq!(versions, (from..from + 20).collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_whose_connection_is_lost_is_stored_once() {
    let Some((store, database)) = new().await else {
        return;
    };
    let mut admin = database.admin().await;
    let end = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
        database.name
    );
    for n in 0..20 {
        // Some end before their append, some within, some between commit and answer.
        let handed_over = hand_over(&store, append("a"));
        tokio::time::sleep(Duration::from_millis(n % 5)).await;
        run(&mut admin, &end).await;
        assert_eq!(handed_over.await.unwrap().streams[0].first.0, n as i64);
    }
    let stream = StreamQuery::new(StreamId::new("Todo", "a"));
    let page = store.read_stream(stream).await.unwrap();
    let versions: Vec<_> = page.iter().map(|event| event.version.0).collect();
    assert_eq!(versions, (0..20).collect::<Vec<_>>());
}
