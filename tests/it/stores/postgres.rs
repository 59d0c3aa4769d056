//! PostgreSQL: what only this store promises.

use evgen_runtime::store::postgres::PostgresStore;
use evgen_tests::postgres::Database;

/// A store in a new database, and the database; `None`: there is no server.
pub(super) async fn native() -> Option<(PostgresStore, Database)> {
    let database = Database::new().await?;
    let store = PostgresStore::builder(&database.url)
        .migrate_at_start(true)
        .connect()
        .await
        .unwrap();
    Some((store, database))
}
