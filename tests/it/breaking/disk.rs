//! A disk that is full, and one that forgets.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::process::Command;

use evgen_runtime::rusqlite::Connection;
use evgen_runtime::sqlx::{AssertSqlSafe, Executor as _, Row as _};
use evgen_runtime::store::EventStore as _;
use evgen_runtime::store::sqlite::SqliteStore;
use evgen_tests::fixtures::ledger::events::account::Opened;
use evgen_tests::fixtures::ledger::{Account, Totals, events};
use evgen_tests::postgres::Database;

use super::{child, journal};
use crate::stores::chain;

/// A small file system of its own; `None`: that is not allowed here.
struct Tmpfs(tempfile::TempDir);

impl Tmpfs {
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("mount");
        command
            .args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"])
            .arg(folder.path());
        let done = command.output().is_ok_and(|output| output.status.success());
        done.then_some(Self(folder))
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[tokio::test]
async fn a_full_disk_refuses_and_loses_nothing() {
    let Some(disk) = Tmpfs::new() else {
        return evgen_tests::did_without("the right to mount a small disk");
    };
    let url = disk.0.path().join("app.db").to_str().unwrap().to_owned();
    let mut running = child::start("append", &url, 0, &[]);
    let mut acknowledged = BTreeSet::new();
    running.listen(&mut acknowledged, |_, failed| failed >= 50);
    assert!(!acknowledged.is_empty());
    running.kill();
    while let Some(line) = running.line() {
        acknowledged.extend(line.strip_prefix("ok ").map(str::to_owned));
    }
    // A copy, since the file cannot even be opened without room beside it.
    let other = tempfile::tempdir().unwrap();
    for name in ["app.db", "app.db-wal"] {
        std::fs::copy(disk.0.path().join(name), other.path().join(name)).unwrap();
    }
    let store = child::open(other.path().join("app.db").to_str().unwrap()).await;
    journal::check(&*store, &acknowledged).await;
    store.close().await;
}

/// The server's tables are on the small disk, and its log is not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_of_a_server_refuses_and_loses_nothing() {
    let Some(disk) = Tmpfs::new() else {
        return evgen_tests::did_without("the right to mount a small disk");
    };
    let Some(database) = Database::on_own_server().await else {
        return;
    };
    let store = child::postgres(&database.url).await;
    let mut db = database.connect().await;
    let data = db.fetch_one("SHOW data_directory").await.unwrap();
    let owner = std::fs::metadata(data.get::<String, _>(0)).unwrap();
    let space = disk.0.path().join("space");
    std::fs::create_dir(&space).unwrap();
    std::os::unix::fs::chown(&space, Some(owner.uid()), Some(owner.gid())).unwrap();
    let space = format!("CREATE TABLESPACE small LOCATION '{}'", space.display());
    db.execute(AssertSqlSafe(space)).await.unwrap();
    db.execute("ALTER TABLE evgen.events SET TABLESPACE small")
        .await
        .unwrap();
    let mut acknowledged = BTreeSet::new();
    let (mut refused, mut n) = (0, 0);
    while refused < 5 {
        let name = format!("0-0-{n}");
        match store.append(child::batch(&name, 0, n)).await {
            Ok(_) => drop(acknowledged.insert(name)),
            Err(error) => {
                let said = chain(&error);
                assert!(said.contains("the server's disk is full"), "{said}");
                refused += 1;
            }
        }
        n += 1;
    }
    assert!(!acknowledged.is_empty());
    journal::check(&store, &acknowledged).await;
    // There is room again.
    let grown = Command::new("mount")
        .args(["-o", "remount,size=4m"])
        .arg(disk.0.path())
        .status();
    assert!(grown.unwrap().success());
    for n in n..n + 5 {
        let name = format!("0-0-{n}");
        store.append(child::batch(&name, 0, n)).await.unwrap();
        acknowledged.insert(name);
    }
    journal::check(&store, &acknowledged).await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_is_not_as_it_was_stored_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let app = events::app(store).projections(Totals).build();
    let app = app.await.unwrap();
    let accounts = app.repository::<Account>();
    let _ = accounts.create("1", Opened {}).await.unwrap();
    let edit = "UPDATE evgen_events SET payload = '{ }'";
    let rows = Connection::open(&path).unwrap().execute(edit, []);
    assert_eq!(rows.unwrap(), 1);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let verify = app.admin_to(["journal", "verify"], &mut out, &mut err);
    assert_eq!(verify.await, 1);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "1: account_opened v1, version 0 of Account::1: its checksum is another: the row was edited, or its disk is \
         damaged; restore it from a backup\nthis build cannot read 1 of 1 events\n"
    );
    app.shutdown().await;
}
