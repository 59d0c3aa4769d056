//! djangoevents' journal in PostgreSQL: opened in place, with writers as Django's beside us.

mod held;
mod opening;
mod own_rows;
mod projections;
mod tail;

use std::path::Path;

use evgen_runtime::rusqlite;
use evgen_runtime::sqlx::{self, AssertSqlSafe, Executor as _, PgConnection, Row as _};
use evgen_runtime::store::postgres::{Layout, PostgresBuilder, PostgresStore};
use evgen_tests::postgres::Database;
use evgen_tests::shared;

/// The columns, in the order of Django's model.
const COLUMNS: &str = "event_id, event_type, event_data, aggregate_id, aggregate_type, aggregate_version, create_date, \
                       metadata, _module_name, _class_name, event_version, _stored_entity_id";

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

pub(crate) async fn run(connection: &mut PgConnection, sql: &str) {
    let done = connection.execute(AssertSqlSafe(sql.to_owned())).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// A database with the table as Django's migrations made it; `None`: there is no server, or no shared data.
pub(crate) async fn empty() -> Option<Database> {
    let tables = std::fs::read_to_string(shared("djangoevents/ddl/pg_django1.10.sql")?).unwrap();
    let database = Database::new().await?;
    run(&mut database.connect().await, &tables).await;
    Some(database)
}

/// A database with the rows of a journal of the shared data, as the same program stores them on PostgreSQL.
pub(crate) async fn filled(journal: &str) -> Option<Database> {
    let rows = sqlite_rows(&shared(&format!("djangoevents/{journal}"))?);
    let database = empty().await?;
    let mut db = database.connect().await;
    for row in rows {
        let insert = format!(
            "INSERT INTO public.event_journal ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6::bigint, $7::text::timestamptz, $8, $9, \
             $10, $11::bigint, $12)"
        );
        let mut insert = sqlx::query(AssertSqlSafe(insert));
        for (n, value) in row.into_iter().enumerate() {
            insert = match n {
                5 | 10 => insert.bind(value.map(|value| value.parse::<i64>().unwrap())),
                6 => insert.bind(value.map(|value| format!("{value}+00"))),
                _ => insert.bind(value),
            };
        }
        insert.execute(&mut db).await.unwrap();
    }
    Some(database)
}

/// All rows of a journal without their ids, as texts.
pub(crate) async fn rows(database: &Database) -> Vec<Vec<Option<String>>> {
    let columns = COLUMNS.replace(
        "create_date",
        "regexp_replace(to_char(create_date AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), '[.]000000$', '')",
    );
    let select = format!("SELECT {columns} FROM public.event_journal ORDER BY id");
    let mut db = database.connect().await;
    // As text, all of them.
    let rows = db
        .fetch_all(sqlx::raw_sql(AssertSqlSafe(select)))
        .await
        .unwrap();
    rows.iter()
        .map(|row| (0..12).map(|n| row.get_unchecked(n)).collect())
        .collect()
}

/// The same of an SQLite journal.
pub(crate) fn sqlite_rows(path: &Path) -> Vec<Vec<Option<String>>> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let db = rusqlite::Connection::open_with_flags(path, flags).unwrap();
    let columns = COLUMNS
        .replace("aggregate_version", "CAST(aggregate_version AS TEXT)")
        .replace(" event_version", " CAST(event_version AS TEXT)");
    let select = format!("SELECT {columns} FROM event_journal ORDER BY id");
    let mut select = db.prepare(&select).unwrap();
    let rows = select.query_map([], |row| (0..12).map(|n| row.get(n)).collect());
    rows.unwrap().map(Result::unwrap).collect()
}
