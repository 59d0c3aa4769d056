//! Projections that are part of every append: never behind, exactly once, and their unique index refuses the command, whoever
//! appends beside them.

use std::time::Duration;

use evgen_runtime::error::AppendError;
use evgen_runtime::sqlx::{self, Connection as _, Executor as _, PgConnection, Row as _};
use evgen_runtime::store::postgres::PostgresStore;
use evgen_runtime::store::{Batch, EventStore};
use evgen_runtime::stream::{ExpectedVersion, StreamId};
use evgen_runtime::{App, BuildError, CreateError, Loaded, UpdateError};
use evgen_tests::fixtures::appends_of_postgres::events::account::{
    Account, ChangedEmail, Registered,
};
use evgen_tests::fixtures::appends_of_postgres::{ReadModels, events};
use evgen_tests::postgres::Database;

use super::{batch, native, open};
use crate::stores::chain;

/// An app on the store, whose appends fold.
pub(super) async fn app(store: PostgresStore) -> App {
    let app = events::app(store).projections(ReadModels);
    app.build().await.unwrap()
}

/// A store, and an app on it.
pub(super) async fn native_with_app() -> Option<(PostgresStore, App, Database)> {
    let (store, database) = native().await?;
    let app = app(store.clone()).await;
    Some((store, app, database))
}

fn registered(email: &str) -> Registered {
    let email = email.to_owned();
    Registered { email }
}

fn change(email: &str) -> impl FnMut(&Loaded<Account>) -> ChangedEmail + Send + use<> {
    let email = email.to_owned();
    move |_| ChangedEmail {
        email: email.clone(),
    }
}

/// As a build that does not know the projection appends it.
fn unknown(id: &str, event_type: &'static str, email: &str) -> Batch {
    let mut batch = batch(id, ExpectedVersion::Any, 1);
    batch.streams[0].stream = StreamId::new("Account", id);
    let event = &mut batch.streams[0].events[0];
    event.event_type = event_type.into();
    let text = format!("{{\"email\":\"{email}\"}}");
    event.payload = evgen_runtime::envelope::PayloadBuf::Json(text);
    batch
}

/// `id=email*changes@version`, by id.
async fn table(db: &mut PgConnection) -> String {
    let all = "SELECT coalesce(string_agg(id || '=' || email || '*' || changes || '@' || version, ' ' ORDER BY id), '') FROM emails";
    db.fetch_one(all).await.unwrap().get(0)
}

