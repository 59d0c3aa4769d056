//! Reads: in order, in both directions, between bounds, page by page.

use std::ops::Bound;

use evgen_runtime::envelope::NewEvent;
use evgen_runtime::position::Position;
use evgen_runtime::store::{Direction, EventStore, JournalQuery, StreamQuery};
use evgen_runtime::stream::{AggregateVersion, ExpectedVersion, StreamId};
use jiff::Timestamp;

use super::events::{NONE, append, event, load, one, positions, scan, todo, versions, versions_of};

pub async fn streams_are_read_in_both_directions(store: &dyn EventStore) {
    let (a, b) = (todo("a"), todo("b"));
    for _ in 0..3 {
        append(store, &a, 1).await;
        append(store, &b, 1).await;
    }
    let forward = StreamQuery::new(a.clone());
    let backward = StreamQuery {
        direction: Direction::Backward,
        ..forward.clone()
    };
    let read = async |query| positions(&[store.read_stream(query).await.unwrap()]);
    assert_eq!(read(forward.clone()).await, [1, 3, 5]);
    assert_eq!(read(backward.clone()).await, [5, 3, 1]);
    let after = |query: &StreamQuery, position| StreamQuery {
        after: Some(Position(position)),
        ..query.clone()
    };
    assert_eq!(read(after(&forward, 1)).await, [3, 5]);
    assert_eq!(read(after(&forward, 2)).await, [3, 5]);
    assert_eq!(read(after(&backward, 5)).await, [3, 1]);
    assert_eq!(read(after(&backward, 1)).await, NONE);
    // One type's stream is not another's of the same id.
    assert_eq!(versions_of(store, &StreamId::new("Cat", "a")).await, NONE);
    assert_eq!(versions_of(store, &todo("A")).await, NONE);
}

pub async fn streams_are_read_between_versions_and_times(store: &dyn EventStore) {
    let a = todo("a");
    let second = |n: i64| Timestamp::from_second(1_500_000_000 + n).unwrap();
    let events = (0..5)
        .map(|n| NewEvent {
            create_date: Some(second(n)),
            ..event(0)
        })
        .collect();
    store
        .append(one(&a, ExpectedVersion::NoStream, events))
        .await
        .unwrap();
    let read = async |query| versions(&load(store, query).await.unwrap());
    let all = StreamQuery::new(a);
    let version = |version| Some(AggregateVersion(version));
    let from = StreamQuery {
        from_version: version(3),
        ..all.clone()
    };
    assert_eq!(read(from).await, [3, 4]);
    let until = StreamQuery {
        until_version: version(2),
        ..all.clone()
    };
    assert_eq!(read(until).await, [0, 1]);
    let newest = StreamQuery {
        until_version: version(3),
        direction: Direction::Backward,
        ..all.clone()
    };
    assert_eq!(read(newest).await, [2, 1, 0]);
    for (from, to, expected) in [
        (
            Bound::Included(second(1)),
            Bound::Included(second(3)),
            vec![1, 2, 3],
        ),
        (
            Bound::Excluded(second(1)),
            Bound::Excluded(second(3)),
            vec![2],
        ),
        (Bound::Unbounded, Bound::Excluded(second(1)), vec![0]),
        (Bound::Excluded(second(3)), Bound::Unbounded, vec![4]),
        (
            Bound::Included(second(4)),
            Bound::Included(Timestamp::MAX),
            vec![4],
        ),
        (
            Bound::Included(Timestamp::MIN),
            Bound::Included(second(0)),
            vec![0],
        ),
        (Bound::Excluded(second(4)), Bound::Unbounded, vec![]),
    ] {
        let between = StreamQuery {
            time: (from, to),
            ..all.clone()
        };
        assert_eq!(read(between).await, expected, "{from:?} to {to:?}");
    }
}

/// Every read of a stream gives what a look at each of its events gives.
pub async fn streams_are_read_from_any_position_and_version(store: &dyn EventStore) {
    let (even, odd) = (todo("even"), todo("odd"));
    let at = |version| NewEvent {
        version: Some(AggregateVersion(version)),
        ..event(0)
    };
    let batches = [
        (&even, vec![at(3), event(0), event(1)]),
        (&odd, vec![at(-2), event(0), at(9)]),
        (&even, vec![event(2), event(3)]),
        (&odd, vec![event(2), at(-8), event(3)]),
    ];
    for (stream, events) in batches {
        let batch = one(stream, ExpectedVersion::Any, events);
        store.append(batch).await.unwrap();
    }
    for (stream, count) in [(&even, 5), (&odd, 6)] {
        let whole = load(store, StreamQuery::new(stream.clone())).await.unwrap();
        let whole: Vec<_> = positions(&whole)
            .into_iter()
            .zip(versions(&whole))
            .collect();
        assert_eq!(whole.len(), count);
        for query in queries(stream) {
            let past = |position: i64| match (query.after, query.direction) {
                (None, _) => true,
                (Some(after), Direction::Forward) => position > after.0,
                (Some(after), Direction::Backward) => position < after.0,
            };
            let mut expected: Vec<_> = whole
                .iter()
                .copied()
                .filter(|&(position, version)| {
                    past(position)
                        && query.from_version.is_none_or(|from| version >= from.0)
                        && query.until_version.is_none_or(|until| version < until.0)
                })
                .collect();
            if query.direction == Direction::Backward {
                expected.reverse();
            }
            let read = load(store, query.clone()).await.unwrap();
            let read: Vec<_> = positions(&read).into_iter().zip(versions(&read)).collect();
            assert_eq!(read, expected, "{query:?}");
        }
    }
}

