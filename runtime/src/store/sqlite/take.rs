//! Reading evgen's own layout: SQL functions copy rows into a page while SQLite steps through them. A value costs a third
//! there of what it costs as a column of a result, and rows that are not handed out cost no step of the driver.
//!
//! `evgen_take` gets a row, in the WHERE clause, behind all other conditions. It is false while there is room, so that
//! SQLite goes on by itself. Where the row's stream is not known yet, it is true; then the stream's own row is looked up,
//! and `evgen_named` gets its names, and is false in turn. A row that comes out says that the page is full.

use std::cell::RefCell;
use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Type, ValueRef};
use rusqlite::{Connection, Rows};

use super::failure::Failure;
use super::layout::Wanted;
use super::native::{AVRO, JSON};
use super::read::{LONG, MAX_BYTES};
use crate::store::{Mark, Page, PageBuilder, Unchecked, UncheckedPayload};

/// How many values of a row a read takes, and one that is to tell of edited rows: checksum and kind of payload, too.
const VALUES: i32 = 9;
const CHECKED_VALUES: i32 = VALUES + 2;

thread_local! {
    /// The page that statements on this thread fill. A read begins and ends on one thread.
    static TAKING: RefCell<Option<Taking>> = const { RefCell::new(None) };
}

/// Makes the functions known to a connection.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DIRECTONLY;
    // Checksums are left out by most.
    for values in [VALUES, CHECKED_VALUES] {
        connection
            .create_scalar_function("evgen_take", values, flags, |row| now(row, Taking::take))?;
    }
    connection.create_scalar_function("evgen_named", 2, flags, |row| now(row, Taking::named))
}

