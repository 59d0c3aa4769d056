//! What is kept: every part of an event, odd text, snapshots, checkpoints, commands; and the end, `close`.

use evgen_runtime::command;
use evgen_runtime::envelope::{NewEvent, Payload, PayloadBuf};
use evgen_runtime::error::{AppendError, ReadError};
use evgen_runtime::position::Position;
use evgen_runtime::store::{
    EventStore, JournalQuery, NoteChange, NoteError, NoteQuery, Pages, Snapshot, StoredSchema,
    StreamAppend, StreamQuery,
};
use evgen_runtime::stream::{AggregateVersion, ExpectedVersion, StreamId};
use jiff::Timestamp;

use super::events::{append, batch, event, head, load, one, todo};

pub async fn all_of_an_event_is_kept(store: &dyn EventStore) {
    let stream = todo("a");
    let json = NewEvent {
        event_version: Some(7),
        payload: PayloadBuf::Json(" {\"b\" : 1.50, \"a\":1e2,\"a\":\"\\ud800\"} ".into()),
        create_date: Some("2017-03-01T17:16:57.947031Z".parse().unwrap()),
        metadata: Some("{\"trace\": [1]}".into()),
        ..event(0)
    };
    let avro = NewEvent {
        event_version: None,
        payload: PayloadBuf::Avro(vec![0xc3, 0x01, 0, 255]),
        metadata: Some("null".into()),
        ..event(0)
    };
    let before = Timestamp::now();
    let events = vec![json.clone(), avro.clone()];
    store
        .append(one(&stream, ExpectedVersion::Any, events))
        .await
        .unwrap();
    let query = StreamQuery {
        checksums: true,
        ..StreamQuery::new(stream)
    };
    let page = store.read_stream(query).await.unwrap();
    for (n, expected) in [&json, &avro].into_iter().enumerate() {
        let stored = page.get(n).unwrap();
        assert_eq!(stored.position, Position(n as i64 + 1));
        assert_eq!(stored.version, AggregateVersion(n as i64));
        assert_eq!(stored.event_id, expected.event_id.as_str());
        assert_eq!(stored.event_type, expected.event_type);
        assert_eq!(stored.event_version, expected.event_version);
        assert_eq!(stored.payload, expected.payload.as_payload());
        assert_eq!((stored.aggregate_type, stored.aggregate_id), ("Todo", "a"));
    }
    assert_eq!(page.get(0).unwrap().create_date, json.create_date.unwrap());
    assert_eq!(page.get(0).unwrap().metadata, json.metadata.as_deref());
    assert_eq!(page.get(1).unwrap().metadata, None);
    let clock = page.get(1).unwrap().create_date;
    assert!(
        (clock.as_second() - before.as_second()).abs() <= 60,
        "{clock}"
    );
    for stored in page.iter() {
        assert_ne!(stored.is_intact(), Some(false));
        assert_eq!(stored.is_intact().is_some(), stored.checksum.is_some());
    }
    // The journal has it as the stream has it.
    let query = JournalQuery {
        checksums: true,
        ..JournalQuery::default()
    };
    let all = store.read_all(query).await.unwrap();
    assert_eq!(format!("{:?}", all.get(0)), format!("{:?}", page.get(0)));
    assert_eq!(format!("{:?}", all.get(1)), format!("{:?}", page.get(1)));
}

