//! Runners: poison events are parked with their stream, several workers, one owner among processes.
#![expect(clippy::unwrap_used, reason = "these are tests")]

mod support;
mod todo;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use evgen_runtime::prelude::*;
use evgen_runtime::{
    AppBuilder, Delivery, EventDescriptor, HandlerEntry, IntoStore, ParkedEvent, RunOptions,
};
use support::{Log, builder, created, handler};
use todo::{ChangedLabel, Created, Event, Todo};

static BOTH: &[&EventDescriptor] = &[Created::DESCRIPTOR, ChangedLabel::DESCRIPTOR];

/// Refuses labels that begin with `poison`, as long as it is told to.
fn picky(log: &Log, poison: &Arc<AtomicBool>) -> HandlerEntry {
    let (log, poison) = (log.clone(), Arc::clone(poison));
    let entry = handler("picky", BOTH, Delivery::Durable, move |event, cx| {
        let refuses = poison.load(Ordering::SeqCst) && label(&event).starts_with("poison");
        if !refuses {
            log.add(format!("{} {}", cx.aggregate_id(), label(&event)));
        }
        async move {
            if refuses {
                return Err(HandlerError::message("it is poison"));
            }
            Ok(())
        }
    });
    HandlerEntry {
        run: RunOptions {
            workers: 1,
            attempts: Some(2),
        },
        ..entry
    }
}

fn label(event: &Event) -> &str {
    match event {
        Event::Created(event) => &event.label,
        Event::ChangedLabel(event) => &event.label,
        _ => "",
    }
}

fn quick(store: impl IntoStore) -> AppBuilder {
    builder(store).retry_pause(Duration::from_millis(1), Duration::from_millis(2))
}

async fn rename(app: &App, id: &str, label: &str) -> Position {
    let todos = app.repository::<Todo>();
    let label = label.to_owned();
    let done = todos
        .update(id, |_| ChangedLabel {
            label: label.clone(),
        })
        .await;
    done.unwrap().position
}

fn positions(parked: &[ParkedEvent]) -> Vec<i64> {
    parked.iter().map(|event| event.position.0).collect()
}

