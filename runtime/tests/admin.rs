//! The app's own commands: what they print, and their exit codes.
#![cfg(feature = "admin")]
#![expect(clippy::unwrap_used, reason = "these are tests")]

mod support;
mod todo;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use evgen_runtime::prelude::*;
use evgen_runtime::store::{Batch, StreamAppend};
use evgen_runtime::{
    AppBuilder, Delivery, EventDescriptor, EventId, ExpectedVersion, NewEvent, PayloadBuf,
    RunOptions, StreamId,
};
use support::{builder, created, handler};
use todo::{Created, Todo};

static CREATED: &[&EventDescriptor] = &[Created::DESCRIPTOR];

/// What is printed to stdout and to stderr, and the exit code.
async fn admin(app: &App, words: &str) -> (String, String, u8) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = app
        .admin_to(words.split_whitespace(), &mut out, &mut err)
        .await;
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(out), text(err), code)
}

fn mails(failing: &Arc<AtomicBool>) -> AppBuilder {
    let failing = Arc::clone(failing);
    let mut entry = handler("mail", CREATED, Delivery::Durable, move |event, _| {
        let fails = failing.load(Ordering::SeqCst) && format!("{event:?}").contains("poison");
        async move {
            if fails {
                return Err(HandlerError::message("no such address"));
            }
            Ok(())
        }
    });
    entry.run = RunOptions {
        workers: 1,
        attempts: Some(1),
    };
    builder(MemoryStore::new()).add_handlers(vec![entry])
}

#[tokio::test]
async fn help_and_mistakes() {
    let app = builder(MemoryStore::new()).build().await.unwrap();
    let (out, err, code) = admin(&app, "").await;
    assert!(out.starts_with("Usage:\n  projections list"), "{out}");
    assert_eq!((err.as_str(), code), ("", 0));
    let (out, err, code) = admin(&app, "projections rebuild").await;
    assert!(
        err.starts_with("error: no such command: projections rebuild\n\nUsage:"),
        "{err}"
    );
    assert_eq!((out.as_str(), code), ("", 2));
    let (_, err, code) = admin(&app, "projections parked skip mail two").await;
    assert_eq!((err.as_str(), code), ("error: `two` is no position\n", 2));
    let (out, _, code) = admin(&app, "projections list").await;
    assert_eq!(out, "the app has no projection and no durable handler\n");
    assert_eq!(code, 0);
}

#[tokio::test]
async fn parked_events_are_listed_tried_again_and_given_up() {
    let failing = Arc::new(AtomicBool::new(true));
    let app = mails(&failing).build().await.unwrap();
    let todos = app.repository::<Todo>();
    let _ = todos.create("a", created("poison")).await.unwrap();
    let _ = todos.create("b", created("poison too")).await.unwrap();
    let done = todos.create("c", created("fine")).await.unwrap();
    app.wait_for("mail", done.position).await.unwrap();
    let (out, _, code) = admin(&app, "projections list").await;
    assert_eq!(
        out,
        "name  finished  behind  parked\n\
         mail         3       0       2\n"
    );
    assert_eq!(code, 0);
    let (out, _, code) = admin(&app, "projections parked").await;
    assert_eq!(
        out,
        "mail: 1 todo_created, version 0 of Todo::a: failed 1 times: no such address\n\
         mail: 2 todo_created, version 0 of Todo::b: failed 1 times: no such address\n"
    );
    assert_eq!(code, 1);
    let (out, _, code) = admin(&app, "projections parked retry mail 1").await;
    assert_eq!(
        out,
        "mail: 1 todo_created, version 0 of Todo::a: failed 2 times: no such address\n"
    );
    assert_eq!(code, 1);
    let (out, _, code) = admin(&app, "projections parked skip mail 1").await;
    assert_eq!((out.as_str(), code), ("mail: 1 was given up\n", 0));
    failing.store(false, Ordering::SeqCst);
    let (out, _, code) = admin(&app, "projections parked retry mail").await;
    assert_eq!((out.as_str(), code), ("mail: 2 was taken\n", 0));
    let (out, _, code) = admin(&app, "projections parked mail").await;
    assert_eq!((out.as_str(), code), ("no event is parked\n", 0));

    let (_, err, code) = admin(&app, "projections parked skip mail 9").await;
    assert_eq!(err, "error: `mail` has no parked event at position 9\n");
    assert_eq!(code, 1);
    let (_, err, code) = admin(&app, "projections parked post").await;
    assert_eq!(
        err,
        "error: the app has no projection or durable handler `post`, it has: mail\n"
    );
    assert_eq!(code, 2);
    let (_, err, code) = admin(&app, "projections rebuild mail").await;
    assert_eq!(
        err,
        "error: `mail` is a handler: what it did would be done again, so it is never rebuilt\n"
    );
    assert_eq!(code, 2);
    app.shutdown().await;
    let (_, err, code) = admin(&app, "projections list").await;
    assert_eq!((err.as_str(), code), ("error: the store is closed\n", 74));
}

#[tokio::test]
async fn a_journal_that_this_build_cannot_read_is_told_event_by_event() {
    let app = builder(MemoryStore::new()).build().await.unwrap();
    let todos = app.repository::<Todo>();
    let _ = todos.create("a", created("one")).await.unwrap();
    let (out, _, code) = admin(&app, "journal verify").await;
    assert_eq!((out.as_str(), code), ("this build reads all 1 events\n", 0));
    for (event_type, version, aggregate, json) in [
        ("todo_created", 1, "Todo", "{}"),
        ("todo_created", 99, "Todo", "{}"),
        ("todo_sung", 1, "Todo", "{}"),
        ("song_sung", 1, "Song", "{}"),
    ] {
        let event = NewEvent {
            event_id: EventId::new(),
            event_type: event_type.into(),
            event_version: Some(version),
            payload: PayloadBuf::Json(json.into()),
            create_date: None,
            metadata: None,
            version: None,
            django: None,
        };
        let append = StreamAppend {
            stream: StreamId::new(aggregate, "b"),
            expected: ExpectedVersion::Any,
            events: vec![event],
            command_id: None,
        };
        let batch = Batch {
            streams: vec![append],
        };
        app.event_store().append(batch).await.unwrap();
    }
    let (out, _, code) = admin(&app, "journal verify").await;
    let lines: Vec<_> = out.lines().collect();
    assert_eq!(code, 1);
    assert_eq!(
        lines[0],
        "2: todo_created v1, version 0 of Todo::b: the data does not fit its schema: `/label`: expected a value, found nothing: the field is missing"
    );
    assert!(
        lines[1].starts_with(
            "3: todo_created v99, version 1 of Todo::b: `Todo.Created` is stored in version 99"
        ),
        "{out}"
    );
    assert_eq!(
        lines[2..],
        [
            "4: todo_sung v1, version 2 of Todo::b: this build has no such event",
            "5: song_sung v1, version 0 of Song::b: this build has no aggregate `Song`",
            "this build cannot read 4 of 5 events",
        ]
    );
}
