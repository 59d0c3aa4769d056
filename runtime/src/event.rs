//! What generated code says of events: the `Event` and `AggregateEvent` traits and their descriptors.
//! Stored events and their envelopes are in `envelope.rs`; the codec is in `codec.rs`.

use std::any::Any;
use std::sync::Arc;

use crate::codec::avro::{Avro, Way};
use crate::codec::{self, Resolution, Value};
use crate::envelope::{EventContext, RecordedEvent};
use crate::error::DecodeError;
use crate::schemas;
use crate::types::{FieldNode, TypeNode};

/// One event of one aggregate: the struct that evgen generates for its latest version.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "name an event (`todo::Created`), all of an aggregate (`todo::Event`), a tuple of these, or `AnyEvent`"
)]
pub trait Event: Value + Clone + Send + Sync + 'static {
    /// What is known of the event at build time.
    const DESCRIPTOR: &'static EventDescriptor;
    /// The highest schema version: what new events are written by.
    const VERSION: i32 = Self::DESCRIPTOR.version;
    /// The stored `event_type` (`todo_created`).
    const EVENT_TYPE: &'static str = Self::DESCRIPTOR.event_type;
    /// All events of its aggregate.
    type All: AggregateEvent + From<Self>;
}

/// All events of one aggregate: the enum that evgen generates beside them.
pub trait AggregateEvent: Clone + std::fmt::Debug + PartialEq + Send + Sync + 'static {
    /// What is known of the aggregate at build time.
    const AGGREGATE: &'static AggregateDescriptor;

    /// Which event this is.
    fn descriptor(&self) -> &'static EventDescriptor;

    /// The event's struct.
    fn data(&self) -> Data<'_>;

    /// The event's struct, to be filled.
    fn data_mut(&mut self) -> DataMut<'_>;

    /// An event to be filled; `index` is what [`AggregateDescriptor::find`] gives. `None`: nothing reads such rows, or only
    /// steps do.
    fn empty(index: usize) -> Option<Self>;

    /// The event's struct.
    fn value(&self) -> &dyn Value {
        self.data().value()
    }

    /// The event's struct, to be written as Avro; `None` for an event without schema.
    fn avro(&self) -> Option<&dyn Avro> {
        self.data().avro()
    }

    /// The event as its abstract aggregate has it, if that has one.
    fn inherited(&self) -> Option<AnyEvent> {
        None
    }

    /// Reads a stored event of any version as the latest one; `index` is what [`AggregateDescriptor::find`] gives.
    ///
    /// # Errors
    /// The row does not fit the schema that it says it was written by, its version is not known to this build, or an
    /// upcaster refused it.
    fn read(
        index: usize,
        raw: &RecordedEvent<'_>,
        cx: &EventContext<'_>,
    ) -> Result<Self, DecodeError> {
        let _ = cx;
        read(index, raw)
    }

    /// As [`Self::read`], of a row that the manifest splits into several events ([`Found::splits`]): in their order.
    ///
    /// # Errors
    /// As [`Self::read`].
    fn read_parts(
        index: usize,
        raw: &RecordedEvent<'_>,
        cx: &EventContext<'_>,
    ) -> Result<Vec<Self>, DecodeError> {
        Self::read(index, raw, cx).map(|event| vec![event])
    }
}

/// An event's struct, by what it can do.
#[derive(Clone, Copy, Debug)]
pub enum Data<'e> {
    /// With a schema.
    Typed(&'e dyn Avro),
    /// Without one.
    Untyped(&'e dyn Value),
}

impl<'e> Data<'e> {
    fn value(self) -> &'e dyn Value {
        match self {
            Self::Typed(event) => event,
            Self::Untyped(event) => event,
        }
    }

    fn avro(self) -> Option<&'e dyn Avro> {
        match self {
            Self::Typed(event) => Some(event),
            Self::Untyped(_) => None,
        }
    }
}

