//! The journal part of the contract: what a store in djangoevents' layout keeps, whose positions may have gaps and whose
//! event ids are not unique.

use evgen_runtime::command;
use evgen_runtime::envelope::{NewEvent, Payload};
use evgen_runtime::error::AppendError;
use evgen_runtime::store::{EventStore, JournalQuery, StreamAppend, StreamQuery};
use evgen_runtime::stream::{AggregateVersion, ExpectedVersion};

use super::events::{
    append, batch, event, exact, head, load, one, positions, refused, scan, todo, versions_of,
};

pub async fn streams_are_appended_to_and_read(store: &dyn EventStore) {
    let a = todo("a");
    let appended = append(store, &a, 2).await;
    assert_eq!(
        (appended.streams[0].first.0, appended.streams[0].next.0),
        (0, 2)
    );
    append(store, &todo("b"), 1).await;
    let appended = append(store, &a, 700).await;
    assert_eq!(appended.position, head(store).await);
    let pages = load(store, StreamQuery::new(a.clone())).await.unwrap();
    let stored = pages[0].get(1).unwrap();
    assert_eq!((stored.aggregate_type, stored.aggregate_id), ("Todo", "a"));
    assert_eq!(stored.payload, Payload::Json("{\"n\":1}"));
    assert_eq!(
        stored.django_class,
        Some(("todos.aggregates", "Todo.Renamed"))
    );
    assert_eq!(versions_of(store, &a).await, (0..702).collect::<Vec<_>>());
    let all = positions(&scan(store, JournalQuery::default()).await.unwrap());
    assert_eq!(all.len(), 703);
    assert!(all.is_sorted());
}

pub async fn the_unique_key_guards_versions(store: &dyn EventStore) {
    let a = todo("a");
    append(store, &a, 2).await;
    let error = refused(store, one(&a, exact(1), vec![event(0)])).await;
    assert!(
        matches!(
            error,
            AppendError::Conflict {
                actual: Some(AggregateVersion(2)),
                ..
            }
        ),
        "{error:?}"
    );
    let taken = NewEvent {
        version: Some(AggregateVersion(0)),
        ..event(0)
    };
    let error = refused(store, one(&a, exact(2), vec![event(2), taken])).await;
    assert!(
        matches!(error, AppendError::VersionTaken { .. }),
        "{error:?}"
    );
    store
        .append(one(&a, exact(2), vec![event(2)]))
        .await
        .unwrap();
}

pub async fn a_repeated_append_is_recognised(store: &dyn EventStore) {
    let again = one(
        &todo("a"),
        ExpectedVersion::NoStream,
        vec![event(0), event(1)],
    );
    let first = store.append(again.clone()).await.unwrap();
    append(store, &todo("a"), 1).await;
    let before = head(store).await;
    assert_eq!(store.append(again.clone()).await.unwrap(), first);
    let any = one(
        &todo("a"),
        ExpectedVersion::Any,
        again.streams[0].events.clone(),
    );
    assert_eq!(store.append(any).await.unwrap(), first);
    assert_eq!(head(store).await, before);
}

pub async fn commands_are_noted(store: &dyn EventStore) {
    let a = todo("a");
    assert_eq!(store.find_command(&a, "pay").await.unwrap(), None);
    let command = StreamAppend {
        stream: a.clone(),
        expected: ExpectedVersion::Any,
        events: (0..2)
            .map(|n| NewEvent {
                event_id: command::event_id("pay", &a, n),
                ..event(n)
            })
            .collect(),
        command_id: Some("pay".to_owned()),
    };
    let command = batch(vec![command]);
    let appended = store.append(command.clone()).await.unwrap();
    append(store, &a, 1).await;
    assert_eq!(store.append(command).await.unwrap(), appended);
    assert_eq!(store.find_command(&a, "pay").await.unwrap(), Some(appended));
    assert_eq!(store.find_command(&a, "pay2").await.unwrap(), None);
}
