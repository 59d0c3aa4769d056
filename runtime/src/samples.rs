//! What the generated tests of samples call: a value of a released version, read by today's code as a stored row would be, in
//! JSON and in Avro, through upcasters and mutators. It panics where a test is to fail, and names file and place.

use std::fmt::Display;

use jiff::Timestamp;

use crate::aggregate::Aggregate;
use crate::codec::avro::from_json_text;
use crate::envelope::{EventContext, Payload, RecordedEvent};
use crate::error::{Causes, DecodeError};
use crate::event::{AggregateEvent, Effect, EventDescriptor};
use crate::load::Folded;
use crate::position::Position;
use crate::stream::AggregateVersion;
use crate::validate::validate;

/// The sample of one version of an event.
#[derive(Debug)]
pub struct Sample {
    /// The event.
    pub event: &'static EventDescriptor,
    /// The version that the sample is of.
    pub version: i32,
    /// The JSON file, relative to the schema directory; empty for a value made up by the generator.
    pub file: &'static str,
    /// What it holds.
    pub json: &'static str,
    /// What the Avro file beside it holds.
    pub avro: Option<&'static [u8]>,
}

/// Reads a sample as the latest version, from JSON and from Avro: the events that it is read as, one unless the manifest
/// splits it. Where the JSON sample was edited and the Avro sample still says something else, that is a value of its own.
///
/// # Panics
/// The sample does not fit its schema, or cannot be read.
#[track_caller]
pub fn read<E: AggregateEvent>(sample: &Sample) -> Vec<Vec<E>> {
    let version = sample.event.version(sample.version);
    if let Some(Err(errors)) = version.map(|version| validate(version.node, sample.json)) {
        sample.fail(
            "",
            &format!("is no value of version {}", sample.version),
            &errors,
        );
    }
    let event = match read_payload::<E>(sample, Payload::Json(sample.json)) {
        Ok(event) => event,
        Err(error) => sample.fail("", CANNOT_BE_READ, &Causes(&error)),
    };
    let mut events = vec![event];
    if let Some(avro) = sample.as_avro() {
        let same: Vec<E> = read_avro(sample, &avro);
        // By what they print as: NaN does not equal itself.
        if format!("{same:?}") != format!("{:?}", events[0]) {
            let both = format!("\n  JSON: {:?}\n  Avro: {same:?}", events[0]);
            sample.fail(
                "",
                "is read as different things from JSON and from Avro",
                &both,
            );
        }
        if let Some(other) = sample.avro.filter(|bytes| **bytes != avro) {
            events.push(read_avro(sample, other));
        }
    }
    events
}

/// Reads a sample, and lets the mutators take it: behind the sample of an event that creates the aggregate, if it does not
/// create it itself.
///
/// # Panics
/// As [`read`]; or a mutator panics.
#[track_caller]
pub fn replay<A: Aggregate>(sample: &Sample, creates: Option<&Sample>) {
    for events in read::<A::Event>(sample) {
        let mut folded = Folded::<A>::empty();
        if !matches!(sample.event.effect, Effect::Creates) {
            let Some(creates) = creates else { return };
            if let Some(first) = read::<A::Event>(creates).first() {
                creates.take(&mut folded, first);
            }
        }
        sample.take(&mut folded, &events);
    }
}

const CANNOT_BE_READ: &str = "cannot be read as the latest version";

#[track_caller]
fn read_avro<E: AggregateEvent>(sample: &Sample, bytes: &[u8]) -> Vec<E> {
    match read_payload(sample, Payload::Avro(bytes)) {
        Ok(event) => event,
        Err(error) => sample.fail(" as Avro", CANNOT_BE_READ, &Causes(&error)),
    }
}

fn read_payload<E: AggregateEvent>(
    sample: &Sample,
    payload: Payload<'_>,
) -> Result<Vec<E>, DecodeError> {
    let raw = sample.row(payload, AggregateVersion(0));
    let found = E::AGGREGATE.find(&raw);
    let found = found.ok_or_else(|| crate::event::unknown(&raw))?;
    let parts = found.read(&raw, &EventContext::new(raw))?;
    Ok(parts.into_iter().map(|(_, event)| event).collect())
}

impl Sample {
    /// A row that holds the sample.
    fn row<'a>(&self, payload: Payload<'a>, version: AggregateVersion) -> RecordedEvent<'a> {
        RecordedEvent {
            position: Position(version.0.saturating_add(1)),
            event_id: "5f0c2f0e-7b1a-4c6e-9d43-0a8f6c2b1e77",
            event_type: self.event.event_type,
            event_version: Some(self.version),
            payload,
            aggregate_type: self.event.aggregate_type,
            aggregate_id: "1",
            version,
            create_date: Timestamp::UNIX_EPOCH,
            metadata: None,
            django_class: None,
            checksum: None,
        }
    }

    /// The JSON sample in single-object encoding; none for an event whose rows are never Avro.
    fn as_avro(&self) -> Option<Vec<u8>> {
        let version = self
            .event
            .version(self.version)
            .filter(|_| self.event.typed)?;
        let body = from_json_text(version.node, self.json);
        let body = body.unwrap_or_else(|error| self.fail("", "has no Avro form", &error));
        let fingerprint = version.fingerprint.to_le_bytes();
        Some([&[0xc3, 0x01][..], &fingerprint, &body].concat())
    }

    #[track_caller]
    fn take<A: Aggregate>(&self, folded: &mut Folded<A>, events: &[A::Event]) {
        for event in events {
            let version = folded.next.unwrap_or_default();
            let raw = self.row(Payload::Json(self.json), version);
            if let Err(error) = folded.take(event, &raw) {
                self.fail("", "cannot be replayed", &error.cause);
            }
        }
    }

    #[track_caller]
    fn fail(&self, form: &str, what: &str, why: &dyn Display) -> ! {
        let (aggregate, event) = (self.event.aggregate_type, self.event.name);
        let file = match self.file {
            "" => "the value that evgen made up",
            file => file,
        };
        panic!(
            "{file} (`{aggregate}.{event}`, version {}){form} {what}: {why}",
            self.version
        )
    }
}
