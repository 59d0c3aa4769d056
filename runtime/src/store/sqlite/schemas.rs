//! Schemas of the versions that were written: one row for each in `evgen_schemas`.

use rusqlite::{Connection, params};

use super::layout::Table;
use super::migrate;
use crate::store::StoredSchema;

pub(super) fn save(
    connection: &Connection,
    table: &dyn Table,
    schemas: &[StoredSchema],
) -> rusqlite::Result<()> {
    if table.is_foreign() {
        migrate::make_own_tables(connection)?;
    }
    let mut statement = connection.prepare_cached(include_str!("sql/save_schema.sql"))?;
    for schema in schemas {
        statement.execute(params![
            schema.event_type,
            schema.event_version,
            schema.fingerprint.cast_signed(),
            schema.schema,
            schema.types,
        ])?;
    }
    Ok(())
}

pub(super) fn load(
    connection: &Connection,
    table: &dyn Table,
) -> rusqlite::Result<Vec<StoredSchema>> {
    if table.is_foreign() && !migrate::has_table(connection, "evgen_schemas")? {
        return Ok(Vec::new());
    }
    connection
        .prepare_cached(
            "SELECT event_type, event_version, fingerprint, schema, types FROM evgen_schemas \
             ORDER BY event_type, event_version",
        )?
        .query_map([], |row| {
            Ok(StoredSchema {
                event_type: row.get(0)?,
                event_version: row.get(1)?,
                fingerprint: row.get::<_, i64>(2)?.cast_unsigned(),
                schema: row.get(3)?,
                types: row.get(4)?,
            })
        })?
        .collect()
}
