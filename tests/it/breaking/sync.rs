//! A disk that cannot sync: below SQLite in the process itself, and below a PostgreSQL server.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use evgen_runtime::sqlx::{Executor as _, Row as _};
use evgen_runtime::store::EventStore as _;
use evgen_runtime::store::postgres::PostgresStore;
use evgen_tests::postgres::Database;

use super::{child, journal, rounds};
use crate::stores::chain;

/// fsync and fdatasync that fail while a file is there, and once where another is, which they remove.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
static int broken(void) {
    const char *once = getenv("EVGEN_TEST_BROKEN_ONCE");
    if (once && unlink(once) == 0) return 1;
    const char *file = getenv("EVGEN_TEST_BROKEN");
    return file && access(file, F_OK) == 0;
}
int fsync(int fd) {
    if (broken()) { errno = EIO; return -1; }
    return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
}
int fdatasync(int fd) {
    if (broken()) { errno = EIO; return -1; }
    return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd);
}
"#;

/// Compiles the shim with the compiler that Rust links with; `None`: there is none.
fn shim(folder: &Path) -> Option<PathBuf> {
    let (source, library) = (folder.join("shim.c"), folder.join("shim.so"));
    std::fs::write(&source, SHIM).unwrap();
    let mut command = Command::new("cc");
    command
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &source])
        .arg("-ldl");
    let done = command.status().is_ok_and(|status| status.success());
    done.then_some(library)
}

#[tokio::test]
async fn an_append_that_could_not_be_synced_is_not_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let Some(shim) = shim(folder.path()) else {
        return evgen_tests::did_without("a C compiler, for a disk that cannot sync");
    };
    let broken = folder.path().join("broken");
    let url = folder.path().join("app.db").to_str().unwrap().to_owned();
    let preload = [
        ("LD_PRELOAD", shim.as_os_str()),
        ("EVGEN_TEST_BROKEN", broken.as_os_str()),
    ];
    let mut running = child::start("append", &url, 0, &preload);
    let mut acknowledged = BTreeSet::new();
    running.listen(&mut acknowledged, |ok, _| ok >= 20);
    std::fs::write(&broken, "").unwrap();
    running.listen(&mut acknowledged, |_, failed| failed >= 20);
    // Healed, it goes on by itself.
    std::fs::remove_file(&broken).unwrap();
    running.listen(&mut acknowledged, |ok, _| ok >= 20);
    std::fs::write(&broken, "").unwrap();
    running.listen(&mut acknowledged, |_, failed| failed >= 20);
    running.kill();
    while let Some(line) = running.line() {
        acknowledged.extend(line.strip_prefix("ok ").map(str::to_owned));
    }
    let store = child::open(&url).await;
    journal::check(&*store, &acknowledged).await;
    store.close().await;
}

/// A server whose disk cannot sync, and what it says.
struct Server {
    database: Database,
    log: PathBuf,
    broken: PathBuf,
    broken_once: PathBuf,
}

impl Server {
    /// `folder`: where the library and the files that break it are.
    async fn new(folder: &Path) -> Option<Self> {
        // The server may run as another user.
        std::fs::set_permissions(folder, Permissions::from_mode(0o777)).unwrap();
        let Some(shim) = shim(folder) else {
            evgen_tests::did_without("a C compiler, for a server that cannot sync");
            return None;
        };
        let (broken, broken_once) = (folder.join("broken"), folder.join("once"));
        let env = [
            ("EVGEN_TEST_BROKEN", broken.as_os_str()),
            ("EVGEN_TEST_BROKEN_ONCE", broken_once.as_os_str()),
        ];
        let database = Database::preloaded(&shim, env).await?;
        let data = "SHOW data_directory";
        let data = database.connect().await.fetch_one(data).await.unwrap();
        let data = PathBuf::from(data.get::<String, _>(0));
        Some(Self {
            log: data.with_file_name("server.log"),
            database,
            broken,
            broken_once,
        })
    }

    /// How often it gave up because it could not sync.
    fn panics(&self) -> usize {
        let log = std::fs::read_to_string(&self.log).unwrap();
        log.matches("PANIC:  could not f").count()
    }

