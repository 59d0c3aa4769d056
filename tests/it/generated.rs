//! Generated code at work: what the fixtures' events do to their aggregates, on the memory store.

use std::sync::{Arc, Mutex};

use evgen_runtime::prelude::*;
use evgen_runtime::{Date, DateTime, Decimal, Duration, Event, StreamId, Time, Timestamp, Uuid};
use evgen_tests::fixtures::{abstract_aggregate, declared_mutators, every_type, upcast_steps};

mod declared {
    use super::declared_mutators::events::types::Level;
    use super::declared_mutators::events::{self, ManyEvent, OwnEvent, todo};
    use super::*;

    struct Quiet;

    impl events::Handlers for Quiet {
        async fn one(&self, _: &todo::Created, _: &HandlerContext) -> Result<(), HandlerError> {
            Ok(())
        }

        async fn many(&self, _: ManyEvent<'_>, _: &HandlerContext) -> Result<(), HandlerError> {
            Ok(())
        }
    }

    impl events::Projections for Quiet {
        async fn own(&self, _: OwnEvent<'_>, _: &HandlerContext) -> Result<(), HandlerError> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn declared_mutators_copy_set_and_leave() {
        let app = events::app(MemoryStore::new())
            .handlers(Quiet)
            .projections(Quiet);
        let app = app.build().await.unwrap();
        let todos = app.repository::<todo::Todo>();
        todos
            .create(
                "1",
                todo::Created {
                    label: "milk".into(),
                },
            )
            .await
            .unwrap();
        todos
            .update("1", |_| {
                (
                    todo::Assigned {
                        person: "ada".into(),
                    },
                    todo::Counted { by: 2 },
                    todo::Touched {},
                )
            })
            .await
            .unwrap();
        let todo = todos.get("1").await.unwrap();
        let expected = todo::Todo {
            label: "milk".into(),
            done: false,
            renames: 2,
            owner: Some("ada".into()),
            tags: vec!["urgent".into(), "a\"b".into()],
            level: Level::High,
            r#type: 1.5,
        };
        assert_eq!(*todo, expected);
        assert_eq!(todo.version(), AggregateVersion(4));

        todos
            .update("1", |_| (todo::Completed {}, todo::Discarded {}))
            .await
            .unwrap();
        let todo = todos.get_any("1").await.unwrap();
        assert!(todo.done && todo.discarded());
        assert_eq!(todo.renames, 7);
        assert_eq!(
            todos.get("1").await.unwrap_err().to_string(),
            "`Todo::1` is discarded"
        );
    }

    #[test]
    fn event_types_and_versions_are_constants_of_the_type() {
        assert_eq!(todo::Touched::EVENT_TYPE, "touched_by_user");
        assert_eq!(todo::Created::EVENT_TYPE, "todo_created");
        assert_eq!(upcast_steps::events::customer::Created::VERSION, 5);
    }
}

mod inherited {
    use super::abstract_aggregate::events::{self, AllEvent, animal, cat, dog};
    use super::abstract_aggregate::{Dog, rename};
    use super::*;

    #[derive(Clone, Default)]
    struct Seen(Arc<Mutex<Vec<String>>>);

    impl events::Handlers for Seen {
        async fn welcome(
            &self,
            event: &animal::Created,
            cx: &HandlerContext,
        ) -> Result<(), HandlerError> {
            let line = format!("{} {} {}", cx.aggregate_type(), event.label, event.age);
            self.0.lock().unwrap().push(line);
            Ok(())
        }

        async fn all(&self, event: AllEvent<'_>, _: &HandlerContext) -> Result<(), HandlerError> {
            self.0.lock().unwrap().push(format!("{event:?}"));
            Ok(())
        }
    }

    fn dog_created() -> dog::Created {
        let address = dog::created::Address {
            street: "Elm".into(),
        };
        dog::Created {
            label: "Rex".into(),
            age: 3,
            address,
        }
    }

