//! Rows that the real djangoevents wrote, read, and appended again as it would.

use evgen_runtime::store::{EventStore, JournalQuery, NoteQuery, StreamQuery};
use evgen_runtime::stream::StreamId;

use super::{builder, empty, filled, rows};
use crate::stores::djangoevents::append_again;

#[tokio::test(flavor = "multi_thread")]
async fn reading_a_journal_makes_nothing_in_it() {
    let Some(database) = filled("public_journal.sqlite3").await else {
        return;
    };
    for read_only in [true, false] {
        let store = builder(&database)
            .read_only(read_only)
            .connect()
            .await
            .unwrap();
        assert!(store.is_djangoevents());
        assert_eq!(store.head().await.unwrap().0, 430);
        let page = store.read_all(JournalQuery::default()).await.unwrap();
        assert_eq!((page.len(), page.is_last()), (430, true));
        let first = page.get(0).unwrap();
        assert_eq!(first.event_id, "e01c0be8fea211e6b8d90311d5a0c0de");
        assert_eq!(first.create_date.to_string(), "2017-03-01T17:16:57.947031Z");
        assert_eq!(first.django_class, Some(("zoo.aggregates", "Dog.Created")));
        let dog = StreamId::new("Dog", "b3d6782d-294c-45d9-8827-9abba25254b8");
        let page = store
            .read_stream(StreamQuery::new(dog.clone()))
            .await
            .unwrap();
        assert_eq!(page.get(0).unwrap().event_id, first.event_id);
        assert_eq!(store.load_notes(NoteQuery::all("")).await.unwrap(), []);
        assert_eq!(store.load_snapshot(&dog, 1).await.unwrap(), None);
        assert_eq!(store.find_command(&dog, "c").await.unwrap(), None);
        store.close().await;
    }
    let mut db = database.connect().await;
    let tables: i64 = evgen_runtime::sqlx::query_scalar(
        "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'",
    )
    .fetch_one(&mut db)
    .await
    .unwrap();
    assert_eq!(tables, 1);
}

/// Every row of the real program, appended by evgen: the same, column for column.
#[tokio::test(flavor = "multi_thread")]
async fn appended_rows_are_djangoevents_own() {
    for name in ["public_journal.sqlite3", "upgraded_journal.sqlite3"] {
        let (Some(source), Some(copy)) = (filled(name).await, empty().await) else {
            return;
        };
        let from = builder(&source).read_only(true).connect().await.unwrap();
        let to = builder(&copy).connect().await.unwrap();
        append_again(&from, &to).await;
        let (expected, written) = (rows(&source).await, rows(&copy).await);
        assert_eq!(expected.len(), written.len());
        for (expected, written) in expected.iter().zip(&written) {
            assert_eq!(expected, written);
        }
    }
}
