//! Makes the tables, and brings those of an older evgen up to date: one transaction for all of it, under a lock, so that
//! several processes may start at once. Changes only add: a build of before goes on beside them, until one says otherwise.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use super::open_error::OpenError;
use super::sql::Names;

struct Migration {
    version: i32,
    /// The oldest version whose builds still work beside it.
    works_with: i32,
    sql: &'static [&'static str],
}

/// In order. A released one is never changed.
const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        works_with: 1,
        sql: &[
            include_str!("sql/layout_1.sql"),
            include_str!("sql/own_tables.sql"),
            include_str!("sql/append_1.sql"),
            include_str!("sql/place_1.sql"),
            include_str!("sql/notes_1.sql"),
        ],
    },
    Migration {
        version: 2,
        works_with: 1,
        sql: &[include_str!("sql/transactional_2.sql")],
    },
];

/// evgen's own tables beside djangoevents' journal.
const BESIDE_DJANGO: &[Migration] = &[Migration {
    version: 1,
    works_with: 1,
    sql: &[
        include_str!("sql/own_tables.sql"),
        include_str!("sql/commands.sql"),
        include_str!("sql/notes_1.sql"),
    ],
}];

fn migrations(names: &Names) -> &'static [Migration] {
    match names.django {
        false => MIGRATIONS,
        true => BESIDE_DJANGO,
    }
}

fn newest(names: &Names) -> i32 {
    migrations(names)
        .last()
        .map_or(0, |migration| migration.version)
}

/// The version of the tables that this build makes.
pub const LAYOUT_VERSION: i32 = MIGRATIONS[MIGRATIONS.len() - 1].version;

/// Which version of the layout is there.
pub(super) struct Found {
    version: i32,
    works_with: i32,
}

/// Looks which version is there; `None`: there are no tables.
pub(super) async fn find(
    connection: &mut PgConnection,
    names: &Names,
) -> Result<Option<Found>, sqlx::Error> {
    // Not `to_regclass`: it may answer from before the lock of `migrate` was had.
    let exists: bool = sqlx::query(
        "SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = $1 AND c.relname = $2)",
    )
    .bind(&names.schema)
    .bind(if names.django {
        "evgen_migrations"
    } else {
        "migrations"
    })
    .fetch_one(&mut *connection)
    .await?
    .try_get(0)?;
    if !exists {
        return Ok(None);
    }
    let select = "SELECT max(version), max(works_with) FROM evgen.migrations";
    let row = sqlx::query(AssertSqlSafe(names.text(select)))
        .fetch_one(connection)
        .await?;
    let version: Option<i32> = row.try_get(0)?;
    let works_with: Option<i32> = row.try_get(1)?;
    Ok(version.zip(works_with).map(|(version, works_with)| Found {
        version,
        works_with,
    }))
}

/// Whether this build can work with the tables. Those beside djangoevents' journal are needed by few.
pub(super) fn check(found: Option<&Found>, names: &Names) -> Result<(), OpenError> {
    let (schema, known) = (names.schema.clone(), newest(names));
    match found {
        None if names.django => Ok(()),
        None => Err(OpenError::NotMigrated { schema }),
        Some(found) if found.works_with > known => Err(OpenError::NewerLayout {
            schema,
            found: found.version,
            known,
        }),
        Some(found) if found.version < known => Err(OpenError::OlderLayout {
            schema,
            found: found.version,
            known,
        }),
        Some(_) => Ok(()),
    }
}

/// Makes what is missing; does nothing where nothing is.
pub(super) async fn migrate(
    connection: &mut PgConnection,
    names: &Names,
) -> Result<(), sqlx::Error> {
    let schema = &names.schema;
    // Without rights to make tables, a store that needs none must open.
    if let Some(found) = find(connection, names).await?
        && found.version >= newest(names)
    {
        return Ok(());
    }
    let mut tx = connection.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(names.text("evgen.migrations"))
        .execute(&mut *tx)
        .await?;
    let mut from = 0;
    match find(&mut tx, names).await? {
        Some(found) => from = found.version,
        None => {
            // `IF NOT EXISTS` asks for the right to make it even where it is there.
            let exists: bool =
                sqlx::query("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)")
                    .bind(schema)
                    .fetch_one(&mut *tx)
                    .await?
                    .try_get(0)?;
            if !exists {
                tx.execute(AssertSqlSafe(format!("CREATE SCHEMA {schema}")))
                    .await?;
            }
            let table = names.text(include_str!("sql/migrations.sql"));
            tx.execute(AssertSqlSafe(table)).await?;
        }
    }
    for migration in migrations(names)
        .iter()
        .filter(|migration| migration.version > from)
    {
        for text in migration.sql {
            tx.execute(AssertSqlSafe(names.text(text))).await?;
        }
        let note = "INSERT INTO evgen.migrations (version, works_with) VALUES ($1, $2)";
        sqlx::query(AssertSqlSafe(names.text(note)))
            .bind(migration.version)
            .bind(migration.works_with)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await
}