/// [`Data`] to be filled.
#[derive(Debug)]
pub enum DataMut<'e> {
    /// With a schema.
    Typed(&'e mut dyn Avro),
    /// Without one.
    Untyped(&'e mut dyn Value),
}

/// What generated code says of one event.
#[derive(Debug)]
pub struct EventDescriptor {
    /// Stored name of the aggregate (`Todo`).
    pub aggregate_type: &'static str,
    /// Name in the manifest (`Created`).
    pub name: &'static str,
    /// The stored `event_type` (`todo_created`).
    pub event_type: &'static str,
    /// The highest schema version, 1 where there is no schema.
    pub version: i32,
    /// Every version that has a schema, in increasing order; empty for an event without one.
    pub versions: &'static [VersionDescriptor],
    /// The ways from its versions to the event that its rows are read as: from version n in place n - 1, `None` where it has
    /// no schema or goes through a step. Empty: it has one version, which is that event's.
    pub reads: &'static [Option<Way>],
    /// Version of rows that carry none (`event_version` NULL).
    pub legacy_version: i32,
    /// Whether a schema types it (false: its data is a `JsonObject`).
    pub typed: bool,
    /// Whether rows of later versions than this build knows are read as its latest (`forward: read`).
    pub forward: bool,
    /// What the manifest splits rows of its older versions into (`split`).
    pub split: Option<Split>,
    /// What it does to its aggregate.
    pub effect: Effect,
    /// Module and class that djangoevents stores it under.
    pub django: Option<DjangoClass>,
}

impl EventDescriptor {
    /// The descriptor of schema version `version`.
    #[must_use]
    pub fn version(&self, version: i32) -> Option<&'static VersionDescriptor> {
        let is_it = |descriptor: &&VersionDescriptor| descriptor.version == version;
        // Without gaps it is in its place.
        usize::try_from(version)
            .ok()
            .and_then(|version| self.versions.get(version.wrapping_sub(1)))
            .filter(is_it)
            .or_else(|| self.versions.iter().find(is_it))
    }

    /// The descriptor of the highest schema version.
    #[must_use]
    pub fn latest(&self) -> Option<&'static VersionDescriptor> {
        self.versions.last()
    }
}

/// One schema version of an event.
#[derive(Debug)]
pub struct VersionDescriptor {
    /// Number of the schema file, from 1.
    pub version: i32,
    /// The schema file, relative to the schema directory.
    pub file: &'static str,
    /// The file's schema, envelope fields included: what is published.
    pub schema: &'static str,
    /// CRC-64-AVRO fingerprint of the payload schema (without the envelope fields).
    pub fingerprint: u64,
    /// The payload type: validation walks it.
    pub node: &'static TypeNode,
    /// The file's envelope fields: they are validated, and live in the envelope.
    pub envelope: &'static [FieldNode],
    /// The place of each of them among the file's fields.
    pub places: &'static [usize],
}

/// Rows of an event that are read as several events.
#[derive(Clone, Copy, Debug)]
pub struct Split {
    /// Rows of versions up to this one are.
    pub until: i32,
    /// The events that these may be.
    pub into: &'static [&'static EventDescriptor],
}

/// What an event does to its aggregate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Makes the aggregate; one that is there already is made anew (djangoevents' meaning).
    Creates,
    /// Changes it.
    Changes,
    /// Changes it and marks it discarded.
    Discards,
    /// Nothing: it is only stored.
    StoredOnly,
}

/// Where djangoevents finds the class of an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DjangoClass {
    /// `_module_name` (`todos.aggregates`).
    pub module: &'static str,
    /// `_class_name` (`Todo.Created`).
    pub class: &'static str,
}

/// Reads a row as the events that it is today.
pub type ReadParts =
    fn(usize, &RecordedEvent<'_>, &EventContext<'_>) -> Result<Vec<AnyEvent>, DecodeError>;

