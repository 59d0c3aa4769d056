//! A PostgreSQL server for the benches: the one that `EVGEN_TEST_POSTGRES` names (a URL of a superuser, without a database),
//! or a private one that waits for the disk as a real one does. Each contender gets a database of its own.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tokio_postgres::NoTls;

pub struct Server {
    url: String,
    /// Ends when our end of its stdin does.
    _watchman: Option<Child>,
}

impl Server {
    /// `None`, and a word of it, where there is no PostgreSQL.
    pub fn start() -> Option<Self> {
        if let Ok(url) = std::env::var("EVGEN_TEST_POSTGRES") {
            return Some(Self {
                url,
                _watchman: None,
            });
        }
        let started = Self::private();
        if started.is_none() {
            println!(
                "did without PostgreSQL: no initdb in PATH or /usr/lib/postgresql, or it does not start"
            );
        }
        started
    }

    fn private() -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0")
            .ok()?
            .local_addr()
            .ok()?
            .port();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../postgres-server");
        let mut watchman = Command::new(script)
            .arg(binaries()?)
            .arg(std::env::temp_dir().join(format!("evgen-bench-{port}")))
            .arg(port.to_string())
            .env(
                "EVGEN_TEST_POSTGRES_OPTIONS",
                "-c fsync=on -c full_page_writes=on -c shared_buffers=256MB",
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let mut answer = String::new();
        BufReader::new(watchman.stdout.take()?)
            .read_line(&mut answer)
            .ok()?;
        (answer.trim() == "ready").then(|| Self {
            url: format!("postgres://postgres:secret@127.0.0.1:{port}"),
            _watchman: Some(watchman),
        })
    }

    /// The URL of a database that [`Self::database`] made.
    pub fn url_of(&self, name: &str) -> String {
        format!("{}/{}", self.url, name.replace('-', "_"))
    }

    /// The URL of a fresh, empty database.
    pub fn database(&self, name: &str) -> String {
        let name = name.replace('-', "_");
        let runtime = tokio::runtime::Runtime::new().expect("it starts");
        runtime.block_on(async {
            let url = format!("{}/postgres", self.url);
            let (client, connection) = tokio_postgres::connect(&url, NoTls)
                .await
                .expect("the server answers");
            tokio::spawn(connection);
            for sql in [
                format!("DROP DATABASE IF EXISTS {name}"),
                format!("CREATE DATABASE {name}"),
            ] {
                client
                    .batch_execute(&sql)
                    .await
                    .expect("a superuser makes a database");
            }
        });
        format!("{}/{name}", self.url)
    }
}

/// The folder of `initdb` and `postgres`: on `PATH`, else the newest of Debian's.
fn binaries() -> Option<PathBuf> {
    let complete = |folder: &PathBuf| {
        ["initdb", "postgres"]
            .iter()
            .all(|name| folder.join(name).is_file())
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let mut debian: Vec<PathBuf> = debian
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    debian.sort();
    std::env::split_paths(&path)
        .chain(debian.into_iter().rev())
        .find(complete)
}
