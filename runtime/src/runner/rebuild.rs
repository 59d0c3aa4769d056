//! A read model made anew beside the running one: folded into tables of its own while the old ones are read and followed, then
//! put in their place, with what the projection has seen meanwhile, in one transaction. No handler is called. What is the same
//! for all databases is here; `rebuild/sqlite.rs` and `rebuild/postgres.rs` have the rest.

use std::collections::HashSet;
use std::sync::Arc;

use super::ParkedEvent;
use super::notes::{checkpoint_key, park, parked, signal_key};
use super::plan::{Plan, Target};
use crate::envelope::RecordedEvent;
use crate::error::{BoxError, Causes};
use crate::event::{AggregateDescriptor, AnyEvent};
use crate::handler::HandlerError;
use crate::position::Position;
use crate::store::{Direction, JournalQuery, Note, NoteChange};
use crate::stream::StreamId;

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

/// Hears how far it has come, and where the journal ends.
pub(crate) type Tell<'a> = dyn Fn(Position, Position) + Send + Sync + 'a;

/// A read model was made anew.
pub(crate) struct Rebuilt {
    pub(crate) position: Position,
    pub(crate) events: u64,
    pub(crate) parked: u64,
}

/// Why none was made. The old one is as it was.
pub(crate) enum RebuildFailure {
    /// Another process is making it; what it has locked.
    Busy(String),
    Failed(BoxError),
}

impl<E: Into<BoxError>> From<E> for RebuildFailure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Makes the read model of a projection anew.
pub(crate) async fn rebuild(
    plan: &Arc<Plan>,
    aggregates: &'static [&'static AggregateDescriptor],
    tell: &Tell<'_>,
) -> Result<Rebuilt, RebuildFailure> {
    match &plan.target {
        Target::Own(_) => Err("its read model is kept elsewhere".into()),
        #[cfg(feature = "sqlite")]
        Target::Sqlite(target) => sqlite::rebuild(plan, target, aggregates, tell).await,
        #[cfg(feature = "postgres")]
        Target::Postgres(target) => postgres::rebuild(plan, target, aggregates, tell).await,
    }
}

/// The new read model, as far as it is made.
struct Making {
    plan: Arc<Plan>,
    aggregates: &'static [&'static AggregateDescriptor],
    after: Option<Position>,
    events: u64,
    parked: Vec<ParkedEvent>,
    held: HashSet<StreamId>,
}

impl Making {
    fn new(plan: &Arc<Plan>, aggregates: &'static [&'static AggregateDescriptor]) -> Self {
        Self {
            plan: Arc::clone(plan),
            aggregates,
            after: None,
            events: 0,
            parked: Vec::new(),
            held: HashSet::new(),
        }
    }

    /// Everything up to here is in it.
    fn position(&self) -> Position {
        self.after.unwrap_or(Position::START)
    }

    fn query(&self) -> JournalQuery {
        JournalQuery {
            after: self.after,
            only: self.plan.filter(self.aggregates),
            limit: None,
            direction: Direction::Forward,
            checksums: false,
        }
    }

    /// The event that is to be folded next; `None`: it is for somebody else, or was parked.
    fn take(&mut self, raw: &RecordedEvent<'_>) -> Result<Option<AnyEvent>, BoxError> {
        self.after = Some(raw.position);
        let stream = StreamId::new(raw.aggregate_type, raw.aggregate_id);
        match self.plan.read(self.aggregates, raw) {
            Ok(None) => {}
            _ if self.held.contains(&stream) => self.parked.push(parked(raw, None)),
            Ok(Some(event)) => return Ok(Some(event)),
            Err(error) => self.park(raw, Causes(&error).to_string())?,
        }
        Ok(None)
    }

    /// What came of the event; what failed has left no trace, and is parked with its stream.
    fn folded(
        &mut self,
        raw: &RecordedEvent<'_>,
        folded: Result<(), HandlerError>,
    ) -> Result<(), BoxError> {
        match folded {
            Ok(()) => {
                self.events += 1;
                Ok(())
            }
            Err(error) => self.park(raw, error.to_string()),
        }
    }

    fn park(&mut self, raw: &RecordedEvent<'_>, error: String) -> Result<(), BoxError> {
        if self.plan.transactional {
            let row = raw.position;
            return Err(format!("row {row} (`{}`): {error}", raw.event_type).into());
        }
        self.parked.push(parked(raw, Some((1, error))));
        let stream = StreamId::new(raw.aggregate_type, raw.aggregate_id);
        self.held.insert(stream);
        Ok(())
    }

    /// How far the old one has come, as its checkpoint says. It may be behind; one that is part of appends is not, and its
    /// checkpoint is the end.
    fn seen(&self, saved: Option<&str>) -> Position {
        let seen = saved.and_then(|text| text.parse().ok());
        Position(seen.unwrap_or_default())
    }

    /// Notes of what the old one has parked are no more.
    fn forgotten(old: Vec<Note>) -> Vec<NoteChange> {
        let old = old.into_iter();
        old.map(|note| NoteChange::remove(note.key)).collect()
    }

    /// The notes that begin its life, and what is told of it.
    fn finished(&self, saved: Option<&str>) -> (Vec<NoteChange>, Rebuilt) {
        let key = &self.plan.key;
        let position = self.position().max(self.seen(saved));
        let mut changes: Vec<_> = self.parked.iter().map(|event| park(key, event)).collect();
        // Always another text than before: whoever runs the projection notices, and begins from here.
        let plain = position.0.to_string();
        let text = match saved {
            Some(saved) if saved == plain => format!("+{plain}"),
            _ => plain,
        };
        changes.push(NoteChange::set(checkpoint_key(key), text));
        changes.push(NoteChange::set(
            signal_key(key),
            uuid::Uuid::new_v4().to_string(),
        ));
        let rebuilt = Rebuilt {
            position,
            events: self.events,
            parked: self.parked.len() as u64,
        };
        (changes, rebuilt)
    }
}
