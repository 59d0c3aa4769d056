//! The process that is killed: this test binary again, which appends until it is dead and says what was acknowledged.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use evgen_runtime::store::postgres::PostgresStore;
use evgen_runtime::store::sqlite::SqliteStore;
use evgen_runtime::store::{Batch, EventStore, StreamAppend};
use evgen_runtime::{EventId, ExpectedVersion, NewEvent, PayloadBuf, StreamId};
use evgen_tests::fixtures::ledger::events::account::{Deposited, Opened};
use evgen_tests::fixtures::ledger::{Account, Totals, events};
use evgen_tests::fixtures::{appends_of_postgres, in_postgres};

/// What a child does, and where.
const TASK: &str = "EVGEN_TEST_CHILD";

/// A child at work. It is killed when this is dropped.
pub(super) struct Running {
    child: Child,
    lines: BufReader<ChildStdout>,
}

/// Starts a child that does `task` on the store at `url`, a run with a number of its own.
pub(super) fn start(task: &str, url: &str, run: usize, env: &[(&str, &OsStr)]) -> Running {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "--exact",
            "breaking::child::child",
            "--ignored",
            "--nocapture",
            "-q",
        ])
        .env(TASK, format!("{task} {run} {url}"))
        .envs(env.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap());
    Running { child, lines }
}

impl Running {
    /// The next thing that it says; `None`: it is dead. A line that is cut off was not said.
    pub(super) fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.strip_suffix('\n').map(str::to_owned)
    }

    /// Reads what it says for a while, until so many appends were acknowledged, and so many failed.
    pub(super) fn listen(
        &mut self,
        acknowledged: &mut BTreeSet<String>,
        enough: impl Fn(usize, usize) -> bool,
    ) {
        let (mut ok, mut failed) = (0, 0);
        let end = Instant::now() + Duration::from_secs(30);
        while !enough(ok, failed) {
            assert!(Instant::now() < end, "{ok} acknowledged, {failed} failed");
            let line = self.line().expect("it lives until it is killed");
            if let Some(name) = line.strip_prefix("ok ") {
                acknowledged.insert(name.to_owned());
                ok += 1;
            } else if line.starts_with("failed ") {
                failed += 1;
            }
        }
    }

    /// kill -9.
    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "not a test: what the tests beside it start"]
fn child() {
    let task = std::env::var(TASK).expect("started by a test");
    let [task, run, url] = task.split(' ').collect::<Vec<_>>()[..] else {
        panic!("{task}")
    };
    let run: usize = run.parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        match task {
            "append" => append(open(url).await, run).await,
            "project" => project(url, run).await,
            "project_in_postgres" => project_in_postgres(url, run).await,
            "fold_in_postgres" => fold_in_postgres(url, run).await,
            other => panic!("{other}"),
        }
    });
}

/// The store at a path, or at a URL of PostgreSQL.
pub(super) async fn open(url: &str) -> Arc<dyn EventStore> {
    if url.starts_with("postgres:") {
        return Arc::new(postgres(url).await);
    }
    Arc::new(SqliteStore::open(url).await.unwrap())
}

/// The store at a URL of PostgreSQL.
pub(super) async fn postgres(url: &str) -> PostgresStore {
    let builder = PostgresStore::builder(url).migrate_at_start(true);
    builder.connect().await.unwrap()
}

fn say(what: &str) {
    let mut out = std::io::stdout();
    // The parent may be gone.
    let _ = writeln!(out, "{what}").and_then(|()| out.flush());
}

/// Appends batches of one to three events to one or two streams, from four tasks at once; says `ok` and the name of each
/// that was acknowledged, and `failed` of each that was not.
async fn append(store: Arc<dyn EventStore>, run: usize) {
    let tasks = (0..4).map(|task| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for n in 0.. {
                let name = format!("{run}-{task}-{n}");
                match store.append(batch(&name, task, n)).await {
                    Ok(_) => say(&format!("ok {name}")),
                    Err(error) => {
                        say(&format!("failed {name} {error}"));
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                }
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

/// The batch of that name: every event says which it is, and of how many.
pub(super) fn batch(name: &str, task: usize, n: usize) -> Batch {
    let own = n % 3 + 1;
    let shared = usize::from(n.is_multiple_of(2));
    let event = |i: usize| NewEvent {
        event_id: EventId::new(),
        event_type: "stored".into(),
        event_version: Some(1),
        payload: PayloadBuf::Json(format!("\"{name} {i} {}\"", own + shared)),
        create_date: None,
        metadata: None,
        version: None,
        django: None,
    };
    let to = |stream: String, events| StreamAppend {
        stream: StreamId::new("Thing", stream),
        expected: ExpectedVersion::Any,
        events,
        command_id: None,
    };
    let mut streams = vec![to(task.to_string(), (0..own).map(event).collect())];
    if shared > 0 {
        streams.push(to("shared".to_owned(), vec![event(own)]));
    }
    Batch { streams }
}

/// Runs an app with a projection, and deposits.
async fn project(url: &str, run: usize) {
    let store = SqliteStore::open(url).await.unwrap();
    let app = events::app(store)
        .projections(Totals)
        .build()
        .await
        .unwrap();
    let accounts = app.repository::<Account>();
    for n in 0.. {
        let id = format!("account-{}", n % 3);
        let amount = i64::try_from(run * 1000 + n).unwrap();
        let deposited = accounts.update(&*id, |_| Deposited { amount }).await;
        if deposited.is_err() {
            let _ = accounts.create(&*id, Opened {}).await;
        }
        say("ok");
    }
}

/// The same on PostgreSQL.
async fn project_in_postgres(url: &str, run: usize) {
    use in_postgres::events::account::{Deposited, Opened};

    let app = in_postgres::events::app(postgres(url).await).projections(in_postgres::Totals);
    let app = app.build().await.unwrap();
    let accounts = app.repository::<in_postgres::Account>();
    for n in 0.. {
        let id = format!("account-{}", n % 3);
        let amount = i64::try_from(run * 1000 + n).unwrap();
        let deposited = accounts.update(&*id, |_| Deposited { amount }).await;
        if deposited.is_err() {
            let _ = accounts.create(&*id, Opened {}).await;
        }
        say("ok");
    }
}

/// Runs an app whose appends fold, and registers accounts and changes their addresses, from four tasks at once; some of it is
/// refused.
async fn fold_in_postgres(url: &str, run: usize) {
    use appends_of_postgres::events::account::{Account, ChangedEmail, Registered};

    let app = appends_of_postgres::events::app(postgres(url).await);
    let app = app.projections(appends_of_postgres::ReadModels);
    let app = app.build().await.unwrap();
    let tasks = (0..4).map(|task| {
        let accounts = app.repository::<Account>();
        tokio::spawn(async move {
            for n in 0.. {
                let id = format!("{run}-{task}-{}", n / 4);
                let email = format!("{}", (run * 31 + task * 17 + n * 7) % 200);
                if n % 4 == 0 {
                    let registered = Registered { email };
                    let _ = accounts.create(&*id, registered).await;
                } else {
                    let changed = ChangedEmail { email };
                    let _ = accounts.update(&*id, |_| changed.clone()).await;
                }
                say("ok");
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}