fn queries(stream: &StreamId) -> Vec<StreamQuery> {
    let versions = [None, Some(-3), Some(0), Some(4), Some(9)];
    let mut queries = Vec::new();
    for direction in [Direction::Forward, Direction::Backward] {
        for after in [None, Some(0), Some(2), Some(3), Some(5), Some(8), Some(99)] {
            for from in versions {
                for until in versions {
                    queries.push(StreamQuery {
                        after: after.map(Position),
                        from_version: from.map(AggregateVersion),
                        until_version: until.map(AggregateVersion),
                        limit: Some(2),
                        direction,
                        ..StreamQuery::new(stream.clone())
                    });
                }
            }
        }
    }
    queries
}

pub async fn pages_join_without_gap_or_overlap(store: &dyn EventStore) {
    let a = todo("a");
    append(store, &a, 700).await;
    append(store, &a, 900).await;
    for limit in [None, Some(1_000_000), Some(100), Some(7)] {
        let query = StreamQuery {
            limit,
            ..StreamQuery::new(a.clone())
        };
        let pages = load(store, query).await.unwrap();
        assert_eq!(positions(&pages), (1..=1600).collect::<Vec<_>>());
        assert!(
            pages
                .iter()
                .all(|page| page.len() <= limit.unwrap_or(usize::MAX))
        );
        let query = JournalQuery {
            limit,
            direction: Direction::Backward,
            ..Default::default()
        };
        let pages = scan(store, query).await.unwrap();
        assert_eq!(positions(&pages), (1..=1600).rev().collect::<Vec<_>>());
    }
    // A full page knows whether something lies behind it.
    let page = |after, limit| StreamQuery {
        after: Some(Position(after)),
        limit: Some(limit),
        ..StreamQuery::new(a.clone())
    };
    assert!(!store.read_stream(page(1589, 10)).await.unwrap().is_last());
    assert!(store.read_stream(page(1590, 10)).await.unwrap().is_last());
    let nothing = store.read_stream(page(0, 0)).await.unwrap();
    assert!(nothing.is_empty() && !nothing.is_last());
}

pub async fn the_journal_is_read_in_both_directions(store: &dyn EventStore) {
    let empty = store.read_all(JournalQuery::default()).await.unwrap();
    assert!(empty.is_empty() && empty.is_last());
    for id in ["a", "b", "a"] {
        append(store, &todo(id), 2).await;
    }
    let read = async |after: Option<i64>, direction| {
        let query = JournalQuery {
            after: after.map(Position),
            direction,
            ..Default::default()
        };
        positions(&scan(store, query).await.unwrap())
    };
    assert_eq!(read(None, Direction::Forward).await, [1, 2, 3, 4, 5, 6]);
    assert_eq!(read(None, Direction::Backward).await, [6, 5, 4, 3, 2, 1]);
    assert_eq!(read(Some(4), Direction::Forward).await, [5, 6]);
    assert_eq!(read(Some(3), Direction::Backward).await, [2, 1]);
    assert_eq!(read(Some(6), Direction::Forward).await, NONE);
}

pub async fn the_journal_is_filtered_by_type(store: &dyn EventStore) {
    for n in 0..600 {
        let aggregate = if n % 2 == 0 { "Cat" } else { "Dog" };
        let event_type = if n % 3 == 0 { "created" } else { "renamed" };
        let event = NewEvent {
            event_type: event_type.into(),
            ..event(n)
        };
        let stream = StreamId::new(aggregate, n.to_string());
        store
            .append(one(&stream, ExpectedVersion::Any, vec![event]))
            .await
            .unwrap();
    }
    let read = async |only: &[(&str, Option<&str>)], limit| {
        let only = only
            .iter()
            .map(|(aggregate, event)| ((*aggregate).to_owned(), event.map(str::to_owned)))
            .collect();
        let query = JournalQuery {
            only,
            limit,
            ..Default::default()
        };
        positions(&scan(store, query).await.unwrap())
    };
    let expected = |takes: fn(i64) -> bool| -> Vec<i64> {
        (0..600).filter(|n| takes(*n)).map(|n| n + 1).collect()
    };
    for limit in [None, Some(1), Some(7)] {
        assert_eq!(
            read(&[("Cat", None)], limit).await,
            expected(|n| n % 2 == 0)
        );
        assert_eq!(
            read(&[("Dog", Some("created"))], limit).await,
            expected(|n| n % 6 == 3)
        );
        let both = [("Dog", Some("created")), ("Cat", None)];
        assert_eq!(
            read(&both, limit).await,
            expected(|n| n % 2 == 0 || n % 3 == 0)
        );
        assert_eq!(
            read(&[("Cow", None), ("Cat", Some("sold"))], limit).await,
            NONE
        );
    }
}
