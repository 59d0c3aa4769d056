//! Checkpoints: one row per name.

use sqlx::{PgConnection, Row};

use super::failure::Failure;
use super::sql::Sql;
use crate::position::Position;

pub(super) async fn load(
    connection: &mut PgConnection,
    sql: &Sql,
    name: &str,
) -> Result<Position, Failure> {
    let row = sqlx::query(sql.load_checkpoint.get())
        .bind(name)
        .fetch_optional(connection)
        .await?;
    Ok(match row {
        Some(row) => Position(row.try_get(0)?),
        None => Position::START,
    })
}

pub(super) async fn save(
    connection: &mut PgConnection,
    sql: &Sql,
    name: &str,
    position: Position,
) -> Result<(), Failure> {
    sqlx::query(sql.save_checkpoint.get())
        .bind(name)
        .bind(position.0)
        .execute(connection)
        .await?;
    Ok(())
}
