//! Appends in callers' own transactions: with their own rows or not at all, in nobody's way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use evgen_runtime::CreateError;
use evgen_runtime::error::AppendError;
use evgen_runtime::position::Position;
use evgen_runtime::sqlx::{Connection, Executor, Row};
use evgen_runtime::store::{EventStore, JournalQuery, StreamQuery};
use evgen_runtime::stream::{AggregateVersion, ExpectedVersion, StreamId};

use evgen_tests::fixtures::two_builds::old::Order;
use evgen_tests::fixtures::two_builds::old::events::{self, order};

use super::{any, batch, hand_over, native, open};

#[tokio::test(flavor = "multi_thread")]
async fn events_are_stored_with_the_callers_own_rows() {
    let Some((store, database)) = native().await else {
        return;
    };
    let mut connection = database.connect().await;
    connection
        .execute("CREATE TABLE orders (id text)")
        .await
        .unwrap();
    for keep in [false, true] {
        let mut tx = connection.begin().await.unwrap();
        tx.execute("INSERT INTO orders VALUES ('a')").await.unwrap();
        let two = batch("a", ExpectedVersion::NoStream, 2);
        let pending = store.append_in(&mut tx, two).await.unwrap();
        assert_eq!(pending.streams()[0].next, AggregateVersion(2));
        assert_eq!(pending.streams()[0].first_position, Position::START);
        // Nobody sees them, and nobody waits for them.
        assert_eq!(store.append(any("b")).await.unwrap().streams.len(), 1);
        let before = store.head().await.unwrap();
        if keep {
            let appended = pending.commit(tx).await.unwrap();
            assert_eq!(appended.position, Position(before.0 + 2));
            assert_eq!(appended.streams[0].first_position, Position(before.0 + 1));
        } else {
            tx.rollback().await.unwrap();
            assert_eq!(store.head().await.unwrap(), before);
        }
    }
    let rows = connection
        .fetch_one("SELECT count(*) FROM orders")
        .await
        .unwrap();
    assert_eq!(rows.get::<i64, _>(0), 1);
    let query = JournalQuery {
        checksums: true,
        ..JournalQuery::default()
    };
    let page = store.read_all(query).await.unwrap();
    let ids: Vec<_> = page.iter().map(|event| event.aggregate_id).collect();
    assert_eq!(ids, ["b", "b", "a", "a"]);
    assert!(page.iter().all(|event| event.is_intact() == Some(true)));
    let rest = connection
        .fetch_one("SELECT count(*) FROM evgen.pending")
        .await
        .unwrap();
    assert_eq!(rest.get::<i64, _>(0), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_may_commit_by_themselves() {
    let Some((store, database)) = native().await else {
        return;
    };
    // In another process: it is told by a notification.
    let other = open(&database).await;
    let mut changes = other.changes();
    let mut connection = database.connect().await;
    let mut tx = connection.begin().await.unwrap();
    let _pending = store.append_in(&mut tx, any("a")).await.unwrap();
    // Behind the first, in the same transaction.
    let second = batch("a", ExpectedVersion::Exact(AggregateVersion(1)), 2);
    let _pending = store.append_in(&mut tx, second).await.unwrap();
    tx.commit().await.unwrap();
    let told = changes.wait_for(|position| *position == Position(3));
    tokio::time::timeout(Duration::from_secs(20), told)
        .await
        .unwrap()
        .unwrap();
    let a = StreamQuery::new(StreamId::new("Todo", "a"));
    let page = store.read_stream(a).await.unwrap();
    let places: Vec<_> = page
        .iter()
        .map(|event| (event.position.0, event.version.0))
        .collect();
    assert_eq!(places, [(1, 0), (2, 1), (3, 2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_append_leaves_the_transaction_as_it_was() {
    let Some((store, database)) = native().await else {
        return;
    };
    let first = any("a");
    store.append(first.clone()).await.unwrap();
    let mut connection = database.connect().await;
    let mut tx = connection.begin().await.unwrap();
    let stale = batch("a", ExpectedVersion::NoStream, 1);
    let conflict = store.append_in(&mut tx, stale).await.unwrap_err();
    assert!(matches!(conflict, AppendError::Conflict { .. }));
    let mut other = first.clone();
    other.streams[0].events[0].event_type = "todo_done".into();
    let taken = store.append_in(&mut tx, other).await.unwrap_err();
    assert!(matches!(taken, AppendError::EventIdTaken { .. }));
    // The same again: it is stored, and the transaction has nothing to add.
    let pending = store.append_in(&mut tx, first).await.unwrap();
    assert_eq!(pending.commit(tx).await.unwrap().position, Position(1));
    let mut tx = connection.begin().await.unwrap();
    tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        .await
        .unwrap();
    let error = store.append_in(&mut tx, any("a")).await.unwrap_err();
    assert!(
        crate::stores::chain(&error).contains("READ COMMITTED"),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_transaction_holds_up_its_own_streams_alone() {
    let Some((store, database)) = native().await else {
        return;
    };
    store.append(any("old")).await.unwrap();
    let mut connection = database.connect().await;
    let mut tx = connection.begin().await.unwrap();
    let _pending = store.append_in(&mut tx, any("old")).await.unwrap();
    let pending = store.append_in(&mut tx, any("new")).await.unwrap();
    // Handed over together, so that they may be one group; and more for the same streams behind them.
    let held = ["old", "new", "old", "new"].map(|id| hand_over(&store, any(id)));
    let begin = Instant::now();
    for n in 0..50 {
        store.append(any(&n.to_string())).await.unwrap();
    }
    assert!(begin.elapsed() < Duration::from_secs(10));
    assert!(held.iter().all(|append| !append.is_finished()));
    let last = pending.commit(tx).await.unwrap();
    let mut versions = Vec::new();
    for append in held {
        let appended = append.await.unwrap();
        assert!(appended.position > last.position);
        versions.push(appended.streams[0].first.0);
    }
    versions.sort_unstable();
    assert_eq!(versions, [1, 2, 2, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_decides_in_the_callers_transaction() {
    let Some((store, database)) = native().await else {
        return;
    };
    let app = events::app(store).build().await.unwrap();
    let handled = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&handled);
    app.subscribe_to::<order::Paid>(move |_, _| {
        count.fetch_add(1, Ordering::SeqCst);
        async { Ok(()) }
    });
    let orders = app.repository::<Order>();
    let placed = order::Placed {
        customer: "Ann".into(),
        size: order::placed::Size::S,
        colour: None,
        lines: Vec::new(),
    };
    let mut connection = database.connect().await;
    let mut tx = connection.begin().await.unwrap();
    let pending = orders.create("1", placed.clone()).in_tx(&mut tx).await;
    let pending = pending.unwrap();
    assert_eq!(pending.version(), AggregateVersion(1));
    assert!(matches!(
        orders.get("1").await,
        Err(evgen_runtime::GetError::NotFound(_))
    ));
    assert_eq!(pending.commit(tx).await.unwrap().position, Position(1));
    let mut tx = connection.begin().await.unwrap();
    let again = orders.create("1", placed).in_tx(&mut tx).await.unwrap_err();
    assert!(matches!(again, CreateError::AlreadyExists(_)));
    let pay = |amount| move |_: &evgen_runtime::Loaded<Order>| order::Paid { amount };
    let update = orders.update("1", pay(5)).command_id("pay-1");
    let pending = update.in_tx(&mut tx).await.unwrap();
    // A writer beside it waits for its end, and decides on what it left.
    let beside = {
        let orders = orders.clone();
        tokio::spawn(async move { orders.update("1", pay(7)).await.unwrap() })
    };
    assert_eq!(pending.commit(tx).await.unwrap().position, Position(2));
    assert_eq!(beside.await.unwrap().version, AggregateVersion(3));
    assert_eq!(orders.get("1").await.unwrap().paid, 12);
    assert_eq!(handled.load(Ordering::SeqCst), 2);
    // The same command again has nothing to store.
    let mut tx = connection.begin().await.unwrap();
    let update = orders.update("1", pay(5)).command_id("pay-1");
    let pending = update.in_tx(&mut tx).await.unwrap();
    assert_eq!(
        pending.commit(tx).await.unwrap().version,
        AggregateVersion(2)
    );
    // Committed by somebody else.
    let mut tx = connection.begin().await.unwrap();
    drop(orders.update("1", pay(1)).in_tx(&mut tx).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(orders.get("1").await.unwrap().paid, 13);
    assert_eq!(handled.load(Ordering::SeqCst), 2);
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_another_transaction_carries_out_is_answered_as_there() {
    let Some((store, database)) = native().await else {
        return;
    };
    let app = events::app(store.clone()).build().await.unwrap();
    // Another process: its turns are its own.
    let other = events::app(open(&database).await).build().await.unwrap();
    let placed = order::Placed {
        customer: "Ann".into(),
        size: order::placed::Size::S,
        colour: None,
        lines: Vec::new(),
    };
    // Decided on what is there, so that the other decides otherwise; it waits until this is committed.
    let pay = |order: &evgen_runtime::Loaded<Order>| order::Paid {
        amount: order.paid + 1,
    };
    let mut connections = [database.connect().await, database.connect().await];
    let [one, two] = &mut connections;
    for create in [true, false] {
        let mut tx = one.begin().await.unwrap();
        let orders = app.repository::<Order>();
        let pending = match create {
            true => {
                let create = orders.create("1", placed.clone()).command_id("c");
                create.in_tx(&mut tx).await.unwrap()
            }
            false => {
                let update = orders.update("1", pay).command_id("p");
                update.in_tx(&mut tx).await.unwrap()
            }
        };
        let orders = other.repository::<Order>();
        let mut beside = two.begin().await.unwrap();
        let again = async {
            if create {
                let mut placed = placed.clone();
                placed.customer = "Bob".into();
                let create = orders.create("1", placed).command_id("c");
                create.in_tx(&mut beside).await.unwrap()
            } else {
                let update = orders.update("1", pay).command_id("p");
                update.in_tx(&mut beside).await.unwrap()
            }
        };
        let commit = async {
            // The other waits for the stream by then, or comes later: the answer is one.
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            pending.commit(tx).await.unwrap()
        };
        let (again, first) = tokio::join!(again, commit);
        assert_eq!(again.version(), first.version);
        // The transaction is alive, and commits what else is in it.
        beside
            .execute("CREATE TABLE IF NOT EXISTS own (n int)")
            .await
            .unwrap();
        assert_eq!(again.commit(beside).await.unwrap().position, first.position);
    }
    assert_eq!(store.head().await.unwrap(), Position(2));

    // The store's own: without an expected version nothing else would tell.
    let same = any("a");
    let mut tx = one.begin().await.unwrap();
    let pending = store.append_in(&mut tx, same.clone()).await.unwrap();
    let mut beside = two.begin().await.unwrap();
    let again = store.append_in(&mut beside, same.clone());
    let (again, first) = tokio::join!(again, async { pending.commit(tx).await.unwrap() });
    assert_eq!(again.unwrap().commit(beside).await.unwrap(), first);
    assert_eq!(store.append(same).await.unwrap(), first);
    assert_eq!(store.head().await.unwrap(), Position(3));
    app.shutdown().await;
    other.shutdown().await;
}
