//! Which store a path or URL names, and opening it. A further kind of store is one more arm in `open` and `create`.
//! Passwords in URLs are never shown.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use evgen_runtime::error::Causes;
use evgen_runtime::store::sqlite::{Layout, OpenError, SqliteBuilder};
use evgen_runtime::{BoxError, EventStore, SqliteStore};
use jiff::tz::TimeZone;
use tokio::runtime::Runtime;

use super::super::console::Console;
use super::super::stop::Stop;
use super::args;

mod postgres;

pub(super) use postgres::Url;

/// An opened store, and the runtime that its work is done on.
pub(super) struct Journal {
    pub(super) store: Arc<dyn EventStore>,
    /// As it may be shown.
    pub(super) name: String,
    runtime: Runtime,
}

/// What a path or URL names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// An SQLite file, as the user wrote it.
    Sqlite(PathBuf),
    /// A journal in PostgreSQL.
    Postgres(Url),
}

/// Opens a journal that is only read: nothing is made or changed.
pub(super) fn open(args: &args::Store, console: &Console<'_>) -> Result<Journal, Stop> {
    journal(args, console, true)
}

/// Opens a store to write to it; one that does not exist is made, in evgen's own layout.
pub(super) fn create(args: &args::Store, console: &Console<'_>) -> Result<Journal, Stop> {
    journal(args, console, false)
}

fn journal(args: &args::Store, console: &Console<'_>, read_only: bool) -> Result<Journal, Stop> {
    match place(&args.url)? {
        Place::Sqlite(path) => {
            let runtime = runtime()?;
            let name = path.display().to_string();
            let builder = builder(args, &path, console).read_only(read_only);
            let store = runtime.block_on(find(args, builder));
            let store = store.map_err(|error| stop(&name, error))?;
            Ok(Journal::new(runtime, Arc::new(store), name))
        }
        Place::Postgres(url) => {
            let runtime = runtime()?;
            let store = runtime.block_on(async {
                let builder = match url.djangoevents(args).await? {
                    Some(django) => django,
                    None => url.builder(args).migrate_at_start(!read_only),
                };
                builder.read_only(read_only).connect().await
            });
            let store = store.map_err(|error| url.stop(error))?;
            Ok(Journal::new(runtime, Arc::new(store), url.to_string()))
        }
    }
}

impl Journal {
    fn new(runtime: Runtime, store: Arc<dyn EventStore>, name: String) -> Self {
        Self {
            store,
            name,
            runtime,
        }
    }

    /// Waits for the store.
    pub(super) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Stops with what the store says.
    pub(super) fn failed(&self, error: impl Into<BoxError>) -> Stop {
        let error = error.into();
        Stop::Store(format!("{}: {}", self.name, Causes(&*error)))
    }
}

/// What a path or URL names.
pub(super) fn place(url: &str) -> Result<Place, Stop> {
    let scheme = url
        .split_once(':')
        .map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some("postgres" | "postgresql") => Ok(Place::Postgres(Url(url.to_owned()))),
        Some("sqlite") => {
            let path = url.split_once(':').map_or(url, |(_, path)| path);
            Ok(Place::Sqlite(
                path.strip_prefix("//").unwrap_or(path).into(),
            ))
        }
        Some(scheme) if url[scheme.len()..].starts_with("://") => Err(Stop::usage(
            format!("`{}` names no store that evgen knows", shown(url)),
            "give an SQLite file, `sqlite:FILE` or `postgres://…`",
        )),
        _ => Ok(Place::Sqlite(url.into())),
    }
}

/// A URL without its password.
fn shown(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        // Not the form of a URL: a password could be anywhere.
        let scheme = url.split(':').next().unwrap_or_default();
        return format!("{scheme}:…");
    };
    let (rest, query) = match rest.split_once('?') {
        Some((rest, _)) => (rest, "?…"),
        None => (rest, ""),
    };
    // The last `@`: a password may hold others that are not escaped.
    let rest = match rest.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((user, _)) => format!("{user}:…@{host}"),
            None => format!("{user}@{host}"),
        },
        None => rest.to_owned(),
    };
    format!("{scheme}://{rest}{query}")
}

