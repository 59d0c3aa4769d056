//! The store that one writes by hand on tokio-postgres: one table, Avro, one statement per append, a connection per client.
//! Its positions are a plain sequence, which a reader that follows it would skip events of.

use std::sync::Mutex;

use futures_util::{TryStreamExt, pin_mut};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Statement};

use crate::hand::{self, Append, Read};
use crate::hand_peer::encoded;
use crate::orders::Peer;

/// Sessions that nobody uses now.
pub struct Raw(Mutex<Vec<Session>>);

struct Session {
    client: Client,
    insert: Statement,
    stream: Statement,
    all: Statement,
}

const CLIENTS: usize = 32;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS events (
    position BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stream TEXT NOT NULL, version BIGINT NOT NULL,
    event_id UUID NOT NULL, event_type TEXT NOT NULL, payload BYTEA NOT NULL, created TIMESTAMPTZ NOT NULL DEFAULT now(),
    metadata JSON, UNIQUE (stream, version))";

const INSERT: &str = "INSERT INTO events (stream, version, event_id, event_type, payload, metadata)
    SELECT $1, $2 + e.ord - 1, e.event_id, e.event_type, e.payload, '{}'
    FROM unnest($3::uuid[], $4::text[], $5::bytea[]) WITH ORDINALITY AS e(event_id, event_type, payload, ord)";

const STREAM: &str = "SELECT event_type, payload FROM events WHERE stream = $1 ORDER BY version";

const ALL: &str = "SELECT event_type, payload FROM events ORDER BY position";

impl Raw {
    pub async fn open(url: &str) -> Self {
        let mut sessions = Vec::new();
        for _ in 0..CLIENTS {
            let (client, connection) = tokio_postgres::connect(url, NoTls)
                .await
                .expect("the server answers");
            tokio::spawn(connection);
            if sessions.is_empty() {
                client.batch_execute(TABLE).await.expect("it is made");
            }
            sessions.push(Session {
                insert: client.prepare(INSERT).await.expect("it is SQL"),
                stream: client.prepare(STREAM).await.expect("it is SQL"),
                all: client.prepare(ALL).await.expect("it is SQL"),
                client,
            });
        }
        Self(Mutex::new(sessions))
    }

    fn take(&self) -> Session {
        let session = self.0.lock().expect("nobody panicked").pop();
        session.expect("one for each client")
    }

    fn give(&self, session: Session) {
        self.0.lock().expect("nobody panicked").push(session);
    }
}

impl Peer for Raw {
    async fn append(&self, id: String, events: usize) {
        let session = self.take();
        let Append {
            stream,
            version,
            events,
        } = encoded(id, events);
        let ids: Vec<_> = events
            .iter()
            .map(|_| evgen_runtime::Uuid::now_v7())
            .collect();
        let (types, payloads): (Vec<&str>, Vec<&[u8]>) = events
            .iter()
            .map(|(event_type, payload)| (*event_type, payload.as_slice()))
            .unzip();
        let values: [&(dyn ToSql + Sync); 5] = [&stream, &version, &ids, &types, &payloads];
        let done = session.client.execute(&session.insert, &values).await;
        done.expect("it is stored");
        self.give(session);
    }

    async fn load(&self, id: &str) -> String {
        let session = self.take();
        let read = read(&session.client, &session.stream, &[&id]).await;
        self.give(session);
        read.label
    }

    async fn scan(&self) -> usize {
        let session = self.take();
        let read = read(&session.client, &session.all, &[]).await;
        self.give(session);
        read.count
    }
}

async fn read(client: &Client, statement: &Statement, values: &[&(dyn ToSql + Sync)]) -> Read {
    let rows = client
        .query_raw(statement, values.iter().copied())
        .await
        .expect("it is read");
    pin_mut!(rows);
    let mut read = Read::default();
    while let Some(row) = rows.try_next().await.expect("it is read") {
        read.label = hand::decode(row.get(0), row.get(1));
        read.count += 1;
    }
    read
}
