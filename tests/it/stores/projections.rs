//! Projections whose read model is in the store's file: exactly once, whoever runs them.

use evgen_runtime::error::{BoxError, ReadError};
use evgen_runtime::rusqlite::Transaction;
use evgen_runtime::store::sqlite::{Layout, ProjectError, SqliteStore};
use evgen_runtime::store::{EventStore, NoteChange, NoteQuery};

fn count(tx: &Transaction<'_>) -> Result<(), BoxError> {
    tx.execute_batch("CREATE TABLE IF NOT EXISTS seen (n INTEGER); INSERT INTO seen VALUES (1)")?;
    Ok(())
}

/// The step from one checkpoint to another.
fn step(from: Option<&str>, to: &str) -> Vec<NoteChange> {
    vec![NoteChange::set("seen", to).expecting(from.map(str::to_owned))]
}

async fn checkpoint(store: &SqliteStore) -> Option<String> {
    let found = store.load_notes(NoteQuery::of("seen")).await.unwrap();
    NoteQuery::value("seen", found)
}

async fn seen(store: &SqliteStore) -> Result<i64, ReadError> {
    store
        .read(|db| db.query_row("SELECT count(*) FROM seen", [], |row| row.get(0)))
        .await
}

#[tokio::test]
async fn effect_and_checkpoint_are_one() {
    for layout in [Layout::Native, Layout::djangoevents()] {
        let (store, _folder) = super::sqlite(layout).await;
        let made = store.project(step(None, "5"), Box::new(count));
        made.await.unwrap();
        assert_eq!(checkpoint(&store).await.as_deref(), Some("5"));
        assert_eq!(seen(&store).await.unwrap(), 1);
        // Another process that believes to be the first.
        let again = store.project(step(None, "5"), Box::new(count)).await;
        let Err(ProjectError::Changed { key, actual }) = again else {
            panic!("it was made twice")
        };
        assert_eq!((key.as_str(), actual.as_deref()), ("seen", Some("5")));
        assert_eq!(seen(&store).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn a_refusal_or_panic_undoes_the_effect() {
    let (store, _folder) = super::sqlite(Layout::Native).await;
    store
        .project(step(None, "5"), Box::new(count))
        .await
        .unwrap();
    let refused = store.project(
        step(Some("5"), "6"),
        Box::new(|tx| {
            count(tx)?;
            Err("no".into())
        }),
    );
    let Err(ProjectError::Refused { source }) = refused.await else {
        panic!()
    };
    assert_eq!(source.to_string(), "no");
    let panicked = store.project(
        step(Some("5"), "6"),
        Box::new(|tx| {
            count(tx)?;
            panic!("a projection's mistake")
        }),
    );
    assert!(matches!(panicked.await, Err(ProjectError::Refused { .. })));
    assert_eq!(seen(&store).await.unwrap(), 1);
    assert_eq!(checkpoint(&store).await.as_deref(), Some("5"));
    // The writer is alive.
    let other = vec![NoteChange::set("other", "1")];
    store.save_notes(other).await.unwrap();
}

#[tokio::test]
async fn queries_cannot_write_and_say_what_is_wrong() {
    let (store, _folder) = super::sqlite(Layout::Native).await;
    let write = store
        .read(|db| db.execute("DELETE FROM evgen_events", []))
        .await;
    assert!(matches!(write, Err(ReadError::Backend { .. })));
    assert!(matches!(seen(&store).await, Err(ReadError::Backend { .. })));
    let read = store.read(|db| db.query_row("SELECT 1", [], |row| row.get::<_, i64>(0)));
    store.close().await;
    assert!(matches!(read.await, Err(ReadError::Closed)));
    let late = store.project(step(Some("5"), "6"), Box::new(count)).await;
    assert!(matches!(late, Err(ProjectError::Closed)));
}
