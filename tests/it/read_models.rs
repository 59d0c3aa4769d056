//! Read models of generated code: one account for each address, refused by a unique index inside the append.

use evgen_runtime::prelude::*;
use evgen_runtime::{CreateError, Rebuilding, UpdateError};
use evgen_tests::fixtures::how_projections_run::events::account::{
    Account, ChangedEmail, Registered,
};
use evgen_tests::fixtures::how_projections_run::{Reactions, events};

fn registered(email: &str) -> Registered {
    Registered {
        email: email.into(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_has_one_account() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("app.db"))
        .await
        .unwrap();
    let app = events::app(store.clone())
        .handlers(Reactions)
        .projections(Reactions)
        .build()
        .await
        .unwrap();
    let accounts = app.repository::<Account>();
    let _ = accounts
        .create("1", registered("ada@example.org"))
        .await
        .unwrap();
    let _ = accounts
        .create("2", registered("bob@example.org"))
        .await
        .unwrap();
    let taken = accounts.create("3", registered("ada@example.org")).await;
    assert!(matches!(taken, Err(CreateError::Refused(_))), "{taken:?}");
    let change = |_: &Loaded<Account>| ChangedEmail {
        email: "bob@example.org".into(),
    };
    let taken = accounts.update("1", change).await;
    assert!(matches!(taken, Err(UpdateError::Refused(_))), "{taken:?}");
    let done = accounts
        .update("2", |_| ChangedEmail {
            email: "bea@example.org".into(),
        })
        .await
        .unwrap();
    // The address is free again.
    let _ = accounts.update("1", change).await.unwrap();

    for name in ["history", "mirror", "welcome"] {
        app.wait_for(name, done.position).await.unwrap();
    }
    for name in ["emails", "history"] {
        let rebuilt = app.rebuild(name).await.unwrap();
        assert!(
            matches!(
                rebuilt,
                Rebuilding::Done {
                    events: 4,
                    parked: 0,
                    ..
                }
            ),
            "{rebuilt:?}"
        );
    }
    assert_eq!(app.rebuild("mirror").await.unwrap(), Rebuilding::Restarted);
    let emails = store.read(|db| {
        db.query_row(
            "SELECT group_concat(id || ' ' || email) FROM (SELECT * FROM emails ORDER BY id)",
            [],
            |row| row.get::<_, String>(0),
        )
    });
    assert_eq!(emails.await.unwrap(), "1 bob@example.org,2 bea@example.org");
    app.shutdown().await;
}