#[inline(always)]
fn now(
    row: &Context<'_>,
    step: impl Fn(&mut Taking, &Context<'_>) -> Result<bool, Bad>,
) -> rusqlite::Result<bool> {
    TAKING.with_borrow_mut(|taking| {
        let Some(taking) = taking else {
            return Err(rusqlite::Error::UserFunctionError(
                "it is for evgen's own reads".into(),
            ));
        };
        // It goes on being asked until a row comes out.
        if taking.full || taking.failure.is_some() {
            return Ok(true);
        }
        Ok(step(taking, row).unwrap_or_else(|failure| {
            taking.failure = Some(*failure);
            true
        }))
    })
}

/// The page that the rows make up: those of a statement whose WHERE clause takes them.
pub(super) fn page(mut rows: Rows<'_>, wanted: &Wanted<'_>) -> Result<Page, Failure> {
    TAKING.set(Some(Taking::new(wanted)));
    let stepped = rows.next().map(drop);
    let taking = TAKING.take();
    stepped?;
    match taking {
        Some(taking) => taking.finish(),
        None => Ok(PageBuilder::new().finish(true)),
    }
}

/// What is wrong with a row; boxed, so that what is right fits in registers.
type Bad = Box<Failure>;

struct Taking {
    page: PageBuilder,
    limit: usize,
    only: Vec<(String, Option<String>)>,
    /// The one stream that is read, as the page numbers it.
    one: Option<usize>,
    /// The streams in the page, by their key.
    streams: HashMap<i64, usize>,
    /// Of the row before.
    last: Option<(i64, usize)>,
    unnamed: Option<Unnamed>,
    full: bool,
    failure: Option<Failure>,
}

/// A row whose stream is not known yet.
#[derive(Clone, Copy)]
struct Unnamed {
    position: i64,
    key: i64,
    /// The end of the page without it.
    before: Mark,
    /// Whether that is full: it is there to show what it is, and goes again.
    behind: bool,
}

impl Taking {
    fn new(wanted: &Wanted<'_>) -> Self {
        let mut page = PageBuilder::new();
        let one = wanted.stream.map(|stream| {
            page.stream(
                stream.aggregate_type.as_bytes(),
                stream.aggregate_id.as_str().as_bytes(),
            )
        });
        Self {
            page,
            limit: wanted.limit,
            only: wanted.only.to_vec(),
            one,
            streams: HashMap::new(),
            last: None,
            unnamed: None,
            full: false,
            failure: None,
        }
    }

    /// Whether SQLite is to stop at this row, or to look up its stream.
    #[inline(always)]
    fn take(&mut self, row: &Context<'_>) -> Result<bool, Bad> {
        let position = integer(row, 0, 0, "position")?;
        if let Some(unnamed) = self.unnamed.take() {
            return Err(Box::new(unnamed.has_no_stream()));
        }
        let event_type = text(row, 4, position, "event_type")?;
        if !self.only.is_empty() && !takes_event(&self.only, event_type) {
            return Ok(false);
        }
        let key = match self.one {
            Some(_) => 0,
            None => integer(row, 1, position, "stream")?,
        };
        let stream = self.one.or_else(|| self.known(key));
        if !self.only.is_empty()
            && let Some(stream) = stream
            && !takes(&self.only, self.page.aggregate_type(stream), event_type)
        {
            return Ok(false);
        }
        let behind = self.page.len() >= self.limit || self.page.size() >= MAX_BYTES;
        if behind && (stream.is_some() || self.only.is_empty()) {
            // A row behind a full page shows that it is not the last.
            self.full = true;
            return Ok(true);
        }
        if self.page.len() == LONG {
            self.page.reserve_like(self.limit, MAX_BYTES);
        }
        let before = self.page.mark();
        let event = event(row, position, event_type)?;
        self.page.put(&event, stream.unwrap_or(usize::MAX));
        if stream.is_none() {
            self.unnamed = Some(Unnamed {
                position,
                key,
                before,
                behind,
            });
        }
        Ok(stream.is_none())
    }

    /// Whether SQLite is to stop, now that the stream of the row is known.
    fn named(&mut self, row: &Context<'_>) -> Result<bool, Bad> {
        let Some(unnamed) = self.unnamed.take() else {
            return Ok(false);
        };
        let aggregate_type = text(row, 0, unnamed.position, "aggregate_type")?;
        let wanted = takes(&self.only, aggregate_type, self.page.last_event_type());
        if !wanted || unnamed.behind {
            self.page.undo(unnamed.before);
            self.full = wanted;
            return Ok(wanted);
        }
        let aggregate_id = text(row, 1, unnamed.position, "aggregate_id")?;
        let stream = self.page.stream(aggregate_type, aggregate_id);
        self.page.name_last(stream);
        self.streams.insert(unnamed.key, stream);
        self.last = Some((unnamed.key, stream));
        Ok(false)
    }

    fn known(&mut self, key: i64) -> Option<usize> {
        match self.last {
            Some((last, stream)) if last == key => Some(stream),
            _ => {
                let stream = *self.streams.get(&key)?;
                self.last = Some((key, stream));
                Some(stream)
            }
        }
    }

    fn finish(self) -> Result<Page, Failure> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        if let Some(unnamed) = self.unnamed {
            return Err(unnamed.has_no_stream());
        }
        self.page.checked(!self.full).map_err(|error| Failure::Row {
            row: error.position.0,
            problem: format!("column {} is not UTF-8", error.part),
        })
    }
}

impl Unnamed {
    fn has_no_stream(self) -> Failure {
        Failure::Row {
            row: self.position,
            problem: format!("its stream, {} in evgen_streams, is missing", self.key),
        }
    }
}

/// Whether an event of that type may be wanted.
fn takes_event(only: &[(String, Option<String>)], event_type: &[u8]) -> bool {
    let mut events = only.iter().map(|(_, event)| event);
    events.any(|event| {
        event
            .as_ref()
            .is_none_or(|event| event.as_bytes() == event_type)
    })
}

fn takes(only: &[(String, Option<String>)], aggregate_type: &[u8], event_type: &[u8]) -> bool {
    only.is_empty()
        || only.iter().any(|(aggregate, event)| {
            aggregate.as_bytes() == aggregate_type
                && event
                    .as_ref()
                    .is_none_or(|event| event.as_bytes() == event_type)
        })
}