    #[tokio::test]
    async fn children_inherit_mutators_commands_and_handlers() {
        let seen = Seen::default();
        let app = events::app(MemoryStore::new())
            .handlers(seen.clone())
            .build()
            .await
            .unwrap();
        let (dogs, cats) = (app.repository::<Dog>(), app.repository::<cat::Cat>());
        dogs.create("1", dog_created()).await.unwrap();
        dogs.update("1", |dog| rename(&dog.animal, "Max"))
            .await
            .unwrap();
        dogs.update("1", |_| dog::Barked { times: 2 })
            .await
            .unwrap();
        cats.create(
            "1",
            animal::Created {
                label: "Tom".into(),
                age: 1,
            },
        )
        .await
        .unwrap();
        cats.update("1", |cat| rename(&cat.animal, "Kit"))
            .await
            .unwrap();
        cats.update("1", |_| cat::Retired {}).await.unwrap();

        let moved = dog::Moved {
            address: dog::moved::Address {
                street: "Elm".into(),
            },
            to: dog::moved::To::Int(7),
            distance: Some(3),
        };
        let label = |label: &str| label.to_owned();
        dogs.update("1", |_| moved.clone()).await.unwrap();
        assert_eq!(
            dogs.get("1").await.unwrap().animal.label,
            label("Elm Int(7) quietly Some(3)")
        );
        dogs.update("1", |dog| rename(&dog.animal, "Max"))
            .await
            .unwrap();

        let dog = dogs.get("1").await.unwrap();
        assert_eq!((dog.animal.label.as_str(), dog.barks), ("Max", 2));
        let cat = cats.get_any("1").await.unwrap();
        assert_eq!((cat.animal.label.as_str(), cat.lives), ("Kit", 9));
        assert!(cat.animal.retired && cat.discarded());
        assert_eq!(
            *seen.0.lock().unwrap(),
            [
                "Dog Rex 3",
                "DogCreated(Created { label: \"Rex\", age: 3, address: Address { street: \"Elm\" } })",
                "DogRenamed(Renamed { label: \"Max\", reason: \"none\" })",
                "DogBarked(Barked { times: 2 })",
                "Cat Tom 1",
                "AnimalRetired(Retired)",
                "DogMoved(Moved { address: Address { street: \"Elm\" }, to: Int(7), distance: Some(3) })",
                "DogRenamed(Renamed { label: \"Max\", reason: \"none\" })",
            ]
        );
    }
}

mod history {
    use super::upcast_steps::Customer;
    use super::upcast_steps::events::{self, customer};
    use super::*;

    async fn read(version: i32, json: &str) -> Result<Loaded<Customer>, String> {
        let app = events::app(MemoryStore::new()).build().await.unwrap();
        app.store_raw("customer_created", "1", 0, json)
            .event_version(version)
            .await
            .unwrap();
        app.repository::<Customer>()
            .get("1")
            .await
            .map_err(|error| {
                let mut text = error.to_string();
                let mut source = std::error::Error::source(&error);
                while let Some(cause) = source {
                    text = format!("{text}: {cause}");
                    source = cause.source();
                }
                text
            })
    }

