//! sqlx by itself: a pool, one transaction per append, one row per event as JSON.

use std::str::FromStr;

use futures::TryStreamExt;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, Row, SqlitePool};
use uuid::Uuid;

use crate::orders::Peer;
use crate::todo::{Event, uuid};

/// As durable as evgen's.
pub async fn sqlite(path: &str) -> SqlitePool {
    let options = SqliteConnectOptions::from_str(path)
        .expect("a path")
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(std::time::Duration::from_secs(60));
    let pool = SqlitePoolOptions::new().max_connections(10);
    pool.connect_with(options).await.expect("it opens")
}

/// A connection per client.
pub async fn postgres(url: &str) -> PgPool {
    let pool = PgPoolOptions::new().max_connections(32).min_connections(32);
    pool.connect(url).await.expect("the server answers")
}

pub struct Sqlite(SqlitePool);

impl Sqlite {
    pub async fn open(path: &str) -> Self {
        let pool = sqlite(path).await;
        let sql = "CREATE TABLE IF NOT EXISTS events (position INTEGER PRIMARY KEY, stream TEXT NOT NULL, version INTEGER NOT NULL,
            event_id BLOB NOT NULL, payload TEXT NOT NULL, created INTEGER NOT NULL, metadata TEXT, UNIQUE (stream, version))";
        sqlx::query(sql).execute(&pool).await.expect("it is made");
        Self(pool)
    }
}

impl Peer for Sqlite {
    async fn append(&self, id: String, events: usize) {
        let mut tx = self
            .0
            .begin_with("BEGIN IMMEDIATE")
            .await
            .expect("it begins");
        for (event, version) in Event::history(uuid(&id), events).zip(0_i64..) {
            let insert = "INSERT INTO events (stream, version, event_id, payload, created, metadata) VALUES (?, ?, ?, ?, ?, '{}')";
            let insert = sqlx::query(insert)
                .bind(&id)
                .bind(version)
                .bind(Uuid::now_v7())
                .bind(serde_json::to_string(&event).expect("it is JSON"))
                .bind(1_764_000_000_123_i64);
            insert.execute(&mut *tx).await.expect("it is stored");
        }
        tx.commit().await.expect("it commits");
    }

    async fn load(&self, id: &str) -> String {
        let sql = "SELECT payload FROM events WHERE stream = ? ORDER BY version";
        let mut rows = sqlx::query(sql).bind(id).fetch(&self.0);
        let mut label = String::new();
        while let Some(row) = rows.try_next().await.expect("it is read") {
            let event: Event = serde_json::from_str(row.get(0)).expect("it is JSON");
            label = event.label();
        }
        label
    }

    async fn scan(&self) -> usize {
        let mut rows = sqlx::query("SELECT payload FROM events ORDER BY position").fetch(&self.0);
        let mut count = 0;
        while let Some(row) = rows.try_next().await.expect("it is read") {
            let event: Event = serde_json::from_str(row.get(0)).expect("it is JSON");
            let _ = event.label();
            count += 1;
        }
        count
    }
}