async fn checkpoint(db: &mut PgConnection) -> i64 {
    let text = "SELECT value::bigint FROM evgen.notes WHERE key = 'emails/checkpoint'";
    db.fetch_one(text).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_never_behind_and_may_refuse() {
    let Some((store, app, database)) = native_with_app().await else {
        return;
    };
    let mut db = database.connect().await;
    let accounts = app.repository::<Account>();
    let _ = accounts.create("1", registered("ada")).await.unwrap();
    let done = accounts.create("2", registered("bob")).await.unwrap();
    assert_eq!(table(&mut db).await, "1=ada*0@0 2=bob*0@0");
    app.wait_for("emails", done.position).await.unwrap();

    let Err(UpdateError::Refused(refusal)) = accounts.update("2", change("ada")).await else {
        panic!("there are two of one address")
    };
    let said = "projection `emails` refused the events of `Account::2`";
    assert_eq!(refusal.to_string(), said);
    let cause = refusal.source.downcast_ref::<sqlx::Error>().unwrap();
    assert!(cause.as_database_error().unwrap().is_unique_violation());
    let taken = accounts.create("3", registered("bob")).await.unwrap_err();
    assert_eq!(evgen_runtime::Error::from(taken).status(), 409);
    for (email, why) in [
        ("nobody", "not this one"),
        ("panic", "the projection panicked"),
    ] {
        let refused = accounts.create("3", registered(email)).await;
        let Err(CreateError::Refused(refusal)) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(refusal.source.to_string(), why);
    }
    assert!(!accounts.exists("3").await.unwrap());
    assert_eq!(table(&mut db).await, "1=ada*0@0 2=bob*0@0");
    // The address is free again.
    let _ = accounts.update("2", change("bea")).await.unwrap();
    let _ = accounts.update("1", change("bob")).await.unwrap();
    assert_eq!(table(&mut db).await, "1=bob*1@1 2=bea*1@1");

    // Neighbours in a group: half of them want the same address.
    let mut writers = Vec::new();
    for n in 0..64 {
        let accounts = accounts.clone();
        writers.push(tokio::spawn(async move {
            let email = match n % 2 {
                0 => "same".to_owned(),
                _ => n.to_string(),
            };
            let created = accounts.create(format!("n{n}"), registered(&email)).await;
            assert!(
                matches!(created, Ok(_) | Err(CreateError::Refused(_))),
                "{created:?}"
            );
            created.is_ok()
        }));
    }
    let mut stored = 0;
    for writer in writers {
        stored += i64::from(writer.await.unwrap());
    }
    assert_eq!(stored, 33);
    let head = store.head().await.unwrap().0;
    assert_eq!((head, checkpoint(&mut db).await), (4 + stored, head));
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_command_is_answered_as_the_first_time() {
    let Some((store, app, database)) = native_with_app().await else {
        return;
    };
    let accounts = app.repository::<Account>();
    let create = || accounts.create("1", registered("ada")).command_id("c");
    let first = create().await.unwrap();
    let again = create().await.unwrap();
    assert_eq!(
        (first.position, first.version),
        (again.position, again.version)
    );
    // The projection would refuse it a second time, and is not asked.
    let again = unknown("2", "account_registered", "bob");
    let first = store.append(again.clone()).await.unwrap();
    assert_eq!(store.append(again.clone()).await.unwrap(), first);
    let together = [0, 1, 2].map(|_| {
        let (store, again) = (store.clone(), again.clone());
        tokio::spawn(async move { store.append(again).await.unwrap() })
    });
    for task in together {
        assert_eq!(task.await.unwrap(), first);
    }
    let mut db = database.connect().await;
    assert_eq!(table(&mut db).await, "1=ada*0@0 2=bob*0@0");
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_other_builds_have_stored_is_folded_first() {
    let Some((other, database)) = native().await else {
        return;
    };
    let mut db = database.connect().await;
    for n in 0..600 {
        let old = unknown(&format!("old{n}"), "account_registered", &format!("o{n}"));
        other.append(old).await.unwrap();
    }
    // What was stored before it was there is in it: more than a page.
    let app = app(open(&database).await).await;
    let count = db.fetch_one("SELECT count(*) FROM emails").await.unwrap();
    assert_eq!(count.get::<i64, _>(0), 600);
    db.execute("DELETE FROM emails").await.unwrap();
    let accounts = app.repository::<Account>();
    let append = async |id, event_type, email| {
        let batch = unknown(id, event_type, email);
        other.append(batch).await.unwrap();
    };
    append("1", "account_registered", "ada").await;
    let _ = accounts.create("2", registered("bob")).await.unwrap();
    assert_eq!(table(&mut db).await, "1=ada*0@0 2=bob*0@0");
    // An address that is free since a moment ago, and one that is taken.
    append("1", "account_changed_email", "eve").await;
    let _ = accounts.update("2", change("ada")).await.unwrap();
    append("1", "account_changed_email", "bob").await;
    assert!(matches!(
        accounts.create("3", registered("bob")).await,
        Err(CreateError::Refused(_))
    ));
    assert_eq!(table(&mut db).await, "1=bob*2@2 2=ada*1@1");
    // Others' events that it does not take cost nothing and are passed.
    other
        .append(batch("x", ExpectedVersion::Any, 3))
        .await
        .unwrap();
    let _ = accounts.create("3", registered("zoe")).await.unwrap();
    assert_eq!(checkpoint(&mut db).await, other.head().await.unwrap().0);

    // What it can never take: the append that finds it says so, and names it.
    append("4", "account_registered", "zoe").await;
    let refused = accounts.create("5", registered("pat")).await;
    let Err(CreateError::Refused(refusal)) = refused else {
        panic!("{refused:?}")
    };
    assert!(
        refusal.to_string().ends_with("the events of `Account::4`"),
        "{refusal}"
    );
    let built = events::app(open(&database).await).projections(ReadModels);
    let error = built.build().await.unwrap_err();
    assert!(matches!(error, BuildError::Behind { .. }));
    assert!(chain(&error).contains("`Account::4`"), "{}", chain(&error));
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_folds_in_callers_transactions() {
    let Some((store, app, database)) = native_with_app().await else {
        return;
    };
    let mut db = database.connect().await;
    let mut mine = database.connect().await;
    let accounts = app.repository::<Account>();
    let _ = accounts.create("1", registered("ada")).await.unwrap();
    // Refused: the transaction is as it was, and goes on.
    let mut tx = mine.begin().await.unwrap();
    tx.execute("CREATE TABLE own (n int)").await.unwrap();
    let refused = accounts.create("2", registered("ada")).in_tx(&mut tx).await;
    assert!(
        matches!(refused, Err(CreateError::Refused(_))),
        "{refused:?}"
    );
    let refused = accounts.update("1", change("nobody")).in_tx(&mut tx).await;
    assert!(
        matches!(refused, Err(UpdateError::Refused(_))),
        "{refused:?}"
    );
    let pending = accounts.create("2", registered("bob")).in_tx(&mut tx).await;
    let pending = pending.unwrap();
    assert_eq!(table(&mut tx).await, "1=ada*0@0 2=bob*0@0");
    assert_eq!(table(&mut db).await, "1=ada*0@0");
    assert_eq!(pending.commit(tx).await.unwrap().position.0, 2);
    assert_eq!(checkpoint(&mut db).await, 2);
    // Rolled back: nothing is left. Committed by the caller: all of it is, once.
    let mut tx = mine.begin().await.unwrap();
    let _pending = accounts
        .update("2", change("cat"))
        .in_tx(&mut tx)
        .await
        .unwrap();
    tx.rollback().await.unwrap();
    let mut tx = mine.begin().await.unwrap();
    let _pending = accounts
        .update("2", change("dan"))
        .in_tx(&mut tx)
        .await
        .unwrap();
    let _pending = accounts
        .create("3", registered("cat"))
        .in_tx(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let _ = accounts.create("4", registered("eve")).await.unwrap();
    let folded = "1=ada*0@0 2=dan*1@1 3=cat*0@0 4=eve*0@0";
    assert_eq!(table(&mut db).await, folded);
    assert_eq!(checkpoint(&mut db).await, 5);

    // A build that does not know it appends in between: the commit fails, since its events come first.
    let other = open(&database).await;
    let mut tx = mine.begin().await.unwrap();
    let pending = accounts
        .update("4", change("fay"))
        .in_tx(&mut tx)
        .await
        .unwrap();
    other
        .append(unknown("5", "account_registered", "gus"))
        .await
        .unwrap();
    let error = pending.commit(tx).await.unwrap_err();
    assert!(
        chain(&error).contains("begin the transaction anew"),
        "{}",
        chain(&error)
    );
    let mut tx = mine.begin().await.unwrap();
    let pending = accounts
        .update("4", change("fay"))
        .in_tx(&mut tx)
        .await
        .unwrap();
    let _ = pending.commit(tx).await.unwrap();
    assert_eq!(
        table(&mut db).await,
        "1=ada*0@0 2=dan*1@1 3=cat*0@0 4=fay*1@1 5=gus*0@0"
    );
    assert_eq!(checkpoint(&mut db).await, store.head().await.unwrap().0);
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_transaction_holds_up_only_who_wants_the_same_rows() {
    let Some((_, app, database)) = native_with_app().await else {
        return;
    };
    let accounts = app.repository::<Account>();
    let mut mine = database.connect().await;
    for email in ["first", "second"] {
        let mut tx = mine.begin().await.unwrap();
        let create = accounts.create(email, registered(email));
        let pending = create.in_tx(&mut tx).await.unwrap();
        // They want the address that the open transaction has, and wait for its end.
        let waiting = [0, 1].map(|n| {
            let (accounts, id) = (accounts.clone(), format!("{email}{n}"));
            tokio::spawn(async move { accounts.create(id, registered(email)).await })
        });
        for n in 0..20 {
            let id = format!("{email} other {n}");
            let created = accounts.create(&*id, registered(&id));
            let created = tokio::time::timeout(Duration::from_secs(20), created.into_future());
            let _ = created.await.expect("it waits for nobody").unwrap();
        }
        assert!(waiting.iter().all(|task| !task.is_finished()));
        let committed = email == "first";
        if committed {
            let _ = pending.commit(tx).await.unwrap();
        } else {
            tx.rollback().await.unwrap();
        }
        let mut stored = 0;
        for task in waiting {
            match task.await.unwrap() {
                Ok(_) => stored += 1,
                Err(CreateError::Refused(_)) => {}
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(stored, i32::from(!committed));
    }
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_want_each_others_addresses_end_right() {
    let Some((store, one, database)) = native_with_app().await else {
        return;
    };
    let other = app(open(&database).await).await;
    let ids = ["1", "2", "3", "4"];
    for id in ids {
        let create = one.repository::<Account>();
        let _ = create.create(id, registered(id)).await.unwrap();
    }
    // Events of two accounts in one append, in either order, from both; and transactions of callers beside them.
    let tasks = (0..6).map(|task| {
        let (app, options) = (
            [one.clone(), other.clone()][task % 2].clone(),
            database.options.clone(),
        );
        tokio::spawn(async move {
            let accounts = app.repository::<Account>();
            for n in 0..25 {
                let (id, email) = (ids[(task + n) % 4], format!("{}", (task * 7 + n * 3) % 9));
                let refused = if task < 4 {
                    match accounts.update(id, change(&email)).await {
                        Ok(_) => false,
                        Err(UpdateError::Refused(_)) => true,
                        Err(error) => panic!("{}", chain(&error)),
                    }
                } else {
                    let mut db = PgConnection::connect_with(&options).await.unwrap();
                    let mut tx = db.begin().await.unwrap();
                    match accounts.update(id, change(&email)).in_tx(&mut tx).await {
                        Ok(pending) => {
                            let _ = pending.commit(tx).await.unwrap();
                            false
                        }
                        Err(_) => true,
                    }
                };
                let _ = refused;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        let ended = tokio::time::timeout(Duration::from_secs(120), task).await;
        ended.expect("nobody waits for ever").unwrap();
    }
    // The table is what the streams say.
    let mut expected = Vec::new();
    for id in ids {
        let account = one.repository::<Account>().get(id).await.unwrap();
        let version = account.version().0 - 1;
        expected.push(format!("{id}={}*{version}@{version}", account.email));
    }
    let mut db = database.connect().await;
    assert_eq!(table(&mut db).await, expected.join(" "));
    assert_eq!(checkpoint(&mut db).await, store.head().await.unwrap().0);
    one.shutdown().await;
    other.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_app_leaves_nothing_in_the_store() {
    let Some((store, app, database)) = native_with_app().await else {
        return;
    };
    app.shutdown().await;
    drop(app);
    let closed = store
        .append(unknown("1", "account_registered", "ada"))
        .await;
    assert!(matches!(closed, Err(AppendError::Closed)));
    let store = open(&database).await;
    let built = self::app(store.clone()).await;
    drop(built);
    for id in ["1", "2"] {
        let same = unknown(id, "account_registered", "nobody");
        store.append(same).await.unwrap();
    }
}