/// What generated code says of one aggregate.
pub struct AggregateDescriptor {
    /// Stored name (`Todo`).
    pub aggregate_type: &'static str,
    /// Its events, in the manifest's order, inherited ones first.
    pub events: &'static [&'static EventDescriptor],
    /// Events that are no longer written, but stand in journals.
    pub former: &'static [FormerEvent],
    /// What becomes of a discarded aggregate.
    pub on_discard: OnDiscard,
    /// Snapshots, if the manifest asks for them.
    pub snapshot: Option<SnapshotPolicy>,
    /// Reads a stored event; `index` is what [`Self::find`] gives.
    pub read: fn(usize, &RecordedEvent<'_>, &EventContext<'_>) -> Result<AnyEvent, DecodeError>,
    /// Reads a stored event that is several today; `None`: it has none.
    pub read_parts: Option<ReadParts>,
}

/// An event that is no longer written, but stands in journals: the manifest says `was`, `split` or `dropped`.
#[derive(Clone, Copy, Debug)]
pub struct FormerEvent {
    /// What is known of it: its type, and the versions that rows of it were written by.
    pub event: &'static EventDescriptor,
    /// The event that its rows are read as; `None`: it was dropped, or split ([`EventDescriptor::split`]).
    pub now: Option<&'static EventDescriptor>,
}

/// Which event a row holds.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// The event as the row has it: another one than `event` where that was renamed.
    pub stored: &'static EventDescriptor,
    /// The event that it is read as; `None`: it was dropped, and nothing reads it, or it was split.
    pub event: Option<&'static EventDescriptor>,
    /// The events that it may be read as, where it was split.
    pub splits: Option<&'static [&'static EventDescriptor]>,
    /// Its place in `events`, those of `former` behind them: what the aggregate's `read` takes.
    pub index: usize,
}

impl AggregateDescriptor {
    /// The event that a row holds: by djangoevents' class where the row has one, else by `event_type`.
    #[must_use]
    pub fn find(&self, raw: &RecordedEvent<'_>) -> Option<Found> {
        if let Some((module, class)) = raw.django_class {
            let by_class = self.find_by(|event| {
                event
                    .django
                    .is_some_and(|django| django.class == class && django.module == module)
            });
            if by_class.is_some() {
                return by_class.map(|found| found.at_version(raw));
            }
        }
        let by_type = self.find_by(|event| event.event_type == raw.event_type);
        by_type.map(|found| found.at_version(raw))
    }

    fn find_by(&self, is_it: impl Fn(&EventDescriptor) -> bool) -> Option<Found> {
        if let Some(index) = self.events.iter().position(|event| is_it(event)) {
            let event = self.events[index];
            return Some(Found {
                stored: event,
                event: Some(event),
                splits: None,
                index,
            });
        }
        let index = self.former.iter().position(|former| is_it(former.event))?;
        Some(Found {
            stored: self.former[index].event,
            event: self.former[index].now,
            splits: None,
            index: self.events.len() + index,
        })
    }

    /// What rows that are read as `event` may be stored as: itself, what it was before it was renamed, and what it is a part
    /// of.
    pub fn stored_as(
        &self,
        event: &'static EventDescriptor,
    ) -> impl Iterator<Item = &'static EventDescriptor> + use<> {
        let is_it = move |other: &EventDescriptor| other.event_type == event.event_type;
        let is_part_of = move |whole: &EventDescriptor| {
            let into = whole.split.map_or(&[][..], |split| split.into);
            into.iter().any(|part| is_it(part))
        };
        let former = self.former.iter();
        let former =
            former.filter(move |former| former.now.is_some_and(is_it) || is_part_of(former.event));
        let wholes = self.events.iter().copied();
        let wholes = wholes.filter(move |whole| !is_it(whole) && is_part_of(whole));
        std::iter::once(event)
            .chain(wholes)
            .chain(former.map(|former| former.event))
    }
}