    #[tokio::test]
    async fn every_version_becomes_the_latest() {
        let ada = ("Ada".to_owned(), "Lovelace".to_owned());
        let flat = r#"{"first_name":"Ada","last_name":"Lovelace"}"#;
        let nested = r#"{"name":{"first":"Ada","last":"Lovelace"},"title":"Lady"}"#;
        for (version, json, title) in [
            (1, r#"{"full_name":"Ada Lovelace"}"#, None),
            (2, flat, None),
            (
                3,
                r#"{"first_name":"Ada","last_name":"Lovelace","title":"Lady"}"#,
                Some("Lady"),
            ),
            (4, nested, Some("Lady")),
            (
                5,
                r#"{"name":{"first":"Ada","last":"Lovelace"},"title":"Lady","vip":true}"#,
                Some("Lady"),
            ),
        ] {
            let customer = read(version, json).await.unwrap();
            assert_eq!(
                (&customer.name, customer.title.as_deref()),
                (&ada, title),
                "version {version}"
            );
        }
    }

    #[tokio::test]
    async fn a_step_that_refuses_and_a_version_from_the_future_name_the_row() {
        insta::assert_snapshot!(read(1, r#"{"full_name":"Plato"}"#).await.unwrap_err());
        let app = events::app(MemoryStore::new()).build().await.unwrap();
        let future = app
            .store_raw("customer_created", "1", 0, "{}")
            .event_version(6)
            .await;
        insta::assert_snapshot!(future.unwrap_err());
    }

    #[tokio::test]
    async fn resolution_renames_promotes_maps_and_fills() {
        let app = events::app(MemoryStore::new()).build().await.unwrap();
        let customers = app.repository::<Customer>();
        let name = customer::created::Name {
            first: "Ada".into(),
            last: "Lovelace".into(),
        };
        customers
            .create(
                "1",
                customer::Created {
                    name,
                    title: None,
                    vip: false,
                },
            )
            .await
            .unwrap();
        let old = r#"{"street":"Elm","number":7,"mood":"B","old":"gone"}"#;
        app.store_raw("customer_moved", "1", 1, old)
            .event_version(1)
            .await
            .unwrap();
        let moved = customers.get("1").await.unwrap().moved.clone().unwrap();
        assert_eq!(moved.road, "Elm");
        assert!((moved.number - 7.0).abs() < f64::EPSILON);
        assert_eq!(moved.mood, Some(customer::moved::Mood::X));
        assert_eq!(
            moved.extra.into_iter().collect::<Vec<_>>(),
            [("a".to_owned(), 1)]
        );
    }
}

mod two_crates {
    use evgen_tests::fixtures::two_crates::Todo;
    use evgen_tests::fixtures::two_crates::events::{self, OnAnyEvent, animal, cat, todo};
    use evgen_tests_events::events::types::com::acme::Size;

    use super::*;

    struct Quiet;

    impl events::Handlers for Quiet {
        async fn on_any(&self, _: OnAnyEvent<'_>, _: &HandlerContext) -> Result<(), HandlerError> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_service_stands_on_the_events_of_another_crate() {
        let app = events::app(MemoryStore::new())
            .handlers(Quiet)
            .build()
            .await
            .unwrap();
        let todos = app.repository::<Todo>();
        app.store_raw("todo_created", "1", 0, r#"{"text":"buy milk"}"#)
            .event_version(1)
            .await
            .unwrap();
        todos
            .update("1", |_| (todo::Completed {}, todo::Completed {}))
            .await
            .unwrap();
        let todo = todos.get("1").await.unwrap();
        assert_eq!((todo.words.len(), todo.completed), (2, 2));

        let cats = app.repository::<cat::Cat>();
        let created = animal::Created {
            label: "Tom".into(),
            age: 1,
            lives: 9,
        };
        cats.create("1", created).await.unwrap();
        let mut animal = cats.get("1").await.unwrap().animal.clone();
        animal.size = Some(Size::Large);
        assert_eq!(animal.label, "Tom");
    }
}

pub(crate) mod types {
    use std::collections::BTreeMap;

    use super::every_type::Sample;
    use super::every_type::events::sample::{self, created};
    use super::every_type::events::{self, types};
    use super::*;

    fn leaf(value: i32) -> created::Tree {
        let other = created::TreeOther::String(String::new());
        created::Tree {
            value,
            children: Vec::new(),
            left: None,
            other,
        }
    }

    pub(crate) fn full() -> sample::Created {
        let tree = created::Tree {
            value: 1,
            children: vec![leaf(2)],
            left: Some(Box::new(leaf(3))),
            other: created::TreeOther::Tree(Box::new(leaf(4))),
        };
        let money = types::com::acme::Money {
            cents: -5,
            currency: types::com::acme::Currency::Usd,
        };
        sample::Created {
            flag: true,
            small: i32::MIN,
            large: i64::MAX,
            half: f32::NAN,
            whole: 0.1,
            raw: vec![0, 255, b'"'],
            text: "\u{0}\u{1F600}\"\\\n".into(),
            list: vec!["a".into(), String::new()],
            by_name: BTreeMap::from([("k".into(), f64::INFINITY)]),
            nothing: (),
            maybe: None,
            maybe_last: Some("x".into()),
            wide: created::Wide::Map(BTreeMap::from([("int".into(), created::WideMap::Int(1))])),
            hash: [7; 16],
            maybe_hash: Some([0; 16]),
            kind: created::Kind::Itself2,
            tree,
            amount: "12.30".parse::<Decimal>().unwrap(),
            id: Uuid::nil(),
            day: Date::constant(2024, 2, 29),
            at_time: Time::constant(23, 59, 59, 999_999_000),
            at: Timestamp::from_millisecond(-1).unwrap(),
            local: DateTime::constant(1, 1, 1, 0, 0, 0, 0),
            span: Duration {
                months: 1,
                days: 2,
                millis: u32::MAX,
            },
            odd: "odd".into(),
            point: types::geo::Point {
                x: 1.0,
                y: -0.0,
                price: Some(money.clone()),
            },
            money,
            r#type: "t".into(),
            self_: "s".into(),
            user_id_2: "camel".into(),
            user_id: "snake".into(),
            empty: created::Empty {},
        }
    }

    #[tokio::test]
    async fn every_type_is_stored_and_read_back() {
        let app = events::app(MemoryStore::new()).build().await.unwrap();
        let samples = app.repository::<Sample>();
        let mut event = full();
        samples.create("1", event.clone()).await.unwrap();
        let mut stored = samples.get("1").await.unwrap().0.clone();
        // NaN is no equal of its own.
        assert!(stored.half.is_nan());
        (event.half, stored.half) = (0.0, 0.0);
        assert_eq!(stored, event);
    }

    #[tokio::test]
    async fn the_stored_text_is_plain_json() {
        let store = MemoryStore::new();
        let app = events::app(store.clone()).build().await.unwrap();
        app.repository::<Sample>()
            .create("1", full())
            .await
            .unwrap();
        let query = evgen_runtime::store::StreamQuery::new(StreamId::new("Sample", "1"));
        let page = store.read_stream(query).await.unwrap();
        let event = page.get(0).unwrap();
        insta::assert_snapshot!(format!("{:?}", event.payload));
    }
}
