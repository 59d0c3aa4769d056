//! What can be wrong with a server or a database that is opened, and what to do about it.

use super::failure::PostgresError;

/// Why a store could not be opened. No text of it holds a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The URL cannot be read.
    #[error(
        "the PostgreSQL URL {problem}; it is like `postgres://user:password@host:5432/database`"
    )]
    Url {
        /// What is wrong with it; never all of it.
        problem: String,
    },
    /// The schema's name would need quotes.
    #[error(
        "`{schema}` is no name for a schema: use lower-case letters, digits and `_`, at most 63"
    )]
    SchemaName {
        /// What was given.
        schema: String,
    },
    /// The connection is to be encrypted, and this build cannot.
    #[error(
        "the connection to {server} is to be encrypted: build with the feature `tls` of evgen-runtime; on a network that \
         you trust, add `sslmode=disable` to the URL"
    )]
    NoTls {
        /// The server.
        server: String,
    },
    /// The server is older than what is supported.
    #[error("{server} runs PostgreSQL {found}: evgen needs 12 or later")]
    TooOld {
        /// The server.
        server: String,
        /// Its version.
        found: String,
    },
    /// The database cannot hold all text.
    #[error("the database of {server} has the encoding {found}: evgen needs one with UTF8")]
    Encoding {
        /// The server.
        server: String,
        /// Its encoding.
        found: String,
    },
    /// There is no journal.
    #[error(
        "schema `{schema}` has no journal: make its tables with `PostgresStore::builder(url).migrate_at_start(true)` or \
         `.run_migrations()`"
    )]
    NotMigrated {
        /// The schema.
        schema: String,
    },
    /// The tables are older than this build.
    #[error(
        "the tables in schema `{schema}` are of layout version {found}, this build needs {known}: migrate the store first; \
         older builds go on beside it"
    )]
    OlderLayout {
        /// The schema.
        schema: String,
        /// Version of its tables.
        found: i32,
        /// The one that this build needs.
        known: i32,
    },
    /// A newer evgen has changed the tables so that this build would not understand them.
    #[error(
        "the tables in schema `{schema}` are of layout version {found}, this build knows up to {known}: use the newer build"
    )]
    NewerLayout {
        /// The schema.
        schema: String,
        /// Version of its tables.
        found: i32,
        /// The highest that this build knows.
        known: i32,
    },
    /// There is no journal of djangoevents.
    #[error(
        "schema `{schema}` has no table `event_journal`: run djangoevents' migrations first, or name the schema that has it \
         with `.schema(..)`"
    )]
    NoEventJournal {
        /// The schema.
        schema: String,
    },
    /// The journal of djangoevents cannot be used.
    #[error("table `event_journal` in schema `{schema}` {problem}")]
    EventJournal {
        /// The schema.
        schema: String,
        /// Why, and what to do.
        problem: String,
    },
    /// PostgreSQL or the driver refused.
    #[error(transparent)]
    Postgres(PostgresError),
}
