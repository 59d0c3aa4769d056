//! Putting tables that were made in a file beside the journal's in place of those in it, in one transaction.

use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::error::BoxError;

/// Attaches the file of `made`, and in one transaction replaces the tables of the same names, then does `more`.
pub(crate) fn switch<T>(
    connection: &mut Connection,
    made: &Path,
    more: impl FnOnce(&Transaction<'_>) -> Result<T, BoxError>,
) -> Result<T, BoxError> {
    let path = made.to_str().ok_or("its path is not UTF-8")?;
    connection.execute("ATTACH DATABASE ?1 AS evgen_made", [path])?;
    let done = (|| {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        replace(&tx)?;
        let done = more(&tx)?;
        tx.commit()?;
        Ok(done)
    })();
    connection.execute_batch("DETACH DATABASE evgen_made")?;
    done
}

/// A table, index, view or trigger.
struct Made {
    kind: String,
    name: String,
    sql: String,
}

fn replace(tx: &Transaction<'_>) -> Result<(), BoxError> {
    let is_virtual = "SELECT name FROM evgen_made.sqlite_master WHERE sql LIKE 'CREATE VIRTUAL%'";
    let virtual_tables: Vec<String> = tx
        .prepare(is_virtual)?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if let Some(name) = virtual_tables.first() {
        let why = format!("`{name}` is a virtual table, which cannot be copied");
        return Err(why.into());
    }
    let made: Vec<Made> = tx
        .prepare(include_str!("sql/made.sql"))?
        .query_map([], |row| {
            Ok(Made {
                kind: row.get(0)?,
                name: row.get(1)?,
                sql: row.get(2)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    for made in made.iter().filter(|made| made.kind != "index") {
        // Indexes go with their tables, and so do triggers; one on another table stays, and is in the way.
        tx.execute_batch(&format!(
            "DROP {} IF EXISTS main.{}",
            made.kind,
            quoted(&made.name)
        ))?;
    }
    for made in &made {
        // Its text names no database: it is made in the main one.
        tx.execute_batch(&made.sql)?;
        if made.kind == "table" {
            copy(tx, &made.name)?;
        }
    }
    Ok(())
}

fn copy(tx: &Transaction<'_>, name: &str) -> Result<(), BoxError> {
    // What is generated is not copied.
    let columns: Vec<String> = tx
        .prepare("SELECT name FROM pragma_table_xinfo(?1, 'evgen_made') WHERE hidden = 0")?
        .query_map([name], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let columns: Vec<_> = columns.iter().map(|name| quoted(name)).collect();
    let (columns, name) = (columns.join(", "), quoted(name));
    tx.execute_batch(&format!(
        "INSERT INTO main.{name} ({columns}) SELECT {columns} FROM evgen_made.{name}"
    ))?;
    Ok(())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
