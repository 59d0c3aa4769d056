//! Read models made anew beside the running ones, and put in their place.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use evgen_runtime::prelude::*;
use evgen_runtime::sqlx::{AssertSqlSafe, Executor, PgConnection, Row as _};
use evgen_runtime::{RebuildError, Rebuilding};
use evgen_tests::fixtures::appends_of_postgres::events::account::{
    Account, ChangedEmail, Registered,
};
use evgen_tests::fixtures::appends_of_postgres::events::{self, EmailsEvent, HistoryEvent};

use super::transactional::native_with_app;
use super::{native, open};
use crate::stores::chain;

fn registered(email: &str) -> Registered {
    let email = email.to_owned();
    Registered { email }
}

async fn text(db: &mut PgConnection, query: &'static str) -> String {
    db.fetch_one(query).await.unwrap().get(0)
}

const EMAILS: &str = "SELECT string_agg(id || '=' || email, ' ' ORDER BY id) FROM emails";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_are_replaced_with_what_depends_on_their_shape() {
    let Some((_, app, database)) = native_with_app().await else {
        return;
    };
    let mut db = database.connect().await;
    let accounts = app.repository::<Account>();
    for id in ["1", "2"] {
        let _ = accounts.create(id, registered(id)).await.unwrap();
    }
    let done = accounts
        .update("2", |_| ChangedEmail {
            email: "two".into(),
        })
        .await
        .unwrap();
    app.wait_for("history", done.position).await.unwrap();
    // Somebody has spoiled them, and an older build made them with another column; others may read them.
    let role = format!("{}_reader", database.name);
    let spoil = format!(
        "CREATE ROLE {role}; GRANT SELECT ON emails TO {role};
         DELETE FROM emails; ALTER TABLE emails ADD COLUMN old integer; DELETE FROM history;
         CREATE TABLE evgen_rebuild_leftover (n int); CREATE SCHEMA evgen_rebuild_emails;
         CREATE TABLE evgen_rebuild_emails.leftover (n int)"
    );
    db.execute(AssertSqlSafe(spoil)).await.unwrap();
    for name in ["emails", "history"] {
        let told = Arc::new(AtomicBool::new(false));
        let tell = Arc::clone(&told);
        let rebuild = app.rebuild(name).on_progress(move |reached, head| {
            assert_eq!((reached.0, head.0), (3, 3));
            tell.store(true, Ordering::SeqCst);
        });
        let rebuilt = rebuild
            .await
            .unwrap_or_else(|error| panic!("{}", chain(&error)));
        let Rebuilding::Done {
            position,
            events,
            parked,
            ..
        } = rebuilt
        else {
            panic!("{rebuilt:?}")
        };
        assert_eq!((position.0, events, parked), (3, 3, 0));
        assert!(told.load(Ordering::SeqCst));
    }
    assert_eq!(text(&mut db, EMAILS).await, "1=1 2=two");
    let columns = "SELECT string_agg(column_name, ' ' ORDER BY ordinal_position) FROM information_schema.columns
         WHERE table_name = 'emails'";
    assert_eq!(text(&mut db, columns).await, "id email version changes");
    let history = "SELECT string_agg(position || ':' || email, ' ' ORDER BY place) FROM history";
    assert_eq!(text(&mut db, history).await, "1:1 2:2 3:two");
    let granted = AssertSqlSafe(format!(
        "SELECT has_table_privilege('{role}', 'emails', 'SELECT')"
    ));
    assert!(db.fetch_one(granted).await.unwrap().get::<bool, _>(0));
    let left = "SELECT count(*)::text FROM pg_namespace WHERE nspname LIKE '%rebuild%'";
    assert_eq!(text(&mut db, left).await, "0");
    // They go on from there: with their unique index, and their sequence.
    let taken = accounts.create("3", registered("two")).await;
    assert!(matches!(taken, Err(evgen_runtime::CreateError::Refused(_))));
    let done = accounts.create("3", registered("3")).await.unwrap();
    app.wait_for("history", done.position).await.unwrap();
    assert_eq!(text(&mut db, EMAILS).await, "1=1 2=two 3=3");
    assert_eq!(text(&mut db, history).await, "1:1 2:2 3:two 4:3");
    app.shutdown().await;
    let drop = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    db.execute(AssertSqlSafe(drop)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_appended_meanwhile_is_in_it_once() {
    let Some((_, app, database)) = native_with_app().await else {
        return;
    };
    // Another process appends, and folds into the same read models.
    let other = super::transactional::app(open(&database).await).await;
    let stop = Arc::new(AtomicBool::new(false));
    let writers = [app.clone(), other.clone()].map(|app| {
        let stop = Arc::clone(&stop);
        let prefix = uuid(&app);
        tokio::spawn(async move {
            let accounts = app.repository::<Account>();
            let mut count = 0;
            while !stop.load(Ordering::SeqCst) {
                let id = format!("{prefix}-{count}");
                let _ = accounts.create(&*id, registered(&id)).await.unwrap();
                count += 1;
            }
            count
        })
    });
    for _ in 0..3 {
        for name in ["emails", "history"] {
            let rebuilt = app.rebuild(name).await;
            let rebuilt = rebuilt.unwrap_or_else(|error| panic!("{}", chain(&error)));
            assert!(matches!(rebuilt, Rebuilding::Done { parked: 0, .. }));
        }
    }
    stop.store(true, Ordering::SeqCst);
    let mut count = 0_i64;
    for writer in writers {
        count += writer.await.unwrap();
    }
    let head = app.event_store().head().await.unwrap();
    assert_eq!(head.0, count);
    app.wait_for("history", head).await.unwrap();
    let mut db = database.connect().await;
    let rows = "SELECT count(*)::text FROM emails";
    assert_eq!(text(&mut db, rows).await, count.to_string());
    let gaps = "SELECT count(*) || ' ' || count(DISTINCT position) || ' ' || bool_and(position > before)::text
         FROM (SELECT position, lag(position, 1, 0::bigint) OVER (ORDER BY place) AS before FROM history) h";
    assert_eq!(text(&mut db, gaps).await, format!("{count} {count} true"));
    assert!(app.parked("history").list().await.unwrap().is_empty());
    app.shutdown().await;
    other.shutdown().await;
}

fn uuid(app: &App) -> String {
    format!("{:p}", Arc::as_ptr(app.event_store()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_at_a_time_makes_it() {
    let Some((_, app, database)) = native_with_app().await else {
        return;
    };
    let mut db = database.connect().await;
    let lock = "SELECT pg_advisory_lock(hashtextextended('evgen_rebuild_emails', 0))";
    db.execute(lock).await.unwrap();
    let busy = app.rebuild("emails").await.unwrap_err();
    assert!(matches!(busy, RebuildError::Busy { .. }), "{busy:?}");
    assert!(busy.to_string().contains("evgen_rebuild_emails"), "{busy}");
    db.execute("SELECT pg_advisory_unlock_all()").await.unwrap();
    // Again at once, too: who is done lets go.
    for _ in 0..2 {
        let _ = app.rebuild("emails").await.unwrap();
    }
    app.shutdown().await;
}

/// Read models that cannot be made beside: the table of one is named with its schema, the other writes where its `prepare` made
/// nothing.
struct Elsewhere;

impl events::Projections for Elsewhere {
    async fn prepare_emails(&self, tx: &mut PgConnection) -> Result<(), HandlerError> {
        tx.execute("CREATE TABLE IF NOT EXISTS public.emails (id text)")
            .await?;
        Ok(())
    }

    async fn emails(
        &self,
        tx: &mut PgConnection,
        _: EmailsEvent<'_>,
        _: &EventContext<'_>,
    ) -> Result<(), HandlerError> {
        tx.execute("INSERT INTO public.emails VALUES ('1')").await?;
        Ok(())
    }

    async fn prepare_history(&self, tx: &mut PgConnection) -> Result<(), HandlerError> {
        tx.execute("CREATE TABLE IF NOT EXISTS history (id text); CREATE TABLE IF NOT EXISTS public.more (id text)")
            .await?;
        Ok(())
    }

    async fn history(
        &self,
        tx: &mut PgConnection,
        _: HistoryEvent<'_>,
        _: &EventContext<'_>,
    ) -> Result<(), HandlerError> {
        tx.execute("INSERT INTO history VALUES ('1'); INSERT INTO public.more VALUES ('1')")
            .await?;
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_in_use_are_never_written_by_it() {
    let Some((store, database)) = native().await else {
        return;
    };
    let app = events::app(store).projections(Elsewhere);
    let app = app
        .configure(|app| app.lease(Duration::from_millis(500)))
        .build()
        .await
        .unwrap();
    let accounts = app.repository::<Account>();
    let done = accounts.create("1", registered("1")).await.unwrap();
    app.wait_for("history", done.position).await.unwrap();
    for (name, why) in [
        ("emails", "name its tables without their schema"),
        ("history", "it writes `public.more`"),
    ] {
        let error = app.rebuild(name).await.unwrap_err();
        assert!(chain(&error).contains(why), "{}", chain(&error));
    }
    let mut db = database.connect().await;
    let counts = "SELECT (SELECT count(*) FROM emails) || ' ' || (SELECT count(*) FROM history) || ' ' || (SELECT count(*) FROM more)";
    assert_eq!(text(&mut db, counts).await, "1 1 1");
    app.shutdown().await;
}
