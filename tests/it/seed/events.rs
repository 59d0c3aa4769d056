//! Events: their types, their versions, old ones.

use evgen_runtime::prelude::*;
use evgen_tests::djangoevents::events as service;
use evgen_tests::fixtures::declared_mutators::events::todo;
use evgen_tests::fixtures::upcast_steps::Customer;
use evgen_tests::fixtures::upcast_steps::events::customer;

use super::{ada, customers};

#[tokio::test]
async fn event_version_from_the_highest_schema_file_as_a_constant() {
    assert_eq!(customer::Created::VERSION, 5);
    assert_eq!(customer::Moved::VERSION, 2);
    // Nobody has to look at the class first, and a child has its own (djangoevents set it on first use, and inherited it).
    assert_eq!(service::dog::Created::VERSION, 1);
    assert_eq!(service::note::Created::VERSION, 1);

    let app = customers(|builder| builder).await;
    app.store::<Customer>("1", 0, ada()).await.unwrap();
    let old = r#"{"street":"Elm","number":7,"mood":"A","old":""}"#;
    app.store_raw("customer_moved", "1", 1, old)
        .event_version(1)
        .await
        .unwrap();
    let events = app.repository::<Customer>().events("1").await.unwrap();
    let versions: Vec<_> = events.iter().map(|event| event.event_version).collect();
    assert_eq!(versions, [Some(5), Some(1)], "in the envelope");
}

/// djangoevents' rule with all its quirks; `names.json` in `codegen/tests` has every recorded case.
#[test]
fn event_type_rule_and_override() {
    assert_eq!(
        service::todo::ChangedLabel::EVENT_TYPE,
        "todo_changed_label"
    );
    assert_eq!(
        service::http_call::TLSv13Negotiated::EVENT_TYPE,
        "http_calltl_sv13_negotiated"
    );
    assert_eq!(todo::Touched::EVENT_TYPE, "touched_by_user");
    assert_eq!(
        service::invoice::Issued::EVENT_TYPE,
        "billing.invoice.issued"
    );
}

/// Where djangoevents' constructors took `schema_version` and decided by hand, every stored version becomes the latest
/// before a mutator sees it.
#[tokio::test]
async fn upcasting_on_construction() {
    let app = customers(|builder| builder).await;
    let customers = app.repository::<Customer>();
    for (id, version, json) in [
        ("1", 1, r#"{"full_name":"Ada Lovelace"}"#),
        ("2", 2, r#"{"first_name":"Ada","last_name":"Lovelace"}"#),
        (
            "4",
            4,
            r#"{"name":{"first":"Ada","last":"Lovelace"},"title":null}"#,
        ),
    ] {
        app.store_raw("customer_created", id, 0, json)
            .event_version(version)
            .await
            .unwrap();
        let events = customers.events(id).await.unwrap();
        assert_eq!(events[0].event, ada().into(), "version {version}");
        assert_eq!(customers.get(id).await.unwrap().name.1, "Lovelace");
    }
}
