//! What cannot be used says what to do, and shows no password; tables of other builds; connections that are lost.

use std::time::Duration;

use evgen_runtime::position::Position;
use evgen_runtime::sqlx::postgres::PgPoolOptions;
use evgen_runtime::sqlx::{AssertSqlSafe, Executor, PgConnection};
use evgen_runtime::store::postgres::{LAYOUT_VERSION, OpenError, PostgresBuilder, PostgresStore};
use evgen_runtime::store::{EventStore, JournalQuery};
use evgen_tests::postgres::Database;

use super::{any, hand_over, native, open};
use crate::stores::chain;

async fn run(connection: &mut PgConnection, sql: &str) {
    connection
        .execute(AssertSqlSafe(sql.to_owned()))
        .await
        .unwrap();
}

/// What the store says, without the driver's own words.
async fn refusal(builder: PostgresBuilder) -> String {
    assert!(!format!("{builder:?}").contains("secret"));
    let error = builder.connect().await.unwrap_err();
    assert!(!format!("{error:?} {}", chain(&error)).contains("secret"));
    error.to_string()
}

#[tokio::test]
async fn what_cannot_be_used_says_what_to_do() {
    let Some(database) = Database::new().await else {
        return;
    };
    let url = &database.url;
    let with = |url: &str| PostgresStore::builder(url);
    let base = url.rsplit_once('/').unwrap().0;
    for (builder, expected) in [
        (
            with("postgres://u:secret@127.0.0.1:1/x"),
            "no server answers there",
        ),
        (
            with(&format!("{base}/nowhere")),
            "there is no such database",
        ),
        (
            with(&url.replace(":secret@", ":secret2@")),
            "the password is wrong",
        ),
        (with(url), "has no journal: make its tables"),
        (with(url).schema("Shop"), "`Shop` is no name for a schema"),
        (with("secret"), "does not begin with `postgres://`"),
    ] {
        let said = refusal(builder).await;
        assert!(said.contains(expected), "{said}");
    }
    let mut admin = database.connect().await;
    let role = format!("{}_reader", database.name);
    run(
        &mut admin,
        &format!("CREATE ROLE {role} LOGIN PASSWORD 'secret'"),
    )
    .await;
    let as_role = url.replace("postgres:secret@", &format!("{role}:secret@"));
    let said = refusal(with(&as_role).migrate_at_start(true)).await;
    assert!(said.contains("lacks a privilege"), "{said}");
    let store = open(&database).await;
    assert!(!format!("{store:?}").contains("secret"));
    run(
        &mut admin,
        &format!(
            "GRANT USAGE ON SCHEMA evgen TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA evgen TO {role}"
        ),
    )
    .await;
    // It needs no right to make what is there.
    let reader = with(&as_role)
        .migrate_at_start(true)
        .connect()
        .await
        .unwrap();
    assert_eq!(reader.head().await.unwrap(), Position::START);
    let error = reader.append(any("a")).await.unwrap_err();
    assert!(
        chain(&error).contains("lacks a privilege"),
        "{}",
        chain(&error)
    );
    let reader = with(url).read_only(true).connect().await.unwrap();
    let error = reader.append(any("a")).await.unwrap_err();
    assert!(chain(&error).contains("read only"), "{}", chain(&error));
    // As on a replica.
    let options = format!("{url}?options=-c%20default_transaction_read_only%3Don");
    let replica = with(&options).connect().await.unwrap();
    let error = replica.append(any("a")).await.unwrap_err();
    assert!(
        chain(&error).contains("connect to the primary"),
        "{}",
        chain(&error)
    );
    run(
        &mut admin,
        &format!("DROP OWNED BY {role}; DROP ROLE {role}"),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_of_other_builds_are_known() {
    let Some(database) = Database::new().await else {
        return;
    };
    // At once: one makes the tables, the others wait.
    let builder = || {
        PostgresStore::builder(&database.url)
            .schema("shop")
            .migrate_at_start(true)
    };
    let (a, b, c) = tokio::join!(
        builder().connect(),
        builder().connect(),
        builder().run_migrations()
    );
    c.unwrap();
    a.unwrap().append(any("a")).await.unwrap();
    assert_eq!(
        b.unwrap().append(any("a")).await.unwrap().position,
        Position(2)
    );
    let mut admin = database.connect().await;
    // A newer build has added to them.
    run(
        &mut admin,
        "INSERT INTO shop.migrations (version, works_with) VALUES (99, 1)",
    )
    .await;
    let store = builder().connect().await.unwrap();
    assert_eq!(store.head().await.unwrap(), Position(2));
    run(
        &mut admin,
        "UPDATE shop.migrations SET works_with = 99 WHERE version = 99",
    )
    .await;
    let error = builder().connect().await.unwrap_err();
    assert!(
        matches!(
            error,
            OpenError::NewerLayout {
                found: 99,
                known: LAYOUT_VERSION,
                ..
            }
        ),
        "{error}"
    );
    // Those of an older build.
    run(&mut admin, "DELETE FROM shop.migrations WHERE version > 1").await;
    let older = PostgresStore::builder(&database.url).schema("shop");
    let error = older.connect().await.unwrap_err();
    assert!(
        matches!(error, OpenError::OlderLayout { found: 1, .. }),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_connections_are_made_again() {
    let Some((store, database)) = native().await else {
        return;
    };
    let mut admin = database.admin().await;
    let mut changes = store.changes();
    for n in 1..=10 {
        // Some end before their append, some within, some between commit and answer.
        let append = hand_over(&store, any("a"));
        let end = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
            database.name
        );
        run(&mut admin, &end).await;
        assert_eq!(append.await.unwrap().position, Position(n));
        assert_eq!(store.head().await.unwrap(), Position(n));
    }
    let page = store.read_all(JournalQuery::default()).await.unwrap();
    assert_eq!(page.len(), 10);
    let told = changes.wait_for(|position| *position == Position(10));
    tokio::time::timeout(Duration::from_secs(20), told)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callers_pool_serves_a_store() {
    let Some(database) = Database::new().await else {
        return;
    };
    let pool = PgPoolOptions::new()
        .max_connections(2)
        .connect_with(database.options.clone())
        .await
        .unwrap();
    let builder = PostgresStore::with_pool(pool.clone()).migrate_at_start(true);
    let store = builder.connect().await.unwrap();
    let mut tx = pool.begin().await.unwrap();
    let pending = store.append_in(&mut tx, any("a")).await.unwrap();
    assert_eq!(pending.commit(tx).await.unwrap().position, Position(1));
    for n in 2..=20 {
        assert_eq!(store.append(any("a")).await.unwrap().position, Position(n));
        assert_eq!(store.head().await.unwrap(), Position(n));
    }
    store.close().await;
    assert!(!pool.is_closed());
}
