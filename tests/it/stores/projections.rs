//! Projections whose read model is in the store's file: exactly once, whoever runs them.

use evgen_runtime::error::{BoxError, ReadError};
use evgen_runtime::position::Position;
use evgen_runtime::rusqlite::Transaction;
use evgen_runtime::store::EventStore;
use evgen_runtime::store::sqlite::{Layout, ProjectError, SqliteStore};

fn count(tx: &Transaction<'_>) -> Result<Position, BoxError> {
    tx.execute_batch("CREATE TABLE IF NOT EXISTS seen (n INTEGER); INSERT INTO seen VALUES (1)")?;
    Ok(Position(5))
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
        let step = store.project("seen", Position::START, Box::new(count));
        assert_eq!(step.await.unwrap(), Position(5));
        assert_eq!(store.load_checkpoint("seen").await.unwrap(), Position(5));
        assert_eq!(seen(&store).await.unwrap(), 1);
        // Another process that believes to be the first.
        let again = store
            .project("seen", Position::START, Box::new(count))
            .await;
        assert!(matches!(
            again,
            Err(ProjectError::Moved {
                actual: Position(5),
                ..
            })
        ));
        assert_eq!(seen(&store).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn a_refusal_or_panic_undoes_the_effect() {
    let (store, _folder) = super::sqlite(Layout::Native).await;
    store
        .project("seen", Position::START, Box::new(count))
        .await
        .unwrap();
    let refused = store.project(
        "seen",
        Position(5),
        Box::new(|tx| {
            count(tx)?;
            Err("no".into())
        }),
    );
    let Err(ProjectError::Refused { name, source }) = refused.await else {
        panic!()
    };
    assert_eq!((name.as_str(), source.to_string().as_str()), ("seen", "no"));
    let panicked = store.project(
        "seen",
        Position(5),
        Box::new(|tx| {
            count(tx)?;
            panic!("a projection's mistake")
        }),
    );
    assert!(matches!(panicked.await, Err(ProjectError::Refused { .. })));
    assert_eq!(seen(&store).await.unwrap(), 1);
    assert_eq!(store.load_checkpoint("seen").await.unwrap(), Position(5));
    // The writer is alive.
    store.save_checkpoint("other", Position(1)).await.unwrap();
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
    let step = store
        .project("seen", Position::START, Box::new(count))
        .await;
    assert!(matches!(step, Err(ProjectError::Closed)));
}
