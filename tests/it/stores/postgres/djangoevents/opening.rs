//! What cannot be used says what to do: no table, another table, no rights, evgen's own tables missing.

use std::error::Error;

use evgen_runtime::store::postgres::PostgresBuilder;
use evgen_runtime::store::{EventStore, JournalQuery, NoteChange, NoteQuery};
use evgen_runtime::stream::ExpectedVersion;
use evgen_tests::postgres::Database;

use super::super::batch;
use super::{builder, empty, new, run};
use crate::stores::chain;

fn django(id: &str, expected: ExpectedVersion) -> evgen_runtime::store::Batch {
    let mut batch = batch(id, expected, 1);
    batch.streams[0].events[0].django = Some(evgen_runtime::event::DjangoClass {
        module: "todos.aggregates",
        class: "Todo.Created",
    });
    batch
}

async fn refusal(builder: PostgresBuilder) -> String {
    let error = builder.connect().await.unwrap_err();
    assert!(!format!("{error:?} {}", chain(&error)).contains("secret"));
    error.to_string()
}

#[tokio::test]
async fn what_is_no_journal_of_djangoevents_says_what_to_do() {
    let Some(database) = Database::new().await else {
        return;
    };
    let mut db = database.connect().await;
    let said = refusal(builder(&database)).await;
    assert!(
        said.contains("schema `public` has no table `event_journal`: run djangoevents' migrations"),
        "{said}"
    );
    run(&mut db, "CREATE TABLE something (id integer)").await;
    // Django's migrations belong there, not ours.
    let said = refusal(builder(&database).migrate_at_start(true)).await;
    assert!(said.contains("has no table `event_journal`"), "{said}");
    let said = refusal(builder(&database).schema("Shop")).await;
    assert!(said.contains("`Shop` is no name for a schema"), "{said}");
    let made = builder(&database).schema("shop").migrate_at_start(true);
    let store = made.connect().await.unwrap();
    store
        .append(django("a", ExpectedVersion::NoStream))
        .await
        .unwrap();
    for (change, undo, expected) in [
        (
            "ALTER TABLE shop.event_journal ALTER event_data TYPE json USING event_data::json",
            "ALTER TABLE shop.event_journal ALTER event_data TYPE text",
            "its column event_data is json, not character varying or text",
        ),
        (
            "ALTER TABLE shop.event_journal ALTER create_date TYPE timestamp",
            "ALTER TABLE shop.event_journal ALTER create_date TYPE timestamptz",
            "its column create_date is timestamp without time zone",
        ),
        (
            "ALTER TABLE shop.event_journal RENAME event_version TO version",
            "ALTER TABLE shop.event_journal RENAME version TO event_version",
            "has no column event_version: run the migrations of djangoevents 0.14",
        ),
        (
            "ALTER SEQUENCE shop.event_journal_id_seq CACHE 20",
            "ALTER SEQUENCE shop.event_journal_id_seq CACHE 1",
            "`ALTER SEQUENCE … CACHE 1`",
        ),
        (
            "ALTER TABLE shop.event_journal DROP CONSTRAINT event_journal_aggregate_id_3065e510_uniq",
            "ALTER TABLE shop.event_journal ADD UNIQUE (aggregate_type, aggregate_version, aggregate_id)",
            "has no unique key on aggregate_id, aggregate_type and aggregate_version",
        ),
    ] {
        run(&mut db, change).await;
        let said = refusal(builder(&database).schema("shop")).await;
        assert!(said.contains(expected), "{said}");
        run(&mut db, undo).await;
    }
    // Ids outgrow four bytes.
    run(
        &mut db,
        "ALTER TABLE shop.event_journal ALTER id TYPE bigint",
    )
    .await;
    run(
        &mut db,
        "ALTER SEQUENCE shop.event_journal_id_seq AS bigint RESTART 5000000000",
    )
    .await;
    let store = builder(&database).schema("shop").connect().await.unwrap();
    let appended = store
        .append(django("a", ExpectedVersion::Any))
        .await
        .unwrap();
    assert_eq!(
        (appended.position.0, appended.streams[0].first.0),
        (5_000_000_000, 1)
    );
    assert_eq!(
        store.read_all(JournalQuery::default()).await.unwrap().len(),
        2
    );
}

