//! Nothing is skipped: a reader that tails the journal beside many writers, with callers' transactions among them.

use std::time::{Duration, Instant};

use evgen_runtime::position::Position;
use evgen_runtime::sqlx::Connection;
use evgen_runtime::store::{EventStore, JournalQuery};

use super::{any, native, open};

const WRITERS: u64 = 12;

/// As good as random, and the same each time.
fn random(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    *seed >> 33
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tailing_reader_gets_everything_once_and_in_order() {
    let Some((store, database)) = native().await else {
        return;
    };
    let until = Instant::now() + Duration::from_secs(3);
    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        // Half of them are other processes.
        let store = if writer % 2 == 0 {
            store.clone()
        } else {
            open(&database).await
        };
        let mut connection = database.connect().await;
        writers.push(tokio::spawn(async move {
            let mut seed = writer;
            let mut stored = Vec::new();
            // A slow machine takes longer for what is worth looking at.
            while Instant::now() < until || stored.len() < 10 {
                let id = (random(&mut seed) % 20).to_string();
                let batch = any(&id);
                let event_id = batch.streams[0].events[0].event_id.clone();
                if !random(&mut seed).is_multiple_of(3) {
                    store.append(batch).await.unwrap();
                    stored.push(event_id);
                    continue;
                }
                let mut tx = connection.begin().await.unwrap();
                let pending = store.append_in(&mut tx, batch).await.unwrap();
                let delay = random(&mut seed) % 20;
                tokio::time::sleep(Duration::from_millis(delay)).await;
                match random(&mut seed) % 3 {
                    0 => {
                        tx.rollback().await.unwrap();
                        continue;
                    }
                    1 => drop(pending.commit(tx).await.unwrap()),
                    _ => tx.commit().await.unwrap(),
                }
                stored.push(event_id);
            }
            stored
        }));
    }
    let reader = open(&database).await;
    let mut changes = reader.changes();
    let tail = tokio::spawn(async move {
        let mut seen = Vec::new();
        loop {
            let after = Some(Position(seen.len() as i64));
            let query = JournalQuery {
                after,
                ..JournalQuery::default()
            };
            let page = reader.read_all(query).await.unwrap();
            for event in page.iter() {
                if event.event_type == "end" {
                    return seen;
                }
                seen.push(event.event_id.to_owned());
                assert_eq!(event.position, Position(seen.len() as i64));
            }
            if page.is_empty() {
                changes.changed().await.unwrap();
            }
        }
    });
    let mut stored = Vec::new();
    for writer in writers {
        stored.extend(writer.await.unwrap());
    }
    let mut end = any("end");
    end.streams[0].events[0].event_type = "end".into();
    store.append(end).await.unwrap();
    let tail = tokio::time::timeout(Duration::from_secs(30), tail);
    let mut seen = tail.await.unwrap().unwrap();
    assert!(stored.len() > 100, "{} events", stored.len());
    seen.sort();
    let mut stored: Vec<_> = stored.iter().map(|id| id.as_str().to_owned()).collect();
    stored.sort();
    assert!(seen == stored, "{} seen of {}", seen.len(), stored.len());
}
