//! `subscribe`, `unsubscribe`, `subscribe_to`: what the real program did in the same experiments, but that the event is
//! stored first.

use std::sync::{Arc, Mutex};

use evgen_runtime::prelude::*;
use evgen_runtime::{Predicate, StoreError, Subscriber};
use evgen_tests::fixtures::abstract_aggregate::events::{AllEvent, Handlers, animal, cat, dog};
use evgen_tests::fixtures::abstract_aggregate::{self, Dog};

use super::{animals, rex, tom};

/// What was called, in order.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<String>>>);

impl Calls {
    fn note(&self, text: impl Into<String>) {
        self.0.lock().unwrap().push(text.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// A handler that notes its name.
    fn handler(&self, name: &'static str) -> Subscriber {
        let calls = self.clone();
        Subscriber::new(move |_, _| {
            calls.note(name);
            std::future::ready(Ok(()))
        })
    }

    /// A predicate that notes its name and says yes.
    fn predicate(&self, name: &'static str) -> Predicate {
        let calls = self.clone();
        Predicate::new(move |_, _| {
            calls.note(name);
            true
        })
    }
}

fn yes() -> Predicate {
    Predicate::new(|_, _| true)
}

/// Publishes one event, of an aggregate of its own.
async fn publish(app: &App, id: &str) -> Committed {
    app.repository::<Dog>().create(id, rex()).await.unwrap()
}

#[tokio::test]
async fn subscribe_and_unsubscribe_with_predicates_in_order_without_duplicates() {
    let (app, calls) = (animals().await, Calls::default());
    let (p, q, h, g) = (yes(), yes(), calls.handler("h"), calls.handler("g"));
    for (predicate, handler) in [(&p, &h), (&p, &h), (&q, &h), (&q, &g)] {
        app.subscribe_shared(predicate, handler);
    }
    publish(&app, "1").await;
    assert_eq!(calls.take(), ["h", "g"], "one handler under two predicates");
    app.unsubscribe(&p, &h);
    publish(&app, "2").await;
    assert_eq!(
        calls.take(),
        ["h", "g"],
        "still there once under p, and under q"
    );
    app.unsubscribe(&p, &h);
    app.unsubscribe(&q, &h);
    app.unsubscribe(&p, &g);
    publish(&app, "3").await;
    assert_eq!(calls.take(), ["g"], "an unknown pair is no error");

    let app = animals().await;
    let (p1, p2) = (calls.predicate("p1"), calls.predicate("p2"));
    app.subscribe_shared(&p1, &calls.handler("h1"));
    app.subscribe_shared(&p2, &calls.handler("h2"));
    publish(&app, "1").await;
    assert_eq!(calls.take(), ["p1", "p2", "h1", "h2"], "predicates first");

    let app = animals().await;
    let (p, q) = (yes(), yes());
    app.subscribe_shared(&q, &calls.handler("q1"));
    app.subscribe_shared(&p, &calls.handler("p1"));
    app.subscribe_shared(&q, &calls.handler("q2"));
    publish(&app, "1").await;
    assert_eq!(
        calls.take(),
        ["q1", "q2", "p1"],
        "by first subscription of the predicate"
    );

    let app = animals().await;
    let seen = calls.clone();
    let subscription = app.subscribe(
        |event, cx| event.descriptor().name == "Created" && cx.aggregate_id().as_str() != "2",
        move |event, cx| {
            seen.note(format!("{event:?} {}", cx.aggregate_id()));
            async { Ok(()) }
        },
    );
    publish(&app, "1").await;
    publish(&app, "2").await;
    assert_eq!(calls.take(), ["AnyEvent(Dog.Created) 1"]);
    subscription.unsubscribe();
    publish(&app, "3").await;
    assert!(calls.take().is_empty());
    // Dropping the handle changes nothing.
    drop(app.subscribe_shared(&p, &calls.handler("kept")));
    publish(&app, "4").await;
    assert_eq!(calls.take(), ["kept"]);
}

#[tokio::test]
async fn subscribe_to_events_aggregates_abstract_ones_and_tuples() {
    let (app, calls) = (animals().await, Calls::default());
    let note = |name: &'static str| {
        let calls = calls.clone();
        move || calls.note(name)
    };
    let one = note("dog::Created");
    app.subscribe_to::<dog::Created>(move |event, _| {
        assert_eq!(event, rex());
        one();
        async { Ok(()) }
    });
    let tuple = note("tuple");
    app.subscribe_to::<(dog::Barked, cat::Event)>(move |event, _| {
        assert!(event.is::<dog::Barked>() || event.find::<cat::Event>().is_some());
        tuple();
        async { Ok(()) }
    });
    let abstract_event = note("animal::Created");
    app.subscribe_to::<animal::Created>(move |event, cx| {
        let expected = if cx.aggregate_type() == "Dog" {
            "Rex"
        } else {
            "Tom"
        };
        assert_eq!(event.label, expected);
        abstract_event();
        async { Ok(()) }
    });
    let all = note("animal::Event");
    app.subscribe_to::<animal::Event>(move |event, _| {
        all();
        async move {
            match event {
                animal::Event::Created(_) | animal::Event::Renamed(_) => Ok(()),
                other => Err(HandlerError::message(format!("{other:?}"))),
            }
        }
    });
    let every = note("AnyEvent");
    app.subscribe_to::<AnyEvent>(move |_, _| {
        every();
        async { Ok(()) }
    });

    let dogs = app.repository::<Dog>();
    dogs.create("1", rex()).await.unwrap();
    let expected = [
        "dog::Created",
        "animal::Created",
        "animal::Event",
        "AnyEvent",
    ];
    assert_eq!(calls.take(), expected);
    dogs.update("1", |_| dog::Barked { times: 1 })
        .await
        .unwrap();
    assert_eq!(calls.take(), ["tuple", "AnyEvent"]);
    app.repository::<cat::Cat>()
        .create("1", tom())
        .await
        .unwrap();
    let expected = ["tuple", "animal::Created", "animal::Event", "AnyEvent"];
    assert_eq!(calls.take(), expected);
    // An event given as the abstract aggregate's is the child's.
    let renamed = animal::Renamed {
        label: "Max".into(),
    };
    dogs.update("1", |_| renamed.clone()).await.unwrap();
    assert_eq!(calls.take(), ["animal::Event", "AnyEvent"]);
    // Each call is a subscription of its own, as djangoevents' stacked decorators.
    let app = animals().await;
    for _ in 0..2 {
        let twice = note("twice");
        app.subscribe_to::<dog::Event>(move |_, _| {
            twice();
            async { Ok(()) }
        });
    }
    publish(&app, "1").await;
    assert_eq!(calls.take(), ["twice", "twice"]);
}

/// The manifest's handlers, noting and failing as told.
#[derive(Clone, Default)]
struct Declared {
    calls: Calls,
    fails: bool,
}

impl Handlers for Declared {
    async fn welcome(&self, _: &animal::Created, _: &HandlerContext) -> Result<(), HandlerError> {
        self.calls.note("welcome");
        Ok(())
    }

