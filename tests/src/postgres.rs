//! A PostgreSQL server for tests: the one that `EVGEN_TEST_POSTGRES` names (a URL of a superuser), or a private one per test
//! process, which ends with it. Each test gets a database of its own.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use evgen_runtime::sqlx::postgres::{PgConnectOptions, PgConnection};
use evgen_runtime::sqlx::{AssertSqlSafe, ConnectOptions, Executor};

use crate::did_without;

/// A running server.
struct Server {
    /// Without the database's name.
    options: PgConnectOptions,
    /// `postgres://postgres:secret@127.0.0.1:5432`
    url: String,
    /// The private one's.
    watchman: Option<Mutex<Watchman>>,
}

/// The process that runs a private server; it ends when our end of its stdin does.
struct Watchman {
    process: Child,
    output: BufReader<ChildStdout>,
}

/// A fresh, empty database. Dropped databases of a server that is not ours are removed.
pub struct Database {
    /// URL with name and password of a superuser.
    pub url: String,
    /// Its name.
    pub name: String,
    /// The same as options of the driver.
    pub options: PgConnectOptions,
    server: &'static Server,
}

static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();

impl Database {
    /// A fresh database; where there is no server, says so and gives `None`; with `CI` in the environment, fails.
    ///
    /// # Panics
    /// With `CI` in the environment, when there is no server; when a server that is there does not obey.
    pub async fn new() -> Option<Self> {
        Self::on(found(SERVER.get_or_init(start).as_ref())?).await
    }

    /// A fresh database on a server of its own, which may be [crashed](Self::crash). As [`new`](Self::new) where PostgreSQL
    /// is not installed here.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    pub async fn on_own_server() -> Option<Self> {
        Self::on_private(private(&[])).await
    }

    /// A fresh database on a server of its own that syncs, and is preloaded with a library, which everybody may read. `env`:
    /// what the library asks for. As [`new`](Self::new) where PostgreSQL is not installed here.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    pub async fn preloaded(library: &Path, env: [(&str, &OsStr); 2]) -> Option<Self> {
        let syncs = "-c fsync=on -c full_page_writes=on -c wal_sync_method=fdatasync";
        let [first, second] = env;
        let server = private(&[
            ("EVGEN_TEST_POSTGRES_PRELOAD", library.as_os_str()),
            ("EVGEN_TEST_POSTGRES_OPTIONS", OsStr::new(syncs)),
            first,
            second,
        ]);
        Self::on_private(server).await
    }

    /// A fresh database on a server of its own that offers TLS, by `server.crt` and `server.key` of a folder that everybody
    /// may read. As [`new`](Self::new) where PostgreSQL is not installed here.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    pub async fn with_tls(folder: &Path) -> Option<Self> {
        Self::on_private(private(&[("EVGEN_TEST_POSTGRES_TLS", folder.as_os_str())])).await
    }

    async fn on_private(server: Result<Server, String>) -> Option<Self> {
        // For as long as the process lives.
        let server = server.map(|server| &*Box::leak(Box::new(server)));
        Self::on(found(server.as_ref().copied())?).await
    }

    async fn on(server: &'static Server) -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "evgen_test_{}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let mut admin = server.connect().await;
        admin
            .execute(AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .await
            .expect("a superuser makes a database");
        Some(Self {
            url: format!("{}/{name}", server.url),
            options: server.options.clone().database(&name),
            name,
            server,
        })
    }

    /// What it holds, dumped and restored into a fresh database. `dump`, `psql`: the programs, from [`program`].
    ///
    /// # Panics
    /// When it does not succeed.
    pub async fn restored(&self, dump: &Path, psql: &Path) -> Self {
        let restored = Self::new().await.expect("it was there before");
        let mut dump = Command::new(dump)
            .arg(&self.url)
            .stdout(Stdio::piped())
            .spawn()
            .expect("pg_dump starts");
        let restore = Command::new(psql)
            .args(["-q", "-X", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-d"])
            .arg(&restored.url)
            .stdin(dump.stdout.take().expect("it is piped"))
            .status();
        let restored_all = restore.expect("psql starts").success();
        assert!(restored_all && dump.wait().expect("it ends").success());
        restored
    }

    /// A connection of a superuser to it.
    ///
    /// # Panics
    /// When the server does not answer.
    pub async fn connect(&self) -> PgConnection {
        self.options.connect().await.expect("the server answers")
    }

    /// Kills the server (-9) where it still runs, and waits until it is up again.
    ///
    /// # Panics
    /// When the server is not the database's own, or does not come up.
    pub fn crash(&self) {
        let watchman = self.server.watchman.as_ref().expect("a server of its own");
        let mut watchman = watchman.lock().unwrap_or_else(PoisonError::into_inner);
        let input = watchman.process.stdin.as_mut().expect("it is piped");
        input.write_all(b"again\n").expect("it listens");
        let mut answer = String::new();
        let _ = watchman.output.read_line(&mut answer);
        assert_eq!(answer.trim(), "ready");
    }

    /// A connection of a superuser to another database of the server.
    pub async fn admin(&self) -> PgConnection {
        self.server.connect().await
    }
}

impl Server {
    async fn connect(&self) -> PgConnection {
        let options = self.options.clone().database("postgres");
        options.connect().await.expect("the server answers")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // The private server's go with it.
        if self.server.watchman.is_some() {
            return;
        }
        let (options, name) = (self.server.options.clone().database("postgres"), &self.name);
        let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("a runtime starts");
                runtime.block_on(async {
                    if let Ok(mut admin) = options.connect().await {
                        // A leftover is no reason to fail.
                        let _ = admin.execute(AssertSqlSafe(drop)).await;
                    }
                });
            });
        });
    }
}

