//! Notes: one row per key. What is changed together is guarded by one function of the database, so that the projection's
//! transaction may change notes, too.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::{PgConnection, Row};

use super::core::{Core, READ_ONLY};
use super::failure::Failure;
use super::sql::Sql;
use crate::store::{self, ExpectedNote, Note, NoteChange, NoteError, NoteQuery};

/// A note is not what its writer believed.
pub(super) struct Changed {
    pub(super) key: String,
    pub(super) actual: Option<String>,
}

pub(super) async fn load(
    connection: &mut PgConnection,
    sql: &Sql,
    query: &NoteQuery,
) -> Result<Vec<Note>, Failure> {
    let rows = sqlx::query(sql.load_notes.get())
        .bind(&query.prefix)
        .bind(query.end())
        .bind(&query.after)
        .bind(i64::try_from(query.limit).unwrap_or(i64::MAX))
        .fetch_all(connection)
        .await?;
    let note = |row: sqlx::postgres::PgRow| {
        Ok(Note {
            key: row.try_get(0)?,
            value: row.try_get(1)?,
        })
    };
    rows.into_iter().map(note).collect()
}

/// In the transaction that is open, or in one of its own.
pub(super) async fn save(
    connection: &mut PgConnection,
    sql: &Sql,
    changes: &[NoteChange],
) -> Result<Result<(), Changed>, sqlx::Error> {
    let keys: Vec<&str> = changes.iter().map(|change| change.key.as_str()).collect();
    let (checked, expected): (Vec<bool>, Vec<Option<&str>>) = changes
        .iter()
        .map(|change| match &change.expected {
            ExpectedNote::Any => (false, None),
            ExpectedNote::Is(expected) => (true, expected.as_deref()),
        })
        .unzip();
    let values: Vec<Option<&str>> = changes
        .iter()
        .map(|change| change.value.as_deref())
        .collect();
    let row = sqlx::query(sql.save_notes.get())
        .bind(&keys)
        .bind(checked)
        .bind(expected)
        .bind(values)
        .fetch_one(connection)
        .await?;
    let place = row
        .try_get::<Option<i32>, _>(0)?
        .and_then(|place| usize::try_from(place).ok()?.checked_sub(1));
    Ok(match place.and_then(|place| keys.get(place)) {
        Some(key) => Err(Changed {
            key: (*key).to_owned(),
            actual: row.try_get(1)?,
        }),
        None => Ok(()),
    })
}

/// Whether all notes are what the changes were to make them.
async fn are_made(
    connection: &mut PgConnection,
    sql: &Sql,
    changes: &[NoteChange],
) -> Result<bool, Failure> {
    for change in changes {
        let found = load(connection, sql, &NoteQuery::of(&change.key)).await?;
        if NoteQuery::value(&change.key, found) != change.value {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Core {
    pub(super) async fn save_notes(&self, changes: Vec<NoteChange>) -> Result<(), NoteError> {
        if self.is_closed() {
            return Err(NoteError::Closed);
        }
        let what = store::keys(&changes);
        if self.read_only {
            let source = READ_ONLY.into();
            return Err(NoteError::Backend { what, source });
        }
        let changes = Arc::new(changes);
        let tried = Arc::new(AtomicBool::new(false));
        let saved = self.run(move |connection, sql| {
            let (changes, tried) = (Arc::clone(&changes), Arc::clone(&tried));
            Box::pin(async move {
                let saved = save(&mut *connection, sql, &changes).await;
                // The answer to the first attempt may have been lost with its connection, not the changes.
                let again = tried.swap(true, Ordering::SeqCst);
                match saved? {
                    Err(_) if again && are_made(connection, sql, &changes).await? => Ok(Ok(())),
                    saved => Ok(saved),
                }
            })
        });
        match saved.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Changed { key, actual })) => Err(NoteError::Changed { key, actual }),
            Err(_) if self.is_closed() => Err(NoteError::Closed),
            Err(failure) => Err(NoteError::Backend {
                what,
                source: self.source(failure),
            }),
        }
    }
}