pub async fn odd_text_is_kept(store: &dyn EventStore) {
    let long = "x".repeat(100_000);
    let odd = [
        "",
        "'",
        "\"; DROP TABLE x; --",
        "a\0b",
        "\0",
        "🎉",
        "\u{202e}",
        "::",
        " ",
        "%_",
        &long,
    ];
    // Data and metadata are JSON, with the text in it.
    let json = |text: &str| serde_json::to_string(text).unwrap();
    for text in odd {
        let event = NewEvent {
            event_type: text.to_owned().into(),
            payload: PayloadBuf::Json(json(text)),
            metadata: Some(format!(" [{}]", json(text))),
            ..event(0)
        };
        let stream = StreamId::new(text, text);
        let appended = store.append(one(&stream, ExpectedVersion::NoStream, vec![event]));
        let refused = match appended.await {
            Ok(_) => false,
            // Some databases have no text with this character: then they say so, and keep nothing of it.
            Err(AppendError::Backend { .. }) if text.contains('\0') => true,
            Err(error) => panic!("{error:?}"),
        };
        let page = store
            .read_stream(StreamQuery::new(StreamId::new(text, text)))
            .await
            .unwrap();
        if refused {
            assert!(page.is_empty() && page.is_last());
            assert_eq!(note(store, text).await, None);
            let set = vec![NoteChange::set(text, "x")];
            assert!(store.save_notes(set).await.is_err());
            let set = vec![NoteChange::set("x", text)];
            assert!(store.save_notes(set).await.is_err());
            continue;
        }
        assert_eq!(page.len(), 1);
        let stored = page.get(0).unwrap();
        assert_eq!(
            (
                stored.aggregate_type,
                stored.aggregate_id,
                stored.event_type
            ),
            (text, text, text)
        );
        assert_eq!(stored.payload, Payload::Json(&json(text)));
        assert_eq!(stored.metadata, Some(format!(" [{}]", json(text)).as_str()));
        let set = vec![NoteChange::set(text, text)];
        store.save_notes(set).await.unwrap();
        assert_eq!(note(store, text).await.as_deref(), Some(text));
    }
}

pub async fn large_payloads_are_kept_in_bounded_pages(store: &dyn EventStore) {
    let stream = todo("a");
    let megabyte = |n: usize| format!("\"{}\"", n.to_string().repeat(1 << 20));
    let events = (0..4)
        .map(|n| NewEvent {
            payload: PayloadBuf::Json(megabyte(n)),
            ..event(n)
        })
        .chain([NewEvent {
            payload: PayloadBuf::Avro(vec![7; 3 << 20]),
            ..event(4)
        }])
        .collect();
    store
        .append(one(&stream, ExpectedVersion::NoStream, events))
        .await
        .unwrap();
    let pages = load(store, StreamQuery::new(stream)).await.unwrap();
    assert!(pages.len() > 1, "5 MB in one page");
    let payloads: Vec<_> = pages
        .iter()
        .flat_map(|page| page.iter())
        .map(|e| e.payload)
        .collect();
    assert_eq!(payloads.len(), 5);
    for (n, payload) in payloads[..4].iter().enumerate() {
        assert!(*payload == Payload::Json(&megabyte(n)));
    }
    assert!(payloads[4] == Payload::Avro(&vec![7; 3 << 20]));
}

pub async fn times_are_kept_to_the_microsecond(store: &dyn EventStore) {
    let stream = todo("a");
    let times = [
        "2017-03-01T00:00:00.123456789Z",
        "1969-12-31T23:59:59.999999999Z",
        "-000100-01-01T00:00:00Z",
    ];
    let events = times
        .iter()
        .map(|time| NewEvent {
            create_date: Some(time.parse().unwrap()),
            ..event(0)
        })
        .collect();
    let dated = one(&stream, ExpectedVersion::NoStream, events);
    let first = store.append(dated.clone()).await.unwrap();
    let page = store.read_stream(StreamQuery::new(stream)).await.unwrap();
    let stored: Vec<_> = page
        .iter()
        .map(|event| event.create_date.to_string())
        .collect();
    assert_eq!(
        stored,
        [
            "2017-03-01T00:00:00.123456Z",
            "1969-12-31T23:59:59.999999Z",
            "-000100-01-01T00:00:00Z"
        ]
    );
    assert_eq!(store.append(dated).await.unwrap(), first);
}

pub async fn commands_are_found(store: &dyn EventStore) {
    let (a, b) = (todo("a"), todo("b"));
    append(store, &a, 1).await;
    let ids = |stream: &StreamId| -> Vec<NewEvent> {
        (0..3)
            .map(|n| NewEvent {
                event_id: command::event_id("pay", stream, n),
                ..event(n)
            })
            .collect()
    };
    let command = |stream: &StreamId| StreamAppend {
        stream: stream.clone(),
        expected: ExpectedVersion::Any,
        events: ids(stream),
        command_id: Some("pay".to_owned()),
    };
    assert_eq!(store.find_command(&a, "pay").await.unwrap(), None);
    let appended = store.append(batch(vec![command(&a)])).await.unwrap();
    append(store, &a, 2).await;
    assert_eq!(store.find_command(&a, "pay").await.unwrap(), Some(appended));
    assert_eq!(store.find_command(&b, "pay").await.unwrap(), None);
    assert_eq!(store.find_command(&a, "pay2").await.unwrap(), None);
}

