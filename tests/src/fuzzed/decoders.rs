//! Every generated decoder of the fixtures: each version of each event, as a row of a store reaches it, JSON and Avro, through
//! resolution, upcast steps and splits. They are found by the generated tables, so that new events take part by themselves.

use std::sync::OnceLock;

use evgen_runtime::codec::{self, avro};
use evgen_runtime::validate::validate;
use evgen_runtime::{
    AggregateDescriptor, AggregateVersion, AnyEvent, DecodeError, EventContext, EventDescriptor,
    Payload, Position, RecordedEvent, Timestamp, VersionDescriptor,
};

use crate::fixtures::{
    abstract_aggregate, appends_of_postgres, declared_mutators, every_type, hostile_text,
    how_projections_run, in_postgres, ledger, letters_of_any_script, logical_types_change,
    names_and_types, renamed_events, split_events, two_builds, two_crates, upcast_steps,
};

/// The tables of all fixtures; a test counts them.
pub const FIXTURES: &[&[&AggregateDescriptor]] = &[
    abstract_aggregate::events::AGGREGATES,
    appends_of_postgres::events::AGGREGATES,
    declared_mutators::events::AGGREGATES,
    every_type::events::AGGREGATES,
    hostile_text::events::AGGREGATES,
    how_projections_run::events::AGGREGATES,
    in_postgres::events::AGGREGATES,
    ledger::events::AGGREGATES,
    letters_of_any_script::events::AGGREGATES,
    logical_types_change::events::AGGREGATES,
    names_and_types::events::AGGREGATES,
    renamed_events::old::events::AGGREGATES,
    renamed_events::new::events::AGGREGATES,
    split_events::events::AGGREGATES,
    two_builds::old::events::AGGREGATES,
    two_builds::new::events::AGGREGATES,
    two_crates::events::AGGREGATES,
    upcast_steps::events::AGGREGATES,
    crate::djangoevents::events::AGGREGATES,
    crate::djangoevents::shop_events::AGGREGATES,
];

/// What reads rows of one version of one event.
#[derive(Debug, Clone, Copy)]
pub struct Decoder {
    aggregate: &'static AggregateDescriptor,
    event: &'static EventDescriptor,
    version: &'static VersionDescriptor,
}

/// All of them.
pub fn all() -> &'static [Decoder] {
    static ALL: OnceLock<Vec<Decoder>> = OnceLock::new();
    ALL.get_or_init(|| {
        let aggregates = FIXTURES.iter().flat_map(|aggregates| *aggregates);
        let decoders = aggregates.flat_map(|aggregate| {
            let former = aggregate.former.iter().map(|former| former.event);
            let events = aggregate.events.iter().copied().chain(former);
            events.flat_map(move |event| {
                event.versions.iter().map(move |version| Decoder {
                    aggregate,
                    event,
                    version,
                })
            })
        });
        decoders.filter(|decoder| decoder.event.typed).collect()
    })
}

/// The decoder that the first two bytes say, and what follows them.
pub(super) fn chosen(data: &[u8]) -> Option<(&'static Decoder, &[u8])> {
    let (which, data) = data.split_first_chunk::<2>()?;
    let all = all();
    Some((
        &all[usize::from(u16::from_le_bytes(*which)) % all.len()],
        data,
    ))
}

impl Decoder {
    /// Any text: the reader of a latest version and validation agree, and what was read is written as what reads the same.
    pub fn json(&self, data: &[u8]) {
        let Ok(text) = std::str::from_utf8(data) else {
            return;
        };
        let read = self.read(Payload::Json(text));
        let valid = validate(self.version.node, text);
        if self.is_plain() {
            let agree = read.is_ok() == valid.is_ok() || is_refused_by_users(&read);
            assert!(agree, "{read:?}, {valid:?}");
        }
        for event in read.iter().flatten() {
            let text = json_of(event);
            let again = Self::latest(event).read(Payload::Json(&text));
            let again = again.unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(again.iter().map(json_of).collect::<Vec<_>>(), [text]);
        }
    }

