//! What the generated tests of samples call: a value of a released version, read by today's code as a stored row would be, in
//! JSON and in Avro, through upcasters and mutators. It panics where a test is to fail, and names file and place.

use std::fmt::Display;

use jiff::Timestamp;

use crate::aggregate::Aggregate;
use crate::codec::avro::from_json_text;
use crate::envelope::{EventContext, Payload, RecordedEvent};
use crate::error::DecodeError;
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

/// Reads a sample as the latest version, from JSON and from Avro, and holds the two against each other.
///
/// # Panics
/// The sample does not fit its schema, cannot be read, or its Avro form says something else.
#[track_caller]
pub fn read<E: AggregateEvent>(sample: &Sample) -> E {
    let node = sample
        .event
        .version(sample.version)
        .map(|version| version.node);
    if let Some(Err(errors)) = node.map(|node| validate(node, sample.json)) {
        sample.fail(
            &format!("is no value of version {}", sample.version),
            &errors,
        );
    }
    let event = match read_payload::<E>(sample, Payload::Json(sample.json)) {
        Ok(event) => event,
        Err(error) => sample.fail("cannot be read as the latest version", &Causes(&error)),
    };
    if let Some(avro) = sample.avro_bytes() {
        let advice = "`evgen release` writes the Avro sample anew where the JSON sample was edited";
        match read_payload::<E>(sample, Payload::Avro(&avro)) {
            // By what they print as: NaN does not equal itself.
            Ok(same) if format!("{same:?}") == format!("{event:?}") => {}
            Ok(other) => sample.fail(
                "and the Avro sample beside it say different things",
                &format!("\n  JSON: {event:?}\n  Avro: {other:?}\n{advice}"),
            ),
            Err(error) => sample.fail(
                "has an Avro sample beside it that cannot be read",
                &format!("{}\n{advice}", Causes(&error)),
            ),
        }
    }
    event
}

/// Reads a sample, and lets the mutators take it: behind the sample of an event that creates the aggregate, if it does not
/// create it itself.
///
/// # Panics
/// As [`read`]; or a mutator panics.
#[track_caller]
pub fn replay<A: Aggregate>(sample: &Sample, creates: Option<&Sample>) {
    let event = read::<A::Event>(sample);
    let mut folded = Folded::<A>::empty();
    if !matches!(sample.event.effect, Effect::Creates) {
        let Some(creates) = creates else { return };
        let first = read::<A::Event>(creates);
        creates.take(&mut folded, &first);
    }
    sample.take(&mut folded, &event);
}

fn read_payload<E: AggregateEvent>(
    sample: &Sample,
    payload: Payload<'_>,
) -> Result<E, DecodeError> {
    let raw = sample.row(payload, AggregateVersion(0));
    let index = E::AGGREGATE.find(&raw);
    let index = index.ok_or_else(|| crate::event::unknown(&raw))?;
    E::read(index, &raw, &EventContext::new(raw))
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
        }
    }

    /// The Avro sample, or what it would be; none for an event whose rows are never Avro.
    fn avro_bytes(&self) -> Option<Vec<u8>> {
        if !self.event.typed {
            return None;
        }
        if let Some(bytes) = self.avro {
            return Some(bytes.to_vec());
        }
        let version = self.event.version(self.version)?;
        let body = from_json_text(version.node, self.json);
        let body = body.unwrap_or_else(|error| self.fail("has no Avro form", &error));
        let fingerprint = version.fingerprint.to_le_bytes();
        Some([&[0xc3, 0x01][..], &fingerprint, &body].concat())
    }

    #[track_caller]
    fn take<A: Aggregate>(&self, folded: &mut Folded<A>, event: &A::Event) {
        let version = folded.next.unwrap_or_default();
        let raw = self.row(Payload::Json(self.json), version);
        if let Err(error) = folded.take(event, &raw) {
            self.fail("cannot be replayed", &error.cause);
        }
    }

    #[track_caller]
    fn fail(&self, what: &str, why: &dyn Display) -> ! {
        let (aggregate, event) = (self.event.aggregate_type, self.event.name);
        let file = match self.file {
            "" => "the value that evgen made up",
            file => file,
        };
        panic!(
            "{file} (`{aggregate}.{event}`, version {}) {what}: {why}",
            self.version
        )
    }
}

/// An error with its causes.
struct Causes<'a>(&'a dyn std::error::Error);

impl Display for Causes<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}