impl Found {
    /// Whether a row of that version is several events.
    fn at_version(mut self, raw: &RecordedEvent<'_>) -> Self {
        if let Some(split) = self.stored.split {
            let version = version_of(self.stored, raw);
            if (1..=split.until).contains(&version) {
                self.splits = Some(split.into);
            }
        }
        self
    }

    /// The events that it may be read as; none where it was dropped.
    pub fn read_as(&self) -> impl Iterator<Item = &'static EventDescriptor> + use<> {
        let (one, several) = match self.splits {
            Some(several) => (None, several),
            None => (self.event, &[][..]),
        };
        one.into_iter().chain(several.iter().copied())
    }

    /// Whether rows like it are read by nothing: it was dropped.
    #[must_use]
    pub fn is_dropped(&self) -> bool {
        self.event.is_none() && self.stored.split.is_none()
    }
}

/// The aggregate and the event that a row holds; `None`: this build knows one of them not.
pub(crate) fn find(
    aggregates: &[&'static AggregateDescriptor],
    raw: &RecordedEvent<'_>,
) -> Option<(&'static AggregateDescriptor, Found)> {
    let aggregate = aggregates
        .iter()
        .find(|aggregate| aggregate.aggregate_type == raw.aggregate_type)?;
    Some((aggregate, aggregate.find(raw)?))
}

impl std::fmt::Debug for AggregateDescriptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AggregateDescriptor")
            .field("aggregate_type", &self.aggregate_type)
            .finish()
    }
}

/// What becomes of an aggregate after an event that discards it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnDiscard {
    /// It stays: `get` says Discarded, `get_any` gives it, `create` says AlreadyExists.
    Keep,
    /// It is missing, and may be created again at a free version (EventSourcedEntity's meaning).
    Remove,
}

/// When snapshots are taken, and which are still good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SnapshotPolicy {
    /// Take one after this many events, at least 1.
    pub every: u32,
    /// The manifest's `snapshot.version`: raised when a hand-written mutator changes its meaning.
    pub version: u32,
    /// Hash of the events' fingerprints and, where generated, of the state's schema.
    pub key: u64,
}

/// A typed event whose aggregate is known at run time only: handlers get it.
#[derive(Clone)]
pub struct AnyEvent {
    event: Arc<dyn Any + Send + Sync>,
    descriptor: &'static EventDescriptor,
    of: &'static AnyOf,
}

/// What an aggregate's events can do, where their type is not known.
struct AnyOf {
    inherited: fn(&(dyn Any + Send + Sync)) -> Option<AnyEvent>,
    data: fn(&(dyn Any + Send + Sync)) -> Option<Data<'_>>,
}

trait InAny {
    const OF: &'static AnyOf;
}

impl<E: AggregateEvent> InAny for E {
    const OF: &'static AnyOf = &AnyOf {
        inherited: |event| event.downcast_ref::<E>().and_then(E::inherited),
        data: |event| event.downcast_ref::<E>().map(E::data),
    };
}

impl AnyEvent {
    /// Forgets which aggregate the event is of.
    pub fn new<E: AggregateEvent>(event: E) -> Self {
        Self {
            descriptor: event.descriptor(),
            event: Arc::new(event),
            of: E::OF,
        }
    }

    /// An event of an aggregate that its own type says.
    pub fn of<E: Event>(event: E) -> Self {
        Self::new(E::All::from(event))
    }

    /// The event, if it is one of `E`'s.
    #[must_use]
    pub fn get<E: AggregateEvent>(&self) -> Option<&E> {
        self.event.downcast_ref()
    }

    /// The event as one of `E`'s: itself, or as an abstract aggregate above its own has it.
    #[must_use]
    pub fn find<E: AggregateEvent>(&self) -> Option<E> {
        match self.get::<E>() {
            Some(event) => Some(event.clone()),
            None => (self.of.inherited)(&*self.event)?.find(),
        }
    }