pub async fn snapshots_replace_older_ones(store: &dyn EventStore) {
    let (a, b) = (todo("a"), todo("b"));
    let snapshot = |version, key| Snapshot {
        version: AggregateVersion(version),
        position: Position(version),
        key,
        state: format!("{{\"n\":{version}}}").into_bytes(),
        discarded: version == 20,
    };
    assert_eq!(store.load_snapshot(&a, 1).await.unwrap(), None);
    store.save_snapshot(&a, snapshot(10, 1)).await.unwrap();
    assert_eq!(
        store.load_snapshot(&a, 1).await.unwrap(),
        Some(snapshot(10, 1))
    );
    assert_eq!(store.load_snapshot(&a, 2).await.unwrap(), None);
    assert_eq!(store.load_snapshot(&b, 1).await.unwrap(), None);
    store.save_snapshot(&a, snapshot(20, 1)).await.unwrap();
    // An older one, saved late, changes nothing.
    store.save_snapshot(&a, snapshot(15, 1)).await.unwrap();
    assert_eq!(
        store.load_snapshot(&a, 1).await.unwrap(),
        Some(snapshot(20, 1))
    );
    // One under another key does.
    store
        .save_snapshot(&a, snapshot(5, u64::MAX))
        .await
        .unwrap();
    assert_eq!(store.load_snapshot(&a, 1).await.unwrap(), None);
    assert_eq!(
        store.load_snapshot(&a, u64::MAX).await.unwrap(),
        Some(snapshot(5, u64::MAX))
    );
}

async fn note(store: &dyn EventStore, key: &str) -> Option<String> {
    let found = store.load_notes(NoteQuery::of(key)).await.unwrap();
    NoteQuery::value(key, found)
}

pub async fn notes_are_changed_all_or_none(store: &dyn EventStore) {
    assert_eq!(note(store, "a").await, None);
    let both = vec![NoteChange::set("a", "1"), NoteChange::set("b", "2")];
    store.save_notes(both).await.unwrap();
    assert_eq!(note(store, "a").await.as_deref(), Some("1"));
    // One is not what was believed: none is changed, and it says what it is.
    let stale = vec![
        NoteChange::set("c", "new"),
        NoteChange::set("a", "3").expecting(Some("2".into())),
    ];
    let Err(NoteError::Changed { key, actual }) = store.save_notes(stale).await else {
        panic!("it was not what was expected");
    };
    assert_eq!((key.as_str(), actual.as_deref()), ("a", Some("1")));
    assert_eq!(note(store, "c").await, None);
    let absent = vec![NoteChange::set("a", "3").expecting(None)];
    assert!(matches!(
        store.save_notes(absent).await,
        Err(NoteError::Changed { .. })
    ));
    let removed_before = vec![NoteChange::remove("c").expecting(Some("1".into()))];
    assert!(matches!(
        store.save_notes(removed_before).await,
        Err(NoteError::Changed { actual: None, .. })
    ));
    // What is believed of one, another rests on.
    let checked = vec![
        NoteChange::check("a", Some("1".into())),
        NoteChange::set("c", "").expecting(None),
        NoteChange::remove("b").expecting(Some("2".into())),
    ];
    store.save_notes(checked).await.unwrap();
    assert_eq!(note(store, "a").await.as_deref(), Some("1"));
    assert_eq!(note(store, "b").await, None);
    assert_eq!(note(store, "c").await.as_deref(), Some(""));
    assert_eq!(head(store).await, Position::START);
}

pub async fn notes_are_read_by_prefix_in_the_order_of_keys(store: &dyn EventStore) {
    let keys = ["p/1", "p/10", "p/2", "p/ä", "p/~", "p0", "P/1", "p"];
    let set = keys.map(|key| NoteChange::set(key, "x"));
    store.save_notes(set.into()).await.unwrap();
    let read = async |query| {
        let notes = store.load_notes(query).await.unwrap();
        notes.into_iter().map(|note| note.key).collect::<Vec<_>>()
    };
    let all = ["p/1", "p/10", "p/2", "p/~", "p/ä"];
    assert_eq!(read(NoteQuery::all("p/")).await, all);
    let mut page = NoteQuery {
        limit: 2,
        ..NoteQuery::all("p/")
    };
    assert_eq!(read(page.clone()).await, all[..2]);
    page.after = Some("p/10".into());
    assert_eq!(read(page.clone()).await, all[2..4]);
    page.after = Some("p/~".into());
    assert_eq!(read(page).await, all[4..]);
    // A prefix is no pattern.
    assert!(read(NoteQuery::all("_")).await.is_empty());
}

