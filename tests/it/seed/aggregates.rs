//! Aggregates: `BaseAggregate`, `EventSourcedEntity`, abstract aggregates, repositories.

use evgen_runtime::prelude::*;
use evgen_runtime::{CreateError, GetError};
use evgen_tests::fixtures::abstract_aggregate::Dog;
use evgen_tests::fixtures::abstract_aggregate::events::{cat, dog};
use evgen_tests::fixtures::declared_mutators::events::{self, ManyEvent, OwnEvent, todo};
use evgen_tests::fixtures::upcast_steps::Customer;

use super::{ada, animals, customers, elm, rex, tom};

/// The struct, and one method per event in one `impl`: `customer::Mutator for Customer`.
#[tokio::test]
async fn base_aggregate_with_its_events_and_mutators_in_one_place() {
    let app = customers(|builder| builder).await;
    let repository = app.repository::<Customer>();
    repository.create("1", ada()).await.unwrap();
    repository.update("1", |_| elm()).await.unwrap();
    let customer = repository.get("1").await.unwrap();
    assert_eq!(customer.name.0, "Ada");
    assert_eq!(customer.moved.as_ref().unwrap().road, "Elm");
    assert_eq!(customer.version(), AggregateVersion(2));
}

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

/// `creates`, `sets` and `discards` are djangoevents' `Created`, `AttributeChanged` and `Discarded`, declared.
#[tokio::test]
async fn created_attribute_changed_discarded() {
    let app = events::app(MemoryStore::new())
        .handlers(Quiet)
        .projections(Quiet);
    let app = app.build().await.unwrap();
    let todos = app.repository::<todo::Todo>();
    let created = todo::Created {
        label: "milk".into(),
    };
    todos.create("1", created.clone()).await.unwrap();
    let label = "bread".to_owned();
    let changed = todo::ChangedLabel { label };
    todos.update("1", |_| changed.clone()).await.unwrap();
    assert_eq!(todos.get("1").await.unwrap().label, "bread");
    todos.update("1", |_| todo::Discarded {}).await.unwrap();

    assert!(matches!(todos.get("1").await, Err(GetError::Discarded(_))));
    assert!(!todos.exists("1").await.unwrap());
    let discarded = todos.get_any("1").await.unwrap();
    assert!(discarded.discarded());
    assert_eq!(discarded.label, "bread");
    let again = todos.create("1", created).await;
    assert!(matches!(again, Err(CreateError::AlreadyExists(_))));
}

/// A dog is stored as a dog, by a schema of its own; what all animals do is written once.
#[tokio::test]
async fn abstract_aggregate_with_children_and_abstract_events() {
    let app = animals().await;
    let (dogs, cats) = (app.repository::<Dog>(), app.repository::<cat::Cat>());
    dogs.create("1", rex()).await.unwrap();
    dogs.update("1", |_| dog::Barked { times: 2 })
        .await
        .unwrap();
    cats.create("1", tom()).await.unwrap();

    let dog = dogs.get("1").await.unwrap();
    assert_eq!((dog.animal.label.as_str(), dog.barks), ("Rex", 2));
    let stored = &dogs.events("1").await.unwrap()[0];
    assert_eq!(stored.stream.to_string(), "Dog::1");
    assert_eq!(stored.event_type, "dog_created");
    assert_ne!(
        dog::CREATED.latest().unwrap().file,
        cat::CREATED.latest().unwrap().file
    );
    // `omits` and `events: none`: a Fish is never renamed, a Hamster has no events of its own.
    assert!(events_of("Fish").contains(&"fish_created"));
    assert!(!events_of("Fish").contains(&"fish_renamed"));
    assert!(events_of("Hamster").is_empty());
}

fn events_of(aggregate_type: &str) -> Vec<&'static str> {
    let all = evgen_tests::fixtures::abstract_aggregate::events::AGGREGATES;
    all.iter()
        .filter(|aggregate| aggregate.aggregate_type == aggregate_type)
        .flat_map(|aggregate| aggregate.events)
        .map(|event| event.event_type)
        .collect()
}

/// One app, a repository for each aggregate; several may stand on one journal, and nothing is stored twice.
#[tokio::test]
async fn event_sourcing_with_django_is_the_app_with_repositories() {
    let store = MemoryStore::new();
    let one = super::upcast_steps::events::app(store.clone());
    let one = one.build().await.unwrap();
    let two = super::upcast_steps::events::app(store);
    let two = two.build().await.unwrap();
    one.repository::<Customer>()
        .create("1", ada())
        .await
        .unwrap();
    let repository = two.repository::<Customer>();
    assert!(repository.exists("1").await.unwrap());
    assert_eq!(repository.events("1").await.unwrap().len(), 1);
    assert!(!repository.exists("2").await.unwrap());
}

#[tokio::test]
async fn get_aggregate_or_404() {
    let app = customers(|builder| builder).await;
    let missing = app.repository::<Customer>().get("1").await;
    assert_eq!(Error::from(missing.unwrap_err()).status(), 404);
    let app = animals().await;
    let cats = app.repository::<cat::Cat>();
    cats.create("1", tom()).await.unwrap();
    cats.update("1", |_| cat::Retired {}).await.unwrap();
    let discarded = cats.get("1").await;
    // djangoevents answered 404 here, too: it could not tell the two apart.
    assert_eq!(Error::from(discarded.unwrap_err()).status(), 410);
}

/// djangoevents' `DomainEvent`, `EventSourcedEntity`, `entity_mutator` and `singledispatch` are generated code;
/// `store_event`, `subscribe`, `unsubscribe`, `subscribe_to` are methods of the app, `EventSourcedRepository` is a
/// `Repository`.
mod imports {
    use evgen_runtime::prelude::*;
    use evgen_tests::fixtures::upcast_steps::{Customer, events};

    async fn app() -> App {
        events::app(MemoryStore::new()).build().await.unwrap()
    }

    async fn loaded(repository: &Repository<Customer>) -> Result<Loaded<Customer>, Error> {
        Ok(repository.get("1").await?)
    }

    #[tokio::test]
    async fn import_shortcuts_are_in_the_prelude() {
        let app = app().await;
        let subscription: Subscription =
            app.subscribe_to::<AnyEvent>(|_: AnyEvent, _: HandlerContext| async { Ok(()) });
        let id: AggregateId = "1".into();
        let stored: Committed = app
            .store::<Customer>(id, AggregateVersion(0), super::ada())
            .await
            .unwrap();
        subscription.unsubscribe();
        assert_eq!(events::customer::Created::EVENT_TYPE, "customer_created");
        let loaded = loaded(&app.repository()).await.unwrap();
        assert_eq!(loaded.version(), stored.version);
    }
}
