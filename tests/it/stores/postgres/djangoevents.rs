//! djangoevents' journal in PostgreSQL: opened in place, with writers as Django's beside us.

use evgen_runtime::store::postgres::{Layout, PostgresBuilder, PostgresStore};
use evgen_tests::postgres::Database;

/// A store in a new database, whose tables it makes, and the database; `None`: there is no server.
pub(crate) async fn new() -> Option<(PostgresStore, Database)> {
    let database = Database::new().await?;
    let store = builder(&database).migrate_at_start(true).connect().await;
    Some((store.unwrap(), database))
}

/// How another process opens it.
pub(crate) fn builder(database: &Database) -> PostgresBuilder {
    PostgresStore::builder(&database.url).layout(Layout::djangoevents())
}