    /// The event `E`: itself, or as an abstract aggregate has it.
    #[must_use]
    pub fn as_event<E: Event>(&self) -> Option<E> {
        match self.get::<E::All>() {
            Some(all) => (all.value() as &dyn Any).downcast_ref().cloned(),
            None => (self.of.inherited)(&*self.event)?.as_event(),
        }
    }

    /// Whether [`Self::as_event`] would give one.
    #[must_use]
    pub fn is<E: Event>(&self) -> bool {
        match self.get::<E::All>() {
            Some(all) => (all.value() as &dyn Any).is::<E>(),
            None => (self.of.inherited)(&*self.event).is_some_and(|event| event.is::<E>()),
        }
    }

    /// Which event it is.
    #[must_use]
    pub fn descriptor(&self) -> &'static EventDescriptor {
        self.descriptor
    }

    /// Its data, to be written as JSON by [`codec::to_json`].
    ///
    /// ```
    /// # use evgen_runtime::{AnyEvent, codec};
    /// fn json(event: &AnyEvent) -> Option<String> {
    ///     let latest = event.descriptor().latest()?;
    ///     Some(codec::to_json(event.value()?, latest.node))
    /// }
    /// ```
    #[must_use]
    pub fn value(&self) -> Option<&dyn Value> {
        (self.of.data)(&*self.event).map(Data::value)
    }

    /// Its data, to be written as Avro by [`codec::avro::encode`]; `None` for an event without schema.
    #[must_use]
    pub fn avro(&self) -> Option<&dyn Avro> {
        (self.of.data)(&*self.event)?.avro()
    }
}

impl std::fmt::Debug for AnyEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "AnyEvent({}.{})",
            self.descriptor.aggregate_type, self.descriptor.name
        )
    }
}

/// [`AggregateDescriptor::read`] of an aggregate.
///
/// # Errors
/// As [`AggregateEvent::read`].
#[doc(hidden)]
pub fn read_any<E: AggregateEvent>(
    index: usize,
    raw: &RecordedEvent<'_>,
    cx: &EventContext<'_>,
) -> Result<AnyEvent, DecodeError> {
    E::read(index, raw, cx).map(AnyEvent::new)
}

/// [`AggregateDescriptor::read_parts`] of an aggregate.
///
/// # Errors
/// As [`AggregateEvent::read_parts`].
#[doc(hidden)]
pub fn read_any_parts<E: AggregateEvent>(
    index: usize,
    raw: &RecordedEvent<'_>,
    cx: &EventContext<'_>,
) -> Result<Vec<AnyEvent>, DecodeError> {
    let parts = E::read_parts(index, raw, cx)?;
    Ok(parts.into_iter().map(AnyEvent::new).collect())
}

/// Reads a stored event of a version that no step takes; [`AggregateEvent::read`] by itself, and what generated ones call.
///
/// # Errors
/// As [`AggregateEvent::read`].
pub fn read<E: AggregateEvent>(index: usize, raw: &RecordedEvent<'_>) -> Result<E, DecodeError> {
    let Some(mut event) = E::empty(index) else {
        return Err(unknown(raw));
    };
    fill(E::AGGREGATE, index, event.data_mut(), raw)?;
    Ok(event)
}

/// `Debug` of an aggregate's events, as `derive` has it.
///
/// # Errors
/// The formatter's.
#[doc(hidden)]
pub fn debug<E: AggregateEvent>(event: &E, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    let value = event.value();
    let name = value.shape().name.trim_start_matches("r#");
    f.debug_tuple(name).field(&value).finish()
}

/// Whether two of an aggregate's events are the same: each variant has a type of its own.
#[doc(hidden)]
pub fn equal<E: AggregateEvent>(left: &E, right: &E) -> bool {
    codec::equal(left.value(), right.value())
}

