//! Schemas of the versions that were written: one row for each.

use sqlx::{PgConnection, Row};

use super::failure::Failure;
use super::sql::Sql;
use crate::store::StoredSchema;

pub(super) async fn save(
    connection: &mut PgConnection,
    sql: &Sql,
    schemas: &[StoredSchema],
) -> Result<(), Failure> {
    let text = |of: fn(&StoredSchema) -> &str| schemas.iter().map(of).collect::<Vec<_>>();
    let versions: Vec<i32> = schemas.iter().map(|schema| schema.event_version).collect();
    let fingerprints = schemas
        .iter()
        .map(|schema| schema.fingerprint.cast_signed());
    sqlx::query(sql.save_schemas.get())
        .bind(text(|schema| &schema.event_type))
        .bind(versions)
        .bind(fingerprints.collect::<Vec<_>>())
        .bind(text(|schema| &schema.schema))
        .bind(text(|schema| &schema.types))
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn load(
    connection: &mut PgConnection,
    sql: &Sql,
) -> Result<Vec<StoredSchema>, Failure> {
    let rows = sqlx::query(sql.load_schemas.get())
        .fetch_all(connection)
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(StoredSchema {
                event_type: row.try_get(0)?,
                event_version: row.try_get(1)?,
                fingerprint: row.try_get::<i64, _>(2)?.cast_unsigned(),
                schema: row.try_get(3)?,
                types: row.try_get(4)?,
            })
        })
        .collect()
}
