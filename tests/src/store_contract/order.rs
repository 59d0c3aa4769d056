//! Many writers: gapless positions, one winner per version, nothing cancelled, everybody told.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use evgen_runtime::error::AppendError;
use evgen_runtime::position::Position;
use evgen_runtime::store::{EventStore, JournalQuery, StreamQuery};
use evgen_runtime::stream::ExpectedVersion;

use super::events::{append, event, exact, head, load, one, positions, scan, todo, versions_of};

const TASKS: usize = 16;
const APPENDS: usize = 50;

pub async fn a_refused_append_does_not_fail_its_neighbours(store: &dyn EventStore) {
    let a = todo("a");
    append(store, &a, 1).await;
    // Handed over together, so that a store may group them.
    let mut answers = Vec::new();
    for n in 0..20 {
        let expected = if n % 2 == 0 {
            ExpectedVersion::NoStream
        } else {
            ExpectedVersion::Any
        };
        answers.push(store.append(one(&a, expected, vec![event(n)])));
    }
    for (n, answer) in answers.into_iter().enumerate() {
        let answer = answer.await;
        match n % 2 {
            0 => assert!(matches!(answer, Err(AppendError::Conflict { .. }))),
            _ => assert_eq!(
                answer.unwrap().streams[0].first.0,
                (n as i64).div_euclid(2) + 1
            ),
        }
    }
    assert_eq!(versions_of(store, &a).await, (0..=10).collect::<Vec<_>>());
}

pub async fn positions_are_gapless_under_concurrency(store: &(impl EventStore + Clone)) {
    let mut tasks = Vec::new();
    for task in 0..TASKS {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let stream = todo(&task.to_string());
            for n in 0..APPENDS {
                let events = (0..=n % 3).map(event).collect();
                store
                    .append(one(&stream, ExpectedVersion::Any, events))
                    .await
                    .unwrap();
                // A refused append must not leave a gap.
                let stale = one(&stream, ExpectedVersion::NoStream, vec![event(n)]);
                store.append(stale).await.unwrap_err();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let per_task: i64 = (0..APPENDS as i64).map(|n| n % 3 + 1).sum();
    let all = per_task * TASKS as i64;
    assert_eq!(head(store).await, Position(all));
    let pages = scan(store, JournalQuery::default()).await.unwrap();
    assert_eq!(positions(&pages), (1..=all).collect::<Vec<_>>());
    for task in 0..TASKS {
        let stream = todo(&task.to_string());
        assert_eq!(
            versions_of(store, &stream).await,
            (0..per_task).collect::<Vec<_>>()
        );
    }
}

pub async fn one_of_many_writers_wins_each_version(store: &(impl EventStore + Clone)) {
    let mut tasks = Vec::new();
    for _ in 0..TASKS {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let mut won = 0;
            for version in 0..APPENDS as i64 {
                match store
                    .append(one(&todo("a"), exact(version), vec![event(0)]))
                    .await
                {
                    Ok(_) => won += 1,
                    Err(AppendError::Conflict { .. }) => {}
                    Err(other) => panic!("{other:?}"),
                }
            }
            won
        }));
    }
    let mut won = 0;
    for task in tasks {
        won += task.await.unwrap();
    }
    let versions = versions_of(store, &todo("a")).await;
    assert_eq!(versions.len(), won);
    assert_eq!(versions, (0..won as i64).collect::<Vec<_>>());
}

pub async fn a_dropped_append_is_stored(store: &dyn EventStore) {
    let a = todo("a");
    // Dropped before the first poll, and after it.
    drop(store.append(one(&a, exact(0), vec![event(0)])));
    {
        let mut handed_over = pin!(store.append(one(&a, exact(1), vec![event(1)])));
        let _: Poll<_> = handed_over
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
    }
    store
        .append(one(&a, exact(2), vec![event(2)]))
        .await
        .unwrap();
    let pages = load(store, StreamQuery::new(a)).await.unwrap();
    assert_eq!(positions(&pages), [1, 2, 3]);
}

pub async fn changes_tell_of_appends(store: &dyn EventStore) {
    let mut changes = store.changes();
    assert_eq!(*changes.borrow_and_update(), Position::START);
    for n in 1..=3 {
        let appended = append(store, &todo("a"), 2).await;
        assert_eq!(appended.position, Position(2 * n));
        let told = *changes
            .wait_for(|position| *position >= appended.position)
            .await
            .unwrap();
        assert_eq!(told, appended.position);
    }
    let late = store.changes();
    assert_eq!(*late.borrow(), Position(6));
}
