//! Storing the events of an import in batches. A batch of which some events are stored already is stored event by event.

use std::collections::HashSet;

use evgen_runtime::store::{Batch, StreamAppend};
use evgen_runtime::validate::stored_json;
use evgen_runtime::{
    AggregateVersion, AppendError, DjangoClass, EventId, ExpectedVersion, NewEvent, Payload,
    PayloadBuf, Position, StreamId,
};

use super::super::super::console::Console;
use super::super::super::stop::Stop;
use super::super::findings::{self, Finding};
use super::super::schemas::Schemas;
use super::super::store_url::Journal;
use super::{Incoming, refused};

/// How many events one append has.
const BATCH: usize = 256;

/// What an import stores to.
pub(super) struct Store<'a> {
    journal: &'a Journal,
    schemas: &'a Schemas,
    waiting: Vec<Incoming>,
    /// djangoevents' names, which stores take as `&'static`: each is leaked once.
    names: HashSet<&'static str>,
    /// Versions whose schemas the store has, by aggregate type and event type.
    explained: HashSet<(String, String, Option<i32>)>,
    head: Position,
    /// How many events were dealt with.
    pub(super) done: u64,
    /// How many of them are new.
    pub(super) stored: u64,
}

/// Why an event was not stored.
pub(super) enum Refused {
    /// The event's own fault.
    Event(Box<Finding>),
    /// The store's.
    Store(Stop),
}

impl Refused {
    /// Shows it.
    pub(super) fn stop(self, console: &mut Console<'_>) -> Stop {
        match self {
            Self::Store(stop) => stop,
            Self::Event(finding) => {
                let text = findings::show(&finding, console.format(), console.coloured());
                match console.print(&text) {
                    Ok(()) => Stop::Findings,
                    Err(stop) => stop,
                }
            }
        }
    }
}

impl<'a> Store<'a> {
    pub(super) fn new(journal: &'a Journal, schemas: &'a Schemas) -> Result<Self, Stop> {
        let head = journal.wait(journal.store.head());
        Ok(Self {
            journal,
            schemas,
            waiting: Vec::with_capacity(BATCH),
            names: HashSet::new(),
            explained: HashSet::new(),
            head: head.map_err(|error| journal.failed(error))?,
            done: 0,
            stored: 0,
        })
    }

    /// Takes an event, and stores those that wait when they are enough.
    pub(super) fn add(&mut self, event: Incoming) -> Result<(), Refused> {
        self.waiting.push(event);
        if self.waiting.len() < BATCH {
            return Ok(());
        }
        self.flush()
    }

    /// Stores those that wait.
    pub(super) fn flush(&mut self) -> Result<(), Refused> {
        let events = std::mem::take(&mut self.waiting);
        let whole = self.append(&events);
        let partly = matches!(
            whole,
            Err((
                _,
                AppendError::EventIdTaken { .. } | AppendError::VersionTaken { .. }
            ))
        );
        if !partly || events.len() == 1 {
            return whole.map_err(|(event, error)| self.refused(event, error));
        }
        for event in events.chunks(1) {
            self.append(event)
                .map_err(|(event, error)| self.refused(event, error))?;
        }
        Ok(())
    }

    /// Stores events in one append; on an error none of them, and the first is named.
    fn append<'e>(
        &mut self,
        events: &'e [Incoming],
    ) -> Result<(), (Option<&'e Incoming>, AppendError)> {
        if events.is_empty() {
            return Ok(());
        }
        self.explain(events).map_err(|error| (None, error))?;
        let mut batch = Batch::default();
        for event in events {
            let stream = StreamId::new(event.aggregate_type.as_str(), event.aggregate_id.as_str());
            let new = self.new_event(event);
            match batch.streams.last_mut() {
                Some(last) if last.stream == stream => last.events.push(new),
                _ => batch.streams.push(StreamAppend {
                    stream,
                    expected: ExpectedVersion::Any,
                    events: vec![new],
                    command_id: None,
                }),
            }
        }
        let appended = self.journal.wait(self.journal.store.append(batch));
        let appended = appended.map_err(|error| (events.first(), error))?;
        self.done += events.len() as u64;
        if appended.position > self.head {
            self.head = appended.position;
            self.stored += events.len() as u64;
        }
        Ok(())
    }

    /// Gives the store the schemas of the events' versions, as an app does before it writes them.
    fn explain(&mut self, events: &[Incoming]) -> Result<(), AppendError> {
        // Django's tables have no place for them.
        if self.journal.store.is_djangoevents() {
            return Ok(());
        }
        let mut schemas = Vec::new();
        for event in events {
            let key = (
                event.aggregate_type.clone(),
                event.event_type.clone(),
                event.event_version,
            );
            if self.explained.insert(key) {
                schemas.extend(self.schemas.to_store(&event.recorded()));
            }
        }
        if schemas.is_empty() {
            return Ok(());
        }
        self.journal.wait(self.journal.store.save_schemas(schemas))
    }

    fn new_event(&mut self, event: &Incoming) -> NewEvent {
        let recorded = event.recorded();
        let descriptor = self.schemas.event(&recorded);
        let to_django = self.journal.store.is_djangoevents();
        let class = match &event.class {
            Some((module, class)) if to_django => Some(DjangoClass {
                module: self.name(module),
                class: self.name(class),
            }),
            _ => descriptor
                .and_then(|event| event.django)
                .filter(|_| to_django),
        };
        // Without djangoevents' class, only the event type says what it is: an old one is brought up to date.
        let event_type = match descriptor {
            Some(descriptor) if event.class.is_some() && !to_django => descriptor.event_type,
            _ => &event.event_type,
        };
        let payload = match recorded.payload {
            // That layout has JSON only.
            Payload::Avro(_) if to_django => descriptor
                .and_then(|descriptor| stored_json(descriptor, &recorded).ok())
                .map(|text| PayloadBuf::Json(text.into_owned())),
            _ => None,
        };
        NewEvent {
            event_id: EventId::stored(&event.event_id),
            event_type: event_type.to_owned().into(),
            event_version: event.event_version,
            payload: payload.unwrap_or_else(|| event.payload.clone()),
            create_date: Some(event.create_date),
            metadata: event.metadata.clone(),
            version: Some(AggregateVersion(event.version)),
            django: class,
        }
    }

    fn name(&mut self, name: &str) -> &'static str {
        if let Some(known) = self.names.get(name) {
            return known;
        }
        let name: &'static str = Box::leak(name.into());
        self.names.insert(name);
        name
    }

    fn refused(&self, event: Option<&Incoming>, error: AppendError) -> Refused {
        let problem = match &error {
            AppendError::EventIdTaken { event_id } => {
                format!("event id `{event_id}` is taken by an event with other content")
            }
            AppendError::VersionTaken { version, row, .. } => {
                format!("version {version} of its stream is taken by the event at position {row}")
            }
            _ => return Refused::Store(self.journal.failed(error)),
        };
        match event {
            Some(event) => Refused::Event(Box::new(refused(event.at.clone(), event, problem))),
            None => Refused::Store(self.journal.failed(error)),
        }
    }
}