#[tokio::test]
async fn missing_privileges_are_named() {
    let Some(database) = empty().await else {
        return;
    };
    let mut db = database.connect().await;
    let role = format!("{}_reader", database.name);
    run(
        &mut db,
        &format!("CREATE ROLE {role} LOGIN PASSWORD 'secret'"),
    )
    .await;
    let url = database
        .url
        .replace("postgres:secret@", &format!("{role}:secret@"));
    let with = || {
        let builder = evgen_runtime::store::postgres::PostgresStore::builder(&url);
        builder.layout(evgen_runtime::store::postgres::Layout::djangoevents())
    };
    for (read_only, lacks, grant) in [
        (true, "SELECT", "SELECT ON public.event_journal"),
        (false, "INSERT", "INSERT ON public.event_journal"),
        (false, "USAGE", "USAGE ON SEQUENCE event_journal_id_seq"),
    ] {
        let said = refusal(with().read_only(read_only)).await;
        let expected =
            format!("the user {role} lacks the privilege {lacks}; `GRANT {grant} TO {role}`");
        assert!(
            said.replace("SEQUENCE public.", "SEQUENCE ")
                .contains(&expected),
            "{said}"
        );
        run(&mut db, &format!("GRANT {grant} TO {role}")).await;
        with().read_only(true).connect().await.unwrap();
    }
    let store = with().connect().await.unwrap();
    store
        .append(django("a", ExpectedVersion::Any))
        .await
        .unwrap();
    run(&mut db, &format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}

#[tokio::test]
async fn own_tables_are_made_by_migrating() {
    let Some(database) = empty().await else {
        return;
    };
    let store = builder(&database).connect().await.unwrap();
    store
        .append(django("a", ExpectedVersion::Any))
        .await
        .unwrap();
    let error = store
        .save_notes(vec![NoteChange::set("p", "3")])
        .await
        .unwrap_err();
    assert!(
        chain(&error).contains("migrate the store first"),
        "{}",
        chain(&error)
    );
    let mut command = django("a", ExpectedVersion::Any);
    command.streams[0].command_id = Some("c".to_owned());
    let error = store.append(command.clone()).await.unwrap_err();
    assert!(
        chain(&error).contains("migrate the store first"),
        "{}",
        chain(&error)
    );
    assert_eq!(store.head().await.unwrap().0, 1);
    // Another process does, while this one works.
    builder(&database).run_migrations().await.unwrap();
    store.append(command).await.unwrap();
    store
        .save_notes(vec![NoteChange::set("p", "3")])
        .await
        .unwrap();
    assert_eq!(store.load_notes(NoteQuery::of("p")).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_the_table_cannot_hold_is_refused() {
    let Some((store, _database)) = new().await else {
        return;
    };
    let mut nameless = django("a", ExpectedVersion::Any);
    nameless.streams[0].events[0].django = None;
    let mut avro = django("a", ExpectedVersion::Any);
    avro.streams[0].events[0].payload = evgen_runtime::envelope::PayloadBuf::Avro(vec![]);
    let long = django(&"x".repeat(250), ExpectedVersion::Any);
    let mut far = django("a", ExpectedVersion::Any);
    far.streams[0].events[0].version = Some(evgen_runtime::stream::AggregateVersion(
        i64::from(i32::MAX) + 1,
    ));
    for (batch, expected) in [
        (nameless, "has no class for djangoevents"),
        (avro, "holds JSON only"),
        (long, "longer than its column"),
        (far, "beyond what its column holds"),
        (django("\0", ExpectedVersion::Any), "U+0000"),
    ] {
        let error = store.append(batch).await.unwrap_err();
        let said = chain(&error);
        assert!(said.contains(expected), "{said} {:?}", error.source());
    }
    let empty = store.read_all(JournalQuery::default()).await.unwrap();
    assert!(empty.is_empty());
}
