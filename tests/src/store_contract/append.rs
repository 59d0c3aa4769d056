//! Appends: atomic, checked, counted, idempotent.

use evgen_runtime::envelope::{NewEvent, PayloadBuf};
use evgen_runtime::error::AppendError;
use evgen_runtime::position::Position;
use evgen_runtime::store::{Batch, EventStore};
use evgen_runtime::stream::{AggregateVersion, ExpectedVersion};

use super::events::{NONE, append, batch, event, exact, head, one, refused, to, todo, versions_of};

pub async fn a_batch_over_several_streams_is_stored_as_one(store: &dyn EventStore) {
    let (a, b) = (todo("a"), todo("b"));
    append(store, &b, 2).await;
    let appended = store
        .append(batch(vec![
            to(&a, ExpectedVersion::NoStream, vec![event(0), event(1)]),
            to(&b, exact(2), vec![event(2)]),
        ]))
        .await
        .unwrap();
    assert_eq!(appended.position, Position(5));
    let [first, second] = appended.streams[..] else {
        panic!("{appended:?}")
    };
    assert_eq!(
        (first.first.0, first.next.0, first.first_position.0),
        (0, 2, 3)
    );
    assert_eq!(
        (second.first.0, second.next.0, second.first_position.0),
        (2, 3, 5)
    );
    assert_eq!(versions_of(store, &a).await, [0, 1]);
    assert_eq!(versions_of(store, &b).await, [0, 1, 2]);
}

pub async fn a_batch_with_one_stale_stream_stores_nothing(store: &dyn EventStore) {
    let (a, b) = (todo("a"), todo("b"));
    append(store, &b, 2).await;
    let stale = batch(vec![
        to(&a, ExpectedVersion::NoStream, vec![event(0)]),
        to(&b, exact(1), vec![event(1)]),
    ]);
    let error = refused(store, stale).await;
    assert!(matches!(error, AppendError::Conflict { stream, .. } if stream == b));
    assert_eq!(versions_of(store, &a).await, NONE);
    store
        .append(one(&a, ExpectedVersion::NoStream, vec![event(0)]))
        .await
        .unwrap();
}

pub async fn a_stream_named_twice_is_two_appends_in_turn(store: &dyn EventStore) {
    let a = todo("a");
    let twice = batch(vec![
        to(&a, ExpectedVersion::NoStream, vec![event(0)]),
        to(&a, exact(1), vec![event(1)]),
    ]);
    store.append(twice).await.unwrap();
    assert_eq!(versions_of(store, &a).await, [0, 1]);
}

pub async fn an_append_without_events_only_checks(store: &dyn EventStore) {
    let (a, b) = (todo("a"), todo("b"));
    let nothing = store.append(Batch::default()).await.unwrap();
    assert_eq!(
        (nothing.position, nothing.streams.len()),
        (Position::START, 0)
    );
    append(store, &a, 2).await;
    let checked = store
        .append(batch(vec![
            to(&a, exact(2), vec![]),
            to(&b, ExpectedVersion::NoStream, vec![]),
        ]))
        .await
        .unwrap();
    assert_eq!(checked.position, Position(2));
    assert_eq!(
        (checked.streams[0].first.0, checked.streams[0].next.0),
        (2, 2)
    );
    assert_eq!(
        (checked.streams[1].first.0, checked.streams[1].next.0),
        (0, 0)
    );
    let error = refused(store, one(&a, exact(1), vec![])).await;
    assert!(matches!(error, AppendError::Conflict { .. }));
    // The check has not made a stream.
    store
        .append(one(&b, ExpectedVersion::NoStream, vec![event(0)]))
        .await
        .unwrap();
}

pub async fn conflict_tells_the_actual_version(store: &dyn EventStore) {
    let a = todo("a");
    let error = refused(store, one(&a, exact(3), vec![event(0)])).await;
    let AppendError::Conflict {
        stream,
        expected,
        actual,
    } = error
    else {
        panic!("{error:?}")
    };
    assert_eq!((stream, expected, actual), (a.clone(), exact(3), None));
    append(store, &a, 2).await;
    for expected in [ExpectedVersion::NoStream, exact(1), exact(3)] {
        let error = refused(store, one(&a, expected, vec![event(0)])).await;
        let AppendError::Conflict { actual, .. } = error else {
            panic!("{error:?}")
        };
        assert_eq!(actual, Some(AggregateVersion(2)));
    }
}

pub async fn expected_versions_are_checked(store: &dyn EventStore) {
    let (a, b) = (todo("a"), todo("b"));
    store
        .append(one(&a, ExpectedVersion::NoStream, vec![event(0)]))
        .await
        .unwrap();
    store
        .append(one(&a, exact(1), vec![event(1), event(2)]))
        .await
        .unwrap();
    store
        .append(one(&a, ExpectedVersion::Any, vec![event(3)]))
        .await
        .unwrap();
    store
        .append(one(&b, ExpectedVersion::Any, vec![event(0)]))
        .await
        .unwrap();
    assert_eq!(versions_of(store, &a).await, [0, 1, 2, 3]);
    assert_eq!(versions_of(store, &b).await, [0]);
}

pub async fn versions_start_at_the_first_events_and_count(store: &dyn EventStore) {
    let a = todo("a");
    let at = |version| NewEvent {
        version: Some(AggregateVersion(version)),
        ..event(0)
    };
    // The first event's version, + number of events, whatever the others name.
    let appended = store
        .append(one(
            &a,
            ExpectedVersion::NoStream,
            vec![at(-3), event(1), at(9)],
        ))
        .await
        .unwrap();
    assert_eq!(
        (appended.streams[0].first.0, appended.streams[0].next.0),
        (-3, 0)
    );
    store
        .append(one(&a, exact(0), vec![event(2)]))
        .await
        .unwrap();
    // In the order of the journal, not of the versions.
    store.append(one(&a, exact(1), vec![at(-7)])).await.unwrap();
    assert_eq!(versions_of(store, &a).await, [-3, -2, 9, 0, -7]);
}

