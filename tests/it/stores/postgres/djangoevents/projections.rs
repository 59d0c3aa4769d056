//! A read model in the database of djangoevents' journal: each event that Python or Rust stores takes effect once.

use std::time::Duration;

use evgen_runtime::sqlx::{
    self, AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _,
};
use evgen_runtime::{App, BuildError, Rebuilding};
use evgen_tests::fixtures::appends_of_postgres;
use evgen_tests::fixtures::in_postgres::events::account::{Deposited, Opened};
use evgen_tests::fixtures::in_postgres::{Account, Totals, events};
use evgen_tests::postgres::Database;

use super::{builder, empty};

async fn app(database: &Database) -> App {
    let store = builder(database)
        .migrate_at_start(true)
        .connect()
        .await
        .unwrap();
    let app = events::app(store).projections(Totals);
    let app = app.configure(|app| app.lease(Duration::from_millis(500)));
    app.build().await.unwrap()
}

/// A deposit that Django stores.
async fn deposit(db: &mut PgConnection, id: &str, amount: i64, version: i64) {
    let insert = format!(
        "INSERT INTO event_journal (event_id, event_type, event_version, event_data, aggregate_id, aggregate_type, \
         aggregate_version, create_date, metadata, _module_name, _class_name, _stored_entity_id) VALUES \
         (replace(gen_random_uuid()::text, '-', ''), 'account_deposited', 1, '{{\"amount\":{amount}}}', '{id}', 'Account', \
         {version}, now(), 'null', 'bank.aggregates', 'Account.Deposited', 'Account::{id}')"
    );
    db.execute(AssertSqlSafe(insert)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_python_and_rust_store_takes_effect_once() {
    let Some(database) = empty().await else {
        return;
    };
    let (one, other) = (app(&database).await, app(&database).await);
    let accounts = one.repository::<Account>();
    let ids = ["1", "2", "3"];
    for id in ids {
        let _ = accounts.create(id, Opened {}).await.unwrap();
    }
    let mut db = database.connect().await;
    for round in 1..=15 {
        // Python's transaction is open, with a lower id, while Rust stores for others; every third is rolled back.
        let mut tx = db.begin().await.unwrap();
        let version = accounts.get("1").await.unwrap().version().0;
        deposit(&mut tx, "1", round, version).await;
        for id in ["2", "3"] {
            let update = accounts.update(id, |_| Deposited { amount: round * 7 });
            let _ = update.await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        match round % 3 {
            0 => tx.rollback().await.unwrap(),
            _ => tx.commit().await.unwrap(),
        }
    }
    one.shutdown().await;
    let head = other.event_store().head().await.unwrap();
    other.wait_for("totals", head).await.unwrap();
    // Made anew beside itself, it is the same.
    let rebuilt = other.rebuild("totals").await.unwrap();
    let Rebuilding::Done { events, parked, .. } = rebuilt else {
        panic!("{rebuilt:?}")
    };
    assert_eq!((events, parked), (43, 0));
    for (id, count) in [("1", 10), ("2", 15), ("3", 15)] {
        let account = other.repository::<Account>().get(id).await.unwrap();
        assert_eq!(account.count, count);
        let row = sqlx::query("SELECT count, hash FROM totals WHERE id = $1");
        let row = row.bind(id).fetch_one(&mut db).await.unwrap();
        let found: (i64, i64) = (row.get(0), row.get(1));
        assert_eq!(found, (account.count, account.hash), "{id}");
    }
    assert!(other.parked("totals").list().await.unwrap().is_empty());
    // Its own tables stand beside Django's.
    let notes = db
        .fetch_all("SELECT FROM public.evgen_notes")
        .await
        .unwrap();
    assert!(!notes.is_empty());
    other.shutdown().await;
}

#[tokio::test]
async fn it_cannot_be_part_of_appends() {
    let Some(database) = empty().await else {
        return;
    };
    let store = builder(&database).migrate_at_start(true).connect();
    let app = appends_of_postgres::events::app(store.await.unwrap());
    let built = app.projections(appends_of_postgres::ReadModels).build();
    let error = built.await.unwrap_err();
    assert!(
        matches!(error, BuildError::NotInDjangoevents { .. }),
        "{error}"
    );
}
