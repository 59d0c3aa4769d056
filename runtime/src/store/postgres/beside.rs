//! A schema beside the one of a read model, in which it is made anew: a connection that finds it first, and the switch.

use sqlx::{AssertSqlSafe, Executor, PgConnection, Row};

use super::connections::Lent;
use super::core::READ_ONLY;
use super::failure::Failure;
use super::{PostgresStore, notes, read};
use crate::error::BoxError;
use crate::store::{EventStore, JournalQuery, Note, NoteChange, NoteQuery, Page};

/// A connection whose names mean the schema beside, where it has them. What is left of it is removed by the next one.
pub(crate) struct Beside {
    pub(crate) connection: Lent,
    pub(crate) names: Names,
}

/// The schemas of a read model.
pub(crate) struct Names {
    /// In which it is made.
    made: String,
    /// In which it is to be.
    place: String,
    /// The journal's, and how its own tables there begin.
    journal: (String, &'static str),
}

impl PostgresStore {
    /// Makes the schema for the read model of projection `name`; `Err`: somebody has it, and this is what is locked.
    pub(crate) async fn beside(&self, name: &str) -> Result<Result<Beside, String>, BoxError> {
        let core = self.core();
        if core.read_only {
            return Err(READ_ONLY.into());
        }
        let made = schema(&core.names.schema, name);
        let mut connection = core.connections.get_extra().await?;
        // For as long as the connection lives.
        let free: bool = sqlx::query("SELECT pg_try_advisory_lock(hashtextextended($1, 0))")
            .bind(&made)
            .fetch_one(&mut *connection)
            .await?
            .try_get(0)?;
        if !free {
            return Ok(Err(format!("schema `{made}`")));
        }
        let found = "SELECT current_schema(), current_setting('search_path')";
        let row = connection.fetch_one(found).await?;
        let (place, path): (Option<String>, String) = (row.try_get(0)?, row.try_get(1)?);
        let place = place.ok_or("no schema of the search_path is there")?;
        let anew = format!("DROP SCHEMA IF EXISTS \"{made}\" CASCADE; CREATE SCHEMA \"{made}\"");
        connection.execute(AssertSqlSafe(anew)).await?;
        sqlx::query("SELECT set_config('search_path', $1, false)")
            .bind(format!("\"{made}\", {path}"))
            .execute(&mut *connection)
            .await?;
        let own = if core.names.django { "evgen_" } else { "" };
        let journal = (core.names.schema.clone(), own);
        let names = Names {
            made,
            place,
            journal,
        };
        Ok(Ok(Beside { connection, names }))
    }

    /// Keeps everybody from changing a note until the transaction ends.
    pub(crate) async fn lock_note_on(
        &self,
        tx: &mut PgConnection,
        key: &str,
    ) -> Result<(), BoxError> {
        let lock = sqlx::query(self.core().sql.lock_note.get()).bind(key);
        lock.execute(tx).await?;
        Ok(())
    }

    /// Notes, as a transaction sees them.
    pub(crate) async fn notes_on(
        &self,
        tx: &mut PgConnection,
        query: NoteQuery,
    ) -> Result<Vec<Note>, BoxError> {
        let found = notes::load(tx, &self.core().sql, &query).await;
        found.map_err(|failure| self.core().source(failure))
    }

    /// Changes notes in a transaction. What is expected of them is not looked at.
    pub(crate) async fn put_notes_on(
        &self,
        tx: &mut PgConnection,
        changes: &[NoteChange],
    ) -> Result<(), BoxError> {
        let _ = notes::save(tx, &self.core().sql, changes).await?;
        Ok(())
    }

    /// A page of the journal, as a transaction sees it.
    pub(crate) async fn page_on(
        &self,
        tx: &mut PgConnection,
        query: JournalQuery,
    ) -> Result<Page, BoxError> {
        if self.is_djangoevents() {
            return Ok(self.read_all(query).await?);
        }
        let page = read::all(tx, &self.core().sql, &query).await;
        page.map_err(|failure| self.core().source(failure))
    }

    /// Puts what was made in place of what has the same names.
    pub(crate) async fn switch_on(
        &self,
        tx: &mut PgConnection,
        names: &Names,
    ) -> Result<(), BoxError> {
        let core = self.core();
        tx.execute(core.sql.make_switch.get()).await?;
        let switched = sqlx::query(core.sql.switch.get())
            .bind(&names.made)
            .bind(&names.place)
            .execute(tx)
            .await;
        switched.map_err(|error| core.source(Failure::Postgres(error)))?;
        // Idle connections have statements that were prepared for the old tables.
        core.connections.forget();
        Ok(())
    }
}

impl Names {
    /// Fails where nothing was made: `prepare` has named a schema.
    pub(crate) async fn check_made(&self, tx: &mut PgConnection) -> Result<(), BoxError> {
        let any = "SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1)";
        let row = sqlx::query(any).bind(&self.made).fetch_one(tx).await?;
        match row.try_get::<bool, _>(0)? {
            true => Ok(()),
            false => Err(
                "its `prepare` makes no table that could be made beside: name its tables without their schema"
                    .into(),
            ),
        }
    }

    /// Fails where another table than those made was written: it would be one that is in use.
    pub(crate) async fn check_written(&self, tx: &mut PgConnection) -> Result<(), BoxError> {
        let written = "SELECT schemaname || '.' || relname FROM pg_stat_xact_user_tables \
             WHERE schemaname <> $1 AND NOT (schemaname = $2 AND starts_with(relname, $3)) AND schemaname NOT LIKE 'pg_temp%' \
             AND n_tup_ins + n_tup_upd + n_tup_del > 0 LIMIT 1";
        let row = sqlx::query(written)
            .bind(&self.made)
            .bind(&self.journal.0)
            .bind(self.journal.1);
        let Some(row) = row.fetch_optional(tx).await? else {
            return Ok(());
        };
        let table: String = row.try_get(0)?;
        let why = format!(
            "it writes `{table}`, which its `prepare` does not make, or names with its schema: that cannot be made beside"
        );
        Err(why.into())
    }
}

impl Beside {
    /// Removes what is left, and lets others make it.
    pub(crate) async fn clear(mut self) {
        let drop = format!(
            "ROLLBACK; DROP SCHEMA IF EXISTS \"{}\" CASCADE; SELECT pg_advisory_unlock_all()",
            self.names.made
        );
        if let Err(error) = self.connection.execute(AssertSqlSafe(drop)).await {
            tracing::warn!(%error, schema = self.names.made, "left a schema behind");
        }
        // Its names mean something else than others'.
        self.connection.spoil();
    }
}

/// The name of the schema: at most 63 bytes of what needs no escape.
fn schema(journal: &str, name: &str) -> String {
    let name = format!("{journal}_rebuild_{name}").to_lowercase();
    let name = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' });
    name.take(63).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_a_name() {
        assert_eq!(schema("evgen", "open_todos"), "evgen_rebuild_open_todos");
        assert_eq!(schema("evgen", "Ü\"x").len(), 17);
        assert_eq!(schema("evgen", &"x".repeat(99)).len(), 63);
    }
}