    async fn all(&self, _: AllEvent<'_>, _: &HandlerContext) -> Result<(), HandlerError> {
        self.calls.note("all");
        match self.fails {
            true => Err(HandlerError::message("boom")),
            false => Ok(()),
        }
    }
}

async fn with_declared(declared: &Declared) -> App {
    let app = abstract_aggregate::events::app(MemoryStore::new()).handlers(declared.clone());
    app.build().await.unwrap()
}

#[tokio::test]
async fn handlers_run_after_the_commit_and_a_raising_one_ends_the_round() {
    let mut declared = Declared::default();
    let calls = declared.calls.clone();
    let app = with_declared(&declared).await;
    app.subscribe_shared(&calls.predicate("predicate"), &calls.handler("subscribed"));
    let seen = calls.clone();
    app.subscribe_to::<dog::Created>(move |_, cx| {
        let seen = seen.clone();
        async move {
            let dogs = cx.app().repository::<Dog>();
            seen.note(format!("stored: {}", dogs.exists("1").await?));
            Ok(())
        }
    });
    publish(&app, "1").await;
    let round = ["predicate", "welcome", "all", "subscribed", "stored: true"];
    assert_eq!(
        calls.take(),
        round,
        "predicates, the manifest's handlers, subscribed ones"
    );

    declared.fails = true;
    let app = with_declared(&declared).await;
    app.subscribe_shared(&calls.predicate("predicate"), &calls.handler("subscribed"));
    let committed = publish(&app, "1").await;
    assert_eq!(calls.take(), ["predicate", "welcome", "all"]);
    let failure = &committed.handler_failures[0];
    assert_eq!(
        (failure.handler, failure.error.to_string()),
        ("all", "boom".into())
    );
    assert!(app.repository::<Dog>().exists("1").await.unwrap());

    let app = animals().await;
    app.subscribe(
        |_, _| true,
        |_, _| async { Err("7".parse::<bool>().unwrap_err().into()) },
    );
    app.subscribe_shared(&yes(), &calls.handler("later"));
    let committed = publish(&app, "1").await;
    assert!(calls.take().is_empty(), "the round has ended");
    let handler = committed.handler_failures[0].handler;
    assert!(
        handler.contains("subscriptions::handlers_run_after"),
        "{handler}"
    );
    let strict = app.store::<Dog>("2", 0, rex()).strict().await;
    assert!(matches!(strict, Err(StoreError::HandlerFailed(_))));

    // A predicate that fails, subscribed last: nothing is called, and the event is stored.
    let app = with_declared(&Declared::default()).await;
    app.subscribe_shared(&yes(), &calls.handler("h"));
    let zero: fn() -> Result<bool, HandlerError> =
        || Err(HandlerError::message("division by zero"));
    app.subscribe(move |_, _| zero(), |_, _| async { Ok(()) });
    let committed = publish(&app, "1").await;
    assert!(calls.take().is_empty());
    let message = committed.handler_failures[0].error.to_string();
    assert_eq!(message, "division by zero");

    // What is not stored is not published.
    let app = animals().await;
    publish(&app, "1").await;
    app.subscribe_shared(&yes(), &calls.handler("h"));
    app.store::<Dog>("1", 0, rex()).await.unwrap_err();
    assert!(calls.take().is_empty());
}

#[tokio::test]
async fn publish_nests_and_changes_count_from_the_next_one() {
    let (app, calls) = (animals().await, Calls::default());
    let (p, b, c) = (yes(), calls.handler("b"), calls.handler("c"));
    let (changes, all, later, new) = (calls.clone(), p.clone(), b.clone(), c.clone());
    let a = Subscriber::new(move |_, cx| {
        changes.note("a");
        cx.app().unsubscribe(&all, &later);
        cx.app().subscribe_shared(&all, &new);
        std::future::ready(Ok(()))
    });
    app.subscribe_shared(&p, &a);
    app.subscribe_shared(&p, &b);
    publish(&app, "1").await;
    assert_eq!(calls.take(), ["a", "b"], "as it was when the publish began");
    publish(&app, "2").await;
    assert_eq!(calls.take(), ["a", "c"]);

    let app = animals().await;
    let outer = calls.clone();
    app.subscribe_to::<dog::Created>(move |_, cx| {
        let outer = outer.clone();
        async move {
            let id = cx.aggregate_id().as_str().to_owned();
            outer.note(format!("n1 {id}"));
            if id == "outer" {
                publish(cx.app(), "inner").await;
            }
            outer.note(format!("/n1 {id}"));
            Ok(())
        }
    });
    let second = calls.clone();
    app.subscribe_to::<AnyEvent>(move |_, cx| {
        second.note(format!("n2 {}", cx.aggregate_id()));
        async { Ok(()) }
    });
    publish(&app, "outer").await;
    let nested = [
        "n1 outer",
        "n1 inner",
        "/n1 inner",
        "n2 inner",
        "/n1 outer",
        "n2 outer",
    ];
    assert_eq!(calls.take(), nested);
}