pub(super) fn runtime() -> Result<Runtime, Stop> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    runtime.map_err(|error| Stop::Store(format!("could not start a thread: {error}")))
}

fn builder(args: &args::Store, path: &std::path::Path, console: &Console<'_>) -> SqliteBuilder {
    SqliteStore::builder(console.path(path)).busy_timeout(Duration::from_secs(args.wait))
}

/// Opens a file in the layout that it has.
async fn find(args: &args::Store, builder: SqliteBuilder) -> Result<SqliteStore, OpenError> {
    // The look at the layout makes nothing, also where the file is to be written.
    match builder.clone().read_only(true).open().await {
        Ok(_) | Err(OpenError::Missing { .. }) => return builder.open().await,
        Err(OpenError::Layout { .. }) => {}
        Err(error) => return Err(error),
    }
    let time_zone = args.time_zone.clone().unwrap_or(TimeZone::UTC);
    let django = builder.clone().layout(Layout::Djangoevents { time_zone });
    match django.clone().read_only(true).open().await {
        Ok(_) => django.open().await,
        // Neither: an empty file, or one with other tables.
        Err(OpenError::Layout { .. }) => builder.open().await,
        Err(error) => Err(error),
    }
}

/// What opening said, with the path as the user wrote it.
fn stop(name: &str, error: OpenError) -> Stop {
    match error {
        OpenError::Missing { .. } => Stop::Store(format!("{name} does not exist")),
        OpenError::Layout { .. } => Stop::usage(
            format!(
                "{name} holds no journal: neither evgen's tables nor djangoevents' `event_journal`"
            ),
            "check the path; a service makes the tables when it opens its store, and so does `evgen journal migrate`",
        ),
        OpenError::NewerLayout { found, known, .. } => Stop::usage(
            format!("{name} has tables of layout {found}, this build knows up to {known}"),
            "use the evgen that made them, or a newer one",
        ),
        OpenError::NotWritable { .. } => {
            Stop::Store(format!("{name} cannot be written: change its permissions"))
        }
        error if error.is_busy() => Stop::Store(format!(
            "{name} is kept locked by another process: end its transaction, or wait longer with `--wait SECONDS`"
        )),
        error => {
            let error: BoxError = error.into();
            let cause = error
                .source()
                .map_or(String::new(), |cause| format!(" ({cause})"));
            Stop::Store(format!("{error}{cause}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(url: &str) -> String {
        match place(url) {
            Ok(place) => format!("{place:?}"),
            Err(Stop::Usage { problem, .. }) => problem,
            Err(stop) => format!("{stop:?}"),
        }
    }

    #[test]
    fn paths_and_urls_name_stores() {
        for (url, path) in [
            ("app.db", "app.db"),
            ("C:\\app.db", "C:\\app.db"),
            ("sqlite:app.db", "app.db"),
            ("sqlite://app.db", "app.db"),
            ("sqlite:///var/app.db", "/var/app.db"),
        ] {
            assert_eq!(place(url).unwrap(), Place::Sqlite(path.into()), "{url}");
        }
    }

    #[test]
    fn passwords_are_never_shown() {
        for (url, expected) in [
            (
                "postgres://u:s3cret@h:5432/db",
                r#"Postgres("postgres://u:…@h:5432/db")"#,
            ),
            (
                "postgres://u:s3@cret@h/db",
                r#"Postgres("postgres://u:…@h/db")"#,
            ),
            (
                "postgres://u@h/db?password=s3cret",
                r#"Postgres("postgres://u@h/db?…")"#,
            ),
            (
                "postgresql:host=h password=s3cret",
                r#"Postgres("postgresql:…")"#,
            ),
            (
                "mysql://u:s3cret@h/db",
                "`mysql://u:…@h/db` names no store that evgen knows",
            ),
        ] {
            assert_eq!(problem(url), expected, "{url}");
        }
    }
}
