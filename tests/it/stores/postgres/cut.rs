//! Connections that are cut between a commit and its answer: a proxy passes everything on but that.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use evgen_runtime::error::AppendError;
use evgen_runtime::sqlx::{ConnectOptions as _, Connection as _};
use evgen_runtime::store::postgres::PostgresStore;
use evgen_runtime::store::{EventStore, JournalQuery};
use evgen_tests::postgres::Database;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::transactional::app;
use super::{any, open};

/// What the next answer that is cut says, and how many were.
#[derive(Default)]
struct Cuts {
    next: Mutex<Option<&'static [u8]>>,
    made: AtomicUsize,
}

impl Cuts {
    fn cut_at(&self, answer: &'static str) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer.as_bytes());
    }

    fn is_made_at(&self, answer: &[u8]) -> bool {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = next.is_some_and(|next| answer.windows(next.len()).any(|part| part == next));
        if is_it {
            *next = None;
            self.made.fetch_add(1, Ordering::SeqCst);
        }
        is_it
    }
}

/// A proxy before the server; its port.
async fn proxy(database: &Database) -> (u16, Arc<Cuts>) {
    let server = ("127.0.0.1", database.options.get_port());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let cuts = Arc::<Cuts>::default();
    let made = Arc::clone(&cuts);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let cuts = Arc::clone(&made);
            tokio::spawn(async move {
                let mut server = TcpStream::connect(server).await.unwrap();
                let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
                loop {
                    tokio::select! {
                        read = client.read(&mut asked) => match read {
                            Ok(n) if n > 0 => server.write_all(&asked[..n]).await.unwrap(),
                            _ => return,
                        },
                        read = server.read(&mut answered) => match read {
                            Ok(n) if n > 0 && !cuts.is_made_at(&answered[..n]) => {
                                if client.write_all(&answered[..n]).await.is_err() {
                                    return;
                                }
                            }
                            _ => return,
                        },
                    }
                }
            });
        }
    });
    (port, cuts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_whose_answer_is_lost_is_stored_once() {
    let Some(database) = Database::new().await else {
        return;
    };
    let direct = open(&database).await;
    let (port, cuts) = proxy(&database).await;
    let ours = format!(":{}/", database.options.get_port());
    let url = database.url.replace(&ours, &format!(":{port}/"));
    // Unencrypted: the proxy reads along.
    let store = PostgresStore::connect(format!("{url}?sslmode=disable"))
        .await
        .unwrap();
    let mut stored = 0;
    // One statement is an append; where it folds, it is a transaction.
    for (answer, folds) in [("SELECT 1\0", false), ("COMMIT\0", true)] {
        let app = if folds {
            Some(app(store.clone()).await)
        } else {
            None
        };
        // Its statements are prepared.
        store.append(any("a")).await.unwrap();
        for n in 0..3 {
            cuts.cut_at(answer);
            let before = cuts.made.load(Ordering::SeqCst);
            let batch = any("a");
            let appended = store.append(batch.clone()).await.unwrap();
            assert_eq!(cuts.made.load(Ordering::SeqCst), before + 1, "{answer} {n}");
            assert_eq!(appended.position.0, stored + 2 + n);
            assert_eq!(store.append(batch).await.unwrap(), appended);
        }
        stored += 4;
        assert_eq!(direct.head().await.unwrap().0, stored);
        drop(app);
    }
    // In a caller's transaction it is for the caller to find out: by the same append again.
    let options = database.options.clone().port(port);
    let options = options.ssl_mode(evgen_runtime::sqlx::postgres::PgSslMode::Disable);
    let mut connection = options.connect().await.unwrap();
    let mut tx = connection.begin().await.unwrap();
    let batch = any("a");
    let pending = store.append_in(&mut tx, batch.clone()).await.unwrap();
    cuts.cut_at("COMMIT\0");
    let error = pending.commit(tx).await.unwrap_err();
    assert!(
        matches!(error, AppendError::Interrupted { .. }),
        "{error:?}"
    );
    let mut connection = options.connect().await.unwrap();
    let mut tx = connection.begin().await.unwrap();
    let again = store.append_in(&mut tx, batch).await.unwrap();
    assert_eq!(again.commit(tx).await.unwrap().position.0, stored + 1);
    let page = direct.read_all(JournalQuery::default()).await.unwrap();
    assert_eq!(page.len(), usize::try_from(stored + 1).unwrap());
}