pub async fn a_taken_version_names_its_row(store: &dyn EventStore) {
    let a = todo("a");
    let ahead = NewEvent {
        version: Some(AggregateVersion(2)),
        ..event(1)
    };
    store
        .append(one(&a, ExpectedVersion::NoStream, vec![event(0), ahead]))
        .await
        .unwrap();
    let error = refused(store, one(&a, exact(2), vec![event(2)])).await;
    let AppendError::VersionTaken {
        stream,
        version,
        row,
    } = error
    else {
        panic!("{error:?}")
    };
    assert_eq!((stream, version.0, row), (a, 2, Position(2)));
}

pub async fn versions_that_events_name_are_taken_too(store: &dyn EventStore) {
    let a = todo("a");
    let at = |version| NewEvent {
        version: Some(AggregateVersion(version)),
        ..event(0)
    };
    let refusals = async |batch: Batch| match refused(store, batch).await {
        AppendError::VersionTaken { version, row, .. } => (version.0, row.0),
        error => panic!("{error:?}"),
    };
    append(store, &a, 2).await;
    let any = |events| one(&a, ExpectedVersion::Any, events);
    // By an event that was given its version, as the first that names one.
    assert_eq!(refusals(any(vec![at(1)])).await, (1, 2));
    let appended = store.append(any(vec![at(5)])).await.unwrap();
    assert_eq!(appended.streams[0].first.0, 5);
    assert_eq!(appended.streams[0].next.0, 3);
    // By one that named it: to one that names it, and to one that is given it.
    assert_eq!(refusals(any(vec![at(5)])).await, (5, 3));
    assert_eq!(refusals(any(vec![at(0)])).await, (0, 1));
    let counted = |count| any((0..count).map(event).collect());
    assert_eq!(refusals(counted(3)).await, (5, 3));
    // The place of one that names another version is free to be named.
    store.append(any(vec![event(0), at(2)])).await.unwrap();
    assert_eq!(refusals(any(vec![at(2)])).await, (2, 5));
    assert_eq!(versions_of(store, &a).await, [0, 1, 5, 3, 2]);
}

pub async fn a_repeated_batch_answers_as_the_first_time(store: &dyn EventStore) {
    let (a, b) = (todo("a"), todo("b"));
    append(store, &b, 1).await;
    let again = batch(vec![
        to(&a, ExpectedVersion::NoStream, vec![event(0), event(1)]),
        to(&b, exact(1), vec![event(2)]),
    ]);
    let first = store.append(again.clone()).await.unwrap();
    append(store, &a, 3).await;
    append(store, &b, 3).await;
    let before = head(store).await;
    assert_eq!(store.append(again.clone()).await.unwrap(), first);
    // Also when what is expected would let it through.
    let any = Batch {
        streams: again
            .streams
            .into_iter()
            .map(|append| to(&append.stream, ExpectedVersion::Any, append.events))
            .collect(),
    };
    assert_eq!(store.append(any).await.unwrap(), first);
    assert_eq!(head(store).await, before);
}

pub async fn an_event_id_with_other_content_is_refused(store: &dyn EventStore) {
    let (a, b) = (todo("a"), todo("b"));
    let stored = event(0);
    store
        .append(one(&a, ExpectedVersion::Any, vec![stored.clone()]))
        .await
        .unwrap();
    let id = stored.event_id.clone();
    let others = [
        (
            &a,
            NewEvent {
                payload: PayloadBuf::Json("{\"n\": 0}".into()),
                ..stored.clone()
            },
        ),
        (
            &a,
            NewEvent {
                event_type: "todo_done".into(),
                ..stored.clone()
            },
        ),
        (
            &a,
            NewEvent {
                event_version: None,
                ..stored.clone()
            },
        ),
        (
            &a,
            NewEvent {
                metadata: Some("{}".into()),
                ..stored.clone()
            },
        ),
        (
            &a,
            NewEvent {
                version: Some(AggregateVersion(5)),
                ..stored.clone()
            },
        ),
        (
            &a,
            NewEvent {
                create_date: Some(jiff::Timestamp::UNIX_EPOCH),
                ..stored.clone()
            },
        ),
        (&b, stored),
    ];
    for (stream, other) in others {
        let error = refused(store, one(stream, ExpectedVersion::Any, vec![other])).await;
        assert!(matches!(error, AppendError::EventIdTaken { event_id } if event_id == id));
    }
}

pub async fn a_batch_that_is_stored_in_part_is_refused(store: &dyn EventStore) {
    let a = todo("a");
    let stored = event(0);
    store
        .append(one(&a, ExpectedVersion::Any, vec![stored.clone()]))
        .await
        .unwrap();
    for expected in [ExpectedVersion::Any, ExpectedVersion::NoStream, exact(1)] {
        let part = one(&a, expected, vec![event(1), stored.clone()]);
        let error = refused(store, part).await;
        assert!(
            matches!(&error, AppendError::EventIdTaken { event_id } if *event_id == stored.event_id),
            "{error:?}"
        );
    }
}

pub async fn an_event_id_twice_in_a_batch_is_refused(store: &dyn EventStore) {
    let twice = event(0);
    let both = vec![twice.clone(), twice.clone()];
    let error = refused(store, one(&todo("a"), ExpectedVersion::Any, both)).await;
    assert!(matches!(error, AppendError::EventIdTaken { event_id } if event_id == twice.event_id));
}
