//! The look at `event_journal` when it is opened: is it there, of the types that Django makes, and may we use it? In an
//! empty schema it is made, where the store is told to migrate.

use std::sync::Arc;

use sqlx::postgres::types::Oid;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use super::super::failure::PostgresError;
use super::super::open_error::OpenError;
use super::super::sql::Names;

const NUMBER: &[&str] = &["integer", "bigint", "smallint"];
const TEXT: &[&str] = &["character varying", "text"];

/// The columns, with the types that they may have.
const COLUMNS: &[(&str, &[&str])] = &[
    ("id", NUMBER),
    ("event_id", TEXT),
    ("event_type", TEXT),
    ("event_data", TEXT),
    ("aggregate_id", TEXT),
    ("aggregate_type", TEXT),
    ("aggregate_version", NUMBER),
    // Whether or not `USE_TZ` is set.
    ("create_date", &["timestamp with time zone"]),
    ("metadata", TEXT),
    ("_module_name", TEXT),
    ("_class_name", TEXT),
    ("_stored_entity_id", TEXT),
    ("event_version", NUMBER),
];

/// Refuses a table that is not djangoevents', or that the user may not use.
pub(in super::super) async fn check(
    connection: &mut PgConnection,
    names: &Names,
    read_only: bool,
    server: &Arc<str>,
) -> Result<(), OpenError> {
    let postgres = |error| OpenError::Postgres(PostgresError::new(server, error));
    let schema = names.schema.clone();
    let Some(table) = find(connection, &schema).await.map_err(postgres)? else {
        return Err(OpenError::NoEventJournal { schema });
    };
    let problem = match problem_of(connection, table, names, read_only).await {
        Ok(problem) => problem,
        Err(error) => return Err(postgres(error)),
    };
    match problem {
        Some(problem) => Err(OpenError::EventJournal { schema, problem }),
        None => Ok(()),
    }
}

/// Makes the table in a schema that has none at all, as Django's migrations would.
pub(in super::super) async fn make_where_empty(
    connection: &mut PgConnection,
    names: &Names,
) -> Result<(), sqlx::Error> {
    if find(connection, &names.schema).await?.is_some() {
        return Ok(());
    }
    let mut tx = connection.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(names.text("evgen.migrations"))
        .execute(&mut *tx)
        .await?;
    let row = sqlx::query(
        "SELECT count(*) > 0, \
                count(*) FILTER (WHERE c.relkind IN ('r', 'p')) = 0 \
         FROM pg_catalog.pg_namespace n LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid \
         WHERE n.nspname = $1",
    );
    let row = row.bind(&names.schema).fetch_one(&mut *tx).await?;
    let is_empty: bool = row.try_get(1)?;
    if is_empty {
        let schema: bool = row.try_get(0)?;
        if !schema {
            let make = format!("CREATE SCHEMA {}", names.schema);
            tx.execute(AssertSqlSafe(make)).await?;
        }
        let make = names.text(include_str!("../sql/event_journal.sql"));
        tx.execute(AssertSqlSafe(make)).await?;
    }
    tx.commit().await
}

async fn find(connection: &mut PgConnection, schema: &str) -> Result<Option<Oid>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = $1 AND c.relname = 'event_journal' AND c.relkind = 'r'",
    );
    let row = row.bind(schema).fetch_optional(connection).await?;
    row.map(|row| row.try_get(0)).transpose()
}

async fn problem_of(
    connection: &mut PgConnection,
    table: Oid,
    names: &Names,
    read_only: bool,
) -> Result<Option<String>, sqlx::Error> {
    let facts = sqlx::query(include_str!("../sql/django_facts.sql"))
        .bind(table)
        .fetch_one(&mut *connection)
        .await?;
    let user: String = facts.try_get(0)?;
    let schema = &names.schema;
    let missing = |privilege: &str, on: &str| {
        let advice = match privilege {
            "INSERT" | "USAGE" => ", or open it with `.read_only(true)`",
            _ => "",
        };
        Some(format!(
            "cannot be used: the user {user} lacks the privilege {privilege}; `GRANT {privilege} ON {on} TO {user}`{advice}"
        ))
    };
    if !facts.try_get::<bool, _>(1)? {
        return Ok(missing("USAGE", &format!("SCHEMA {schema}")));
    }
    if !facts.try_get::<bool, _>(2)? {
        return Ok(missing("SELECT", &format!("{schema}.event_journal")));
    }
    let rows = sqlx::query(
        "SELECT attname::text, atttypid::regtype::text FROM pg_catalog.pg_attribute \
         WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped",
    );
    let rows = rows.bind(table).fetch_all(connection).await?;
    for (name, types) in COLUMNS {
        let found = rows.iter().find(|row| {
            row.try_get::<&str, _>(0)
                .is_ok_and(|column| column == *name)
        });
        let Some(found) = found else {
            return Ok(Some(format!(
                "has no column {name}: run the migrations of djangoevents 0.14"
            )));
        };
        let found: &str = found.try_get(1)?;
        if !types.contains(&found) {
            let expected = types.join(" or ");
            return Ok(Some(format!(
                "is not as Django makes it: its column {name} is {found}, not {expected}"
            )));
        }
    }
    if facts
        .try_get::<Option<i64>, _>(3)?
        .is_some_and(|cache| cache > 1)
    {
        return Ok(Some(
            "cannot be followed: each session is given ids in advance; `ALTER SEQUENCE … CACHE 1` as Django makes it"
                .to_owned(),
        ));
    }
    if read_only {
        return Ok(None);
    }
    if !facts.try_get::<bool, _>(4)? {
        return Ok(missing("INSERT", &format!("{schema}.event_journal")));
    }
    if let Some(sequence) = facts.try_get::<Option<String>, _>(5)? {
        return Ok(missing("USAGE", &format!("SEQUENCE {sequence}")));
    }
    if !facts.try_get::<bool, _>(6)? {
        return Ok(Some(
            "has no unique key on aggregate_id, aggregate_type and aggregate_version, which guards versions: run the \
             migrations of djangoevents 0.14"
                .to_owned(),
        ));
    }
    Ok(None)
}