    /// Waits until it has given up more often than that.
    async fn gives_up(&self, before: usize) {
        let end = Instant::now() + Duration::from_secs(60);
        while self.panics() <= before {
            assert!(Instant::now() < end, "it syncs, though it cannot");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// One sync fails: the server gives up, and is there again by itself.
    async fn fails_once(&self, crowd: &Crowd) {
        let before = self.panics();
        std::fs::write(&self.broken_once, "").unwrap();
        self.gives_up(before).await;
        assert!(!self.broken_once.exists());
        crowd.appends(10).await;
    }

    /// Syncs fail until somebody repairs the disk: the server cannot even recover. Gives what somebody impatient is told.
    async fn fails_until_repaired(&self, hasty: &PostgresStore) -> String {
        let before = self.panics();
        std::fs::write(&self.broken, "").unwrap();
        self.gives_up(before).await;
        let name = format!("hasty-{before}");
        let error = hasty.append(child::batch(&name, 8, 0)).await.unwrap_err();
        std::fs::remove_file(&self.broken).unwrap();
        tokio::task::block_in_place(|| self.database.crash());
        chain(&error)
    }
}

/// What an error says of a server that cannot sync: it depends on when it is asked.
const UNDERSTOOD: [&str; 5] = [
    "no server answers there",
    "the server is starting up",
    "the connection was lost",
    "the server was shut down",
    "the server cannot read or write its disk",
];

/// Appends from some tasks until it is stopped; none may fail. One alone is a group of one for the store.
struct Crowd {
    stop: Arc<AtomicBool>,
    done: Arc<AtomicUsize>,
    tasks: Vec<tokio::task::JoinHandle<Vec<String>>>,
}

impl Crowd {
    fn start(store: &PostgresStore, tasks: usize) -> Self {
        let (stop, done) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let count = tasks;
        let tasks = (0..tasks).map(|task| {
            let (store, stop, done) = (store.clone(), Arc::clone(&stop), Arc::clone(&done));
            tokio::spawn(async move {
                let mut names = Vec::new();
                for n in 0.. {
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                    let name = format!("{count}-{task}-{n}");
                    if let Err(error) = store.append(child::batch(&name, task, n)).await {
                        panic!("{}", chain(&error));
                    }
                    names.push(name);
                    done.fetch_add(1, Ordering::SeqCst);
                }
                names
            })
        });
        Self {
            tasks: tasks.collect(),
            stop,
            done,
        }
    }

    async fn appends(&self, more: usize) {
        let enough = self.done.load(Ordering::SeqCst) + more;
        while self.done.load(Ordering::SeqCst) < enough {
            let failed = self.tasks.iter().any(|task| task.is_finished());
            assert!(!failed, "an append failed");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn ends(self) -> BTreeSet<String> {
        self.stop.store(true, Ordering::SeqCst);
        let mut acknowledged = BTreeSet::new();
        for task in self.tasks {
            acknowledged.extend(task.await.unwrap());
        }
        acknowledged
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_outlive_a_server_that_could_not_sync() {
    let folder = tempfile::tempdir().unwrap();
    let Some(server) = Server::new(folder.path()).await else {
        return;
    };
    let url = &server.database.url;
    let store = PostgresStore::builder(url).migrate_at_start(true);
    let store = store.reconnect_for(Duration::from_secs(300)).connect();
    let store = store.await.unwrap();
    let hasty = PostgresStore::builder(url).reconnect_for(Duration::from_millis(100));
    let hasty = hasty.connect().await.unwrap();
    let mut acknowledged = BTreeSet::new();
    for tasks in [1, 8] {
        let crowd = Crowd::start(&store, tasks);
        for _ in 0..rounds(1) {
            crowd.appends(50).await;
            server.fails_once(&crowd).await;
            crowd.appends(50).await;
            let said = server.fails_until_repaired(&hasty).await;
            assert!(UNDERSTOOD.iter().any(|it| said.contains(it)), "{said}");
        }
        crowd.appends(50).await;
        acknowledged.extend(crowd.ends().await);
    }
    // Those that were given up may have been stored: their answer was no more than unknown.
    let (mut found, _) = journal::batches(&store).await;
    found.retain(|name| !name.starts_with("hasty"));
    assert_eq!(found, acknowledged);
    hasty.close().await;
    store.close().await;
}