/// Reads a stored event's payload as the type that an explicit upcast step takes; generated code calls it.
///
/// # Errors
/// The payload does not fit.
pub fn read_by<T: Avro>(
    descriptor: &'static EventDescriptor,
    way: &Way,
    raw: &RecordedEvent<'_>,
) -> Result<T, DecodeError> {
    let mut value = T::empty();
    let version = version_of(descriptor, raw);
    match descriptor.version(version) {
        Some(writer) => codec::fill_stored(&mut value, way, raw.payload, writer)?,
        None => return Err(unknown_version(descriptor, version)),
    }
    Ok(value)
}

/// What [`read`] does to every event, compiled once.
fn fill(
    aggregate: &'static AggregateDescriptor,
    index: usize,
    data: DataMut<'_>,
    raw: &RecordedEvent<'_>,
) -> Result<(), DecodeError> {
    let event = match data {
        DataMut::Typed(event) => event,
        // Its text is kept, whatever its version; untyped data does not look at its type.
        DataMut::Untyped(event) => {
            return codec::fill(event, &Resolution::Same(&TypeNode::Null), raw.payload);
        }
    };
    let former = index.checked_sub(aggregate.events.len());
    let descriptor = match former {
        None => aggregate.events[index],
        Some(former) => match aggregate.former.get(former) {
            Some(former) => former.event,
            None => return Err(unknown(raw)),
        },
    };
    let version = version_of(descriptor, raw);
    let writer = descriptor.version(version);
    let own = writer
        .filter(|_| descriptor.reads.is_empty())
        .map(|writer| Way {
            resolution: Resolution::Same(writer.node),
            avro: None,
        });
    match (
        writer,
        own.as_ref().or_else(|| way_from(descriptor, version)),
    ) {
        (Some(writer), Some(way)) => codec::fill_stored(event, way, raw.payload, writer),
        // What was renamed has no later versions.
        _ if former.is_some() => Err(unknown_version(descriptor, version)),
        _ => fill_newer(descriptor, event, raw),
    }
}

fn way_from(descriptor: &EventDescriptor, version: i32) -> Option<&'static Way> {
    usize::try_from(version)
        .ok()
        .and_then(|version| descriptor.reads.get(version.wrapping_sub(1)))
        .and_then(Option::as_ref)
}

/// Fills an event from a row of a later version than this build knows, where the manifest says so.
#[cold]
fn fill_newer(
    descriptor: &'static EventDescriptor,
    event: &mut dyn Value,
    raw: &RecordedEvent<'_>,
) -> Result<(), DecodeError> {
    let version = version_of(descriptor, raw);
    let latest = descriptor.latest();
    match latest.filter(|_| descriptor.forward && version > descriptor.version) {
        Some(latest) => {
            let resolution = Resolution::Same(latest.node);
            codec::fill_newer(event, &resolution, raw.payload, |fingerprint| {
                schemas::newer(descriptor.event_type, version, fingerprint)
            })
        }
        None => Err(unknown_version(descriptor, version)),
    }
}

fn unknown_version(descriptor: &EventDescriptor, version: i32) -> DecodeError {
    DecodeError::UnknownVersion {
        aggregate_type: descriptor.aggregate_type,
        event: descriptor.name,
        version,
        latest: descriptor.version,
    }
}

/// What generated `AggregateEvent::read` says to a row of a split event that no step takes: of a version that this build does
/// not know.
#[must_use]
pub fn unread_version(former: &'static EventDescriptor, raw: &RecordedEvent<'_>) -> DecodeError {
    unknown_version(former, version_of(former, raw))
}

/// The schema version that a row was written by.
#[must_use]
pub fn version_of(descriptor: &EventDescriptor, raw: &RecordedEvent<'_>) -> i32 {
    raw.event_version.unwrap_or(descriptor.legacy_version)
}

/// The error for a row that is no event of its aggregate.
#[must_use]
pub fn unknown(raw: &RecordedEvent<'_>) -> DecodeError {
    DecodeError::UnknownEvent {
        aggregate_type: raw.aggregate_type.to_owned(),
        event_type: raw.event_type.to_owned(),
    }
}