/// Until nothing is parked any more.
async fn drained(app: &App) {
    for _ in 0..500 {
        if app.parked("picky").list().await.unwrap().is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("still parked: {:?}", app.parked("picky").list().await);
}

#[tokio::test]
async fn a_poison_event_is_parked_with_its_stream_and_others_go_on() {
    let (log, poison) = (Log::default(), Arc::new(AtomicBool::new(true)));
    let store = MemoryStore::new();
    let build = || quick(store.clone()).add_handlers(vec![picky(&log, &poison)]);
    let app = build().build().await.unwrap();
    let todos = app.repository::<Todo>();
    let _ = todos.create("a", created("one")).await.unwrap();
    let _ = todos.create("b", created("two")).await.unwrap();
    rename(&app, "a", "poison").await;
    rename(&app, "a", "behind").await;
    let last = rename(&app, "b", "three").await;
    app.wait_for("picky", last).await.unwrap();
    assert_eq!(log.take(), ["a one", "b two", "b three"]);
    let parked = app.parked("picky").list().await.unwrap();
    assert_eq!(positions(&parked), [3, 4]);
    assert_eq!(
        (parked[0].attempts, parked[0].error.as_deref()),
        (2, Some("it is poison"))
    );
    assert!(!parked[0].is_behind() && parked[1].is_behind());
    let progress = app.progress().await.unwrap();
    let picky_is = &progress[0];
    assert_eq!(
        (
            picky_is.name,
            picky_is.finished,
            picky_is.lag,
            picky_is.parked
        ),
        ("picky", last, 0, 2)
    );

    // It survives a restart, and holds back what comes later.
    drop((todos, app));
    let app = build().build().await.unwrap();
    let last = rename(&app, "a", "later").await;
    app.wait_for("picky", last).await.unwrap();
    assert_eq!(log.take(), [""; 0]);
    let behind = app.parked("picky").retry(Position(4)).await.unwrap_err();
    assert!(
        behind.to_string().contains("behind the one at 3"),
        "{behind}"
    );
    let none = app.parked("picky").skip(Position(1)).await.unwrap_err();
    assert_eq!(
        none.to_string(),
        "`picky` has no parked event at position 1"
    );

    // Tried again too early: it stays, with its stream.
    app.parked("picky").retry(Position(3)).await.unwrap();
    for _ in 0..500 {
        tokio::time::sleep(Duration::from_millis(2)).await;
        if app.parked("picky").list().await.unwrap()[0].attempts == 3 {
            break;
        }
    }
    let parked = app.parked("picky").list().await.unwrap();
    assert_eq!((parked[0].attempts, parked[0].retrying), (3, false));
    assert_eq!(positions(&parked), [3, 4, 6]);

    poison.store(false, Ordering::SeqCst);
    assert_eq!(app.parked("picky").retry_all().await.unwrap(), 1);
    drained(&app).await;
    assert_eq!(log.take(), ["a poison", "a behind", "a later"]);
    let last = rename(&app, "a", "again").await;
    app.wait_for("picky", last).await.unwrap();
    assert_eq!(log.take(), ["a again"]);
    app.shutdown().await;
}

#[tokio::test]
async fn a_skipped_event_lets_those_behind_it_pass() {
    let (log, poison) = (Log::default(), Arc::new(AtomicBool::new(true)));
    let app = quick(MemoryStore::new())
        .add_handlers(vec![picky(&log, &poison)])
        .build()
        .await
        .unwrap();
    let todos = app.repository::<Todo>();
    let _ = todos.create("a", created("poison")).await.unwrap();
    let last = rename(&app, "a", "behind").await;
    app.wait_for("picky", last).await.unwrap();
    app.parked("picky").skip(Position(1)).await.unwrap();
    drained(&app).await;
    assert_eq!(log.take(), ["a behind"]);
    app.shutdown().await;
}

#[tokio::test]
async fn workers_keep_the_order_of_each_stream() {
    let (log, together, most) = (
        Log::default(),
        Arc::new(AtomicUsize::new(0)),
        Arc::new(AtomicUsize::new(0)),
    );
    let store = MemoryStore::new();
    let app = quick(store.clone()).build().await.unwrap();
    for n in 0..10 {
        let todos = app.repository::<Todo>();
        let _ = todos.create(n.to_string(), created("0")).await.unwrap();
    }
    let mut last = Position::START;
    for label in 1..5 {
        for n in 0..10 {
            last = rename(&app, &n.to_string(), &label.to_string()).await;
        }
    }
    let (seen, now, top) = (log.clone(), Arc::clone(&together), Arc::clone(&most));
    let entry = handler("many", BOTH, Delivery::Durable, move |event, cx| {
        let (seen, now, top) = (seen.clone(), Arc::clone(&now), Arc::clone(&top));
        async move {
            top.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            seen.add(format!("{} {}", cx.aggregate_id(), label(&event)));
            now.fetch_sub(1, Ordering::SeqCst);
            Ok(())
        }
    });
    let run = RunOptions {
        workers: 4,
        attempts: None,
    };
    let app = quick(store)
        .add_handlers(vec![HandlerEntry { run, ..entry }])
        .build()
        .await
        .unwrap();
    app.wait_for("many", last).await.unwrap();
    let seen = log.take();
    assert_eq!(seen.len(), 50);
    for n in 0..10 {
        let of = seen
            .iter()
            .filter(|line| line.starts_with(&format!("{n} ")));
        let of: Vec<_> = of.map(|line| &line[2..]).collect();
        assert_eq!(of, ["0", "1", "2", "3", "4"]);
    }
    let most = most.load(Ordering::SeqCst);
    assert!((2..=4).contains(&most), "{most} at a time");
    app.shutdown().await;
}

#[tokio::test]
async fn one_of_two_apps_runs_it_and_the_other_takes_over() {
    let (log, poison) = (Log::default(), Arc::default());
    let store = MemoryStore::new();
    let build = || {
        quick(store.clone())
            .lease(Duration::from_millis(60))
            .add_handlers(vec![picky(&log, &poison)])
            .build()
    };
    let (first, second) = (build().await.unwrap(), build().await.unwrap());
    let todos = first.repository::<Todo>();
    let done = todos.create("a", created("one")).await.unwrap();
    // Whoever runs it: both can wait for it.
    first.wait_for("picky", done.position).await.unwrap();
    second.wait_for("picky", done.position).await.unwrap();
    assert_eq!(log.take(), ["a one"]);
    let mut owners = 0;
    for app in [&first, &second] {
        owners += usize::from(app.progress().await.unwrap()[0].runs_here);
    }
    assert_eq!(owners, 1);
    drop((todos, first));
    let done = second
        .repository::<Todo>()
        .create("b", created("two"))
        .await
        .unwrap();
    second.wait_for("picky", done.position).await.unwrap();
    assert_eq!(log.take(), ["b two"]);
    second.shutdown().await;
}

/// An owner that was killed: it gave nothing back.
#[tokio::test]
async fn a_silent_owner_is_replaced_after_its_lease() {
    use evgen_runtime::store::{EventStore, NoteChange};
    let store = MemoryStore::new();
    let elsewhere = vec![
        NoteChange::set("handler:picky/lease/owner", "another machine"),
        NoteChange::set("handler:picky/lease/beat", "7"),
    ];
    store.save_notes(elsewhere).await.unwrap();
    let log = Log::default();
    let app = quick(store)
        .lease(Duration::from_millis(100))
        .add_handlers(vec![picky(&log, &Arc::default())])
        .build()
        .await
        .unwrap();
    let todos = app.repository::<Todo>();
    let done = todos.create("a", created("one")).await.unwrap();
    let early = app.wait_for("picky", done.position);
    assert!(early.timeout(Duration::from_millis(50)).await.is_err());
    app.wait_for("picky", done.position).await.unwrap();
    assert_eq!(log.take(), ["a one"]);
    app.shutdown().await;
}
