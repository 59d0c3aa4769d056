//! A djangoevents journal, read and never written: which classes it holds, and their rows one by one.

use std::path::{Path, PathBuf};

use evgen_runtime::rusqlite::types::ValueRef;
use evgen_runtime::rusqlite::{self, Connection, OpenFlags, Row};

use super::super::stop::Stop;

/// A journal.
#[derive(Debug)]
pub(super) struct Journal {
    db: Connection,
    path: PathBuf,
}

/// The rows of one class of events.
#[derive(Debug, Clone, Default)]
pub(super) struct Class {
    pub(super) module: String,
    /// `Todo.Created`
    pub(super) class: String,
    /// Event types, that of the newest row first.
    pub(super) event_types: Vec<String>,
    /// How many.
    pub(super) rows: i64,
    /// How many have no `event_version`.
    pub(super) without_version: i64,
    /// How many are the first of their aggregate.
    pub(super) first: i64,
    /// The newest.
    pub(super) newest: i64,
}

impl Class {
    /// `Todo`
    pub(super) fn aggregate(&self) -> &str {
        self.class.split('.').next().unwrap_or_default()
    }

    /// `Created`
    pub(super) fn event(&self) -> &str {
        self.class.rsplit('.').next().unwrap_or_default()
    }
}

/// One row, as far as a schema matters to it.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) id: i64,
    pub(super) version: Option<i64>,
    /// `None`: no text.
    pub(super) data: Option<String>,
}

impl Journal {
    /// Opens a file for reading.
    pub(super) fn open(path: &Path) -> Result<Self, Stop> {
        std::fs::metadata(path).map_err(Stop::io(path))?;
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
        let journal = Self {
            db: db.map_err(|error| failed(path, &error))?,
            path: path.to_owned(),
        };
        let is_there = "SELECT count(*) FROM sqlite_master WHERE name = 'event_journal'";
        let tables: i64 = journal.ask(is_there, |row| row.get(0))?.remove(0);
        if tables == 0 {
            return Err(Stop::usage(
                format!("{} holds no table `event_journal`", path.display()),
                "name the SQLite file that Django's settings name",
            ));
        }
        Ok(journal)
    }

    /// The classes, in the order of their first rows.
    pub(super) fn classes(&self) -> Result<Vec<Class>, Stop> {
        let mut classes: Vec<Class> = Vec::new();
        let rows = self.ask(include_str!("journal_classes.sql"), |row| {
            let class = Class {
                module: text(row, 0)?,
                class: text(row, 1)?,
                event_types: vec![text(row, 2)?],
                rows: row.get(3)?,
                without_version: row.get(4)?,
                first: row.get(5)?,
                newest: row.get(6)?,
            };
            Ok(class)
        })?;
        for row in rows {
            let same =
                |class: &&mut Class| (&class.module, &class.class) == (&row.module, &row.class);
            let Some(class) = classes.iter_mut().find(same) else {
                classes.push(row);
                continue;
            };
            let at = if row.newest > class.newest {
                0
            } else {
                class.event_types.len()
            };
            class.event_types.splice(at..at, row.event_types);
            class.rows += row.rows;
            class.without_version += row.without_version;
            class.first += row.first;
            class.newest = class.newest.max(row.newest);
        }
        Ok(classes)
    }

    /// Whether the newest event carries its `schema_version`; `None` where there is no event.
    pub(super) fn newest_has_version(&self) -> Result<Option<bool>, Stop> {
        let newest = "SELECT event_data FROM event_journal ORDER BY id DESC LIMIT 1";
        let newest = self.ask(newest, |row| text(row, 0))?;
        let data = newest
            .first()
            .map(|text| evgen_runtime::JsonObject::parse(text).ok());
        Ok(data.map(|data| data.is_some_and(|data| data.get("schema_version").is_some())))
    }

    /// Calls `each` for every row of a class, oldest first.
    pub(super) fn rows(&self, class: &Class, mut each: impl FnMut(Stored)) -> Result<(), Stop> {
        let sql = "SELECT id, event_version, event_data FROM event_journal \
                   WHERE _module_name = ?1 AND _class_name = ?2 ORDER BY id";
        let mut select = self
            .db
            .prepare(sql)
            .map_err(|error| failed(&self.path, &error))?;
        let rows = select.query_map([&class.module, &class.class], |row| {
            let data = row.get_ref(2)?.as_str().ok().map(str::to_owned);
            let (id, version) = (row.get(0)?, row.get(1)?);
            Ok(Stored { id, version, data })
        });
        for row in rows.map_err(|error| failed(&self.path, &error))? {
            each(row.map_err(|error| failed(&self.path, &error))?);
        }
        Ok(())
    }

    fn ask<T>(
        &self,
        sql: &str,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Stop> {
        let rows = self
            .db
            .prepare(sql)
            .and_then(|mut select| select.query_map([], read)?.collect());
        rows.map_err(|error| failed(&self.path, &error))
    }
}

/// Text that need not be UTF-8.
fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(match row.get_ref(column)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
        _ => String::new(),
    })
}

fn failed(path: &Path, error: &rusqlite::Error) -> Stop {
    Stop::Io {
        path: path.to_owned(),
        source: std::io::Error::other(error.to_string()),
    }
}