/// The row's own values; `event_type` was looked at before.
#[inline(always)]
fn event<'r>(
    row: &'r Context<'_>,
    position: i64,
    event_type: &'r [u8],
) -> Result<Unchecked<'r>, Bad> {
    let payload = match row.get_raw(6) {
        ValueRef::Text(text) => UncheckedPayload::Json(text),
        ValueRef::Blob(bytes) => UncheckedPayload::Avro(bytes),
        other => return Err(unexpected(position, "payload", other)),
    };
    let micros = integer(row, 7, position, "create_date")?;
    let create_date = Timestamp::from_microsecond(micros).map_err(|error| {
        Box::new(Failure::Row {
            row: position,
            problem: format!("create_date {micros}: {error}"),
        })
    })?;
    let event_version = match row.get_raw(3) {
        ValueRef::Null => None,
        ValueRef::Integer(version) => Some(i32::try_from(version).map_err(|_| {
            Box::new(Failure::Row {
                row: position,
                problem: format!("event_version {version} is out of range"),
            })
        })?),
        other => return Err(unexpected(position, "event_version", other)),
    };
    let metadata = match row.get_raw(8) {
        ValueRef::Null | ValueRef::Text(b"null") => None,
        ValueRef::Text(text) => Some(text),
        other => return Err(unexpected(position, "metadata", other)),
    };
    let checksum = if row.len() > VALUES as usize {
        check_kind(row, position, payload)?;
        Some(integer(row, 9, position, "checksum")?)
    } else {
        None
    };
    Ok(Unchecked {
        position,
        version: integer(row, 2, position, "version")?,
        create_date,
        checksum,
        event_version,
        event_type,
        event_id: text(row, 5, position, "event_id")?,
        payload,
        metadata,
    })
}

/// Whether the payload is what the row says of it. Else a value's own type tells.
fn check_kind(row: &Context<'_>, position: i64, payload: UncheckedPayload<'_>) -> Result<(), Bad> {
    let kind = integer(row, 10, position, "payload_kind")?;
    let found = match payload {
        UncheckedPayload::Json(_) if kind == JSON => return Ok(()),
        UncheckedPayload::Avro(_) if kind == AVRO => return Ok(()),
        UncheckedPayload::Json(_) => Type::Text,
        UncheckedPayload::Avro(_) => Type::Blob,
    };
    Err(Box::new(Failure::Row {
        row: position,
        problem: format!(
            "payload_kind is {kind} and payload is of type {found}: a later version of evgen may have written it"
        ),
    }))
}

#[inline(always)]
fn integer(
    row: &Context<'_>,
    column: usize,
    position: i64,
    name: &'static str,
) -> Result<i64, Bad> {
    match row.get_raw(column) {
        ValueRef::Integer(value) => Ok(value),
        other => Err(unexpected(position, name, other)),
    }
}

#[inline(always)]
fn text<'r>(
    row: &'r Context<'_>,
    column: usize,
    position: i64,
    name: &'static str,
) -> Result<&'r [u8], Bad> {
    match row.get_raw(column) {
        ValueRef::Text(text) => Ok(text),
        other => Err(unexpected(position, name, other)),
    }
}

#[cold]
fn unexpected(row: i64, name: &'static str, found: ValueRef<'_>) -> Bad {
    Box::new(Failure::Row {
        row,
        problem: format!("column {name} holds a value of type {}", found.data_type()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::layout::Table;
    use crate::store::sqlite::native::Native;

    fn connection() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(include_str!("sql/native.sql"))
            .unwrap();
        register(&connection).unwrap();
        connection
    }

    /// Rows are taken in the order in which SQLite steps through them: none of the statements may sort them afterwards.
    #[test]
    fn rows_are_stepped_through_in_their_order() {
        let connection = connection();
        for checksums in [false, true] {
            let reads = Native.reads(checksums);
            let all = [
                &reads.stream_whole.as_ref().unwrap().rows,
                &reads.stream_forward,
                &reads.stream_backward,
                &reads.all_forward,
                &reads.all_backward,
                &reads.by_event_id,
            ];
            for sql in all {
                let mut plan = connection
                    .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                    .unwrap();
                let mut steps = plan.raw_query();
                while let Some(step) = steps.next().unwrap() {
                    let step: String = step.get(3).unwrap();
                    assert!(!step.contains("TEMP B-TREE"), "{step}: {sql}");
                }
            }
        }
    }

    #[test]
    fn the_functions_are_for_reads_alone() {
        let select = "SELECT evgen_take(1, 2, 3, 4, 5, 6, 7, 8, 9)";
        let error = connection().query_row(select, [], |_| Ok(())).unwrap_err();
        assert_eq!(error.to_string(), "it is for evgen's own reads");
    }
}