/// Says so, or fails, where there is no server.
fn found(server: Result<&'static Server, &String>) -> Option<&'static Server> {
    match server {
        Ok(server) => Some(server),
        Err(problem) => {
            assert!(
                std::env::var_os("CI").is_none(),
                "PostgreSQL is missing: {problem}"
            );
            did_without(&format!("PostgreSQL ({problem})"));
            None
        }
    }
}

fn start() -> Result<Server, String> {
    if let Ok(url) = std::env::var("EVGEN_TEST_POSTGRES") {
        let options = url.parse().map_err(|_| "EVGEN_TEST_POSTGRES is no URL")?;
        let url = url.split('?').next().unwrap_or_default();
        let end = url
            .match_indices('/')
            .nth(2)
            .map_or(url.len(), |(at, _)| at);
        return Ok(Server {
            options,
            url: url[..end].to_owned(),
            watchman: None,
        });
    }
    private(&[])
}

/// `env`: what `tests/postgres-server` is told.
fn private(env: &[(&str, &OsStr)]) -> Result<Server, String> {
    let bin = binaries().ok_or("neither initdb on PATH nor /usr/lib/postgresql/*/bin")?;
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map_err(|error| format!("no free port: {error}"))?
        .port();
    // Short, as the path of a socket must be.
    let folder = std::env::temp_dir().join(format!("evgen-postgres-{port}"));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("postgres-server");
    let mut watchman = Command::new(script)
        .envs(env.iter().copied())
        .arg(bin)
        .arg(folder)
        .arg(port.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("tests/postgres-server does not run: {error}"))?;
    let mut output = BufReader::new(watchman.stdout.take().ok_or("no output")?);
    let mut answer = String::new();
    let _ = output.read_line(&mut answer);
    if answer.trim() != "ready" {
        let _ = output.read_to_string(&mut answer);
        return Err(answer.trim().replace('\n', "; "));
    }
    let options = PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(port)
        .username("postgres")
        .password("secret");
    Ok(Server {
        options,
        url: format!("postgres://postgres:secret@127.0.0.1:{port}"),
        watchman: Some(Mutex::new(Watchman {
            process: watchman,
            output,
        })),
    })
}

/// A program that comes with PostgreSQL; where it is not installed, says so and gives `None`; with `CI` in the environment,
/// fails.
///
/// # Panics
/// With `CI` in the environment, when it is missing.
#[must_use]
pub fn program(name: &str) -> Option<PathBuf> {
    let folder = binaries();
    // On PATH there may be links to some of them.
    let linked = folder.as_ref().and_then(|folder| {
        folder
            .join("postgres")
            .canonicalize()
            .ok()?
            .parent()
            .map(Path::to_owned)
    });
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = (linked
        .into_iter()
        .chain(folder)
        .chain(std::env::split_paths(&path)))
    .map(|folder| folder.join(name))
    .find(|program| program.is_file());
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "{name} is missing");
        did_without(name);
    }
    found
}

/// The folder of `initdb` and `postgres`: on `PATH`, else the newest of Debian's.
fn binaries() -> Option<PathBuf> {
    let has_both =
        |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(folder) = std::env::split_paths(&path).find(has_both) {
        return Some(folder);
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut folders: Vec<_> = versions
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .filter(has_both)
        .collect();
    folders.sort_by_key(|folder| {
        let version = folder.parent().and_then(Path::file_name);
        version.and_then(|version| version.to_str()?.parse::<u32>().ok())
    });
    folders.pop()
}