    /// Any bytes: the reader of a latest version and the type tables agree; what was read is what the same value in JSON is
    /// read as, and is written as what reads the same.
    pub fn avro(&self, data: &[u8]) {
        let fingerprint = self.version.fingerprint.to_le_bytes();
        let object = |bytes: &[u8]| [&[0xc3, 0x01][..], &fingerprint, bytes].concat();
        let read = self.read(Payload::Avro(&object(data)));
        let seen = avro::to_json_text(self.version.node, data);
        if self.is_plain() {
            let agree = read.is_ok() == seen.is_ok() || is_refused_by_users(&read);
            assert!(agree, "{read:?}, {seen:?}");
        }
        if let (Ok(read), Ok(text)) = (&read, &seen) {
            let from_json = self.read(Payload::Json(text));
            let from_json = from_json.unwrap_or_else(|error| panic!("{text}: {error}"));
            let texts = |events: &[AnyEvent]| events.iter().map(json_of).collect::<Vec<_>>();
            assert_eq!(texts(read), texts(&from_json), "{text}");
        }
        for event in read.iter().flatten() {
            let latest = Self::latest(event);
            let written = avro_of(event);
            let fingerprint = latest.version.fingerprint.to_le_bytes();
            let object = [&[0xc3, 0x01][..], &fingerprint, &written].concat();
            let again = latest.read(Payload::Avro(&object));
            let again = again.expect("what was written reads back");
            assert_eq!(again.iter().map(avro_of).collect::<Vec<_>>(), [written]);
        }
    }

    /// Whether its rows are the struct itself, without resolution and steps.
    fn is_plain(&self) -> bool {
        let is_latest = self.version.version == self.event.version;
        is_latest
            && self
                .aggregate
                .events
                .iter()
                .any(|event| std::ptr::eq(*event, self.event))
    }

    /// What reads an event as it is written today.
    fn latest(event: &AnyEvent) -> Self {
        let of = event.descriptor();
        let mut aggregates = FIXTURES.iter().flat_map(|aggregates| *aggregates);
        let has = |aggregate: &&&AggregateDescriptor| {
            aggregate
                .events
                .iter()
                .any(|event| std::ptr::eq(*event, of))
        };
        Self {
            aggregate: aggregates.find(has).expect("it was read by one of them"),
            event: of,
            version: of.latest().expect("it has a schema"),
        }
    }

    fn read(&self, payload: Payload<'_>) -> Result<Vec<AnyEvent>, DecodeError> {
        let raw = RecordedEvent {
            position: Position(1),
            event_id: "5f0c2f0e-7b1a-4c6e-9d43-0a8f6c2b1e77",
            event_type: self.event.event_type,
            event_version: Some(self.version.version),
            payload,
            aggregate_type: self.aggregate.aggregate_type,
            aggregate_id: "1",
            version: AggregateVersion(0),
            create_date: Timestamp::UNIX_EPOCH,
            metadata: None,
            django_class: None,
            checksum: None,
        };
        let found = self.aggregate.find(&raw).expect("the row names an event");
        if found.is_dropped() {
            return Ok(Vec::new());
        }
        let cx = EventContext::new(raw);
        match self.aggregate.read_parts {
            Some(read_parts) => read_parts(found.index, &raw, &cx),
            None => (self.aggregate.read)(found.index, &raw, &cx).map(|event| vec![event]),
        }
    }
}

/// Whether a type of the user's, that stands for one of the schema's, does not take the value.
fn is_refused_by_users(read: &Result<Vec<AnyEvent>, DecodeError>) -> bool {
    let Err(DecodeError::Data(error)) = read else {
        return false;
    };
    error.expected().starts_with("a value that is taken")
}

fn json_of(event: &AnyEvent) -> String {
    let latest = event.descriptor().latest().expect("it has a schema");
    codec::to_json(event.value().expect("it holds one"), latest.node)
}

fn avro_of(event: &AnyEvent) -> Vec<u8> {
    let mut out = Vec::new();
    let value = event.avro().expect("it has a schema");
    avro::encode(value, &mut out).expect("what was read can be written");
    out
}