pub async fn one_of_many_wins_a_note(store: &dyn EventStore) {
    let tries = (0..8).map(|n| {
        let change = NoteChange::set("lease", n.to_string()).expecting(None);
        store.save_notes(vec![change])
    });
    let mut won = 0;
    for answer in tries.collect::<Vec<_>>() {
        won += usize::from(answer.await.is_ok());
    }
    assert_eq!(won, 1);
}

pub async fn schemas_are_kept_once(store: &dyn EventStore) {
    let schema = |event_type: &str, version, text: &str| StoredSchema {
        event_type: event_type.to_owned(),
        event_version: version,
        fingerprint: u64::MAX - 1,
        schema: text.to_owned(),
        types: r#"["null"]"#.to_owned(),
    };
    assert_eq!(store.load_schemas().await.unwrap(), []);
    let (b, a) = (schema("b", 1, "{}"), schema("a", 10, "{}"));
    store
        .save_schemas(vec![b.clone(), a.clone()])
        .await
        .unwrap();
    let (again, draft) = (a.clone(), schema("a", 2, "\"int\""));
    store
        .save_schemas(vec![again, draft.clone()])
        .await
        .unwrap();
    assert_eq!(
        store.load_schemas().await.unwrap(),
        [draft, a.clone(), b.clone()]
    );
    let edited = schema("a", 2, "\"long\"");
    store.save_schemas(vec![edited.clone()]).await.unwrap();
    assert_eq!(store.load_schemas().await.unwrap(), [edited, a, b]);
    assert_eq!(head(store).await, Position::START);
}

pub async fn a_closed_store_says_so(store: &dyn EventStore) {
    let a = todo("a");
    append(store, &a, 1).await;
    let mut changes = store.changes();
    store.close().await;
    store.close().await;
    // It may not have been told of the event before.
    while changes.changed().await.is_ok() {}
    assert!(store.changes().changed().await.is_err());
    let append = store
        .append(one(&a, ExpectedVersion::Any, vec![event(1)]))
        .await;
    assert!(matches!(append, Err(AppendError::Closed)));
    let saved = store.save_notes(vec![NoteChange::set("a", "1")]).await;
    assert!(matches!(saved, Err(NoteError::Closed)));
    let saved = store.save_schemas(Vec::new()).await;
    assert!(matches!(saved, Err(AppendError::Closed)));
    assert!(matches!(store.load_schemas().await, Err(ReadError::Closed)));
    assert!(matches!(store.head().await, Err(ReadError::Closed)));
    let page = store.read_stream(StreamQuery::new(a.clone())).await;
    assert!(matches!(page, Err(ReadError::Closed)));
    let page = store.read_all(JournalQuery::default()).await;
    assert!(matches!(page, Err(ReadError::Closed)));
    let page = Pages::all(store, JournalQuery::default()).next().await;
    assert!(matches!(page, Err(ReadError::Closed)));
    assert!(matches!(
        store.find_command(&a, "c").await,
        Err(ReadError::Closed)
    ));
    assert!(matches!(
        store.load_snapshot(&a, 1).await,
        Err(ReadError::Closed)
    ));
    assert!(matches!(
        store.load_notes(NoteQuery::all("")).await,
        Err(ReadError::Closed)
    ));
}

pub async fn closing_finishes_what_was_handed_over(store: &dyn EventStore) {
    let handed_over: Vec<_> = (0..100)
        .map(|n| store.append(one(&todo("a"), ExpectedVersion::Any, vec![event(n)])))
        .collect();
    assert!(head(store).await <= Position(100));
    store.close().await;
    for (n, answer) in handed_over.into_iter().enumerate() {
        assert_eq!(answer.await.unwrap().position, Position(n as i64 + 1));
    }
}
